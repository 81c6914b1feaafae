"""The forms of a firm's people: the code, the answer to staff, another representative."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.applications import consents, entries, requests
from portal.applications.answer_forms import AGREEMENTS
from portal.common import clock
from portal.common.cells import clean, visible
from portal.documents.check import CheckedFile
from portal.documents.forms import DocumentField


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
        [Optional()],
        filters=[_tidy],
    )
    representative_number = StringField(
        _l("The representative's identity number"),
        [Optional()],
        filters=[_tidy],
    )
    agree_name: Any = BooleanField()
    agree_number: Any = BooleanField()
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

    def validate_representative_name(self, field: Field) -> None:
        """A person's name; rare characters stay."""
        field.data = _taken(lambda: entries.person_name(field.data))

    def validate_representative_number(self, field: Field) -> None:
        """An identity number, or what cannot be one: the number of a passport or permit."""
        looks_like = len(field.data) >= 15 or field.data.isdigit()
        check = partial(entries.identity_number, today=clock.today()) if looks_like else entries.document_number
        field.data = _taken(lambda: check(field.data))

    def ask_for(self, items: Sequence[str], language: str) -> None:
        """Keep the fields of these items only; the consents are worded in this language."""
        wanted = {name for item in items for name in requests.FIELDS[item]}
        for name in ("licence", "representative_name", "representative_number", "explain", "contact"):
            if name not in wanted:
                delattr(self, name)
        for name, kind in AGREEMENTS.items():
            if requests.REPRESENTATIVE in items:
                self._fields[name].label.text = consents.current(kind).words(language)
            else:
                delattr(self, name)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each of the representative's two values needs the person's own consent."""
        right = bool(super().validate(extra_validators))
        for name in AGREEMENTS:
            field = self._fields.get(name)
            if field is not None and not field.data:
                field.errors = [_("Tick it once the person has agreed")]
                right = False
        return right

    def answered(self) -> tuple[dict[str, str], dict[str, CheckedFile]]:
        """What was typed, by field, and the file, by item."""
        fields = {
            field.name: str(field.data)
            for field in self
            if field.name not in ("csrf_token", *AGREEMENTS) and field.type != "DocumentField" and field.data
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
        _l("Name of the legal representative"), [InputRequired(_l("Enter the name as it stands on the licence"))]
    )
    number = StringField(_l("Number of the document"), [InputRequired(_l("Enter the number of the document"))])
    other_document: Any = BooleanField(_l("It is a passport or permit, no identity card of the mainland"))
    licence = DocumentField(_l("New business licence"), missing=_l("Take a photo of the licence or choose a file"))
    agree_name: Any = BooleanField(validators=[InputRequired(_l("Tick it once the person has agreed"))])
    agree_number: Any = BooleanField(validators=[InputRequired(_l("Tick it once the person has agreed"))])

    def __init__(self, language: str, today: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.today = today
        self.agree_name.label.text = consents.current(consents.REPRESENTATIVE_NAME).words(language)
        self.agree_number.label.text = consents.current(consents.REPRESENTATIVE_NUMBER).words(language)

    def validate_name(self, field: Field) -> None:
        """A person's name; rare characters stay."""
        field.data = _taken(lambda: entries.person_name(field.data))

    def validate_number(self, field: Field) -> None:
        """An identity number, or the number of another document where that is ticked."""
        if self.other_document.data:
            field.data = _taken(lambda: entries.document_number(field.data))
        else:
            field.data = _taken(lambda: entries.identity_number(field.data, self.today))


def _taken(read: Callable[[], str]) -> str:
    """What was typed, in the form in which it is kept; its fault is the field's error."""
    try:
        return read()
    except entries.EntryProblem as error:
        raise ValidationError(error.problem.text()) from error
