"""What staff fill in about payments: which claims to order, the bank's file, and what became of a line."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.common import clock
from portal.common.cells import visible
from portal.common.fields import DayField
from portal.payments.settling import DID_NOT, LONGEST_REASON, LOOKED_INTO, OUTCOMES, SHORTEST_REASON, WENT_OUT


def tidy(text: str | None) -> str | None:
    """What was typed, without what cannot be seen."""
    return visible(text) if text else text


class ClaimsField(SelectMultipleField):
    """Claims to order, each with its box."""

    data: Any
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OrderForm(FlaskForm):
    """Which agreed claims are ordered."""

    claims = ClaimsField(_l("Claims to order"), choices=[], validate_choice=False)

    def validate_claims(self, field: Field) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(_("Tick at least one claim"))


class ReleaseForm(FlaskForm):
    """Which state of the batch was looked at."""

    seen = HiddenField()


class ResultsForm(FlaskForm):
    """The bank's result file."""

    file = FileField(_l("Excel workbook (.xlsx)"), [FileRequired(_l("Choose the file first"))])


class SettleForm(FlaskForm):
    """What became of a line, once the bank was asked."""

    seen = HiddenField()
    outcome = RadioField(
        _l("What did the bank say?"),
        choices=[
            SelectChoice(WENT_OUT, _l("The ordered sum went out")),
            SelectChoice(DID_NOT, _l("It did not, or it came back")),
            SelectChoice(LOOKED_INTO, _l("Looked into; it stays as it is")),
        ],
        validate_choice=False,
    )
    paid_on = DayField(_l("Paid on"))
    bank_reference = StringField(_l("The bank’s number of the payment"), filters=[tidy])
    reason = TextAreaField(_l("Reason"), filters=[tidy])

    def validate_outcome(self, field: Field) -> None:
        """One of the three."""
        if field.data not in OUTCOMES:
            raise ValidationError(_("Choose what the bank said"))

    def validate_paid_on(self, field: Field) -> None:
        """A day, if it went out, and not in the future."""
        if self.outcome.data == WENT_OUT and field.data is None:
            raise ValidationError(_("Enter the day on which the bank paid"))
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("The day lies in the future"))

    def validate_bank_reference(self, field: Field) -> None:
        """The bank's number, if it went out."""
        if self.outcome.data == WENT_OUT and not field.data:
            raise ValidationError(_("Enter the bank’s number of the payment"))
        if field.data and len(field.data) > 60:
            raise ValidationError(_("Use at most %(most)s characters", most=60))

    def validate_reason(self, field: Field) -> None:
        """A few words, and not too many."""
        if not SHORTEST_REASON <= len(field.data or "") <= LONGEST_REASON:
            raise ValidationError(
                _(
                    "Write the reason in %(least)s to %(most)s characters",
                    least=SHORTEST_REASON,
                    most=f"{LONGEST_REASON:,}",
                )
            )
