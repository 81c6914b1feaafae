"""Annulling the policy of somebody who does not act for the firm; then the firm itself enrols."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from portal.applications.records import Review
from portal.applications.reviews import ReasonNeeded, reasons_of
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, NotAllowed
from portal.members.queries import TiedToFirm
from portal.members.ties import note_tie
from portal.policies.actions import NotPossible
from portal.policies.annulment_actions import annul
from portal.policies.certificate_actions import my_certificate
from portal.scheme import stages
from portal.sponsor.actions import export_roster
from portal.sponsor.queries import policy_counts, roster_preview
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in, signed_in_exporter
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, HE_YUNQING, LIN_ZHIYAO, WU_GUOLIANG, ZHOU_HE
from tests.policies.firms import exporter_acting, member_of, stored, stranger_insured
from tests.policies.stories import ISSUE_DAY, acting, actions_on, application_of, issue, on_day, policies
from tests.samples import HARBOUR, SCHEME, apply_all, import_all

REASON = "执照上的法定代表人说不认识申请人"


@pytest.fixture
def strange(instance: Instance, app: Flask) -> Instance:
    """A firm that somebody enrolled who was never confirmed to act for it."""
    import_all(instance)
    apply_all(instance, [HARBOUR])
    stranger_insured(app)
    return instance


def test_it_ends_policy_and_application_as_if_they_had_never_been(strange: Instance) -> None:
    number = stored(strange).number
    annul(strange, acting(strange, LIN_ZHIYAO), number, REASON)
    policy, application = stored(strange), application_of(strange, HARBOUR)
    assert (policy.state, policy.withdrawn_on) == (stages.ANNULLED, policy.issued_on)
    assert (application.state, application.cover_withdrawn_on) == (stages.ANNULLED, policy.issued_on)
    assert actions_on(strange, f"policy {number}")[-1] == ("policies.annul", "done")
    assert [one.address for one in sent(strange, "policy_annulled")] == [CHEN_HAIXIA.mobile]


def test_the_reason_is_sealed_and_stands_nowhere_in_clear(strange: Instance) -> None:
    annul(strange, acting(strange, LIN_ZHIYAO), stored(strange).number, REASON)
    with strange.database.reading() as session:
        made = session.execute(select(Review)).scalar_one()
        assert made.outcome == "annul"
        assert reasons_of(People(session, strange.keys), [made]) == {made.id: REASON}
        assert REASON not in made.reason_sealed
        assert not [e for e in session.execute(select(AuditEntry)).scalars() if REASON in e.details]


def test_then_the_true_firm_enrols_and_is_the_one_that_counts(strange: Instance) -> None:
    annul(strange, acting(strange, LIN_ZHIYAO), stored(strange).number, REASON)
    apply_all(strange, [HARBOUR], ISSUE_DAY)
    assert issue(strange).issued == 1
    first, second = policies(strange)
    assert (first.state, second.state) == (stages.ANNULLED, stages.IN_FORCE)
    with strange.database.reading() as session:
        counts = policy_counts(session, SCHEME, 2022, ISSUE_DAY)
        assert counts == (1, 1, 1, 0, 1)
        assert roster_preview(session, SCHEME, ISSUE_DAY).lines == 1
    assert export_roster(strange, COMMAND, SCHEME, ISSUE_DAY, BytesIO()).lines == 1


def test_figures_and_list_no_longer_count_it_as_insured(strange: Instance, app: Flask) -> None:
    annul(strange, acting(strange, LIN_ZHIYAO), stored(strange).number, REASON)
    with strange.database.reading() as session:
        assert policy_counts(session, SCHEME, 2022, ISSUE_DAY) == (0, 0, 0, 0, 0)
    client = in_english(signed_in(app, LIN_ZHIYAO))
    number = stored(strange).number
    for state, shown in (("in_force", False), ("withdrawn", False), ("ended", False), ("annulled", True)):
        assert (number in text_of(client.get(f"/desk/policies?state={state}"))) is shown, state
    assert "Policy annulled" in text_of(client.get("/desk/policies"))
    assert client.get("/desk/overview").status_code == 200


def test_it_stays_annulled_after_the_policy_year_too(strange: Instance, app: Flask) -> None:
    annul(strange, acting(strange, LIN_ZHIYAO), stored(strange).number, REASON)
    with on_day(stored(strange).ends_on + timedelta(days=1)):
        page = text_of(in_english(signed_in(app, LIN_ZHIYAO)).get("/desk/policies?state=ended"))
    assert stored(strange).number not in page


def test_whoever_enrolled_reads_that_it_never_covered_anything(strange: Instance, app: Flask) -> None:
    who = exporter_acting(strange, CHEN_HAIXIA)
    number = stored(strange).number
    token = my_certificate(strange, who, number)
    annul(strange, acting(strange, LIN_ZHIYAO), number, REASON)
    page = text_of(in_english(signed_in_exporter(app, CHEN_HAIXIA)).get(f"/my/policies/{number}"))
    assert "This policy is annulled: it never covered anything" in page
    assert "There was not one day of cover." in page
    assert "acknowledge_mine" not in page
    assert 'name="read"' not in page
    assert REASON not in page
    assert heading_of(text_of(in_english(app.test_client()).get(f"/c/{token}"))) == "Ended"


def test_the_page_asks_first_and_annuls_once(strange: Instance, app: Flask) -> None:
    number = stored(strange).number
    client = in_english(signed_in(app, LIN_ZHIYAO))
    assert f"/desk/policies/{number}/annul" in text_of(client.get(f"/desk/policies/{number}"))
    assert heading_of(text_of(client.get(f"/desk/policies/{number}/annul"))).startswith("Annul the policy of")
    assert client.post(f"/desk/policies/{number}/annul", data={"reason": "no"}).status_code == 422
    for _again in range(2):
        answer = client.post(f"/desk/policies/{number}/annul", data={"reason": REASON}, follow_redirects=True)
        assert "The policy is annulled" in text_of(answer)
    assert actions_on(strange, f"policy {number}").count(("policies.annul", "done")) == 1
    page = text_of(client.get(f"/desk/policies/{number}"))
    assert "Policy annulled" in page
    assert f"/desk/policies/{number}/annul" not in page


def test_what_came_by_file_or_by_somebody_confirmed_is_not_annulled(instance: Instance, app: Flask) -> None:
    import_all(instance)
    apply_all(instance, [HARBOUR])
    issue(instance)
    member_of(app, WU_GUOLIANG)
    number = stored(instance).number
    with pytest.raises(NotPossible, match="not_by_stranger"):
        annul(instance, acting(instance, LIN_ZHIYAO), number, REASON)
    client = in_english(signed_in(app, LIN_ZHIYAO))
    told = text_of(client.get(f"/desk/policies/{number}/annul", follow_redirects=True))
    assert "Only a policy of somebody who was never confirmed to act for the firm" in told
    assert stored(instance).state == stages.IN_FORCE


def test_nobody_annuls_without_a_reason_or_without_the_right_or_tied_to_the_firm(strange: Instance) -> None:
    number = stored(strange).number
    with pytest.raises(ReasonNeeded):
        annul(strange, acting(strange, LIN_ZHIYAO), number, " . ")
    with pytest.raises(NotAllowed):
        annul(strange, acting(strange, ZHOU_HE), number, REASON)
    tied = acting(strange, HE_YUNQING)
    note_tie(strange, tied, tied.id, HARBOUR.uscc)
    with pytest.raises(TiedToFirm):
        annul(strange, tied, number, REASON)
    assert stored(strange).state == stages.IN_FORCE
