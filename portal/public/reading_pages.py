"""Pages to read before an account: the scheme in plain words, questions, examples, and the legal pages."""

from typing import Any

from flask import render_template
from flask_babel.speaklater import LazyString

from portal.applications.sentences import rule_title, sentence
from portal.common import clock
from portal.common.formats import money
from portal.common.preferences import locale_name
from portal.common.web import open_to_all, reading
from portal.programme.actions import confirmed_paths
from portal.programme.claim_names import CLAIM_PARAMETER_NAMES, shown_claim_value
from portal.programme.current import current_scheme
from portal.programme.names import PARAMETER_NAMES, share_text, shown_value
from portal.programme.service_levels import APPEAL_DAYS, REVIEW_DAYS, days
from portal.public.examples import examples as invented
from portal.public.pages import heading_amount, public, reasons, whole_amount
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.terms import TermValue


@public.get("/scheme")
@open_to_all
def scheme() -> str:
    """Who, what is not covered and what is, how much, until when, at what cost, and what to do in trouble."""
    return render_template("public/scheme.html", **_terms())


@public.get("/questions")
@open_to_all
def questions() -> str:
    """Questions and answers."""
    return render_template("public/questions.html", **_terms())


@public.get("/examples")
@open_to_all
def examples() -> str:
    """Examples of refusals and why, judged by the rules of today."""
    terms = current_scheme(clock.today())
    shown = [
        {
            "title": one.title,
            "story": one.story,
            "advice": one.advice,
            "findings": [
                {
                    "verdict": str(finding.verdict),
                    "title": rule_title(finding.code),
                    "sentence": sentence(finding),
                    "code": finding.code,
                    "article": finding.article,
                    "plain": True,
                }
                for finding in one.findings
            ],
        }
        for one in invented(terms, clock.today())
    ]
    return render_template("public/examples.html", examples=shown)


@public.get("/terms-of-use")
@open_to_all
def terms_of_use() -> str:
    """The terms in force with their articles, and every value that is provisional, with its reason."""
    terms = current_scheme(clock.today())
    confirmed = confirmed_paths(reading(), terms.key)
    values = [
        _value(value, PARAMETER_NAMES[value.path], shown_value(value, terms.currency), confirmed)
        for value in terms.values()
    ]
    claim_values = [
        _value(value, CLAIM_PARAMETER_NAMES[value.path], shown_claim_value(value), confirmed)
        for value in load_claim_terms(terms.key).values()
    ]
    return render_template("public/terms_of_use.html", values=values, claim_values=claim_values, **_terms())


@public.get("/privacy")
@open_to_all
def privacy() -> str:
    """What is known of a firm and its people, why, who sees it and how long."""
    return render_template("public/privacy.html", **_terms())


@public.get("/accessibility")
@open_to_all
def accessibility() -> str:
    """What everybody can expect of these pages, and what to do where they fall short."""
    return render_template("public/accessibility.html", **_terms())


def _value(value: TermValue, name: LazyString, shown: str, confirmed: set[str]) -> dict[str, Any]:
    """One dated value with its source, and the reason while it is provisional."""
    reason = _reason(value.provisional) if value.provisional and value.path not in confirmed else None
    return {
        "name": name,
        "value": shown,
        "starts_on": value.starts_on,
        "article": value.article,
        "reason": reason,
    }


def _terms() -> dict[str, Any]:
    today = clock.today()
    terms = current_scheme(today)
    held = terms.on(today)
    why = reasons(held, confirmed_paths(reading(), terms.key))
    return {
        "terms": held,
        "title": terms.title if locale_name() == "zh" else terms.title_en,
        "place": held.place if locale_name() == "zh" else held.place_en,
        "cap": heading_amount(held.cap),
        "obligor_cap": whole_amount(held.obligor_cap),
        "obligor_cap_exact": money(held.obligor_cap),
        "ratio": share_text(held.indemnity_ratio),
        "reasons": why,
        "provisional": {path for one in why for path in one.paths},
        "review_days": days(reading(), REVIEW_DAYS, today),
        "appeal_days": days(reading(), APPEAL_DAYS, today),
    }


def _reason(reason: Any) -> str:
    return str(reason.zh if locale_name() == "zh" else reason.en)
