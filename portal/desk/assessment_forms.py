"""The form for money that came in, as it is added while a claim is assessed."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from portal.claims.records import Shipment
from portal.common.cells import amount
from portal.common.fields import DayField
from portal.common.problems import CellProblem
from portal.desk.assessment_view import MONEY_KINDS, money_kinds
from portal.recoveries.forms import check_past_day, check_reference, tidy
from portal.scheme.money import Money

_PAYMENT, *OF_AN_INVOICE = MONEY_KINDS
ENTER_IT = {
    "received_on": _l("Enter the day on which the money came in"),
    "amount": _l("Enter what came in, as in 10,000.00"),
    "reference": _l("Enter the reference as it stands on the bank’s advice or the contract"),
}
"""What is said beside a field that was left empty: it is no cell of a workbook."""


class AddMoneyForm(FlaskForm):
    """A payment, resale proceeds or a credit. `offer` says which invoices there are."""

    kind = SelectField(_l("What"), id="money-kind", validate_choice=False)
    invoice = SelectField(_l("Invoice that it names"), id="money-invoice", validate_choice=False)
    received_on = DayField(_l("Day it came in"), id="money-on")
    reference = StringField(
        _l("Reference on the bank’s advice or the contract"), id="money-reference", filters=[tidy]
    )
    currency = SelectField(_l("Currency, where no invoice is named"), id="money-currency", validate_choice=False)
    amount = StringField(_l("Amount, in the currency of the invoice"), id="money-amount", filters=[tidy])
    costs = StringField(_l("Agreed costs, if any"), id="money-costs", filters=[tidy])

    def offer(self, shipments: Sequence[Shipment]) -> None:
        """The claim's own invoices and their currencies; of a single currency nobody is asked."""
        self.own: Mapping[str, Shipment] = {one.id: one for one in shipments}
        self.kind.choices = [SelectChoice(code, words) for code, words in money_kinds()]
        self.invoice.choices = [SelectChoice("", _("none named: oldest due date first"))] + [
            SelectChoice(one.id, one.invoice_number) for one in shipments
        ]
        self.currencies = list(dict.fromkeys(one.currency for one in shipments))
        self.currency.choices = [SelectChoice(one, one) for one in self.currencies]
        if len(self.currencies) == 1:
            del self.currency

    @property
    def named(self) -> Shipment | None:
        """The invoice that the money names."""
        return self.own.get(self.invoice.data or "")

    @property
    def money_currency(self) -> str:
        """That of the invoice, else the one chosen, else the only one."""
        if self.named is not None:
            return self.named.currency
        chosen = self.currency.data if self.currency is not None else ""
        return chosen if chosen in self.currencies else self.currencies[0]

    def sum_of(self, field: Field) -> Money:
        """What one of the two sums says, nothing being nothing; `CellProblem` for what is no amount."""
        return Money.from_minor(amount(field.data or "0", self.money_currency), self.money_currency)

    def validate_kind(self, field: Field) -> None:
        """One of the kinds."""
        if field.data not in MONEY_KINDS:
            raise ValidationError(_("Choose what kind of money it is"))

    def validate_invoice(self, field: Field) -> None:
        """One of the claim's own; only a payment may name none."""
        if field.data and self.named is None:
            raise ValidationError(_("Choose one of the invoices, or none"))
        if self.kind.data in OF_AN_INVOICE and self.named is None:
            raise ValidationError(_("Choose the invoice: resale proceeds and credits go to their own"))

    def validate_currency(self, field: Field) -> None:
        """One of the invoices' currencies."""
        if self.named is None and field.data not in self.currencies:
            raise ValidationError(_("Choose the currency"))

    def validate_received_on(self, field: Field) -> None:
        """A day that has come."""
        if field.data is None:
            raise ValidationError(str(ENTER_IT["received_on"]))
        check_past_day(field)

    def validate_reference(self, field: Field) -> None:
        """What tells this money from other money."""
        if not field.data:
            raise ValidationError(str(ENTER_IT["reference"]))
        check_reference(field)

    def validate_amount(self, field: Field) -> None:
        """A sum above nothing."""
        if not self._read(field).minor:
            raise ValidationError(str(ENTER_IT["amount"]))

    def validate_costs(self, field: Field) -> None:
        """A sum not above what came in, if there were costs."""
        costs = self._read(field)
        if not self.amount.errors and costs > self.sum_of(self.amount):
            raise ValidationError(_("The costs are higher than what came in"))

    def _read(self, field: Field) -> Money:
        try:
            return self.sum_of(field)
        except CellProblem as error:
            raise ValidationError(error.problem.text()) from error
