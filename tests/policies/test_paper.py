"""Signed paper that comes in after issue: acknowledgement and withdrawal, by page."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common import audit
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.members.queries import TiedToFirm
from portal.members.ties import note_tie
from portal.policies.actions import NotPossible, record_acknowledgement, record_withdrawal
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import sign_in_again, signed_in
from tests.people import LIN_ZHIYAO, XU_LAN, ZHOU_HE, Staff
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    issue,
    on_day,
    policies,
    policy_of,
)
from tests.samples import APPLIED_ON, HARBOUR, apply_all, import_all

SIGNER = "陈若舟"
LATER = date(2022, 5, 10)


@pytest.fixture
def number(instance: Instance) -> str:
    """The number of the harbour's policy, issued on 2 March 2022."""
    import_all(instance)
    apply_all(instance, [HARBOUR])
    issue(instance)
    return policy_of(instance, HARBOUR).number


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """A reviewer, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def test_an_acknowledgement_is_recorded_with_day_and_person_and_shown(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    form = {"on": "2022-03-02", "name": f"  {SIGNER} "}
    answer = reviewer.post(f"/desk/policies/{number}/acknowledge", data=form)
    assert answer.status_code == 302
    page = text_of(reviewer.get(answer.location))
    assert "Acknowledgement recorded." in page
    assert f"Signed by {SIGNER}" in page
    policy = policy_of(instance, HARBOUR)
    assert policy.acknowledged_on == ISSUE_DAY
    assert policy.acknowledged_by is not None
    assert policy.acknowledged_sealed is not None
    assert SIGNER not in policy.acknowledged_sealed
    with instance.database.reading() as session:
        read = People(session, instance.keys).read(policy.acknowledged_by, policy.acknowledged_sealed)
    assert read == {"name": SIGNER}


def test_the_sponsor_sees_the_day_but_not_who_signed(
    reviewer: FlaskClient, app: Flask, number: str, instance: Instance
) -> None:
    record_acknowledgement(instance, acting(instance, LIN_ZHIYAO), number, ISSUE_DAY, SIGNER)
    page = text_of(in_english(signed_in(app, ZHOU_HE)).get(f"/desk/policies/{number}"))
    assert "acknowledged" in page
    assert SIGNER not in page


def test_an_erased_signer_leaves_the_page_and_the_day(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    record_acknowledgement(instance, acting(instance, LIN_ZHIYAO), number, ISSUE_DAY, SIGNER)
    signer = policy_of(instance, HARBOUR).acknowledged_by
    assert signer is not None
    with audit.write(instance.database, acting(instance, LIN_ZHIYAO), "people.erase") as session:
        People(session, instance.keys).destroy(signer)
    page = text_of(reviewer.get(f"/desk/policies/{number}"))
    assert SIGNER not in page
    assert "acknowledged" in page


def test_the_same_acknowledgement_sent_twice_is_recorded_once(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    form = {"on": "2022-03-02", "name": SIGNER}
    for _time in range(2):
        answer = reviewer.post(f"/desk/policies/{number}/acknowledge", data=form)
        assert answer.status_code == 302
    assert "recorded before; nothing was changed" in text_of(reviewer.get(answer.location))
    assert actions_on(instance, f"policy {number}") == [("policies.acknowledge", "done")]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"on": "2022-03-01", "name": SIGNER}, "Enter a day from 2\xa0Mar\xa02022, when the policy was issued"),
        ({"on": "2022-03-03", "name": SIGNER}, "to 2\xa0Mar\xa02022"),
        ({"on": "", "name": SIGNER}, "Enter the day on the paper"),
        ({"on": "2022-02-30", "name": SIGNER}, "“2022-02-30” is no day. Enter it as in 2022-08-09"),
        ({"on": "2. 3. 2022", "name": SIGNER}, "“2. 3. 2022” is no day"),
        ({"on": "2022-03-02", "name": ""}, "Enter the name of the person who signed"),
        ({"on": "2022-03-02", "name": "   "}, "Enter the name of the person who signed"),
        ({"on": "2022-03-02", "name": "名" * 61}, "Use at most 60 characters"),
    ],
)
def test_what_cannot_be_recorded_is_told_beside_the_field(
    reviewer: FlaskClient, instance: Instance, number: str, form: dict[str, str], words: str
) -> None:
    answer = reviewer.post(f"/desk/policies/{number}/acknowledge", data=form)
    assert answer.status_code == 422
    page = text_of(answer)
    assert page.count(words) == 2, "once in the summary, once beside the field"
    assert policy_of(instance, HARBOUR).acknowledged_on is None


def test_a_withdrawal_asks_first_then_ends_cover_and_the_application(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    with on_day(LATER):
        sign_in_again(reviewer, LIN_ZHIYAO)
        asked = text_of(reviewer.get(f"/desk/policies/{number}/withdraw"))
        assert heading_of(asked) == f"Withdraw the policy of {HARBOUR.name}?"
        assert policy_of(instance, HARBOUR).state == stages.IN_FORCE
        answer = reviewer.post(f"/desk/policies/{number}/withdraw", data={"on": "2022-05-10"})
        page = text_of(reviewer.get(answer.location))
    assert "Withdrawal recorded: no cover from 10\xa0May\xa02022." in page
    assert "Covered, 69\xa0days" in page, "from 2 March to 9 May"
    policy = policy_of(instance, HARBOUR)
    assert (policy.state, policy.withdrawn_on) == (stages.WITHDRAWN, LATER)
    assert application_of(instance, HARBOUR).state == stages.WITHDRAWN


def test_a_withdrawal_on_the_first_day_leaves_no_day_of_cover(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    reviewer.post(f"/desk/policies/{number}/withdraw", data={"on": "2022-03-02"})
    page = text_of(reviewer.get(f"/desk/policies/{number}"))
    assert "There was no day of cover" in page


def test_the_same_withdrawal_sent_twice_is_recorded_once(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    for _time in range(2):
        answer = reviewer.post(f"/desk/policies/{number}/withdraw", data={"on": "2022-03-02"})
        assert answer.status_code == 302
    assert "This policy is withdrawn; nothing was changed." in text_of(reviewer.get(answer.location))
    assert actions_on(instance, f"policy {number}") == [("policies.withdraw", "done")]
    assert reviewer.get(f"/desk/policies/{number}/withdraw").status_code == 302
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None


@pytest.mark.parametrize("day", ["2022-03-01", "2022-03-03"])
def test_a_withdrawal_before_issue_or_in_the_future_is_told_beside_the_field(
    reviewer: FlaskClient, instance: Instance, number: str, day: str
) -> None:
    answer = reviewer.post(f"/desk/policies/{number}/withdraw", data={"on": day})
    assert answer.status_code == 422
    assert text_of(answer).count("Enter a day from 2\xa0Mar\xa02022, when the policy was issued") == 2
    assert policy_of(instance, HARBOUR).state == stages.IN_FORCE


def test_a_withdrawal_after_the_end_of_cover_is_impossible(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    with on_day(date(2023, 1, 5)):
        who = acting(instance, LIN_ZHIYAO)
        with pytest.raises(NotPossible) as raised:
            record_withdrawal(instance, who, number, date(2023, 1, 1))
        record_withdrawal(instance, who, number, date(2022, 12, 31))
    assert raised.value.code == "day_impossible"


def test_a_withdrawn_policy_takes_no_acknowledgement_any_more(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    record_withdrawal(instance, acting(instance, LIN_ZHIYAO), number, ISSUE_DAY)
    answer = reviewer.post(f"/desk/policies/{number}/acknowledge", data={"on": "2022-03-02", "name": SIGNER})
    assert "nothing was changed" in text_of(reviewer.get(answer.location))
    assert policy_of(instance, HARBOUR).acknowledged_on is None


def test_after_a_withdrawal_the_firm_may_apply_and_be_insured_again(instance: Instance, number: str) -> None:
    record_withdrawal(instance, acting(instance, LIN_ZHIYAO), number, ISSUE_DAY)
    same_day = apply_all(instance, [HARBOUR], APPLIED_ON)
    assert same_day.added == 0, "the same row again is the application that was withdrawn"
    with on_day(ISSUE_DAY + timedelta(days=30)):
        assert apply_all(instance, [HARBOUR], ISSUE_DAY + timedelta(days=30)).added == 1
        assert issue(instance, ISSUE_DAY + timedelta(days=30)).issued == 1
    first, second = policies(instance)
    assert (first.state, second.state) == (stages.WITHDRAWN, stages.IN_FORCE)
    assert second.number == "P2022-000002"
    assert second.starts_on == date(2022, 4, 1)


def test_a_policy_that_does_not_exist_is_no_page(reviewer: FlaskClient) -> None:
    assert reviewer.get("/desk/policies/P2022-999999").status_code == 404
    assert reviewer.get("/desk/policies/P2022-999999/withdraw").status_code == 404
    form = {"on": "2022-03-02", "name": SIGNER}
    assert reviewer.post("/desk/policies/P2022-999999/acknowledge", data=form).status_code == 404


@pytest.mark.parametrize("person", [XU_LAN, ZHOU_HE], ids=lambda person: str(person.role))
def test_others_are_offered_no_paper_and_refused(
    app: Flask, instance: Instance, number: str, person: Staff
) -> None:
    client = signed_in(app, person)
    page = text_of(client.get(f"/desk/policies/{number}"))
    assert "/acknowledge" not in page
    assert "/withdraw" not in page
    form = {"on": "2022-03-02", "name": SIGNER}
    assert client.post(f"/desk/policies/{number}/acknowledge", data=form).status_code == 403
    assert client.post(f"/desk/policies/{number}/withdraw", data=form).status_code == 403


def test_whoever_is_tied_to_the_firm_records_no_paper_of_it(
    reviewer: FlaskClient, instance: Instance, number: str
) -> None:
    tied = acting(instance, LIN_ZHIYAO)
    note_tie(instance, tied, tied.id, HARBOUR.uscc)
    with pytest.raises(TiedToFirm):
        record_acknowledgement(instance, tied, number, ISSUE_DAY, SIGNER)
    with pytest.raises(TiedToFirm):
        record_withdrawal(instance, tied, number, ISSUE_DAY)
    form = {"on": "2022-03-02", "name": SIGNER, "confirm": "y"}
    assert reviewer.post(f"/desk/policies/{number}/acknowledge", data=form).status_code == 403
    assert reviewer.post(f"/desk/policies/{number}/withdraw", data=form).status_code == 403
    policy = policy_of(instance, HARBOUR)
    assert (policy.state, policy.acknowledged_on) == (stages.IN_FORCE, None)
