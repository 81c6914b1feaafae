"""The forms of applying, one for each step; what its values must be is said in `entries.py`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField

from portal.applications import consents
from portal.applications.drafts import FIRM, STEP_ENTRIES, Opened, typed_over
from portal.applications.entries import YES, read
from portal.documents.forms import DocumentField

AGREE_NAME, AGREE_NUMBER = "agree_name", "agree_number"
AGREEMENTS: Mapping[str, str] = {
    AGREE_NAME: consents.REPRESENTATIVE_NAME,
    AGREE_NUMBER: consents.REPRESENTATIVE_NUMBER,
}
"""The box of each consent."""


class StepForm(FlaskForm):
    """A step; `version` is the draft's when the page was made, so that two windows notice each other."""

    version = HiddenField(default="0")
    step = ""

    @property
    def seen_version(self) -> int:
        """The version that the page showed; what is no number was never shown by us."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def values(self) -> dict[str, str]:
        """What was typed, by the names of the entries."""
        given: dict[str, str] = {}
        for name in STEP_ENTRIES[self.step]:
            field = self._fields.get(name)
            if field is not None:
                given[name] = (YES if field.data else "") if isinstance(field.data, bool) else field.data or ""
        return given

    def ticked(self) -> list[str]:
        """The consents or declarations that were ticked."""
        return []

    def mark(self, found: Opened, today: date) -> bool:
        """Say beside the fields what is missing or wrong for this step to be done; whether nothing is."""
        names = STEP_ENTRIES[self.step]
        wrong = read(typed_over(found, self.step, self.values()), today, found.registry is not None)[1]
        for name, fault in wrong.items():
            if name in names and name in self._fields:
                self._say(name, fault.problem.text())
        return not self.errors

    def _say(self, name: str, words: str) -> None:
        field = self._fields[name]
        field.errors = [*field.errors, words]


class FirmForm(StepForm):
    """The firm and how to reach whoever applies for it."""

    step = FIRM
    firm_name = StringField(_l("Name of the firm"))
    address = StringField(_l("Address"))
    contact = StringField(_l("Your name"))
    mobile = StringField(_l("Mobile number"))
    email = StringField(_l("E-mail"))


class RepresentativeForm(StepForm):
    """The legal representative, each value under a consent of its own, and the business licence."""

    step = "representative"
    own: Any = BooleanField(_l("I am the legal representative"))
    representative = StringField(_l("Name of the legal representative"))
    agree_name: Any = BooleanField()
    number = StringField(_l("Identity number"))
    other_document: Any = BooleanField(_l("It is another document: a passport or a permit"))
    agree_number: Any = BooleanField()
    licence = DocumentField(_l("Business licence"), required=False)

    def word(self, language: str) -> None:
        """Put the full text of each consent beside its box, in the language it is shown in."""
        for name, kind in AGREEMENTS.items():
            self._fields[name].label.text = consents.current(kind).words(language)

    def ticked(self) -> list[str]:
        """The consents that were given."""
        return [kind for name, kind in AGREEMENTS.items() if self._fields[name].data]

    def mark(self, found: Opened, today: date) -> bool:
        """Also that both consents are needed, and the licence."""
        super().mark(found, today)
        if not self.agree_name.data:
            self._say(AGREE_NAME, _("Without this consent the name cannot be used. Tick it once it is given"))
        if not self.agree_number.data:
            self._say(AGREE_NUMBER, _("Without this consent the number cannot be used. Tick it once it is given"))
        if found.licence_id is None and not self.licence.errors:
            self._say("licence", _("The licence is missing. Take a photo of it or choose a file"))
        return not self.errors


class DeclarationsForm(StepForm):
    """A box for each declaration; made for those that the terms ask for by `declarations_form`."""

    step = "declarations"
    codes: Sequence[str] = ()

    def ticked(self) -> list[str]:
        """The declarations that were made."""
        return [code for code in self.codes if self._fields[code].data]

    def mark(self, found: Opened, today: date) -> bool:
        """Each of them is needed."""
        for code in self.codes:
            if not self._fields[code].data:
                self._say(code, _("Without this declaration there is no cover. Tick it if it is true"))
        return not self.errors

    def boxes(self) -> list[Any]:
        """The fields of the declarations, in the order of the terms."""
        return [self._fields[code] for code in self.codes]


class SendForm(FlaskForm):
    """What was read back: which draft, as which version."""

    draft = HiddenField()
    version = HiddenField(default="0")


def declarations_form(codes: Sequence[str], language: str, **kwargs: Any) -> DeclarationsForm:
    """The form with one box for each of these declarations, none ticked by us, its full text beside it."""
    boxes = {code: BooleanField(consents.current(code).words(language)) for code in codes}
    made: type[DeclarationsForm] = type("DeclarationsOfTerms", (DeclarationsForm,), {**boxes, "codes": codes})
    return made(**kwargs)
