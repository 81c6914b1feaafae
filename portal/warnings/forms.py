"""The forms by which staff enter events and confirm concerns."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from portal.common import clock
from portal.common.cells import visible
from portal.obligors.answering import LONGEST_REASON, SHORTEST_REASON
from portal.obligors.identifiers import countries
from portal.warnings.actions import LONGEST_SOURCE
from portal.warnings.names import INSOLVENCY, KIND_NAMES, MEASURES, POLITICAL


class EventForm(FlaskForm):
    """An event; which of country and obligor is asked for follows from its kind."""

    kind = RadioField(_l("What kind of event?"), validate_choice=False)
    country = SelectField(_l("Country"), validate_choice=False)
    obligor = StringField(
        _l("Number of the buyer or bank"), filters=[lambda text: text.strip().upper() if text else text]
    )
    measure = SelectField(_l("What happened, as firms read it"), validate_choice=False)
    happened_on = DateField(_l("Day on which it happened"))
    source = TextAreaField(_l("Where this is known from"), filters=[lambda text: visible(text) if text else text])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = list(KIND_NAMES.items())
        self.country.choices = [("", "—"), *countries()]
        self.measure.choices = [("", "—")]
        for kind, measures in MEASURES.items():
            self.measure.choices += [
                (f"{kind} {code}", _("%(kind)s: %(measure)s", kind=KIND_NAMES[kind], measure=said))
                for code, said in measures.items()
            ]

    @property
    def measure_code(self) -> str:
        """The code of the measure, without the kind that it belongs to."""
        return (self.measure.data or "").rpartition(" ")[2]

    def validate_kind(self, field: Field) -> None:
        """One of the kinds."""
        if field.data not in KIND_NAMES:
            raise ValidationError(_("Choose what kind of event it is"))

    def validate_country(self, field: Field) -> None:
        """A country, for what happens in one."""
        if self.kind.data == POLITICAL and not field.data:
            raise ValidationError(_("Choose the country"))

    def validate_obligor(self, field: Field) -> None:
        """A buyer or bank, for an insolvency."""
        if self.kind.data == INSOLVENCY and not field.data:
            raise ValidationError(_("Enter the number of the buyer or bank, as in O2026-00001"))

    def validate_measure(self, field: Field) -> None:
        """One of the measures of the kind."""
        kind, _space, code = (field.data or "").partition(" ")
        if kind != self.kind.data or code not in MEASURES.get(kind, {}):
            raise ValidationError(_("Choose what happened, of the kind above"))

    def validate_happened_on(self, field: Field) -> None:
        """A day that has come."""
        if field.data is None:
            raise ValidationError(_("Enter the day on which it happened"))
        if field.data > clock.today():
            raise ValidationError(_("The day is still to come. Enter it once it has happened"))

    def validate_source(self, field: Field) -> None:
        """A few words always."""
        if len(field.data or "") < SHORTEST_REASON:
            raise ValidationError(_("Write where this is known from"))
        if len(field.data) > LONGEST_SOURCE:
            raise ValidationError(_("Too long. Use at most %(most)s characters", most=LONGEST_SOURCE))


class SeenForm(FlaskForm):
    """A button that stands for the firms that were shown."""

    seen = HiddenField()


class ConcernForm(SeenForm):
    """Why staff are sure, for staff and auditors."""

    reason = TextAreaField(_l("Why are you sure?"), filters=[lambda text: visible(text) if text else text])

    def validate_reason(self, field: Field) -> None:
        """A few words always."""
        if len(field.data or "") < SHORTEST_REASON:
            raise ValidationError(_("Write in a few words what you looked at"))
        if len(field.data) > LONGEST_REASON:
            raise ValidationError(
                _("The reason is too long. Use at most %(most)s characters", most=LONGEST_REASON)
            )
