"""Dated parameters: a value, the day from which it holds, its article, and whether it is provisional.

The readers take what stands in a terms file and the place where it stands; each raises ``TermsError`` with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from portal.scheme.money import Money

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)


class TermsError(ValueError):
    """A terms file that cannot be used; the text names the place in the file."""


class Reason(NamedTuple):
    """Why a value is provisional, in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """A value that holds from ``starts_on`` until the next step."""

    starts_on: date
    value: T
    text: str
    article: str
    provisional: Reason | None


class Series(tuple[Step[T], ...]):
    """The steps of one parameter, earliest first."""

    __slots__ = ()

    def at(self, day: date) -> Step[T]:
        """The step that holds on ``day``; ``LookupError`` before the first one, as there is no default."""
        held = None
        for step in self:
            if step.starts_on > day:
                break
            held = step
        if held is None:
            raise LookupError(f"no value before {self[0].starts_on}")
        return held


def table(
    raw: object, where: str, required: set[str], optional: frozenset[str] = frozenset()
) -> Mapping[str, object]:
    """``raw`` as a table with exactly the keys wanted; :class:`TermsError` names a missing or unknown one."""
    if not isinstance(raw, dict):
        raise TermsError(f"{where}: a table is wanted")
    if unknown := raw.keys() - required - optional:
        raise TermsError(f"{where}: unknown {', '.join(sorted(unknown))}")
    if missing := required - raw.keys():
        raise TermsError(f"{where}: {', '.join(sorted(missing))} missing")
    return raw


def text(raw: object, where: str) -> str:
    """``raw`` as text that says something."""
    if not isinstance(raw, str) or not raw.strip():
        raise TermsError(f"{where}: a text is wanted")
    return raw


def both_languages(raw: object, where: str) -> Reason:
    """``raw`` as a table of ``zh`` and ``en``."""
    pair = table(raw, where, {"zh", "en"})
    return Reason(text(pair["zh"], f"{where}.zh"), text(pair["en"], f"{where}.en"))


def series(raw: object, where: str, read: Callable[[object, str], T]) -> Series[T]:
    """Read dated values, each with ``from``, ``value``, ``article`` and at will ``provisional``."""
    if not isinstance(raw, list) or not raw:
        raise TermsError(f"{where}: an array of dated values is wanted")
    steps: list[Step[T]] = []
    for number, item in enumerate(raw, start=1):
        place = f"{where}, value {number}"
        fields = table(item, place, {"from", "value", "article"}, frozenset({"provisional"}))
        starts_on = day(fields["from"], f"{place}: from")
        if steps and starts_on <= steps[-1].starts_on:
            raise TermsError(f"{place}: {starts_on} does not come after {steps[-1].starts_on}")
        reason = (
            both_languages(fields["provisional"], f"{place}: provisional") if "provisional" in fields else None
        )
        value = read(fields["value"], f"{place}: value")
        article = text(fields["article"], f"{place}: article")
        steps.append(Step(starts_on, value, _shown(fields["value"]), article, reason))
    return Series(steps)


def _shown(raw: object) -> str:
    return ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)


def day(raw: object, where: str) -> date:
    """``raw`` as a calendar day."""
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise TermsError(f"{where}: a date is wanted")
    return raw


def day_or_open(raw: object, where: str) -> date | None:
    """``raw`` as a calendar day, or ``"open"`` for no end."""
    return None if raw == "open" else day(raw, where)


def month_and_day(raw: object, where: str) -> tuple[int, int]:
    """``raw`` such as ``"12-31"``; 29 February is refused, as most years lack it."""
    parts = raw.split("-") if isinstance(raw, str) else []
    if len(parts) != 2 or not all(len(part) == 2 and part.isascii() and part.isdigit() for part in parts):
        raise TermsError(f'{where}: month and day are wanted as in "12-31"')
    month, day_of_month = int(parts[0]), int(parts[1])
    try:
        date(2023, month, day_of_month)
    except ValueError as error:
        raise TermsError(f"{where}: {raw} is no day of every year") from error
    return month, day_of_month


def whole_number(raw: object, where: str) -> int:
    """``raw`` as a whole number of at least zero."""
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
        raise TermsError(f"{where}: a whole number is wanted")
    return raw


def share(raw: object, where: str) -> Decimal:
    """``raw`` as a share of one, written as text: ``"0.80"``."""
    value = amount("XXX")(raw, where).amount  # XXX is ISO 4217 for "no currency"
    if value > 1:
        raise TermsError(f"{where}: {raw} is more than the whole")
    return value


def amount(currency: str) -> Callable[[object, str], Money]:
    """A reader of amounts in ``currency``, written as text: ``"6000000.00"``."""

    def read(raw: object, where: str) -> Money:
        try:
            value = Money.of(text(raw, where), currency)
        except ValueError as error:
            raise TermsError(f"{where}: {error}") from error
        if value.amount < 0:
            raise TermsError(f"{where}: {raw} is below zero")
        return value

    return read


def codes(raw: object, where: str) -> tuple[str, ...]:
    """``raw`` as a list of codes, none twice."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise TermsError(f"{where}: a list of codes is wanted")
    read = tuple(text(code, where) for code in raw)
    if len(set(read)) != len(read):
        raise TermsError(f"{where}: a code stands twice")
    return read


def one_of(words: type[Word]) -> Callable[[object, str], Word]:
    """A reader of one of the words that the portal knows how to follow; no other word is a value."""

    def read(raw: object, where: str) -> Word:
        word = text(raw, where)
        try:
            return words(word)
        except ValueError as error:
            raise TermsError(f"{where}: {word} is unknown; known is {', '.join(words)}") from error

    return read
