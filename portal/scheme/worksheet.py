"""A calculation as its steps: every line with its amount, what it is computed from, and the article behind it.

Page, PDF, JSON and Excel show these same lines; none computes again. A line says what it is by a code, and how it
comes about by an operation on other lines, so that a sheet can be recalculated (:func:`recalculated`) or written
as live formulas. Labels and sentences live outside the rulebook.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

from portal.scheme.cited import Articles
from portal.scheme.money import CurrencyMismatch, Money

Value = Money | Decimal
"""An amount, or a number without a currency: a ratio (share of one) or a rate."""


class Operation(StrEnum):
    """How a line comes about from the lines that it names, in their order."""

    INPUT = "input"
    SUM = "sum"
    MINUS = "minus"
    """The first, less all the others."""
    NOT_BELOW_ZERO = "not_below_zero"
    """The first, less all the others, but never below zero."""
    TIMES = "times"
    """An amount by a ratio."""
    CONVERT = "convert"
    """An amount by a rate, into the currency of the line."""
    LEAST = "least"
    ROUND = "round"
    """Half up to the cent."""
    PROPORTION = "proportion"
    """The first, by the second over the third, half up to the cent; zero where the third is zero."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line. ``key`` is its own in the sheet, ``code`` what it is; ``of`` are the keys that it comes from."""

    key: str
    code: str
    operation: Operation
    of: tuple[str, ...]
    value: Value
    article: str
    provisional: bool
    parameters: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """What the line says of itself besides its amount, such as an invoice's label; "" if nothing."""
        return dict(self.parameters).get(name, "")


Worksheet = tuple[Step, ...]


class Sheet:
    """A worksheet being written: every line's value is computed from the lines it names, and from them alone."""

    def __init__(self, articles: Articles, sources: Mapping[str, str], currency: str) -> None:
        """``sources`` says under which key of ``articles`` a line's code is cited; sums are in ``currency``."""
        self._articles, self._sources, self._currency = articles, sources, currency
        self._steps: dict[str, Step] = {}

    def given(self, key: str, code: str, value: Value, **parameters: str) -> str:
        """Write a line that comes from outside; its key."""
        return self._write(key, code, Operation.INPUT, (), value, parameters)

    def computed(self, key: str, code: str, operation: Operation, *of: str, **parameters: str) -> str:
        """Write a line that comes from the lines ``of``; its key. ``KeyError`` for a line not written yet."""
        value = evaluate(operation, [self._steps[one].value for one in of], self._currency)
        return self._write(key, code, operation, of, value, parameters)

    def __getitem__(self, key: str) -> Value:
        """The value of a line."""
        return self._steps[key].value

    def amount(self, key: str) -> Money:
        """The value of a line that is an amount."""
        return _money(self._steps[key].value)

    @property
    def lines(self) -> Worksheet:
        """The sheet as it stands."""
        return tuple(self._steps.values())

    def _write(
        self,
        key: str,
        code: str,
        operation: Operation,
        of: Sequence[str],
        value: Value,
        parameters: dict[str, str],
    ) -> str:
        if key in self._steps:
            raise ValueError(f"the line {key} stands twice")
        cited = self._articles[self._sources[code]]
        told = tuple(sorted(parameters.items()))
        self._steps[key] = Step(key, code, operation, tuple(of), value, cited.article, cited.provisional, told)
        return key


def evaluate(operation: Operation, values: Sequence[Value], currency: str) -> Value:
    """What an operation makes of ``values``; unlike currencies raise ``CurrencyMismatch``.

    ``currency`` is that of a sum of nothing, and the one converted into. ``ValueError`` for an input,
    which nothing computes.
    """
    match operation:
        case Operation.SUM:
            return reduce(add, map(_money, values), Money.of("0.00", currency))
        case Operation.MINUS:
            return reduce(_less, values)
        case Operation.NOT_BELOW_ZERO:
            left = reduce(_less, values)
            if isinstance(left, Decimal):
                return max(left, Decimal(0))
            return left if left.amount > 0 else Money.of("0.00", left.currency)
        case Operation.TIMES:
            return _money(values[0]).times(_number(values[1]))
        case Operation.CONVERT:
            return Money(_money(values[0]).times(_number(values[1])).amount, currency)
        case Operation.LEAST:
            return min(map(_money, values))
        case Operation.ROUND:
            return _money(values[0]).round_half_up()
        case Operation.PROPORTION:
            return _proportion(*map(_money, values))
        case Operation.INPUT:
            raise ValueError("an input is computed from nothing")


def recalculated(worksheet: Worksheet) -> Worksheet:
    """The sheet computed anew from its inputs alone; equal to the sheet unless a line was tampered with."""
    known: dict[str, Step] = {}
    for step in worksheet:
        if step.operation is not Operation.INPUT:
            currency = step.value.currency if isinstance(step.value, Money) else ""
            step = replace(step, value=evaluate(step.operation, [known[one].value for one in step.of], currency))
        known[step.key] = step
    return tuple(known.values())


def to_canonical(worksheet: Worksheet) -> list[dict[str, Any]]:
    """The sheet as plain values for JSON: amounts as decimal text with their currency, numbers as text."""
    return [
        {
            "key": step.key,
            "code": step.code,
            "operation": step.operation.value,
            "of": list(step.of),
            "value": value_text(step.value),
            "currency": step.value.currency if isinstance(step.value, Money) else None,
            "article": step.article,
            "provisional": step.provisional,
            "parameters": dict(step.parameters),
        }
        for step in worksheet
    ]


def from_canonical(raw: Sequence[Mapping[str, Any]]) -> Worksheet:
    """The sheet that :func:`to_canonical` wrote; ``KeyError`` or ``ValueError`` for anything else."""
    return tuple(
        Step(
            key=line["key"],
            code=line["code"],
            operation=Operation(line["operation"]),
            of=tuple(line["of"]),
            value=Money.of(line["value"], line["currency"]) if line["currency"] else Decimal(line["value"]),
            article=line["article"],
            provisional=line["provisional"],
            parameters=tuple(sorted(line["parameters"].items())),
        )
        for line in raw
    )


def value_text(value: Value) -> str:
    """A value in plain digits: an amount with at least two decimal places, a number with no more than it needs."""
    return value.text if isinstance(value, Money) else f"{value.normalize():f}"


def _less(first: Value, other: Value) -> Value:
    return first - _number(other) if isinstance(first, Decimal) else first - _money(other)


def _money(value: Value) -> Money:
    if not isinstance(value, Money):
        raise TypeError(f"{value} is a number, and an amount is wanted")
    return value


def _number(value: Value) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value} is an amount, and a number is wanted")
    return value


def _proportion(of: Money, part: Money, whole: Money) -> Money:
    if len({of.currency, part.currency, whole.currency}) != 1:
        raise CurrencyMismatch(f"{of}, {part} and {whole} are of unlike currencies")
    if whole.amount == 0:
        return Money.of("0.00", of.currency)
    share = Fraction(of.amount) * Fraction(part.amount) / Fraction(whole.amount)
    return Money.from_minor(math.floor(share * 100 + Fraction(1, 2)), of.currency)
