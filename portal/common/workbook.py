"""Reading a list out of an Excel workbook: the sheet that carries the headings, row by row.

    with open_table(path, [Heading("统一社会信用代码"), Heading("法定代表人", required=False)]) as table:
        for row in table.rows():
            row.number, row.cells["统一社会信用代码"], row.address("统一社会信用代码")

The headings may stand in any order, on any sheet, in any of the first ten rows; other columns are left alone.
Whatever is wrong with the file as a whole ends in one :class:`WorkbookRefused`; single cells are judged by
:mod:`portal.common.cells`.
"""

import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import defusedxml
import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from portal.common.cells import UNCALCULATED, is_blank
from portal.common.problems import LIST_JOINT, Problem, WorkbookRefused
from portal.common.workbook_guard import SafePackage, refusing, safe_package
from portal.common.workbook_scan import TITLE_ROWS, Limits, SheetFacts
from portal.common.workbook_sentences import refuse

__all__ = ["Heading", "Limits", "Problem", "Row", "Table", "WorkbookRefused", "open_table"]

if not openpyxl.DEFUSEDXML:
    raise ImportError(
        f"openpyxl does not use defusedxml {defusedxml.__version__}: workbooks would be read unguarded"
    )

SHOWN_HEADINGS = 12


class Heading(NamedTuple):
    """A heading to look for. Without an optional one the table is read all the same, its cells being None."""

    name: str
    required: bool = True


class Row(NamedTuple):
    """One row as it came: its number in Excel, the raw value and the column of each heading."""

    number: int
    cells: Mapping[str, object]
    columns: Mapping[str, str]

    def address(self, heading: str) -> str:
        """The cell as Excel names it, ``D17``; empty if the table has no such column."""
        column = self.columns.get(heading)
        return f"{column}{self.number}" if column else ""


class _Found(NamedTuple):
    """The row of a sheet that looks most like the headings, and where each heading stands in it (from 0)."""

    sheet: Any
    number: int
    texts: tuple[str, ...]
    places: Mapping[str, list[int]]

    def lacks(self, headings: Sequence[Heading]) -> list[str]:
        return [heading.name for heading in headings if heading.required and heading.name not in self.places]


class Table:
    """The sheet that carries the headings. Close it, or use it in a ``with`` statement.

    ``sheet`` is its name, ``header_row`` the number of the row with the headings, ``columns`` the letter of
    every wanted heading that is there, ``hidden_rows`` how many rows below are hidden (a filter hides rows,
    they count all the same).
    """

    def __init__(
        self, file: IO[bytes], book: Workbook, found: _Found, facts: SheetFacts, headings: Sequence[Heading]
    ) -> None:
        self._file = file
        self._book = book
        self._source = found.sheet
        self._facts = facts
        self._places = {name: places[0] for name, places in found.places.items()}
        self._names = tuple(heading.name for heading in headings)
        self.sheet: str = found.sheet.title
        self.header_row = found.number
        self.columns: Mapping[str, str] = {
            name: get_column_letter(self._places[name] + 1) for name in self._names if name in self._places
        }
        self.hidden_rows = facts.hidden_rows

    def rows(self) -> Iterator[Row]:
        """The rows below the headings, from the top, without blank ones; may be called again.

        A formula that was never calculated gives ``UNCALCULATED``. Raises ``WorkbookRefused`` where the
        sheet turns out to be unreadable: take nothing of a table that could not be read to its end.
        """
        _quiet()
        first, last = self.header_row + 1, self._facts.last_row
        if last < first:
            return
        width = max(self._places.values()) + 1
        empty = dict.fromkeys(self._names)
        places = tuple(self._places.items())
        uncalculated = self._facts.uncalculated
        with refusing():
            source = self._source.iter_rows(min_row=first, max_row=last, max_col=width, values_only=True)
            for number, values in enumerate(source, first):
                cells: dict[str, object] = dict(empty)
                for name, place in places:
                    cells[name] = values[place]
                if uncalculated:
                    self._mark_uncalculated(number, cells)
                if not all(map(is_blank, cells.values())):
                    yield Row(number, cells, self.columns)
                if number == last:
                    # What follows the rows (rules, links, extensions) is nothing that anybody asked for.
                    return

    def _mark_uncalculated(self, number: int, cells: dict[str, object]) -> None:
        for name, column in self.columns.items():
            if cells[name] is None and f"{column}{number}" in self._facts.uncalculated:
                cells[name] = UNCALCULATED

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_table(source: str | Path | bytes, headings: Sequence[Heading], *, limits: Limits | None = None) -> Table:
    """Open a workbook given as a path or as its bytes, and find the one sheet that carries the headings.

    Raises :class:`WorkbookRefused` with one clear sentence for every file that cannot be used as a whole,
    after an amount of work that ``limits`` bound.
    """
    limits = limits or Limits()
    package = safe_package(source, limits)
    _quiet()
    try:
        with refusing():
            book = openpyxl.load_workbook(package.file, read_only=True, data_only=True, keep_links=False)
            looked_at = [_look(sheet, _facts(package, sheet), headings, limits) for sheet in book.worksheets]
            found = _choose(looked_at, headings)
            facts = _facts(package, found.sheet)
            table = Table(package.file, book, found, facts, headings)
            if next(table.rows(), None) is None:
                raise refuse("no_rows", sheet=table.sheet, row=str(table.header_row))
            return table
    except BaseException:
        package.file.close()
        raise


def _facts(package: SafePackage, sheet: Any) -> SheetFacts:
    # The part a sheet is read from is no public property, and nothing else ties it to what was scanned.
    return package.sheets[sheet._worksheet_path]


def _quiet() -> None:
    """openpyxl warns of every date it cannot read; the parser of the cell reports it anyway."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


def _fold(value: object) -> str:
    """A heading without padding, line breaks and width of letters: 出口额 （美元） is 出口额(美元)."""
    if not isinstance(value, str):
        return ""
    text = unicodedata.normalize("NFKC", value)
    return "".join(
        letter for letter in text if not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf")
    ).casefold()


def _look(sheet: Any, facts: SheetFacts, headings: Sequence[Heading], limits: Limits) -> _Found:
    # What a sheet says of its own size may be a lie.
    sheet.reset_dimensions()
    wanted = {_fold(heading.name): heading.name for heading in headings}
    best = _Found(sheet, 0, (), {})
    last = min(TITLE_ROWS, facts.last_row)
    source = sheet.iter_rows(min_row=1, max_row=TITLE_ROWS, max_col=limits.columns, values_only=True)
    # Never a step beyond the last row: what follows the rows is not parsed.
    for number, values in zip(range(1, last + 1), source, strict=False):
        places: dict[str, list[int]] = {}
        for place, value in enumerate(values):
            name = wanted.get(_fold(value))
            if name is not None:
                places.setdefault(name, []).append(place)
        if len(places) > len(best.places):
            texts = tuple(value.strip()[:40] for value in values if isinstance(value, str) and value.strip())
            best = _Found(sheet, number, texts, places)
    return best


def _choose(found: Sequence[_Found], headings: Sequence[Heading]) -> _Found:
    complete = [one for one in found if not one.lacks(headings)]
    if not complete:
        raise _nothing_complete(found, headings)
    if len(complete) > 1:
        raise refuse("several_sheets", sheets=_list([one.sheet.title for one in complete]))
    chosen = complete[0]
    if chosen.sheet.sheet_state != "visible":
        raise refuse("hidden_sheet", sheet=chosen.sheet.title)
    for name, places in chosen.places.items():
        if len(places) > 1:
            cells = ", ".join(f"{get_column_letter(place + 1)}{chosen.number}" for place in places)
            raise refuse("duplicate_heading", sheet=chosen.sheet.title, heading=name, cells=cells)
    return chosen


def _nothing_complete(found: Sequence[_Found], headings: Sequence[Heading]) -> WorkbookRefused:
    nearest = max(found, key=lambda one: len(one.places), default=None)
    if nearest is None or not nearest.places:
        wanted = [heading.name for heading in headings if heading.required]
        return refuse(
            "no_sheet",
            headings=_list(wanted),
            rows=str(TITLE_ROWS),
            sheets=_list([one.sheet.title for one in found]),
        )
    return refuse(
        "missing_heading",
        sheet=nearest.sheet.title,
        missing=_list(nearest.lacks(headings)),
        row=str(nearest.number),
        found=_list(nearest.texts),
    )


def _list(names: Sequence[str]) -> str:
    """Names as they are shown in a sentence; a long list is cut."""
    shown = f"“{LIST_JOINT.join(names[:SHOWN_HEADINGS])}”" if names else "—"
    return shown + (" …" if len(names) > SHOWN_HEADINGS else "")
