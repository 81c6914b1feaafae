"""The forms of a firm's people: the code, the answer to staff, another representative."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.applications import requests
from portal.common.cells import clean, visible
from portal.documents.check import CheckedFile
from portal.documents.forms import DocumentField

LONGEST_PERSON = 60  # characters of a person's name
LONGEST_NUMBER = 40


def _tidy(text: str | None) -> str | None:
    return clean(text) if text else text


def _tidy_lines(text: str | None) -> str | None:
    return visible(text) if text else text


class ConfirmCodeForm(FlaskForm):
    """The code that went to the mobile of an authority's file."""

    code = StringField(_l("Code from the text message"), [InputRequired(_l("Enter the 6 digits of the code"))])


class AnswerForm(FlaskForm):
    """The answer to what staff ask about acting for a firm: only the fields of what is asked."""

    licence = DocumentField(_l("Business licence"), required=False)
    representative_name = StringField(
        _l("Legal representative, as on the licence"),
        [Optional(), Length(max=LONGEST_PERSON, message=_l("Use at most %(max)d characters"))],
        filters=[_tidy],
    )
    representative_number = StringField(
        _l("The representative's identity number"),
        [Optional(), Length(max=LONGEST_NUMBER, message=_l("Use at most %(max)d characters"))],
        filters=[_tidy],
    )
    explain = TextAreaField(
        _l("Explanation"),
        [Optional(), Length(max=requests.LONGEST_ANSWER, message=_l("Use at most %(max)d characters"))],
        filters=[_tidy_lines],
    )
    contact = StringField(
        _l("How you can be reached"),
        [Optional(), Length(max=200, message=_l("Use at most %(max)d characters"))],
        filters=[_tidy],
    )

    def ask_for(self, items: Sequence[str]) -> None:
        """Keep the fields of these items only."""
        wanted = {name for item in items for name in requests.FIELDS[item]}
        for name in ("licence", "representative_name", "representative_number", "explain", "contact"):
            if name not in wanted:
                delattr(self, name)

    def answered(self) -> tuple[dict[str, str], dict[str, CheckedFile]]:
        """What was typed, by field, and the file, by item."""
        fields = {
            field.name: str(field.data)
            for field in self
            if field.name != "csrf_token" and field.type != "DocumentField" and field.data
        }
        licence = self._fields.get("licence")
        files = {requests.LICENCE: licence.checked} if licence is not None and licence.checked else {}
        return fields, files

    def mark(self, items: Sequence[str]) -> None:
        """Say beside their fields which items are still without an answer."""
        for item in items:
            for name in requests.FIELDS[item]:
                field: Field | None = self._fields.get(name)
                if field is not None and not field.data:
                    field.errors = [*field.errors, _("This is asked for and still missing")]


class RepresentativeForm(FlaskForm):
    """The new legal representative, each of the two values under a consent of its own, and the new licence."""

    name = StringField(
        _l("Name of the legal representative"),
        [
            InputRequired(_l("Enter the name as it stands on the licence")),
            Length(max=LONGEST_PERSON, message=_l("Use at most %(max)d characters")),
        ],
        filters=[_tidy],
    )
    number = StringField(
        _l("Identity number"),
        [
            InputRequired(_l("Enter the identity number")),
            Length(max=LONGEST_NUMBER, message=_l("Use at most %(max)d characters")),
        ],
        filters=[_tidy],
    )
    licence = DocumentField(_l("New business licence"), missing=_l("Take a photo of the licence or choose a file"))
    agree_name: Any = BooleanField(
        _l("The person agrees that the name is used to hold it against the lists and the registry"),
        [InputRequired(_l("Tick it once the person has agreed"))],
    )
    agree_number: Any = BooleanField(
        _l("The person agrees that the identity number is used to hold it against the lists"),
        [InputRequired(_l("Tick it once the person has agreed"))],
    )
