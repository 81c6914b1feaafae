"""What is filled in about money received: by a firm, by staff; and what becomes of an excess."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from portal.claims.receipts import money_index
from portal.common import clock
from portal.common.cells import amount, visible
from portal.common.fields import DayField
from portal.common.problems import CellProblem
from portal.documents.forms import DocumentField
from portal.ledger.accounts import Held
from portal.recoveries import excesses, names, receiving
from portal.recoveries.receiving import LONGEST_REFERENCE, Told
from portal.scheme.money import Money

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters


def tidy(text: str | None) -> str | None:
    """What was typed, without what cannot be seen."""
    return visible(text) if text else text


def check_reason(field: Field) -> None:
    """Raise `ValidationError` for a reason that is too short or too long."""
    if not SHORTEST_REASON <= len(field.data or "") <= LONGEST_REASON:
        raise ValidationError(
            _(
                "Write the reason in %(least)s to %(most)s characters",
                least=SHORTEST_REASON,
                most=f"{LONGEST_REASON:,}",
            )
        )


def check_past_day(field: Field) -> None:
    """Raise `ValidationError` for no day, or one in the future."""
    if field.data is None:
        raise ValidationError(_("Enter the day"))
    if field.data > clock.today():
        raise ValidationError(_("The day lies in the future"))


def check_reference(field: Field, longest: int = LONGEST_REFERENCE) -> None:
    """Raise `ValidationError` for no reference, or none that tells money apart."""
    if not field.data:
        raise ValidationError(_("Enter the reference on the bank’s advice"))
    if len(field.data) > longest:
        raise ValidationError(_("Use at most %(most)s characters", most=longest))
    try:
        money_index("", field.data)
    except ValueError as error:
        raise ValidationError(_("A reference has letters or digits")) from error


def check_amount(field: Field, currency: str, above_zero: bool) -> None:
    """Raise `ValidationError` for what is no amount, in our words."""
    if not (field.data or "").strip():
        raise ValidationError(_("Enter the amount, as in 10,000.00"))
    try:
        minor = amount(field.data or "", currency)
    except CellProblem as error:
        raise ValidationError(error.problem.text()) from error
    if above_zero and not minor:
        raise ValidationError(_("Enter a sum above 0"))


class MoneyForm(FlaskForm):
    """Money received. `offer` says which currencies and invoices there are."""

    received_on = DayField(_l("Received on"))
    reference = StringField(_l("Reference on the bank’s advice"), filters=[tidy])
    currency = SelectField(_l("Currency"), choices=[], validate_choice=False)
    amount = StringField(_l("Sum received"), filters=[tidy])
    costs = StringField(_l("Costs of getting it"), filters=[tidy])
    invoice = SelectField(_l("Invoice that the payer names"), choices=[], validate_choice=False)

    def offer(self, currencies: Sequence[str], invoices: Sequence[tuple[str, str]]) -> None:
        """The currencies of the notice, and its invoices (id and number)."""
        self.currencies, self.invoices = {*currencies}, {"", *(one for one, _number in invoices)}
        self.currency.choices = [SelectChoice(one, one) for one in currencies]
        self.invoice.choices = [SelectChoice("", _("none, or I do not know"))] + [
            SelectChoice(one, number) for one, number in invoices
        ]

    def told(self, held: Held = Held.FIRM) -> Told:
        """What was filled in; call it on a form that validated."""
        currency = self.currency.data
        return Told(
            self.received_on.data,
            self.reference.data or "",
            Money.from_minor(amount(self.amount.data, currency), currency),
            Money.from_minor(amount(self.costs.data, currency) if self.costs.data else 0, currency),
            self.invoice.data or None,
            held,
        )

    def validate_received_on(self, field: Field) -> None:
        """A day that has come."""
        check_past_day(field)

    def validate_reference(self, field: Field) -> None:
        """What tells this money from other money."""
        check_reference(field)

    def validate_currency(self, field: Field) -> None:
        """One of those offered."""
        if field.data not in self.currencies:
            raise ValidationError(_("Choose the currency"))

    def validate_amount(self, field: Field) -> None:
        """A sum above nothing."""
        check_amount(field, self.currency.data or "USD", above_zero=True)

    def validate_costs(self, field: Field) -> None:
        """A sum, if there were costs."""
        if field.data:
            check_amount(field, self.currency.data or "USD", above_zero=False)

    def validate_invoice(self, field: Field) -> None:
        """One of those offered."""
        if (field.data or "") not in self.invoices:
            raise ValidationError(_("Choose one of the invoices, or none"))


class TellForm(MoneyForm):
    """Money that a firm tells of, with the bank's advice."""

    paper = DocumentField(_l("The bank’s advice"), missing=_l("Add the bank’s advice as a photo or PDF"))


class RecordForm(MoneyForm):
    """Money that staff record."""

    held = RadioField(
        _l("Who received it?"),
        choices=[SelectChoice(one, words) for one, words in names.HELD_BY.items()],
        default=Held.FIRM.value,
        validate_choice=False,
    )

    def validate_held(self, field: Field) -> None:
        """The firm or the underwriter."""
        if field.data not in names.HELD_BY:
            raise ValidationError(_("Choose who received it"))


class CostsForm(FlaskForm):
    """The agreed costs of a recovery that a firm told of."""

    costs = StringField(_l("Agreed costs"), filters=[tidy])

    def validate_costs(self, field: Field) -> None:
        """A sum, or nothing."""
        if field.data:
            check_amount(field, "USD", above_zero=False)


class RefuseForm(FlaskForm):
    """Why what a firm told is not recorded."""

    code = RadioField(
        _l("Why is it not recorded?"),
        choices=[SelectChoice(code, names.REFUSALS[code]) for code in receiving.REFUSAL_CODES],
        validate_choice=False,
    )

    def validate_code(self, field: Field) -> None:
        """One of the reasons."""
        if field.data not in receiving.REFUSAL_CODES:
            raise ValidationError(_("Choose the reason"))


class SettleShareForm(FlaskForm):
    """That a share changed hands."""

    share = HiddenField()
    on = DayField(_l("Arrived or paid out on"))
    reference = StringField(_l("The bank’s reference"), filters=[tidy])

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        check_past_day(field)

    def validate_reference(self, field: Field) -> None:
        """Under which it can be found."""
        check_reference(field)


class RepaidForm(FlaskForm):
    """That a firm paid back what it owed; `seen` is what it owed, in minor units, when the page was made.

    It stands on a page with the form of other money, so its fields have ids of their own.
    """

    seen = HiddenField(id="repaid-seen")
    amount = StringField(_l("Sum received"), id="repaid-amount", filters=[tidy])
    on = DayField(_l("Received on"), id="repaid-on")
    reference = StringField(_l("The bank’s reference"), id="repaid-reference", filters=[tidy])

    def owed_then(self, currency: str) -> Money | None:
        """What the page said that the firm owes; None for what is no number, which no page of ours has shown."""
        text = self.seen.data or ""
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return None
        return Money.from_minor(int(text), currency)

    def validate_amount(self, field: Field) -> None:
        """A sum above nothing."""
        check_amount(field, "USD", above_zero=True)

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        check_past_day(field)

    def validate_reference(self, field: Field) -> None:
        """Under which it can be found."""
        check_reference(field, 40)


class ReasonForm(FlaskForm):
    """Why a recovery is reversed."""

    reason = TextAreaField(_l("Reason"), filters=[tidy])

    def validate_reason(self, field: Field) -> None:
        """A few words, and not too many."""
        check_reason(field)


class ExcessForm(FlaskForm):
    """What is proposed about an excess."""

    outcome = RadioField(
        _l("What becomes of the excess?"),
        choices=[SelectChoice(one, names.OUTCOMES[one]) for one in excesses.OUTCOMES],
        validate_choice=False,
    )
    reason = TextAreaField(_l("Reason"), filters=[tidy])

    def validate_outcome(self, field: Field) -> None:
        """One of the two."""
        if field.data not in excesses.OUTCOMES:
            raise ValidationError(_("Choose what becomes of the excess"))

    def validate_reason(self, field: Field) -> None:
        """A few words, and not too many."""
        check_reason(field)


class DecideForm(FlaskForm):
    """Which proposal was looked at, and with which amounts."""

    seen = HiddenField()
    amounts = HiddenField()
