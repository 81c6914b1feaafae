"""How the sponsor's workbooks look: fonts, borders, number formats, and the page they are printed on.

A style is resolved once per sheet into a prepared cell. Setting font, border and the rest on each cell of a
long sheet costs several times the writing itself.
"""

from typing import Any, NamedTuple

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties

TEXT_FORMAT = "@"
WHOLE_FORMAT = "0"
COUNT_FORMAT = "#,##0"
AMOUNT_FORMAT = "#,##0.00"
DATE_FORMAT = "yyyy-mm-dd"

_A4 = 9
# A workbook cannot list fallback fonts. Character set 134 (GB 2312) lets a system without the named font
# take another Chinese one instead of a Latin one with empty boxes.
_GB2312 = 134
_SERIF_FAMILY = 1
_MODERN_FAMILY = 3
_INK = "FF1B2326"


def _song(size: float, *, bold: bool = False) -> Font:
    return Font(name="宋体", sz=size, b=bold, charset=_GB2312, family=_SERIF_FAMILY, color=_INK)


def _hei(size: float) -> Font:
    return Font(name="黑体", sz=size, charset=_GB2312, family=_MODERN_FAMILY, color=_INK)


_THIN = Side(style="thin", color="FF767E80")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADING_FILL = PatternFill("solid", fgColor="FFE9E8E3")
_PLAIN_FILL = PatternFill()
_NO_BORDER = Border()


class Look(NamedTuple):
    """Everything that decides how one kind of cell looks.

    `quoted` marks text that came from outside: editing the cell later still leaves it text.
    """

    font: Font
    horizontal: str
    number_format: str = "General"
    border: Border = _GRID
    fill: PatternFill = _PLAIN_FILL
    wrap: bool = False
    quoted: bool = False


TITLE = Look(_hei(16), "center", TEXT_FORMAT, _NO_BORDER, quoted=True)
SUBTITLE = Look(_song(11), "center", TEXT_FORMAT, _NO_BORDER)
TERM = Look(_song(10), "left", TEXT_FORMAT, _NO_BORDER, wrap=True, quoted=True)
SECTION = Look(_hei(11), "left", TEXT_FORMAT, _NO_BORDER)
HEADING = Look(_song(10, bold=True), "center", TEXT_FORMAT, fill=_HEADING_FILL, wrap=True)

TEXT = Look(_song(10), "left", TEXT_FORMAT, wrap=True, quoted=True)
CODE = Look(_song(10), "center", TEXT_FORMAT, quoted=True)
WORD = Look(_song(10), "center", TEXT_FORMAT)
WORD_WRAPPED = WORD._replace(wrap=True)
NUMBER = Look(_song(10), "center", WHOLE_FORMAT)
COUNT = Look(_song(10), "right", COUNT_FORMAT)
AMOUNT = Look(_song(10), "right", AMOUNT_FORMAT)
DATE = Look(_song(10), "center", DATE_FORMAT)
COUNT_LEFT = COUNT._replace(horizontal="left")
AMOUNT_LEFT = AMOUNT._replace(horizontal="left")
DATE_LEFT = DATE._replace(horizontal="left")

TOTAL_WORD = WORD._replace(font=_song(10, bold=True), fill=_HEADING_FILL)
TOTAL_COUNT = COUNT._replace(font=_song(10, bold=True), fill=_HEADING_FILL)
TOTAL_AMOUNT = AMOUNT._replace(font=_song(10, bold=True), fill=_HEADING_FILL)


def prepared_cell(sheet: Any, look: Look) -> Cell:
    """An empty cell of a write-only sheet in this look; it may be filled and appended again and again."""
    cell: Any = WriteOnlyCell(sheet)
    cell.font = look.font
    cell.border = look.border
    cell.fill = look.fill
    cell.alignment = Alignment(horizontal=look.horizontal, vertical="center", wrap_text=look.wrap)
    cell.number_format = look.number_format
    cell.quotePrefix = look.quoted
    prepared: Cell = cell
    return prepared


def set_up_page(sheet: Any, *, landscape: bool, widths: tuple[float, ...], repeat_row: int | None) -> None:
    """A4, one page wide and as long as it takes; widths in characters; `repeat_row` stands on each page."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    sheet.print_options.horizontalCentered = True
    if repeat_row is not None:
        sheet.print_title_rows = f"{repeat_row}:{repeat_row}"
    for index, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + index)].width = width


def set_footer(sheet: Any, *, left: str, right: str) -> None:
    """The printed foot: page numbers in the middle, `left` and `right` beside them."""
    # In a footer "&" begins a code, so an ordinary one is doubled.
    footer = sheet.oddFooter
    footer.left.text = left.replace("&", "&&")
    footer.center.text = "第 &P 页，共 &N 页"
    footer.right.text = right.replace("&", "&&")
    for part in (footer.left, footer.center, footer.right):
        part.size = 9
