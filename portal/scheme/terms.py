"""The terms of a scheme: load a terms file, and resolve its dated parameters on a day.

A city is added by one file in ``terms/``; nothing here or in the rules names a city, an amount or a date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from portal.scheme import dated
from portal.scheme.dated import Series, TermsError
from portal.scheme.findings import RULE_CODES
from portal.scheme.fingerprint import fingerprint_of
from portal.scheme.money import Money
from portal.scheme.terms_file import (
    BeforeFirstTerms,
    ProvisionalValue,
    TermValue,
    UnknownTerms,
    articles_of,
    content_of,
    first_date_of,
    keys_in,
    provisional_of,
    text_in,
    values_of,
)

__all__ = [
    "AfterCrossingCap", "BeforeFirstTerms", "CoverStarts", "ProvisionalValue", "TermValue", "Terms", "TermsError",
    "TermsOnDate", "UnknownTerms", "available_terms", "load_terms", "parse_terms", "terms_text",
]  # fmt: skip

_FOLDER = resources.files("portal.scheme") / "terms"
# Days asked for come from outside as well, so what is kept of them is bounded.
_DAYS_KEPT = 4096
_HEADER = {"key", "currency", "title", "city", "place", "articles"}


class CoverStarts(StrEnum):
    """From which day goods shipped are covered."""

    DAY_OF_ISSUE = "day_of_issue"


class AfterCrossingCap(StrEnum):
    """What becomes of cover when a firm's exports cross the cap in the middle of a policy year."""

    CONTINUES = "continues"
    """It goes on to the policy year's end; renewal is judged on the new base year."""


class _Parameters(NamedTuple):
    """Every parameter of a terms file with its type."""

    programme_end: Series[date | None]
    policy_year_start: Series[tuple[int, int]]
    window_opens: Series[tuple[int, int]]
    window_closes: Series[tuple[int, int]]
    base_year_lag: Series[int]
    export_cap: Series[Money]
    indemnity_ratio: Series[Decimal]
    obligor_cap: Series[Money]
    premium_rate: Series[Decimal]
    declarations: Series[tuple[str, ...]]
    cover_starts: Series[CoverStarts]
    after_crossing_cap: Series[AfterCrossingCap]


@dataclass(frozen=True, slots=True)
class TermsOnDate:
    """The parameters that hold for an application of one day.

    Days are inclusive. ``cap`` (base-year exports) and ``obligor_cap`` are in the scheme's currency;
    ``indemnity_ratio`` and ``premium_rate`` are shares of one. After the programme's end these are the last
    policy year's, so that an application made too late is judged, and refused, by them.
    """

    key: str
    place: str
    place_en: str
    policy_year: int
    base_year: int
    period_start: date
    period_end: date
    window_start: date
    window_end: date
    programme_end: date | None
    cap: Money
    indemnity_ratio: Decimal
    obligor_cap: Money
    premium_rate: Decimal
    declarations: tuple[str, ...]
    cover_starts: CoverStarts
    after_crossing_cap: AfterCrossingCap
    provisional: tuple[ProvisionalValue, ...]
    _articles: Mapping[str, str] = field(repr=False, compare=False)

    def article(self, code: str) -> str:
        """What the rule ``code`` applies; ``KeyError`` for a code that is no rule."""
        return self._articles[code]


@dataclass(frozen=True, slots=True)
class Terms:
    """One scheme's terms over time. ``fingerprint`` is the SHA-256 of the content, whatever its layout."""

    key: str
    city: str
    city_en: str
    place: str
    place_en: str
    title: str
    title_en: str
    currency: str
    fingerprint: str
    first_date: date
    articles: Mapping[str, str] = field(compare=False)
    _read: _Parameters = field(repr=False, compare=False)
    _resolved: dict[date, TermsOnDate] = field(default_factory=dict, repr=False, compare=False)

    def on(self, day: date) -> TermsOnDate:
        """The parameters for an application of ``day``; :class:`BeforeFirstTerms` before the first ones."""
        found = self._resolved.get(day)
        if found is None:
            if len(self._resolved) >= _DAYS_KEPT:
                self._resolved.clear()
            found = self._resolved[day] = self._resolve(day)
        return found

    def values(self) -> tuple[TermValue, ...]:
        """Every dated value of the file, for a page that shows them all."""
        return values_of(self._read._asdict())

    @property
    def provisional(self) -> tuple[ProvisionalValue, ...]:
        """Every provisional value of the file."""
        return provisional_of(self.values())

    def _resolve(self, day: date) -> TermsOnDate:
        if day < self.first_date:
            raise BeforeFirstTerms(self.key, day, self.first_date)
        read = self._read
        end = read.programme_end.at(day).value
        day = min(day, end) if end else day
        first_day = read.policy_year_start.at(day).value
        year_start = _last_before(day, first_day)
        year_end = _day_before_next(year_start, first_day)
        opens = _next_after(year_start, read.window_opens.at(day).value)
        closes = _next_after(opens, read.window_closes.at(day).value)
        held = {path: steps.at(day).provisional for path, steps in read._asdict().items()}
        return TermsOnDate(
            key=self.key,
            place=self.place,
            place_en=self.place_en,
            policy_year=year_start.year,
            base_year=year_start.year - read.base_year_lag.at(day).value,
            period_start=max(year_start, self.first_date),
            period_end=min(year_end, end) if end else year_end,
            window_start=max(opens, self.first_date),
            window_end=min(closes, end) if end else closes,
            programme_end=end,
            cap=read.export_cap.at(day).value,
            indemnity_ratio=read.indemnity_ratio.at(day).value,
            obligor_cap=read.obligor_cap.at(day).value,
            premium_rate=read.premium_rate.at(day).value,
            declarations=read.declarations.at(day).value,
            cover_starts=read.cover_starts.at(day).value,
            after_crossing_cap=read.after_crossing_cap.at(day).value,
            provisional=tuple(ProvisionalValue(path, *reason) for path, reason in held.items() if reason),
            _articles=self.articles,
        )


def _last_before(day: date, month_and_day: tuple[int, int]) -> date:
    this_year = day.replace(month=month_and_day[0], day=month_and_day[1])
    return this_year if this_year <= day else this_year.replace(year=day.year - 1)


def _next_after(day: date, month_and_day: tuple[int, int]) -> date:
    this_year = day.replace(month=month_and_day[0], day=month_and_day[1])
    if this_year >= day:
        return this_year
    return this_year.replace(year=day.year + 1) if day.year < date.max.year else date.max


def _day_before_next(day: date, month_and_day: tuple[int, int]) -> date:
    if day.year == date.max.year:
        return date.max
    return day.replace(year=day.year + 1, month=month_and_day[0], day=month_and_day[1]) - timedelta(days=1)


def available_terms() -> tuple[str, ...]:
    """The keys of the terms files that ship with the portal, in alphabetical order."""
    return keys_in(_FOLDER)


def terms_text(key: str) -> str:
    """The text of a terms file, to be kept under its fingerprint; :class:`UnknownTerms` if there is none."""
    return text_in(_FOLDER, key, "scheme")


@lru_cache(maxsize=64)
def load_terms(key: str) -> Terms:
    """The terms that ship under ``key``; :class:`UnknownTerms` or :class:`TermsError`."""
    terms = parse_terms(terms_text(key))
    if terms.key != key:
        raise TermsError(f"{key}.toml: its key is {terms.key}")
    return terms


def parse_terms(text: str) -> Terms:
    """Read a terms file's text; :class:`TermsError` for anything unknown, missing or unordered."""
    content = content_of(text, "terms", _HEADER.union(_Parameters._fields))
    currency = dated.text(content["currency"], "currency")
    money = dated.amount(currency)
    read = _Parameters(
        programme_end=dated.series(content["programme_end"], "programme_end", dated.day_or_open),
        policy_year_start=dated.series(content["policy_year_start"], "policy_year_start", dated.month_and_day),
        window_opens=dated.series(content["window_opens"], "window_opens", dated.month_and_day),
        window_closes=dated.series(content["window_closes"], "window_closes", dated.month_and_day),
        base_year_lag=dated.series(content["base_year_lag"], "base_year_lag", dated.whole_number),
        export_cap=dated.series(content["export_cap"], "export_cap", money),
        indemnity_ratio=dated.series(content["indemnity_ratio"], "indemnity_ratio", dated.share),
        obligor_cap=dated.series(content["obligor_cap"], "obligor_cap", money),
        premium_rate=dated.series(content["premium_rate"], "premium_rate", dated.share),
        declarations=dated.series(content["declarations"], "declarations", dated.codes),
        cover_starts=dated.series(content["cover_starts"], "cover_starts", dated.one_of(CoverStarts)),
        after_crossing_cap=dated.series(
            content["after_crossing_cap"], "after_crossing_cap", dated.one_of(AfterCrossingCap)
        ),
    )
    title = dated.both_languages(content["title"], "title")
    city = dated.both_languages(content["city"], "city")
    place = dated.both_languages(content["place"], "place")
    return Terms(
        key=dated.text(content["key"], "key"),
        city=city.zh,
        city_en=city.en,
        place=place.zh,
        place_en=place.en,
        title=title.zh,
        title_en=title.en,
        currency=currency,
        fingerprint=fingerprint_of(content),
        first_date=first_date_of(read),
        articles=articles_of(content["articles"], RULE_CODES),
        _read=read,
    )
