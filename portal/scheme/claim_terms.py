"""Claim terms: clocks, late points, documents and rules of claims, dated and cited like the terms of enrolment.

One file per scheme in `terms/claims/`, with a fingerprint of its own, so that a new clock never touches what was
decided about enrolment. The ratio and the cap per obligor stay in the scheme's terms. Nearly everything here is
provisional, because the wording of the micro policy is not public.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

from portal.scheme import dated
from portal.scheme.cited import Articles, Cited, settled
from portal.scheme.claim_words import (
    CostsAboveRecovery,
    LateCounts,
    PaymentsGoTo,
    RateDay,
    Risk,
    RoomRefilledBy,
)
from portal.scheme.dated import Series, TermsError
from portal.scheme.fingerprint import fingerprint_of
from portal.scheme.terms import Terms
from portal.scheme.terms_file import (
    BeforeFirstTerms,
    ProvisionalValue,
    TermValue,
    articles_of,
    content_of,
    first_date_of,
    provisional_of,
    text_in,
    values_of,
)

_FOLDER = resources.files("portal.scheme") / "terms" / "claims"
_HEADER = {"key", "articles"}
LINE_CODES = ("invoices", "payments", "resale", "credits", "loss", "conversion", "room", "rounding", "recovery")
"""The lines of a worksheet that rest on a rule and on no parameter: each has its article in the file."""


_WORDS: Mapping[str, type[StrEnum]] = {
    "late_counts": LateCounts,
    "rate_day": RateDay,
    "payments_go_to": PaymentsGoTo,
    "room_refilled_by": RoomRefilledBy,
    "costs_above_recovery": CostsAboveRecovery,
}


class Waiting(NamedTuple):
    """So many months from the latest due date (0: none at all), or until rejected goods are disposed of."""

    months: int
    until_disposal: bool


class _Parameters(NamedTuple):
    """Every parameter of a claim terms file with its type."""

    credit_term_months: Series[int]
    notice_days: Series[int]
    waiting_bankruptcy: Series[Waiting]
    waiting_protracted_default: Series[Waiting]
    waiting_rejection: Series[Waiting]
    waiting_political: Series[Waiting]
    waiting_letter_of_credit: Series[Waiting]
    claim_months_after_notice: Series[int]
    claim_months_after_waiting: Series[int]
    assessment_days: Series[int]
    payment_days: Series[int]
    remit_days: Series[int]
    repay_days: Series[int]
    late_points_per_period: Series[int]
    late_period_days: Series[int]
    late_points_most: Series[int]
    late_counts: Series[LateCounts]
    rate_day: Series[RateDay]
    rate_lookback_days: Series[int]
    payments_go_to: Series[PaymentsGoTo]
    room_refilled_by: Series[RoomRefilledBy]
    costs_above_recovery: Series[CostsAboveRecovery]
    documents_always: Series[tuple[str, ...]]
    documents_bankruptcy: Series[tuple[str, ...]]
    documents_protracted_default: Series[tuple[str, ...]]
    documents_rejection: Series[tuple[str, ...]]
    documents_political: Series[tuple[str, ...]]
    documents_letter_of_credit: Series[tuple[str, ...]]
    documents_paid_by_letter_of_credit: Series[tuple[str, ...]]
    documents_if_any: Series[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ClaimTermsOnDate:
    """The claim parameters that hold on one day: days and months as whole numbers, points in hundredths."""

    key: str
    credit_term_months: int
    notice_days: int
    waiting: Mapping[Risk, Waiting]
    claim_months_after_notice: int
    claim_months_after_waiting: int
    assessment_days: int
    payment_days: int
    remit_days: int
    repay_days: int
    late_points_per_period: int
    late_period_days: int
    late_points_most: int
    late_counts: LateCounts
    rate_day: RateDay
    rate_lookback_days: int
    payments_go_to: PaymentsGoTo
    room_refilled_by: RoomRefilledBy
    costs_above_recovery: CostsAboveRecovery
    documents_always: tuple[str, ...]
    documents_by_risk: Mapping[Risk, tuple[str, ...]]
    documents_paid_by_letter_of_credit: tuple[str, ...]
    documents_if_any: tuple[str, ...]
    _cited: Articles = field(repr=False, compare=False)

    def cited(self, path: str) -> Cited:
        """The source of the parameter, or of the line code, ``path``; ``KeyError`` if there is none."""
        return self._cited[path]

    def settled(self, confirmed: Collection[str]) -> "ClaimTermsOnDate":
        """The same values with no mark on those that the operator has confirmed."""
        return replace(self, _cited=settled(self._cited, confirmed))


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """One scheme's claim terms over time. ``fingerprint`` is the SHA-256 of the content, whatever its layout."""

    key: str
    fingerprint: str
    first_date: date
    articles: Mapping[str, str] = field(compare=False)
    _read: _Parameters = field(repr=False, compare=False)

    def on(self, day: date) -> ClaimTermsOnDate:
        """The parameters that hold on ``day``; :class:`BeforeFirstTerms` before the first ones."""
        if day < self.first_date:
            raise BeforeFirstTerms(self.key, day, self.first_date)
        held = {path: steps.at(day) for path, steps in self._read._asdict().items()}
        plain = {path: step.value for path, step in held.items() if path in _PLAIN}
        cited = {path: Cited(step.article, step.provisional is not None) for path, step in held.items()}
        cited |= {code: Cited(article, False) for code, article in self.articles.items()}
        return ClaimTermsOnDate(
            key=self.key,
            waiting={risk: held[f"waiting_{risk}"].value for risk in Risk},
            documents_by_risk={risk: held[f"documents_{risk}"].value for risk in Risk},
            _cited=cited,
            **plain,
        )

    def values(self) -> tuple[TermValue, ...]:
        """Every dated value of the file, for a page that shows them all."""
        return values_of(self._read._asdict())

    @property
    def provisional(self) -> tuple[ProvisionalValue, ...]:
        """Every provisional value of the file."""
        return provisional_of(self.values())


_PLAIN = {one.name for one in fields(ClaimTermsOnDate)} & set(_Parameters._fields)


def _waiting(raw: object, where: str) -> Waiting:
    if raw == "until_disposal":
        return Waiting(0, True)
    return Waiting(dated.whole_number(raw, where), False)


def _codes_or_none(raw: object, where: str) -> tuple[str, ...]:
    return () if raw == [] else dated.codes(raw, where)


def _period(raw: object, where: str) -> int:
    days = dated.whole_number(raw, where)
    if days == 0:
        raise TermsError(f"{where}: a period has at least a day")
    return days


def _reader(path: str) -> Callable[[object, str], Any]:
    if path in _WORDS:
        return dated.one_of(_WORDS[path])
    if path.startswith("documents_"):
        return _codes_or_none
    if path.startswith("waiting_"):
        return _waiting
    return _period if path == "late_period_days" else dated.whole_number


def claim_terms_text(key: str) -> str:
    """The text of a claim terms file, to be kept under its fingerprint; :class:`UnknownTerms` if there is none."""
    return text_in(_FOLDER, key, "claim terms")


@lru_cache(maxsize=64)
def load_claim_terms(key: str) -> ClaimTerms:
    """The claim terms that ship under ``key``; :class:`UnknownTerms` or :class:`TermsError`."""
    terms = parse_claim_terms(claim_terms_text(key))
    if terms.key != key:
        raise TermsError(f"claims/{key}.toml: its key is {terms.key}")
    return terms


def parse_claim_terms(text: str) -> ClaimTerms:
    """Read a claim terms file's text; :class:`TermsError` for anything unknown, missing or unordered."""
    content = content_of(text, "claim terms", _HEADER.union(_Parameters._fields))
    read = _Parameters(**{path: dated.series(content[path], path, _reader(path)) for path in _Parameters._fields})
    return ClaimTerms(
        key=dated.text(content["key"], "key"),
        fingerprint=fingerprint_of(content),
        first_date=first_date_of(read),
        articles=articles_of(content["articles"], LINE_CODES),
        _read=read,
    )


def worksheet_articles(terms: Terms, claim_terms: ClaimTermsOnDate, day: date) -> Articles:
    """What each line of a worksheet rests on: ratio and cap by the scheme's terms on ``day``, the rest by these.

    Raises :class:`BeforeFirstTerms` for a day before the scheme's first terms.
    """
    held = {value.path for value in terms.on(day).provisional}
    latest = {value.path: value.article for value in terms.values() if value.starts_on <= day}
    found = {code: claim_terms.cited(code) for code in LINE_CODES}
    found |= {path: Cited(latest[path], path in held) for path in ("indemnity_ratio", "obligor_cap")}
    return (
        found
        | {
            path: claim_terms.cited(path)
            for path in ("late_points_per_period", "rate_day", "payments_go_to", "room_refilled_by")
        }
        | {"costs_above_recovery": claim_terms.cited("costs_above_recovery")}
    )
