"""Money received from an obligor: told by the firm or recorded by staff, through one door.

Whether it is a payment or a recovery follows from its day alone: before the approval of every claim of the notice
it lessens the loss, from an approval on it is a recovery and is shared. The same money is recorded once, whichever
of the two it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.moves import claim_of
from portal.claims.receipts import KNOWN_ELSEWHERE, MoneyKnown, add_receipt, money_index, receipt_of
from portal.claims.records import Claim, Notice, Receipt, Shipment
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import EVIDENCE, CheckedFile, keep
from portal.ledger.accounts import Held
from portal.members.queries import accounts_of, require_member, require_untied
from portal.messages.actions import tell
from portal.recoveries.basis import Basis, basis_of
from portal.recoveries.booking import book
from portal.recoveries.records import Recovery, Share
from portal.recoveries.sharing import Shared, worked_out
from portal.scheme import stages
from portal.scheme.money import Money

PAYMENT = "payment"
BECAME_PAYMENT = "became_payment"  # why a recovery that was told is none
LONGEST_REFERENCE = 80
REFUSAL_CODES = ("not_found", "other_sum", "other_claim", "told_already")
"""Why staff refuse what a firm told: what the firm reads is made of the code."""

__all__ = ["MoneyKnown", "Told", "look_at", "record", "record_told", "refuse_told", "tell_of"]


class UnknownRecovery(LookupError):
    """There is no recovery of this number."""


class StaleRecovery(Exception):
    """It moved on since somebody looked at it."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


@dataclass(frozen=True)
class Told:
    """Money as it was told: when and from which bank's advice, how much, what it cost, which invoice it names."""

    received_on: date
    reference: str
    amount: Money
    costs: Money
    shipment_id: str | None = None
    held: Held = Held.FIRM

    def checked(self, session: Session, notice: Notice) -> "Told":
        """The same, tidied; ``ValueError`` for what no page lets through."""
        reference = visible(self.reference)
        if not 1 <= len(reference) <= LONGEST_REFERENCE or self.received_on > clock.today():
            raise ValueError(f"money of {self.received_on} under {reference!r}")
        if self.amount.minor <= 0 or self.costs.minor < 0:
            raise ValueError(f"{self.amount} with costs of {self.costs}")
        if self.shipment_id is not None:
            shipment = session.get(Shipment, self.shipment_id)
            if shipment is None or shipment.notice_id != notice.id or shipment.removed_at is not None:
                raise ValueError(f"the shipment {self.shipment_id} is not of this notice")
        money_index(notice.uscc, reference)
        return Told(self.received_on, reference, self.amount, self.costs, self.shipment_id, self.held)


@dataclass(frozen=True)
class Recorded:
    """What money became: a recovery with its number, or a payment (a receipt) without one."""

    recovery: str | None
    receipt_id: str | None


def tell_of(instance: Instance, who: Actor, claim_number: str, told: Told, paper: CheckedFile | None) -> Recorded:
    """A firm tells of money that came in, for staff to look at. The very same sent twice is told once.

    Raises `UnknownClaim`, `NotAllowed` for anybody but a confirmed member, `MoneyKnown`, and ``ValueError``.
    """
    roles.require(who, roles.APPLIES, "tell of money received")
    with instance.database.locked() as session:
        claim, notice = _claim(session, claim_number)
        require_member(session, who, claim.uscc, "tell of money received", confirmed=True)
        told = told.checked(session, notice)
        known = _told_already(session, who, notice, told)
        if known is not None:
            return known
        with audit.audited(session, who, "recoveries.tell", f"claim {claim.number}") as entry:
            document = keep(session, instance, who, claim.uscc, EVIDENCE, paper) if paper is not None else None
            basis = basis_of(session, notice, told.received_on)
            document_id = document.id if document is not None else None
            if not basis.is_recovery:
                receipt = _receipt(session, who, notice, told, document_id, counted=False)
                return Recorded(None, receipt.id)
            recovery = _new_recovery(session, who, basis, told, document_id)
            entry.details["recovery"] = recovery.number
            return Recorded(recovery.number, None)


def look_at(session: Session, claim_number: str, told: Told) -> tuple[Basis, Shared | None]:
    """What recording this money would do: the shares, or nothing where it is a payment. Reads only."""
    _claim_found, notice = _claim(session, claim_number)
    told = told.checked(session, notice)
    basis = basis_of(session, notice, told.received_on)
    if not basis.is_recovery:
        return basis, None
    return basis, worked_out(session, basis, told.received_on, told.amount, told.costs, told.shipment_id)


def record(instance: Instance, who: Actor, claim_number: str, told: Told) -> Recorded:
    """Staff record money that came in: it counts at once. The same twice is recorded once.

    Raises `UnknownClaim`, `MoneyKnown`, `NoRate`, `NoInvoice`, `NotAllowed` for who is tied to the firm, and
    ``ValueError``.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "record money received")
    with instance.database.locked() as session:
        claim, notice = _claim(session, claim_number)
        told = told.checked(session, notice)
        known = _told_already(session, who, notice, told)
        if known is not None:
            return known
        with audit.audited(session, who, "recoveries.record", f"claim {claim.number}") as entry:
            require_untied(session, who, claim.uscc, "record money received")
            basis = basis_of(session, notice, told.received_on)
            if not basis.is_recovery:
                receipt = _receipt(session, who, notice, told, None, counted=True)
                return Recorded(None, receipt.id)
            recovery = _new_recovery(session, who, basis, told, None)
            entry.details["recovery"] = recovery.number
            return _recorded(session, instance, who, recovery, basis)


def record_told(instance: Instance, who: Actor, number: str, costs: Money) -> None:
    """Staff found what a firm told to be so: it is recorded with the agreed `costs`, and shared. Twice is once.

    Raises `UnknownRecovery`, `StaleRecovery`, `NoRate`, `NoInvoice`, `NotAllowed`, ``ValueError`` for costs.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "record money received")
    with instance.database.locked() as session:
        recovery = recovery_of(session, number)
        if recovery.state == stages.RECORDED and recovery.recorded_by == who.id:
            return
        if recovery.state != stages.TOLD:
            raise StaleRecovery(number, recovery.state)
        if costs.minor < 0 or costs.currency != recovery.currency:
            raise ValueError(f"costs of {costs} for a recovery in {recovery.currency}")
        with audit.audited(session, who, "recoveries.record", f"recovery {number}"):
            require_untied(session, who, recovery.uscc, "record money received")
            recovery.costs_minor = costs.minor
            basis = basis_of(session, session.get_one(Notice, recovery.notice_id), recovery.received_on)
            _recorded(session, instance, who, recovery, basis)


def refuse_told(instance: Instance, who: Actor, number: str, code: str) -> None:
    """Staff refuse what a firm told, with a coded reason; the firm may tell it again. Twice is once.

    Raises `UnknownRecovery`, `StaleRecovery`, ``ValueError`` for an unknown code.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "refuse money told of")
    if code not in REFUSAL_CODES:
        raise ValueError(f"{code!r} is no reason")
    with instance.database.locked() as session:
        recovery = recovery_of(session, number)
        if recovery.state == stages.REFUSED:
            return
        if recovery.state != stages.TOLD:
            raise StaleRecovery(number, recovery.state)
        with audit.audited(session, who, "recoveries.refuse", f"recovery {number}", code=code):
            require_untied(session, who, recovery.uscc, "refuse money told of")
            stages.require(stages.RECOVERY, recovery.state, stages.REFUSED)
            recovery.state, recovery.reason = stages.REFUSED, code
            recovery.money_index = f"refused {recovery.id}"
            tell_firm(session, instance, recovery, "recovery_refused", your_turn=True)


def recovery_of(session: Session, number: str) -> Recovery:
    """The recovery of this number; raises `UnknownRecovery`."""
    found = session.execute(select(Recovery).where(Recovery.number == number)).scalar()
    if found is None:
        raise UnknownRecovery(number)
    return found


def tell_firm(
    session: Session,
    instance: Instance,
    recovery: Recovery,
    kind: str,
    parameters: Mapping[str, str] | None = None,
    your_turn: bool = False,
) -> None:
    """Tell everybody who is confirmed to act for the firm, inside an audited block."""
    first = select(Claim.number).where(Claim.notice_id == recovery.notice_id, Claim.state != stages.WITHDRAWN)
    claim = session.execute(first.order_by(Claim.policy_year, Claim.serial).limit(1)).scalar_one()
    tell(
        session,
        instance,
        accounts_of(session, recovery.uscc),
        kind,
        f"recovery {recovery.number}",
        f"/my/claims/{claim}/recoveries",
        {"number": recovery.number, **(parameters or {})},
        your_turn=your_turn,
    )


def _recovery_of_money(session: Session, index: str) -> str | None:
    """The number of the recovery that this money is."""
    return session.execute(select(Recovery.number).where(Recovery.money_index == index)).scalar()


KNOWN_ELSEWHERE.append(_recovery_of_money)


def _claim(session: Session, number: str) -> tuple[Claim, Notice]:
    claim = claim_of(session, number)
    return claim, session.get_one(Notice, claim.notice_id)


def _told_already(session: Session, who: Actor, notice: Notice, told: Told) -> Recorded | None:
    """What this money was recorded as; raises `MoneyKnown` unless the same person said just the same before."""
    index = money_index(notice.uscc, told.reference)
    recovery = session.execute(select(Recovery).where(Recovery.money_index == index)).scalar()
    receipt = receipt_of(session, index)
    held: Recovery | Receipt | None = recovery or receipt
    if held is None:
        return None
    by = recovery.told_by if recovery is not None else receipt.recorded_by if receipt is not None else ""
    same = (held.notice_id, held.received_on, held.amount_minor, held.currency) == (
        notice.id,
        told.received_on,
        told.amount.minor,
        told.amount.currency,
    )
    if not same or by != who.id:
        raise MoneyKnown(told.reference, recovery.number if recovery is not None else None)
    return Recorded(recovery.number, None) if recovery is not None else Recorded(None, held.id)


def _receipt(
    session: Session, who: Actor, notice: Notice, told: Told, document_id: str | None, counted: bool
) -> Receipt:
    return add_receipt(
        session,
        who,
        notice,
        PAYMENT,
        told.received_on,
        told.reference,
        told.amount,
        told.costs,
        told.shipment_id,
        document_id,
        counted=counted,
    )


def _recorded(session: Session, instance: Instance, who: Actor, recovery: Recovery, basis: Basis) -> Recorded:
    """Share it and tell the firm; it becomes a payment where nothing that was approved has a part in it.

    So it is when the invoice that it names is of a claim not approved yet, or the indemnity was reversed since.
    """
    shared = book(session, who, recovery, basis) if basis.is_recovery else None
    if shared is None or not shared.shares:
        return Recorded(None, _turn_into_payment(session, who, recovery).id)
    query = select(func.max(Share.due_on)).where(Share.recovery_id == recovery.id)
    due_on = session.execute(query).scalar()
    if recovery.received_by == Held.FIRM and due_on is not None:
        told = {"due_on": due_on.isoformat()}
        tell_firm(session, instance, recovery, "recovery_to_remit", told, your_turn=True)
    else:
        tell_firm(session, instance, recovery, "recovery_recorded")
    return Recorded(recovery.number, None)


def _turn_into_payment(session: Session, who: Actor, recovery: Recovery) -> Receipt:
    stages.require(stages.RECOVERY, recovery.state, stages.REFUSED)
    recovery.state, recovery.reason = stages.REFUSED, BECAME_PAYMENT
    recovery.money_index = f"refused {recovery.id}"
    session.flush()
    return add_receipt(
        session,
        who,
        session.get_one(Notice, recovery.notice_id),
        PAYMENT,
        recovery.received_on,
        recovery.reference,
        Money.from_minor(recovery.amount_minor, recovery.currency),
        Money.from_minor(recovery.costs_minor, recovery.currency),
        recovery.shipment_id,
        recovery.document_id,
        counted=True,
    )


def _new_recovery(session: Session, who: Actor, basis: Basis, told: Told, document_id: str | None) -> Recovery:
    today = clock.today()
    query = select(func.max(Recovery.serial)).where(Recovery.number.startswith(f"R{today.year}-"))
    serial = (session.execute(query).scalar() or 0) + 1
    notice = basis.notice
    obligor_id = next(iter(basis.claims.values())).obligor_id
    recovery = Recovery(
        id=str(ULID()),
        number=f"R{today.year}-{serial:05d}",
        serial=serial,
        notice_id=notice.id,
        obligor_id=obligor_id,
        uscc=notice.uscc,
        firm_name=notice.firm_name,
        received_on=told.received_on,
        received_by=told.held.value,
        reference=told.reference,
        money_index=money_index(notice.uscc, told.reference),
        amount_minor=told.amount.minor,
        costs_minor=told.costs.minor,
        currency=told.amount.currency,
        shipment_id=told.shipment_id,
        document_id=document_id,
        worksheet="",
        state=stages.TOLD,
        told_by=who.id,
        told_at=clock.now(),
    )
    session.add(recovery)
    session.flush()
    return recovery
