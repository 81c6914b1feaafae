"""After a recovery was recorded: shares that change hands, what firms pay back, and undoing a wrong recovery."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.moves import claim_of
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.ledger.accounts import Account, Kind, Place, repayment_lines
from portal.ledger.entries import enter, entered
from portal.ledger.queries import owed_on_claim
from portal.ledger.records import Entry, Line
from portal.members.queries import require_untied
from portal.recoveries.booking import give_back_share, once_given_back, reverse_booking, settle_share, to_settle
from portal.recoveries.receiving import StaleRecovery, recovery_of, tell_firm
from portal.recoveries.records import Recovery, Share
from portal.scheme import stages
from portal.scheme.money import Money

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters
LONGEST_REFERENCE = 80


class SamePerson(NotAllowed):
    """Whoever recorded a recovery never reverses it."""


class TooMuch(Exception):
    """More than the firm owes on the claim."""

    def __init__(self, owed: Money) -> None:
        super().__init__(str(owed))
        self.owed = owed


class OwesOther(Exception):
    """What the firm owes on the claim is not what whoever records saw; `owed` is what it owes now."""

    def __init__(self, owed: Money) -> None:
        super().__init__(str(owed))
        self.owed = owed


class ReferenceTaken(ValueError):
    """Another sum, or the same of another day, was recorded as repaid under this reference."""


class UnknownShare(LookupError):
    """There is no such share, or nothing of it changes hands."""


def _reference_of(reference: str, on: date, what: str) -> str:
    """The bank's reference without what is not seen; ``ValueError`` for none, a long one, or a day to come."""
    reference = visible(reference)
    if not 1 <= len(reference) <= LONGEST_REFERENCE or on > clock.today():
        raise ValueError(f"{what} on {on} under {reference!r}")
    return reference


def _share(session: Session, share_id: str) -> tuple[Recovery, Share]:
    share = session.get(Share, share_id)
    if share is None:
        raise UnknownShare(share_id)
    return session.get_one(Recovery, share.recovery_id), share


def settle(instance: Instance, who: Actor, share_id: str, on: date, reference: str) -> None:
    """The underwriter's share arrived, or the firm's went out, on a day and under a bank reference. Twice is once.

    Raises `UnknownShare`, `StaleRecovery` when the recovery was reversed or the share was settled otherwise,
    ``ValueError`` for a day in the future or before the money came in, or a reference that is none.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "settle a share")
    reference = _reference_of(reference, on, "settled")
    with instance.database.locked() as session:
        recovery, share = _share(session, share_id)
        if (share.remitted_on, share.remittance_reference) == (on, reference):
            return
        if recovery.state != stages.RECORDED or share.remitted_on is not None:
            raise StaleRecovery(recovery.number, recovery.state)
        if not to_settle(recovery, share):
            raise UnknownShare(share_id)
        if on < recovery.received_on:
            raise ValueError(f"settled on {on}, before {recovery.received_on}")
        with audit.audited(session, who, "recoveries.settle", f"recovery {recovery.number}"):
            require_untied(session, who, recovery.uscc, "settle a share")
            settle_share(session, who, recovery, share, on, reference)
            tell_firm(session, instance, recovery, "recovery_settled")


def give_back(instance: Instance, who: Actor, share_id: str, on: date, reference: str) -> None:
    """What had changed hands of a recovery reversed since went back, on a day and under a bank reference.

    The firm has its money again, or the underwriter what it had paid out. Twice is once. Raises `UnknownShare`,
    `StaleRecovery` where the recovery stands, nothing had changed hands or it went back otherwise, ``ValueError``
    for a day in the future or before the share changed hands, or a reference that is none.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "give a share back")
    reference = _reference_of(reference, on, "given back")
    with instance.database.locked() as session:
        recovery, share = _share(session, share_id)
        known = entered(session, once_given_back(share))
        if known is not None and (known.on, known.reason) == (on, reference):
            return
        if recovery.state != stages.REVERSED or share.remitted_on is None or known is not None:
            raise StaleRecovery(recovery.number, recovery.state)
        if on < share.remitted_on:
            raise ValueError(f"given back on {on}, before {share.remitted_on}")
        with audit.audited(session, who, "recoveries.give_back", f"recovery {recovery.number}"):
            require_untied(session, who, recovery.uscc, "give a share back")
            give_back_share(session, who, recovery, share, on, reference)
            tell_firm(session, instance, recovery, "recovery_settled")


def reverse(instance: Instance, who: Actor, number: str, reason: str) -> None:
    """Reverse a recovery that was recorded wrongly, by another person than who recorded it. Twice is once.

    Raises `UnknownRecovery`, `SamePerson`, `StaleRecovery`, ``ValueError`` for a reason too short or too long.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "reverse a recovery")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"a reason of {len(reason)} characters")
    with instance.database.locked() as session:
        recovery = recovery_of(session, number)
        if recovery.state == stages.REVERSED:
            return
        if recovery.state != stages.RECORDED:
            raise StaleRecovery(number, recovery.state)
        if recovery.recorded_by == who.id:
            raise SamePerson(who, "reverse a recovery that they recorded")
        with audit.audited(session, who, "recoveries.reverse", f"recovery {number}"):
            require_untied(session, who, recovery.uscc, "reverse a recovery")
            reverse_booking(session, who, recovery, reason)
            tell_firm(session, instance, recovery, "recovery_reversed")


def record_repayment(
    instance: Instance,
    who: Actor,
    claim_number: str,
    on: date,
    reference: str,
    amount: Money,
    owed_then: Money | None,
) -> None:
    """The firm paid back what it owed on a claim after a reversal or a claw back. The very same twice is once.

    `owed_then` is what the firm owed where whoever records looked; None fits nothing. Raises `UnknownClaim`,
    `OwesOther` where that has changed, `TooMuch`, `ReferenceTaken` where the reference stands for other money of
    the claim, ``ValueError`` for a day in the future, no reference or no amount.
    """
    roles.require(who, roles.RECORDS_RECOVERIES, "record a repayment")
    reference = visible(reference)
    if not 1 <= len(reference) <= 40 or on > clock.today() or amount.minor <= 0:
        raise ValueError(f"{amount} repaid on {on} under {reference!r}")
    with instance.database.locked() as session:
        claim = claim_of(session, claim_number)
        once = f"repayment {claim.id} {reference}"
        known = entered(session, once)
        if known is not None:
            if (known.on, _repaid(session, known)) != (on, amount):
                raise ReferenceTaken(reference)
            return
        owed = owed_on_claim(session, claim.id, claim.currency)
        if owed_then != owed:
            raise OwesOther(owed)
        if amount > owed:
            raise TooMuch(owed)
        with audit.audited(session, who, "recoveries.repaid", f"claim {claim.number}"):
            require_untied(session, who, claim.uscc, "record a repayment")
            place = Place(claim.policy_id, claim.obligor_id, claim.id)
            lines = repayment_lines(place, amount)
            about = f"claim {claim.number}"
            enter(session, who, Kind.REPAYMENT, once, on, about, lines, reason=reference)


def _repaid(session: Session, entry: Entry) -> Money:
    line = session.execute(
        select(Line).where(Line.entry_id == entry.id, Line.account == Account.BANK)
    ).scalar_one()
    return Money.from_minor(line.amount_minor, line.currency)
