"""Whoever's turn it is with a loss is reminded before its last day and after it; once, and nobody else."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from flask import Flask

from portal.claims import assignments, checking
from portal.claims.answers import agree
from portal.claims.asked import asked_of
from portal.claims.filing import file_claim, withdraw_claim
from portal.claims.payees import set_payee
from portal.claims.reminders import Days, Reminded, remind
from portal.common.instance import Instance
from portal.common.roles import COMMAND, NotAllowed
from portal.programme.calendar_actions import set_level
from portal.programme.service_levels import CATCH_UP_DAYS, LOSS_BEFORE_DAYS
from tests.appeals.stories import member, paper, staff, told
from tests.claims.deciding import decided
from tests.claims.firm_stories import (
    ACCOUNT,
    AGREED,
    LOOKED,
    asked,
    missing,
    officer,
    seen,
    trail_holds,
    unconfirm,
)
from tests.claims.stories import NOTIFIED, claim_of, claimed, insured, notified
from tests.claims.test_assignment import BANK
from tests.people import GUAN_LI, WU_GUOLIANG
from tests.policies.stories import actions_on, on_day
from tests.samples import HARBOUR

NOTHING = Reminded(0, 0)
DAYS = Days((3, 7, 30), (1, 7, 30), 7)
LAST = date(2022, 6, 30)


def on(instance: Instance, day: date) -> Reminded:
    """What the daily command reminds of on a day; run a second time it reminds nobody."""
    with on_day(day):
        found = remind(instance, COMMAND, day)
        assert remind(instance, COMMAND, day) == NOTHING
    return found


def heard(instance: Instance, last: date, around: Iterable[int]) -> list[int]:
    """On which days around a last day something was told, run every day."""
    return [number for number in around if on(instance, last + timedelta(days=number)) != NOTHING]


def claim_answer_by(instance: Instance, number: str) -> date:
    """Until when the firm answers what it is asked for on a claim."""
    with instance.database.reading() as session:
        request = asked_of(session, claim_of(instance, number))
        assert request is not None
        return request.due_on


@pytest.mark.parametrize(
    ("number", "due"),
    [
        (-31, None), (-30, -30), (-24, -30), (-23, None), (-8, None), (-7, -7), (-4, -7), (-3, -3), (0, -3),
        (1, 1), (6, 1), (7, 7), (13, 7), (14, None), (30, 30), (36, 30), (37, None), (400, None),
    ],
)  # fmt: skip
def test_the_reminder_that_is_due_is_that_of_the_latest_day_which_passed(number: int, due: int | None) -> None:
    assert DAYS.due(LAST, date(2022, 1, 1), LAST + timedelta(days=number)) == due


def test_no_reminder_is_due_for_a_day_before_it_was_the_readers_turn() -> None:
    since = LAST - timedelta(days=7)
    assert DAYS.due(LAST, since, since) is None
    assert DAYS.due(LAST, since, LAST - timedelta(days=4)) is None
    assert DAYS.due(LAST, since, LAST - timedelta(days=3)) == -3


def test_a_claim_to_be_filed_is_reminded_of_until_it_is_filed(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    last = claim_of(instance, number).claim_due_on
    assert heard(instance, last, (-31, -30, -29, -7, -3, 0)) == [-30, -7, -3]
    assert heard(instance, last, (1, 2, 7)) == [1, 7]
    first = told(instance, "claim_file_reminder")[0]
    assert (first.account_id, first.path, first.your_turn) == (who.id, f"/my/claims/{number}", True)
    assert len(told(instance, "claim_file_reminder")) == 3
    assert len(told(instance, "claim_file_overdue")) == 2
    with on_day(last + timedelta(days=8)):
        file_claim(instance, who, number, missing(instance, number), "买方一直拖延。")
    assert heard(instance, last, (30, 31)) == []
    assert actions_on(instance, f"claim {number}").count(("claims.remind", "done")) == 5
    trail_holds(instance)


def test_a_missed_day_is_caught_up_for_as_long_as_an_administrator_set(instance: Instance) -> None:
    who = insured(instance)
    last = claim_of(instance, claimed(instance, who)).claim_due_on
    with on_day(NOTIFIED):
        who_sets = staff(instance, GUAN_LI)
        set_level(instance, who_sets, CATCH_UP_DAYS, "2", NOTIFIED, "通知")
        set_level(instance, who_sets, LOSS_BEFORE_DAYS, "20", NOTIFIED, "通知")
    assert heard(instance, last, (-30, -18)) == []
    assert heard(instance, last, (-19, -18)) == [-19]


def test_a_loss_that_is_only_watched_is_reminded_of_before_its_last_day_and_never_afterwards(
    instance: Instance,
) -> None:
    who = insured(instance)
    sent = notified(instance, who)
    last = date(2023, 2, 15)  # six months after the report, a working day
    assert heard(instance, last, (-31, -30, -3, 1, 7)) == [-30, -3]
    message = told(instance, "notice_claim_reminder")[0]
    assert (message.path, message.your_turn) == (f"/my/notices/{sent.number}", False)
    assert f'"due_on":"{last}"' in message.parameters


def test_what_was_asked_for_once_is_reminded_of_until_it_is_answered(instance: Instance) -> None:
    who = insured(instance)
    number = asked(instance, who)
    last = claim_answer_by(instance, number)
    assert last > LOOKED + timedelta(days=9)
    assert heard(instance, last, (-13, -7, -3, 1)) == [-7, -3, 1]
    assert len(told(instance, "claim_answer_overdue")) == 1
    with on_day(last + timedelta(days=2)):
        checking.stop_waiting(instance, officer(instance), number)
    assert heard(instance, last, (7, 8)) == []


def test_an_indemnity_waits_for_those_who_may_agree_to_it_and_for_nobody_else(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    last = claim_of(instance, number).answer_due_on
    assert last is not None
    colleague = member(instance, WU_GUOLIANG, HARBOUR)
    unconfirm(instance, who)
    assert heard(instance, last, (-7, -3, 1)) == [-7, -3, 1]
    assert {one.account_id for one in told(instance, "claim_agree_reminder")} == {colleague.id}
    with on_day(last + timedelta(days=2)):
        set_payee(instance, colleague, number, ACCOUNT)
        agree(instance, colleague, number, seen(instance, number))
    assert heard(instance, last, (7, 8)) == []


def test_an_agreed_claim_without_an_account_is_reminded_of(instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with on_day(AGREED):
        agree(instance, who, number, seen(instance, number))
    assert heard(instance, AGREED, (0, 1, 7)) == [1, 7]
    assert told(instance, "claim_account_reminder")[0].path == f"/my/claims/{number}/payee"
    with on_day(AGREED + timedelta(days=8)):
        set_payee(instance, who, number, ACCOUNT)
    assert heard(instance, AGREED, (30,)) == []


def test_an_assignment_that_staff_look_at_waits_for_them_and_a_refused_one_for_the_firm(
    instance: Instance,
) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with on_day(AGREED):
        assignments.tell_assignment(instance, who, number, BANK, paper())
        agree(instance, who, number, seen(instance, number))
    assert heard(instance, AGREED, (1,)) == []
    refused = AGREED + timedelta(days=2)
    with on_day(refused):
        assignments.refuse_assignment(instance, officer(instance), number, "deed_unclear")
        set_payee(instance, who, number, ACCOUNT)
    assert heard(instance, refused, (0, 1)) == [1]
    assert told(instance, "claim_assignment_reminder")[0].path == f"/my/claims/{number}/assignment"
    with on_day(refused + timedelta(days=2)):
        assignments.tell_assignment(instance, who, number, BANK, paper("gray"))
    assert heard(instance, refused, (7,)) == []


def test_a_withdrawn_claim_is_not_to_be_filed_any_more(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    last = claim_of(instance, number).claim_due_on
    with on_day(last - timedelta(days=40)):
        withdraw_claim(instance, who, number)
    with on_day(last - timedelta(days=3)):
        assert remind(instance, COMMAND, last - timedelta(days=3)).claims == 0
    assert told(instance, "claim_file_reminder") == []


def test_the_daily_command_says_how_many_and_is_the_operators(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    day = claim_of(instance, number).claim_due_on - timedelta(days=3)
    runner = app.test_cli_runner()
    with on_day(day):
        ahead = runner.invoke(args=["claims", "remind", "--on", (day + timedelta(days=1)).isoformat()])
        assert ahead.exit_code != 0
        assert "has not come yet" in ahead.output
        assert (
            runner.invoke(args=["claims", "remind"]).output
            == "claims: reminded of claims 1 notices 0 recoveries 0\n"
        )
        assert (
            runner.invoke(args=["claims", "remind"]).output
            == "claims: reminded of claims 0 notices 0 recoveries 0\n"
        )
        with pytest.raises(NotAllowed):
            remind(instance, who, day)
