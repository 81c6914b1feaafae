"""Screening again when a source gets a new version: who waits is decided again, who is insured becomes a task.

A policy never changes by itself: whatever no longer passes, a person looks at it and decides (scheme.md, "Cover":
a firm that crosses the export cap in mid-year stays covered, so exports open no task).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, assert_never

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import queries, requests
from portal.applications.actions import decide_waiting
from portal.applications.affected import touched_by
from portal.applications.clocks import review_due
from portal.applications.deciding import AT_SCREENING, Decided, findings_of, freeze, open_cases
from portal.applications.facts import gather
from portal.applications.records import Application, Decision, ScreeningTask
from portal.applications.rerun import Settled, decide_again, keep, last_sequences, parts, settled_by_people
from portal.applications.telling import tell_firm, tell_state, with_members
from portal.common import audit, clock
from portal.common.instance import AfterImport, Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.reference.queries import SCREENED
from portal.reference.records import SourceVersion
from portal.scheme import findings, stages
from portal.scheme.canonical import rest_on_same_facts
from portal.scheme.eligibility import missing_sources
from portal.scheme.terms import AfterCrossingCap, TermsOnDate, load_terms

OPEN, DONE = "open", "done"
COVER_STAYS, SET_ASIDE, WITHDRAWN = "cover_stays", "set_aside", "withdrawn"
WEB = "web"
_STANDING = (
    findings.REGISTERED_IN_MUNICIPALITY,
    findings.REGISTRATION_ACTIVE,
    findings.INDEPENDENT_LEGAL_PERSON,
    findings.FIRM_NOT_LISTED,
    findings.REPRESENTATIVE_NOT_LISTED,
)


@dataclass
class Rescreened:
    """Whom a version concerned: numbers of applications decided again, and of tasks about insured firms."""

    waiting: list[str] = field(default_factory=list)
    insured: list[str] = field(default_factory=list)


def rescreen(session: Session, instance: Instance, who: Actor, version: SourceVersion) -> Rescreened:
    """Screen everybody whom a version of a source concerns, in the import's own transaction.

    Applications that wait are decided again, today, if what is known of them changed; their firm is told when the
    answer changed. For insured firms a task is opened, or an open one brought up to date, when a rule about
    registration, firm or representative no longer passes. One audit entry an application.
    """
    today = clock.today()
    people = People(session, instance.keys)
    result = Rescreened()
    for part in parts(touched_by(session, people, version, today)):
        _rescreen_part(session, instance, who, people, version, part, today, result)
    return result


def follow_import(session: Session, instance: Instance, who: Actor, version_id: int) -> AfterImport:
    """What follows on a new version, in its transaction: who waited is decided, whom it concerns is screened."""
    version = session.get(SourceVersion, version_id)
    assert version is not None  # it was made in this transaction
    decided = decide_waiting(session, instance, who)
    found = rescreen(session, instance, who, version)
    return AfterImport(decided, len(found.waiting), len(found.insured), to_issue(session))


def screen_insured(
    session: Session, instance: Instance, who: Actor, application: Application, on: date
) -> ScreeningTask | None:
    """Run the rules over an insured firm, inside an audited block; gives the task if something no longer passes.

    For what is not a new version: another representative, or who acts for the firm is confirmed. The decision is
    kept either way; the policy stays as it is. A task that is open already is brought up to date. Raises what
    `decide_again` raises.
    """
    decision = decide_again(session, instance, who, application, AT_SCREENING, on)
    codes = questions(session, application, decision)
    if not codes and open_task(session, application.id) is None:
        return None
    return put_task(session, application, decision, codes, None)


def questions(session: Session, application: Application, decision: Decision) -> list[str]:
    """The rules that put an insured firm in question by a decision on it, without those that a person accepted."""
    accepted = _accepted(session, [application.id], settled_by_people(session, [application.id]))
    return _questioned(queries.findings(decision), accepted[application.id], _terms_of(application))


def close_with_cover(session: Session, application: Application) -> None:
    """The policy was withdrawn or annulled: an open task about it is done, by whoever's audited block this is."""
    task = open_task(session, application.id)
    if task is not None:
        close_task(task, session.info["entry"].who, WITHDRAWN)
        session.flush()


def open_task(session: Session, application_id: str) -> ScreeningTask | None:
    """The open task about an application, if there is one."""
    query = select(ScreeningTask).where(
        ScreeningTask.application_id == application_id, ScreeningTask.state == OPEN
    )
    return session.execute(query).scalar_one_or_none()


def close_task(task: ScreeningTask, who: Actor, outcome: str) -> None:
    """Say of a task that it is done, how and by whom."""
    task.state = DONE
    task.outcome = outcome
    task.closed_by = who.id
    task.closed_at = clock.now()


def _rescreen_part(
    session: Session,
    instance: Instance,
    who: Actor,
    people: People,
    version: SourceVersion,
    ids: Sequence[str],
    today: date,
    result: Rescreened,
) -> None:
    query = select(Application).where(Application.id.in_(ids)).order_by(Application.number)
    applications = session.execute(query).scalars().all()
    opened = open_cases(applications, people)  # of an erased person nothing can be decided any more
    applications = [application for application in applications if application.id in opened]
    gathered = gather(session, people, [opened[one.id] for one in applications], today)
    before = _latest(session, ids)
    sequences = last_sequences(session, list(opened))
    changed = []
    for application, facts in zip(applications, gathered, strict=True):
        if missing_sources(facts.sources):
            continue
        sequence = sequences.get(application.id, 0) + 1
        one = freeze(people, application.id, facts, load_terms(application.scheme), AT_SCREENING, sequence)
        if not _same(before.get(application.id), one):
            changed.append((application, one))
    settled = settled_by_people(session, [application.id for application, _one in changed])
    acted_for = with_members(session, [application.uscc for application, _one in changed])
    accepted = _accepted(session, [one.id for one, _ in changed if one.state == stages.ISSUED], settled)
    for application, one in changed:
        codes: list[str] = []
        if application.state == stages.ISSUED:
            found = one.decision.findings
            codes = _questioned(found, accepted[application.id], _terms_of(application))
            if not codes and open_task(session, application.id) is None:
                continue
        was = application.state
        subject = f"application {application.number}"
        with audit.audited(session, who, SCREENED, subject, source_version=version.id, was=was) as entry:
            decision = keep(session, application, one, settled.get(application.id, Settled()))
            entry.details["state"] = application.state
            if application.state == stages.ISSUED:
                task = put_task(session, application, decision, codes, version.id)
                entry.details["task"] = task.number
                result.insured.append(task.number)
            else:
                _follow(session, instance, application, was, application.uscc in acted_for)
                result.waiting.append(application.number)


def _latest(session: Session, ids: Sequence[str]) -> dict[str, Decision]:
    query = select(Decision).where(Decision.application_id.in_(ids), queries.is_latest())
    return {decision.application_id: decision for decision in session.execute(query).scalars()}


def _same(before: Decision | None, one: Decided) -> bool:
    """Whether what is known of a case is what its newest decision was made on; days and versions aside."""
    if before is None:
        return False
    return rest_on_same_facts(before.canonical.encode(), str(one.columns["canonical"]).encode())


def _follow(session: Session, instance: Instance, application: Application, was: str, told: bool) -> None:
    """What comes with a new state: nothing more is asked of the firm, and whoever acts for it is told."""
    if application.state == was:
        return
    if was == stages.ASKED:
        requests.close(session, requests.APPLICATION, application.id)
    if not told or issued_at_once(application):
        return  # nobody acts for it, or the policy itself is told of
    if application.state == stages.CLEARED:
        tell_firm(session, instance, application, "application_cleared")
    else:
        tell_state(session, instance, application)


def issued_at_once(application: Application) -> bool:
    """Whether the policy follows by itself: the firm applied on line, and nothing holds it."""
    ready = application.state in (stages.ELIGIBLE, stages.CLEARED)
    return ready and application.channel == WEB and application.hold is None


def to_issue(session: Session) -> tuple[str, ...]:
    """The numbers of all applications whose policy follows by itself."""
    query = select(Application.number).where(
        Application.state.in_((stages.ELIGIBLE, stages.CLEARED)),
        Application.channel == WEB,
        Application.hold.is_(None),
    )
    return tuple(session.execute(query.order_by(Application.number)).scalars())


def _terms_of(application: Application) -> TermsOnDate:
    return load_terms(application.scheme).on(application.applied_on)


def _questioned(
    found: Sequence[findings.Finding], accepted: Mapping[str, Sequence[Any]], on_date: TermsOnDate
) -> list[str]:
    """The rules that put an insured firm in question: they do not pass, on a value that nobody accepted before."""
    codes = _codes_of_insured(on_date)
    return [
        one.code
        for one in found
        if one.code in codes
        and one.verdict is not findings.Verdict.PASS
        and dict(one.value) not in accepted.get(one.code, ())
    ]


def _codes_of_insured(on_date: TermsOnDate) -> Sequence[str]:
    """The rules that an insured firm has to go on passing. A word of the terms without a case here is an error."""
    match on_date.after_crossing_cap:
        case AfterCrossingCap.CONTINUES:
            return _STANDING
        case unknown:
            assert_never(unknown)


def _accepted(
    session: Session, ids: Sequence[str], settled: Mapping[str, Settled]
) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """By application and rule, the values on which a person let it stand: in a review, or closing a task."""
    accepted: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for application_id in ids:
        approved = settled.get(application_id, Settled()).approved
        accepted[application_id] = {code: [value] for code, value in approved.items()}
    for part in parts(ids):
        query = (
            select(ScreeningTask, Decision)
            .join(Decision, Decision.id == ScreeningTask.decision_id)
            .where(ScreeningTask.application_id.in_(part), ScreeningTask.outcome == COVER_STAYS)
        )
        for task, decision in session.execute(query):
            codes = set(task.codes.split())
            for raw in findings_of(decision):
                if raw["code"] in codes:
                    accepted[task.application_id].setdefault(raw["code"], []).append(raw["value"])
    return accepted


def put_task(
    session: Session,
    application: Application,
    decision: Decision,
    codes: Sequence[str],
    source_version_id: int | None,
) -> ScreeningTask:
    """Open a task, or bring the open one up to date: it then asks what is asked now, by the day it had.

    Inside an audited block. A task whose rules all pass again stays open until a person closes it.
    """
    task = open_task(session, application.id)
    if task is not None:
        task.decision_id = decision.id
        task.codes = " ".join(codes)
        task.source_version_id = source_version_id
        session.flush()
        return task
    today = clock.today()
    series = f"S{today.year}-"
    last = select(func.max(ScreeningTask.serial)).where(ScreeningTask.number.startswith(series))
    serial = (session.execute(last).scalar() or 0) + 1
    task = ScreeningTask(
        id=str(ULID()),
        number=f"{series}{serial:05d}",
        serial=serial,
        application_id=application.id,
        decision_id=decision.id,
        source_version_id=source_version_id,
        uscc=application.uscc,
        firm_name=application.firm_name,
        codes=" ".join(codes),
        state=OPEN,
        opened_on=today,
        opened_at=clock.now(),
        due_on=review_due(session, today),
    )
    session.add(task)
    session.flush()
    return task
