"""Did the firm export in the base year, and not more than the cap? (condition 2 of enrolment)

Totals come from customs alone; a firm that disputes its total appeals.
"""

from portal.scheme.facts import Facts
from portal.scheme.findings import EXPORTS_ABOVE_ZERO, EXPORTS_WITHIN_CAP, Finding, JsonValue, Source, Verdict
from portal.scheme.terms import TermsOnDate


def exports_above_zero(facts: Facts, terms: TermsOnDate) -> Finding:
    """Pass when the base-year total is above zero, fail when it is zero; without a customs record, refer."""
    exports = facts.exports
    value: dict[str, JsonValue] = {
        "year": terms.base_year,
        "total": None,
        "currency": terms.cap.currency,
        "lines": 0,
    }
    if exports is None:
        verdict = Verdict.REFER
    else:
        verdict = Verdict.PASS if exports.total.amount > 0 else Verdict.FAIL
        value["total"] = exports.total.text
        value["currency"] = exports.total.currency
        value["lines"] = exports.lines
    return Finding(
        EXPORTS_ABOVE_ZERO,
        verdict,
        value,
        Source("customs", facts.sources.customs),
        terms.article(EXPORTS_ABOVE_ZERO),
    )


def exports_within_cap(facts: Facts, terms: TermsOnDate) -> Finding:
    """Pass when the base-year total is at most the cap, fail when above; without a customs record, refer.

    ``distance`` is how far the total lies from the cap, on whichever side the verdict says. A total in
    another currency than the cap's raises :class:`portal.scheme.money.CurrencyMismatch`.
    """
    exports, cap = facts.exports, terms.cap
    value: dict[str, JsonValue] = {
        "year": terms.base_year,
        "total": None,
        "currency": cap.currency,
        "cap": cap.text,
        "distance": None,
        "lines": 0,
    }
    if exports is None:
        verdict = Verdict.REFER
    else:
        within = exports.total <= cap
        verdict = Verdict.PASS if within else Verdict.FAIL
        value["total"] = exports.total.text
        value["distance"] = (cap - exports.total if within else exports.total - cap).text
        value["lines"] = exports.lines
    return Finding(
        EXPORTS_WITHIN_CAP,
        verdict,
        value,
        Source("customs", facts.sources.customs),
        terms.article(EXPORTS_WITHIN_CAP),
    )
