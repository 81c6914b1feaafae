"""Reminding firms: of a policy that nobody has acknowledged, and of a new policy year that is open.

Run daily. Each reminder has a key of its own and is told to an account once, so running twice tells nobody twice.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.applications.records import Application
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.common.roles import Actor, Role
from portal.messages.reminding import Reminder, remind_all
from portal.policies.readers import who_hears
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.programme.service_levels import CATCH_UP_DAYS, REMINDER_DAYS, RENEWAL_DAYS, days, several
from portal.scheme import stages
from portal.scheme.terms import BeforeFirstTerms


class Reminded(NamedTuple):
    """How many policies were reminded of, and how many firms were told of a new policy year."""

    acknowledgements: int
    renewals: int


def remind(instance: Instance, who: Actor, on: date) -> Reminded:
    """Send what is due on a day: reminders of acknowledgement at the set intervals, and of renewal.

    Never after a policy was acknowledged, withdrawn, annulled or has ended. Raises `clock.InTheFuture`.
    """
    roles.require(who, (Role.COMMAND,), "send reminders")
    clock.refuse_future(on)

    def acknowledgements(session: Session, ids: Sequence[str] | None) -> list[Reminder]:
        return _acknowledgements(session, ids, on)

    def renewals(session: Session, ids: Sequence[str] | None) -> list[Reminder]:
        return _renewals(session, ids, on)

    return Reminded(
        remind_all(
            instance, acknowledgements, lambda session, one: audit.audited(session, who, "policies.remind", one)
        ),
        remind_all(
            instance, renewals, lambda session, one: audit.audited(session, who, "policies.remind_of_renewal", one)
        ),
    )


def interval_due(intervals: Sequence[int], catch_up: int, counted_from: date, on: date) -> int | None:
    """Which interval's reminder is due on a day, in days after the one it counts from: the latest that passed.

    One that could not be sent on its day is of use for `catch_up` days, that day included.
    """
    passed = [number for number in intervals if 0 <= (on - counted_from).days - number < catch_up]
    return max(passed, default=None)


def _acknowledgements(session: Session, ids: Sequence[str] | None, on: date) -> list[Reminder]:
    intervals, catch_up = several(session, REMINDER_DAYS, on), days(session, CATCH_UP_DAYS, on)
    query = select(Policy).where(
        Policy.state == stages.IN_FORCE,
        Policy.acknowledged_on.is_(None),
        Policy.ends_on >= on,
        Policy.issued_on <= on - timedelta(days=intervals[0]),
        Policy.issued_on > on - timedelta(days=intervals[-1] + catch_up),
    )

    def once(policy: Policy) -> str | None:
        number = interval_due(intervals, catch_up, policy.issued_on, on)
        return None if number is None else f"acknowledge:{policy.number}:{number}"

    def words(policy: Policy) -> dict[str, str]:
        return {"number": policy.number}

    return _reminders(session, _policies(session, query, ids), "acknowledge_reminder", once, words)


def _renewals(session: Session, ids: Sequence[str] | None, on: date) -> list[Reminder]:
    """Whoever was insured for the year before, and has not applied for this one, hears that its window is open."""
    try:
        held = current_scheme(on).on(on)
    except BeforeFirstTerms:
        return []
    told_for = timedelta(days=days(session, RENEWAL_DAYS, on))
    if not held.window_start <= on <= min(held.window_end, held.window_start + told_for):
        return []
    applied = select(Application.uscc).where(Application.policy_year == held.policy_year)
    query = select(Policy).where(
        Policy.policy_year == held.policy_year - 1, Policy.state == stages.IN_FORCE, Policy.uscc.not_in(applied)
    )
    words = {"year": str(held.policy_year), "closes_on": held.window_end.isoformat()}
    return _reminders(
        session,
        _policies(session, query, ids),
        "policy_renewal",
        lambda policy: f"renewal:{policy.uscc}:{held.policy_year}",
        lambda _policy: words,
    )


def _policies(session: Session, query: Select[Any], ids: Sequence[str] | None) -> list[Policy]:
    if ids is not None:
        query = query.where(Policy.id.in_(ids))
    return list(session.execute(query.order_by(Policy.id)).scalars())


def _reminders(
    session: Session,
    policies: Sequence[Policy],
    kind: str,
    once: Callable[[Policy], str | None],
    words: Callable[[Policy], dict[str, str]],
) -> list[Reminder]:
    """A reminder of each policy that has a key today, to whoever hears of it."""
    due = [(policy, key) for policy in policies if (key := once(policy)) is not None]
    found = []
    for start in range(0, len(due), CHUNK):
        part = due[start : start + CHUNK]
        query = select(Application).where(Application.id.in_([policy.application_id for policy, _key in part]))
        hears = who_hears(session, list(session.execute(query).scalars()))
        found += [
            Reminder(
                policy.id,
                hears[policy.application_id],
                kind,
                f"policy {policy.number}",
                f"/my/policies/{policy.number}",
                words(policy),
                key,
            )
            for policy, key in part
        ]
    return found
