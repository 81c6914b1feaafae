"""The forms of a claim: documents, filing, answering, consent, agreeing and objecting, the account, a dispute."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.appeals.forms import PapersField, tidy
from portal.applications.requests import EXPLAIN
from portal.claims import consents
from portal.claims.claim_names import ACCOUNT_FAULTS, CONSENT_KINDS, GROUND_NAMES, item_name
from portal.claims.consents import DISCOUNT, NEEDS_AMOUNT, NEEDS_UNTIL, Wanted
from portal.claims.mine import LONGEST_WORDS
from portal.claims.payees import FIELDS
from portal.claims.records import Shipment
from portal.common import clock
from portal.common.bank_accounts import AccountInput, tidied
from portal.common.cells import amount, clean, iso_date
from portal.common.formats import money
from portal.common.problems import CellProblem
from portal.documents.check import CheckedFile
from portal.documents.forms import DocumentField

SHORTEST_WORDS = 4  # characters
MOST_KEPT = 20


def check_words(field: Field) -> None:
    """Raise `ValidationError` for no words, too few or too many."""
    length = len(field.data or "")
    if length < SHORTEST_WORDS:
        raise ValidationError(_("Write it in one or two sentences"))
    if length > LONGEST_WORDS:
        raise ValidationError(
            _("These are %(length)s characters. Use at most %(most)s", length=length, most=LONGEST_WORDS)
        )


class WithFiles(FlaskForm):
    """A form with files; `kept` are the ids of those that came with an earlier try."""

    kept = HiddenField()

    def kept_ids(self) -> list[str]:
        """The ids of the files of an earlier try."""
        return (self.kept.data or "").split()[:MOST_KEPT]


class PapersForm(FlaskForm):
    """Files for one item of the checklist."""

    item = HiddenField()
    files = PapersField(_l("Files"))

    def validate_files(self, field: Field) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(_("Take a photo of it or choose a file"))


class ReplaceForm(FlaskForm):
    """A better version of one paper."""

    file = DocumentField(_l("The better version"))


class RemarkForm(FlaskForm):
    """A word for whoever assesses."""

    words = TextAreaField(_l("A word for whoever assesses"), filters=[tidy])

    def validate_words(self, field: Field) -> None:
        """A few words at least."""
        check_words(field)


class FileForm(FlaskForm):
    """Filing: what is known to be missing, and why it is late if it is."""

    missing = HiddenField()  # the codes that the page named
    incomplete: Any = BooleanField()
    late_reason = TextAreaField(_l("Why is it late?"), filters=[tidy])

    def shape(self, missing: Sequence[str], late: bool) -> None:
        """Ask only what is to be asked."""
        self.incomplete.label.text = ngettext(
            "I file it without this document, and hand it in as soon as I have it",
            "I file it without these %(num)s documents, and hand them in as soon as I have them",
            len(missing),
        )
        if not missing:
            del self.incomplete
        if not late:
            del self.late_reason

    def validate_incomplete(self, field: Field) -> None:
        """Said, where something is missing."""
        if not field.data:
            raise ValidationError(_("Hand in what is missing, or tick that you file without it"))

    def validate_late_reason(self, field: Field) -> None:
        """Said, where it is late."""
        check_words(field)


class DisposedForm(FlaskForm):
    """The day on which rejected goods were disposed of."""

    on = StringField(_l("Day on which the goods were sold, returned or otherwise disposed of"))

    def day(self, first: date) -> date | None:
        """The day, if it can be one; else what is wrong stands beside the field."""
        try:
            found = iso_date(self.on.data)
        except CellProblem as error:
            self.on.errors = [error.problem.text()]
            return None
        if not first <= found <= clock.today():
            self.on.errors = [_("Enter a day between the shipment and today")]
            return None
        return found


class AnswerClaimForm(FlaskForm):
    """Everything that is asked on a claim: files for each item, or in words why there is none."""

    request = HiddenField()

    items: tuple[str, ...] = ()
    there: frozenset[str] = frozenset()

    @classmethod
    def of(cls, items: Sequence[str]) -> type["AnswerClaimForm"]:
        """The form for these items."""
        fields: dict[str, Any] = {"items": tuple(items)}
        for item in items:
            if item == EXPLAIN:
                fields[item] = TextAreaField(_("Your explanation"), filters=[tidy])
            else:
                fields[item] = PapersField(item_name(item))
                fields[f"why_{item}"] = TextAreaField(_("Or say why you do not have it"), filters=[tidy])
        return type("AnswerOfItems", (cls,), fields)

    def files(self) -> dict[str, list[CheckedFile]]:
        """The files that may be kept, by item."""
        return {item: self._fields[item].checked for item in self._papers() if self._fields[item].checked}

    def said(self) -> dict[str, str]:
        """What was written, by item."""
        names = {item: item if item == EXPLAIN else f"why_{item}" for item in self.items}
        return {item: self._fields[name].data for item, name in names.items() if self._fields[name].data}

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every item is answered; what is missing is told beside it."""
        right = bool(super().validate(extra_validators))
        said = self.said()
        for item in self.items:
            field = self._fields[item]
            if field.errors or item in said or item in self.there or self.files().get(item):
                continue
            field.errors = [
                _("Write the explanation") if item == EXPLAIN else _("Hand it in, or say why you do not have it")
            ]
            right = False
        return right

    def _papers(self) -> list[str]:
        return [item for item in self.items if item != EXPLAIN]


class ConsentForm(WithFiles):
    """What the firm would like to do; `offer` names the shipments."""

    kind = RadioField(_l("What would you like to do?"), validate_choice=False)
    shipment = SelectField(_l("For which shipment?"), validate_choice=False)
    amount = StringField(_l("Amount"))
    until = StringField(_l("Until"))
    words = TextAreaField(_l("Why, and what the buyer offers"), filters=[tidy])
    files = PapersField(_l("Papers, such as what the buyer wrote"))

    def offer(self, shipments: Sequence[Shipment]) -> None:
        """Offer each kind, and each shipment and all of them."""
        self.kind.choices = list(CONSENT_KINDS.items())
        self.by_id: Mapping[str, Shipment] = {one.id: one for one in shipments}
        self.shipment.choices = [("", _("All shipments")), *((one.id, one.invoice_number) for one in shipments)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything that this kind needs is there."""
        right = bool(super().validate(extra_validators))
        kind = self.kind.data
        if kind not in consents.KINDS:
            self.kind.errors = [_("Choose one")]
            return False
        return all([self._right_amount(kind), self._right_until(kind), right])

    def validate_words(self, field: Field) -> None:
        """A few words at least."""
        check_words(field)

    def wanted(self) -> Wanted:
        """What is asked for, once it was validated."""
        return Wanted(
            kind=self.kind.data,
            shipment_id=self.shipment.data or None,
            amount_minor=self._amount,
            currency=self._currency() if self._amount is not None else None,
            until=self._until,
            words=self.words.data or "",
        )

    def _currency(self) -> str:
        named = self.by_id.get(self.shipment.data or "")
        return named.currency if named is not None else next(iter(self.by_id.values())).currency

    def _right_amount(self, kind: str) -> bool:
        self._amount: int | None = None
        text = clean(self.amount.data or "")
        if not text:
            if kind in NEEDS_AMOUNT:
                self.amount.errors = [_("Enter the amount")]
            return kind not in NEEDS_AMOUNT
        try:
            self._amount = amount(text, self._currency())
        except CellProblem as error:
            self.amount.errors = [error.problem.text()]
            return False
        if not self._amount and kind in NEEDS_AMOUNT:
            self.amount.errors = [_("Enter an amount above 0")]
            return False
        owed = self._unpaid()
        if kind == DISCOUNT and self._amount >= owed:
            self.amount.errors = [
                _("A discount is less than what is unpaid, %(amount)s", amount=money(owed, self._currency()))
            ]
            return False
        return True

    def _unpaid(self) -> int:
        named = self.by_id.get(self.shipment.data or "")
        meant = [named] if named is not None else list(self.by_id.values())
        return sum(one.amount_minor for one in meant if one.currency == self._currency())

    def _right_until(self, kind: str) -> bool:
        self._until: date | None = None
        text = clean(self.until.data or "")
        if not text:
            if kind in NEEDS_UNTIL:
                self.until.errors = [_("Enter the day")]
            return kind not in NEEDS_UNTIL
        try:
            self._until = iso_date(text)
        except CellProblem as error:
            self.until.errors = [error.problem.text()]
            return False
        if kind in NEEDS_UNTIL and self._until <= clock.today():
            self.until.errors = [_("Enter a day to come")]
            return False
        return True


class AccountForm(FlaskForm):
    """An account, as it stands on the bank's paper."""

    holder = StringField(_l("Account holder"))
    bank = StringField(_l("Bank and branch"))
    bank_code = StringField(_l("Bank code (CNAPS or SWIFT)"))
    account = StringField(_l("Account number"))

    def given(self) -> AccountInput:
        """What was typed, tidied."""
        return tidied(*(self._fields[name].data or "" for name in FIELDS))

    def mark(self, wrong: Mapping[str, str]) -> None:
        """Say beside the fields what is wrong with them."""
        for name, code in wrong.items():
            self._fields[name].errors = [str(ACCOUNT_FAULTS[code])]


class AssignmentForm(AccountForm, WithFiles):
    """The bank's account and the deed."""

    deed = DocumentField(_l("Deed of assignment"), required=False)


class ReleaseForm(FlaskForm):
    """The bank's paper that releases the proceeds."""

    paper = DocumentField(_l("The bank’s release"))


class DisputeForm(WithFiles):
    """What is in dispute, or how it ended, with papers."""

    about = HiddenField()
    words = TextAreaField(_l("What does the buyer say?"), filters=[tidy])
    files = PapersField(_l("Papers"))
    papers_needed = False

    def ended(self) -> None:
        """Ask for the judgment instead."""
        self.words.label.text = _("What was decided or agreed?")
        self.files.label.text = _("Judgment, award or settlement")
        self.papers_needed = True

    def validate_words(self, field: Field) -> None:
        """A few words at least."""
        check_words(field)

    def validate_files(self, field: Field) -> None:
        """The judgment itself, where it is told of."""
        if self.papers_needed and not field.data and not self.kept_ids():
            raise ValidationError(_("Add the judgment, the award or the settlement"))


class SeenForm(FlaskForm):
    """What was read of a decision: its hash."""

    seen = HiddenField()


class ObjectForm(WithFiles):
    """What an objection is about, why, and what shows it."""

    seen = HiddenField()
    ground = RadioField(_l("What is wrong with the result?"), validate_choice=False)
    words = TextAreaField(_l("What is right, and why?"), filters=[tidy])
    files = PapersField(_l("Papers that show it"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.ground.choices = list(GROUND_NAMES.items())

    def validate_ground(self, field: Field) -> None:
        """One of them."""
        if field.data not in GROUND_NAMES:
            raise ValidationError(_("Choose what is wrong"))

    def validate_words(self, field: Field) -> None:
        """A few words at least."""
        check_words(field)
