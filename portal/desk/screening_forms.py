"""The form by which a reviewer decides about an insured firm in question."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, TextAreaField, ValidationError

from portal.applications.forms import CheckboxesField
from portal.applications.reviews import LONGEST_REASON, SHORTEST_REASON
from portal.applications.screening import COVER_STAYS, SET_ASIDE
from portal.applications.screening_actions import HARMLESS, PASSES_AGAIN, SOURCE_MISTAKEN, TO_YEAR_END
from portal.common.cells import visible

COVER_REASON_NAMES: dict[str, LazyString] = {
    HARMLESS: _l("The change does not bear on cover"),
    SOURCE_MISTAKEN: _l("The source is mistaken; the authority puts it right"),
    TO_YEAR_END: _l("Cover runs to the end of the year; renewal is judged anew"),
    PASSES_AGAIN: _l("Every rule passes again"),
}
"""Why cover stays, in the reader's words, in the order in which they are offered."""


class ScreeningForm(FlaskForm):
    """Cover stays for a coded reason, or list matches are set aside; a private reason with either."""

    seen = HiddenField()
    outcome = RadioField(_l("Your decision"), validate_choice=False)
    code = RadioField(_l("Why does cover stay?"), validate_choice=False)
    entries = CheckboxesField(_l("Which entries?"), choices=[], validate_choice=False)
    reason = TextAreaField(_l("Reason"), filters=[lambda text: visible(text) if text else text])

    def offer(self, matches: Mapping[str, Sequence[int]], words: Mapping[int, str], questioned: bool) -> None:
        """Offer what can be decided: setting aside only while a list match is open, each entry in its `words`."""
        self.outcome.choices = [(COVER_STAYS, _("Cover stays"))]
        if matches:
            self.outcome.choices.insert(0, (SET_ASIDE, _("The list means somebody else")))
        self.entries.choices = [(str(entry), text) for entry, text in words.items()]
        self.code.choices = [
            (code, name) for code, name in COVER_REASON_NAMES.items() if (code == PASSES_AGAIN) is not questioned
        ]

    def chosen_entries(self) -> list[int]:
        """The entries to set aside: those ticked, or the only one there is."""
        offered = [value for value, _words in self.entries.choices or []]
        chosen = offered if len(offered) == 1 else [one for one in self.entries.data or [] if one in offered]
        return [int(one) for one in chosen]

    def validate_outcome(self, field: Field) -> None:
        """One of what is offered."""
        if field.data not in {value for value, _words in field.choices or []}:
            raise ValidationError(_("Choose what you decide"))

    def validate_code(self, field: Field) -> None:
        """Cover stays for one of the reasons offered."""
        offered = {value for value, _words in field.choices or []}
        if self.outcome.data == COVER_STAYS and field.data not in offered:
            raise ValidationError(_("Choose why cover stays"))

    def validate_entries(self, field: Field) -> None:
        """Setting aside names at least one entry."""
        if self.outcome.data == SET_ASIDE and not self.chosen_entries():
            raise ValidationError(_("Tick each entry that is someone else"))

    def validate_reason(self, field: Field) -> None:
        """A few words always."""
        written = len(field.data or "")
        if written < SHORTEST_REASON:
            raise ValidationError(_("Write in a few words what you looked at"))
        if written > LONGEST_REASON:
            raise ValidationError(
                _("The reason is too long. Use at most %(most)s characters", most=LONGEST_REASON)
            )
