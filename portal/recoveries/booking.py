"""Recording a recovery: shares, ledger lines, the firm's duty to remit; and undoing one that was wrong."""

import json
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.receipts import add_receipt, strike
from portal.claims.records import Claim, Notice, Receipt
from portal.common import clock
from portal.common.roles import Actor
from portal.ledger.accounts import (
    Held,
    Kind,
    LineInput,
    Place,
    mirrored,
    pay_out_lines,
    recovery_lines,
    remittance_lines,
)
from portal.ledger.entries import enter, entered
from portal.ledger.queries import place_of
from portal.ledger.records import Entry
from portal.ledger.reversing import reverse_lines
from portal.programme.working_days import calendar
from portal.recoveries.basis import Basis
from portal.recoveries.records import Recovery, Share
from portal.recoveries.sharing import Laid, Shared, worked_out
from portal.scheme import stages
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.deadlines import remit_due
from portal.scheme.money import Money
from portal.scheme.recovery import Shares

PAYMENT = "payment"


def once_of(recovery: Recovery) -> str:
    """What the ledger entry of a recovery stands for."""
    return f"recovery {recovery.number}"


def once_given_back(share: Share) -> str:
    """What the ledger entry stands for by which a share of a reversed recovery went back to whose it is."""
    return f"share {share.id} given back"


def book(session: Session, who: Actor, recovery: Recovery, basis: Basis) -> Shared:
    """Share a recovery and enter it, inside an audited block: from now on it counts.

    What falls on a claim not approved when the money came becomes a payment to it; where that is all of it, no
    share results and the recovery is left as it was, for the caller. Raises `NoRate`, `NoInvoice`.
    """
    amount = Money.from_minor(recovery.amount_minor, recovery.currency)
    costs = Money.from_minor(recovery.costs_minor, recovery.currency)
    shared = worked_out(session, basis, recovery.received_on, amount, costs, recovery.shipment_id)
    if not shared.shares:
        return shared
    stages.require(stages.RECOVERY, recovery.state, stages.RECORDED)
    recovery.state = stages.RECORDED
    recovery.worksheet = shared.canonical()
    if shared.rate is not None:
        recovery.rate, recovery.rate_on = f"{shared.rate.value:f}", shared.rate.day
    recovery.recorded_by, recovery.recorded_at = who.id, clock.now()
    terms = load_claim_terms(basis.notice.scheme).on(clock.today())
    due_on = remit_due(terms, clock.today(), calendar(session)).day
    lines: list[LineInput] = []
    held = Held(recovery.received_by)
    for claim_id, found in shared.shares.items():
        session.add(_share(recovery, claim_id, found, due_on, held))
        # The uninsured part has no claim of its own: it is booked beside the first one of the notice.
        claim = basis.claims[claim_id] if claim_id is not None else next(iter(basis.claims.values()))
        place = Place(claim.policy_id, claim.obligor_id, claim.id)
        lines += recovery_lines(place, held, found.underwriter, found.firm, found.costs_taken)
    about = f"recovery {recovery.number}"
    enter(session, who, Kind.RECOVERY, once_of(recovery), recovery.received_on, about, lines)
    for one in shared.payments:
        _pay_in(session, who, recovery, basis, one)
    session.flush()
    return shared


def reverse_booking(session: Session, who: Actor, recovery: Recovery, reason: str) -> None:
    """Undo a recorded recovery by entries of its own, inside an audited block; its reference is free again.

    A share that was remitted stays with the underwriter: the ledger then shows that too much was remitted. It is
    to be given back in the time that a share has to change hands, and so is a share that was paid out to the firm.
    """
    stages.require(stages.RECOVERY, recovery.state, stages.REVERSED)
    first = entered(session, once_of(recovery))
    if first is not None:
        enter(
            session,
            who,
            Kind.RECOVERY_REVERSAL,
            f"{once_of(recovery)} reversed",
            clock.today(),
            f"recovery {recovery.number}",
            reverse_lines(session, first),
            reverses=first.id,
            reason=reason,
        )
    parts = select(Receipt).where(Receipt.money_index.startswith(f"{recovery.money_index}#"))
    for receipt in session.execute(parts).scalars():
        strike(receipt, who, reason)
    recovery.state = stages.REVERSED
    recovery.reversed_by, recovery.reversed_at, recovery.reason = who.id, clock.now(), reason
    recovery.money_index = f"reversed {recovery.id}"
    notice = session.get_one(Notice, recovery.notice_id)
    back_on = remit_due(load_claim_terms(notice.scheme).on(clock.today()), clock.today(), calendar(session)).day
    settled = select(Share).where(Share.recovery_id == recovery.id, Share.remitted_on.is_not(None))
    for share in session.execute(settled).scalars():
        share.due_on = back_on
    session.flush()


def settle_share(
    session: Session, who: Actor, recovery: Recovery, share: Share, on: date, reference: str
) -> Entry:
    """The underwriter's share of a recovery arrived, or the firm's went out: by day and bank reference."""
    booked = entered(session, once_of(recovery))
    assert booked is not None  # a recorded recovery is in the ledger
    place = place_of(session, booked.id)
    if share.claim_id is not None:
        claim = session.get_one(Claim, share.claim_id)
        place = Place(claim.policy_id, claim.obligor_id, claim.id)
    share.remitted_on, share.remittance_reference, share.remitted_by = on, reference, who.id
    held = Held(recovery.received_by)
    amount = Money.from_minor(to_settle(recovery, share), share.currency)
    return enter(
        session,
        who,
        Kind.REMITTANCE if held is Held.FIRM else Kind.PAY_OUT,
        f"share {share.id}",
        on,
        f"recovery {recovery.number}",
        remittance_lines(place, amount) if held is Held.FIRM else pay_out_lines(place, amount),
    )


def give_back_share(
    session: Session, who: Actor, recovery: Recovery, share: Share, on: date, reference: str
) -> Entry:
    """What had changed hands of a recovery reversed since went back: the mirror of the entry that moved it.

    The later entry is found by `once_given_back`, its bank reference is its reason.
    """
    settled = entered(session, f"share {share.id}")
    assert settled is not None  # a settled share is in the ledger
    place = place_of(session, settled.id)
    amount = Money.from_minor(to_settle(recovery, share), share.currency)
    by_firm = recovery.received_by == Held.FIRM
    return enter(
        session,
        who,
        Kind.PAY_OUT if by_firm else Kind.REPAYMENT,
        once_given_back(share),
        on,
        f"recovery {recovery.number}",
        mirrored(remittance_lines(place, amount) if by_firm else pay_out_lines(place, amount)),
        reverses=settled.id,
        reason=reference,
    )


def to_settle(recovery: Recovery, share: Share) -> int:
    """What has to change hands, in cents: the underwriter's share where the firm has the money, else its own."""
    return share.underwriter_minor if recovery.received_by == Held.FIRM else share.firm_minor


def _share(recovery: Recovery, claim_id: str | None, found: Shares, due_on: date, held: Held) -> Share:
    changes_hands = found.underwriter if held is Held.FIRM else found.firm
    before = [one.value for one in found.worksheet if one.code == "shortfall_before"]
    carried = before[0].minor if before and isinstance(before[0], Money) else 0
    return Share(
        id=str(ULID()),
        recovery_id=recovery.id,
        claim_id=claim_id,
        allocated_minor=(found.costs_taken + found.underwriter + found.firm).minor,
        costs_minor=found.costs_taken.minor,
        shortfall_before_minor=carried,
        shortfall_after_minor=found.shortfall_after.minor,
        underwriter_minor=found.underwriter.minor,
        firm_minor=found.firm.minor,
        currency=found.firm.currency,
        due_on=due_on if changes_hands.minor else None,
    )


def _pay_in(session: Session, who: Actor, recovery: Recovery, basis: Basis, part: Laid) -> None:
    """A part that falls on a claim not approved then is a payment to its invoice."""
    assert part.invoice is not None  # the claim is that of the invoice
    add_receipt(
        session,
        who,
        basis.notice,
        PAYMENT,
        recovery.received_on,
        recovery.reference,
        part.amount,
        part.costs,
        part.invoice,
        recovery.document_id,
        counted=True,
        part=part.invoice,
    )


def kept(recovery: Recovery) -> list[dict[str, Any]]:
    """The parts of a recorded recovery as they were laid on the invoices; none of one that is only told."""
    return list(json.loads(recovery.worksheet)["parts"]) if recovery.worksheet else []
