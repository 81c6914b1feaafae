"""Reminding firms of the underwriter's share of a recovery that they hold. Run daily, with those of the claims."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.claims.records import Claim
from portal.claims.reminders import reminder_days
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.common.roles import Actor, Role
from portal.ledger.accounts import Held
from portal.members.records import Membership
from portal.messages.reminding import Reminder, remind_all
from portal.recoveries.records import Recovery, Share
from portal.scheme import stages


def remind_to_remit(instance: Instance, who: Actor, on: date) -> int:
    """Remind of every share that is due soon or overdue on a day; how many recoveries that were.

    Raises `clock.InTheFuture`.
    """
    roles.require(who, (Role.COMMAND,), "send reminders")
    clock.refuse_future(on)

    def due(session: Session, ids: Sequence[str] | None) -> list[Reminder]:
        return _due(session, ids, on)

    return remind_all(instance, due, lambda session, one: audit.audited(session, who, "recoveries.remind", one))


def _due(session: Session, ids: Sequence[str] | None, on: date) -> list[Reminder]:
    when = reminder_days(session, on)
    last = func.min(Share.due_on)
    query = (
        select(Recovery, last)
        .join(Share, Share.recovery_id == Recovery.id)
        .where(
            Recovery.state == stages.RECORDED,
            Recovery.received_by == Held.FIRM.value,
            Share.remitted_on.is_(None),
            Share.due_on.is_not(None),
        )
        .group_by(Recovery.id)
        .having(last.between(when.first_last(on), when.last_last(on)))
    )
    if ids is not None:
        query = query.where(Recovery.id.in_(ids))
    found = []
    for recovery, due_on in session.execute(query):
        since = clock.day_of(recovery.recorded_at or recovery.told_at)
        number = when.due(due_on, since, on) if due_on is not None else None
        if due_on is not None and number is not None:
            found.append((recovery, due_on, number))
    claims = _first_claims(session, sorted({recovery.notice_id for recovery, _due_on, _number in found}))
    hear = _confirmed(session, sorted({recovery.uscc for recovery, _due_on, _number in found}))
    return [
        Reminder(
            recovery.id,
            hear.get(recovery.uscc, []),
            "recovery_remit_overdue" if number > 0 else "recovery_remit_reminder",
            f"recovery {recovery.number}",
            f"/my/claims/{claims[recovery.notice_id]}/recoveries",
            {"number": recovery.number, "due_on": due_on.isoformat()},
            f"recovery_remit:{recovery.number}:{due_on}:{number}",
        )
        for recovery, due_on, number in found
    ]


def _first_claims(session: Session, notices: Sequence[str]) -> dict[str, str]:
    """By notice the number of its first claim, on whose pages its recoveries stand."""
    found: dict[str, str] = {}
    for start in range(0, len(notices), CHUNK):
        query = select(Claim).where(
            Claim.notice_id.in_(notices[start : start + CHUNK]), Claim.state != stages.WITHDRAWN
        )
        for claim in session.execute(query.order_by(Claim.policy_year, Claim.serial)).scalars():
            found.setdefault(claim.notice_id, claim.number)
    return found


def _confirmed(session: Session, codes: Sequence[str]) -> dict[str, list[str]]:
    """By credit code the accounts that are confirmed to act for the firm."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(codes), CHUNK):
        query = select(Membership).where(
            Membership.uscc.in_(codes[start : start + CHUNK]), Membership.state == stages.CONFIRMED
        )
        for member in session.execute(query.order_by(Membership.id)).scalars():
            found.setdefault(member.uscc, []).append(member.account_id)
    return found
