"""Writing a sheet row by row: values in their looks, merged cells, and how the record writes them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from openpyxl.cell.cell import Cell

from portal.common.safe_cells import safe_text
from portal.sponsor.roster_record import FINGERPRINT_CELL, Cells, amount_text
from portal.sponsor.sheet_styles import Look, prepared_cell

# Excel shows and keeps fifteen digits of a number: beyond this an amount would come back altered.
LARGEST_MINOR = 10**15 - 1


class Amount(NamedTuple):
    """An amount in minor units (cents), shown with two decimals."""

    minor: int


class FingerprintHere(NamedTuple):
    """Stands in the cell that will show the fingerprint once it is known."""


Value = str | int | date | Amount | FingerprintHere | None
Row = Sequence[tuple[Value, Look]]


def amount_value(minor: int) -> float:
    """Minor units as the number a cell holds; ValueError beyond the fifteen digits that survive Excel."""
    if not -LARGEST_MINOR <= minor <= LARGEST_MINOR:
        raise ValueError(f"The amount {amount_text(minor)} has more digits than a worksheet can hold exactly.")
    return minor / 100


def clean_text(text: str) -> str:
    """`text` as a cell can hold it, on one line: line breaks and tabs become a space."""
    written = safe_text(text)
    return " ".join(written.split()) if "\n" in written or "\t" in written else written


def fill_text(cell: Cell, text: str) -> None:
    """Put text into a prepared cell as text, whatever it begins with; the look's quote mark keeps it so."""
    raw: Any = cell
    # The public setter would read a leading "=" as a formula, and change the format of dates and numbers.
    raw._value = text or None
    raw.data_type = "s" if text else "n"


def fill_number(cell: Cell, number: float | None) -> None:
    """Put a number, or nothing, into a prepared cell."""
    raw: Any = cell
    raw._value = number
    raw.data_type = "n"


def fill_date(cell: Cell, day: date | None) -> None:
    """Put a date, or nothing, into a prepared cell."""
    raw: Any = cell
    raw._value = day
    raw.data_type = "n" if day is None else "d"


def recorded_row(row: Row) -> Cells:
    """A row's cells as the canonical record writes them."""
    return [_recorded(value) for value, _ in row]


def _recorded(value: Value) -> str | None:
    match value:
        case None:
            return None
        case FingerprintHere():
            return FINGERPRINT_CELL
        case Amount(minor):
            return f"m{amount_text(minor)}"
        case str():
            text = clean_text(value)
            return f"s{text}" if text else None
        case int():
            return f"i{value}"
        case date():
            return f"d{value.isoformat()}"


class SheetStream:
    """A write-only sheet that counts its rows, so that cells can be merged and named by address."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        self.row = 0

    def append(self, row: Row, *, height: float | None = None, fingerprint: str = "") -> None:
        """Write the next row; `height` in points, else as high as its text needs."""
        if height is not None:
            self.sheet.row_dimensions[self.row + 1].height = height
        self.append_cells([self._cell(value, look, fingerprint) for value, look in row])

    def append_cells(self, cells: Sequence[Cell]) -> None:
        """Write the next row from cells that are filled already."""
        self.row += 1
        self.sheet.append(cells)

    def merge(self, first_column: str, last_column: str) -> None:
        """Merge these columns of the row written last."""
        self.sheet.merged_cells.add(f"{first_column}{self.row}:{last_column}{self.row}")

    def _cell(self, value: Value, look: Look, fingerprint: str) -> Cell:
        cell = prepared_cell(self.sheet, look)
        match value:
            case None:
                fill_number(cell, None)
            case FingerprintHere():
                fill_text(cell, fingerprint)
            case Amount(minor):
                fill_number(cell, amount_value(minor))
            case str():
                fill_text(cell, clean_text(value))
            case int():
                fill_number(cell, value)
            case date():
                fill_date(cell, value)
        return cell
