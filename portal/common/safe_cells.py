"""Writing what people typed into Excel and CSV so that it stays text, whatever it begins with.

In a workbook the cell is a string by type, formatted as text and marked as quoted, so a later edit does not
bring a formula to life either. In CSV there are no types: a leading sign that a spreadsheet acts on gets an
apostrophe.
"""

import unicodedata
from typing import Any

from openpyxl.cell import Cell, WriteOnlyCell

LONGEST_CELL = 32_767
LIVE_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SEEN_THROUGH = " \u00a0\u3000\ufeff\u200b"
"""Padding that a spreadsheet may skip before it decides what a field is."""


def safe_text(value: object) -> str:
    """The value as text that an .xlsx file can hold: without control characters, not too long.

    None is the empty text. A longer text than Excel's 32,767 characters ends in an ellipsis.
    """
    if value is None:
        return ""
    written = str(value).replace("\r\n", "\n").replace("\r", "\n")
    if not written.replace("\n", "").isprintable():
        written = "".join(
            letter
            for letter in written
            if letter in "\t\n"
            or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in "\ufffe\uffff")
        )
    return written if len(written) <= LONGEST_CELL else written[: LONGEST_CELL - 1] + "…"


def put_text(cell: Any, value: object) -> None:
    """Make ``cell`` hold ``value`` as text and nothing else; None leaves it empty."""
    written = safe_text(value)
    # An empty text rather than None: a cell that is a string by type must hold one.
    cell.value = written
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True


def text_cell(sheet: Any, value: object, **style: Any) -> Cell:
    """A cell of a write-only ``sheet`` that holds ``value`` as text.

    ``style`` sets the cell's own attributes: ``font``, ``fill``, ``border``, ``alignment``.
    """
    cell: Cell = WriteOnlyCell(sheet)
    put_text(cell, value)
    for name, part in style.items():
        setattr(cell, name, part)
    return cell


def csv_safe(value: object) -> str:
    """The value as a CSV field that no spreadsheet takes for a formula.

    Numbers are left alone (a negative one is a number, not a formula); dates are written as ISO text by
    ``str()``.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    kept = "".join(
        letter for letter in str(value) if letter in "\t\r\n" or unicodedata.category(letter) not in ("Cc", "Cs")
    )
    return "'" + kept if kept.lstrip(SEEN_THROUGH).startswith(LIVE_STARTS) else kept
