"""The form in which a firm answers what staff ask about its application: only the fields of what is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from portal.applications import requests
from portal.common.cells import clean, visible
from portal.documents.check import CheckedFile
from portal.documents.forms import DocumentField
from portal.scheme.id_numbers import is_valid_identity_number, normal_number

LONGEST_PERSON, LONGEST_NUMBER, LONGEST_CONTACT = 60, 40, 200  # characters
IDENTITY_NUMBER = 18  # characters
TOO_LONG = _l("Use at most %(max)d characters")
AGREEMENTS = {"agree_name": "representative_name", "agree_number": "representative_number"}
"""The tick of each consent, and the kind of the consent."""


def _line(text: str | None) -> str | None:
    return clean(text) if text else text


def _lines(text: str | None) -> str | None:
    return visible(text) if text else text


class AnswerRequestForm(FlaskForm):
    """One field for each thing asked; files that came are kept when another field has to be put right."""

    request = HiddenField()
    licence = DocumentField(_l("Business licence"), required=False)
    evidence_exports = DocumentField(_l("Evidence of the exports"), required=False)
    evidence_registration = DocumentField(_l("Evidence of the registration"), required=False)
    evidence_list = DocumentField(_l("Evidence about the list entry"), required=False)
    representative_name = StringField(
        _l("Name of the legal representative, as on the identity card"),
        [Optional(), Length(max=LONGEST_PERSON, message=TOO_LONG)],
        filters=[_line],
    )
    representative_number = StringField(
        _l("Identity number of the legal representative"),
        [Optional(), Length(max=LONGEST_NUMBER, message=TOO_LONG)],
        filters=[_line],
    )
    other_document: Any = BooleanField(_l("It is another document: a passport or a permit"))
    agree_name: Any = BooleanField()
    agree_number: Any = BooleanField()
    explain = TextAreaField(
        _l("Your explanation"),
        [Optional(), Length(max=requests.LONGEST_ANSWER, message=TOO_LONG)],
        filters=[_lines],
    )
    contact = StringField(
        _l("Whom we can reach, name and telephone"),
        [Optional(), Length(max=LONGEST_CONTACT, message=TOO_LONG)],
        filters=[_line],
    )
    kept = HiddenField()

    def ask_for(self, items: Sequence[str]) -> None:
        """Keep the fields of these items only."""
        self.items = [item for item in requests.ITEMS if item in items]
        wanted = {*(name for item in items for name in requests.FIELDS[item]), "request", "kept", "csrf_token"}
        if requests.REPRESENTATIVE in items:
            wanted |= {"other_document", *AGREEMENTS}
        for name in [field.name for field in self if field.name not in wanted]:
            delattr(self, name)

    def papers(self) -> dict[str, str]:
        """Papers that came with an earlier try: the document's id by item."""
        pairs = (pair.partition(":") for pair in (self.kept.data or "").split())
        return {item: document for item, _colon, document in pairs if item in self.items and document}

    def keep(self, papers: Mapping[str, str]) -> None:
        """Remember papers for the next try."""
        self.kept.data = " ".join(f"{item}:{document}" for item, document in papers.items())

    def files(self) -> dict[str, CheckedFile]:
        """The files that came now and may be kept, by item."""
        fields = {item: self._fields.get(item) for item in self.items if item in requests.FILES}
        return {item: field.checked for item, field in fields.items() if field is not None and field.checked}

    def typed(self) -> dict[str, str]:
        """What was typed, by field."""
        names = {name for item in self.items if item not in requests.FILES for name in requests.FIELDS[item]}
        found = {name: str(self._fields[name].data) for name in names if self._fields[name].data}
        if requests.REPRESENTATIVE_NUMBER in found:
            found[requests.REPRESENTATIVE_NUMBER] = normal_number(found[requests.REPRESENTATIVE_NUMBER])
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything that is asked is there; what is missing is told beside its field."""
        right = bool(super().validate(extra_validators))
        there = {*self.files(), *self.papers()}
        for item in self.items:
            for name in (item,) if item in requests.FILES else requests.FIELDS[item]:
                field = self._fields[name]
                if field.errors or item in there or (item not in requests.FILES and field.data):
                    continue
                field.errors = [_MISSING.get(name, _l("This is asked for and still missing"))]
                right = False
        return self._right_person() and right

    def _right_person(self) -> bool:
        if requests.REPRESENTATIVE not in self.items:
            return True
        right = True
        number = self._fields[requests.REPRESENTATIVE_NUMBER]
        text = normal_number(number.data)
        checked = text and not number.errors and not self._fields["other_document"].data
        if checked and len(text) != IDENTITY_NUMBER:
            number.errors = [_("The identity number has %(now)s characters now, it should have 18", now=len(text))]
            right = False
        elif checked and not is_valid_identity_number(text):
            number.errors = [_("The identity number does not fit together: check each digit")]
            right = False
        for name in AGREEMENTS:
            if not self._fields[name].data:
                self._fields[name].errors = [_("Tick it once the person has agreed")]
                right = False
        return right


_MISSING = {
    requests.REPRESENTATIVE_NAME: _l("Enter the name as it stands on the identity card"),
    requests.REPRESENTATIVE_NUMBER: _l("Enter the 18 characters of the identity number"),
    requests.EXPLAIN: _l("Write the explanation"),
    requests.CONTACT: _l("Enter a name and a telephone"),
    **{item: _l("Take a photo of it or choose a file") for item in requests.FILES},
}
