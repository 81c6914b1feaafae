"""What the ledger says: of the room under a cap, of a claim, of a firm. Every sum is taken from the lines."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.ledger.accounts import Account, Kind, Place
from portal.ledger.records import Entry, Line
from portal.policies.records import Policy
from portal.scheme.money import Money
from portal.scheme.terms import load_terms

CHUNK = 500  # ids in one IN (…), well under SQLite's limit
UP = func.sum(case((Line.amount_minor > 0, Line.amount_minor), else_=0))
DOWN = func.sum(case((Line.amount_minor < 0, Line.amount_minor), else_=0))


class Standing(NamedTuple):
    """An approval that stands: its entry, what it approved and what a claw back has left of it."""

    entry: Entry
    approved: Money
    left: Money


class ShownEntry(NamedTuple):
    """An entry as a page shows it: when, what, its lines (account and signed amount), who made and approved it."""

    number: int
    on: date
    kind: str
    lines: tuple[tuple[str, Money], ...]
    reverses: int | None
    reason: str | None
    entered_by: str
    approved_by: str | None


def cap_of(session: Session, policy_id: str) -> Money:
    """The most that a policy pays for one obligor: by its scheme's terms on its first day of cover."""
    policy = session.get_one(Policy, policy_id)
    return load_terms(policy.scheme).on(policy.starts_on).obligor_cap


def policies_of_year(session: Session, policy_id: str) -> list[str]:
    """The policies of the same firm, scheme and policy year as this one, oldest first: they share one cap.

    A firm that withdrew, or whose policy was annulled, and enrolled again has several; it is one insured firm and
    one policy year all the same.
    """
    policy = session.get_one(Policy, policy_id)
    query = select(Policy.id).where(
        Policy.uscc == policy.uscc, Policy.scheme == policy.scheme, Policy.policy_year == policy.policy_year
    )
    return list(session.execute(query.order_by(Policy.starts_on, Policy.serial, Policy.id)).scalars())


def approved_and_reversed(session: Session, policy_id: str, obligor_ids: Collection[str]) -> tuple[Money, Money]:
    """What was approved in a policy's year for these obligors (one group of merged ones), and what was reversed.

    Whatever stands under another policy of the same firm and policy year counts with it. A claw back counts as
    reversed. Both are 0 or more, in the policy's currency.
    """
    currency = session.get_one(Policy, policy_id).currency
    policies = policies_of_year(session, policy_id)
    approved = reversed_ = 0
    ids = list(obligor_ids)
    for start in range(0, len(ids), CHUNK):
        query = select(UP, DOWN).where(
            Line.policy_id.in_(policies),
            Line.obligor_id.in_(ids[start : start + CHUNK]),
            Line.account == Account.INDEMNITY,
        )
        up, down = session.execute(query).one()
        approved += int(up or 0)
        reversed_ -= int(down or 0)
    return Money.from_minor(approved, currency), Money.from_minor(reversed_, currency)


def waived(session: Session, policy_id: str, obligor_ids: Collection[str]) -> Money:
    """How much above the cap two people have let stand already, in a policy's year for these obligors."""
    found = 0
    ids = list(obligor_ids)
    policies = policies_of_year(session, policy_id)
    for start in range(0, len(ids), CHUNK):
        query = select(func.sum(Line.amount_minor)).where(
            Line.policy_id.in_(policies),
            Line.obligor_id.in_(ids[start : start + CHUNK]),
            Line.account == Account.OVER_CAP,
        )
        found += int(session.execute(query).scalar() or 0)
    return Money.from_minor(found, session.get_one(Policy, policy_id).currency)


def indemnity_of_claim(session: Session, claim_id: str, currency: str = "USD") -> Money:
    """The indemnity of a claim that stands, after reversals and claw backs; 0 in `currency` before any entry."""
    return balance(session, Account.INDEMNITY, claim_id, currency)


def owed_to_payee(session: Session, claim_id: str, currency: str = "USD") -> Money:
    """What is still to be paid on a claim, ordered or not."""
    return _less(balance(session, Account.PAYABLE, claim_id, currency))


def owed_on_claim(session: Session, claim_id: str, currency: str = "USD") -> Money:
    """What the firm has to pay back on a claim, after a reversal or a claw back."""
    return balance(session, Account.OWED_BY_FIRM, claim_id, currency)


def paid_on_claim(session: Session, claim_id: str, currency: str = "USD") -> Money:
    """What the bank paid on a claim, less what came back from the payee's bank."""
    query = (
        select(func.sum(Line.amount_minor), func.min(Line.currency))
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Line.claim_id == claim_id,
            Line.account == Account.PAYABLE,
            Entry.kind.in_((Kind.PAYMENT, Kind.PAYMENT_FAILED)),
        )
    )
    minor, held = session.execute(query).one()
    return Money.from_minor(int(minor or 0), held or currency)


def owed_by_firm(session: Session, uscc: str, currency: str = "USD") -> Money:
    """What a firm has to pay back after reversals and claw backs, under all its policies."""
    return _of_firm(session, uscc, Account.OWED_BY_FIRM, currency)


def to_remit(session: Session, uscc: str, currency: str = "USD") -> Money:
    """The underwriter's shares of recoveries that a firm holds and has not remitted; below 0, too much was."""
    return _of_firm(session, uscc, Account.WITH_FIRM, currency)


def balance(session: Session, account: Account, claim_id: str, currency: str = "USD") -> Money:
    """The balance of one account of a claim: debits less credits; 0 in `currency` where nothing is booked."""
    query = select(func.sum(Line.amount_minor), func.min(Line.currency)).where(
        Line.claim_id == claim_id, Line.account == account
    )
    minor, held = session.execute(query).one()
    return Money.from_minor(int(minor or 0), held or currency)


def balances(
    session: Session, account: Account, claim_ids: Iterable[str], currency: str = "USD"
) -> dict[str, Money]:
    """The balances of one account of many claims at once; claims without a line on it are left out."""
    found: dict[str, Money] = {}
    ids = list(dict.fromkeys(claim_ids))
    for start in range(0, len(ids), CHUNK):
        query = (
            select(Line.claim_id, Line.currency, func.sum(Line.amount_minor))
            .where(Line.claim_id.in_(ids[start : start + CHUNK]), Line.account == account)
            .group_by(Line.claim_id, Line.currency)
        )
        for claim_id, held, minor in session.execute(query):
            found[claim_id] = Money.from_minor(int(minor), held)
    return found


def owed_since(session: Session, owed: Mapping[str, Money]) -> dict[str, date]:
    """By claim the day since which the oldest part of what its firm owes is owed; `owed` are the balances.

    What was paid back or set off went to the oldest part first.
    """
    found: dict[str, date] = {}
    left = {claim_id: amount.minor for claim_id, amount in owed.items() if amount.minor > 0}
    ids = list(left)
    for start in range(0, len(ids), CHUNK):
        query = (
            select(Line.claim_id, Line.amount_minor, Entry.on)
            .join(Entry, Entry.id == Line.entry_id)
            .where(
                Line.claim_id.in_(ids[start : start + CHUNK]),
                Line.account == Account.OWED_BY_FIRM,
                Line.amount_minor > 0,
            )
            .order_by(Entry.number.desc())
        )
        for claim_id, minor, on in session.execute(query):
            if left[claim_id] > 0:
                left[claim_id] -= minor
                found[claim_id] = on
    return found


def standing_approvals(session: Session, claim_id: str) -> list[Standing]:
    """The approvals of a claim that were not reversed, oldest first; claw backs come off the newest ones first."""
    undone = select(Entry.reverses).where(Entry.reverses.is_not(None))
    query = (
        select(Entry, Line)
        .join(Line, Line.entry_id == Entry.id)
        .where(
            Entry.kind == Kind.APPROVAL,
            Entry.id.not_in(undone),
            Line.claim_id == claim_id,
            Line.account == Account.INDEMNITY,
        )
        .order_by(Entry.number)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    left = indemnity_of_claim(session, claim_id).minor
    found = []
    for entry, line in rows:
        here = min(line.amount_minor, left)
        left -= here
        approved = Money.from_minor(line.amount_minor, line.currency)
        found.append(Standing(entry, approved, Money.from_minor(here, line.currency)))
    return found


def place_of(session: Session, entry_id: str) -> Place:
    """What the first line of an entry is about."""
    query = select(Line).where(Line.entry_id == entry_id).order_by(Line.position).limit(1)
    line = session.execute(query).scalar_one()
    return Place(line.policy_id, line.obligor_id, line.claim_id)


def entries_of_claim(session: Session, claim_id: str) -> list[ShownEntry]:
    """Every entry that has a line of this claim, in their order, with its lines of this claim only."""
    query = (
        select(Entry, Line)
        .join(Line, Line.entry_id == Entry.id)
        .where(Line.claim_id == claim_id)
        .order_by(Entry.number, Line.position)
    )
    found: dict[str, tuple[Entry, list[tuple[str, Money]]]] = {}
    for entry, line in session.execute(query):
        lines = found.setdefault(entry.id, (entry, []))[1]
        lines.append((line.account, Money.from_minor(line.amount_minor, line.currency)))
    undone = [entry.reverses for entry, _lines in found.values() if entry.reverses]
    by_id = select(Entry.id, Entry.number).where(Entry.id.in_(undone))
    numbers = dict(session.execute(by_id).all()) if undone else {}
    return [
        ShownEntry(
            entry.number,
            entry.on,
            entry.kind,
            tuple(lines),
            numbers[entry.reverses] if entry.reverses else None,
            entry.reason,
            entry.entered_by,
            entry.approved_by,
        )
        for entry, lines in found.values()
    ]


def _of_firm(session: Session, uscc: str, account: Account, currency: str) -> Money:
    query = (
        select(func.sum(Line.amount_minor), func.min(Line.currency))
        .join(Policy, Policy.id == Line.policy_id)
        .where(Policy.uscc == uscc, Line.account == account)
    )
    minor, held = session.execute(query).one()
    return Money.from_minor(int(minor or 0), held or currency)


def _less(amount: Money) -> Money:
    return Money.from_minor(0, amount.currency) - amount
