"""What a firm says to an indemnity that was approved: it agrees and is paid, or objects in time with reasons."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims import claim_clocks as clocks
from portal.claims.assessment_codes import OBJECTION
from portal.claims.mine import LONGEST_WORDS, events_of, hand_in, person_of, require_mine
from portal.claims.moves import StaleClaim, happened, move
from portal.claims.records import Assessment, Claim, ClaimEvent
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import CheckedFile
from portal.scheme import stages

GROUNDS = ("invoice_counts", "amount_wrong", "money_wrong", "late_excused", "room_wrong", "rate_wrong", "other")
"""What an objection can be about; the words say the rest."""
SHORTEST_WORDS = 4  # characters
NOTHING_PAYABLE = "nothing_payable"


class TooLate(Exception):
    """The last day to object has passed; `until` was it."""

    def __init__(self, until: date) -> None:
        super().__init__(until.isoformat())
        self.until = until


def approved_assessment(session: Session, claim: Claim) -> Assessment | None:
    """The assessment whose indemnity stands for a claim, if one was approved."""
    query = select(Assessment).where(Assessment.claim_id == claim.id, Assessment.state == stages.APPROVED)
    return session.execute(query.order_by(Assessment.sequence.desc()).limit(1)).scalar()


def objection_to_weigh(session: Session, claim: Claim) -> ClaimEvent | None:
    """The newest objection while it is looked at, and while the claim is assessed anew because it was right.

    None as soon as another decision was made, or where there is none.
    """
    if claim.state != stages.OBJECTED:
        query = select(Assessment).where(Assessment.claim_id == claim.id, Assessment.letter.is_not(None))
        last = session.execute(query.order_by(Assessment.sequence.desc()).limit(1)).scalar()
        if last is None or (last.state, last.decision_code) != (stages.REVERSED, OBJECTION):
            return None
    return next(reversed(events_of(session, claim.id, "objected")), None)


def agree(instance: Instance, who: Actor, number: str, seen_sha256: str) -> None:
    """Agree to the indemnity that was read; from today the days of payment run. Agreeing twice is agreeing once.

    With nothing to be paid the claim is closed. Raises `UnknownClaim`, `NotConfirmed`, `NotAllowed`, and
    `StaleClaim` when another amount stands by now, or none.
    """
    roles.require(who, roles.APPLIES, "agree to an indemnity")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "agree to an indemnity", confirmed=True)
        claim = mine.claim
        assessment = approved_assessment(session, claim)
        if assessment is None or assessment.canonical_sha256 != seen_sha256:
            raise StaleClaim(number, claim.state)
        if claim.agreed_on is not None and claim.state not in (stages.APPROVED, stages.OBJECTED):
            return
        if claim.state != stages.APPROVED:
            raise StaleClaim(number, claim.state)
        with audit.audited(session, who, "claims.agree", f"claim {number}", seen=seen_sha256[:16]):
            today = clock.today()
            move(claim, stages.AGREED)
            claim.agreed_on, claim.agreed_by = today, who.id
            claim.due_on = clocks.paid_by(session, claim, today)
            happened(session, instance, who, claim, "agreed", today)
            if not assessment.indemnity_minor:
                move(claim, stages.CLOSED)
                claim.closed_on, claim.closed_code, claim.due_on = today, NOTHING_PAYABLE, None
                happened(session, instance, who, claim, "closed", today, code=NOTHING_PAYABLE)


def object_to(
    instance: Instance,
    who: Actor,
    number: str,
    seen_sha256: str,
    ground: str,
    words: str,
    files: Sequence[CheckedFile] = (),
    kept: Sequence[str] = (),
) -> None:
    """Object to the indemnity that was read, within the time for it: a person looks at it again. Twice is once.

    Raises `UnknownClaim`, `NotConfirmed`, `NotAllowed`, `TooLate`, `TooManyFiles`, ``ValueError`` for no ground or
    no words, and `StaleClaim` when another amount stands by now, or none.
    """
    roles.require(who, roles.APPLIES, "object to an indemnity")
    words = visible(words)[:LONGEST_WORDS]
    if ground not in GROUNDS or len(words) < SHORTEST_WORDS:
        raise ValueError(f"an objection about {ground} in {len(words)} characters")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "object to an indemnity", confirmed=True)
        claim = mine.claim
        assessment = approved_assessment(session, claim)
        if assessment is None or assessment.canonical_sha256 != seen_sha256:
            raise StaleClaim(number, claim.state)
        if claim.state == stages.OBJECTED:
            return
        if claim.state != stages.APPROVED:
            raise StaleClaim(number, claim.state)
        today = clock.today()
        if claim.answer_due_on is not None and today > claim.answer_due_on:
            raise TooLate(claim.answer_due_on)
        with audit.audited(session, who, "claims.object", f"claim {number}", ground=ground):
            documents = " ".join(hand_in(session, instance, who, claim.uscc, files, kept))
            move(claim, stages.OBJECTED)
            claim.due_on = clocks.looked_through_by(session, today)
            happened(
                session, instance, who, claim, "objected", today, code=ground,
                words=words, documents=documents, written_by=person_of(session, who),
            )  # fmt: skip
