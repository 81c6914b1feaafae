"""A worksheet as live Excel formulas: change an input, and every line that rests on it follows.

Each line is written from the operation and the lines that it names, so that the sheet computes what the rulebook
computed. Excel reckons with some fifteen digits: before the half cent is decided, what comes after the eighth
decimal place is rounded away, so that no trace of a binary fraction turns it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties

from portal.claims.money_laid import MoneyNote
from portal.claims.worksheet_words import TAKEN_OFF, ShownLine, foot, lines
from portal.common.safe_cells import put_text
from portal.scheme.money import Money
from portal.scheme.worksheet import Operation, Step, Worksheet

AMOUNT_COLUMN = "C"
EXACT_PLACES = 8  # decimal places that are kept before a half cent is decided
AMOUNT, SHARE, RATE = "#,##0.00########", "0.##########%", "0.##############"
PAPER_A4 = 9
HEAD_FILL = PatternFill("solid", fgColor="E9E8E3")
INPUT_FILL = PatternFill("solid", fgColor="FBF0DB")
BOLD = Font(bold=True)
WRAPPED = Alignment(vertical="top", wrap_text=True)
LINE = Border(top=Side(style="medium", color="1B2326"))
WIDTHS = (6, 44, 20, 10, 44, 44, 14)


def formula(step: Step, cells: Mapping[str, str]) -> str:
    """The live formula of a line; ``cells`` are the addresses of the lines before it.

    ``ValueError`` for an input, which nothing computes.
    """
    of = [cells[one] for one in step.of]
    match step.operation:
        case Operation.SUM:
            return f"=SUM({','.join(of)})" if of else "=SUM(0)"
        case Operation.MINUS:
            return "=" + "-".join(of)
        case Operation.NOT_BELOW_ZERO:
            return f"=MAX({'-'.join(of)},0)"
        case Operation.TIMES | Operation.CONVERT:
            return f"={of[0]}*{of[1]}"
        case Operation.LEAST:
            return f"=MIN({','.join(of)})"
        case Operation.ROUND:
            return _rounded(of[0])
        case Operation.PROPORTION:
            return f"=IF({of[2]}=0,0,{_rounded(f'{of[0]}*{of[1]}/{of[2]}')[1:]})"
        case Operation.INPUT:
            raise ValueError(f"{step.key} is computed from nothing")


def write_worksheet(
    out: IO[bytes],
    worksheet: Worksheet,
    title: str,
    about: Sequence[tuple[str, str]],
    notes: Sequence[MoneyNote] = (),
) -> dict[str, str]:
    """Write one sheet and give the address of every line's amount by its key.

    ``about`` are lines over the table: what it is about, as label and value. Below the table stands what the
    portal came to and the difference from the live result, which is nothing unless an input was changed; then
    ``notes``, where money went that did not fall whole on an invoice of the claim. No formula rests on them.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # a new workbook has one
    sheet.title = _("Worksheet")[:31]
    _set_up(sheet)
    put_text(sheet["A1"], title)
    sheet["A1"].font = Font(bold=True, size=14)
    row = 2
    for name, value in about:
        put_text(sheet.cell(row, 1), name)
        put_text(sheet.cell(row, 3), value)
        row += 1
    row += 1
    head = row
    for place, words in enumerate(_headings(), 1):
        cell = sheet.cell(head, place)
        put_text(cell, words)
        cell.font, cell.fill, cell.alignment = BOLD, HEAD_FILL, WRAPPED
    cells: dict[str, str] = {}
    told = lines(worksheet)
    for step, shown in zip(worksheet, told, strict=True):
        row += 1
        _write_line(sheet, row, step, shown, cells)
        cells[step.key] = f"{AMOUNT_COLUMN}{row}"
    put_text(sheet.cell(row + 1, 2), foot(told))
    _write_check(sheet, row + 2, worksheet[-1], cells)
    _write_notes(sheet, row + 5, notes)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    book.save(out)
    return cells


def _rounded(cell: str) -> str:
    return f"=ROUND(ROUND({cell},{EXACT_PLACES}),2)"


def _headings() -> list[str]:
    return [
        _("No."),
        _("Line"),
        _("Amount"),
        _("Currency"),
        _("How it comes about"),
        _("Article"),
        _("Provisional"),
    ]


def _set_up(sheet: Any) -> None:
    for letter, width in zip("ABCDEFG", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0


def _write_line(sheet: Any, row: int, step: Step, shown: ShownLine, cells: Mapping[str, str]) -> None:
    taken_off = step.code in TAKEN_OFF
    label = _("less: %(line)s", line=shown.label) if taken_off else shown.label
    for place, words in ((1, shown.number), (2, label), (5, shown.rule), (6, shown.article)):
        put_text(sheet.cell(row, place), words)
        sheet.cell(row, place).alignment = WRAPPED
    put_text(sheet.cell(row, 4), step.value.currency if isinstance(step.value, Money) else "")
    put_text(sheet.cell(row, 7), _("provisional") if shown.provisional else "")
    cell = sheet.cell(row, 3)
    if step.operation is Operation.INPUT:
        cell.value = step.value.amount if isinstance(step.value, Money) else step.value
        cell.fill = INPUT_FILL
    else:
        cell.value = formula(step, cells)
    cell.number_format = _format(step)
    if shown.strong:
        for place in range(1, 8):
            sheet.cell(row, place).font, sheet.cell(row, place).border = BOLD, LINE


def _format(step: Step) -> str:
    if isinstance(step.value, Money):
        return AMOUNT
    return RATE if step.code == "rate" else SHARE


def _write_check(sheet: Any, row: int, last: Step, cells: Mapping[str, str]) -> None:
    assert isinstance(last.value, Money)  # a worksheet ends in its result
    put_text(sheet.cell(row, 2), _("The portal came to"))
    told = sheet.cell(row, 3)
    told.value, told.number_format = Decimal(last.value.text), AMOUNT
    put_text(sheet.cell(row, 4), last.value.currency)
    put_text(sheet.cell(row + 1, 2), _("Difference from this sheet"))
    difference = sheet.cell(row + 1, 3)
    difference.value = f"=ROUND({cells[last.key]}-{AMOUNT_COLUMN}{row},2)"
    difference.number_format = AMOUNT


def _write_notes(sheet: Any, row: int, notes: Sequence[MoneyNote]) -> None:
    if not notes:
        return
    put_text(sheet.cell(row, 2), _("Where the money fell"))
    sheet.cell(row, 2).font = BOLD
    for note in notes:
        for place, words in enumerate(note.words):
            row += 1
            put_text(sheet.cell(row, 2), "" if place else note.reference)
            put_text(sheet.cell(row, 5), words)
            for column in (2, 5):
                sheet.cell(row, column).alignment = WRAPPED
