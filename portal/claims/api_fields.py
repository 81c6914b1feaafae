"""The sums from which an indemnity is estimated, from the body of a request: every bad one named with its place.

An amount is text (``"100000.00"``), never a JSON number: many programs read those as binary fractions, and a
cent that only looks like one is no cent.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validates_schema

from portal.common.cells import show
from portal.common.interface_fields import MISSING, BodyParser, BodySchema, DayField, SchemeField, TextField
from portal.common.problems import N_
from portal.scheme.money import Money
from portal.scheme.terms import available_terms, load_terms

MOST_SENT = 128 * 1024
"""Bytes of a request's body; four full lists take about half."""
MOST_AMOUNTS = 1000
"""Amounts in one list."""
AMOUNT = r"^[0-9]{1,13}(\.[0-9]{1,2})?$"
"""Plain digits: at most 9,999,999,999,999.99, what a worksheet keeps exactly."""
_AMOUNT = re.compile(AMOUNT.strip("^$"))
_SUM = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DECIMALS = 2
_EXAMPLE_CURRENCY = "USD"


def amount_of(value: object) -> str:
    """The text of an amount of whole cents, zero or more; :class:`ValidationError` saying what else it is."""
    if not isinstance(value, str):
        raise ValidationError(_('Write the amount as text, in quotation marks, as in "100000.00".'))
    if _AMOUNT.fullmatch(value):
        return value
    shown = show(value)
    if not _SUM.fullmatch(value):
        raise ValidationError(
            _("“%(value)s” is no sum of money. Write plain digits, as in 100000.00.", value=shown)
        )
    if value.startswith("-"):
        raise ValidationError(_("“%(value)s” is below zero. Every sum is 0.00 or more.", value=shown))
    if len(value.partition(".")[2]) > _DECIMALS:
        raise ValidationError(_("“%(value)s” has more than two decimals. Round it to the cent.", value=shown))
    raise ValidationError(_("“%(value)s” is too large: at most 9999999999999.99.", value=shown))


class AmountField(TextField):
    """One amount; left out, it is zero."""

    def __init__(self, **metadata: object) -> None:
        super().__init__(required=False, pattern=AMOUNT, **metadata)

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> str:
        return amount_of(value)


class AmountsField(fields.List[str]):
    """A list of amounts. Every bad one is named by its place, counted from 0 as JSON does."""

    def __init__(self, *, least: int = 0, **metadata: object) -> None:
        inner = fields.String(metadata={"pattern": AMOUNT})
        if least:
            metadata |= {"minItems": least}
        super().__init__(inner, required=least > 0, metadata={"maxItems": MOST_AMOUNTS} | metadata)
        self.least = least

    def make_error(self, key: str, **more: Any) -> ValidationError:
        """The sentence of the present language."""
        return ValidationError(str(MISSING.get(key, MISSING["required"])))

    def _deserialize(self, value: object, attr: str | None, data: object, **_more: Any) -> list[str]:  # type: ignore[override]
        if not isinstance(value, list):
            raise ValidationError(_('Write a list of amounts, as in ["100000.00"].'))
        if len(value) < self.least:
            raise ValidationError(_("No invoice at all: give at least one."))
        if len(value) > MOST_AMOUNTS:
            raise ValidationError(_("At most %(number)s amounts are taken in one list.", number=MOST_AMOUNTS))
        amounts, wrong = [], []
        for place, one in enumerate(value):
            try:
                amounts.append(amount_of(one))
            except ValidationError as error:
                wrong += [f"{attr}[{place}]: {said}" for said in error.messages]
        if wrong:
            raise ValidationError(wrong)
        return amounts


class SumsSchema(BodySchema):
    """The body of an estimate."""

    scheme = SchemeField(
        description=N_("The key of the scheme."), enum=list(available_terms()), example="xiamen-2022"
    )
    on = DayField(
        description=N_(
            "The day whose ratio and cap are used: that of shipment. Not before the first terms of the scheme."
        ),
        format="date",
        example="2022-08-15",
    )
    currency = TextField(
        description=N_("The currency of every amount: that of the scheme, as nothing is converted here."),
        enum=sorted({load_terms(key).currency for key in available_terms()}),
        example=_EXAMPLE_CURRENCY,
    )
    invoices = AmountsField(
        least=1,
        description=N_("The covered unpaid invoices, each as text of plain digits with at most two decimals."),
        example=["80000.00"],
    )
    payments = AmountsField(
        description=N_("Payments received on them. Left out, there are none."), example=["15000.00"]
    )
    resale = AmountsField(
        description=N_("Proceeds of goods sold elsewhere. Left out, there are none."), example=["20000.00"]
    )
    other_credits = AmountsField(
        description=N_("Whatever else lessens the loss. Left out, there is nothing."), example=[]
    )
    already_indemnified = AmountField(
        description=N_(
            "What was approved, and not reversed, for this buyer or bank in the policy year. Left out, 0.00."
        ),
        example="0.00",
    )

    @validates_schema(skip_on_field_errors=False)
    def _currency_of_the_scheme(self, data: Mapping[str, Any], **_more: Any) -> None:
        if "scheme" not in data or "currency" not in data:
            return
        wanted = load_terms(data["scheme"]).currency
        if data["currency"] != wanted:
            raise ValidationError(
                _(
                    "“%(value)s” is not the currency of %(scheme)s, which is %(wanted)s.",
                    value=show(data["currency"]),
                    scheme=data["scheme"],
                    wanted=wanted,
                ),
                "currency",
            )


def sums(data: Mapping[str, Any], name: str) -> list[Money]:
    """The amounts of one list of a checked body; none where it was left out."""
    return [Money.of(text, data["currency"]) for text in data.get(name, ())]


class SumsParser(BodyParser):
    """Reads the sums."""

    most_sent = MOST_SENT
    no_object = _l("The body must be one JSON object with the fields scheme, on, currency and invoices.")
