"""The form by which a reviewer decides who acts for a firm."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from portal.applications import requests
from portal.applications.confirming import CONFIRM, LONGEST_REASON, REFUSE, SHORTEST_REASON
from portal.applications.names import REQUEST_ITEMS
from portal.common.cells import clean, visible
from portal.members.names import REFUSALS

ASK = "ask"
ITEMS = (requests.LICENCE, requests.REPRESENTATIVE, requests.EXPLAIN, requests.CONTACT)


def _tidy(text: str | None) -> str | None:
    return visible(text) if text else text


def _tidy_line(text: str | None) -> str | None:
    return clean(text) if text else text


class MembershipForm(FlaskForm):
    """Confirm from the licence, refuse with a coded reason, or ask for more. `seen` is what was looked at."""

    seen = HiddenField()
    outcome = RadioField(
        _l("Your decision"),
        choices=[
            SelectChoice(CONFIRM, _l("Confirm from the licence")),
            SelectChoice(REFUSE, _l("Refuse")),
            SelectChoice(ASK, _l("Ask for more")),
        ],
        validate_choice=False,
    )
    name_agrees: Any = BooleanField(_l("The name on the licence is this firm’s"))
    code_agrees: Any = BooleanField(_l("The code on the licence is this firm’s"))
    representative = StringField(_l("Legal representative, as on the licence"), filters=[_tidy_line])
    code = RadioField(
        _l("Why not?"), choices=[SelectChoice(one, REFUSALS[one]) for one in REFUSALS], validate_choice=False
    )
    items = SelectMultipleField(
        _l("What is missing?"),
        choices=[SelectChoice(one, REQUEST_ITEMS[one]) for one in ITEMS],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def validate(self, extra_validators: Any = None) -> bool:
        """What each decision needs, told beside its field."""
        valid = bool(super().validate(extra_validators))
        wrong = {
            CONFIRM: self._wrong_confirming,
            REFUSE: self._wrong_refusing,
            ASK: self._wrong_asking,
        }.get(self.outcome.data or "", self._wrong_outcome)()
        for field, sentence in wrong:
            field.errors = [*field.errors, sentence]
        if len(self.reason.data or "") > LONGEST_REASON:
            self.reason.errors = [
                _("The reason is too long. Use at most %(most)s characters", most=LONGEST_REASON)
            ]
            valid = False
        return valid and not wrong

    def _wrong_outcome(self) -> list[tuple[Any, str]]:
        return [(self.outcome, _("Choose what you decide"))]

    def _wrong_confirming(self) -> list[tuple[Any, str]]:
        wrong = [
            (field, _("Tick it once you have compared it; else ask or refuse"))
            for field in (self.name_agrees, self.code_agrees)
            if not field.data
        ]
        if not self.representative.data:
            wrong.append((self.representative, _("Type the name that stands on the licence")))
        return wrong

    def _wrong_refusing(self) -> list[tuple[Any, str]]:
        wrong = []
        if self.code.data not in REFUSALS:
            wrong.append((self.code, _("Choose the reason that the person reads")))
        if len(self.reason.data or "") < SHORTEST_REASON:
            wrong.append((self.reason, _("Write in a few words what you looked at")))
        return wrong

    def _wrong_asking(self) -> list[tuple[Any, str]]:
        known = self.items.data and set(self.items.data) <= set(ITEMS)
        return [] if known else [(self.items, _("Tick what the person is asked for"))]
