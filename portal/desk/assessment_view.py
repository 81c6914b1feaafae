"""What the pages of an assessment show: its lines, the money, the calculation beside them, and the room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims import assessment_codes as codes
from portal.claims.assessment_inputs import (
    Judged,
    NoInvoiceFor,
    inputs_of,
    receipts_of,
    shipments_of_claim,
)
from portal.claims.claim_names import item_name
from portal.claims.money_laid import where_it_fell
from portal.claims.names import outside_sentence
from portal.claims.proposing import in_the_way, unaccepted
from portal.claims.records import Claim, Receipt, Shipment
from portal.claims.worksheet_words import ShownLine, lines
from portal.common import formats
from portal.common.people import People
from portal.desk.claim_names import LEFT
from portal.documents.queries import documents
from portal.ledger.queries import approved_and_reversed
from portal.ledger.rates import NoRate
from portal.obligors.queries import group_of
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.assessment_canonical import AssessmentInputs, assess
from portal.scheme.indemnity import Indemnity
from portal.scheme.money import Money

MONEY_KINDS = ("payment", "resale", "credit")


@dataclass(frozen=True)
class LineView:
    """One shipment on the page: as it was reported, and what is made of it (or what was typed, with its fault)."""

    shipment: Shipment
    reported: str
    verdict: str
    reason: str
    amount: str
    recognised: str
    outside: tuple[str, ...]
    fault: str | None
    reasons: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class SheetView:
    """A calculation beside the lines: what it comes to, drawn against the room."""

    result: Indemnity
    lines: list[ShownLine]
    indemnity: str
    before_cap: str
    room: str
    lost: str | None
    smaller_of: tuple[str, str]

    @property
    def before_cap_minor(self) -> int:
        """In cents, for the drawing only."""
        return self.result.before_cap.round_half_up().minor

    @property
    def room_minor(self) -> int:
        """In cents."""
        return self.result.room.minor


@dataclass(frozen=True)
class Reckoned:
    """What a draft comes to, or why it cannot be reckoned; and what is left before it can be handed over."""

    sheet: SheetView | None
    missing_rate: str | None
    unplaced: str | None
    left: tuple[str, ...]


def reckon(session: Session, claim: Claim, judged: Mapping[str, Judged], today: Any) -> Reckoned:
    """The calculation of a draft as it stands today."""
    try:
        inputs = inputs_of(session, claim, judged, today)
    except NoRate as missing:
        words = _(
            "There is no rate of %(currency)s for %(day)s.",
            currency=missing.currency,
            day=formats.day(missing.day),
        )
        return Reckoned(None, words, None, ())
    except NoInvoiceFor as money:
        words = _(
            "Money with the reference %(reference)s fits no invoice: strike it out.", reference=money.reference
        )
        return Reckoned(None, None, words, ())
    result = assess(inputs)
    left = in_the_way(session, claim, judged, result, today)
    words_left = tuple(str(LEFT[code]) for code in left)
    if "documents" in left:
        names = _("; ").join(item_name(code) for code in unaccepted(session, claim))
        words_left = tuple(
            f"{words} ({names})" if code == "documents" else words
            for code, words in zip(left, words_left, strict=True)
        )
    return Reckoned(sheet_view(result), None, None, words_left)


def sheet_view(result: Indemnity) -> SheetView:
    """A result as people read it, with the numbers of the two lines that the smaller is taken of."""
    shown = lines(result.worksheet)
    numbers = {one.key: one.number for one in shown}
    over = result.before_cap - result.room
    return SheetView(
        result=result,
        lines=shown,
        indemnity=formats.money(result.indemnity),
        before_cap=formats.amount(result.before_cap.round_half_up()),
        room=formats.amount(result.room),
        lost=formats.amount(over.round_half_up()) if over.amount > 0 else None,
        smaller_of=(numbers["before_cap"], numbers["room"]),
    )


def line_views(
    session: Session,
    claim: Claim,
    judged: Mapping[str, Judged],
    typed: Mapping[str, tuple[str, str, str]] | None = None,
    faults: Mapping[str, str] | None = None,
) -> list[LineView]:
    """The lines of a page; what was typed (verdict, reason, amount) stands in place of what is saved."""
    policy = session.get_one(Policy, claim.policy_id)
    shipments = shipments_of_claim(session, claim)
    said = formats.amount if one_currency(shipments) else formats.money
    found = []
    for one in shipments:
        held = judged[one.id]
        verdict, reason = held.verdict, held.reason or ""
        amount = formats.amount(held.recognised) if held.verdict == codes.REDUCED else ""
        if typed is not None and one.id in typed:
            verdict, reason, amount = typed[one.id]
        found.append(
            LineView(
                shipment=one,
                reported=said(one.amount_minor, one.currency),
                verdict=verdict,
                reason=reason,
                amount=amount,
                recognised=said(held.recognised),
                outside=tuple(outside_sentence(code, one, policy) for code in one.outside.split()),
                fault=(faults or {}).get(one.id),
                reasons=tuple(
                    (code, str(known.words), " ".join(known.verdicts))
                    for code, known in codes.LINE_REASONS.items()
                ),
            )
        )
    return found


def one_currency(shipments: Sequence[Shipment]) -> str | None:
    """The currency of all of them, so that it stands once above the table; None where there are several."""
    found = {one.currency for one in shipments}
    return found.pop() if len(found) == 1 else None


def money_views(session: Session, people: People, claim: Claim) -> list[dict[str, Any]]:
    """Payments, resale proceeds and credits of the notice, with their papers."""
    found = receipts_of(session, claim.notice_id)
    papers = documents(session, [one.document_id for one in found if one.document_id], people)
    where = where_it_fell(session, claim)
    return [_money_view(session, one, papers) | {"where": where.get(one.id, [])} for one in found]


def money_total(session: Session, claim: Claim) -> str:
    """What came in and was not struck out, by currency."""
    sums: dict[str, int] = {}
    for one in receipts_of(session, claim.notice_id):
        if one.state != stages.STRUCK:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor - one.costs_minor
    return _(", ").join(formats.MINUS + formats.money(minor, currency) for currency, minor in sums.items())


def money_kinds() -> list[tuple[str, str]]:
    """The kinds of money in words."""
    return [
        ("payment", _("Payment by the buyer")),
        ("resale", _("Resale proceeds")),
        ("credit", _("Other credit")),
    ]


def changed_room(session: Session, claim: Claim, inputs: AssessmentInputs) -> dict[str, Any]:
    """What approving does to the room: what stands now, with it, and what is left then; as texts and in cents."""
    approved, reversed_ = approved_and_reversed(session, claim.policy_id, group_of(session, claim.obligor_id))
    now = approved - reversed_
    indemnity = assess(inputs).indemnity
    after = now + indemnity
    left = inputs.cap - after
    return {
        "now": formats.money(now),
        "indemnity": formats.money(indemnity),
        "after": formats.money(max(left, Money.from_minor(0, left.currency))),
        "cap": formats.money(inputs.cap),
        "cap_minor": inputs.cap.minor,
        "now_minor": now.minor,
        "indemnity_minor": indemnity.minor,
        "over": formats.money(after - inputs.cap) if left.minor < 0 else None,
    }


def _money_view(session: Session, one: Receipt, papers: Mapping[str, Any]) -> dict[str, Any]:
    named = session.get(Shipment, one.shipment_id) if one.shipment_id else None
    net = Money.from_minor(one.amount_minor - one.costs_minor, one.currency)
    return {
        "id": one.id,
        "kind": dict(money_kinds())[one.kind],
        "on": formats.day(one.received_on),
        "reference": one.reference,
        "invoice": named.invoice_number if named is not None else None,
        "net": formats.MINUS + formats.money(net),
        "costs": formats.money(one.costs_minor, one.currency) if one.costs_minor else None,
        "paper": papers.get(one.document_id or ""),
        "state": one.state,
        "reason": one.reason,
    }
