"""What the pages of policies read. Each page takes a constant number of queries, however much there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from portal.applications.queries import findings
from portal.applications.records import Application, Decision
from portal.common.people import CHUNK
from portal.policies.actions import READY
from portal.policies.records import Policy
from portal.programme.records import TermsConfirmation
from portal.scheme import stages
from portal.scheme.findings import Finding
from portal.scheme.terms import Terms, load_terms

PER_PAGE = 20
SORTS: dict[str, tuple[Any, ...]] = {
    "number": (Policy.policy_year, Policy.serial),
    "firm": (Policy.firm_name, Policy.policy_year, Policy.serial),
    "starts": (Policy.starts_on, Policy.policy_year, Policy.serial),
    "acknowledged": (Policy.acknowledged_on, Policy.policy_year, Policy.serial),
}
FIRST_SORT = "number"


@dataclass(frozen=True)
class PolicyFilter:
    """What is asked for; empty means all. `today` is the day on which states are judged."""

    today: date
    q: str = ""
    state: str = ""
    acknowledged: str = ""  # yes, no
    year: int | None = None
    sort: str = FIRST_SORT  # a key of SORTS, with - before it for descending

    def apply(self, query: Select[Any]) -> Select[Any]:
        """The query narrowed down to what is asked for."""
        if self.q:
            part = self.q.lower()
            query = query.where(
                or_(
                    func.lower(Policy.firm_name).contains(part, autoescape=True),
                    func.lower(Policy.uscc).contains(part, autoescape=True),
                    func.lower(Policy.number).contains(part, autoescape=True),
                )
            )
        if self.state:
            query = query.where(state_is(self.state, self.today))
        if self.acknowledged:
            known = Policy.acknowledged_on.is_not(None)
            query = query.where(known if self.acknowledged == "yes" else not_(known))
        if self.year is not None:
            query = query.where(Policy.policy_year == self.year)
        return query

    def ordered(self, query: Select[Any]) -> Select[Any]:
        """The query in the order asked for; days that are not there come last either way."""
        first, *others = SORTS[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            return query.order_by(first.desc().nulls_last(), *(column.desc() for column in others))
        return query.order_by(first.asc().nulls_last(), *others)


def state_is(state: str, on: date) -> ColumnElement[bool]:
    """The condition for a policy's state on a day: `state_on`, for the database to judge."""
    annulled = Policy.state == stages.ANNULLED
    if state == stages.ANNULLED:
        return annulled
    withdrawn = and_(
        Policy.withdrawn_on.is_not(None), Policy.withdrawn_on <= on, Policy.withdrawn_on <= Policy.ends_on
    )
    if state == stages.WITHDRAWN:
        return and_(withdrawn, not_(annulled))
    ended = Policy.ends_on < on
    return and_(not_(annulled), not_(withdrawn), ended if state == stages.ENDED else not_(ended))


def state_on(policy: Policy, on: date) -> str:
    """A policy's state on a day. An annulled one never covered anything, whatever the day."""
    if policy.state == stages.ANNULLED:
        return stages.ANNULLED
    return stages.policy_state(on, policy.ends_on, policy.withdrawn_on)


@dataclass(frozen=True)
class ListedPolicy:
    """One policy as the list shows it, with its state on the day asked for and its uninsured days."""

    policy: Policy
    state: str
    gap_days: int


@dataclass(frozen=True)
class PolicyPage:
    """One page of what was asked for."""

    rows: list[ListedPolicy]
    total: int
    page: int
    years: list[int]


def policy_page(session: Session, wanted: PolicyFilter, page: int) -> PolicyPage:
    """One page; a page past the end is the last one. Always three queries."""
    total = session.execute(wanted.apply(select(func.count()).select_from(Policy))).scalar_one()
    page = max(1, min(page, -(-total // PER_PAGE)))
    shown = wanted.ordered(wanted.apply(select(Policy))).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    years = select(Policy.policy_year).distinct().order_by(Policy.policy_year.desc())
    return PolicyPage(
        rows=[listed(policy, wanted.today) for policy in session.execute(shown).scalars()],
        total=total,
        page=page,
        years=list(session.execute(years).scalars()),
    )


def every_policy(session: Session, wanted: PolicyFilter) -> Iterator[ListedPolicy]:
    """All that was asked for, in its order, read in parts so that memory stays flat."""
    query = wanted.ordered(wanted.apply(select(Policy))).execution_options(yield_per=1000)
    for part in session.execute(query).scalars().partitions():
        for policy in part:
            yield listed(policy, wanted.today)
            session.expunge(policy)


def listed(policy: Policy, on: date) -> ListedPolicy:
    """A policy with its state on a day and the days of its policy year before cover began."""
    gap = (policy.gap_to - policy.gap_from).days + 1 if policy.gap_from and policy.gap_to else 0
    return ListedPolicy(policy, state_on(policy, on), gap)


class Waiting(NamedTuple):
    """Applications of one scheme and policy year that wait for their policy; `cleared` of them by a person."""

    scheme: str
    policy_year: int
    number: int
    cleared: int
    first_applied: date
    last_applied: date
    year_ends: date


def waiting_for_policies(session: Session) -> list[Waiting]:
    """Who waits for a policy, by scheme and policy year, in one query; nobody whose application is held."""
    cleared = func.sum(case((Application.state == stages.CLEARED, 1), else_=0))
    query = (
        select(
            Application.scheme,
            Application.policy_year,
            func.count(),
            cleared,
            func.min(Application.applied_on),
            func.max(Application.applied_on),
        )
        .where(Application.state.in_(READY), Application.hold.is_(None))
        .group_by(Application.scheme, Application.policy_year)
        .order_by(Application.policy_year, Application.scheme)
    )
    return [
        Waiting(scheme, year, number, int(by_person), first, last, load_terms(scheme).on(last).period_end)
        for scheme, year, number, by_person, first, last in session.execute(query)
    ]


def issued_on(session: Session, scheme: str, on: date) -> int:
    """How many policies of a scheme bear this day of issue."""
    query = select(func.count()).where(Policy.scheme == scheme, Policy.issued_on == on)
    return session.execute(query).scalar_one()


class Refused(NamedTuple):
    """An application that got no policy: where it went, and the findings that led there (none if it lapsed)."""

    application: Application
    findings: list[Finding]


def refused_applications(session: Session, numbers: Sequence[str]) -> list[Refused]:
    """The applications of these numbers, in that order, with what stands against them in the newest decision."""
    found: dict[str, Refused] = {}
    for start in range(0, len(numbers), CHUNK):
        part = numbers[start : start + CHUNK]
        newest = (
            select(Decision.application_id, func.max(Decision.sequence).label("sequence"))
            .join(Application, Application.id == Decision.application_id)
            .where(Application.number.in_(part))
            .group_by(Decision.application_id)
            .subquery()
        )
        is_newest = and_(Decision.application_id == Application.id, Decision.sequence == newest.c.sequence)
        query = (
            select(Application, Decision)
            .outerjoin(newest, newest.c.application_id == Application.id)
            .outerjoin(Decision, is_newest)
            .where(Application.number.in_(part))
        )
        for application, decision in session.execute(query):
            against = [] if application.state == stages.LAPSED else _against(decision)
            found[application.number] = Refused(application, against)
    return [found[number] for number in numbers]


def _against(decision: Decision) -> list[Finding]:
    """The findings that failed, or where none did those that a person must look at."""
    codes = set((decision.failed or decision.referred).split())
    return [finding for finding in findings(decision) if finding.code in codes]


class PolicyCase(NamedTuple):
    """A policy with the application and the decision that it was issued on."""

    policy: Policy
    application: Application
    decision: Decision


def policy_case(session: Session, number: str) -> PolicyCase | None:
    """The policy of this number with what it was issued on, in one query."""
    query = (
        select(Policy, Application, Decision)
        .join(Application, Application.id == Policy.application_id)
        .join(Decision, Decision.id == Policy.decision_id)
        .where(Policy.number == number)
    )
    row = session.execute(query).first()
    return None if row is None else PolicyCase(*row)


def open_paths(session: Session, terms: Terms, day: date) -> set[str]:
    """The parameters that are provisional on a day and that the operator has not confirmed for these terms."""
    query = select(TermsConfirmation.path).where(
        TermsConfirmation.scheme == terms.key, TermsConfirmation.fingerprint == terms.fingerprint
    )
    confirmed = set(session.execute(query).scalars())
    return {value.path for value in terms.on(day).provisional} - confirmed
