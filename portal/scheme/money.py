"""Exact amounts of money with their currency."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

CENT = Decimal("0.01")
_MINOR_PER_UNIT = Decimal(100)
# An operation that would have to round raises instead: no cent is lost in silence.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
_WELL_FORMED = frozenset({"USD", "CNY", "EUR"})
_CURRENCY = re.compile(r"[A-Z]{3}")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class CurrencyMismatch(ValueError):
    """Two amounts of unlike currencies were added, subtracted or compared."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in units of ``currency`` (ISO 4217 code, one that has two decimal places).

    Fractions of a cent are allowed on the way (after a conversion), and only :meth:`round_half_up` takes them
    away. A float raises ``TypeError``; an infinite or undefined amount or a malformed code ``ValueError``.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is not exact."""
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"an amount is a Decimal, not {type(self.amount).__name__}")
        if not self.amount.is_finite():
            raise ValueError(f"{self.amount} is no amount")
        if self.currency not in _WELL_FORMED and not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is no currency code")

    @classmethod
    def of(cls, amount: str, currency: str) -> "Money":
        """Read plain digits (``"6000000.00"``).

        ``ValueError`` for any other text (``1e9``, ``1,000``), ``TypeError`` for what is no text.
        """
        if not isinstance(amount, str):
            raise TypeError(f"an amount is read from text, not from {type(amount).__name__}")
        if not _PLAIN_NUMBER.fullmatch(amount):
            raise ValueError(f"{amount!r} is no amount")
        return cls(Decimal(amount), currency)

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> "Money":
        """Make an amount of whole cents; ``TypeError`` for anything but an ``int``."""
        if isinstance(minor, bool) or not isinstance(minor, int):
            raise TypeError(f"minor units are a whole number, not {type(minor).__name__}")
        return cls(_EXACT.scaleb(Decimal(minor), -2), currency)

    @property
    def minor(self) -> int:
        """The amount in cents; ``ValueError`` if it is not a whole number of them."""
        cents = _EXACT.multiply(self.amount, _MINOR_PER_UNIT)
        if cents != cents.to_integral_value():
            raise ValueError(f"{self} is not a whole number of cents")
        return int(cents)

    @property
    def text(self) -> str:
        """Plain digits with two decimal places, more only where needed; the same for equal amounts."""
        digits = str(self.amount)
        if digits[-3:-2] == "." and digits != "-0.00":
            return digits
        whole, _point, fraction = f"{self.amount:f}".partition(".")
        return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}" if self.amount else "0.00"

    def __str__(self) -> str:
        """``USD 6000000.00``, for messages to engineers; people are shown the forms of the pages."""
        return f"{self.currency} {self.text}"

    def _same(self, other: "Money") -> Decimal:
        if not isinstance(other, Money):
            raise TypeError(f"money does not mix with {type(other).__name__}")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} are of unlike currencies")
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        """The exact sum; :class:`CurrencyMismatch` for unlike currencies."""
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The exact difference; :class:`CurrencyMismatch` for unlike currencies."""
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def times(self, factor: Decimal) -> "Money":
        """The exact product with a ratio or a rate, fractions of a cent and all; a float is a ``TypeError``."""
        if not isinstance(factor, Decimal):
            raise TypeError(f"an amount is multiplied by a Decimal, not by {type(factor).__name__}")
        return Money(_EXACT.multiply(self.amount, factor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        """Compare within one currency."""
        return self.amount >= self._same(other)

    def round_half_up(self) -> "Money":
        """The amount in whole cents, half a cent away from zero."""
        rounding = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
        return Money(self.amount.quantize(CENT, context=rounding), self.currency)
