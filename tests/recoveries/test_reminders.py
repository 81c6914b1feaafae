"""Whoever holds money of the underwriter, a share or what was paid too much, is reminded until it is there."""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.members.queries import members_of
from portal.recoveries import settling
from portal.recoveries.records import Share
from portal.recoveries.reminders import remind_to_remit
from tests.appeals.stories import member, staff, told
from tests.ledger.stories import usd
from tests.people import QIAN_PEI, WU_GUOLIANG
from tests.policies.stories import actions_on, on_day
from tests.recoveries.test_pay_to import paid_too_much
from tests.recoveries.test_whole_way import recovered
from tests.samples import HARBOUR


def test_a_share_that_the_firm_holds_is_reminded_of_until_it_is_remitted(instance: Instance) -> None:
    number = recovered(instance)
    with instance.database.reading() as session:
        share = session.execute(select(Share).where(Share.claim_id.is_not(None))).scalar_one()
    last = share.due_on
    assert last is not None

    def reminded(days: int) -> tuple[int, int]:
        day = last + timedelta(days=days)
        with on_day(day):
            return remind_to_remit(instance, COMMAND, day), remind_to_remit(instance, COMMAND, day)

    told_on = [days for days in (-8, -7, -6, -3, -2, 1, 2, 7) if reminded(days) == (1, 0)]
    assert told_on == [-7, -3, 1, 7]
    before, _later = told(instance, "recovery_remit_reminder")
    assert (before.path, before.your_turn) == (f"/my/claims/{number}/recoveries", True)
    assert len(told(instance, "recovery_remit_overdue")) == 2
    assert actions_on(instance, before.subject).count(("recoveries.remind", "done")) == 4
    remitted = last + timedelta(days=8)
    with on_day(remitted):
        settling.settle(instance, staff(instance, QIAN_PEI), share.id, remitted, "R 1")
    assert reminded(30) == (0, 0)


def test_what_was_paid_too_much_is_reminded_of_until_all_of_it_is_back(app: Flask, instance: Instance) -> None:
    number = paid_too_much(instance)
    member(instance, WU_GUOLIANG, HARBOUR, state="claimed")  # hears nothing of money until it is confirmed
    last = date(2022, 10, 20)  # ten days after the indemnity went down
    runner = app.test_cli_runner()

    def reminded(days: int) -> int:
        with on_day(last + timedelta(days=days)):
            first, second = (runner.invoke(args=["claims", "remind"]).output for _twice in range(2))
        assert second == "claims: reminded of claims 0 notices 0 recoveries 0\n"
        return int(first.removeprefix("claims: reminded of claims ").split()[0])

    assert [days for days in (-10, -8, -7, -6, -3, 0, 1, 2, 7) if reminded(days)] == [-7, -3, 1, 7]
    before, again = told(instance, "claim_repay_reminder")
    assert (before.path, before.your_turn, before.subject) == (f"/my/claims/{number}", True, f"claim {number}")
    assert '"due_on":"2022-10-20"' in before.parameters
    with instance.database.reading() as session:
        (confirmed,) = members_of(session, HARBOUR.uscc, confirmed=True)
    assert before.account_id == again.account_id == confirmed.account_id
    assert len(told(instance, "claim_repay_overdue")) == 2
    assert actions_on(instance, before.subject).count(("claims.remind", "done")) == 4
    for day, minor, owed, reminders in (  # a part is not all of it
        (8, 1_000_000, 3_000_000, 1),
        (29, 2_000_000, 2_000_000, 0),
    ):
        with on_day(back := last + timedelta(days=day)):
            officer = staff(instance, QIAN_PEI)
            settling.record_repayment(instance, officer, number, back, f"B {day}", usd(minor), usd(owed))
        assert reminded(30) == reminders
