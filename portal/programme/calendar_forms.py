"""The forms of the calendar and of service levels."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError

from portal.common import clock
from portal.common.fields import DayField
from portal.programme.calendar_actions import LARGEST_SUM, LONGEST_LEVEL, SEEDED_FROM, NotALevel, checked_level
from portal.programme.service_levels import LEVELS, UNITS

LONGEST_SOURCE = 200
SOURCE = [
    DataRequired(_l("Name the notice that says so, with its number and date")),
    Length(max=LONGEST_SOURCE, message=_l("Use at most 200 characters")),
]


class DayForm(FlaskForm):
    """One day that is not what its weekday says, or is again."""

    day = DayField(_l("Day"), [InputRequired(_l("Enter the day"))])
    kind = RadioField(
        _l("What it is"),
        [InputRequired(_l("Choose what the day is"))],
        choices=[
            SelectChoice(value="off", label=_l("Holiday, not worked")),
            SelectChoice(value="worked", label=_l("Worked, though a weekend (make-up day)")),
            SelectChoice(value="usual", label=_l("As its weekday")),
        ],
    )
    source = StringField(_l("What says so"), SOURCE)

    def validate_day(self, field: Field) -> None:
        """A year that is counted in at all."""
        if field.data is not None and not SEEDED_FROM <= field.data.year <= clock.today().year + 2:
            raise ValidationError(_("Enter a day since %(year)s, at most two years ahead", year=SEEDED_FROM))


class YearForm(FlaskForm):
    """A year of which every day is entered."""

    year = IntegerField(_l("Year"), [InputRequired(_l("Enter the year")), NumberRange(SEEDED_FROM, 2200)])
    source = StringField(_l("What says so"), SOURCE)


class LevelForm(FlaskForm):
    """A service level from a day on."""

    value = StringField(_l("Days"), [DataRequired(_l("Enter the number"))])
    starts_on = DayField(_l("From"), [InputRequired(_l("Enter the day from which it holds"))])
    reference = StringField(_l("What says so"), SOURCE)

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        if LEVELS[key].kind == UNITS:
            self.value.label.text = _("Sum, in whole USD")

    def validate_value(self, field: Field) -> None:
        """A number of days, several rising ones, or a sum in whole units."""
        try:
            checked_level(self.key, field.data or "")
        except NotALevel as refused:
            if refused.code == "numbers":
                raise ValidationError(
                    _("Enter numbers of days that rise, as in 3 7 14, none above %(most)s", most=LONGEST_LEVEL)
                ) from refused
            if refused.code == "sum":
                raise ValidationError(
                    _("Enter one whole number from 1 to %(most)s", most=f"{LARGEST_SUM:,}")
                ) from refused
            raise ValidationError(_("Enter one number from 1 to %(most)s", most=LONGEST_LEVEL)) from refused

    def validate_starts_on(self, field: Field) -> None:
        """Today at the earliest."""
        today: date = clock.today()
        if field.data is not None and field.data < today:
            raise ValidationError(
                _(
                    "What was promised before stays as it was. Enter today, %(today)s, or later",
                    today=today.isoformat(),
                )
            )
