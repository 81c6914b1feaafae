"""The form for confirming a value of the terms."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length


class ConfirmValueForm(FlaskForm):
    """What says that a provisional value holds."""

    reference = TextAreaField(
        _l("Notice or letter that says so"),
        [
            DataRequired(_l("Name the notice or letter, with its number and date")),
            Length(max=500, message=_l("Use at most 500 characters")),
        ],
        filters=[lambda text: text.strip() if text else text],
    )
