"""What a reviewer does with a referred application: approve, reject, or set a list match aside."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications.actions import move
from portal.applications.deciders import require_first_decision
from portal.applications.deciding import AT_REVIEW, findings_of
from portal.applications.facts import firm_subject, person_subject
from portal.applications.records import Application, Decision, Review, SetAside
from portal.applications.rerun import decide_again
from portal.applications.screening import issued_at_once
from portal.applications.telling import tell_firm
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.reference.records import RegistryRow
from portal.scheme import stages

APPROVE, REJECT, SET_ASIDE = "approve", "reject", "set_aside"
ANNUL = "annul"  # of the policy that came of the case; `policies/annulment_actions.py`
FIRM_LISTED, REPRESENTATIVE_LISTED = "firm_not_listed", "representative_not_listed"
LIST_RULES = (FIRM_LISTED, REPRESENTATIVE_LISTED)
SHORTEST_REASON, LONGEST_REASON = 4, 2000  # characters
_TOLD = {
    stages.CLEARED: "application_cleared",
    stages.REJECTED: "application_rejected",
    stages.INELIGIBLE: "application_ineligible",
}


class UnknownApplication(LookupError):
    """There is no application of this number."""


class StaleCase(Exception):
    """The case moved on since the reviewer opened it: somebody else decided, or the rules ran again."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


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
    this firm or person, for good until the entry changes; the rules then run again on the same day. Nobody decides
    on a firm they are tied to (`TiedToFirm`), nor twice on one case (`DecidedBefore`). The firm is told; where it
    applied by itself, the policy of a cleared case is issued at once.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "decide an application")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    if outcome not in (APPROVE, REJECT, SET_ASIDE):
        raise ValueError(f"{outcome!r} is nothing a reviewer decides")
    with audit.write(instance.database, who, f"applications.{outcome}", f"application {number}") as session:
        application, decision = referred_case(session, number, seen_decision)
        require_untied(session, who, application.uscc, "decide an application")
        require_first_decision(session, who, application.id, "decide an application")
        people = People(session, instance.keys)
        matches = open_matches(decision)
        if outcome == APPROVE and matches:
            raise MatchOpen(number)
        made = keep_review(session, who, people, application, decision, outcome, reason, matches)
        if outcome == APPROVE:
            move(application, stages.CLEARED)
        elif outcome == REJECT:
            move(application, stages.REJECTED)
        else:
            set_matches_aside(session, application, decision, made, matches, entries)
            decide_again(session, instance, who, application, AT_REVIEW, decision.judged_on)
        session.info["entry"].details["state"] = application.state
        at_once = issued_at_once(application)
        if application.state in _TOLD and not at_once:
            tell_firm(session, instance, application, _TOLD[application.state])
    if not at_once or instance.issue_at_once is None:
        return application.state
    instance.issue_at_once(number)
    with instance.database.reading() as session:
        return session.execute(select(Application.state).where(Application.number == number)).scalar_one()


def referred_case(session: Session, number: str, seen_decision: str) -> tuple[Application, Decision]:
    """A referred application and the decision that the reviewer had before them; `StaleCase` once it moved on."""
    application = session.execute(select(Application).where(Application.number == number)).scalar()
    if application is None:
        raise UnknownApplication(number)
    decision = latest_decision(session, application.id)
    if application.state != stages.REFERRED or decision is None or decision.id != seen_decision:
        raise StaleCase(number, application.state)
    return application, decision


def saved_already(
    session: Session, people: People, who: Actor, number: str, seen_decision: str, outcome: str, reason: str
) -> bool:
    """Whether this person has saved this very decision: a button pressed twice is one decision."""
    query = (
        select(Review)
        .join(Application, Application.id == Review.application_id)
        .where(
            Application.number == number,
            Review.decision_id == seen_decision,
            Review.reviewed_by == who.id,
            Review.outcome == outcome,
        )
    )
    same = session.execute(query).scalars().all()
    return visible(reason) in reasons_of(people, same).values()


def keep_review(
    session: Session,
    who: Actor,
    people: People,
    application: Application,
    decision: Decision,
    outcome: str,
    reason: str,
    matches: dict[str, list[int]],
) -> Review:
    """Keep what a reviewer resolved, its reason sealed under the representative's key, inside an audited block."""
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


def set_matches_aside(
    session: Session,
    application: Application,
    decision: Decision,
    made: Review,
    matches: dict[str, list[int]],
    entries: Sequence[int],
) -> None:
    """Remember for good that these entries are not this firm or person; `NotThisMatch` for any other entry."""
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
