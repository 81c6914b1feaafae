"""Whether payments agree with the ledger, and whether every paid claim was approved by two different people."""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.claims.records import Assessment, Claim
from portal.ledger.accounts import Account, Kind
from portal.ledger.check import Fault
from portal.ledger.queries import balances
from portal.ledger.records import Entry, Line
from portal.payments.ordering import content_sha256
from portal.payments.queries import lines_of
from portal.payments.records import Batch, PaymentLine
from portal.payments.settling import once_of
from portal.scheme import stages
from portal.scheme.assessment_canonical import UnreadableAssessment, replay, result_of

APPROVED = (stages.APPROVED, stages.REVERSED)
DECIDED = (stages.APPROVED, stages.OBJECTED, stages.AGREED, stages.PAYING, stages.PAID, stages.CLOSED)
"""States of a claim in which an approval of it stands."""


def check_approvals(session: Session) -> Iterator[Fault]:
    """Every approval in the ledger is one that was assessed by one person, approved by another, and frozen so."""
    assessed = {
        one.entry_id: one
        for one in session.execute(select(Assessment).where(Assessment.state.in_(APPROVED))).scalars()
        if one.entry_id is not None
    }
    booked = (
        select(Line.entry_id, Line.claim_id, func.sum(Line.amount_minor).label("minor"))
        .where(Line.account == Account.INDEMNITY)
        .group_by(Line.entry_id, Line.claim_id)
        .subquery()
    )
    query = (
        select(Entry, booked.c.claim_id, booked.c.minor)
        .join(booked, booked.c.entry_id == Entry.id)
        .where(Entry.kind == Kind.APPROVAL)
        .order_by(Entry.number)
    )
    found = set()
    for entry, claim_id, minor in session.execute(query):
        subject = f"entry {entry.number} ({entry.subject})"
        assessment = assessed.get(entry.id)
        found.add(entry.id)
        if assessment is None or assessment.claim_id != claim_id:
            yield Fault("approval", subject, "has no approved assessment of its claim")
            continue
        yield from _two_people(subject, entry, assessment)
        yield from _place(session, subject, entry, assessment)
        if assessment.indemnity_minor != int(minor):
            yield Fault("approval", subject, f"books {minor} cents, the assessment {assessment.indemnity_minor}")
        yield from _frozen(subject, assessment, int(minor))
    for entry_id, assessment in assessed.items():
        if entry_id not in found:
            yield Fault("approval", f"assessment {assessment.id}", "is approved and not in the ledger")


def check_payments(session: Session) -> Iterator[Fault]:
    """Every paid line has its entry and every payment its line; batches are what their hash says."""
    lines = {once_of(one): one for one in session.execute(select(PaymentLine)).scalars()}
    paid = {one.once: one for one in session.execute(select(Entry).where(Entry.kind == Kind.PAYMENT)).scalars()}
    failed = select(Entry.reverses).where(Entry.kind == Kind.PAYMENT_FAILED)
    came_back = set(session.execute(failed).scalars())
    amounts = dict(
        session.execute(
            select(Line.entry_id, func.sum(Line.amount_minor))
            .join(Entry, Entry.id == Line.entry_id)
            .where(Entry.kind == Kind.PAYMENT, Line.account == Account.PAYABLE)
            .group_by(Line.entry_id)
        ).all()
    )
    for once, line in lines.items():
        entry = paid.get(once)
        if line.state == stages.PAID and (entry is None or entry.id in came_back):
            yield Fault("payment", line.reference, "is paid and not in the ledger")
        if entry is not None and line.state != stages.PAID and entry.id not in came_back:
            yield Fault("payment", line.reference, f"is {line.state}, and the ledger has it as paid")
        if entry is not None and int(amounts.get(entry.id, 0)) != line.amount_minor:
            yield Fault("payment", line.reference, "is another sum in the ledger")
    for once, entry in paid.items():
        if once not in lines:
            yield Fault("payment", f"entry {entry.number}", "has no line of a batch")
    yield from _batches(session)
    yield from _paid_claims(session)


def check_claims(session: Session) -> Iterator[Fault]:
    """What a claim says of itself is what the ledger says: its state, and the indemnity that stands."""
    claims = list(session.execute(select(Claim).order_by(Claim.number)).scalars())
    ids = [one.id for one in claims]
    indemnity = balances(session, Account.INDEMNITY, ids)
    payable = balances(session, Account.PAYABLE, ids)
    approved = _approved(session)
    ordered = set(
        session.execute(select(PaymentLine.claim_id).where(PaymentLine.state == stages.ORDERED)).scalars()
    )
    for claim in claims:
        stands = indemnity[claim.id].minor if claim.id in indemnity else 0
        left = -payable[claim.id].minor if claim.id in payable else 0
        expected = stands if claim.id in approved else None
        if claim.approved_minor != expected:
            yield Fault(
                "claim", claim.number, f"says {claim.approved_minor} cents approved, the ledger {expected}"
            )
        if (claim.state in DECIDED) != (claim.id in approved):
            so = "an" if claim.id in approved else "no"
            yield Fault("claim", claim.number, f"is {claim.state}, and the ledger has {so} approval that stands")
        if claim.state == stages.CLOSED and left:
            yield Fault("claim", claim.number, f"is closed, and {left} cents are still payable")
        if claim.state == stages.AGREED and stands > 0 >= left:
            yield Fault("claim", claim.number, "is agreed and to be paid, and the ledger has all of it as paid")
        if claim.state == stages.PAYING and claim.id not in ordered:
            yield Fault("claim", claim.number, "is being paid, and no order of it is open")


def _approved(session: Session) -> set[str]:
    """The claims with an approval that was not reversed."""
    reversed_ids = select(Entry.reverses).where(Entry.reverses.is_not(None))
    query = (
        select(Line.claim_id)
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.kind == Kind.APPROVAL, Entry.id.not_in(reversed_ids))
    )
    return set(session.execute(query).scalars())


def _batches(session: Session) -> Iterator[Fault]:
    for batch in session.execute(select(Batch).order_by(Batch.number)).scalars():
        held = lines_of(session, batch.id)
        if content_sha256(batch.currency, held) != batch.content_sha256 or len(held) != batch.lines:
            yield Fault("batch", batch.number, "does not hold the lines that its hash stands for")
        if sum(one.line.amount_minor for one in held) != batch.total_minor:
            yield Fault("batch", batch.number, "does not add up to its total")
        if batch.released_by is not None and batch.released_by == batch.made_by:
            yield Fault("batch", batch.number, "was ordered and released by the same person")


def _paid_claims(session: Session) -> Iterator[Fault]:
    """A paid claim has an approval that stands and nothing left to be paid."""
    claims = list(session.execute(select(Claim).where(Claim.state == stages.PAID)).scalars())
    payable = balances(session, Account.PAYABLE, [one.id for one in claims])
    approved = _approved(session)
    for claim in claims:
        if claim.id not in approved:
            yield Fault("paid", claim.number, "is paid without an approval that stands")
        left = payable.get(claim.id)
        if left is not None and left.minor:
            yield Fault("paid", claim.number, f"is paid, and {-left.minor} cents are still payable")


def _frozen(subject: str, assessment: Assessment, minor: int) -> Iterator[Fault]:
    """The frozen sheet is what its hash says, comes out the same from its inputs, and gives what was booked."""
    data = (assessment.canonical or "").encode()
    if sha256(data).hexdigest() != assessment.canonical_sha256:
        yield Fault("worksheet", subject, "is not what was frozen: its hash is another")
        return
    try:
        if replay(data) != data:
            yield Fault("worksheet", subject, "comes out otherwise when it is computed again")
        elif result_of(data).indemnity.minor != minor:
            yield Fault("worksheet", subject, "gives another indemnity than was booked")
    except UnreadableAssessment as error:
        yield Fault("worksheet", subject, f"cannot be read: {error}")


def _place(session: Session, subject: str, entry: Entry, assessment: Assessment) -> Iterator[Fault]:
    """An approval is booked under the policy and for the obligor of its claim: by these the cap is counted."""
    claim = session.get_one(Claim, assessment.claim_id)
    booked = select(Line.policy_id, Line.obligor_id).where(Line.entry_id == entry.id).distinct()
    if any(tuple(one) != (claim.policy_id, claim.obligor_id) for one in session.execute(booked)):
        yield Fault("approval", subject, "is booked under another policy or for another obligor than its claim's")


def _two_people(subject: str, entry: Entry, assessment: Assessment) -> Iterator[Fault]:
    approved_by = entry.approved_by or entry.entered_by
    if assessment.assessed_by is None or assessment.decided_by is None:
        yield Fault("two people", subject, "does not say who assessed and who approved")
    elif assessment.assessed_by == assessment.decided_by:
        yield Fault("two people", subject, "was assessed and approved by the same person")
    elif approved_by != assessment.decided_by:
        yield Fault("two people", subject, "was booked for another than who approved")
