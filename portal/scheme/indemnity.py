"""The indemnity, with every step of how it comes about.

    recognised loss = covered unpaid invoices - payments received - resale proceeds - other credits, never below 0
    before cap      = recognised loss x ratio
    room            = cap per obligor - (approved - reversed) under this policy for this obligor, never below 0
    indemnity       = the smaller of before cap and room: the cap comes after the ratio

[fact] the ratio of 80 % and the cap; [provisional] how money is laid on invoices, at which rate they convert, and
points off the ratio for being late. Only the indemnity is rounded, half up to the cent, once, at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.scheme.allocation import CREDIT, PAYMENT, RESALE, Allocation, InvoiceInput, MoneyIn, allocate
from portal.scheme.buyer_cap import standing
from portal.scheme.cited import Articles
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.worksheet import Operation, Sheet, Worksheet

__all__ = ["RULES_VERSION", "Indemnity", "InvoiceInput", "MoneyIn", "allocate", "indemnity", "simple_indemnity"]

RULES_VERSION = "claims-1"
"""The version of these rules; a later one leaves this one callable, so that frozen assessments replay."""
SUMS = {PAYMENT: "payments", RESALE: "resale", CREDIT: "credits"}
SOURCES = {
    "invoice": "invoices",
    "invoices": "invoices",
    "rate": "rate_day",
    "converted": "conversion",
    "payment": "payments_go_to",
    "payments": "payments",
    "resale_of": "resale",
    "resale": "resale",
    "credit": "credits",
    "credits": "credits",
    "loss": "loss",
    "ratio": "indemnity_ratio",
    "late": "late_points_per_period",
    "ratio_left": "late_points_per_period",
    "before_cap": "indemnity_ratio",
    "cap": "obligor_cap",
    "approved": "obligor_cap",
    "reversed": "room_refilled_by",
    "standing": "room_refilled_by",
    "room": "room",
    "least": "room",
    "indemnity": "rounding",
}
"""Under which key of the articles each line's code is cited."""
_PARTS = {PAYMENT: "payment", RESALE: "resale_of", CREDIT: "credit"}


@dataclass(frozen=True, slots=True)
class Indemnity:
    """The result. All amounts are in the scheme's currency; loss and before cap may hold fractions of a cent."""

    recognised_loss: Money
    ratio: Decimal
    before_cap: Money
    room: Money
    indemnity: Money
    worksheet: Worksheet


def indemnity(
    invoices: Sequence[InvoiceInput],
    money_in: Sequence[MoneyIn],
    ratio: Decimal,
    late_points: int,
    cap: Money,
    approved_before: Money,
    reversed_before: Money,
    articles: Articles,
) -> Indemnity:
    """The indemnity for what is recognised of ``invoices``, which are all those of the notice, covered or not.

    ``late_points`` are hundredths off the ratio; ``approved_before`` and ``reversed_before`` stand under this
    policy for this obligor. Raises as :func:`portal.scheme.allocation.allocate` does, ``CurrencyMismatch`` for
    an invoice without a rate into the cap's currency, and ``ValueError`` for a ratio that is no share of one.
    """
    laid = allocate(invoices, money_in)
    sheet = Sheet(articles, SOURCES, cap.currency)
    counted = [invoice for invoice in invoices if invoice.recognised.amount > 0]
    lines = []
    for invoice in counted:
        line = sheet.given(f"invoice:{invoice.key}", "invoice", invoice.recognised, label=invoice.label)
        lines.append(_converted(sheet, line, invoice, cap.currency))
    sheet.computed("invoices", "invoices", Operation.SUM, *lines)
    for kind, code in SUMS.items():
        lines = []
        for invoice in counted:
            if amount := _counted(invoice, laid).get(kind):
                line = sheet.given(f"{_PARTS[kind]}:{invoice.key}", _PARTS[kind], amount, label=invoice.label)
                lines.append(_converted(sheet, line, invoice, cap.currency))
        sheet.computed(code, code, Operation.SUM, *lines)
    return _from_loss(sheet, ratio, late_points, cap, approved_before, reversed_before)


def simple_indemnity(
    invoices: Sequence[Money],
    payments: Sequence[Money],
    resale: Sequence[Money],
    credits: Sequence[Money],
    already: Money,
    ratio: Decimal,
    cap: Money,
    articles: Articles,
) -> Indemnity:
    """The indemnity for bare sums in the currency of the cap; ``ValueError`` if one is below zero."""
    sheet = Sheet(articles, SOURCES, cap.currency)
    given = {"invoices": invoices, "payments": payments, "resale": resale, "credits": credits}
    names = {"invoices": "invoice"} | {SUMS[kind]: part for kind, part in _PARTS.items()}
    for code, amounts in given.items():
        if any(amount.amount < 0 for amount in amounts):
            raise ValueError(f"an amount of the {code} is below zero")
        lines = [
            sheet.given(f"{names[code]}:{number}", names[code], amount, label=str(number))
            for number, amount in enumerate(amounts, start=1)
        ]
        sheet.computed(code, code, Operation.SUM, *lines)
    return _from_loss(sheet, ratio, 0, cap, already, Money.of("0.00", cap.currency))


def _counted(invoice: InvoiceInput, laid: Allocation) -> dict[str, Money]:
    """What of each kind lessens the loss of an invoice: together never more than is recognised of it."""
    left, found = invoice.recognised, {}
    for kind in (RESALE, CREDIT, PAYMENT):
        amount = min(left, laid.on(invoice.key, kind, left.currency))
        left -= amount
        if amount.amount > 0:
            found[kind] = amount
    return found


def _converted(sheet: Sheet, line: str, invoice: InvoiceInput, into: str) -> str:
    """The line in the scheme's currency: itself, or one that converts it at the invoice's rate."""
    if invoice.recognised.currency == into:
        return line
    rate = invoice.rate
    if rate is None or (rate.currency, rate.into) != (invoice.recognised.currency, into):
        raise CurrencyMismatch(f"{invoice.key} has no rate of {invoice.recognised.currency} into {into}")
    if line.startswith("invoice:"):
        told = {"currency": rate.currency, "into": rate.into, "day": rate.day.isoformat(), "label": invoice.label}
        sheet.given(f"rate:{invoice.key}", "rate", rate.value, **told)
    of = (line, f"rate:{invoice.key}")
    return sheet.computed(f"converted:{line}", "converted", Operation.CONVERT, *of, label=invoice.label)


def _from_loss(
    sheet: Sheet, ratio: Decimal, late_points: int, cap: Money, approved: Money, reversed_: Money
) -> Indemnity:
    if not 0 <= ratio <= 1 or late_points < 0:
        raise ValueError(f"a ratio of {ratio}, less {late_points} points")
    standing(approved, reversed_)
    # The result is rounded after the cap: a cap in whole cents is what keeps it inside.
    _whole_cents = cap.minor
    sheet.computed("loss", "loss", Operation.NOT_BELOW_ZERO, "invoices", "payments", "resale", "credits")
    used = sheet.given("ratio", "ratio", ratio)
    if late_points:
        late = sheet.given("late", "late", Decimal(late_points).scaleb(-2))
        used = sheet.computed("ratio_left", "ratio_left", Operation.NOT_BELOW_ZERO, used, late)
    sheet.computed("before_cap", "before_cap", Operation.TIMES, "loss", used)
    sheet.given("cap", "cap", cap)
    taken = sheet.given("approved", "approved", approved)
    if reversed_.amount:
        sheet.given("reversed", "reversed", reversed_)
        taken = sheet.computed("standing", "standing", Operation.MINUS, taken, "reversed")
    sheet.computed("room", "room", Operation.NOT_BELOW_ZERO, "cap", taken)
    sheet.computed("least", "least", Operation.LEAST, "before_cap", "room")
    sheet.computed("indemnity", "indemnity", Operation.ROUND, "least")
    final_ratio = sheet[used]
    assert isinstance(final_ratio, Decimal)
    return Indemnity(
        recognised_loss=sheet.amount("loss"),
        ratio=final_ratio,
        before_cap=sheet.amount("before_cap"),
        room=sheet.amount("room"),
        indemnity=sheet.amount("indemnity"),
        worksheet=sheet.lines,
    )
