"""Entering applications from a file, deciding each one, and deciding those that waited for a source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications import clocks
from portal.applications.deciding import AT_APPLICATION, freeze, open_cases
from portal.applications.entering import New, content_index, enter
from portal.applications.facts import gather, newest_versions
from portal.applications.files import ApplicationInput, read_applications
from portal.applications.records import Application, Decision
from portal.applications.telling import tell_state, with_members
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import CHUNK, People
from portal.common.problems import Problem
from portal.common.rejected import RejectedRow
from portal.common.roles import Actor
from portal.reference.files import Reading
from portal.scheme import stages
from portal.scheme.eligibility import missing_sources
from portal.scheme.terms import TermsOnDate, load_terms


@dataclass
class ApplicationsResult:
    """What an applications file did. Outcomes count every application of the file, new or known before."""

    read: int
    added: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    headings: Sequence[str] = ()
    outcomes: Counter[str] = field(default_factory=Counter)
    missing_sources: tuple[str, ...] = ()


def import_applications(
    instance: Instance, who: Actor, data: bytes, scheme: str, applied_on: date
) -> ApplicationsResult:
    """Create and decide each application of a file, in one transaction; the same file again changes nothing.

    Raises `WorkbookRefused`, `UnknownTerms`, `BeforeFirstTerms` for a date before the
    scheme's first terms, and `clock.InTheFuture`.
    """
    roles.require(who, roles.IMPORTS_APPLICATIONS, "import applications")
    clock.refuse_future(applied_on)
    terms = load_terms(scheme).on(applied_on)
    reading = read_applications(data)
    result = ApplicationsResult(reading.read, rejected=list(reading.rejected), headings=reading.headings)
    with instance.database.locked() as session:
        fresh = _sort_out(session, instance.keys, reading, scheme, terms, applied_on, result)
        result.missing_sources = missing_sources(newest_versions(session, terms.base_year).sources)
        for start in range(0, len(fresh), CHUNK):
            part = [New(row) for row in fresh[start : start + CHUNK]]
            entered = enter(session, instance, who, part, scheme, applied_on)
            result.outcomes.update(one.state for one in entered)
        result.added = len(fresh)
    if not result.outcomes[stages.AWAITING_SOURCE]:
        result.missing_sources = ()
    return result


def _sort_out(
    session: Session,
    keys: Keys,
    reading: Reading[ApplicationInput],
    scheme: str,
    terms: TermsOnDate,
    applied_on: date,
    result: ApplicationsResult,
) -> list[ApplicationInput]:
    """Tell new rows from known and from contradicting ones (key: scheme, policy year and USCC)."""
    latest: dict[str, Application] = {}
    query = (
        select(Application)
        .where(Application.scheme == scheme, Application.policy_year == terms.policy_year)
        .order_by(Application.serial)
    )
    entered: dict[tuple[str, str], Application] = {}  # by content and day: the very same row again
    for application in session.execute(query).scalars():
        latest[application.uscc] = application
        if application.applied_on == applied_on:
            entered[application.uscc, application.content_index] = application
    firsts = _first_outcomes(session, [a.id for a in (*latest.values(), *entered.values())])
    fresh: list[ApplicationInput] = []
    for row, source_row in zip(reading.accepted, reading.rows, strict=True):
        content = content_index(keys, row)
        before = entered.get((row.uscc, content)) or latest.get(row.uscc)
        problem = None
        if before is None:
            fresh.append(row)
            continue
        same = before.content_index == content
        # While it is open a changed row is rejected; once closed, a later date is a new application.
        closed = before.state not in stages.OPEN_APPLICATION_STATES and before.state != stages.ISSUED
        if closed and applied_on > before.applied_on:
            fresh.append(row)
        elif same and (not closed or applied_on == before.applied_on):
            result.unchanged += 1
            result.outcomes[firsts.get(before.id, stages.AWAITING_SOURCE)] += 1
        elif before.state == stages.ISSUED and applied_on > before.applied_on:
            fresh.append(row)  # the rules answer it: already enrolled
        elif before.state == stages.ISSUED:
            problem = Problem("already_insured_changed", {"number": before.number})
        elif not closed:
            problem = Problem("application_open_changed", {"number": before.number})
        else:
            problem = Problem(
                "application_not_later",
                {
                    "number": before.number,
                    "applied_on": before.applied_on.isoformat(),
                    "state": before.state,
                },
            )
        if problem is not None:
            result.rejected.append(RejectedRow(source_row, (("统一社会信用代码", problem),)))
    return fresh


def _first_outcomes(session: Session, application_ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(application_ids), CHUNK):
        query = select(Decision.application_id, Decision.outcome).where(
            Decision.application_id.in_(application_ids[start : start + CHUNK]), Decision.sequence == 1
        )
        found.update(session.execute(query).all())
    return found


def decide_waiting(session: Session, instance: Instance, who: Actor) -> int:
    """Decide every application that waited for a source which is there now, on its application date.

    Runs under the caller's lock, after an import; gives how many were decided.
    """
    query = select(Application).where(Application.state == stages.AWAITING_SOURCE).order_by(Application.number)
    waiting = session.execute(query).scalars().all()
    ready_years: dict[int, bool] = {}
    people = People(session, instance.keys)
    cases = []
    by_id = {application.id: application for application in waiting}
    for case in open_cases(waiting, people).values():
        if case.base_year not in ready_years:
            sources = newest_versions(session, case.base_year).sources
            ready_years[case.base_year] = not missing_sources(sources)
        if ready_years[case.base_year]:
            cases.append(case)
    acted_for = with_members(session, (case.uscc for case in cases))
    for case, facts in zip(cases, gather(session, people, cases, None), strict=True):
        application = by_id[case.application_id]
        terms = load_terms(application.scheme)
        one = freeze(people, application.id, facts, terms, AT_APPLICATION, sequence=1)
        with audit.audited(session, who, "applications.decide", f"application {application.number}"):
            audit.insert_many(session, Decision, [one.columns])
            move(application, str(one.decision.outcome))
            if application.uscc in acted_for:
                tell_state(session, instance, application)
    return len(cases)


def move(application: Application, state: str) -> None:
    """Take an application to its next state, if the state table allows it; its clock goes with it."""
    stages.require(stages.APPLICATION, application.state, state)
    clocks.follow(application, state)
    application.state = state
    application.state_changed_at = clock.now()
