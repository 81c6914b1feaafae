"""The lines of a worksheet in words: page, PDF, JSON and Excel show these, in either language, and no others.

What a line is follows from its code, how it came about from its operation and the numbers of the lines it comes
from. The lines that only make up a sum are numbered below it (1.1, 1.2) and may be left out where room is short.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common import formats
from portal.common.preferences import LOCALES
from portal.programme.names import share_text
from portal.scheme.money import Money
from portal.scheme.worksheet import Operation, Step, Worksheet

LABELS: Mapping[str, LazyString] = {
    "invoices": _l("Recognised invoices"),
    "converted": _l("in the scheme’s currency"),
    "payments": _l("Payments by the buyer"),
    "resale": _l("Resale proceeds"),
    "credits": _l("Other credits"),
    "loss": _l("Recognised loss"),
    "ratio": _l("Share that is paid"),
    "late": _l("Off for being late"),
    "ratio_left": _l("Share that is left"),
    "before_cap": _l("Before the cap"),
    "cap": _l("Cap per buyer or bank"),
    "approved": _l("Approved in this policy year before"),
    "reversed": _l("Of it reversed"),
    "standing": _l("Approved and not reversed"),
    "room": _l("Room left"),
    "least": _l("Before rounding"),
    "indemnity": _l("Indemnity"),
    "recovered": _l("Recovered"),
    "costs": _l("Costs"),
    "shortfall_before": _l("Costs left from before"),
    "costs_due": _l("Costs in all"),
    "costs_taken": _l("Costs that come off"),
    "net": _l("To be shared"),
    "claim_indemnity": _l("Indemnity that stands"),
    "claim_loss": _l("Recognised loss of the claim"),
    "underwriter": _l("Share of the underwriter"),
    "firm": _l("Share of the firm"),
    "shortfall_after": _l("Costs left for the next recovery"),
}
STRONG = frozenset({"loss", "before_cap", "room", "indemnity", "net", "underwriter", "firm"})
TAKEN_OFF = frozenset(
    {"payment", "payments", "resale_of", "resale", "credit", "credits", "approved", "standing", "costs_taken"}
)
DETAILS = frozenset({"invoice", "rate", "converted", "payment", "resale_of", "credit"})
"""Lines that make up the sum after them."""
SHARES = frozenset({"ratio", "late", "ratio_left"})


@dataclass(frozen=True)
class ShownLine:
    """One line as people read it: `amount_text` has its currency only where it is not that of the whole sheet.

    `strong` is a result that other lines build on; a `detail` only makes up a sum. What `rests` on a provisional
    line, near or far, is as provisional; the foot of the sheet names these.
    """

    key: str
    number: str
    label: str
    amount_text: str
    rule: str
    article: str
    strong: bool
    provisional: bool
    detail: bool
    rests: bool = False


def lines(worksheet: Worksheet, language: str | None = None) -> list[ShownLine]:
    """Every line in order, in `language` (zh, en) or else the reader's."""
    numbers = line_numbers(worksheet)
    resting = _resting(worksheet)
    currency = sheet_currency(worksheet)
    with force_locale(LOCALES[language]) if language else nullcontext():
        return [
            ShownLine(
                key=step.key,
                number=numbers[step.key],
                label=label(step),
                amount_text=amount_text(step, currency),
                rule=rule(step, numbers),
                article=step.article,
                strong=step.code in STRONG,
                provisional=step.provisional,
                detail=step.code in DETAILS,
                rests=step.key in resting,
            )
            for step in worksheet
        ]


def foot(shown: Sequence[ShownLine]) -> str:
    """Which lines rest on a provisional one, for the foot of a sheet; "" where none does."""
    found = [one.label for one in shown if one.rests]
    return _("Provisional too, as they rest on it: %(lines)s.", lines=_listed(found)) if found else ""


def _resting(worksheet: Worksheet) -> set[str]:
    """The keys of the lines that are computed from a provisional one and carry no mark of their own."""
    marked = {step.key for step in worksheet if step.provisional}
    found: set[str] = set()
    for step in worksheet:
        if step.key not in marked and not found.union(marked).isdisjoint(step.of):
            found.add(step.key)
    return found


def line_numbers(worksheet: Worksheet) -> dict[str, str]:
    """The number of every line by its key: 1, 2, 3, and 1.1, 1.2 for what makes up line 1."""
    numbers: dict[str, str] = {}
    main, detail = 1, 1
    for step in worksheet:
        if step.code in DETAILS:
            numbers[step.key] = f"{main}.{detail}"
            detail += 1
        else:
            numbers[step.key] = str(main)
            main, detail = main + 1, 1
    return numbers


def sheet_currency(worksheet: Worksheet) -> str:
    """The currency of the sheet's last amount, which is that of its result; "" for a sheet without any."""
    found = [step.value.currency for step in worksheet if isinstance(step.value, Money)]
    return found[-1] if found else ""


def label(step: Step) -> str:
    """What a line is, in the reader's language."""
    name = step.parameter("label")
    match step.code:
        case "invoice":
            return _("Invoice %(name)s", name=name)
        case "payment":
            return _("Paid on invoice %(name)s", name=name)
        case "resale_of":
            return _("Resale, invoice %(name)s", name=name)
        case "credit":
            return _("Credit, invoice %(name)s", name=name)
        case "rate":
            return _(
                "Rate of %(day)s, %(currency)s into %(into)s",
                day=formats.day(date.fromisoformat(step.parameter("day"))),
                currency=step.parameter("currency"),
                into=step.parameter("into"),
            )
        case code:
            return str(LABELS[code])


def amount_text(step: Step, currency: str) -> str:
    """A line's value: what lessens the result with a minus, shares in per cent, fractions of a cent in full."""
    if isinstance(step.value, Decimal):
        if step.code in SHARES:
            text = share_text(step.value)
            return formats.MINUS + text if step.code == "late" else f"×{formats.NBSP}{text}"
        return f"×{formats.NBSP}{step.value.normalize():f}"
    shown = _number(step.value)
    if step.value.currency != currency:
        shown = f"{step.value.currency}{formats.NBSP}{shown}"
    # What is converted lessens the result where the line does that it was converted from.
    code = step.of[0].partition(":")[0] if step.code == "converted" else step.code
    return formats.MINUS + shown if code in TAKEN_OFF and step.value.amount else shown


def rule(step: Step, numbers: Mapping[str, str]) -> str:
    """How a line came about, by the numbers of the lines it comes from; where it was put in, from where."""
    of = [numbers[one] for one in step.of]
    match step.operation:
        case Operation.INPUT:
            return _given(step.code)
        case Operation.SUM if not of:
            return _("none")
        case Operation.SUM | Operation.MINUS if len(of) == 1:
            return _("the same as %(line)s", line=of[0])
        case Operation.SUM:
            return _("%(lines)s added up", lines=_listed(of))
        case Operation.MINUS:
            return _("%(first)s less %(others)s", first=of[0], others=_listed(of[1:]))
        case Operation.NOT_BELOW_ZERO:
            return _("%(first)s less %(others)s, not below 0", first=of[0], others=_listed(of[1:]))
        case Operation.TIMES | Operation.CONVERT:
            return _("%(first)s × %(second)s", first=of[0], second=of[1])
        case Operation.LEAST:
            return _("the smaller of %(first)s and %(second)s", first=of[0], second=of[1])
        case Operation.ROUND:
            return _("%(line)s rounded half up to the cent, only here", line=of[0])
        case Operation.PROPORTION:
            return _(
                "%(first)s × %(second)s ÷ %(third)s, rounded half up to the cent",
                first=of[0],
                second=of[1],
                third=of[2],
            )


_GIVEN: Mapping[str, LazyString] = {
    "invoice": _l("as recognised"),
    "rate": _l("due date or assessment date, whichever is earlier"),
    "payment": _l("named by the remittance, else the oldest due date first"),
    "resale_of": _l("laid on its own invoice"),
    "credit": _l("laid on its own invoice"),
    "ratio": _l("by the terms"),
    "late": _l("for each started period, the worst delay only"),
    "cap": _l("by the terms"),
    "approved": _l("for this buyer or bank, from the ledger"),
    "reversed": _l("for this buyer or bank, from the ledger"),
    "recovered": _l("what falls on this claim"),
    "costs": _l("as agreed"),
    "shortfall_before": _l("carried from the recovery before"),
    "claim_indemnity": _l("from the ledger, after reversals"),
    "claim_loss": _l("from the approved assessment"),
}


def _given(code: str) -> str:
    return str(_GIVEN[code])


def _listed(numbers: list[str]) -> str:
    return ("、" if formats.in_chinese() else ", ").join(numbers)


def _number(value: Money) -> str:
    """The amount with its thousands set apart, and with as many decimal places as it has, at least two."""
    whole, _point, fraction = value.text.partition(".")
    sign = formats.MINUS if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}.{fraction}"
