"""Several cases in which one and the same thing is to be looked at are decided at once, each by itself."""

import re

import pytest
from flask.testing import FlaskClient

from portal.applications import reviews
from portal.applications.records import Review
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.members.ties import note_tie
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import entries
from tests.appeals.stories import first
from tests.applications.desk import QUEUE, REASON, address_of, application_of, decide, refer_many, state_of
from tests.desk.test_queue_page import firms
from tests.samples import (
    ISLET,
    SILENT,
    Firm,
    apply_all,
    customs_book,
    customs_line,
    import_one,
    list_line,
    lists_book,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)

TOGETHER = f"{QUEUE}/together"


@pytest.fixture
def three(instance: Instance) -> list[Firm]:
    """Three firms of which customs knows nothing, each waiting for a reviewer."""
    import_one(instance, "customs", customs_book())
    found = firms(3)
    refer_many(instance, found)
    return found


def ticked(client: FlaskClient, instance: Instance, cases: list[Firm]) -> str:
    """The page that asks for one decision on these."""
    numbers = [application_of(instance, firm).number for firm in cases]
    answer = client.get(TOGETHER, query_string={"case": numbers})
    assert answer.status_code == 200
    return text_of(answer)


def seen_on(page: str) -> dict[str, list[str]]:
    """The cases of the page and the decision of each, as its form sends them."""
    return {
        name: re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
        for name in ("case", "seen")
    }


def send(client: FlaskClient, page: str, outcome: str, reason: str = REASON) -> tuple[int, str]:
    answer = client.post(TOGETHER, data={**seen_on(page), "outcome": outcome, "reason": reason})
    return answer.status_code, text_of(answer)


def test_only_cases_with_one_question_can_be_ticked(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(QUEUE))
    assert re.findall(r'name="case" value="([^"]+)"', page) == sorted(
        application_of(decided, firm).number for firm in (ISLET, SILENT)
    )
    assert "Decide the ticked ones together" in page


def test_somebody_who_decides_nothing_ticks_nothing(auditor: FlaskClient, decided: Instance) -> None:
    assert 'type="checkbox"' not in text_of(auditor.get(QUEUE))
    assert auditor.get(TOGETHER).status_code == 403


@pytest.mark.parametrize(("outcome", "state"), [("approve", stages.CLEARED), ("reject", stages.REJECTED)])
def test_like_cases_are_decided_with_one_reason(
    reviewer: FlaskClient, instance: Instance, three: list[Firm], outcome: str, state: str
) -> None:
    page = ticked(reviewer, instance, three)
    assert "Decide 3 cases together" in page
    status, page = send(reviewer, page, outcome)
    assert status == 200
    assert "All 3 cases are decided" in page
    assert {state_of(instance, firm) for firm in three} == {state}
    with instance.database.reading() as session:
        made = session.query(Review).all()
        assert len(made) == 3
        assert set(reviews.reasons_of(People(session, instance.keys), made).values()) == {REASON}
        assert verify_audit(session).first_break is None


def test_one_that_moved_on_meanwhile_is_told_and_the_others_are_saved(
    reviewer: FlaskClient, second_reviewer: FlaskClient, instance: Instance, three: list[Firm]
) -> None:
    page = ticked(reviewer, instance, three)
    decide(second_reviewer, address_of(instance, three[1]), "reject")
    status, page = send(reviewer, page, "approve")
    assert status == 200
    assert "2 of 3 cases are decided" in page
    assert page.count("Not saved: it has moved on meanwhile") == 1
    assert [state_of(instance, firm) for firm in three] == [stages.CLEARED, stages.REJECTED, stages.CLEARED]


def test_sending_it_twice_tells_the_same_and_decides_once(
    reviewer: FlaskClient, instance: Instance, three: list[Firm]
) -> None:
    page = ticked(reviewer, instance, three)
    told = [send(reviewer, page, "approve") for _twice in range(2)]
    assert [status for status, _page in told] == [200, 200]
    assert all("All 3 cases are decided" in answer for _status, answer in told)
    with instance.database.reading() as session:
        assert session.query(Review).count() == 3


def test_cases_in_which_different_things_are_to_look_at_are_not_decided_together(
    reviewer: FlaskClient, decided: Instance
) -> None:
    page = ticked(reviewer, decided, [ISLET, SILENT])
    assert "These cannot be decided together" in page
    assert 'name="outcome"' not in page
    seen = {**seen_on(ticked(reviewer, decided, [ISLET])), "outcome": "approve", "reason": REASON}
    other = seen_on(ticked(reviewer, decided, [SILENT]))
    seen["case"], seen["seen"] = [*seen["case"], *other["case"]], [*seen["seen"], *other["seen"]]
    assert reviewer.post(TOGETHER, data=seen).status_code == 422
    assert {state_of(decided, firm) for firm in (ISLET, SILENT)} == {stages.REFERRED}


def test_a_list_match_is_set_aside_for_several_but_never_just_approved(
    reviewer: FlaskClient, instance: Instance
) -> None:
    named = [
        Firm(f"厦门同名{n}示例有限公司", valid_uscc(n), "汪一苇", valid_identity_number(n), "1000.00")
        for n in (71, 72)
    ]
    import_one(instance, "registry", registry_book(registry_line(f.uscc, f.name) for f in named))
    import_one(instance, "customs", customs_book(customs_line(f.uscc, f.name, f.exports) for f in named))
    import_one(instance, "lists", lists_book([list_line(person="汪一苇")]))
    apply_all(instance, named)
    page = ticked(reviewer, instance, named)
    assert 'value="approve"' not in page
    assert send(reviewer, page, "approve")[0] == 422
    status, told = send(reviewer, page, "set_aside")
    assert status == 200
    assert "All 2 cases are decided" in told
    assert {state_of(instance, firm) for firm in named} == {stages.CLEARED}


def test_a_case_of_a_firm_one_is_tied_to_is_left_alone(
    reviewer: FlaskClient, instance: Instance, three: list[Firm]
) -> None:
    page = ticked(reviewer, instance, three)
    note_tie(instance, first(instance), first(instance).id, three[0].uscc)
    _status, told = send(reviewer, page, "approve")
    assert told.count("Not saved: you may not decide this one") == 1
    refused = entries(instance, "access")[-1]
    assert (refused.outcome, refused.subject) == (
        "refused",
        f"application {application_of(instance, three[0]).number}",
    )
    assert [state_of(instance, firm) for firm in three] == [stages.REFERRED, stages.CLEARED, stages.CLEARED]
    assert "These cannot be decided together" in ticked(reviewer, instance, three[:1])


def test_a_reason_that_is_none_is_told_and_nothing_is_decided(
    reviewer: FlaskClient, instance: Instance, three: list[Firm]
) -> None:
    status, page = send(reviewer, ticked(reviewer, instance, three), "approve", reason="好")
    assert status == 422
    assert page.count("The reason has 1 character. Write at least 4") == 2
    assert len(seen_on(page)["case"]) == 3, "the same cases are asked about again"
    assert {state_of(instance, firm) for firm in three} == {stages.REFERRED}


def test_nothing_ticked_leads_back(reviewer: FlaskClient, three: list[Firm]) -> None:
    page = text_of(reviewer.get(TOGETHER))
    assert "Nothing was ticked" in page
    assert f'href="{QUEUE}"' in page
