"""What staff do with an appeal. One proposes, another approves; nobody overrides a fail, the rules run again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.appeals import queries
from portal.appeals.actions import StaleAppeal, appeal_of, go_on, move, tell_firm
from portal.appeals.proposals import BadProposal, Proposal, correction_of, standing, still_stands
from portal.appeals.records import Appeal
from portal.applications import requests
from portal.applications.appealable import codes_in_question
from portal.applications.corrections import APPROVED, DECLINED
from portal.applications.deciders import DecidedBefore, require_first_decision
from portal.applications.deciding import AT_APPEAL
from portal.applications.records import Application, Correction
from portal.applications.rerun import decide_again
from portal.applications.reviews import LONGEST_REASON, SHORTEST_REASON, ReasonNeeded, latest_decision
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor, NotAllowed
from portal.members.queries import require_untied
from portal.scheme import stages

DECLINE_CODES = (
    "not_shown",
    "source_confirmed",
    "no_such_fact",
    "other_firm",
    "decision_stands",
)
"""Why an appeal is declined: what the firm reads is made of the code, never of what staff write."""

ITEMS = (
    requests.EVIDENCE_EXPORTS,
    requests.EVIDENCE_REGISTRATION,
    requests.EVIDENCE_LIST,
    requests.LICENCE,
    requests.EXPLAIN,
)
"""What a firm can be asked for on an appeal."""


class SamePerson(NotAllowed):
    """Whoever proposed a correction never approves it."""


class NoLongerStands(Exception):
    """The source says something else by now, so the correction would correct nothing."""


@dataclass(frozen=True)
class Upheld:
    """What became of the application: its state, and the other open application because of which it stays."""

    state: str
    other: str | None = None


def may_decide(session: Session, who: Actor, appeal: Appeal) -> bool:
    """Whether this person has decided nothing on this case before, nor on an earlier appeal of it."""
    try:
        _require_new_to_case(session, who, appeal, "decide an appeal")
    except DecidedBefore:
        return False
    return True


def propose(instance: Instance, who: Actor, number: str, proposal: Proposal, reason: str) -> int:
    """Propose a correction, for a second person to approve; gives its number.

    Raises `UnknownAppeal`, `StaleAppeal` when the appeal is not open any more, `BadProposal`, `ReasonNeeded`,
    `PersonErased`, and `NotAllowed` for who is tied to the firm or decided the case before.
    """
    roles.require(who, roles.DECIDES_APPEALS, "propose a correction")
    reason = _reason(reason)
    with audit.write(instance.database, who, "appeals.propose", f"appeal {number}") as session:
        appeal = _open(session, who, number, "propose a correction", stages.OPEN)
        application = session.get_one(Application, appeal.application_id)
        if proposal.evidence_id not in queries.documents_of(session, appeal):
            raise BadProposal("evidence")
        people = People(session, instance.keys)
        stands = standing(session, people, application, clock.today())
        correction = correction_of(
            stands, people, proposal, in_question(session, application), appeal.id, next_number(session)
        )
        correction.id = str(ULID())
        correction.proposed_by = who.id
        correction.proposed_at = clock.now()
        correction.reason_sealed = people.sealer(correction.person_id).seal_fields({"reason": reason})
        session.add(correction)
        move(appeal, stages.PROPOSED)
        appeal.assigned_to = None  # it is somebody else's turn
        session.info["entry"].details |= {"correction": correction.number, "what": correction.what}
        return correction.number


def approve(instance: Instance, who: Actor, number: str, correction_number: int) -> Upheld:
    """Approve a proposed correction: it counts from now on, and the rules run again at once.

    What then passes is issued at once, what a person must look at goes to the desk, what still fails stays as it
    is with the new finding. While another application of the firm is open this one stays closed. Raises
    `UnknownAppeal`, `StaleAppeal`, `NoLongerStands`, `SourceMissing`, `PersonErased`, and `NotAllowed` for the
    proposer (`SamePerson`), who is tied to the firm, or who decided the case before.
    """
    roles.require(who, roles.APPROVES_CORRECTIONS, "approve a correction")
    with audit.write(instance.database, who, "appeals.approve", f"appeal {number}") as session:
        appeal = _open(session, who, number, "approve a correction", stages.PROPOSED)
        correction = _proposed(session, who, appeal, correction_number, "approve a correction")
        application = session.get_one(Application, appeal.application_id)
        people = People(session, instance.keys)
        if not still_stands(standing(session, people, application, clock.today()), people, correction):
            raise NoLongerStands(str(correction.number))
        correction.state = APPROVED
        correction.approved_by = who.id
        correction.approved_at = clock.now()
        session.flush()
        session.info["entry"].details["correction"] = correction.number
        result, ready = _uphold(session, instance, who, appeal, application)
    return _issued(instance, result, ready)


def uphold(instance: Instance, who: Actor, number: str, reason: str) -> Upheld:
    """Send a case that a person rejected back to the desk, for another person to decide it anew.

    The rules run again first. Raises `BadProposal` unless a person rejected it, and what `approve` raises.
    """
    roles.require(who, roles.DECIDES_APPEALS, "uphold an appeal")
    reason = _reason(reason)
    with audit.write(instance.database, who, "appeals.uphold", f"appeal {number}") as session:
        appeal = _open(session, who, number, "uphold an appeal", stages.OPEN)
        application = session.get_one(Application, appeal.application_id)
        if application.state != stages.REJECTED:
            raise BadProposal("not_rejected")
        appeal.reason_sealed = _sealed(People(session, instance.keys), appeal, reason)
        result, ready = _uphold(session, instance, who, appeal, application)
    return _issued(instance, result, ready)


def send_back(instance: Instance, who: Actor, number: str, correction_number: int, reason: str) -> None:
    """Give a proposal back to whoever made it, with the reason.

    Raises `UnknownAppeal`, `StaleAppeal`, `ReasonNeeded` and `NotAllowed`, as `approve` does.
    """
    roles.require(who, roles.APPROVES_CORRECTIONS, "send a correction back")
    reason = _reason(reason)
    with audit.write(instance.database, who, "appeals.send_back", f"appeal {number}") as session:
        appeal = _open(session, who, number, "send a correction back", stages.PROPOSED)
        correction = _proposed(session, who, appeal, correction_number, "send a correction back")
        _keep_sent_back(People(session, instance.keys), correction, reason)
        correction.state = DECLINED
        correction.approved_by = who.id
        correction.approved_at = clock.now()
        move(appeal, stages.OPEN)
        appeal.assigned_to = correction.proposed_by
        session.info["entry"].details["correction"] = correction.number


def decline(instance: Instance, who: Actor, number: str, code: str, reason: str) -> None:
    """Decline an appeal: the firm reads the coded sentence, staff and auditors the reason.

    Raises `UnknownAppeal`, `StaleAppeal`, `ReasonNeeded`, `NotAllowed`, and ``ValueError`` for no such code.
    """
    roles.require(who, roles.DECIDES_APPEALS, "decline an appeal")
    reason = _reason(reason)
    if code not in DECLINE_CODES:
        raise ValueError(f"{code!r} is no reason to decline")
    with audit.write(instance.database, who, "appeals.decline", f"appeal {number}", code=code) as session:
        appeal = _open(session, who, number, "decline an appeal", stages.OPEN, stages.ASKED)
        requests.close(session, requests.APPEAL, appeal.id)
        appeal.decline_code = code
        appeal.reason_sealed = _sealed(People(session, instance.keys), appeal, reason)
        _decided(appeal, who, stages.DECLINED)
        tell_firm(session, instance, appeal, "appeal_declined")


def ask(instance: Instance, who: Actor, number: str, items: Sequence[str], note: str) -> None:
    """Ask the firm for more, once and together: it is its turn, and the clock stands still.

    Raises `UnknownAppeal`, `StaleAppeal`, `requests.NothingAsked`, `NotAllowed`, `PersonErased`.
    """
    roles.require(who, roles.DECIDES_APPEALS, "ask a firm for more")
    if not set(items) <= set(ITEMS):
        raise requests.NothingAsked(" ".join(items))
    with audit.write(instance.database, who, "appeals.ask", f"appeal {number}") as session:
        appeal = _open(session, who, number, "ask a firm for more", stages.OPEN)
        request = requests.ask(session, instance, who, requests.APPEAL, appeal.id, appeal.person_id, items, note)
        appeal.paused_on = clock.today()
        move(appeal, stages.ASKED)
        session.info["entry"].details["items"] = request.items
        parameters = {"due_on": request.due_on.isoformat()}
        tell_firm(session, instance, appeal, "appeal_asked", parameters, your_turn=True)


def stop_waiting(instance: Instance, who: Actor, number: str) -> None:
    """Take back what the firm was asked for: the appeal is decided on what is there. Raises `StaleAppeal`."""
    roles.require(who, roles.DECIDES_APPEALS, "take a request back")
    with audit.write(instance.database, who, "appeals.stop_waiting", f"appeal {number}") as session:
        appeal = _open(session, who, number, "take a request back", stages.ASKED)
        requests.close(session, requests.APPEAL, appeal.id)
        go_on(session, appeal)


def in_question(session: Session, application: Application) -> tuple[str, ...]:
    """The rules that a correction may answer: those that failed or were left to a person last."""
    decision = latest_decision(session, application.id)
    return codes_in_question(decision) if decision is not None else ()


def next_number(session: Session) -> int:
    """The number of the next correction; each has one of its own, whatever becomes of it."""
    return (session.execute(select(func.max(Correction.number))).scalar() or 0) + 1


def reasons_of(people: People, correction: Correction) -> dict[str, str]:
    """Why it was proposed (`reason`) and perhaps sent back (`sent_back`); nothing once its person is erased."""
    return people.read(correction.person_id, correction.reason_sealed)


def _reason(reason: str) -> str:
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    return reason


def _sealed(people: People, appeal: Appeal, reason: str) -> str | None:
    """The reason under the key of whoever filed; once that person is erased nothing of it can be kept."""
    try:
        return people.sealer(appeal.person_id).seal("reason", reason)
    except PersonErased:
        return None


def _keep_sent_back(people: People, correction: Correction, reason: str) -> None:
    """The reason beside the proposer's; once their person is erased neither can be read or kept."""
    with suppress(PersonErased):
        sealer = people.sealer(correction.person_id)
        said = sealer.open_fields(correction.reason_sealed)
        correction.reason_sealed = sealer.seal_fields({**said, "sent_back": reason})


def _open(session: Session, who: Actor, number: str, action: str, *states: str) -> Appeal:
    """The appeal, if it is in one of these states and this person may decide on it."""
    appeal = appeal_of(session, number)
    require_untied(session, who, appeal.uscc, action)
    _require_new_to_case(session, who, appeal, action)
    if appeal.state not in states:
        raise StaleAppeal(number, appeal.state)
    return appeal


def _require_new_to_case(session: Session, who: Actor, appeal: Appeal, action: str) -> None:
    require_first_decision(session, who, appeal.application_id, action)
    earlier = [one for one in queries.appeals_of(session, appeal.application_id) if one.id != appeal.id]
    if any(one.decided_by == who.id for one in earlier):
        raise DecidedBefore(who, action)


def _proposed(session: Session, who: Actor, appeal: Appeal, number: int, action: str) -> Correction:
    correction = queries.proposed(session, appeal.id)
    if correction is None or correction.number != number:
        raise StaleAppeal(appeal.number, appeal.state)
    if correction.proposed_by == who.id:
        raise SamePerson(who, action)
    return correction


def _decided(appeal: Appeal, who: Actor, state: str) -> None:
    move(appeal, state)
    appeal.decided_by = who.id
    appeal.decided_at = clock.now()
    appeal.paused_on = None


def _uphold(
    session: Session, instance: Instance, who: Actor, appeal: Appeal, application: Application
) -> tuple[Upheld, list[str]]:
    """Uphold, run the rules again, and tell the firm; gives the result and which applications may be issued."""
    _decided(appeal, who, stages.UPHELD)
    other = queries.other_open_application(session, application)
    again = other or application
    decide_again(session, instance, who, again, AT_APPEAL, clock.today())
    if again.state != stages.ASKED:
        requests.close(session, requests.APPLICATION, again.id)  # what is decided is asked about no more
    session.info["entry"].details["state"] = application.state
    tell_firm(session, instance, appeal, "appeal_upheld")
    ready = [again.number] if again.state == stages.ELIGIBLE else []
    return Upheld(application.state, other.number if other else None), ready


def _issued(instance: Instance, result: Upheld, ready: Sequence[str]) -> Upheld:
    """Issue at once what may be, in a transaction of its own, and tell the state afterwards."""
    for number in ready:
        if instance.issue_at_once is None:
            return result
        instance.issue_at_once(number)
    if not ready or result.other is not None:
        return result
    with instance.database.reading() as session:
        query = select(Application.state).where(Application.number == ready[0])
        return Upheld(session.execute(query).scalar_one())
