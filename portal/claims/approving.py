"""The second person: approving what was assessed, giving it back, reversing an indemnity, answering an objection.

Nobody approves what they assessed. The lock is held before the room is read, everything is computed again from
what is stored, and an indemnity is approved only if it comes out as the frozen sheet says.
"""

from collections.abc import Container

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims import assessment_codes as codes
from portal.claims.assessment_inputs import NoInvoiceFor, changes, inputs_of, judged_lines, with_room_of
from portal.claims.claim_clocks import assessed_by, objected_by
from portal.claims.letter_content import freeze_letter
from portal.claims.merging import settle_excess
from portal.claims.moves import StaleClaim, claim_in, claim_of, happened, move, tell_firm
from portal.claims.proposing import assessors_of, freeze, newest_assessment
from portal.claims.questions import bars
from portal.claims.records import Assessment, Claim
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.ledger.accounts import Account, Kind, Place, approval_lines
from portal.ledger.entries import enter
from portal.ledger.queries import balance
from portal.ledger.rates import NoRate
from portal.ledger.records import Entry
from portal.ledger.reversing import reverse_lines
from portal.members.queries import require_untied
from portal.obligors.roots import root_of
from portal.scheme import stages
from portal.scheme.assessment_canonical import AssessmentInputs, assess, assessment_bytes, inputs_from_bytes
from portal.scheme.buyer_cap import may_approve

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters
REVERSIBLE = (stages.APPROVED, stages.OBJECTED, stages.AGREED, stages.PAID, stages.CLOSED)
SHARED = (Account.RECOVERED, Account.FIRM_SHARE, Account.COSTS)


class Assessed(NotAllowed):
    """This person worked on the assessment of the claim, and so decides nothing about it."""


class CannotApprove(Exception):
    """Something bars an indemnity for this claim; `codes` say what. The claim stays where it is."""

    def __init__(self, number: str, bars: tuple[str, ...]) -> None:
        super().__init__(f"{number}: {', '.join(bars)}")
        self.number = number
        self.codes = bars


class StaleAssessment(Exception):
    """What the sheet rests on has changed, so it went back to be assessed anew; `codes` say what changed."""

    def __init__(self, number: str, changed: tuple[str, ...]) -> None:
        super().__init__(f"{number}: {', '.join(changed)}")
        self.number = number
        self.codes = changed


class RecoveriesStand(Exception):
    """Recoveries were shared by the indemnity that is to be reversed; they are reversed first."""


def approve(instance: Instance, who: Actor, number: str, seen_sha256: str) -> None:
    """Approve the sheet that was looked at: the indemnity stands, the firm is told, and it agrees or objects.

    Approved twice by the same person is approved once. Where only the room moved meanwhile and the result is the
    same, the sheet is frozen anew with the room as it is. Raises `UnknownClaim`, `StaleClaim` when there is
    nothing to approve or another sheet, `Assessed`, `CannotApprove`, and `StaleAssessment` when it comes out
    otherwise: then the claim is back with whoever assesses.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "approve an indemnity")
    with instance.database.locked() as session:  # the lock comes before everything that is read
        claim = claim_of(session, number)
        assessment = newest_assessment(session, claim.id)
        if _approved_already(claim, assessment, who):
            return
        assessment = _proposed(claim, assessment, seen_sha256)
        _require_other(session, who, claim, "approve an indemnity")
        barred = bars(session, claim, clock.today())
        if barred:
            raise CannotApprove(number, barred)
        changed, inputs = _computed_again(session, claim, assessment)
        if inputs is None:
            with audit.audited(session, who, "claims.changed_meanwhile", f"claim {number}", changed=list(changed)):
                _give_back(session, instance, who, claim, assessment, codes.STALE, "")
        else:
            with audit.audited(session, who, "claims.approve", f"claim {number}", seen=seen_sha256) as entry:
                _approve(session, instance, who, claim, assessment, inputs)
                entry.details["approved"] = assessment.canonical_sha256
    if inputs is None:
        raise StaleAssessment(number, changed)


def send_back(instance: Instance, who: Actor, number: str, seen_sha256: str, code: str, reason: str) -> None:
    """Give an assessment back to be worked on again, with a coded reason and words for staff. Twice is once.

    Raises `StaleClaim`, `Assessed`, ``ValueError`` for an unknown code or no words.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "send an assessment back")
    reason = _reason(code, codes.SEND_BACK, reason)
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        assessment = newest_assessment(session, claim.id)
        if assessment is not None and (assessment.state, assessment.decided_by) == (stages.RETURNED, who.id):
            return
        assessment = _proposed(claim, assessment, seen_sha256)
        _require_other(session, who, claim, "send an assessment back")
        with audit.audited(session, who, "claims.send_back", f"claim {number}", code=code):
            _give_back(session, instance, who, claim, assessment, code, reason)


def reverse(instance: Instance, who: Actor, number: str, seen_sha256: str, code: str, reason: str) -> None:
    """Take an approved indemnity back: a new entry undoes what still stands of it, and the claim is assessed anew.

    What was not paid yet is payable no more, what was paid the firm owes. Reversed twice is reversed once. Raises
    `StaleClaim` (while a payment is under way, for one), `Assessed`, `RecoveriesStand`, ``ValueError`` for an
    unknown code or no words.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "reverse an indemnity")
    reason = _reason(code, codes.REVERSALS, reason)
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        assessment = newest_assessment(session, claim.id)
        if assessment is not None and _reversed_by(session, assessment) == who.id:
            return
        if (
            claim.state not in REVERSIBLE
            or assessment is None
            or assessment.state != stages.APPROVED
            or assessment.canonical_sha256 != seen_sha256
        ):
            raise StaleClaim(number, claim.state)
        _require_other(session, who, claim, "reverse an indemnity")
        if any(balance(session, account, claim.id).minor for account in SHARED):
            raise RecoveriesStand(number)
        with audit.audited(session, who, "claims.reverse", f"claim {number}", code=code):
            _reverse(session, instance, who, claim, assessment, code, reason)


def decline_objection(instance: Instance, who: Actor, number: str, code: str, reason: str) -> None:
    """Leave a decision as it is that the firm objected to, with a coded reason: it may agree, or object again.

    Twice is once. Raises `StaleClaim`, `Assessed`, ``ValueError`` for an unknown code or no words.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "decline an objection")
    reason = _reason(code, codes.OBJECTION_ANSWERS, reason)
    today = clock.today()
    with instance.database.locked() as session:
        claim = claim_in(session, number, stages.OBJECTED, stages.APPROVED)
        if claim.state == stages.APPROVED:
            return
        _require_other(session, who, claim, "decline an objection")
        with audit.audited(session, who, "claims.decline_objection", f"claim {number}", code=code):
            move(claim, stages.APPROVED)
            claim.answer_due_on = claim.due_on = objected_by(session, today)
            happened(session, instance, who, claim, "objection_declined", today, code=code, words=reason)
            until = claim.answer_due_on.isoformat()
            tell_firm(session, instance, claim, "claim_objection_declined", {"answer_on": until}, your_turn=True)


def _reason(code: str, known: Container[str], reason: str) -> str:
    tidy = visible(reason)
    if code not in known or not SHORTEST_REASON <= len(tidy) <= LONGEST_REASON:
        raise ValueError(f"{code} with a reason of {len(tidy)} characters")
    return tidy


def _approved_already(claim: Claim, assessment: Assessment | None, who: Actor) -> bool:
    return (
        assessment is not None
        and claim.state == stages.APPROVED
        and (assessment.state, assessment.decided_by) == (stages.APPROVED, who.id)
    )


def _proposed(claim: Claim, assessment: Assessment | None, seen_sha256: str) -> Assessment:
    if (
        claim.state != stages.PROPOSED
        or assessment is None
        or assessment.state != stages.SUBMITTED
        or assessment.canonical_sha256 != seen_sha256
    ):
        raise StaleClaim(claim.number, claim.state)
    return assessment


def _reversed_by(session: Session, assessment: Assessment) -> str | None:
    query = select(Entry.entered_by).where(Entry.reverses == assessment.entry_id)
    return session.execute(query).scalar() if assessment.entry_id is not None else None


def _require_other(session: Session, who: Actor, claim: Claim, action: str) -> None:
    require_untied(session, who, claim.uscc, action)
    if who.id in assessors_of(session, claim.id):
        raise Assessed(who, action)


def _computed_again(
    session: Session, claim: Claim, assessment: Assessment
) -> tuple[tuple[str, ...], AssessmentInputs | None]:
    """What comes out otherwise than the frozen sheet says, as codes; else what the sheet rests on as it is now.

    A room that moved without changing the result is taken over as it is.
    """
    assert assessment.canonical is not None  # frozen when it was proposed
    assert assessment.judged_on is not None
    frozen = assessment.canonical.encode()
    before = inputs_from_bytes(frozen)
    try:
        now = inputs_of(session, claim, judged_lines(session, assessment), assessment.judged_on)
    except NoRate:
        return ("rates",), None
    except NoInvoiceFor:
        return ("money",), None
    but_for_the_room = assessment_bytes(with_room_of(now, before)) == frozen
    if but_for_the_room and assess(now).indemnity == assess(before).indemnity:
        return (), now
    return changes(before, now), None


def _approve(
    session: Session,
    instance: Instance,
    who: Actor,
    claim: Claim,
    assessment: Assessment,
    inputs: AssessmentInputs,
) -> None:
    today = clock.today()
    result = assess(inputs)
    indemnity = result.indemnity
    if not may_approve(inputs.cap, inputs.approved_before, inputs.reversed_before, indemnity):
        raise RuntimeError(
            f"{claim.number}: {indemnity} does not fit the room"
        )  # the rulebook gives no such result
    freeze(assessment, inputs, result)
    place = Place(claim.policy_id, claim.obligor_id, claim.id)
    entry = enter(
        session,
        who,
        Kind.APPROVAL,
        f"assessment {assessment.id}",
        today,
        f"claim {claim.number}",
        approval_lines(place, indemnity),
        approved_by=who.id,
    )
    stages.require(stages.ASSESSMENT, assessment.state, stages.APPROVED)
    assessment.state, assessment.entry_id = stages.APPROVED, entry.id
    assessment.decided_by, assessment.decided_at = who.id, clock.now()
    move(claim, stages.APPROVED)
    claim.approved_minor, claim.approved_on = indemnity.minor, today
    claim.answer_due_on = claim.due_on = objected_by(session, today)
    claim.paused_on = None
    session.flush()
    freeze_letter(session, claim, assessment)
    happened(session, instance, who, claim, "approved", today)
    kind = "claim_decided" if indemnity.minor else "claim_decided_nothing"
    parameters = {"answer_on": claim.answer_due_on.isoformat()}
    tell_firm(session, instance, claim, kind, parameters, your_turn=True)


def _give_back(
    session: Session, instance: Instance, who: Actor, claim: Claim, assessment: Assessment, code: str, reason: str
) -> None:
    stages.require(stages.ASSESSMENT, assessment.state, stages.RETURNED)
    assessment.state = stages.RETURNED
    assessment.decided_by, assessment.decided_at = who.id, clock.now()
    assessment.decision_code, assessment.decision_note = code, reason or None
    move(claim, stages.ASSESSING)
    claim.assigned_to = assessment.assessed_by
    happened(session, instance, who, claim, "sent_back", clock.today(), code=code)


def _reverse(
    session: Session, instance: Instance, who: Actor, claim: Claim, assessment: Assessment, code: str, reason: str
) -> None:
    today = clock.today()
    entry = session.get_one(Entry, assessment.entry_id)
    enter(
        session,
        who,
        Kind.REVERSAL,
        f"reversal of entry {entry.number}",
        today,
        f"claim {claim.number}",
        reverse_lines(session, entry),
        reverses=entry.id,
        approved_by=who.id,
        reason=reason,
    )
    settle_excess(session, who, claim.policy_id, root_of(session, claim.obligor_id).id, None)
    stages.require(stages.ASSESSMENT, assessment.state, stages.REVERSED)
    assessment.state = stages.REVERSED  # who approved it stays written down, and the entry says who reversed it
    assessment.decision_code, assessment.decision_note = code, reason
    move(claim, stages.ASSESSING)
    claim.approved_minor = claim.approved_on = claim.answer_due_on = claim.barred_on = None
    claim.agreed_on = claim.agreed_by = claim.paid_on = claim.closed_on = claim.closed_code = None
    claim.due_on = assessed_by(session, claim, today)
    claim.assigned_to = None
    happened(session, instance, who, claim, "reversed", today, code=code)
    tell_firm(session, instance, claim, "claim_reversed")
