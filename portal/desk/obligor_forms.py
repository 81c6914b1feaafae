"""The forms by which staff answer look-alikes, merge obligors and undo a merge."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, TextAreaField, ValidationError

from portal.common.cells import visible
from portal.obligors.answering import LONGEST_REASON, SHORTEST_REASON
from portal.obligors.names import DIFFERENT_NAMES, SAME_NAMES


class ReasonForm(FlaskForm):
    """A reason in words, for staff and auditors."""

    reason = TextAreaField(_l("Reason"), filters=[lambda text: visible(text) if text else text])

    def validate_reason(self, field: Field) -> None:
        """A few words always."""
        written = len(field.data or "")
        if written < SHORTEST_REASON:
            raise ValidationError(_("Write in a few words what you looked at"))
        if written > LONGEST_REASON:
            raise ValidationError(
                _("The reason is too long. Use at most %(most)s characters", most=LONGEST_REASON)
            )


class DifferentForm(ReasonForm):
    """Two obligors differ, for a coded reason."""

    code = RadioField(_l("Why are they different?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code.choices = list(DIFFERENT_NAMES.items())

    def validate_code(self, field: Field) -> None:
        """One of the reasons offered."""
        if field.data not in DIFFERENT_NAMES:
            raise ValidationError(_("Choose why they are different"))


class MergeForm(ReasonForm):
    """Two obligors are one, for a coded reason; `seen` is the digest of the effects that were shown."""

    seen = HiddenField()
    code = RadioField(_l("Why are they the same?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code.choices = list(SAME_NAMES.items())

    def validate_code(self, field: Field) -> None:
        """One of the reasons offered."""
        if field.data not in SAME_NAMES:
            raise ValidationError(_("Choose why they are the same"))
