"""Did the firm export in the base year, and not more than the cap? (condition 2 of enrolment)

Totals come from customs alone; a firm that disputes its total appeals.
"""

from portal.scheme.facts import Facts
from portal.scheme.findings import EXPORTS_ABOVE_ZERO, EXPORTS_WITHIN_CAP, Finding, Source, Verdict
from portal.scheme.terms import TermsOnDate


def exports_above_zero(facts: Facts, terms: TermsOnDate) -> Finding:
    """Pass when the base-year total is above zero, fail when it is zero; without a customs record, refer."""
    exports = facts.exports
    if exports is None:
        verdict, total, lines = Verdict.REFER, None, 0
    else:
        verdict = Verdict.PASS if exports.total.amount > 0 else Verdict.FAIL
        total, lines = exports.total.text, exports.lines
    value = {"year": terms.base_year, "total": total, "currency": terms.cap.currency, "lines": lines}
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
    if exports is None:
        verdict, total, distance, lines = Verdict.REFER, None, None, 0
    else:
        within = exports.total <= cap
        verdict = Verdict.PASS if within else Verdict.FAIL
        distance = (cap - exports.total if within else exports.total - cap).text
        total, lines = exports.total.text, exports.lines
    value = {
        "year": terms.base_year,
        "total": total,
        "currency": cap.currency,
        "cap": cap.text,
        "distance": distance,
        "lines": lines,
    }
    return Finding(
        EXPORTS_WITHIN_CAP,
        verdict,
        value,
        Source("customs", facts.sources.customs),
        terms.article(EXPORTS_WITHIN_CAP),
    )
