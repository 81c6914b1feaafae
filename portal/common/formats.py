"""How amounts, dates, counts and differing characters are written, in Chinese and in English.

Every function returns plain text with no-break spaces inside a value, so that it may stand in a sentence, an
attribute or a sheet; only :func:`mark_differences`, :func:`masked`, :func:`chinese` and :func:`unbroken` return
markup. ``None`` is written as a dash, which on every page means that the source has no such value.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import groupby
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from flask import Flask, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from portal.common import drawing

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "—"
MASKS = "*＊"
HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
TAG_OR_HAN = re.compile(
    f"(<[^>]*>)|[{HAN}](?:[{HAN}0-9*、，。！？；：“”《》〈〉（）〔〕·]*[{HAN}。！？；”》）〕])?"
)
TAG_OR_HYPHENED = re.compile(r"(<[^>]*>)|\b(?:\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?|[A-Z]\d{4}-\d{4,6})\b", re.ASCII)
LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEN_THOUSAND = 10_000


@runtime_checkable
class MoneyLike(Protocol):
    """An exact amount: whole hundredths and an ISO 4217 currency code."""

    @property
    def minor(self) -> int:
        """The amount in hundredths of the currency, also of one that has no smaller coin."""

    @property
    def currency(self) -> str:
        """The ISO 4217 code."""


def in_chinese() -> bool:
    """Whether the reader is served in Chinese, which is also what holds outside a request."""
    locale = get_locale()
    return locale is None or locale.language == "zh"


def amount(value: MoneyLike | int | None, currency: str = "USD") -> str:
    """The number of an amount without its currency: ``50,000.00``, with U+2212 for minus.

    ``value`` is a money object or an integer in hundredths of ``currency``. A float is refused, as it is not
    exact (``TypeError``).
    """
    if value is None:
        return DASH
    if isinstance(value, MoneyLike):
        minor, currency = value.minor, value.currency
    elif isinstance(value, int):
        minor = value
    else:
        raise TypeError(f"an amount is a money object or integer minor units, not {type(value).__name__}")
    digits = 0 if get_currency_precision(currency) == 0 and minor % 100 == 0 else 2
    text = f"{Decimal(abs(minor)).scaleb(-2):,.{digits}f}"
    return MINUS + text if minor < 0 else text


def money(value: MoneyLike | int | None, currency: str = "USD") -> str:
    """An amount with its currency: ``USD 50,000.00``, unbreakable. Arguments as for :func:`amount`."""
    if value is None:
        return DASH
    code = value.currency if isinstance(value, MoneyLike) else currency
    return f"{code}{NBSP}{amount(value, code)}"


def day(value: date | None) -> str:
    """A calendar day: ``2023-02-08`` in Chinese, ``8 Feb 2023`` in English; a datetime as in Shanghai."""
    if value is None:
        return DASH
    if isinstance(value, datetime):
        value = _local(value).date()
    if in_chinese():
        return value.isoformat()
    return NBSP.join((str(value.day), ENGLISH_MONTHS[value.month - 1], f"{value.year:04d}"))


def short_day(value: date | None) -> str:
    """A day without its year, for columns whose heading gives the year: ``02-08`` or ``8 Feb``."""
    if value is None:
        return DASH
    if isinstance(value, datetime):
        value = _local(value).date()
    if in_chinese():
        return f"{value.month:02d}-{value.day:02d}"
    return f"{value.day}{NBSP}{ENGLISH_MONTHS[value.month - 1]}"


def moment(value: datetime | None) -> str:
    """A point in time as a clock in Shanghai shows it, to the minute; ``ValueError`` without a time zone."""
    if value is None:
        return DASH
    local = _local(value)
    return f"{day(local.date())}{NBSP}{local:%H:%M}"


def clock_time(value: datetime | None) -> str:
    """Hour and minute in Shanghai, as in "saved 14:32"; ``ValueError`` without a time zone."""
    return DASH if value is None else f"{_local(value):%H:%M}"


def days(number: int) -> str:
    """A length in days: ``9 天``, ``1 day``, ``9 days``."""
    return str(ngettext("%(num)s day", "%(num)s days", number)).replace(" ", NBSP)


def days_ago(then: date, today: date) -> str:
    """How long ago a day was, seen from ``today``: ``9 天前``, ``9 days ago``, ``今天``.

    A later day than ``today`` is a ``ValueError``: it would read as if it had happened.
    """
    number = (today - then).days
    if number < 0:
        raise ValueError(f"{then} is later than {today}")
    if number == 0:
        return str(_("today"))
    return str(ngettext("%(num)s day ago", "%(num)s days ago", number)).replace(" ", NBSP)


def count_text(value: int | None) -> str:
    """A count with thousands separators: ``3,120``."""
    if value is None:
        return DASH
    return f"{MINUS if value < 0 else ''}{abs(value):,d}"


def axis_number(value: int) -> str:
    """A number on an axis: in Chinese whole ten-thousands are written with 万, as in ``180 万``."""
    if in_chinese() and value and value % TEN_THOUSAND == 0:
        return f"{count_text(value // TEN_THOUSAND)}{NBSP}万"
    return count_text(value)


def percent(share: Decimal | int | None, digits: int = 1) -> str:
    """A share of one as a percentage, rounded half up: ``68.8 %`` in Chinese, ``68.8%`` in English."""
    if share is None:
        return DASH
    rounded = drawing.half_up(Decimal(share) * 100, digits)
    sign = MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}{NBSP if in_chinese() else ''}%"


def file_size(octets: int) -> str:
    """A file's size for people: ``820 KB``, ``1.8 MB``."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))}{NBSP}KB"
    return f"{octets / 1_000_000:.1f}{NBSP}MB"


def masked(text: str | None) -> Markup:
    """A value whose hidden characters are shown dotted: ``3502031979****0012``."""
    if text is None:
        return Markup("—")
    return Markup("").join(
        Markup('<span class="tb-masked">{}</span>').format("".join(run)) if hidden else escape("".join(run))
        for hidden, run in groupby(text, key=MASKS.__contains__)
    )


def chinese(text: object) -> Markup:
    """Words that are Chinese on every page (a firm's name, an article): on an English page marked as such.

    A voice that reads the page aloud would spell them otherwise. ``text`` may hold English words, or be markup.
    """
    shown = escape("" if text is None else text)
    return shown if in_chinese() else _within(shown, TAG_OR_HAN, Markup('<span lang="zh-Hans">{}</span>'))


def unbroken(text: object) -> Markup:
    """``text`` or markup with each date and case number on one line: browsers break ``2026-11-30`` at a hyphen."""
    return _within(
        escape("" if text is None else text), TAG_OR_HYPHENED, Markup('<span class="text-nowrap">{}</span>')
    )


def _within(shown: Markup, found_by: re.Pattern[str], around: Markup) -> Markup:
    """Markup with what a pattern finds put into an element; its first group finds the tags, which stay."""
    parts, at = [], 0
    for found in found_by.finditer(shown):
        if not found[1]:
            parts += [shown[at : found.start()], around.format(shown[found.start() : found.end()])]
            at = found.end()
    return Markup("").join([*parts, shown[at:]])


def mark_differences(reference: str | None, other: str | None) -> Markup:
    """``other`` with every character marked in which it differs from ``reference``.

    What ``other`` has more or otherwise stands in ``<mark class="tb-differs">``; where it lacks characters an
    empty mark says so to the eye and names them to a screen reader. Characters that either side masks with
    ``*`` differ from nothing: they cannot be compared.
    """
    if other is None:
        return Markup("—")
    if reference is None or reference == other:
        return masked(other)
    if len(reference) == len(other) and any(sign in MASKS for sign in reference + other):
        return _mark_by_position(reference, other)
    pieces: list[Markup] = []
    for kind, from_a, to_a, from_b, to_b in SequenceMatcher(None, reference, other, autojunk=False).get_opcodes():
        piece = other[from_b:to_b]
        if kind == "equal":
            pieces.append(masked(piece))
        elif kind == "delete":
            pieces.append(_missing(reference[from_a:to_a]))
        else:
            pieces.extend(_differing(piece))
    return Markup("").join(pieces)


def _mark_by_position(reference: str, other: str) -> Markup:
    def differs(pair: tuple[str, str]) -> bool:
        left, right = pair
        return left != right and left not in MASKS and right not in MASKS

    pieces: list[Markup] = []
    for different, run in groupby(zip(reference, other, strict=True), key=differs):
        piece = "".join(right for _left, right in run)
        pieces.extend(_differing(piece) if different else [masked(piece)])
    return Markup("").join(pieces)


def _differing(text: str) -> list[Markup]:
    return [
        masked("".join(run)) if hidden else Markup('<mark class="tb-differs">{}</mark>').format("".join(run))
        for hidden, run in groupby(text, key=MASKS.__contains__)
    ]


def _missing(text: str) -> Markup:
    return Markup('<mark class="tb-differs tb-missing"><span class="visually-hidden">{}</span></mark>').format(
        _("missing: %(text)s", text=text)
    )


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone")
    return value.astimezone(LOCAL_ZONE)


def url_with(**changes: str | int | None) -> str:
    """The address of this page with some query values changed; ``None`` takes one out.

    Filters, sorting and paging all live in the address, so that a view can be shared as it is.
    """
    values: dict[str, object] = {**request.args.to_dict(flat=False), **(request.view_args or {})}
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    # Query names such as ``_external`` steer url_for itself and must not be taken from a visitor's address.
    steering = ("_anchor", "_external", "_method", "_scheme")
    return url_for(
        request.endpoint or "",
        **{k: v for k, v in values.items() if k not in steering},  # type: ignore[arg-type]
    )


def register(app: Flask) -> None:
    """Make the functions of this module, and the drawings, known to every template of ``app``."""
    filters: tuple[Callable[..., object], ...] = (
        money, amount, day, short_day, moment, clock_time, days, days_ago, count_text, axis_number, percent,
        file_size, masked, mark_differences, chinese, unbroken,
    )  # fmt: skip
    for function in filters:
        app.add_template_filter(function)
        app.add_template_global(function)
    app.add_template_global(url_with)
    app.add_template_global(drawing.load_line, "load_line_shape")
    app.add_template_global(drawing.year_bar, "year_bar_shape")
    app.add_template_global(drawing.pages_shown)
