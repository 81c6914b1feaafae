"""What a reviewer does with a referred application: approve, reject, or set a list match aside."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications.actions import move
from portal.applications.deciding import AT_REVIEW, case_of, findings_of, freeze
from portal.applications.facts import firm_subject, gather, person_subject
from portal.applications.records import Application, Decision, Review, SetAside
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.terms import load_terms

APPROVE, REJECT, SET_ASIDE = "approve", "reject", "set_aside"
FIRM_LISTED, REPRESENTATIVE_LISTED = "firm_not_listed", "representative_not_listed"
LIST_RULES = (FIRM_LISTED, REPRESENTATIVE_LISTED)
SHORTEST_REASON, LONGEST_REASON = 4, 2000  # characters


class _Anybody:
    """For `assign`: whoever has the case now. No text that is sent can equal it."""


ANYBODY = _Anybody()


class UnknownApplication(LookupError):
    """There is no application of this number."""


class StaleCase(Exception):
    """The case moved on since the reviewer opened it: somebody else decided, or the rules ran again."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


class TakenMeanwhile(Exception):
    """The case is no longer with whom it was when the reviewer looked; `holder` has it now (None: nobody)."""

    def __init__(self, number: str, holder: str | None) -> None:
        super().__init__(f"{number} is with {holder or 'nobody'} now")
        self.number = number
        self.holder = holder


class ReasonNeeded(ValueError):
    """A decision of a person always has a reason of a few words."""


class MatchOpen(Exception):
    """A list match is still open: it is set aside, or the application is rejected; never just approved."""


class NotThisMatch(ValueError):
    """The entry is not one of those that the rules put before the reviewer."""


def latest_decision(session: Session, application_id: str) -> Decision | None:
    """The newest decision on an application."""
    query = (
        select(Decision)
        .where(Decision.application_id == application_id)
        .order_by(Decision.sequence.desc())
        .limit(1)
    )
    return session.execute(query).scalar()


def open_matches(decision: Decision) -> dict[str, list[int]]:
    """The list entries that the rules referred: rule code → row ids of the entries."""
    return {
        finding["code"]: [int(entry) for entry in finding["value"]["entries"]]
        for finding in findings_of(decision)
        if finding["code"] in LIST_RULES and finding["verdict"] == "refer"
    }


def review(
    instance: Instance,
    who: Actor,
    number: str,
    seen_decision: str,
    outcome: str,
    reason: str,
    entries: Sequence[int] = (),
) -> str:
    """Resolve a referred application and give its state afterwards.

    `seen_decision` is the decision the reviewer had before them; if another has come since, or the case is no
    longer referred, `StaleCase` is raised and nothing changes. Approving takes every referred point as cleared,
    and is refused with `MatchOpen` while a list match is open. Setting aside names the `entries` that are not
    this firm or person, for good until the entry changes; the rules then run again on the same day.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "decide an application")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    if outcome not in (APPROVE, REJECT, SET_ASIDE):
        raise ValueError(f"{outcome!r} is nothing a reviewer decides")
    with audit.write(instance.database, who, f"applications.{outcome}", f"application {number}") as session:
        application, decision = _case(session, number, seen_decision)
        people = People(session, instance.keys)
        matches = open_matches(decision)
        if outcome == APPROVE and matches:
            raise MatchOpen(number)
        made = _keep_review(session, who, people, application, decision, outcome, reason, matches)
        if outcome == APPROVE:
            move(application, stages.CLEARED)
        elif outcome == REJECT:
            move(application, stages.REJECTED)
        else:
            _set_aside(session, application, decision, made, matches, entries)
            _decide_again(session, people, application, decision)
        session.info["entry"].details["state"] = application.state
        return application.state


def _case(session: Session, number: str, seen_decision: str) -> tuple[Application, Decision]:
    application = session.execute(select(Application).where(Application.number == number)).scalar()
    if application is None:
        raise UnknownApplication(number)
    decision = latest_decision(session, application.id)
    if application.state != stages.REFERRED or decision is None or decision.id != seen_decision:
        raise StaleCase(number, application.state)
    return application, decision


def _keep_review(
    session: Session,
    who: Actor,
    people: People,
    application: Application,
    decision: Decision,
    outcome: str,
    reason: str,
    matches: dict[str, list[int]],
) -> Review:
    codes = " ".join(code for code in decision.referred.split() if outcome != SET_ASIDE or code in matches)
    sealer = people.sealer(application.representative_id)
    made = Review(
        id=str(ULID()),
        application_id=application.id,
        decision_id=decision.id,
        outcome=outcome,
        codes=codes,
        person_id=sealer.person_id,
        reason_sealed=sealer.seal("reason", reason),
        reviewed_by=who.id,
        reviewed_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _set_aside(
    session: Session,
    application: Application,
    decision: Decision,
    made: Review,
    matches: dict[str, list[int]],
    entries: Sequence[int],
) -> None:
    wanted = set(entries)
    if not wanted or not wanted <= {entry for found in matches.values() for entry in found}:
        raise NotThisMatch(", ".join(str(entry) for entry in entries))
    pairs = {
        (entry, subject)
        for code, found in matches.items()
        for subject in _subjects(session, application, decision, code)
        for entry in wanted.intersection(found)
    }
    known = select(SetAside.entry_id, SetAside.subject).where(SetAside.entry_id.in_(wanted))
    pairs -= {(entry, subject) for entry, subject in session.execute(known)}
    for entry, subject in sorted(pairs):
        session.add(SetAside(id=str(ULID()), entry_id=entry, subject=subject, review_id=made.id))
    session.flush()


def _subjects(session: Session, application: Application, decision: Decision, code: str) -> list[str]:
    """Whom the reviewer was asked about under this rule: the firm, or one or both of its representatives."""
    if code == FIRM_LISTED:
        return [firm_subject(application.uscc)]
    whose = next(finding["value"]["whose"] for finding in findings_of(decision) if finding["code"] == code)
    subjects = [person_subject(application.representative_id)] if "declared" in whose else []
    if "registry" in whose:
        row = select(RegistryRow.representative_id).where(
            RegistryRow.uscc == application.uscc, RegistryRow.replaced_version.is_(None)
        )
        registered = session.execute(row).scalar()
        subjects += [person_subject(registered)] if registered else []
    return subjects


def _decide_again(session: Session, people: People, application: Application, before: Decision) -> None:
    """Run the rules again on the day of the decision before, now that matches are set aside."""
    facts = gather(session, people, [case_of(application, people)], before.judged_on)[0]
    terms = load_terms(application.scheme)
    one = freeze(people, application.id, facts, terms, AT_REVIEW, before.sequence + 1)
    audit.insert_many(session, Decision, [one.columns])
    if one.decision.failed:
        move(application, stages.INELIGIBLE)
    elif not one.decision.referred:
        move(application, stages.CLEARED)


def assign(
    instance: Instance, who: Actor, number: str, to: str | None, had: str | _Anybody | None = ANYBODY
) -> None:
    """Take a case (one's own account id), hand it over, or put it back (None). Deciding needs no taking.

    `had` is who had the case when the reviewer looked; if that has changed, `TakenMeanwhile` is raised and the
    case stays where it is. Doing it a second time changes nothing.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "take a case")
    with audit.write(instance.database, who, "applications.assign", f"application {number}", to=to) as session:
        application = session.execute(select(Application).where(Application.number == number)).scalar()
        if application is None:
            raise UnknownApplication(number)
        if application.state != stages.REFERRED:
            raise StaleCase(number, application.state)
        if had not in (ANYBODY, application.assigned_to) and application.assigned_to != to:
            raise TakenMeanwhile(number, application.assigned_to)
        application.assigned_to = to


def reasons_of(people: People, reviews: Sequence[Review]) -> dict[str, str]:
    """The reasons as written, by review id; an erased person's read as nothing."""
    found: dict[str, str] = {}
    for one in reviews:
        try:
            found[one.id] = people.sealer(one.person_id).open("reason", one.reason_sealed)
        except PersonErased:
            found[one.id] = ""
    return found


def note_look(instance: Instance, who: Actor, number: str) -> None:
    """Record that a reviewer looked at a case's identity numbers."""
    roles.require(who, roles.SEES_IDENTITY_NUMBERS, "look at identity numbers")
    audit.note(instance.database, who, "applications.identity_numbers", f"application {number}", audit.LOOKED)
