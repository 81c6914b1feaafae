"""What stands open about a claim's buyer, invoices and firm: hints for the assessor, bars for the approver."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.invoice_looks import Doubt, called_one, doubts_of
from portal.claims.queries import Elsewhere, same_invoice_elsewhere, same_invoice_in_firm
from portal.claims.records import Assessment, AssessmentLine, Claim, ConsentRequest, Shipment
from portal.members.queries import members_of
from portal.obligors.queries import group_of, merges_of, unanswered_lookalikes, warnings_for
from portal.obligors.records import Exclusion, Lookalike, Merge, Obligor
from portal.obligors.roots import root_of
from portal.policies.records import Policy
from portal.scheme import stages

LOOKALIKES, EXCLUDED, NOBODY_CONFIRMED, DISPUTED, ANNULLED, INVOICE_TWICE, INVOICE_SAME = (
    "lookalikes",
    "excluded",
    "nobody_confirmed",
    "disputed",
    "annulled",
    "invoice_twice",
    "invoice_same",
)


@dataclass(frozen=True)
class Questions:
    """Look-alikes not answered, what excludes the buyer today, the same invoice elsewhere, merges, consents.

    `alike` are invoices of the firm that merely look like the claim's own, answered or not.
    """

    root: Obligor
    lookalikes: tuple[Lookalike, ...]
    exclusions: tuple[Exclusion, ...]
    elsewhere: tuple[Elsewhere, ...]
    alike: tuple[Doubt, ...]
    merges: tuple[Merge, ...]
    consents: tuple[ConsentRequest, ...]
    bars: tuple[str, ...]
    """What keeps an indemnity from being approved, as codes."""

    @property
    def open_alike(self) -> tuple[Doubt, ...]:
        """The invoices that look alike and of which nobody has said what they are."""
        return tuple(one for one in self.alike if one.answer is None)


def questions_of(session: Session, claim: Claim, on: date) -> Questions:
    """Everything that stands open about a claim on a day."""
    root = root_of(session, claim.obligor_id)
    shipments = shipments_of_claim(session, claim)
    elsewhere = [
        one
        for shipment in shipments
        for one in (*same_invoice_elsewhere(session, shipment), *same_invoice_in_firm(session, shipment))
    ]
    consents = select(ConsentRequest).where(
        ConsentRequest.notice_id == claim.notice_id, ConsentRequest.state == stages.OPEN
    )
    return Questions(
        root,
        tuple(unanswered_lookalikes(session, claim.obligor_id)),
        tuple(warnings_for(session, claim.scheme, root, on)),
        tuple(elsewhere),
        tuple(doubts_of(session, claim)),
        tuple(one for one in merges_of(session, claim.obligor_id) if one.undone_at is None),
        tuple(session.execute(consents.order_by(ConsentRequest.asked_at)).scalars()),
        bars(session, claim, on),
    )


def bars(session: Session, claim: Claim, on: date) -> tuple[str, ...]:
    """What keeps an indemnity of this claim from being approved on a day, as codes."""
    root = root_of(session, claim.obligor_id)
    counted, elsewhere = _counted(session, claim), _approved_elsewhere(session, claim)
    found = {
        LOOKALIKES: bool(unanswered_lookalikes(session, claim.obligor_id)),
        EXCLUDED: bool(warnings_for(session, claim.scheme, root, on)),
        NOBODY_CONFIRMED: not members_of(session, claim.uscc, confirmed=True),
        DISPUTED: claim.dispute in ("disputed", "suspended"),
        ANNULLED: session.get_one(Policy, claim.policy_id).state == stages.ANNULLED,
        INVOICE_TWICE: _indemnified_already(session, claim, counted, elsewhere),
        INVOICE_SAME: _called_one_and_both_counted(session, counted, elsewhere),
    }
    return tuple(code for code, holds in found.items() if holds)


def _counted(session: Session, claim: Claim) -> list[Shipment]:
    """The shipments that the claim's newest sheet recognises."""
    newest = (
        select(Assessment.id)
        .where(Assessment.claim_id == claim.id)
        .order_by(Assessment.sequence.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Shipment)
        .join(AssessmentLine, AssessmentLine.shipment_id == Shipment.id)
        .where(AssessmentLine.assessment_id == newest, AssessmentLine.recognised_minor > 0)
    )
    return list(session.execute(query).scalars())


def _approved_elsewhere(session: Session, claim: Claim) -> list[tuple[Shipment, str]]:
    """The shipments that approved sheets of the firm's other claims recognise, each with its claim's obligor.

    The firm's claims are looked up first, and there are few: one invoice number stands in many firms' claims.
    """
    firms = select(Claim.id).where(Claim.uscc == claim.uscc, Claim.id != claim.id)
    query = (
        select(Shipment, Claim.obligor_id)
        .join(AssessmentLine, AssessmentLine.shipment_id == Shipment.id)
        .join(Assessment, Assessment.id == AssessmentLine.assessment_id)
        .join(Claim, Claim.id == Assessment.claim_id)
        .where(
            Assessment.claim_id.in_(list(session.execute(firms).scalars())),
            Assessment.state == stages.APPROVED,
            AssessmentLine.recognised_minor > 0,
        )
    )
    return [(shipment, obligor_id) for shipment, obligor_id in session.execute(query)]


def _indemnified_already(
    session: Session, claim: Claim, counted: Sequence[Shipment], elsewhere: Sequence[tuple[Shipment, str]]
) -> bool:
    """Whether an invoice that this claim's sheet recognises is recognised in an approved one of the firm already.

    The same buyer and number are the same invoice, also where a merge made two buyers one since both were
    reported. To another obligor (the issuing bank beside the buyer) it is the same where day and sum agree too.
    """
    group = group_of(session, claim.obligor_id)
    own = {one.invoice_key: one for one in counted}
    return any(
        obligor_id in group or _same_goods(own[other.invoice_key], other)
        for other, obligor_id in elsewhere
        if other.invoice_key in own
    )


def _called_one_and_both_counted(
    session: Session, counted: Sequence[Shipment], elsewhere: Sequence[tuple[Shipment, str]]
) -> bool:
    """Whether two invoices that a person called one both count, here or the other in an approved sheet."""
    own = {one.id for one in counted}
    pairs = called_one(session, own)
    if any(own.issuperset(pair) for pair in pairs):
        return True
    others = {one for pair in pairs for one in pair} - own
    return any(other.id in others for other, _obligor_id in elsewhere)


def _same_goods(one: Shipment, other: Shipment) -> bool:
    return (one.shipped_on, one.amount_minor, one.currency) == (
        other.shipped_on,
        other.amount_minor,
        other.currency,
    )
