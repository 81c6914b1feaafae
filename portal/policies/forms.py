"""The forms of issuing policies and of what comes in on signed paper afterwards."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from portal.common import clock, formats
from portal.common.fields import DayField

LONGEST_NAME = 60


class IssueForm(FlaskForm):
    """The day on which all that waits is issued. `earliest`: the first day on which anything had applied."""

    on = DayField(_l("Day of issue"), [InputRequired(_l("Enter the day of issue"))])
    earliest: date | None = None

    def validate_on(self, field: Field) -> None:
        """Not in the future, and not before anybody had applied."""
        if field.data is None:
            return
        if field.data > clock.today():
            raise ValidationError(
                _("%(day)s is still to come. Enter today or an earlier day", day=formats.day(field.data))
            )
        if self.earliest is not None and field.data < self.earliest:
            raise ValidationError(
                _(
                    "On %(day)s nobody of those waiting had applied. Enter %(earliest)s or a later day",
                    day=formats.day(field.data),
                    earliest=formats.day(self.earliest),
                )
            )


class AcknowledgementForm(FlaskForm):
    """A signed paper that says: we have read the policy (收悉)."""

    on = DayField(_l("Day on the paper"), [InputRequired(_l("Enter the day on the paper"))])
    name = StringField(
        _l("Who signed"),
        [
            InputRequired(_l("Enter the name of the person who signed")),
            Length(max=LONGEST_NAME, message=_l("Use at most 60 characters")),
        ],
        filters=[lambda text: " ".join(text.split()) if text else text],
    )

    def validate_name(self, field: Field) -> None:
        """A name of blanks is none."""
        if not field.data:
            raise ValidationError(_("Enter the name of the person who signed"))


class WithdrawalForm(FlaskForm):
    """A signed paper that says: we leave the policy."""

    on = DayField(_l("First day without cover"), [InputRequired(_l("Enter the first day without cover"))])
