"""Reading the cells of a roster file in the words of its canonical record, whoever saved the file last."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl

from portal.common.workbook_guard import refusing, safe_package
from portal.common.workbook_scan import Limits
from portal.common.workbook_sentences import refuse
from portal.sponsor.roster_record import Cells, amount_text
from portal.sponsor.roster_sheet import MOST_LINES
from portal.sponsor.sheet_stream import LARGEST_MINOR
from portal.sponsor.sheet_styles import AMOUNT_FORMAT, COUNT_FORMAT, DATE_FORMAT, TEXT_FORMAT, WHOLE_FORMAT

# A line takes about 40 elements and 1.5 kB of XML, less when Excel has saved it; twice that is allowed.
LIMITS = Limits(
    size=64 * 1024 * 1024,
    inflated=MOST_LINES * 3_000,
    rows=MOST_LINES + 1_000,
    elements=MOST_LINES * 80,
)
_MOST_CELLS = MOST_LINES * 20

_GENERAL = "General"
_AMOUNTS = {AMOUNT_FORMAT}
_WHOLE_NUMBERS = {WHOLE_FORMAT, COUNT_FORMAT, _GENERAL}
_DATES = {DATE_FORMAT}
# None of these has a section for text, so text is shown as it is.
_TEXTS = {TEXT_FORMAT} | _WHOLE_NUMBERS | _AMOUNTS | _DATES
_LOCALE = re.compile(r"\[\$-[0-9A-Fa-f]+\]")


@contextmanager
def opened(source: str | Path | bytes) -> Iterator[Any]:
    """The workbook, behind the guard against hostile files; ``WorkbookRefused`` whatever is wrong with it."""
    package = safe_package(source, LIMITS)
    try:
        # A date out of range is a warning to openpyxl and an error value to the comparison.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
        with refusing():
            # Formulas are read as formulas: a stored result must not pass for a number.
            book = openpyxl.load_workbook(package.file, read_only=True, data_only=False, keep_links=False)
        yield book
    finally:
        package.file.close()


def sheet_rows(sheet: Any) -> Iterator[Cells]:
    """Every row of a sheet from row 1 to the last that holds something, cells as the record writes them.

    A value in a number format that the roster never uses begins with ``x`` and names the format: people may
    read something else than the cell holds. Formulas begin with ``f``, true and false with ``b``, errors with
    ``e``, times with ``t``, other numbers with ``n``.
    """
    cells_read = empty_rows = 0
    with refusing():
        sheet.reset_dimensions()
        for row in sheet.iter_rows():
            cells_read += len(row)
            if cells_read > _MOST_CELLS:
                raise refuse("too_many_cells")
            cells = [_canonical(cell) for cell in row]
            if not any(cells):
                # Not given yet: programs leave formatted empty rows at the end of a sheet.
                empty_rows += 1
                continue
            for _ in range(empty_rows):
                yield []
            empty_rows = 0
            yield cells


def _canonical(cell: Any) -> str | None:
    value = cell.value
    if value is None or value == "":
        return None
    kind = cell.data_type
    if kind == "f":
        return f"f{value if isinstance(value, str) else getattr(value, 'text', None) or type(value).__name__}"
    if isinstance(value, bool):
        return f"b{value}"
    if kind == "e":
        return f"e{value}"
    shown_as = _plain_format(cell.number_format)
    if isinstance(value, str):
        return _if_shown(f"s{value}", shown_as in _TEXTS, shown_as)
    if isinstance(value, (int, float)):
        return _number(value, shown_as)
    if isinstance(value, datetime):
        day = value.date() if value.time() == time() else value
        return _if_shown(f"d{day.isoformat()}", shown_as in _DATES, shown_as)
    if isinstance(value, date):
        return _if_shown(f"d{value.isoformat()}", shown_as in _DATES, shown_as)
    return f"t{value}"


def _plain_format(number_format: str) -> str:
    """A number format without what Excel, WPS and LibreOffice add: ``yyyy\\-mm\\-dd;@`` is yyyy-mm-dd."""
    plain = _LOCALE.sub("", number_format).replace("\\", "").removesuffix(";@")
    return plain.lower() if plain.lower() == DATE_FORMAT else plain


def _number(value: float, shown_as: str) -> str:
    if shown_as in _AMOUNTS:
        if abs(value) <= LARGEST_MINOR:
            minor = round(value * 100)
            if minor / 100 == value:
                return f"m{amount_text(minor)}"
        return f"n{value!r}"
    text = f"i{int(value)}" if float(value).is_integer() else f"n{value!r}"
    return _if_shown(text, shown_as in _WHOLE_NUMBERS, shown_as)


def _if_shown(text: str, usual: bool, shown_as: str) -> str:
    return text if usual else f"x{text[1:]}, shown in the format {shown_as[:60]}"
