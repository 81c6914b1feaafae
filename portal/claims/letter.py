"""The letter about a decided claim as a PDF: the decision and its whole calculation, Chinese and English.

Set by typst from `letter.typ`, text selectable and fonts within, from what was frozen when it was approved and
from nothing else: the same letter comes out byte for byte at any time. It says which sheet it rests on.
"""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

import typst
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.claims.assessment_codes import LINE_REASONS, VERDICT_TOLD
from portal.claims.letter_content import FIRST_LAYOUT, LetterContent, content_of
from portal.claims.names import RISK_NAMES
from portal.claims.records import Assessment
from portal.claims.worksheet_words import foot, lines
from portal.common import formats
from portal.common.preferences import LOCALES
from portal.obligors.queries import country_name
from portal.policies.certificate import FONTS
from portal.scheme.assessment_canonical import AssessmentInputs, inputs_from_bytes, result_of
from portal.scheme.indemnity import Indemnity
from portal.scheme.terms import load_terms

TEMPLATE = Path(__file__).with_name("letter.typ")
LANGUAGES = ("zh", "en")
_one_at_a_time = Lock()

Both = dict[str, str]


def letter_pdf(assessment: Assessment, scheme: str) -> bytes:
    """The letter about an approved assessment of a scheme; needs a request for its words.

    ``ValueError`` where the assessment was never approved, or what was frozen is not what its hash says.
    """
    data = json.dumps(letter_data(assessment, scheme), ensure_ascii=False, sort_keys=True)
    with _one_at_a_time:  # a compiler is not made for several threads
        pdf = _compiler().compile(format="pdf", sys_inputs={"data": data})
    if not isinstance(pdf, bytes):
        raise RuntimeError("typst gave no single document")
    return pdf


def letter_data(assessment: Assessment, scheme: str) -> dict[str, object]:
    """Everything that the letter prints, in both languages."""
    content = content_of(assessment)
    assert assessment.canonical is not None  # content_of has looked
    frozen = assessment.canonical.encode()
    inputs, result = inputs_from_bytes(frozen), result_of(frozen)
    terms = load_terms(scheme)
    rows = _rows(inputs)
    return {
        "title": _both(lambda: _("Decision on claim %(number)s", number=content.claim)),
        "author": f"{terms.city}市商务局",
        "scheme": {"zh": terms.title, "en": terms.title_en},
        "number": content.claim,
        "to": {"label": _both(lambda: _("To")), "name": content.firm_name, "code": content.uscc},
        "facts": _facts(content),
        "decision": _both(lambda: _decision(result)),
        "amount": formats.money(result.indemnity),
        "why": _both(lambda: _why(result, inputs)),
        "late": _both(lambda: _late(inputs)),
        "heads": [_both(one) for one in _HEADS],
        "rows": rows,
        "sheet_title": _both(lambda: _("How it is calculated")),
        "currency_note": _both(lambda: _("Amounts are in %(currency)s.", currency=result.indemnity.currency)),
        "sheet": _sheet(result),
        "rests": _rests(result) if content.layout != FIRST_LAYOUT else {"zh": "", "en": ""},
        "next_title": _both(lambda: _("What comes next")),
        "next": _both(lambda: _next(content, result)),
        "provisional": _both(lambda: _("provisional")),
        "provisional_note": _both(
            lambda: _(
                "What is marked provisional is not settled by a published source; the operator has to confirm it."
            )
        ),
        "basis": _both(
            lambda: _(
                "This letter rests on the sheet %(sheet)s and can be made again from it at any time.",
                sheet=content.sheet_sha256[:16],
            )
        ),
        "page_of": _both(lambda: _("page")),
    }


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        input=str(TEMPLATE), font_paths=[str(path.parent) for path in FONTS], ignore_system_fonts=True
    )


def _both(say: object) -> Both:
    """What a function says in each of the two languages."""
    assert callable(say)
    found = {}
    for language in LANGUAGES:
        with force_locale(LOCALES[language]):
            found[language] = str(say())
    return found


_HEADS = (
    lambda: _("Invoice"),
    lambda: _("Shipped"),
    lambda: _("Due on"),
    lambda: _("As reported"),
    lambda: _("Decision"),
    lambda: _("Recognised"),
)


def _facts(content: LetterContent) -> list[dict[str, object]]:
    approved_on = date.fromisoformat(content.approved_on)
    return [
        {"label": _both(lambda: _("Claim")), "value": {"zh": content.claim, "en": content.claim}},
        {"label": _both(lambda: _("Policy")), "value": {"zh": content.policy, "en": content.policy}},
        {
            "label": _both(lambda: _("Buyer or bank")),
            "value": _both(lambda: f"{content.obligor_name}{_(', ')}{country_name(content.country)}"),
        },
        {"label": _both(lambda: _("What happened")), "value": _both(lambda: RISK_NAMES[content.risk])},
        {"label": _both(lambda: _("Decided on")), "value": _both(lambda: formats.day(approved_on))},
    ]


def _decision(result: Indemnity) -> str:
    if result.indemnity.minor:
        return _("The indemnity is")
    return _("Nothing can be paid.")


def _why(result: Indemnity, inputs: AssessmentInputs) -> str:
    """Why it is less than the share of the loss, or nothing at all; "" where it is the whole share."""
    if not any(one.recognised.amount for one in inputs.invoices):
        return _("None of the invoices is recognised; the reasons stand beside each of them.")
    if not result.recognised_loss.amount:
        return _("What was paid or credited covers what is recognised: there is no loss.")
    if not result.room.amount:
        return _("The cap per buyer or bank is used up in this policy year: no room is left.")
    if result.room < result.before_cap:
        return _("No more than the room left under the cap per buyer or bank can be paid.")
    return ""


def _late(inputs: AssessmentInputs) -> str:
    if not inputs.late_points:
        return ""
    return _(
        "Notice or claim came late without an excuse, so the share that is paid is lower by %(points)s points.",
        points=inputs.late_points,
    )


def _rows(inputs: AssessmentInputs) -> list[dict[str, object]]:
    told = {one["shipment"]: one for one in inputs.facts["lines"]}
    rows: list[dict[str, object]] = []
    for one in inputs.invoices:
        fact = told.get(one.key)
        if fact is None:
            continue  # of another claim of the notice
        reason = fact["reason"]
        rows.append(
            {
                "invoice": one.label,
                "shipped": fact["shipped_on"],
                "due": one.due_on.isoformat(),
                "reported": formats.money(one.open),
                "verdict": _both(lambda fact=fact: VERDICT_TOLD[fact["verdict"]]),
                "reason": _both(lambda reason=reason: LINE_REASONS[reason].words if reason else ""),
                "recognised": formats.money(one.recognised),
            }
        )
    return rows


def _sheet(result: Indemnity) -> list[dict[str, object]]:
    shown = [lines(result.worksheet, language) for language in LANGUAGES]
    return [
        {
            "number": zh.number,
            "label": {"zh": zh.label, "en": en.label},
            "amount": zh.amount_text,
            "rule": {"zh": zh.rule, "en": en.rule},
            "article": zh.article,
            "strong": zh.strong,
            "detail": zh.detail,
            "provisional": zh.provisional,
        }
        for zh, en in zip(*shown, strict=True)
    ]


def _rests(result: Indemnity) -> Both:
    """Which lines rest on a provisional one, in each language."""
    return _both(lambda: foot(lines(result.worksheet)))


def _next(content: LetterContent, result: Indemnity) -> str:
    until = formats.day(date.fromisoformat(content.answer_on))
    if result.indemnity.minor:
        return _(
            "Please agree or object in the portal by %(date)s. Payment follows your agreement. An objection is "
            "looked at by a person who did not assess the claim.",
            date=until,
        )
    return _(
        "You can object in the portal by %(date)s. An objection is looked at by a person who did not assess the "
        "claim.",
        date=until,
    )
