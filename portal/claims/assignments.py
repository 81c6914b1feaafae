"""Proceeds of a claim assigned to a bank: told by the firm, recorded by staff, released by the bank's paper."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.mine import CLAIM_PAPER, Mine, events_of, hand_in, require_mine
from portal.claims.moves import StaleClaim, claim_of, happened, tell_firm
from portal.claims.payees import BANK, BadAccount, assignment_of, faults, new_payee, unreadable
from portal.claims.records import Assignment, Claim, Payee
from portal.common import audit, clock, roles
from portal.common.bank_accounts import AccountInput
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import CheckedFile, keep
from portal.members.queries import require_untied
from portal.scheme import stages

TAKES_ASSIGNMENT = frozenset(stages.OPEN_CLAIM_STATES - {stages.PAYING})
REFUSALS = ("deed_unclear", "deed_other_claim", "account_unlike_deed")
"""Why an assignment is not recorded, as the firm reads it."""
RELEASE_REFUSALS = ("release_unclear", "release_other_claim", "release_other_bank")
"""Why the bank's release is turned back, as the firm reads it."""
UNLIKE_BEFORE = "account_unlike_before"  # another number given where the one that was assigned to went


class AlreadyAssigned(Exception):
    """The proceeds of this claim are assigned already, to another bank or account."""


class NoAssignment(LookupError):
    """There is no assignment in the state that this needs."""


class ReleaseMissing(Exception):
    """The bank's paper that releases the proceeds is not on file."""


def tell_assignment(
    instance: Instance,
    who: Actor,
    number: str,
    given: AccountInput,
    deed: CheckedFile | None,
    kept: Sequence[str] = (),
) -> str:
    """Tell that the proceeds of a claim are assigned to a bank, with its account and the deed; gives its id.

    Until staff have looked at it nothing is paid. The same told again is the one that is there; where its account
    went with the erased person who gave it, the very same account is kept anew, and nothing else changes. Raises
    `UnknownClaim`, `NotConfirmed`, `BadAccount`, `AlreadyAssigned`, `StaleClaim` once payment is ordered or over,
    ``ValueError`` without a deed.
    """
    roles.require(who, roles.APPLIES, "assign the proceeds of a claim")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "assign the proceeds of a claim", confirmed=True)
        if wrong := faults(given, None):
            raise BadAccount(wrong)
        known = assignment_of(session, mine.claim.id)
        if known is not None:
            index = instance.keys.index_of("payee.account", given.account)
            before = session.get_one(Payee, known.payee_id)
            if before.account_index == index:
                if unreadable(session, [before]):
                    _give_anew(session, instance, who, mine, known, before, given)
                return known.id
            raise AlreadyAssigned(number)
        if mine.claim.state not in TAKES_ASSIGNMENT:
            raise StaleClaim(number, mine.claim.state)
        with audit.audited(session, who, "claims.tell_assignment", f"claim {number}"):
            papers = hand_in(session, instance, who, mine.claim.uscc, [deed] if deed else [], kept)
            if not papers:
                raise ValueError("an assignment without its deed")
            payee = new_payee(session, instance, who, mine.claim, BANK, given, own=True)
            made = Assignment(
                id=str(ULID()),
                claim_id=mine.claim.id,
                payee_id=payee.id,
                document_id=papers[-1],
                state=stages.TOLD,
                told_by=who.id,
                told_at=clock.now(),
            )
            session.add(made)
            session.flush()
            happened(session, instance, who, mine.claim, "assignment_told", clock.today())
        return made.id


def _give_anew(
    session: Session,
    instance: Instance,
    who: Actor,
    mine: Mine,
    known: Assignment,
    before: Payee,
    given: AccountInput,
) -> None:
    """Keep the account of an assignment once more, under whoever gives it now."""
    with audit.audited(session, who, "claims.tell_assignment", f"claim {mine.claim.number}"):
        payee = new_payee(session, instance, who, mine.claim, BANK, given, own=True)
        before.replaced_by = known.payee_id = payee.id
        session.flush()


def account_gone(session: Session, assignment: Assignment | None) -> bool:
    """Whether the account of an assignment went with the erased person who gave it."""
    return assignment is not None and bool(unreadable(session, [session.get_one(Payee, assignment.payee_id)]))


def record_assignment(instance: Instance, who: Actor, number: str) -> None:
    """Record, as a claims officer, what the firm told: the bank is paid now, until it releases the proceeds.

    Twice is once. Raises `UnknownClaim`, `NoAssignment`, `TiedToFirm`.
    """
    _decide(instance, who, number, stages.RECORDED, None)


def refuse_assignment(instance: Instance, who: Actor, number: str, code: str) -> None:
    """Not record it, with a reason that the firm reads; it can be told anew.

    Raises as `record_assignment`, and ``ValueError`` for a code that is not among `REFUSALS`.
    """
    if code not in REFUSALS:
        raise ValueError(code)
    _decide(instance, who, number, stages.REFUSED, code)


def hand_in_release(instance: Instance, who: Actor, number: str, paper: CheckedFile) -> None:
    """Hand in the bank's paper that releases the proceeds; a later one takes its place until staff have looked.

    Raises `UnknownClaim`, `NotConfirmed`, `NoAssignment` where none is recorded.
    """
    roles.require(who, roles.APPLIES, "release the proceeds of a claim")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "release the proceeds of a claim", confirmed=True)
        known = assignment_of(session, mine.claim.id)
        if known is None or known.state != stages.RECORDED:
            raise NoAssignment(number)
        with audit.audited(session, who, "claims.hand_in_release", f"claim {number}"):
            document = keep(session, instance, who, mine.claim.uscc, CLAIM_PAPER, paper)
            if known.release_document_id != document.id:
                known.release_document_id = document.id
                happened(session, instance, who, mine.claim, "release_handed_in", clock.today())


def release_assignment(instance: Instance, who: Actor, number: str) -> None:
    """Record the bank's release: the firm is paid on its own account again. Twice is once.

    Raises `UnknownClaim`, `NoAssignment`, `ReleaseMissing` without the bank's paper on file, `StaleClaim` while a
    payment is ordered, `TiedToFirm`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "release the proceeds of a claim")
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        require_untied(session, who, claim.uscc, "release the proceeds of a claim")
        known = latest_assignment(session, claim.id)
        if known is not None and known.state == stages.RELEASED:
            return
        if known is None or known.state != stages.RECORDED:
            raise NoAssignment(number)
        if known.release_document_id is None:
            raise ReleaseMissing(number)
        if claim.state == stages.PAYING:
            raise StaleClaim(number, claim.state)
        with audit.audited(session, who, "claims.release_assignment", f"claim {number}"):
            stages.require(stages.ASSIGNMENT, known.state, stages.RELEASED)
            known.state, known.released_by, known.released_at = stages.RELEASED, who.id, clock.now()
            happened(session, instance, who, claim, "assignment_released", clock.today())
            tell_firm(session, instance, claim, "assignment_released")


def turn_release_back(instance: Instance, who: Actor, number: str, code: str) -> None:
    """Not take the bank's release, with a reason that the firm reads; the assignment stays, another can follow.

    Twice is once. Raises `UnknownClaim`, `NoAssignment` where none is recorded, `ReleaseMissing` where none is
    handed in, `TiedToFirm`, ``ValueError`` for a code that is not among `RELEASE_REFUSALS`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "turn a release back")
    if code not in RELEASE_REFUSALS:
        raise ValueError(code)
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        require_untied(session, who, claim.uscc, "turn a release back")
        known = latest_assignment(session, claim.id)
        if known is None or known.state != stages.RECORDED:
            raise NoAssignment(number)
        if known.release_document_id is None:
            if release_turned_back(session, claim.id) == code:
                return
            raise ReleaseMissing(number)
        with audit.audited(session, who, "claims.turn_release_back", f"claim {number}", code=code):
            paper, known.release_document_id = known.release_document_id, None
            happened(
                session, instance, who, claim, "release_turned_back", clock.today(), code=code, documents=paper
            )
            tell_firm(session, instance, claim, "release_turned_back", your_turn=True)


def release_turned_back(session: Session, claim_id: str) -> str | None:
    """Why the last release of a claim was turned back; None once another was handed in, or none ever was."""
    last = events_of(session, claim_id, "release_handed_in", "release_turned_back", "assignment_recorded")[-1:]
    return last[0].code if last and last[0].kind == "release_turned_back" else None


def latest_assignment(session: Session, claim_id: str) -> Assignment | None:
    """The last assignment of a claim, in whatever state."""
    query = select(Assignment).where(Assignment.claim_id == claim_id)
    return session.execute(query.order_by(Assignment.told_at.desc(), Assignment.id.desc()).limit(1)).scalar()


def _decide(instance: Instance, who: Actor, number: str, state: str, code: str | None) -> None:
    roles.require(who, roles.ASSESSES_CLAIMS, "record an assignment")
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        require_untied(session, who, claim.uscc, "record an assignment")
        known = latest_assignment(session, claim.id)
        if known is not None and known.state == state and known.recorded_by == who.id:
            return
        if known is None or known.state != stages.TOLD:
            raise NoAssignment(number)
        with audit.audited(session, who, "claims.record_assignment", f"claim {number}", state=state):
            stages.require(stages.ASSIGNMENT, known.state, state)
            known.state, known.recorded_by, known.recorded_at = state, who.id, clock.now()
            _tell(session, instance, who, claim, state, code)


def _tell(session: Session, instance: Instance, who: Actor, claim: Claim, state: str, code: str | None) -> None:
    kind = "assignment_recorded" if state == stages.RECORDED else "assignment_refused"
    happened(session, instance, who, claim, kind, clock.today(), code=code)
    tell_firm(session, instance, claim, kind, your_turn=state == stages.REFUSED)
