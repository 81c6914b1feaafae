"""Entering applications from a file, deciding each one, and deciding those that waited for a source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import clocks
from portal.applications.deciding import AT_APPLICATION, Decided, freeze, open_cases
from portal.applications.facts import Case, gather, newest_versions
from portal.applications.files import ApplicationInput, read_applications
from portal.applications.records import Application, Decision
from portal.applications.representatives import representative_match
from portal.common import audit, clock, roles
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import CHUNK, People, Sealer
from portal.common.problems import Problem
from portal.common.rejected import RejectedRow
from portal.common.roles import Actor
from portal.reference.files import Reading
from portal.scheme import stages
from portal.scheme.eligibility import missing_sources
from portal.scheme.facts import Person
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


class _New(NamedTuple):
    """A row that becomes an application."""

    row: ApplicationInput
    content_index: str


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
            _enter(session, instance, who, fresh[start : start + CHUNK], scheme, applied_on, result)
        result.added = len(fresh)
    if not result.outcomes[stages.AWAITING_SOURCE]:
        result.missing_sources = ()
    return result


def content_index(keys: Keys, row: ApplicationInput) -> str:
    """The keyed index by which the same row is known again without its text being readable."""
    return keys.index_of("applications.content", canonical_json(row))


def _sort_out(
    session: Session,
    keys: Keys,
    reading: Reading[ApplicationInput],
    scheme: str,
    terms: TermsOnDate,
    applied_on: date,
    result: ApplicationsResult,
) -> list[_New]:
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
    fresh = []
    for row, source_row in zip(reading.accepted, reading.rows, strict=True):
        content = content_index(keys, row)
        before = entered.get((row.uscc, content)) or latest.get(row.uscc)
        problem = None
        if before is None:
            fresh.append(_New(row, content))
            continue
        same = before.content_index == content
        # While it is open a changed row is rejected; once closed, a later date is a new application.
        closed = before.state not in stages.OPEN_APPLICATION_STATES and before.state != stages.ISSUED
        if closed and applied_on > before.applied_on:
            fresh.append(_New(row, content))
        elif same and (not closed or applied_on == before.applied_on):
            result.unchanged += 1
            result.outcomes[firsts.get(before.id, stages.AWAITING_SOURCE)] += 1
        elif before.state == stages.ISSUED and applied_on > before.applied_on:
            fresh.append(_New(row, content))  # the rules answer it: already enrolled
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


def _enter(
    session: Session,
    instance: Instance,
    who: Actor,
    fresh: Sequence[_New],
    scheme: str,
    applied_on: date,
    result: ApplicationsResult,
) -> None:
    """Create the applications of one chunk and decide each; one audit entry an application."""
    terms = load_terms(scheme)
    on_date = terms.on(applied_on)
    people = People(session, instance.keys)
    sealers = people.get_or_make(match for new in fresh for match in _matches(people, new.row))
    serial = _next_serial(session, on_date.policy_year)
    rows: list[dict[str, object]] = []
    cases: list[Case] = []
    for number, new in enumerate(fresh):
        representative, contact = (sealers[match] for match in _matches(people, new.row))
        application_id = str(ULID())
        rows.append(
            {
                "id": application_id,
                "number": f"A{on_date.policy_year}-{serial + number:05d}",
                "serial": serial + number,
                "scheme": scheme,
                "policy_year": on_date.policy_year,
                **_said(new, representative, contact),
                "declarations": " ".join(on_date.declarations),
                "content_index": new.content_index,
                "channel": "file",
                "state": stages.AWAITING_SOURCE,
                "applied_on": applied_on,
                "entered_at": clock.now(),
                "entered_by": who.id,
                "policy_number": None,
                "cover_withdrawn_on": None,
                "assigned_to": None,
                "state_changed_at": clock.now(),
            }
        )
        cases.append(_case(application_id, on_date, new.row, representative, contact, applied_on))
    decided: list[Decided | None] = [None] * len(fresh)
    if not result.missing_sources:
        for number, facts in enumerate(gather(session, people, cases, None)):
            decided[number] = freeze(
                people, cases[number].application_id, facts, terms, AT_APPLICATION, sequence=1
            )
    for row, one in zip(rows, decided, strict=True):
        if one is not None:
            row["state"] = str(one.decision.outcome)
        row |= clocks.clock_columns(session, str(row["state"]), clock.today())
        with audit.audited(session, who, "applications.enter", f"application {row['number']}"):
            audit.insert_many(session, Application, [row])
            if one is not None:
                audit.insert_many(session, Decision, [one.columns])
        result.outcomes[str(row["state"])] += 1


def _matches(people: People, row: ApplicationInput) -> tuple[str, str]:
    """Under which index the representative and the contact are known again."""
    representative = representative_match(people, row.uscc, row.representative, row.representative_number)
    if not row.contact:
        return representative, representative
    reached = row.mobile or row.email or ""
    return representative, people.match("contact", f"{row.uscc}\x1f{row.contact}\x1f{reached}")


def _said(new: _New, representative: Sealer, contact: Sealer) -> dict[str, object]:
    row = new.row
    # The paper is signed by the contact; where none is named, by the representative.
    signer = row.contact or row.representative
    return {
        "uscc": row.uscc,
        "firm_name": row.firm_name,
        "address": row.address,
        "representative_id": representative.person_id,
        "representative_sealed": representative.seal_fields(
            {"name": row.representative, "id_number": row.representative_number}
        ),
        "contact_id": contact.person_id,
        "contact_sealed": contact.seal_fields({"name": signer, "mobile": row.mobile, "email": row.email}),
    }


def _case(
    application_id: str,
    on_date: TermsOnDate,
    row: ApplicationInput,
    representative: Sealer,
    contact: Sealer,
    applied_on: date,
) -> Case:
    return Case(
        application_id=application_id,
        policy_year=on_date.policy_year,
        base_year=on_date.base_year,
        uscc=row.uscc,
        firm_name=row.firm_name,
        representative=Person(representative.person_id, row.representative, row.representative_number),
        declared_by=Person(contact.person_id, row.contact or row.representative, None),
        declarations=on_date.declarations,
        applied_on=applied_on,
    )


def _next_serial(session: Session, policy_year: int) -> int:
    query = select(func.max(Application.serial)).where(Application.policy_year == policy_year)
    return (session.execute(query).scalar() or 0) + 1


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
    for case, facts in zip(cases, gather(session, people, cases, None), strict=True):
        application = by_id[case.application_id]
        terms = load_terms(application.scheme)
        one = freeze(people, application.id, facts, terms, AT_APPLICATION, sequence=1)
        with audit.audited(session, who, "applications.decide", f"application {application.number}"):
            audit.insert_many(session, Decision, [one.columns])
            move(application, str(one.decision.outcome))
    return len(cases)


def move(application: Application, state: str) -> None:
    """Take an application to its next state, if the state table allows it; its clock goes with it."""
    stages.require(stages.APPLICATION, application.state, state)
    clocks.follow(application, state)
    application.state = state
    application.state_changed_at = clock.now()
