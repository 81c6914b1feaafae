"""The form of importing exchange rates."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class RatesForm(FlaskForm):
    """A workbook of rates; the button pressed says whether it is looked at or imported."""

    file = FileField(_l("Excel workbook (.xlsx)"), [FileRequired(_l("Choose the file first"))])
