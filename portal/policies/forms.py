"""The forms of issuing policies and of what comes in on signed paper afterwards."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.applications.reviews import LONGEST_REASON, SHORTEST_REASON
from portal.common import clock, formats
from portal.common.cells import visible
from portal.common.fields import DayField
from portal.policies import names

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


class ReadForm(FlaskForm):
    """A member of the firm says that it has read the policy (收悉). `fingerprint`: of the document it read."""

    name = StringField(
        _l("Your name"),
        [Length(max=LONGEST_NAME, message=_l("Use at most 60 characters"))],
        filters=[lambda text: " ".join(visible(text).split()) if text else text],
    )
    read = BooleanField("", [InputRequired(_l("Tick that you have read what is not covered and what is covered"))])
    fingerprint = HiddenField()
    known_name: str = ""

    def validate_name(self, field: Field) -> None:
        """Asked for only where the portal does not know the reader's name."""
        if not (self.known_name or field.data):
            raise ValidationError(_("Enter your name, as in your identity document"))


class ReasonForm(FlaskForm):
    """Why staff annul a policy, for staff and auditors only."""

    reason = TextAreaField(
        _l("Reason"),
        [
            InputRequired(_l("Write why")),
            Length(SHORTEST_REASON, LONGEST_REASON, _l("Write %(min)d to %(max)d characters")),
        ],
    )


class ReplaceForm(FlaskForm):
    """Why a certificate is made anew."""

    reason = RadioField(
        _l("Why the certificate is made anew"),
        [InputRequired(_l("Choose why"))],
        choices=[SelectChoice(code, words) for code, words in names.REPLACING.items()],
    )


class ConfirmForm(FlaskForm):
    """A button that was pressed on purpose; it carries the token and nothing else."""


class WithdrawalForm(FlaskForm):
    """A signed paper that says: we leave the policy."""

    on = DayField(_l("First day without cover"), [InputRequired(_l("Enter the first day without cover"))])
