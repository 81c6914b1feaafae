"""Which invoice a sum of money lessens, over all the invoices of a notice, covered or not.

[provisional] Resale proceeds and other credits go to their own invoice, a payment to the invoice that the
payer's remittance names, else to the oldest due date first, covered or not. What a named invoice does not owe
any more goes on to the oldest due date; what nobody owes is told as a surplus and lessens nothing. Own money is
laid first, named payments next, the others last, so that neither the order of arrival nor a coincidence of days
changes the result. A sum only ever lessens invoices of its own currency.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.scheme.conversion import Rate
from portal.scheme.money import CurrencyMismatch, Money

PAYMENT = "payment"
RESALE = "resale"
CREDIT = "credit"
KINDS = (RESALE, CREDIT, PAYMENT)


@dataclass(frozen=True, slots=True)
class InvoiceInput:
    """One invoice of the notice. ``recognised`` is what this worksheet counts of it, before any money came in.

    It is zero for an invoice that is refused, outside cover or of another policy: such a one only takes its
    part of the money. ``owed`` is what the obligor owes on it, at least ``recognised`` (which it is where
    nothing is said); ``rate`` is None in the scheme's own currency.
    """

    key: str
    label: str
    recognised: Money
    due_on: date
    rate: Rate | None = None
    owed: Money | None = None

    @property
    def open(self) -> Money:
        """What money can be laid on it."""
        return self.recognised if self.owed is None else self.owed


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """A payment, resale proceeds or another credit, net of agreed costs; ``invoice`` is what it names, if any."""

    key: str
    kind: str
    invoice: str | None
    received_on: date
    amount: Money


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a sum that falls on one invoice."""

    money: str
    kind: str
    invoice: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """Every piece, and of each sum what nobody owes (only those above zero)."""

    pieces: tuple[Piece, ...]
    surplus: Mapping[str, Money]

    def on(self, invoice: str, kind: str, currency: str) -> Money:
        """What of one kind falls on an invoice."""
        found = [piece.amount for piece in self.pieces if (piece.invoice, piece.kind) == (invoice, kind)]
        return sum_of(found, currency)


def allocate(invoices: Sequence[InvoiceInput], money_in: Sequence[MoneyIn]) -> Allocation:
    """Lay every sum on the invoices; pieces and surplus of a sum always add up to it.

    Raises ``ValueError`` for a key that stands twice, an invoice that is not there, an unknown kind, own money
    without an invoice, or an amount below zero, and ``CurrencyMismatch`` for money that names an invoice of
    another currency or finds none of its own.
    """
    _check(invoices, money_in)
    left = {invoice.key: invoice.open for invoice in invoices}
    oldest = [invoice.key for invoice in sorted(invoices, key=lambda one: (one.due_on, one.key))]
    pieces: list[Piece] = []
    surplus: dict[str, Money] = {}
    for money in sorted(money_in, key=_order):
        rest = money.amount
        for invoice in _targets(money, oldest, left):
            laid = min(rest, left[invoice])
            if laid.amount > 0:
                pieces.append(Piece(money.key, money.kind, invoice, laid))
                left[invoice], rest = left[invoice] - laid, rest - laid
        if rest.amount > 0:
            surplus[money.key] = rest
    return Allocation(tuple(pieces), surplus)


def sum_of(amounts: Iterable[Money], currency: str) -> Money:
    """The exact sum of amounts in ``currency``; ``CurrencyMismatch`` for another one."""
    total = Money.of("0.00", currency)
    for amount in amounts:
        total += amount
    return total


def _order(money: MoneyIn) -> tuple[int, bool, date, str]:
    return KINDS.index(money.kind), money.invoice is None, money.received_on, money.key


def _targets(money: MoneyIn, oldest: Sequence[str], left: Mapping[str, Money]) -> list[str]:
    named = [money.invoice] if money.invoice is not None else []
    if money.kind != PAYMENT:
        return named
    others = [key for key in oldest if key != money.invoice and left[key].currency == money.amount.currency]
    return named + others


def _check(invoices: Sequence[InvoiceInput], money_in: Sequence[MoneyIn]) -> None:
    currencies = {invoice.key: invoice.open.currency for invoice in invoices}
    if len(currencies) != len(invoices) or len({money.key for money in money_in}) != len(money_in):
        raise ValueError("an invoice, or a sum of money, stands twice")
    for invoice in invoices:
        if invoice.recognised.amount < 0 or invoice.open < invoice.recognised:
            raise ValueError(f"{invoice.recognised} recognised of {invoice.open} owed on {invoice.key}")
    for money in money_in:
        if money.kind not in KINDS or money.amount.amount < 0:
            raise ValueError(f"{money.amount} of kind {money.kind}")
        if money.invoice is None:
            if money.kind != PAYMENT:
                raise ValueError(f"{money.kind} {money.key} names no invoice")
            if money.amount.currency not in currencies.values():
                raise CurrencyMismatch(f"no invoice is in {money.amount.currency}, the currency of {money.key}")
        elif money.invoice not in currencies:
            raise ValueError(f"{money.key} names the invoice {money.invoice}, which is not there")
        elif currencies[money.invoice] != money.amount.currency:
            raise CurrencyMismatch(f"{money.amount} of {money.key} for an invoice in {currencies[money.invoice]}")
