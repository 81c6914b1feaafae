"""In words: on which invoices money that came in falls, as the page of an assessment and its workbook say it."""

from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.assessment_inputs import NoInvoiceFor, laid_money, receipts_of
from portal.claims.queries import claims_of_notice
from portal.claims.records import Claim, Shipment
from portal.common import formats
from portal.scheme.allocation import Allocation, Piece, allocate
from portal.scheme.assessment_canonical import AssessmentInputs


class MoneyNote(NamedTuple):
    """Where one sum fell: the reference that it came under, and a sentence for each part."""

    reference: str
    words: tuple[str, ...]


def where_it_fell(session: Session, claim: Claim, frozen: AssessmentInputs | None = None) -> dict[str, list[str]]:
    """Of each sum, by its receipt, that is not laid whole on the one invoice of this claim that it names.

    As it stands now, or as it stood in a sheet that was frozen.
    """
    try:
        allocation, shipments = laid_money(session, claim.notice_id) if frozen is None else _laid(session, frozen)
    except NoInvoiceFor:
        return {}  # the page says which money fits no invoice
    numbers = {one.id: one.number for one in claims_of_notice(session, claim.notice_id)}
    pieces: dict[str, list[Piece]] = {}
    for one in allocation.pieces:
        pieces.setdefault(one.money, []).append(one)
    found: dict[str, list[str]] = {}
    for receipt in receipts_of(session, claim.notice_id):
        parts = pieces.get(receipt.id, [])
        left = allocation.surplus.get(receipt.id)
        own = [one for one in parts if shipments[one.invoice].claim_id == claim.id]
        if left is None and own == parts and [one.invoice for one in own] == [receipt.shipment_id]:
            continue
        elsewhere = [one for one in parts if shipments[one.invoice].claim_id != claim.id]
        words = [_part_words(one, shipments[one.invoice], None) for one in own]
        if parts and not own:
            words = [_("Nothing of it falls on this claim")]
        words += [
            _part_words(one, shipments[one.invoice], numbers.get(shipments[one.invoice].claim_id or "", ""))
            for one in elsewhere
        ]
        if left is not None:
            words.append(_("%(amount)s: nobody owes that any more", amount=formats.money(left)))
        if words:
            found[receipt.id] = words
    return found


def money_notes(session: Session, claim: Claim, frozen: AssessmentInputs | None = None) -> list[MoneyNote]:
    """The same, by the references of the sums and in the order in which they came in."""
    where = where_it_fell(session, claim, frozen)
    return [
        MoneyNote(one.reference, tuple(where[one.id]))
        for one in receipts_of(session, claim.notice_id)
        if one.id in where
    ]


def _laid(session: Session, frozen: AssessmentInputs) -> tuple[Allocation, dict[str, Shipment]]:
    """The money of a frozen sheet on the invoices of that sheet."""
    keys = [one.key for one in frozen.invoices]
    found = session.execute(select(Shipment).where(Shipment.id.in_(keys))).scalars()
    return allocate(frozen.invoices, frozen.money_in), {one.id: one for one in found}


def _part_words(part: Piece, shipment: Shipment, claim: str | None) -> str:
    """What falls on one invoice: of this claim (None), of another, or of none (an empty number)."""
    amount, invoice = formats.money(part.amount), shipment.invoice_number
    if claim is None:
        return _("%(amount)s falls on %(invoice)s of this claim", amount=amount, invoice=invoice)
    if claim:
        return _(
            "%(amount)s falls on %(invoice)s of claim %(claim)s, due on %(day)s",
            amount=amount,
            invoice=invoice,
            claim=claim,
            day=formats.day(shipment.due_on),
        )
    return _(
        "%(amount)s falls on %(invoice)s, which no claim covers, due on %(day)s",
        amount=amount,
        invoice=invoice,
        day=formats.day(shipment.due_on),
    )
