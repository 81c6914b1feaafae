"""A plain table as a workbook: what people take home from a page that lists something, and its download.

Text stays text whatever it begins with; days, counts and amounts are real ones, so they sort and add up.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import SEEK_END
from tempfile import TemporaryFile
from typing import IO, Any, Literal, NamedTuple, TypeVar
from urllib.parse import quote

from flask import Response
from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from portal.common.safe_cells import text_cell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"date": "yyyy-mm-dd", "count": "#,##0", "amount": "#,##0.00"}
LARGEST_MINOR = 10**15 - 1  # a worksheet keeps fifteen digits of a number; a larger amount is written as text
PAPER_A4 = 9
PART = 64 * 1024  # bytes sent at a time
BOLD = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="E9E8E3")
WRAPPED = Alignment(vertical="center", wrap_text=True)

Value = str | int | date | None
Written = TypeVar("Written")


class Column(NamedTuple):
    """One column: its heading, what its cells hold (an amount comes in cents), its width in characters."""

    heading: str
    kind: Literal["text", "date", "count", "amount"] = "text"
    width: float = 16


def write_table(
    out: IO[bytes], name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], note: str = ""
) -> int:
    """Write one sheet, row by row, and give the number of rows; None is an empty cell.

    `name` is the sheet's, cut to the 31 characters that Excel allows; a `note` stands on a sheet
    of its own behind the table, so that the table's rows stay the table's. `ValueError` for a row that does not
    have exactly one value for each column.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(letter for letter in name if letter not in r"[]:*?/\'")[:31])
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.append([text_cell(sheet, c.heading, font=BOLD, fill=HEAD_FILL, alignment=WRAPPED) for c in columns])
    written = 0
    for row in rows:
        sheet.append([_cell(sheet, column, value) for column, value in zip(columns, row, strict=True)])
        written += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{written + 1}"
    if note:
        behind = book.create_sheet(_("Notes"))
        behind.column_dimensions["A"].width = 110
        behind.append([text_cell(behind, note, alignment=WRAPPED)])
    book.save(out)
    return written


def _cell(sheet: Any, column: Column, value: Value) -> Any:
    if value is None or column.kind == "text":
        return text_cell(sheet, value) if value is not None else None
    held: Any = value
    if column.kind == "amount":
        if not isinstance(value, int):
            raise TypeError(f"an amount comes in cents, not as {type(value).__name__}")
        if abs(value) > LARGEST_MINOR:
            return text_cell(sheet, str(Decimal(value).scaleb(-2)))
        held = value / 100
    cell: Any = WriteOnlyCell(sheet, held)
    cell.number_format = FORMATS[column.kind]
    return cell


def workbook_file(write: Callable[[IO[bytes]], Written]) -> tuple[IO[bytes], Written]:
    """A file with what `write` puts into it, for `send_workbook`, and what `write` gives.

    It has no name in the file system, so that nothing is left of it once it is sent; if writing fails it is
    closed.
    """
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    try:
        return file, write(file)
    except BaseException:
        file.close()
        raise


def send_workbook(file: IO[bytes], name: str) -> Response:
    """The answer that hands over a workbook under this file name, and closes the file once it is sent.

    The name goes out as RFC 5987 wants it, with what ASCII leaves of it for programs that read no other.
    """
    size = file.seek(0, SEEK_END)
    file.seek(0)
    answer = Response(_parts(file), mimetype=XLSX)
    answer.content_length = size
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    encoded = {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}
    answer.headers.set("Content-Disposition", "attachment", **encoded)
    return answer


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    # A generator closes its file also when the reader goes away half-way.
    with file:
        while part := file.read(PART):
            yield part
