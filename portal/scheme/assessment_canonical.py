"""An assessment as bytes: its inputs, the rules and terms they were judged by, and the worksheet.

JSON in UTF-8 with sorted keys and no spaces; no personal value and no sentence. Years later the same inputs give
the same bytes again (:func:`replay`). ``facts`` are the caller's own (claim, policy, what was made of each
shipment): kept as they are, and no rule reads them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.scheme.allocation import InvoiceInput, MoneyIn
from portal.scheme.cited import Articles, Cited
from portal.scheme.conversion import Rate
from portal.scheme.indemnity import RULES_VERSION, Indemnity, indemnity
from portal.scheme.money import Money
from portal.scheme.worksheet import to_canonical, value_text

FORMAT = 1
"""Version of this layout. A change of layout gets a new number, and the old one stays readable."""


class UnreadableAssessment(ValueError):
    """The bytes are no assessment of a known layout and rules version."""


@dataclass(frozen=True, slots=True)
class AssessmentInputs:
    """All that an indemnity rests on, with the fingerprints of both kinds of terms and the caller's own facts."""

    terms_fingerprint: str
    claim_terms_fingerprint: str
    judged_on: date
    invoices: tuple[InvoiceInput, ...]
    money_in: tuple[MoneyIn, ...]
    ratio: Decimal
    late_points: int
    cap: Money
    approved_before: Money
    reversed_before: Money
    articles: Articles
    facts: Mapping[str, Any]


Rules = Callable[
    [Sequence[InvoiceInput], Sequence[MoneyIn], Decimal, int, Money, Money, Money, Articles], Indemnity
]
_RULES: Mapping[str, Rules] = {RULES_VERSION: indemnity}


def assess(inputs: AssessmentInputs, rules_version: str = RULES_VERSION) -> Indemnity:
    """The indemnity by the rules of that version; raises as :func:`portal.scheme.indemnity.indemnity` does."""
    return _RULES[rules_version](
        inputs.invoices,
        inputs.money_in,
        inputs.ratio,
        inputs.late_points,
        inputs.cap,
        inputs.approved_before,
        inputs.reversed_before,
        inputs.articles,
    )


def assessment_bytes(inputs: AssessmentInputs, rules_version: str = RULES_VERSION) -> bytes:
    """The canonical bytes of the assessment of ``inputs``."""
    result = assess(inputs, rules_version)
    content = {
        "format": FORMAT,
        "rules": rules_version,
        "terms": inputs.terms_fingerprint,
        "claim_terms": inputs.claim_terms_fingerprint,
        "judged_on": inputs.judged_on.isoformat(),
        "invoices": [_invoice(one) for one in inputs.invoices],
        "money_in": [_money_in(one) for one in sorted(inputs.money_in, key=lambda one: one.key)],
        "ratio": value_text(inputs.ratio),
        "late_points": inputs.late_points,
        "cap": _amount(inputs.cap),
        "approved_before": _amount(inputs.approved_before),
        "reversed_before": _amount(inputs.reversed_before),
        "articles": {code: list(cited) for code, cited in inputs.articles.items()},
        "facts": inputs.facts,
        "result": {
            "recognised_loss": result.recognised_loss.text,
            "before_cap": result.before_cap.text,
            "room": result.room.text,
            "indemnity": result.indemnity.text,
        },
        "worksheet": to_canonical(result.worksheet),
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def inputs_from_bytes(data: bytes) -> AssessmentInputs:
    """What a stored assessment rests on; :class:`UnreadableAssessment` for other bytes."""
    raw = _load(data)
    try:
        return AssessmentInputs(
            terms_fingerprint=raw["terms"],
            claim_terms_fingerprint=raw["claim_terms"],
            judged_on=date.fromisoformat(raw["judged_on"]),
            invoices=tuple(map(_invoice_from, raw["invoices"])),
            money_in=tuple(map(_money_in_from, raw["money_in"])),
            ratio=Decimal(raw["ratio"]),
            late_points=raw["late_points"],
            cap=_amount_from(raw["cap"]),
            approved_before=_amount_from(raw["approved_before"]),
            reversed_before=_amount_from(raw["reversed_before"]),
            articles={code: Cited(*cited) for code, cited in raw["articles"].items()},
            facts=raw["facts"],
        )
    except (KeyError, TypeError, ArithmeticError, ValueError) as error:
        raise UnreadableAssessment(f"the bytes lack or garble a part: {error}") from error


def replay(data: bytes) -> bytes:
    """Assess the stored inputs again by the rules they name: the same bytes, unless one was tampered with."""
    return assessment_bytes(inputs_from_bytes(data), _load(data)["rules"])


def result_of(data: bytes) -> Indemnity:
    """The indemnity of a stored assessment with its worksheet, computed again from its inputs."""
    return assess(inputs_from_bytes(data), _load(data)["rules"])


def _load(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except ValueError as error:
        raise UnreadableAssessment("the bytes are no JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("rules") not in _RULES:
        raise UnreadableAssessment(f"the bytes are no assessment of format {FORMAT} and known rules")
    return content


def _amount(money: Money) -> list[str]:
    return [money.text, money.currency]


def _amount_from(raw: Sequence[str]) -> Money:
    return Money.of(raw[0], raw[1])


def _invoice(one: InvoiceInput) -> dict[str, object]:
    rate = one.rate
    return {
        "key": one.key,
        "label": one.label,
        "recognised": _amount(one.recognised),
        "owed": _amount(one.open),
        "due_on": one.due_on.isoformat(),
        "rate": rate and [rate.currency, rate.into, rate.day.isoformat(), value_text(rate.value)],
    }


def _invoice_from(raw: Mapping[str, Any]) -> InvoiceInput:
    rate = raw["rate"]
    return InvoiceInput(
        key=raw["key"],
        label=raw["label"],
        recognised=_amount_from(raw["recognised"]),
        due_on=date.fromisoformat(raw["due_on"]),
        rate=rate and Rate(rate[0], rate[1], date.fromisoformat(rate[2]), Decimal(rate[3])),
        owed=_amount_from(raw["owed"]),
    )


def _money_in(one: MoneyIn) -> dict[str, object]:
    return {
        "key": one.key,
        "kind": one.kind,
        "invoice": one.invoice,
        "received_on": one.received_on.isoformat(),
        "amount": _amount(one.amount),
    }


def _money_in_from(raw: Mapping[str, Any]) -> MoneyIn:
    return MoneyIn(
        key=raw["key"],
        kind=raw["kind"],
        invoice=raw["invoice"],
        received_on=date.fromisoformat(raw["received_on"]),
        amount=_amount_from(raw["amount"]),
    )
