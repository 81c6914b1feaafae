"""The forms of a notice, one for each step; what its values must be is said in `entries.py`."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.claims.entries import CURRENCIES, NO, ROW_NAMES, TROUBLE_NAMES, YES
from portal.claims.names import RISK_NAMES, RISKS_OF, TERM_NAMES, TERMS_OF
from portal.claims.sending import CLAIM, WATCH
from portal.common.problems import Problem

Choices = list[SelectChoice]
NOTHING_TYPED = ("cell_empty", "day_missing")
ENTER_IT = {
    "invoice_number": _l("Enter the number of the invoice"),
    "amount": _l("Enter the amount that is still unpaid, as in 10,000.00"),
    "invoiced_on": _l("Enter the date of the invoice"),
    "shipped_on": _l("Enter the day on which the goods were shipped"),
    "due_on": _l("Enter the day on which the money was or is due"),
    "happened_on": _l("Enter the day on which you learned of it"),
}
"""What is said beside a field that was left empty: it has no cell, and a summary must tell three dates apart."""


def _yes_no() -> Choices:
    return [SelectChoice(YES, _l("Yes")), SelectChoice(NO, _l("No"))]


class NoticeStep(FlaskForm):
    """A step; `version` is the draft's when the page was made, so that two windows notice each other."""

    version = HiddenField(default="0")

    @property
    def seen_version(self) -> int:
        """The version that the page showed; what is no number was never shown by us."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """What was typed, by these names."""
        return {name: self._fields[name].data or "" for name in names if name in self._fields}

    def mark(self, wrong: Mapping[str, Problem]) -> None:
        """Say beside the fields what is wrong with them."""
        for name, problem in wrong.items():
            if name in self._fields:
                empty = problem.code in NOTHING_TYPED and name in ENTER_IT
                self.say(name, str(ENTER_IT[name]) if empty else problem.text())

    def say(self, name: str, words: str) -> None:
        """Say something beside one field."""
        field = self._fields[name]
        field.errors = [*field.errors, words]


class BuyerForm(NoticeStep):
    """Which of the firm's buyers it is about."""

    obligor = RadioField(_l("Who owes your firm the money?"), validate_choice=False)
    event = HiddenField(default="")

    def offer(self, buyers: Choices) -> None:
        """Offer the firm's buyers."""
        self.obligor.choices = buyers


class TroubleForm(NoticeStep):
    """What happened, in plain words."""

    risk = RadioField(_l("What happened?"), validate_choice=False)
    happened_on = StringField(_l("On which day did you learn of it?"))
    disposed_on = StringField(_l("Day on which the goods were sold or otherwise disposed of"))
    discrepant = RadioField(_l("Does the bank name discrepancies in the documents?"), validate_choice=False)
    words = StringField(_l("Anything else in one line"))

    def offer(self, kind: str) -> None:
        """Offer what can happen with an obligor of this kind."""
        self.risk.choices = [SelectChoice(str(risk), RISK_NAMES[risk]) for risk in RISKS_OF[kind]]
        self.discrepant.choices = _yes_no()
        if kind == "bank":
            del self.disposed_on
        else:
            del self.discrepant

    def typed(self) -> dict[str, str]:
        """What was typed."""
        return self.values(TROUBLE_NAMES)


class ShipmentForm(NoticeStep):
    """One shipment; `row` is the id of the one that is changed."""

    row = HiddenField(default="")
    invoice_number = StringField(_l("Invoice number"))
    invoiced_on = StringField(_l("Invoice date"))
    shipped_on = StringField(_l("Shipped on"))
    due_on = StringField(_l("Due on"))
    amount = StringField(_l("Still unpaid"))
    currency = SelectField(
        _l("Currency"), choices=[SelectChoice(code, code) for code in CURRENCIES], validate_choice=False
    )
    payment_term = RadioField(_l("How was it to be paid?"), validate_choice=False)
    own_declaration = RadioField(_l("Did your firm itself declare the goods to customs?"), validate_choice=False)
    in_transit = RadioField(_l("Are the goods still on their way?"), validate_choice=False)
    declaration_number = StringField(_l("Number of the customs declaration"))

    def offer(self, kind: str) -> None:
        """Offer the payment terms that go with an obligor of this kind; a single one is not asked."""
        self.own_declaration.choices = _yes_no()
        self.in_transit.choices = [
            SelectChoice(NO, _l("No, they have arrived")),
            SelectChoice(YES, _l("Yes, on their way")),
        ]
        if len(TERMS_OF[kind]) == 1:
            del self.payment_term
        else:
            self.payment_term.choices = [SelectChoice(str(term), TERM_NAMES[term]) for term in TERMS_OF[kind]]

    def typed(self) -> dict[str, str]:
        """What was typed."""
        return self.values(ROW_NAMES)


class SheetForm(NoticeStep):
    """The small workbook."""

    file = FileField(_l("Excel file with the shipments"))


class SendForm(NoticeStep):
    """What was read back, why it is late if it is, and whether to watch or to claim."""

    choice = RadioField(_l("What do you want to do?"), default=WATCH)
    late_reason = TextAreaField(_l("Why is it late?"))

    def offer(self, may_claim: bool) -> None:
        """Offer to claim where anything is covered."""
        self.choice.choices = [SelectChoice(WATCH, _("Only report it for now"))]
        if may_claim:
            self.choice.choices.append(SelectChoice(CLAIM, _("Report it and claim")))
