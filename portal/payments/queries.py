"""What can be paid, and what was ordered: the batches and their lines."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.claims.barring import OBLIGOR_EXCLUDED, PAYEE_LISTED, barred_payments
from portal.claims.payees import payees_of
from portal.claims.records import Assessment, Assignment, Claim, Payee, Receipt, Shipment
from portal.common.people import People
from portal.ledger.accounts import Account
from portal.ledger.queries import balances
from portal.members.records import Membership
from portal.obligors.records import ExcessTask
from portal.obligors.roots import roots_of
from portal.payments.records import BankResult, Batch, PaymentLine
from portal.policies.records import Policy
from portal.reference.queries import clamped
from portal.scheme import stages
from portal.scheme.money import Money

PER_PAGE = 20
CHUNK = 500  # ids in one IN (…), well under SQLite's limit

# Why an agreed claim cannot be ordered yet.
(
    NO_PAYEE,
    ASSIGNMENT_OPEN,
    DISPUTED,
    NOBODY_CONFIRMED,
    NOTHING_PAYABLE,
    MONEY_SINCE,
    EXCESS_OPEN,
    EXCLUDED,
    LISTED,
) = (
    "no_payee",
    "assignment_open",
    "disputed",
    "nobody_confirmed",
    "nothing_payable",
    "money_since",
    "excess_open",
    OBLIGOR_EXCLUDED,
    PAYEE_LISTED,
)
BARRING = (EXCLUDED, LISTED)


class Ready(NamedTuple):
    """An agreed claim with what is payable on it, to whom, and what is in the way (nothing: it can be ordered)."""

    claim: Claim
    payable: Money
    owed: Money
    payee: Payee | None
    in_the_way: tuple[str, ...]

    @property
    def to_pay(self) -> Money:
        """What the bank is to pay, after setting off what the firm owes on the same claim."""
        left = self.payable - min(self.payable, self.owed)
        return max(left, Money.from_minor(0, left.currency))


class BatchPage(NamedTuple):
    """One page of batches."""

    rows: list[Batch]
    total: int
    number: int


class OrderedLine(NamedTuple):
    """A line of a batch with its claim and the account that it was ordered to."""

    line: PaymentLine
    claim: Claim
    payee: Payee


def agreed_claims(
    session: Session, people: People, scheme: str, on: date, numbers: Sequence[str] | None = None
) -> list[Ready]:
    """The claims of a scheme that wait to be ordered, those due first; with `numbers` only these of them."""
    query = select(Claim).where(Claim.state == stages.AGREED, Claim.scheme == scheme)
    if numbers is not None:
        query = query.where(Claim.number.in_(numbers))
    claims = list(session.execute(query.order_by(Claim.due_on, Claim.number)).scalars())
    return ready(session, people, claims, on)


def schemes_with_agreed(session: Session) -> list[str]:
    """The schemes that have agreed claims, in their order."""
    query = select(Claim.scheme).where(Claim.state == stages.AGREED).distinct().order_by(Claim.scheme)
    return list(session.execute(query).scalars())


def ready(session: Session, people: People, claims: Sequence[Claim], on: date) -> list[Ready]:
    """What is payable on these claims, to whom, and what is in the way on a day."""
    ids = [one.id for one in claims]
    payable = balances(session, Account.PAYABLE, ids)
    owed = balances(session, Account.OWED_BY_FIRM, ids)
    payees = payees_of(session, claims)
    hindered = hindrances(session, claims)
    barred = barred_payments(session, people, [(one, payees.get(one.id)) for one in claims], on)
    found = []
    for claim in claims:
        nothing = Money.from_minor(0, claim.currency)
        due = nothing - payable.get(claim.id, nothing)
        payee = payees.get(claim.id)
        reasons = [
            code
            for code, holds in (
                (NOTHING_PAYABLE, due.minor <= 0),
                (NO_PAYEE, payee is None),
            )
            if holds
        ]
        reasons += (*hindered.get(claim.id, ()), *barred.get(claim.id, ()))
        found.append(Ready(claim, due, owed.get(claim.id, nothing), payee, tuple(reasons)))
    return found


def hindrances(session: Session, claims: Sequence[Claim]) -> dict[str, tuple[str, ...]]:
    """What of these claims themselves, by id, is in the way of paying: asked at ordering and at release."""
    ids = [one.id for one in claims]
    told = _with_assignment(session, ids, stages.TOLD)
    unread = _with_money_since(session, ids)
    undecided = _with_excess(session, claims)
    confirmed = _confirmed(session, {one.uscc for one in claims})
    found = {}
    for claim in claims:
        reasons = (
            (ASSIGNMENT_OPEN, claim.id in told),
            (DISPUTED, claim.dispute in ("disputed", "suspended")),
            (NOBODY_CONFIRMED, claim.uscc not in confirmed),
            (MONEY_SINCE, claim.id in unread),
            (EXCESS_OPEN, claim.id in undecided),
        )
        if codes := tuple(code for code, holds in reasons if holds):
            found[claim.id] = codes
    return found


def last_refused(session: Session, claim_ids: Sequence[str]) -> dict[str, PaymentLine]:
    """Those claims, by id, whose last order the bank could not pay or gave back, with that line.

    An order that was dropped before it was released says nothing of the account.
    """
    newest: dict[str, PaymentLine] = {}
    for start in range(0, len(claim_ids), CHUNK):
        query = (
            select(PaymentLine)
            .join(Batch, Batch.id == PaymentLine.batch_id)
            .where(PaymentLine.claim_id.in_(claim_ids[start : start + CHUNK]), PaymentLine.state != stages.DROPPED)
            .order_by(Batch.made_at, Batch.number, PaymentLine.position)
        )
        for line in session.execute(query).scalars():
            newest[line.claim_id] = line
    return {claim_id: line for claim_id, line in newest.items() if line.state == stages.FAILED}


def find_batch(session: Session, number: str) -> Batch | None:
    """The batch of this number."""
    return session.execute(select(Batch).where(Batch.number == number)).scalar()


def batches_page(session: Session, state: str, page: int) -> BatchPage:
    """Batches, newest first, in one state (in any, if empty)."""
    query = select(Batch)
    if state:
        query = query.where(Batch.state == state)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = clamped(page, total, PER_PAGE)
    shown = query.order_by(Batch.made_at.desc(), Batch.number.desc())
    rows = session.execute(shown.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).scalars()
    return BatchPage(list(rows), total, page)


def lines_of(session: Session, batch_id: str) -> list[OrderedLine]:
    """The lines of a batch, in order."""
    query = (
        select(PaymentLine, Claim, Payee)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Payee, Payee.id == PaymentLine.payee_id)
        .where(PaymentLine.batch_id == batch_id)
        .order_by(PaymentLine.position)
    )
    return [OrderedLine(*row) for row in session.execute(query)]


def line_of_reference(session: Session, reference: str) -> PaymentLine | None:
    """The line that the bank knows by this reference."""
    return session.execute(select(PaymentLine).where(PaymentLine.reference == reference)).scalar()


def results_of(session: Session, batch_id: str | None = None) -> list[BankResult]:
    """The bank's files, newest first: those that spoke of one batch, or the latest of all."""
    query = select(BankResult).order_by(BankResult.imported_at.desc(), BankResult.id.desc())
    if batch_id is not None:
        query = query.where(BankResult.batch_id == batch_id)
    return list(session.execute(query.limit(PER_PAGE)).scalars())


def open_differences(session: Session) -> list[OrderedLine]:
    """The lines on which the bank says something else than was ordered, and nobody has looked yet."""
    query = (
        select(PaymentLine, Claim, Payee)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .join(Payee, Payee.id == PaymentLine.payee_id)
        .where(PaymentLine.difference.is_not(None), PaymentLine.resolved_at.is_(None))
        .order_by(PaymentLine.reference)
    )
    return [OrderedLine(*row) for row in session.execute(query)]


def _with_assignment(session: Session, claim_ids: Sequence[str], state: str) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(claim_ids), CHUNK):
        query = select(Assignment.claim_id).where(
            Assignment.claim_id.in_(claim_ids[start : start + CHUNK]), Assignment.state == state
        )
        found |= set(session.execute(query).scalars())
    return found


def _with_money_since(session: Session, claim_ids: Sequence[str]) -> set[str]:
    """The claims for which money of a day before their approval came to light after it.

    It lessens the loss, and no recovery is made of it: the indemnity is reversed and reckoned anew first.
    """
    found: set[str] = set()
    for start in range(0, len(claim_ids), CHUNK):
        query = (
            select(Claim.id)
            .join(Assessment, Assessment.claim_id == Claim.id)
            .join(Receipt, Receipt.notice_id == Claim.notice_id)
            .outerjoin(Shipment, Shipment.id == Receipt.shipment_id)
            .where(
                Claim.id.in_(claim_ids[start : start + CHUNK]),
                Assessment.state == stages.APPROVED,
                Receipt.state != stages.STRUCK,
                Receipt.received_on < Claim.approved_on,
                Receipt.recorded_at > Assessment.decided_at,
                or_(Receipt.shipment_id.is_(None), Shipment.claim_id == Claim.id),
            )
        )
        found |= set(session.execute(query).scalars())
    return found


def _with_excess(session: Session, claims: Sequence[Claim]) -> set[str]:
    """The claims whose firm has an undecided excess on this buyer in the policy year.

    A merge changes nothing that was approved; but what may have to be clawed back is not paid out first.
    """
    above: set[tuple[str, str, int, str]] = set()
    codes = sorted({one.uscc for one in claims})
    for start in range(0, len(codes), CHUNK):
        query = (
            select(Policy.uscc, Policy.scheme, Policy.policy_year, ExcessTask.obligor_id)
            .join(Policy, Policy.id == ExcessTask.policy_id)
            .where(
                ExcessTask.uscc.in_(codes[start : start + CHUNK]),
                ExcessTask.state.in_((stages.OPEN, stages.PROPOSED)),
            )
        )
        above |= {(uscc, scheme, year, obligor) for uscc, scheme, year, obligor in session.execute(query)}
    concerned = [one for one in claims if one.uscc in {uscc for uscc, *_rest in above}]
    if not concerned:
        return set()
    roots = roots_of(session, {one.obligor_id for one in concerned} | {obligor for *_rest, obligor in above})
    undecided = {(uscc, scheme, year, roots[obligor]) for uscc, scheme, year, obligor in above}
    years = _policy_years(session, {one.policy_id for one in concerned})
    return {
        one.id
        for one in concerned
        if (one.uscc, one.scheme, years[one.policy_id], roots[one.obligor_id]) in undecided
    }


def _policy_years(session: Session, policy_ids: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(policy_ids)
    for start in range(0, len(wanted), CHUNK):
        query = select(Policy.id, Policy.policy_year).where(Policy.id.in_(wanted[start : start + CHUNK]))
        found |= {row.id: row.policy_year for row in session.execute(query)}
    return found


def _confirmed(session: Session, codes: set[str]) -> set[str]:
    found: set[str] = set()
    wanted = sorted(codes)
    for start in range(0, len(wanted), CHUNK):
        query = select(Membership.uscc).where(
            Membership.uscc.in_(wanted[start : start + CHUNK]), Membership.state == stages.CONFIRMED
        )
        found |= set(session.execute(query).scalars())
    return found
