"""Is the application in time, complete, and the firm's only one in the policy year?"""

from datetime import date
from functools import lru_cache

from portal.scheme.facts import Facts
from portal.scheme.findings import (
    DECLARATIONS_COMPLETE,
    NOT_ALREADY_ENROLLED,
    WITHIN_ENROLMENT_WINDOW,
    Finding,
    Source,
    Verdict,
)
from portal.scheme.terms import TermsOnDate

# Few days occur, and many applications share them.
_iso = lru_cache(maxsize=1024)(date.isoformat)


def not_already_enrolled(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail when the firm has a live policy in this policy year."""
    return Finding(
        NOT_ALREADY_ENROLLED,
        Verdict.FAIL if facts.live_policy else Verdict.PASS,
        {"policy_year": terms.policy_year, "policy": facts.live_policy},
        Source("policies", None),
        terms.article(NOT_ALREADY_ENROLLED),
    )


def within_enrolment_window(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail when the application's day is outside the window (inclusive) or after the programme's end."""
    inside = terms.window_start <= facts.applied_on <= terms.window_end
    return Finding(
        WITHIN_ENROLMENT_WINDOW,
        Verdict.PASS if inside else Verdict.FAIL,
        {
            "applied_on": _iso(facts.applied_on),
            "window_start": _iso(terms.window_start),
            "window_end": _iso(terms.window_end),
            "programme_end": _iso(terms.programme_end) if terms.programme_end else None,
        },
        Source("application", None),
        terms.article(WITHIN_ENROLMENT_WINDOW),
    )


def declarations_complete(facts: Facts, terms: TermsOnDate) -> Finding:
    """Fail unless a named person ticked every declaration of the terms."""
    missing = [code for code in terms.declarations if code not in facts.declarations]
    named = facts.declared_by is not None and bool(facts.declared_by.name.strip())
    return Finding(
        DECLARATIONS_COMPLETE,
        Verdict.PASS if named and not missing else Verdict.FAIL,
        {"required": len(terms.declarations), "missing": missing, "named": named},
        Source("declared_unverified", None),
        terms.article(DECLARATIONS_COMPLETE),
    )
