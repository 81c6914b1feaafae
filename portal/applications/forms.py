"""The forms of the reviewer's desk: deciding a case, taking it, and bringing in applications."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.applications.asking import ASK
from portal.applications.names import REQUEST_ITEMS
from portal.applications.reviews import (
    APPROVE,
    FIRM_LISTED,
    LONGEST_REASON,
    REJECT,
    REPRESENTATIVE_LISTED,
    SET_ASIDE,
    SHORTEST_REASON,
)
from portal.common import clock
from portal.common.cells import visible
from portal.common.fields import DayField
from portal.common.preferences import locale_name
from portal.scheme.terms import BeforeFirstTerms, available_terms, load_terms


def _tidy(text: str | None) -> str | None:
    """What was typed, without what cannot be seen."""
    return visible(text) if text else text


class CheckboxesField(SelectMultipleField):
    """Several boxes, any of which may be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DecideForm(FlaskForm):
    """What a reviewer decides on a referred case, and why. `offer` says what there is to choose."""

    seen_decision = HiddenField()
    outcome = RadioField(_l("Your decision"), validate_choice=False)
    entries = CheckboxesField(_l("Which entries?"), choices=[], validate_choice=False)
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    items = CheckboxesField(_l("What is the firm to send?"), choices=[], validate_choice=False)

    def offer(self, matches: Mapping[str, Sequence[int]], entry_words: Mapping[int, str]) -> dict[str, str]:
        """Offer what can be decided, list matches first, and give the line under each choice.

        ``matches`` are the list entries still in question by rule, ``entry_words`` how each is told apart.
        """
        firm, person = FIRM_LISTED in matches, REPRESENTATIVE_LISTED in matches
        ask = (ASK, _("Ask the firm for more"))
        ask_hint = _("It is the firm’s turn; tick below what it is to send")
        self.items.choices = list(REQUEST_ITEMS.items())
        self.entries.choices = [(str(entry), entry_words[entry]) for entry in entry_words]
        if not matches:
            self.outcome.choices = [(APPROVE, _("Clear the case")), (REJECT, _("Reject the case")), ask]
            return {
                APPROVE: _("Every point to look at counts as met; the firm can enrol"),
                REJECT: _("The firm cannot enrol this time"),
                ASK: ask_hint,
            }
        if firm and person:
            words = (_("Not the same firm or person"), _("The same firm or person"))
        elif firm:
            words = (_("Not the same firm"), _("The same firm"))
        else:
            words = (_("Not the same person"), _("The same person"))
        self.outcome.choices = [(SET_ASIDE, words[0]), (REJECT, words[1]), ask]
        return {
            SET_ASIDE: _("The match is set aside and the rules run again")
            if len(entry_words) == 1
            else _("What you tick below is set aside and the rules run again"),
            REJECT: _("The firm cannot enrol this time"),
            ASK: ask_hint,
        }

    def chosen_entries(self) -> list[int]:
        """The entries to set aside: those ticked, or the only one there is."""
        offered = [value for value, _words in self.entries.choices or []]
        if len(offered) == 1:
            return [int(offered[0])]
        return [int(value) for value in self.entries.data or [] if value in offered]

    def validate_outcome(self, field: Field) -> None:
        """One of what is offered."""
        offered = [value for value, _words in field.choices or []]
        if field.data == APPROVE and SET_ASIDE in offered:
            raise ValidationError(_("A list match is open. Say first whether it is the same, then clear the case"))
        if field.data not in offered:
            raise ValidationError(_("Choose what you decide"))

    def validate_entries(self, field: Field) -> None:
        """Setting aside several matches names at least one of them."""
        if self.outcome.data != SET_ASIDE:
            return
        offered = {value for value, _words in field.choices or []}
        if not set(field.data or []) <= offered:
            raise ValidationError(_("One of the entries is not in question here. Tick those that are listed"))
        if not self.chosen_entries():
            raise ValidationError(_("Tick each entry that is someone else"))

    def validate_items(self, field: Field) -> None:
        """Asking names at least one thing."""
        if self.outcome.data == ASK and not set(field.data or []) & set(REQUEST_ITEMS):
            raise ValidationError(_("Tick at least one thing that the firm is to send"))

    def validate_reason(self, field: Field) -> None:
        """A few words at least; a note to a request may be left out."""
        if self.outcome.data != ASK or field.data:
            check_reason(field, shortest=1 if self.outcome.data == ASK else SHORTEST_REASON)


class TogetherForm(FlaskForm):
    """One decision, and one reason, for several cases. `offer` says what there is to choose."""

    outcome = RadioField(_l("Your decision on all of them"), validate_choice=False)
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def offer(self, outcomes: Sequence[str]) -> dict[str, str]:
        """Offer these outcomes and give the line under each."""
        words = {
            APPROVE: (_("Clear the cases"), _("The point to look at counts as met; the firms can enrol")),
            SET_ASIDE: (
                _("Not the same firm or person"),
                _("Each match is set aside and the rules run again"),
            ),
            REJECT: (_("Reject the cases"), _("The firms cannot enrol this time")),
        }
        self.outcome.choices = [(outcome, words[outcome][0]) for outcome in outcomes]
        return {outcome: words[outcome][1] for outcome in outcomes}

    def validate_outcome(self, field: Field) -> None:
        """One of what is offered."""
        if field.data not in [value for value, _words in field.choices or []]:
            raise ValidationError(_("Choose what you decide"))

    def validate_reason(self, field: Field) -> None:
        """A few words at least."""
        check_reason(field)


def check_reason(field: Field, shortest: int = SHORTEST_REASON) -> None:
    """Raise `ValidationError` for a reason that is too short or too long."""
    length = len(field.data or "")
    if not length:
        raise ValidationError(_("Write the reason: what you looked at and what it shows"))
    if length < shortest:
        raise ValidationError(
            ngettext(
                "The reason has %(num)s character. Write at least %(least)s",
                "The reason has %(num)s characters. Write at least %(least)s",
                length,
                least=shortest,
            )
        )
    if length > LONGEST_REASON:
        raise ValidationError(
            _("The reason has %(length)s characters. Use at most %(most)s", length=length, most=LONGEST_REASON)
        )


class ImportForm(FlaskForm):
    """An applications file, for which scheme, and of which day."""

    file = FileField(_l("Excel workbook (.xlsx)"), [FileRequired(_l("Choose the file first"))])
    scheme = SelectField(_l("Scheme"))
    applied_on = DayField(_l("Application date"), [InputRequired(_l("Enter the application date"))])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        chinese = locale_name() == "zh"
        schemes = [load_terms(key) for key in available_terms()]
        schemes.sort(key=lambda terms: terms.first_date, reverse=True)
        self.scheme.choices = [(one.key, one.title if chinese else one.title_en) for one in schemes]

    def validate_applied_on(self, field: Field) -> None:
        """Not ahead of today, and not before the scheme has terms."""
        if field.data is None:
            return
        today = clock.today()
        if field.data > today:
            raise ValidationError(
                _(
                    "%(date)s is still to come. Enter today, %(today)s, or an earlier day",
                    date=field.data.isoformat(),
                    today=today.isoformat(),
                )
            )
        if self.scheme.data not in available_terms():
            return
        try:
            load_terms(self.scheme.data).on(field.data)
        except BeforeFirstTerms as error:
            raise ValidationError(
                _(
                    "This scheme has no terms on %(date)s: they begin on %(first)s. Choose a later day or "
                    "another scheme",
                    date=error.asked.isoformat(),
                    first=error.first_date.isoformat(),
                )
            ) from error
