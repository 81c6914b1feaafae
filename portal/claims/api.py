"""The interface for machines, open to all: what indemnity would follow from bare sums, with every step to it.

By the same rulebook as an assessment. Nothing is stored, and nothing of any firm is read.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint

from portal.claims.api_fields import SumsParser, SumsSchema, sums
from portal.claims.api_schemas import EstimateSchema
from portal.claims.held import as_confirmed
from portal.claims.worksheet_words import lines
from portal.common.interface import PREFIX, documents_errors, limits_posts
from portal.common.problems import N_
from portal.common.web import open_to_all, reading
from portal.scheme.claim_terms import load_claim_terms, worksheet_articles
from portal.scheme.indemnity import Indemnity, simple_indemnity
from portal.scheme.money import Money
from portal.scheme.terms import load_terms
from portal.scheme.worksheet import Operation, Step, Value, value_text

PER_MINUTE = 600  # estimates from one network address
_ASKED = frozenset({"invoice", "payment", "resale_of", "credit", "approved"})
"""The lines that stand in the request: no ledger and no remittance says them here."""


class _Blueprint(Blueprint):
    ARGUMENTS_PARSER = SumsParser()


api = _Blueprint("estimates", __name__, url_prefix=PREFIX, description=N_("Estimates without sign-in"))
limits_posts(
    api,
    "api.estimates",
    PER_MINUTE,
    _l("More than %(number)s estimates in a minute. Wait, then ask again.", number=PER_MINUTE),
)


@api.route("/indemnity-estimates", methods=["POST"])
@api.doc(
    summary=N_("Estimate an indemnity"),
    description=N_(
        "Computes the indemnity for sums in the currency of the scheme, by the terms of the day. The same rules "
        "as in an assessment, the worksheet line by line. Nothing is stored, and nothing of any firm is read."
    ),
)
@documents_errors(api, 400, 405, 413, 415, 422, 429, 500, 503)
@open_to_all
@api.arguments(SumsSchema)
@api.response(200, EstimateSchema, description=N_("The indemnity and how it comes about."))
def indemnity_estimate(asked: Mapping[str, Any]) -> dict[str, object]:
    """Estimate for one set of sums."""
    day, currency = asked["on"], asked["currency"]
    scheme = load_terms(asked["scheme"])
    terms, claim_terms = scheme.on(day), load_claim_terms(scheme.key).on(day)
    found = simple_indemnity(
        sums(asked, "invoices"),
        sums(asked, "payments"),
        sums(asked, "resale"),
        sums(asked, "other_credits"),
        Money.of(asked.get("already_indemnified", "0.00"), currency),
        terms.indemnity_ratio,
        terms.obligor_cap,
        as_confirmed(reading(), scheme.key, worksheet_articles(scheme, claim_terms, day)),
    )
    return _told(found)


def _told(found: Indemnity) -> dict[str, object]:
    # Sums of whole cents: a loss with less than a cent would be a mistake of ours, and `minor` refuses it.
    loss = Money.from_minor(found.recognised_loss.minor, found.recognised_loss.currency)
    return {
        "recognised_loss": loss.text,
        "before_cap": found.before_cap.round_half_up().text,
        "room": found.room.text,
        "indemnity": found.indemnity.text,
        "worksheet": [
            {
                "number": line.number,
                "code": step.code,
                "label": line.label,
                "amount": _two_decimals(step.value),
                "exact": value_text(step.value),
                "currency": step.value.currency if isinstance(step.value, Money) else None,
                "rule": _("as given") if _as_asked(step) else line.rule,
                "article": line.article,
                "provisional": line.provisional,
            }
            for step, line in zip(found.worksheet, lines(found.worksheet), strict=True)
        ],
    }


def _as_asked(step: Step) -> bool:
    return step.operation is Operation.INPUT and step.code in _ASKED


def _two_decimals(value: Value) -> str:
    """An amount to the cent; a share with at least two decimals, and every one it has."""
    if isinstance(value, Money):
        return value.round_half_up().text
    return f"{value:.2f}" if value == round(value, 2) else value_text(value)
