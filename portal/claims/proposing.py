"""Handing an assessment to the second person: what has to be so first, and freezing the sheet.

A person and the fast lane propose by this and by nothing else.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.claims.assessment_codes import OPEN
from portal.claims.assessment_inputs import Judged, inputs_of, receipts_of
from portal.claims.claim_clocks import waiting_period
from portal.claims.moves import move
from portal.claims.papers import papers_of
from portal.claims.records import Assessment, AssessmentLine, Claim
from portal.common import audit, clock, roles
from portal.common.roles import Actor
from portal.members.records import Tie
from portal.scheme import stages
from portal.scheme.assessment_canonical import AssessmentInputs, assess, assessment_bytes
from portal.scheme.deadlines import WaitsFor
from portal.scheme.indemnity import RULES_VERSION, Indemnity

NO_LINES, OPEN_LINES, OPEN_MONEY, DOCUMENTS, WAITING, DISPOSAL, DISPUTE = (
    "no_lines",
    "open_lines",
    "open_money",
    "documents",
    "waiting",
    "disposal",
    "dispute",
)

ASSESSES = (
    "claims.accept_papers",
    "claims.add_money",
    "claims.answer_invoices",
    "claims.begin_assessment",
    "claims.excuse",
    "claims.money_counted",
    "claims.money_struck",
    "claims.save_assessment",
    "claims.submit_assessment",
)
"""What in the trail makes somebody one of those who assessed a claim."""


class NotReady(Exception):
    """Something is left to be done before the claim can be proposed; `codes` say what."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class BadApprover(ValueError):
    """This account cannot approve the claim: no active approver, tied to the firm, or it assessed the claim."""


def newest_assessment(session: Session, claim_id: str) -> Assessment | None:
    """The assessment that counts now: the last one."""
    query = select(Assessment).where(Assessment.claim_id == claim_id)
    return session.execute(query.order_by(Assessment.sequence.desc()).limit(1)).scalar()


def assessors_of(session: Session, claim_id: str) -> set[str]:
    """Everybody who worked on an assessment of the claim: none of them ever approves it.

    An assessment names who saved it last and who handed it over; whoever had a hand in it before them stands in
    the trail.
    """
    query = select(Assessment.assessed_by, Assessment.saved_by).where(Assessment.claim_id == claim_id)
    found = {one for row in session.execute(query) for one in row if one is not None}
    number = select(Claim.number).where(Claim.id == claim_id).scalar_subquery()
    trail = select(audit.AuditEntry.actor_id).where(
        audit.AuditEntry.subject == literal("claim ") + number,
        audit.AuditEntry.action.in_(ASSESSES),
        audit.AuditEntry.outcome == audit.DONE,
    )
    return found | set(session.execute(trail.distinct()).scalars())


def approvers_for(session: Session, claim: Claim, but: str) -> list[str]:
    """The active accounts that may approve a claim which `but` proposes."""
    tied = select(Tie.account_id).where(Tie.uscc == claim.uscc, Tie.ended_at.is_(None))
    query = select(Account.id).where(
        Account.state == ACTIVE, Account.role.in_(roles.APPROVES_CLAIMS), Account.id.not_in(tied)
    )
    worked = assessors_of(session, claim.id) | {but}
    return [one for one in session.execute(query.order_by(Account.id)).scalars() if one not in worked]


def new_draft(session: Session, who: Actor, claim: Claim, judged: Mapping[str, Judged], how: str) -> Assessment:
    """A draft with these lines, numbered after the last assessment of the claim."""
    query = select(func.max(Assessment.sequence)).where(Assessment.claim_id == claim.id)
    made = Assessment(
        id=str(ULID()),
        claim_id=claim.id,
        sequence=(session.execute(query).scalar() or 0) + 1,
        state=stages.DRAFT,
        how=how,
        version=1,
        saved_by=who.id,
        saved_at=clock.now(),
    )
    session.add(made)
    session.flush()
    for shipment_id, one in judged.items():
        session.add(
            AssessmentLine(
                assessment_id=made.id,
                shipment_id=shipment_id,
                verdict=one.verdict,
                reason_code=one.reason,
                recognised_minor=one.recognised.minor,
            )
        )
    session.flush()
    return made


def in_the_way(
    session: Session, claim: Claim, judged: Mapping[str, Judged], result: Indemnity, on: date
) -> tuple[str, ...]:
    """What is left to be done before this can be proposed, as codes; documents only where something is paid."""
    waiting = _waiting(session, claim, on)
    told = [one for one in receipts_of(session, claim.notice_id) if one.state == stages.TOLD]
    found = {
        NO_LINES: not judged,
        OPEN_LINES: any(one.verdict == OPEN for one in judged.values()),
        OPEN_MONEY: bool(told),
        DOCUMENTS: result.indemnity.minor > 0 and bool(unaccepted(session, claim)),
        WAITING: waiting == WAITING,
        DISPOSAL: waiting == DISPOSAL,
        DISPUTE: claim.dispute in ("disputed", "suspended"),
    }
    return tuple(code for code, holds in found.items() if holds)


def propose(
    session: Session,
    who: Actor,
    claim: Claim,
    draft: Assessment,
    judged: Mapping[str, Judged],
    approver: str | None,
    on: date,
) -> Indemnity:
    """Freeze a draft and hand it over, inside an audited block; `approver` None: to whoever may approve.

    Raises `NotReady`, `BadApprover`, `NoRate`, `NoInvoiceFor`.
    """
    if approver is not None and approver not in approvers_for(session, claim, who.id):
        raise BadApprover(approver)
    inputs = inputs_of(session, claim, judged, on)
    result = assess(inputs)
    left = in_the_way(session, claim, judged, result, on)
    if left:
        raise NotReady(left)
    stages.require(stages.ASSESSMENT, draft.state, stages.SUBMITTED)
    draft.state = stages.SUBMITTED
    draft.assessed_by, draft.submitted_at = who.id, clock.now()
    draft.approver = approver
    draft.judged_on = on
    freeze(draft, inputs, result)
    move(claim, stages.PROPOSED)
    session.flush()
    return result


def freeze(assessment: Assessment, inputs: AssessmentInputs, result: Indemnity) -> None:
    """Write down the sheet and what it comes to, with its hash."""
    canonical = assessment_bytes(inputs)
    assessment.canonical = canonical.decode()
    assessment.canonical_sha256 = sha256(canonical).hexdigest()
    assessment.loss_minor = result.recognised_loss.round_half_up().minor
    assessment.indemnity_minor = result.indemnity.minor
    assessment.currency = result.indemnity.currency
    assessment.terms_fingerprint = inputs.terms_fingerprint
    assessment.claim_terms_fingerprint = inputs.claim_terms_fingerprint
    assessment.rules_version = RULES_VERSION


def unaccepted(session: Session, claim: Claim) -> list[str]:
    """The needed items of the checklist for which no paper is accepted yet."""
    return [
        one.item.code
        for one in papers_of(session, claim)
        if one.item.needed and not any(paper.accepted_at for paper in one.now)
    ]


def _waiting(session: Session, claim: Claim, on: date) -> str | None:
    waiting = waiting_period(session, claim)
    if waiting.over_on(on):
        return None
    return DISPOSAL if waiting.waits_for is WaitsFor.DISPOSAL else WAITING
