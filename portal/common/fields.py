"""Form fields that several areas use."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import DateField
from wtforms.validators import StopValidation


class DayField(DateField):
    """A calendar day. What is no day is told in our words, with what was typed; nothing typed is None."""

    data: Any  # a date, or None; what a valid form requires is there

    def pre_validate(self, form: Any) -> None:
        """Of what is no day nothing more is said, least of all that a day is missing."""
        if self.process_errors:
            raise StopValidation

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read YYYY-MM-DD, as browsers send it and as people type it where there is no calendar."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            if len(text) != len("2022-08-09"):
                raise ValueError(text)
            self.data = date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(_("“%(text)s” is no day. Enter it as in 2022-08-09", text=text[:40])) from error
