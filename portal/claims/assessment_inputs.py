"""What an indemnity rests on, gathered: invoices with what is recognised, the money, the terms, the room.

The draft, the frozen sheet and the approver's check are all made of this, so that they cannot differ unless
something that they rest on did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.assessment_codes import OPEN, REFUSED
from portal.claims.held import Held, as_confirmed, held_by
from portal.claims.records import Assessment, AssessmentLine, Claim, Notice, Receipt, Shipment
from portal.ledger.queries import approved_and_reversed
from portal.ledger.rates import rate
from portal.obligors.queries import group_of
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.allocation import PAYMENT, Allocation, InvoiceInput, MoneyIn, allocate
from portal.scheme.assessment_canonical import AssessmentInputs
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.conversion import Rate, rate_day
from portal.scheme.money import Money
from portal.scheme.terms import load_terms


class NoInvoiceFor(ValueError):
    """Money that no invoice of the notice can take: of another currency, or resale without its invoice."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


@dataclass(frozen=True)
class Judged:
    """What is made of one shipment of the claim; `recognised` is in the shipment's currency."""

    verdict: str
    reason: str | None
    recognised: Money


def shipments_of_claim(session: Session, claim: Claim) -> list[Shipment]:
    """The claim's own shipments, those outside cover too, in their order."""
    query = select(Shipment).where(Shipment.claim_id == claim.id, Shipment.removed_at.is_(None))
    return list(session.execute(query.order_by(Shipment.position, Shipment.id)).scalars())


def lines_of(session: Session, assessment: Assessment) -> dict[str, AssessmentLine]:
    """The lines of an assessment by shipment."""
    query = select(AssessmentLine).where(AssessmentLine.assessment_id == assessment.id)
    return {one.shipment_id: one for one in session.execute(query).scalars()}


def judged_lines(session: Session, assessment: Assessment) -> dict[str, Judged]:
    """What an assessment makes of each shipment."""
    claim = session.get_one(Claim, assessment.claim_id)
    kept = lines_of(session, assessment)
    found = {}
    for one in shipments_of_claim(session, claim):
        line = kept.get(one.id)
        found[one.id] = (
            first_judgment(one)
            if line is None
            else Judged(line.verdict, line.reason_code, Money.from_minor(line.recognised_minor, one.currency))
        )
    return found


def first_judgment(shipment: Shipment) -> Judged:
    """Before anybody has looked: outside cover nothing is recognised, everything else is still open."""
    if shipment.outside:
        return Judged(REFUSED, shipment.outside.split()[0], Money.from_minor(0, shipment.currency))
    return Judged(OPEN, None, Money.from_minor(shipment.amount_minor, shipment.currency))


def receipts_of(session: Session, notice_id: str) -> list[Receipt]:
    """All money told or recorded of a notice, struck out or not, by day."""
    query = select(Receipt).where(Receipt.notice_id == notice_id)
    return list(session.execute(query.order_by(Receipt.received_on, Receipt.id)).scalars())


def inputs_of(
    session: Session, claim: Claim, judged: Mapping[str, Judged], on: date, held: Held | None = None
) -> AssessmentInputs:
    """Everything an assessment of the claim on a day rests on, as it stands now.

    Raises `NoRate` where a rate is missing, `NoInvoiceFor` for money that cannot be laid on any invoice.
    """
    policy = session.get_one(Policy, claim.policy_id)
    notice = session.get_one(Notice, claim.notice_id)
    held = held or held_by(policy)
    approved, reversed_ = approved_and_reversed(session, policy.id, group_of(session, claim.obligor_id))
    query = select(Shipment).where(Shipment.notice_id == notice.id, Shipment.removed_at.is_(None))
    shipments = list(session.execute(query.order_by(Shipment.position, Shipment.id)).scalars())
    return AssessmentInputs(
        terms_fingerprint=load_terms(policy.scheme).fingerprint,
        claim_terms_fingerprint=load_claim_terms(policy.scheme).fingerprint,
        judged_on=on,
        invoices=tuple(_invoice(session, one, judged.get(one.id), held, on) for one in shipments),
        money_in=_money_in(session, notice.id, shipments),
        ratio=held.ratio,
        late_points=claim.late_points,
        cap=held.cap,
        approved_before=approved,
        reversed_before=reversed_,
        articles=as_confirmed(session, policy.scheme, held.articles),
        facts=_facts(session, claim, policy, notice, shipments, judged),
    )


def laid_money(session: Session, notice_id: str) -> tuple[Allocation, dict[str, Shipment]]:
    """On which invoices of a notice its money falls, as every assessment of it lays it; with the invoices by id.

    What is recognised of them plays no part in it. Raises `NoInvoiceFor`.
    """
    query = select(Shipment).where(Shipment.notice_id == notice_id, Shipment.removed_at.is_(None))
    shipments = list(session.execute(query.order_by(Shipment.position, Shipment.id)).scalars())
    invoices = [
        InvoiceInput(
            one.id,
            one.invoice_number,
            Money.from_minor(0, one.currency),
            one.due_on,
            None,
            Money.from_minor(one.amount_minor, one.currency),
        )
        for one in shipments
    ]
    return allocate(invoices, _money_in(session, notice_id, shipments)), {one.id: one for one in shipments}


def changes(before: AssessmentInputs, now: AssessmentInputs) -> tuple[str, ...]:
    """What is not as it was, as codes of `assessment_codes.CHANGES`."""
    differing = {
        "room": (before.approved_before, before.reversed_before) != (now.approved_before, now.reversed_before),
        "money": before.money_in != now.money_in,
        "lines": _recognised(before) != _recognised(now) or before.facts != now.facts,
        "rates": [one.rate for one in before.invoices] != [one.rate for one in now.invoices],
        "late": before.late_points != now.late_points,
        "terms": _terms(before) != _terms(now),
    }
    return tuple(code for code, differs in differing.items() if differs)


def with_room_of(inputs: AssessmentInputs, other: AssessmentInputs) -> AssessmentInputs:
    """The same, with the room as `other` has it, and with its marks where the articles are the same.

    A value that was confirmed meanwhile is what it was.
    """
    same = {key: one.article for key, one in inputs.articles.items()} == {
        key: one.article for key, one in other.articles.items()
    }
    return replace(
        inputs,
        approved_before=other.approved_before,
        reversed_before=other.reversed_before,
        articles=other.articles if same else inputs.articles,
    )


def _recognised(inputs: AssessmentInputs) -> list[tuple[object, ...]]:
    return [(one.key, one.label, one.recognised, one.open, one.due_on) for one in inputs.invoices]


def _terms(inputs: AssessmentInputs) -> tuple[object, ...]:
    return (
        inputs.terms_fingerprint,
        inputs.claim_terms_fingerprint,
        inputs.ratio,
        inputs.cap,
        dict(inputs.articles),
    )


def _invoice(session: Session, shipment: Shipment, judged: Judged | None, held: Held, on: date) -> InvoiceInput:
    owed = Money.from_minor(shipment.amount_minor, shipment.currency)
    counted = judged.recognised if judged is not None else Money.from_minor(0, shipment.currency)
    used: Rate | None = None
    if counted.amount and counted.currency != held.cap.currency:
        day = rate_day(shipment.due_on, on)
        used = rate(session, counted.currency, held.cap.currency, day, held.claim.rate_lookback_days)
    return InvoiceInput(shipment.id, shipment.invoice_number, counted, shipment.due_on, used, owed)


def _money_in(session: Session, notice_id: str, shipments: Sequence[Shipment]) -> tuple[MoneyIn, ...]:
    """What came in and was not struck out, net of agreed costs."""
    currencies = {one.id: one.currency for one in shipments}
    found = []
    for one in receipts_of(session, notice_id):
        if one.state == stages.STRUCK:
            continue
        net = Money.from_minor(one.amount_minor - one.costs_minor, one.currency)
        named = one.shipment_id if one.shipment_id in currencies else None
        if named is None and (one.kind != PAYMENT or one.currency not in currencies.values()):
            raise NoInvoiceFor(one.reference)
        if named is not None and currencies[named] != one.currency:
            raise NoInvoiceFor(one.reference)
        found.append(MoneyIn(one.id, one.kind, named, one.received_on, net))
    return tuple(found)


def _facts(
    session: Session,
    claim: Claim,
    policy: Policy,
    notice: Notice,
    shipments: Sequence[Shipment],
    judged: Mapping[str, Judged],
) -> dict[str, object]:
    """What no rule reads and the letter tells: codes, numbers and days, and nothing personal."""
    return {
        "claim": claim.number,
        "notice": notice.number,
        "policy": policy.number,
        "obligor": session.get_one(Obligor, claim.obligor_id).number,
        "risk": claim.risk,
        "lines": [
            {
                "shipment": one.id,
                "shipped_on": one.shipped_on.isoformat(),
                "verdict": judged[one.id].verdict,
                "reason": judged[one.id].reason,
            }
            for one in shipments
            if one.id in judged
        ],
    }
