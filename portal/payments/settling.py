"""What becomes of an ordered payment: paid, failed, or come back. The ledger has what really moved."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.moves import happened, move, tell_firm
from portal.claims.records import Claim, Payee
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.accounts import Kind, payment_failed_lines, payment_lines, set_off_lines
from portal.ledger.entries import enter, entered
from portal.ledger.queries import owed_on_claim, owed_to_payee, place_of
from portal.members.queries import require_untied
from portal.payments.records import Batch, PaymentLine
from portal.programme.working_days import calendar
from portal.scheme import stages
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.deadlines import payment_due
from portal.scheme.money import Money

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters
WENT_OUT, DID_NOT, LOOKED_INTO = "paid", "failed", "noted"
OUTCOMES = (WENT_OUT, DID_NOT, LOOKED_INTO)


class UnknownLine(LookupError):
    """There is no payment of this reference."""


class StaleLine(Exception):
    """The payment moved on since somebody looked at it."""

    def __init__(self, reference: str, state: str) -> None:
        super().__init__(f"{reference} is {state} now")
        self.reference = reference
        self.state = state


class ReferenceTaken(ValueError):
    """The bank's own number stands for another payment already."""


def once_of(line: PaymentLine) -> str:
    """What the ledger entry of a paid line stands for."""
    return f"payment {line.reference}"


def pay_line(
    session: Session, instance: Instance, who: Actor, line: PaymentLine, paid_on: date, bank_reference: str
) -> None:
    """The bank paid this line as ordered: it is in the ledger, the claim is paid, the firm is told."""
    stages.require(stages.PAYMENT, line.state, stages.PAID)
    claim = session.get_one(Claim, line.claim_id)
    amount = Money.from_minor(line.amount_minor, line.currency)
    enter(
        session,
        who,
        Kind.PAYMENT,
        once_of(line),
        paid_on,
        f"claim {claim.number}",
        payment_lines(place_of(session, line.entry_id), amount),
    )
    line.state, line.paid_on, line.bank_reference = stages.PAID, paid_on, bank_reference
    session.flush()
    move(claim, stages.PAID)
    claim.paid_on, claim.due_on = paid_on, None
    happened(session, instance, who, claim, "paid", paid_on)
    to_bank = session.get_one(Payee, line.payee_id).kind == "bank"
    kind = "claim_paid_to_bank" if to_bank else "claim_paid"
    tell_firm(session, instance, claim, kind, {"paid_on": paid_on.isoformat()})
    if owed_to_payee(session, claim.id, line.currency).minor > 0:  # an earlier payment came back meanwhile
        _payable_again(session, claim, clock_anew=True)
    close_if_done(session, line.batch_id)


def fail_line(session: Session, instance: Instance, who: Actor, line: PaymentLine, why: str | None) -> None:
    """The bank did not pay, or it came back: the claim is agreed again and payable in a later batch.

    Where the indemnity was reversed meanwhile, or paid by another order, the claim stays where it is.
    """
    came_back = line.state == stages.PAID
    stages.require(stages.PAYMENT, line.state, stages.FAILED)
    claim = session.get_one(Claim, line.claim_id)
    if came_back:
        paid = entered(session, once_of(line))
        if paid is None:
            raise RuntimeError(f"{line.reference} is paid, and the ledger does not have it")
        enter(
            session,
            who,
            Kind.PAYMENT_FAILED,
            f"{once_of(line)} came back",
            clock.today(),
            f"claim {claim.number}",
            payment_failed_lines(place_of(session, paid.id), Money.from_minor(line.amount_minor, line.currency)),
            reverses=paid.id,
            reason=why,
        )
    line.state, line.reason = stages.FAILED, why
    session.flush()
    _set_off_what_is_owed(session, who, line, claim)
    if claim.state in (stages.PAYING, stages.PAID) and not _at_the_bank(session, claim):
        _payable_again(session, claim, came_back)
    happened(session, instance, who, claim, "payment_failed", clock.today())
    your_turn = claim.state == stages.AGREED
    tell_firm(session, instance, claim, "claim_payment_failed", your_turn=your_turn)
    close_if_done(session, line.batch_id)


def _set_off_what_is_owed(session: Session, who: Actor, line: PaymentLine, claim: Claim) -> None:
    """The firm owes no payment back that it never had: what came back meets what a reversal made it owe."""
    owed = owed_on_claim(session, claim.id, line.currency)
    met = min(owed, owed_to_payee(session, claim.id, line.currency))
    if met.minor > 0:
        lines = set_off_lines(place_of(session, line.entry_id), met)
        enter(
            session, who, Kind.SET_OFF, f"set off {once_of(line)}", clock.today(), f"claim {claim.number}", lines
        )


def _at_the_bank(session: Session, claim: Claim) -> bool:
    """Whether another payment of the claim is ordered, so that its state follows from what becomes of that."""
    query = select(PaymentLine.id).where(PaymentLine.claim_id == claim.id, PaymentLine.state == stages.ORDERED)
    return session.execute(query.limit(1)).first() is not None


def _payable_again(session: Session, claim: Claim, clock_anew: bool) -> None:
    """Something is still to be paid on a claim: it is agreed again; with `clock_anew` its days begin today."""
    claim.paid_on = None
    if clock_anew:
        terms = load_claim_terms(claim.scheme).on(clock.today())
        claim.due_on = payment_due(terms, clock.today(), calendar(session)).day
    move(claim, stages.AGREED)


def settle_line(
    instance: Instance,
    who: Actor,
    reference: str,
    seen_state: str,
    outcome: str,
    reason: str,
    paid_on: date | None = None,
    bank_reference: str | None = None,
) -> None:
    """Settle by hand what the bank's file left in question, once the bank was asked; by an approver.

    `outcome` is one of `OUTCOMES`: the ordered sum went out after all (with day and bank reference), it did not,
    or it was looked into and stays as it is. Raises `UnknownLine`, `StaleLine`, and ``ValueError`` for anything
    missing. The same twice changes nothing.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "settle a payment")
    reason = visible(reason)
    if outcome not in OUTCOMES or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"{outcome} for a reason of {len(reason)} characters")
    if outcome == WENT_OUT and (paid_on is None or not bank_reference or paid_on > clock.today()):
        raise ValueError("a payment without its day or bank reference, or in the future")
    with instance.database.locked() as session:
        line = session.execute(select(PaymentLine).where(PaymentLine.reference == reference)).scalar()
        if line is None:
            raise UnknownLine(reference)
        if line.resolved_by == who.id and line.reason == reason and _as_settled(line, outcome, seen_state):
            return
        if line.state != seen_state or (outcome == WENT_OUT and line.state != stages.ORDERED):
            raise StaleLine(reference, line.state)
        batch = session.get_one(Batch, line.batch_id)
        if batch.state not in (stages.RELEASED, stages.DONE):
            raise StaleLine(reference, batch.state)
        with audit.audited(session, who, "payments.settle", f"batch {batch.number}", outcome=outcome):
            require_untied(session, who, session.get_one(Claim, line.claim_id).uscc, "settle a payment")
            if outcome == WENT_OUT:
                assert paid_on is not None  # checked above
                if bank_reference_taken(session, line, bank_reference or ""):
                    raise ReferenceTaken(bank_reference or "")
                pay_line(session, instance, who, line, paid_on, bank_reference or "")
            elif outcome == DID_NOT:
                fail_line(session, instance, who, line, reason)
            line.resolved_by, line.resolved_at, line.reason = who.id, clock.now(), reason


def bank_reference_taken(session: Session, line: PaymentLine, bank_reference: str) -> bool:
    """Whether the bank's own number stands for another payment already."""
    query = select(PaymentLine.id).where(PaymentLine.bank_reference == bank_reference, PaymentLine.id != line.id)
    return session.execute(query.limit(1)).first() is not None


def _as_settled(line: PaymentLine, outcome: str, seen_state: str) -> bool:
    """Whether a line is as this outcome leaves it; noted only, it is as it was seen."""
    return line.state == {WENT_OUT: stages.PAID, DID_NOT: stages.FAILED, LOOKED_INTO: seen_state}[outcome]


def close_if_done(session: Session, batch_id: str) -> None:
    """A released batch is done once the bank has spoken of every line."""
    batch = session.get_one(Batch, batch_id)
    session.flush()
    query = select(PaymentLine.id).where(PaymentLine.batch_id == batch_id, PaymentLine.state == stages.ORDERED)
    if batch.state == stages.RELEASED and session.execute(query.limit(1)).first() is None:
        stages.require(stages.BATCH, batch.state, stages.DONE)
        batch.state = stages.DONE
