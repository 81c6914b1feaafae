"""The form for the account to which firms remit and pay back."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from portal.common import clock
from portal.common.bank_accounts import AccountInput, tidied
from portal.common.fields import DayField
from portal.programme.underwriter_accounts import LONGEST_NAME, faults


class AccountForm(FlaskForm):
    """An account of the underwriter, and from which day on."""

    holder = StringField(_l("Account holder"), [DataRequired(_l("Enter who holds the account"))])
    bank = StringField(_l("Bank and branch"), [DataRequired(_l("Enter the bank with its branch"))])
    bank_code = StringField(_l("Bank code"))
    account = StringField(_l("Account number"), [DataRequired(_l("Enter the account number"))])
    starts_on = DayField(_l("From"), [InputRequired(_l("Enter the day from which it holds"))])
    reference = StringField(
        _l("What says so"),
        [
            DataRequired(_l("Name the letter that says so, with its number and date")),
            Length(max=200, message=_l("Use at most 200 characters")),
        ],
    )

    def given(self) -> AccountInput:
        """What was typed, tidied."""
        return tidied(
            self.holder.data or "", self.bank.data or "", self.bank_code.data or "", self.account.data or ""
        )

    def validate_holder(self, _field: Field) -> None:
        """A name of a usual length."""
        if "holder" in faults(self.given()):
            raise ValidationError(_("Use 2 to %(most)s characters", most=LONGEST_NAME))

    def validate_bank(self, _field: Field) -> None:
        """A name of a usual length."""
        if "bank" in faults(self.given()):
            raise ValidationError(_("Use 2 to %(most)s characters", most=LONGEST_NAME))

    def validate_bank_code(self, _field: Field) -> None:
        """A CNAPS number or a BIC, or none."""
        if "bank_code" in faults(self.given()):
            raise ValidationError(_("A bank code has 12 digits (CNAPS), or 8 or 11 characters (SWIFT)"))

    def validate_account(self, _field: Field) -> None:
        """Digits of a usual length, or an IBAN."""
        if "account" in faults(self.given()):
            raise ValidationError(
                _("This cannot be an account number: use 8 to 34 digits, and compare each with the bank’s paper")
            )

    def validate_starts_on(self, field: Field) -> None:
        """Today at the earliest: what firms were told before stays."""
        if field.data is not None and field.data < clock.today():
            raise ValidationError(_("Enter today, %(today)s, or later", today=clock.today().isoformat()))


class ConfirmForm(FlaskForm):
    """Which account was looked at."""

    seen = HiddenField(validators=[DataRequired()])
