"""Where the parts of bars and charts stand, in per cent of the drawing; templates only write them down.

Nothing here is money: amounts come in as exact numbers and leave as positions, rounded to a hundredth of a
per cent, which is finer than a screen shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TypeAlias

LINE_AT = 75
"""The marked limit stands here, in per cent of the width, in every load line."""
CUT_AT = 96
"""A bar that runs past the right edge stops here, to leave room for the sign that it was cut."""
MOST_LABELS = 12

Number: TypeAlias = int | Decimal


def half_up(value: Decimal, digits: int) -> Decimal:
    """``value`` rounded half up to ``digits`` places."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _position(part: Number, whole: Number, scale: int = 100) -> float:
    return float(half_up(Decimal(part) * scale / Decimal(whole), 2)) if whole else 0.0


@dataclass(frozen=True)
class LoadLine:
    """A load-line bar in per cent of its width: certain, then possible, up to the line; lost beyond it."""

    certain: float
    possible: float
    lost: float
    cut: bool
    line: float = LINE_AT


def load_line(value: Number, cap: Number, possible: Number = 0) -> LoadLine:
    """How ``value``, and what may be added to it, stand against ``cap``; all three in one unit.

    A cap of 0 leaves no room: anything above it is lost and cut. A negative number is a ``ValueError``.
    """
    if value < 0 or cap < 0 or possible < 0:
        raise ValueError("a load line shows quantities, which are never below zero")
    if cap == 0:
        over = value + possible > 0
        return LoadLine(0.0, 0.0, float(CUT_AT - LINE_AT) if over else 0.0, cut=over)
    certain = _position(min(value, cap), cap, LINE_AT)
    filled = _position(min(value + possible, cap), cap, LINE_AT)
    lost = _position(max(value + possible - cap, 0), cap, LINE_AT)
    cut = lost > 100 - LINE_AT
    return LoadLine(certain, round(filled - certain, 2), float(CUT_AT - LINE_AT) if cut else lost, cut)


@dataclass(frozen=True)
class YearBar:
    """A policy year in per cent: the uninsured gap, then the cover; ``*_days`` count both ends.

    ``gap_ends`` is the last day without cover, None where cover began with the year.
    """

    gap: float
    cover: float
    gap_days: int
    cover_days: int
    gap_ends: date | None


def year_bar(start: date, end: date, cover_from: date, cover_to: date | None = None) -> YearBar:
    """How much of the year ``start``–``end`` lies before cover began; ``ValueError`` if out of order."""
    cover_to = cover_to or end
    if not start <= cover_from <= cover_to <= end:
        raise ValueError(f"cover {cover_from} to {cover_to} does not lie in {start} to {end}")
    year = (end - start).days + 1
    gap, cover = (cover_from - start).days, (cover_to - cover_from).days + 1
    last = cover_from - timedelta(days=1) if gap else None
    return YearBar(_position(gap, year), _position(cover, year), gap, cover, last)


@dataclass(frozen=True)
class Tick:
    """A line across a chart: its value and its distance from the top in per cent."""

    value: int
    y: float


@dataclass(frozen=True)
class Part:
    """One piece of a column: which series (by index), its value, and where it stands in per cent."""

    series: int
    value: Number
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """One column: its label (shown only if ``labelled``), its left edge and its pieces from the bottom up."""

    label: str
    labelled: bool
    x: float
    parts: tuple[Part, ...]
    total: Number
    top: float


@dataclass(frozen=True)
class Columns:
    """A column chart, plain or stacked."""

    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    width: float
    limit: Tick | None


@dataclass(frozen=True)
class Point:
    """One point of a line chart: label and place in per cent; ``y`` is None where there is no value yet."""

    label: str
    labelled: bool
    x: float
    y: float | None
    value: Number | None


@dataclass(frozen=True)
class Lines:
    """A line chart: the measured points, and a straight dashed comparison if there is one."""

    points: tuple[Point, ...]
    ticks: tuple[Tick, ...]
    comparison: tuple[float, float] | None

    @property
    def comparison_label(self) -> float | None:
        """How far down the dashed line lies at four fifths of the width, where its name is written."""
        if self.comparison is None:
            return None
        first, last = self.comparison
        return round(first + (last - first) * 0.8, 2)


def scale(highest: Number) -> tuple[int, ...]:
    """Axis values from 0 to at least ``highest``, in steps of 1, 2 or 5 times a power of ten, four at most."""
    wanted = max(1, int(Decimal(highest).to_integral_value(rounding=ROUND_CEILING)))
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if step * 4 >= wanted:
                return tuple(range(0, step * -(-wanted // step) + 1, step))
        power *= 10


def column_chart(labels: Sequence[str], series: Sequence[Sequence[Number]], limit: int | None = None) -> Columns:
    """Columns that start at 0, the first series lowest; a series of another length is a ``ValueError``."""
    if any(len(values) != len(labels) for values in series):
        raise ValueError("every series needs one value for each label")
    totals = [sum((values[i] for values in series), start=Decimal(0)) for i in range(len(labels))]
    steps = scale(max([*totals, Decimal(limit or 0)], default=Decimal(0)))
    top, slot = steps[-1], Decimal(100) / max(1, len(labels))
    every = -(-len(labels) // MOST_LABELS) or 1
    columns = []
    for i, label in enumerate(labels):
        parts, below = [], Decimal(0)
        for index, values in enumerate(series):
            height = _position(values[i], top)
            below += Decimal(values[i])
            parts.append(Part(index, values[i], round(100 - _position(below, top), 2), height))
        x = float(half_up(slot * i + slot * Decimal("0.17"), 2))
        columns.append(
            Column(label, i % every == 0, x, tuple(parts), below, round(100 - _position(below, top), 2))
        )
    ticks = tuple(Tick(step, round(100 - _position(step, top), 2)) for step in steps)
    mark = None if limit is None else Tick(limit, round(100 - _position(limit, top), 2))
    return Columns(tuple(columns), ticks, float(half_up(slot * Decimal("0.66"), 2)), mark)


def line_chart(
    labels: Sequence[str], values: Sequence[Number | None], comparison: tuple[Number, Number] | None = None
) -> Lines:
    """A line from 0 up; ``None`` is a point to come; ``comparison`` is a straight line's two ends."""
    if len(values) != len(labels):
        raise ValueError("every label needs one value or None")
    known = [value for value in values if value is not None]
    steps = scale(max([*known, *(comparison or ())], default=0))
    top, every = steps[-1], -(-len(labels) // MOST_LABELS) or 1

    def height(value: Number) -> float:
        return round(100 - _position(value, top), 2)

    points = tuple(
        Point(label, i % every == 0, _position(i, max(1, len(labels) - 1)), None if v is None else height(v), v)
        for i, (label, v) in enumerate(zip(labels, values, strict=True))
    )
    ticks = tuple(Tick(step, height(step)) for step in steps)
    return Lines(points, ticks, None if comparison is None else (height(comparison[0]), height(comparison[1])))


def pages_shown(page: int, pages: int) -> tuple[int | None, ...]:
    """The page numbers to offer: first ones, last and neighbours, with None for what is left out."""
    wanted = sorted(
        {1, pages, *(n for n in range(page - 1, page + 2) if 1 <= n <= pages), *range(1, min(3, pages) + 1)}
    )
    shown: list[int | None] = []
    for number in wanted:
        if shown and shown[-1] is not None and number - shown[-1] > 1:
            shown.append(None)
        shown.append(number)
    return tuple(shown)
