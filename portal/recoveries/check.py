"""Whether recoveries agree with the ledger, and `verify`, which checks the ledger and all that stands on it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.claims.records import Receipt
from portal.ledger.accounts import Account, Held, Kind
from portal.ledger.check import Excess, Fault, check_caps, check_entries, excesses
from portal.ledger.records import Entry, Line
from portal.payments.check import check_approvals, check_claims, check_payments
from portal.recoveries.booking import kept, once_given_back, once_of, to_settle
from portal.recoveries.records import Recovery, Share
from portal.scheme import stages


@dataclass
class Verified:
    """What `ledger verify` found: faults, and excesses that somebody works on or two people let stand."""

    entries: int = 0
    claims: int = 0
    faults: list[Fault] = field(default_factory=list)
    excesses: list[Excess] = field(default_factory=list)


def verify(session: Session) -> Verified:
    """Check everything. Reads only."""
    found = Verified(
        session.execute(select(func.count(Entry.id))).scalar_one(),
        session.execute(select(func.count(Line.claim_id.distinct()))).scalar_one(),
    )
    for check in (check_entries, check_caps, check_approvals, check_payments, check_claims, check_recoveries):
        found.faults.extend(check(session))
    found.excesses.extend(excesses(session))
    return found


def check_recoveries(session: Session) -> Iterator[Fault]:
    """Shares and costs are the whole recovery, the ledger has it once, and no money is a payment as well."""
    shares: dict[str, list[Share]] = defaultdict(list)
    for one in session.execute(select(Share)).scalars():
        shares[one.recovery_id].append(one)
    entries = {one.once: one for one in session.execute(select(Entry)).scalars()}
    undone = {one.reverses for one in entries.values() if one.reverses}
    booked = _booked(session)
    held = (stages.RECORDED, stages.REVERSED)
    for recovery in session.execute(select(Recovery).order_by(Recovery.number)).scalars():
        if recovery.state not in held:
            continue
        yield from _shared(recovery, shares[recovery.id], entries.get(once_of(recovery)), booked)
        entry = entries.get(once_of(recovery))
        if entry is not None and (entry.id in undone) != (recovery.state == stages.REVERSED):
            yield Fault("recovery", recovery.number, f"is {recovery.state}, and the ledger says otherwise")
        for share in shares[recovery.id]:
            settled, back = entries.get(f"share {share.id}"), entries.get(once_given_back(share))
            if back is not None and (
                recovery.state != stages.REVERSED or settled is None or back.reverses != settled.id
            ):
                yield Fault("remittance", recovery.number, "went back though it stands, or never changed hands")
            if (share.remitted_on is None) != (settled is None):
                yield Fault("remittance", recovery.number, "is settled in one place and not in the other")
            elif settled is not None and booked[settled.id].get(Account.BANK, 0) not in (
                to_settle(recovery, share),
                -to_settle(recovery, share),
            ):
                yield Fault("remittance", recovery.number, "was settled with another sum than the share")
    yield from _twice(session)


def _shared(
    recovery: Recovery, shares: list[Share], entry: Entry | None, booked: dict[str, dict[str, int]]
) -> Iterator[Fault]:
    payments = sum(int(one["converted"]) for one in kept(recovery) if one["payment_to"])
    whole = sum(int(one["converted"]) for one in kept(recovery))
    for one in shares:
        if one.costs_minor + one.underwriter_minor + one.firm_minor != one.allocated_minor:
            yield Fault("shares", recovery.number, "a share and its costs are not what falls on its claim")
    if sum(one.allocated_minor for one in shares) + payments != whole:
        yield Fault("shares", recovery.number, "shares, costs and payments are not the whole recovery")
    if recovery.rate is None and whole != recovery.amount_minor:
        yield Fault("shares", recovery.number, "is another sum than was received")
    if entry is None or entry.kind != Kind.RECOVERY:
        yield Fault("recovery", recovery.number, "is not in the ledger")
        return
    expected = {
        Account.RECOVERED: -sum(one.underwriter_minor for one in shares),
        Account.FIRM_SHARE: -sum(one.firm_minor for one in shares),
        Account.COSTS: -sum(one.costs_minor for one in shares),
    }
    for account, minor in expected.items():
        if booked[entry.id].get(account, 0) != minor:
            yield Fault("recovery", recovery.number, f"the ledger has another sum of {account}")
    with_firm = booked[entry.id].get(Account.WITH_FIRM, 0)
    wanted = sum(one.underwriter_minor for one in shares) if recovery.received_by == Held.FIRM else 0
    if with_firm != wanted:
        yield Fault("recovery", recovery.number, "the ledger has another sum to be remitted")


def _booked(session: Session) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    query = (
        select(Line.entry_id, Line.account, func.sum(Line.amount_minor))
        .join(Entry, Entry.id == Line.entry_id)
        .where(Entry.kind.in_((Kind.RECOVERY, Kind.REMITTANCE, Kind.PAY_OUT)))
        .group_by(Line.entry_id, Line.account)
    )
    for entry_id, account, minor in session.execute(query):
        found[entry_id][account] = int(minor)
    return found


def _twice(session: Session) -> Iterator[Fault]:
    """The same bank reference of one firm as a payment and as a recovery."""
    query = select(Recovery.number).join(Receipt, Receipt.money_index == Recovery.money_index)
    for number in session.execute(query).scalars():
        yield Fault("money", number, "is a payment as well")
