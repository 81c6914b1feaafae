"""What the sponsor's pages read, counted by the database. Each function is one query unless it says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from portal.applications.records import Application, Decision, Review
from portal.applications.reviews import APPROVE
from portal.policies.queries import state_is
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.findings import Outcome
from portal.sponsor.records import RosterExport

PER_PAGE = 20


class YearOfScheme(NamedTuple):
    """The applications of one scheme and policy year: how many, first and last day of application."""

    scheme: str
    policy_year: int
    applications: int
    first: date
    last: date


def years_of_schemes(session: Session) -> list[YearOfScheme]:
    """Every scheme and policy year that has applications, the one applied for last at the end."""
    query = (
        select(
            Application.scheme,
            Application.policy_year,
            func.count(),
            func.min(Application.applied_on),
            func.max(Application.applied_on),
        )
        .group_by(Application.scheme, Application.policy_year)
        .order_by(func.max(Application.applied_on), Application.scheme)
    )
    return [YearOfScheme(*row) for row in session.execute(query)]


def states_by_day(
    session: Session, scheme: str, policy_year: int, first: date, last: date
) -> dict[date, dict[str, int]]:
    """Day of application → present state → how many, for the days in the period that have any."""
    query = (
        select(Application.applied_on, Application.state, func.count())
        .where(
            Application.scheme == scheme,
            Application.policy_year == policy_year,
            Application.applied_on.between(first, last),
        )
        .group_by(Application.applied_on, Application.state)
        .order_by(Application.applied_on)
    )
    days: dict[date, dict[str, int]] = {}
    for day, state, number in session.execute(query):
        days.setdefault(day, {})[state] = number
    return days


class Course(NamedTuple):
    """How the applications of a scheme and policy year went.

    `decided`: have a decision of the rules. `unaided`: of these, neither a reviewer has resolved anything nor
    does one have to now. `eligible_firms`: firms (each once) that the rules or a reviewer found eligible,
    whether or not a policy followed.
    """

    decided: int
    unaided: int
    eligible_firms: int


def course_of(session: Session, scheme: str, policy_year: int) -> Course:
    """How the applications of a scheme and policy year went."""
    decided = exists().where(Decision.application_id == Application.id)
    reviewed = exists().where(Review.application_id == Application.id)
    unaided = and_(decided, not_(reviewed), Application.state != stages.REFERRED)
    query = select(
        func.coalesce(func.sum(case((decided, 1), else_=0)), 0),
        func.coalesce(func.sum(case((unaided, 1), else_=0)), 0),
        func.count(distinct(case((_found_eligible(), Application.uscc)))),
    ).where(Application.scheme == scheme, Application.policy_year == policy_year)
    return Course(*(int(value) for value in session.execute(query).one()))


def _found_eligible() -> ColumnElement[bool]:
    """Found eligible by the rules or cleared by a person, and neither refused nor turned down since."""
    by_rules = exists().where(Decision.application_id == Application.id, Decision.outcome == Outcome.ELIGIBLE)
    by_person = exists().where(Review.application_id == Application.id, Review.outcome == APPROVE)
    return or_(
        Application.state.in_((stages.ELIGIBLE, stages.CLEARED, stages.ISSUED)),
        and_(Application.state.in_((stages.LAPSED, stages.WITHDRAWN)), or_(by_rules, by_person)),
    )


class Oldest(NamedTuple):
    """The application that has waited longest, for whatever: its number, state and day of application."""

    number: str
    state: str
    applied_on: date


def oldest_waiting(session: Session, scheme: str, policy_year: int) -> Oldest | None:
    """The open application of a scheme and policy year that has waited longest."""
    query = (
        select(Application.number, Application.state, Application.applied_on)
        .where(
            Application.scheme == scheme,
            Application.policy_year == policy_year,
            Application.state.in_(stages.OPEN_APPLICATION_STATES),
        )
        .order_by(Application.applied_on, Application.serial)
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else Oldest(*row)


class PolicyCounts(NamedTuple):
    """The policies of a scheme and policy year: issued, not withdrawn since, in force, acknowledged.

    Annulled ones are not counted at all. `enrolled_firms` and `acknowledged` leave out withdrawn policies;
    `in_force` is judged on a day; `unacknowledged` are those in force on it that nobody has acknowledged.
    """

    issued: int
    enrolled_firms: int
    in_force: int
    acknowledged: int
    unacknowledged: int


def policy_counts(session: Session, scheme: str, policy_year: int, on: date) -> PolicyCounts:
    """Count the policies of a scheme and policy year, on a day."""
    kept = Policy.state == stages.IN_FORCE
    open_today = state_is(stages.IN_FORCE, on)
    in_force = and_(open_today, Policy.starts_on <= on)
    query = select(
        func.count(),
        func.count(distinct(case((kept, Policy.uscc)))),
        func.coalesce(func.sum(case((in_force, 1), else_=0)), 0),
        func.coalesce(func.sum(case((and_(kept, Policy.acknowledged_on.is_not(None)), 1), else_=0)), 0),
        func.coalesce(func.sum(case((and_(open_today, Policy.acknowledged_on.is_(None)), 1), else_=0)), 0),
    ).where(Policy.scheme == scheme, Policy.policy_year == policy_year, Policy.state != stages.ANNULLED)
    return PolicyCounts(*(int(value) for value in session.execute(query).one()))


@dataclass(frozen=True)
class RosterPreview:
    """What a roster as of a day will hold: policies, by their state on it, and their base-year exports."""

    lines: int
    in_force: int
    ended: int
    withdrawn: int
    total_minor: int


def roster_preview(session: Session, scheme: str, as_of: date) -> RosterPreview:
    """Count and add up what `roster_lines` will list."""
    by_state = [
        func.coalesce(func.sum(case((state_is(state, as_of), 1), else_=0)), 0)
        for state in (stages.IN_FORCE, stages.ENDED, stages.WITHDRAWN)
    ]
    query = select(func.count(), *by_state, func.coalesce(func.sum(Policy.exports_minor), 0)).where(
        Policy.scheme == scheme, Policy.issued_on <= as_of, Policy.state != stages.ANNULLED
    )
    return RosterPreview(*(int(value) for value in session.execute(query).one()))


class GivenOut(NamedTuple):
    """One roster that was given out; the total is in minor units of `currency`."""

    id: str
    scheme: str
    as_of: date
    made_at: datetime
    made_by: str
    fingerprint: str
    lines: int
    total_minor: int
    currency: str


def rosters_given_out(session: Session, page: int) -> tuple[Sequence[GivenOut], int, int]:
    """One page of the rosters given out, newest first, with the number of all and the page (two queries).

    The stored proofs are large and stay where they are.
    """
    total = session.execute(select(func.count()).select_from(RosterExport)).scalar_one()
    page = max(1, min(page, -(-total // PER_PAGE)))
    query = (
        select(*(getattr(RosterExport, name) for name in GivenOut._fields))
        .order_by(RosterExport.made_at.desc(), RosterExport.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return [GivenOut(*row) for row in session.execute(query)], total, page
