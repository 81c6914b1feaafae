"""Whoever holds the underwriter's share of a recovery is reminded of it before its last day and after it."""

from datetime import timedelta

from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.recoveries import settling
from portal.recoveries.records import Share
from portal.recoveries.reminders import remind_to_remit
from tests.appeals.stories import staff, told
from tests.people import QIAN_PEI
from tests.policies.stories import actions_on, on_day
from tests.recoveries.test_whole_way import recovered


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
