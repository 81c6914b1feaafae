"""What staff fill in on an appeal: a correction, why it is sent back or declined, what the firm is asked for."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appeals.desk_actions import DECLINE_CODES, ITEMS
from portal.appeals.names import DECLINE_NAMES
from portal.appeals.proposals import BadProposal, Proposal
from portal.applications.names import REQUEST_ITEMS
from portal.applications.requests import LONGEST_NOTE
from portal.applications.reviews import LONGEST_REASON, SHORTEST_REASON
from portal.common.cells import amount, clean, visible
from portal.common.fields import DayField
from portal.common.problems import CellProblem
from portal.scheme import corrected as mended


def _tidy(text: str | None) -> str | None:
    return visible(text) if text else text


def _require_reason(field: Field) -> None:
    """A few words at least, and not too many."""
    length = len(field.data or "")
    if not length:
        raise ValidationError(_("Write the reason: what you looked at and what it shows"))
    if length < SHORTEST_REASON:
        raise ValidationError(
            _("The reason is too short. Write at least %(least)s characters", least=SHORTEST_REASON)
        )
    if length > LONGEST_REASON:
        raise ValidationError(
            _("The reason has %(length)s characters. Use at most %(most)s", length=length, most=LONGEST_REASON)
        )


class CorrectionForm(FlaskForm):
    """One correction. `offer` fits the fields to the fact; `value` holds what is right, a day in `day`."""

    what = HiddenField()
    which = RadioField(_l("Which entry?"), choices=[], validate_choice=False)
    value = StringField(_l("What is right?"))
    day = DayField(_l("Removed from the list on"))
    holds_from = DayField(_l("Holds from"), [InputRequired(_l("Enter the day from which the correction holds"))])
    evidence = RadioField(_l("Which paper shows it?"), choices=[], validate_choice=False)
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def offer(self, what: str, entries: Sequence[tuple[str, str]], papers: Sequence[tuple[str, str]]) -> None:
        """The fact to correct, the list entries and the papers there are to choose from."""
        self.what.data = what
        self.which.choices = list(entries)
        self.evidence.choices = list(papers)
        if len(entries) == 1 and not self.which.data:
            self.which.data = entries[0][0]
        if len(papers) == 1 and not self.evidence.data:
            self.evidence.data = papers[0][0]

    def proposal(self) -> Proposal:
        """What was filled in; call it on a form that validated."""
        value = self.value.data or ""
        if self.what.data == mended.EXPORTS:
            value = str(amount(value, "USD"))
        elif self.what.data == mended.ENTRY_REMOVED:
            value = self.day.data.isoformat()
        which = self.which.data if self.what.data == mended.ENTRY_REMOVED else None
        return Proposal(self.what.data, which, value, self.holds_from.data, self.evidence.data)

    def validate_value(self, field: Field) -> None:
        """Something that is right; a total as an amount."""
        if self.what.data == mended.ENTRY_REMOVED:
            return
        field.data = clean(field.data or "")
        if not field.data:
            raise ValidationError(_("Enter what is right"))
        if self.what.data == mended.EXPORTS:
            try:
                amount(field.data, "USD")
            except CellProblem as error:
                raise ValidationError(error.problem.text()) from error

    def validate_day(self, field: Field) -> None:
        """The day of the removal, where that is what is corrected."""
        if self.what.data == mended.ENTRY_REMOVED and field.data is None and not field.errors:
            raise ValidationError(_("Enter the day on which the entry was removed"))

    def validate_which(self, field: Field) -> None:
        """One of the entries, where an entry is corrected."""
        offered = [value for value, _words in field.choices or []]
        if self.what.data == mended.ENTRY_REMOVED and field.data not in offered:
            raise ValidationError(_("Choose the entry that was removed"))

    def validate_evidence(self, field: Field) -> None:
        """One of the papers of this appeal."""
        if field.data not in [value for value, _words in field.choices or []]:
            raise ValidationError(_("Choose the paper that shows it"))

    def validate_reason(self, field: Field) -> None:
        """Why it is right."""
        _require_reason(field)

    def refuse(self, error: BadProposal) -> None:
        """Put the refusal of a proposal beside the field it is about."""
        fields: dict[str, Field] = {
            "no_such_entry": self.which,
            "holds_from": self.holds_from,
            "removed_on": self.day,
            "evidence": self.evidence,
            "identity_number": self.value,
            "value": self.value,
            "same_value": self.day if self.what.data == mended.ENTRY_REMOVED else self.value,
        }
        words = {
            "no_such_fact": _("This fact is not in question any more"),
            "no_such_entry": _("This entry is not among those in question any more"),
            "holds_from": _("The day lies after today or before the base year. Enter one in between"),
            "removed_on": _("The day lies before the listing or after today. Enter one in between"),
            "evidence": _("Choose the paper that shows it"),
            "identity_number": _(
                "This is no valid identity number of 18 characters. Compare it with the paper once more"
            ),
            "value": _("This cannot be kept as a value. Enter it as the paper has it"),
            "same_value": _("The source says the same already, so there is nothing to correct"),
        }[error.code]
        if error.code in fields:
            fields[error.code].errors = [*fields[error.code].errors, words]
        else:
            self.form_errors = [words]


class DeclineForm(FlaskForm):
    """Why an appeal is declined: a coded reason that the firm reads, and one in words for staff."""

    code = RadioField(
        _l("Why"),
        [InputRequired(_l("Choose why"))],
        choices=[],
    )
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.code.choices = [(code, str(DECLINE_NAMES[code])) for code in DECLINE_CODES]

    def validate_reason(self, field: Field) -> None:
        """In words."""
        _require_reason(field)


class AskForm(FlaskForm):
    """What the firm is asked for, once and together."""

    items = SelectMultipleField(
        _l("What is missing?"),
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    note = TextAreaField(_l("Note for staff"), filters=[_tidy])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.items.choices = [(item, str(REQUEST_ITEMS[item])) for item in ITEMS]

    def validate_items(self, field: Field) -> None:
        """At least one."""
        if not field.data:
            raise ValidationError(_("Tick what the firm is asked for"))

    def validate_note(self, field: Field) -> None:
        """Not too long."""
        if len(field.data or "") > LONGEST_NOTE:
            raise ValidationError(_("The note is too long. Use at most %(most)s characters", most=LONGEST_NOTE))


class ReasonForm(FlaskForm):
    """A decision with a reason: sending a correction back, or a rejected case to another person."""

    correction = HiddenField()
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def validate_reason(self, field: Field) -> None:
        """In words."""
        _require_reason(field)


class ApproveForm(FlaskForm):
    """Only the token and which correction was looked at."""

    correction = HiddenField()
