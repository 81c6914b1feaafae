"""Reminding firms: of a policy that nobody has acknowledged, and of a new policy year that is open.

Run daily. Each reminder has a key of its own and is told to an account once, so running twice tells nobody twice.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.records import Application
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.messages.actions import tell
from portal.messages.records import Message
from portal.policies.readers import who_hears
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.programme.service_levels import CATCH_UP_DAYS, REMINDER_DAYS, RENEWAL_DAYS, days, level
from portal.scheme import stages
from portal.scheme.terms import BeforeFirstTerms, TermsOnDate

AT_ONCE = 200  # policies in one transaction: others may write in between


class Reminded(NamedTuple):
    """How many policies were reminded of, and how many firms were told of a new policy year."""

    acknowledgements: int
    renewals: int


class Hearing(NamedTuple):
    """A policy that is to be told of, under a key that no account hears twice."""

    policy: Policy
    accounts: Sequence[str]
    once: str


def remind(instance: Instance, who: Actor, on: date) -> Reminded:
    """Send what is due on a day: reminders of acknowledgement at the set intervals, and of renewal.

    Never after a policy was acknowledged, withdrawn, annulled or has ended. Raises `clock.InTheFuture`.
    """
    roles.require(who, (Role.COMMAND,), "send reminders")
    clock.refuse_future(on)
    return Reminded(_acknowledgements(instance, who, on), _renewals(instance, who, on))


def interval_due(intervals: Sequence[int], catch_up: int, issued_on: date, on: date) -> int | None:
    """Which interval's reminder is due on a day, in days after issue: the latest that passed.

    One that could not be sent on its day is of use for `catch_up` days, that day included.
    """
    passed = [number for number in intervals if 0 <= (on - issued_on).days - number < catch_up]
    return max(passed, default=None)


def _acknowledgements(instance: Instance, who: Actor, on: date) -> int:
    with instance.database.reading() as session:
        intervals = sorted({int(number) for number in level(session, REMINDER_DAYS, on).split()})
        catch_up = days(session, CATCH_UP_DAYS, on)
    query = select(Policy).where(
        Policy.state == stages.IN_FORCE,
        Policy.acknowledged_on.is_(None),
        Policy.ends_on >= on,
        Policy.issued_on <= on - timedelta(days=intervals[0]),
        Policy.issued_on > on - timedelta(days=intervals[-1] + catch_up),
    )
    reminded, after = 0, ""
    while True:
        with instance.database.locked() as session:
            part = (
                session.execute(query.where(Policy.id > after).order_by(Policy.id).limit(AT_ONCE)).scalars().all()
            )
            if not part:
                return reminded
            after = part[-1].id
            due = [(policy, interval_due(intervals, catch_up, policy.issued_on, on)) for policy in part]
            hearings = _hearings(session, [(p, f"acknowledge:{p.number}:{n}") for p, n in due if n is not None])
            for one in hearings:
                subject = f"policy {one.policy.number}"
                with audit.audited(session, who, "policies.remind", subject):
                    tell(
                        session,
                        instance,
                        one.accounts,
                        "acknowledge_reminder",
                        subject,
                        f"/my/policies/{one.policy.number}",
                        {"number": one.policy.number},
                        your_turn=True,
                        once=one.once,
                    )
            reminded += len(hearings)


def _renewals(instance: Instance, who: Actor, on: date) -> int:
    """Tell whoever was insured for the year before, and has not applied for this one, that its window is open."""
    try:
        held = current_scheme(on).on(on)
    except BeforeFirstTerms:
        return 0
    with instance.database.reading() as session:
        told_for = timedelta(days=days(session, RENEWAL_DAYS, on))
    if not held.window_start <= on <= min(held.window_end, held.window_start + told_for):
        return 0
    applied = select(Application.uscc).where(Application.policy_year == held.policy_year)
    query = select(Policy).where(
        Policy.policy_year == held.policy_year - 1, Policy.state == stages.IN_FORCE, Policy.uscc.not_in(applied)
    )
    told, after = 0, ""
    while True:
        with instance.database.locked() as session:
            part = (
                session.execute(query.where(Policy.id > after).order_by(Policy.id).limit(AT_ONCE)).scalars().all()
            )
            if not part:
                return told
            after = part[-1].id
            hearings = _hearings(session, [(p, f"renewal:{p.uscc}:{held.policy_year}") for p in part])
            for one in hearings:
                _tell_of_renewal(session, instance, who, one, held)
            told += len(hearings)


def _tell_of_renewal(session: Session, instance: Instance, who: Actor, one: Hearing, held: TermsOnDate) -> None:
    subject = f"policy {one.policy.number}"
    with audit.audited(session, who, "policies.remind_of_renewal", subject):
        tell(
            session,
            instance,
            one.accounts,
            "policy_renewal",
            subject,
            f"/my/policies/{one.policy.number}",
            {"year": str(held.policy_year), "closes_on": held.window_end.isoformat()},
            your_turn=True,
            once=one.once,
        )


def _hearings(session: Session, wanted: Sequence[tuple[Policy, str]]) -> list[Hearing]:
    """Who is still to be told of each policy under its key; nobody, and the policy is left out."""
    applications = {
        one.id: one
        for one in session.execute(
            select(Application).where(Application.id.in_([policy.application_id for policy, _key in wanted]))
        ).scalars()
    }
    hears = who_hears(session, list(applications.values()))
    # The keys of messages are those of `tell`: what is told, then to whom.
    keys = {f"{key}:{account}" for policy, key in wanted for account in hears[policy.application_id]}
    told = set(session.execute(select(Message.once_key).where(Message.once_key.in_(keys))).scalars())
    found = [
        Hearing(policy, [a for a in hears[policy.application_id] if f"{key}:{a}" not in told], key)
        for policy, key in wanted
    ]
    return [one for one in found if one.accounts]
