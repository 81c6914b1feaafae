"""What a recovery of a notice rests on: its invoices as they stand, and each claim's indemnity and loss."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.records import Assessment, AssessmentLine, Claim, Notice, Receipt, Shipment
from portal.ledger.queries import indemnity_of_claim
from portal.recoveries.records import Recovery
from portal.scheme import stages
from portal.scheme.allocation import InvoiceInput, MoneyIn, allocate
from portal.scheme.assessment_canonical import result_of
from portal.scheme.money import Money
from portal.scheme.recovery import ClaimBasis, OpenInvoice, is_recovery


@dataclass(frozen=True)
class Basis:
    """A notice on the day on which money came in.

    `claims` are those whose indemnity was approved by then, by id; what falls on a shipment of one of `waiting`
    is a payment to it still.
    """

    notice: Notice
    shipments: dict[str, Shipment]
    invoices: tuple[OpenInvoice, ...]
    claims: dict[str, Claim]
    claim_basis: dict[str, ClaimBasis]
    waiting: dict[str, Claim]

    @property
    def is_recovery(self) -> bool:
        """Whether any claim of the notice was approved by then; else the money is a payment."""
        return bool(self.claims)


def basis_of(session: Session, notice: Notice, received_on: date) -> Basis:
    """What is owed, recognised and approved on a notice, for money that came in on a day."""
    query = select(Shipment).where(Shipment.notice_id == notice.id, Shipment.removed_at.is_(None))
    shipments = {one.id: one for one in session.execute(query.order_by(Shipment.position)).scalars()}
    claims = _claims(session, notice)
    standing = {one.id: approved for one in claims if (approved := standing_assessment(session, one.id))}
    by_then = {one.id: one for one in claims if one.id in standing and is_recovery(received_on, one.approved_on)}
    recognised = _recognised(session, [standing[one].id for one in by_then])
    return Basis(
        notice,
        shipments,
        _open_invoices(session, notice, list(shipments.values()), recognised, set(by_then)),
        by_then,
        {one.id: _claim_basis(session, one, standing[one.id]) for one in by_then.values()},
        {one.id: one for one in claims if one.id not in by_then and one.state in stages.OPEN_CLAIM_STATES},
    )


def standing_assessment(session: Session, claim_id: str) -> Assessment | None:
    """The approved assessment of a claim, which was not reversed."""
    query = select(Assessment).where(Assessment.claim_id == claim_id, Assessment.state == stages.APPROVED)
    return session.execute(query.order_by(Assessment.sequence.desc()).limit(1)).scalar()


def shortfall_before(session: Session, notice_id: str, currency: str) -> Money:
    """The costs of the notice's earlier recoveries that none of them has covered yet."""
    left = 0
    for recovery in recorded(session, notice_id):
        kept = json.loads(recovery.worksheet)
        left += int(kept["costs"]) - int(kept["taken"])
    return Money.from_minor(max(left, 0), currency)


def recorded(session: Session, notice_id: str) -> list[Recovery]:
    """The recoveries of a notice that stand, in the order in which they were recorded."""
    query = select(Recovery).where(Recovery.notice_id == notice_id, Recovery.state == stages.RECORDED)
    return list(session.execute(query.order_by(Recovery.recorded_at, Recovery.number)).scalars())


def _claims(session: Session, notice: Notice) -> list[Claim]:
    query = select(Claim).where(Claim.notice_id == notice.id, Claim.state != stages.WITHDRAWN)
    return list(session.execute(query.order_by(Claim.policy_year, Claim.serial)).scalars())


def _claim_basis(session: Session, claim: Claim, assessment: Assessment) -> ClaimBasis:
    """The indemnity that stands, and the loss to the last fraction of a cent, as the frozen sheet has it."""
    assert assessment.canonical is not None  # it is frozen before it is approved
    loss = result_of(assessment.canonical.encode()).recognised_loss
    return ClaimBasis(indemnity_of_claim(session, claim.id, loss.currency), loss)


def _recognised(session: Session, assessment_ids: Sequence[str]) -> dict[str, int]:
    query = select(AssessmentLine.shipment_id, AssessmentLine.recognised_minor).where(
        AssessmentLine.assessment_id.in_(assessment_ids)
    )
    return dict(session.execute(query).all())


def _open_invoices(
    session: Session,
    notice: Notice,
    shipments: Sequence[Shipment],
    recognised: dict[str, int],
    approved: set[str],
) -> tuple[OpenInvoice, ...]:
    """Each shipment with what is left of it, and of what was recognised, after payments and earlier recoveries.

    What comes in lessens the recognised part of an invoice first.
    """
    paid = _paid(session, notice, shipments, recognised)
    insured, uninsured = _recovered(session, notice.id)
    found = []
    for one in shipments:
        claim = one.claim_id if one.claim_id in approved else None
        counted = recognised.get(one.id, 0) if claim else 0
        owed = max(one.amount_minor - paid[one.id] - insured[one.id] - uninsured[one.id], 0)
        left = min(max(counted - paid[one.id] - insured[one.id], 0), owed)
        found.append(
            OpenInvoice(
                one.id,
                one.due_on,
                Money.from_minor(owed, one.currency),
                Money.from_minor(left, one.currency),
                claim,
            )
        )
    return tuple(found)


def _paid(
    session: Session, notice: Notice, shipments: Sequence[Shipment], recognised: dict[str, int]
) -> dict[str, int]:
    """What payments, resale and credits have taken off each invoice, laid on them as an assessment does."""
    held = {one.id for one in shipments}
    receipts = session.execute(
        select(Receipt).where(Receipt.notice_id == notice.id, Receipt.state == stages.COUNTED)
    ).scalars()
    money = [
        MoneyIn(
            one.id,
            one.kind,
            one.shipment_id if one.shipment_id in held else None,
            one.received_on,
            Money.from_minor(one.amount_minor - one.costs_minor, one.currency),
        )
        for one in receipts
    ]
    invoices = [
        InvoiceInput(
            one.id,
            one.invoice_number,
            Money.from_minor(min(recognised.get(one.id, 0), one.amount_minor), one.currency),
            one.due_on,
            None,
            Money.from_minor(one.amount_minor, one.currency),
        )
        for one in shipments
    ]
    laid: dict[str, int] = defaultdict(int)
    for piece in allocate(invoices, money).pieces:
        laid[piece.invoice] += piece.amount.minor
    return laid


def _recovered(session: Session, notice_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """What earlier recoveries have taken off each invoice: of what was recognised, and of the rest.

    A part that was a payment to a claim not approved then is counted with its receipt, and not here.
    """
    insured: dict[str, int] = defaultdict(int)
    uninsured: dict[str, int] = defaultdict(int)
    for recovery in recorded(session, notice_id):
        for part in json.loads(recovery.worksheet)["parts"]:
            if part["invoice"] is not None and part["payment_to"] is None:
                (insured if part["claim"] else uninsured)[part["invoice"]] += int(part["amount"])
    return insured, uninsured
