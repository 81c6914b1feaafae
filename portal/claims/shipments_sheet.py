"""The small workbook of shipments: the empty one to take home, and reading one that was filled in.

Good rows are taken whatever is wrong with others; every bad one is told by its cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from portal.claims.entries import CURRENCIES, ShipmentInput, read_row
from portal.common.problems import N_ as _n
from portal.common.problems import Problem, Sentence, add_sentences
from portal.common.workbook import Heading, Limits, Row, open_table

HEADINGS: dict[str, Heading] = {
    "invoice_number": Heading("发票号"),
    "invoiced_on": Heading("发票日期"),
    "shipped_on": Heading("出运日期"),
    "due_on": Heading("到期日"),
    "amount": Heading("未收金额"),
    "currency": Heading("币种", required=False),
    "payment_term": Heading("付款方式", required=False),
    "own_declaration": Heading("自行报关"),
    "in_transit": Heading("在途", required=False),
    "declaration_number": Heading("报关单号", required=False),
}
"""The heading of each value; the names are those of `entries.ROW_NAMES`."""

CHOICES = {
    "currency": CURRENCIES[:12],
    "payment_term": ("O/A", "D/P", "D/A", "L/C"),
    "own_declaration": ("是", "否"),
    "in_transit": ("否", "是"),
}
LIMITS = Limits(rows=2_000)
TEMPLATE_ROWS = 200
WIDTH = 16

add_sentences(
    {
        "invoice_again": Sentence(
            _n("The invoice %(invoice)s stands in row %(row)s already."), _n("Keep one of the two rows.")
        ),
    }
)


@dataclass(frozen=True)
class BadRow:
    """A row that was not taken: its number, and of each problem the cell (empty: the row as a whole)."""

    number: int
    problems: tuple[tuple[str, Problem], ...]


@dataclass
class SheetRead:
    """A workbook read: the good rows with the row of the sheet each stands in, and the bad ones."""

    good: list[ShipmentInput] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)  # of the good ones, as they came
    bad: list[BadRow] = field(default_factory=list)


def read_shipments(data: bytes, kind: str, today: date) -> SheetRead:
    """The shipments of a workbook to an obligor of this kind; raises `WorkbookRefused` for a file as a whole."""
    found = SheetRead()
    seen: dict[str, tuple[int, ShipmentInput]] = {}
    with open_table(data, tuple(HEADINGS.values()), limits=LIMITS) as table:
        for row in table.rows():
            cells = {name: row.cells.get(heading.name) for name, heading in HEADINGS.items()}
            read = read_row(cells, kind, today)
            if read.shipment is None:
                found.bad.append(bad_row(row, read.problems))
                continue
            before = seen.setdefault(read.shipment.invoice_key, (row.number, read.shipment))
            if before[0] != row.number:
                said = {"invoice": read.shipment.invoice_number, "row": str(before[0])}
                found.bad.append(bad_row(row, {"invoice_number": Problem("invoice_again", said)}))
                continue
            found.good.append(read.shipment)
            found.rows.append(row)
    return found


def bad_row(row: Row, problems: Mapping[str, Problem]) -> BadRow:
    """A row that is not taken, its problems by cell as Excel names it."""
    return BadRow(
        row.number, tuple((row.address(HEADINGS[name].name), problem) for name, problem in problems.items())
    )


def write_template(out: IO[bytes], kind: str) -> None:
    """The empty workbook: the headings, columns formatted for what they hold, and choices where there are few."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "报损清单"
    sheet.freeze_panes = "A2"
    for place, (name, heading) in enumerate(HEADINGS.items(), 1):
        column = get_column_letter(place)
        sheet.column_dimensions[column].width = WIDTH
        head = sheet.cell(1, place, heading.name)
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True)
        head.fill = PatternFill("solid", fgColor="E9E8E3")
        below = f"{column}2:{column}{TEMPLATE_ROWS + 1}"
        for (cell,) in sheet[below]:
            cell.number_format = _format(name)
        offered = ("L/C",) if name == "payment_term" and kind == "bank" else CHOICES.get(name)
        if name == "payment_term" and kind != "bank" and offered:
            offered = tuple(one for one in offered if one != "L/C")
        if offered:
            choice = DataValidation(type="list", formula1=f'"{",".join(offered)}"', allow_blank=True)
            sheet.add_data_validation(choice)
            choice.add(below)
    book.save(out)


def _format(name: str) -> str:
    if name.endswith("_on"):
        return "yyyy-mm-dd"
    return "#,##0.00" if name == "amount" else "@"
