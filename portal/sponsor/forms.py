"""Choosing a roster."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, SelectField, ValidationError
from wtforms.validators import InputRequired

from portal.common import formats
from portal.common.fields import DayField
from portal.policies.names import scheme_title
from portal.scheme.terms import available_terms, load_terms


class ReturnedForm(FlaskForm):
    """A roster that came back."""

    file = FileField(_l("Roster (.xlsx)"), [FileRequired(_l("Choose the file first"))])


class RosterForm(FlaskForm):
    """A scheme and the business date as of which its policies are listed."""

    scheme = SelectField(_l("Scheme"), [InputRequired(_l("Choose a scheme"))])
    as_of = DayField(_l("As of"), [InputRequired(_l("Enter the as-of date"))])

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)
        every = sorted((load_terms(key) for key in available_terms()), key=lambda terms: terms.first_date)
        self.scheme.choices = [(terms.key, scheme_title(terms)) for terms in reversed(every)]

    def validate_as_of(self, field: Field) -> None:
        """A scheme has no policies, and no terms to print above them, before its first day."""
        if field.data is None or self.scheme.data not in available_terms():
            return
        first = load_terms(self.scheme.data).first_date
        if field.data < first:
            raise ValidationError(
                _(
                    "The scheme begins on %(first)s. Enter that day or a later one, not %(day)s",
                    first=formats.day(first),
                    day=formats.day(field.data),
                )
            )
