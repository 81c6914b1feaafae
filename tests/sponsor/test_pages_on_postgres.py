"""The pages of policies and sponsor on a real PostgreSQL server: the same lists, counts and files."""

import pytest

from portal.common.instance import Instance
from portal.factory import create_app
from portal.sponsor.actions import verify_roster
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.people import LIN_ZHIYAO, ZHOU_HE
from tests.policies.stories import approve, on_day
from tests.samples import (
    APPLIED_ON,
    DEBTOR,
    HARBOUR,
    SCHEME,
    SILENT,
    apply_all,
    import_all,
    import_one,
    list_line,
    lists_book,
)


@pytest.mark.postgres
def test_policies_are_issued_listed_counted_and_handed_over_on_postgres(instance_on_postgres: Instance) -> None:
    instance = instance_on_postgres
    import_all(instance)
    apply_all(instance)
    approve(instance, LIN_ZHIYAO, SILENT)
    listed = [list_line(DEBTOR.name, DEBTOR.uscc), list_line(HARBOUR.name, HARBOUR.uscc, listed_on="2022-03-02")]
    with on_day(APPLIED_ON):  # the entry comes into force on the day of issue
        import_one(instance, "lists", lists_book(listed))
    app = create_app(instance.settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    try:
        reviewer = in_english(signed_in(app, LIN_ZHIYAO))
        assert "2 applications wait" in text_of(reviewer.get("/desk/policies"))
        done = text_of(reviewer.post("/desk/policies/issue", data={"on": "2022-03-02"}))
        assert "1 policy issued" in done
        assert "Firm on a list" in done
        for query in ("", "?sort=-acknowledged&state=in_force&acknowledged=no&year=2022", "?q=静水"):
            assert SILENT.uscc in text_of(reviewer.get(f"/desk/policies{query}")), query
            assert reviewer.get(f"/desk/policies/export{query}").status_code == 200
        form = {"on": "2022-03-02", "name": SILENT.representative}
        assert reviewer.post("/desk/policies/P2022-000001/acknowledge", data=form).status_code == 302
        sponsor = in_english(signed_in(app, ZHOU_HE))
        overview = text_of(sponsor.get("/desk/overview"))
        assert "Firms: 1 enrolled ÷ 1 found eligible" in overview
        assert "6 applications" in overview
        asked = {"scheme": SCHEME, "as_of": "2022-03-02"}
        assert "1 policy, as of" in text_of(sponsor.get("/desk/rosters", query_string=asked))
        assert verify_roster(instance, sponsor.post("/desk/rosters/download", data=asked).data) == ()
        assert reviewer.post("/desk/policies/P2022-000001/withdraw", data={"on": "2022-03-02"}).status_code == 302
        assert "Firms: 0 enrolled ÷ 1 found eligible" in text_of(sponsor.get("/desk/overview"))
    finally:
        app.extensions["tongbao"].database.engine.dispose()
