"""Nobody decides on a firm they are tied to. Staff note their own ties, an administrator anybody's."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.applications import reviews
from portal.applications.asking import ask_firm
from portal.common.instance import Instance
from portal.common.roles import NotAllowed
from portal.members.queries import TiedToFirm
from portal.members.ties import NotStaff, note_tie, ties
from portal.scheme import stages
from tests.accounts.pages import in_english, text_of
from tests.accounts.test_signing_in import account_of, entries
from tests.appeals.stories import first, member, second, staff
from tests.applications.desk import REASON, address_of, application_of, decide, hidden, state_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, GUAN_LI, HE_YUNQING, LIN_ZHIYAO, ZHOU_HE, Staff
from tests.samples import SILENT

PAGE = "/desk/ties"


@pytest.fixture
def administrator(app: Flask) -> FlaskClient:
    """Guan Li, administrator, reading English."""
    return in_english(signed_in(app, GUAN_LI))


def tied(instance: Instance) -> list[tuple[str, str]]:
    """Who is tied to which firm now."""
    with instance.database.reading() as session:
        return [(one.account_id, one.uscc) for one in ties(session)]


def test_a_reviewer_notes_their_own_tie_and_then_cannot_decide(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.post(PAGE, data={"uscc": f" {SILENT.uscc.lower()} "}, follow_redirects=True))
    assert "Noted. Cases of this firm go to somebody else." in page
    assert SILENT.name in page
    assert tied(decided) == [(account_of(decided, LIN_ZHIYAO).id, SILENT.uscc)]
    page = text_of(reviewer.get(address_of(decided, SILENT)))
    assert "You are tied to this firm" in page
    assert 'name="reason"' not in page
    assert "Take the case" not in page
    assert SILENT.number not in page, "nor is the whole number shown to somebody who does not decide"


def test_a_decision_of_a_tied_reviewer_is_refused_and_on_record(reviewer: FlaskClient, decided: Instance) -> None:
    address = address_of(decided, SILENT)
    page = text_of(reviewer.get(address))
    note_tie(decided, first(decided), first(decided).id, SILENT.uscc)
    for outcome in ("approve", "reject", "ask"):
        answer = decide(reviewer, address, outcome, page=page, items=["licence"])
        assert answer.status_code == 403, outcome
    assert reviewer.post(f"{address}/stop-waiting").status_code == 302, "it is not asked, so nothing happens"
    assert state_of(decided, SILENT) == stages.REFERRED
    assert entries(decided, "access")[-1].outcome == "refused"


def test_the_actions_themselves_refuse_a_tied_reviewer(decided: Instance) -> None:
    note_tie(decided, first(decided), first(decided).id, SILENT.uscc)
    application = application_of(decided, SILENT)
    with decided.database.reading() as session:
        decision = reviews.latest_decision(session, application.id)
    assert decision is not None
    with pytest.raises(TiedToFirm):
        reviews.review(decided, first(decided), application.number, decision.id, "reject", REASON)
    with pytest.raises(TiedToFirm):
        ask_firm(decided, first(decided), application.number, decision.id, ["licence"], "")
    assert (
        reviews.review(decided, second(decided), application.number, decision.id, "reject", REASON) == "rejected"
    )


def test_noting_a_tie_twice_is_one_tie(reviewer: FlaskClient, decided: Instance) -> None:
    for _twice in range(2):
        reviewer.post(PAGE, data={"uscc": SILENT.uscc})
    assert len(tied(decided)) == 1


def test_a_code_that_is_none_is_told_beside_its_field(reviewer: FlaskClient, decided: Instance) -> None:
    for typed in ("", "9135", SILENT.uscc[:-1] + ("0" if SILENT.uscc[-1] != "0" else "1")):
        answer = reviewer.post(PAGE, data={"uscc": typed})
        assert answer.status_code == 422
    assert tied(decided) == []


def test_staff_see_only_their_own_ties_and_note_nobody_elses(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    lin, he = (account_of(decided, person).id for person in (LIN_ZHIYAO, HE_YUNQING))
    assert second_reviewer.post(PAGE, data={"uscc": SILENT.uscc, "account": lin}).status_code == 422
    second_reviewer.post(PAGE, data={"uscc": SILENT.uscc})
    assert tied(decided) == [(he, SILENT.uscc)]
    assert SILENT.uscc not in text_of(reviewer.get(PAGE))
    with pytest.raises(NotAllowed):
        note_tie(decided, second(decided), lin, SILENT.uscc)


def test_an_administrator_notes_and_ends_anybodys_tie(
    administrator: FlaskClient, reviewer: FlaskClient, decided: Instance
) -> None:
    lin = account_of(decided, LIN_ZHIYAO).id
    administrator.post(PAGE, data={"uscc": SILENT.uscc, "account": lin})
    assert tied(decided) == [(lin, SILENT.uscc)]
    with decided.database.reading() as session:
        (held,) = ties(session)
    assert reviewer.post(f"{PAGE}/{held.id}/end").status_code == 403, "nobody unties themselves"
    page = text_of(administrator.get(PAGE))
    assert LIN_ZHIYAO.name in page
    administrator.post(f"{PAGE}/{held.id}/end")
    assert tied(decided) == []
    assert decide(reviewer, address_of(decided, SILENT), "approve").status_code == 302
    noted, ended = entries(decided, "ties.note"), entries(decided, "ties.end")
    assert {noted[0].subject, ended[0].subject} == {f"account {lin}"}
    assert administrator.post(f"{PAGE}/nothing/end").status_code == 404


def test_only_staff_can_be_tied(decided: Instance) -> None:
    administrator = staff(decided, GUAN_LI)
    with pytest.raises(NotStaff):
        note_tie(decided, administrator, member(decided).id, SILENT.uscc)
    with pytest.raises(NotStaff):
        note_tie(decided, administrator, "nobody", SILENT.uscc)


@pytest.mark.parametrize(("person", "status"), [(FANG_SHEN, 200), (ZHOU_HE, 403)])
def test_the_desk_notes_ties_and_sponsors_do_not(app: Flask, person: Staff, status: int) -> None:
    assert signed_in(app, person).get(PAGE).status_code == status


def test_a_tie_leaves_others_free_to_decide(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    reviewer.post(PAGE, data={"uscc": SILENT.uscc})
    page = text_of(second_reviewer.get(address_of(decided, SILENT)))
    assert hidden(page, "seen_decision")
    assert f">{LIN_ZHIYAO.name}</option>" not in page, "the case is not handed over to somebody tied"
    assert decide(second_reviewer, address_of(decided, SILENT), "approve").status_code == 302
