"""The forms of importing a file and of closing a list entry."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.common.cells import visible

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters


class ImportForm(FlaskForm):
    """A workbook to look at before it is imported."""

    file = FileField(_l("Excel workbook (.xlsx)"), [FileRequired(_l("Choose the file first"))])


class ConfirmForm(FlaskForm):
    """Only the token; the button pressed says what to do."""


class UndoForm(FlaskForm):
    """Why a version is undone."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Write why the version is undone")),
            Length(SHORTEST_REASON, LONGEST_REASON, _l("Write between %(min)d and %(max)d characters")),
        ],
        filters=[lambda text: visible(text) if text else text],
    )


class CloseEntryForm(FlaskForm):
    """Why a list entry is closed."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Write why the entry no longer holds")),
            Length(
                SHORTEST_REASON,
                LONGEST_REASON,
                _l("Write between %(min)d and %(max)d characters"),
            ),
        ],
        filters=[lambda text: visible(text) if text else text],
    )
