"""The ledger as pages show it: a claim's entries line by line."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.accounts.queries import names_of
from portal.common.formats import money
from portal.common.people import People
from portal.ledger.accounts import Account, Kind
from portal.ledger.names import ACCOUNT_NAMES, KIND_NAMES
from portal.ledger.queries import balance, entries_of_claim
from portal.scheme.money import Money


@dataclass(frozen=True)
class ShownLine:
    """One line: the account's words, and its amount as a debit or as a credit ("" for the other)."""

    account: str
    debit: str
    credit: str


@dataclass(frozen=True)
class ShownMovement:
    """One entry with its lines. `reverses` is the number of the entry it undoes, `by` and `approved_by` names."""

    number: int
    on: date
    title: str
    lines: tuple[ShownLine, ...]
    reverses: int | None
    reason: str | None
    by: str
    approved_by: str | None


def claim_ledger(session: Session, people: People, claim_id: str) -> list[ShownMovement]:
    """The entries of a claim, oldest first, in the reader's language; for staff and auditors only."""
    entries = entries_of_claim(session, claim_id)
    acting = {one.entered_by for one in entries} | {one.approved_by for one in entries if one.approved_by}
    names = names_of(session, people, acting)
    return [
        ShownMovement(
            one.number,
            one.on,
            str(KIND_NAMES[Kind(one.kind)]),
            tuple(_line(account, amount) for account, amount in one.lines),
            one.reverses,
            one.reason,
            names.get(one.entered_by, one.entered_by),
            names.get(one.approved_by, one.approved_by) if one.approved_by else None,
        )
        for one in entries
    ]


def claim_balances(session: Session, claim_id: str) -> list[tuple[str, str]]:
    """What stands on a claim: the accounts with a balance, in words, each with its amount without a sign."""
    found = []
    for account in Account:
        left = balance(session, account, claim_id)
        if left.minor:
            found.append((str(ACCOUNT_NAMES[account]), money(abs(left.minor), left.currency)))
    return found


def _line(account: str, amount: Money) -> ShownLine:
    words, plain = str(ACCOUNT_NAMES[Account(account)]), money(abs(amount.minor), amount.currency)
    return ShownLine(words, "", plain) if amount.minor < 0 else ShownLine(words, plain, "")
