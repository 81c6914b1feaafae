"""Verifying a roster file: cell by cell against the record that the portal kept when it wrote the file.

Compared are the sheets and their order, and every cell's value, kind and number format. Saving again without
a change is no difference. What stands outside the cells (column widths, colours, comments, printed footer)
is not compared.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, Self

from openpyxl.utils import get_column_letter

from portal.common.problems import N_, Problem, Sentence, WorkbookRefused, add_sentences
from portal.sponsor.roster_cells import opened, sheet_rows
from portal.sponsor.roster_record import (
    FINGERPRINT_CELL,
    Cells,
    RecordedSheet,
    read_record,
    row_cells,
    row_text,
)
from portal.sponsor.roster_sheet import EXPORT_ID
from portal.sponsor.roster_words import EXPLANATION_SHEET, EXPORT_ID_LABEL
from portal.sponsor.row_alignment import RowPair, differing_rows


class Told(str):
    """Words of ours where a value would stand: English as text, in the reader's language by `said`."""

    msgid: str
    params: Mapping[str, object]

    def __new__(cls, msgid: str, **params: object) -> Self:
        """English words with their values; a value may itself be `Told`."""
        made = super().__new__(cls, msgid % params)
        made.msgid, made.params = msgid, params
        return made

    def said(self, translate: Callable[..., str]) -> str:
        """The words by a gettext function."""
        values = {name: one.said(translate) if isinstance(one, Told) else one for name, one in self.params.items()}
        return translate(self.msgid, **values)


WHOLE_SHEET = Told(N_("(whole sheet)"))
NOTHING = Told(N_("(nothing)"))
EMPTY = Told(N_("(empty)"))
EMPTY_ROW = Told(N_("(empty row)"))
REMOVED = Told(N_("(row removed)"))
SHEET_EXPECTED = Told(N_("a sheet of the roster"))
SHEET_MISSING = Told(N_("(sheet missing)"))
SHEET_EXTRA = Told(N_("(extra sheet)"))

_KINDS = {
    "s": Told(N_("text")),
    "i": Told(N_("whole number")),
    "m": Told(N_("amount")),
    "n": Told(N_("number")),
    "d": Told(N_("date")),
    "t": Told(N_("time")),
    "f": Told(N_("formula")),
    "b": Told(N_("true or false")),
    "e": Told(N_("error")),
    "x": Told(N_("other number format")),
}
_EXPORT_IDS_READ = 60  # rows of the second sheet in which the export id is looked for

add_sentences(
    {
        "not_a_roster": Sentence(
            N_("The workbook is no roster of this portal: it has no sheet %(sheet)s with an export number."),
            N_("Take the file as it was downloaded from the portal, or export the roster again."),
        )
    }
)


class NotARoster(WorkbookRefused):
    """The workbook can be read, but nothing in it says which export it is."""


class CellDifference(NamedTuple):
    """One difference between file and record, the values as people read them. `address` is a cell (``F7``) or
    a row (``A7:M7``) of the file as it is now, of the record where the row is gone, or ``(whole sheet)``."""

    sheet: str
    address: str
    expected: str
    found: str


def read_export_id(source: str | Path | bytes) -> str:
    """The export id on the second sheet of a roster file, by which its record is found.

    ``NotARoster`` when there is none, ``WorkbookRefused`` for a file that cannot be read as a workbook.
    """
    with opened(source) as book:
        if EXPLANATION_SHEET in book.sheetnames:
            for _, cells in zip(range(_EXPORT_IDS_READ), sheet_rows(book[EXPLANATION_SHEET]), strict=False):
                if len(cells) > 1 and cells[0] == f"s{EXPORT_ID_LABEL}" and cells[1] is not None:
                    export_id = cells[1][1:]
                    if EXPORT_ID.fullmatch(export_id):
                        return export_id
    raise NotARoster(Problem("not_a_roster", {"sheet": EXPLANATION_SHEET}))


def check_roster(source: str | Path | bytes, content: bytes) -> tuple[CellDifference, ...]:
    """Every difference between the file and the `content` of its proof; () if the file is unaltered.

    ``WorkbookRefused`` for a file that cannot be read; ValueError when `content` itself is damaged.
    """
    fingerprint, recorded = read_record(content)
    with opened(source) as book:
        return tuple(_differences(book, recorded, fingerprint))


def _differences(book: Any, recorded: list[RecordedSheet], fingerprint: str) -> Iterator[CellDifference]:
    names: list[str] = book.sheetnames
    expected_names = [sheet.name for sheet in recorded]
    for sheet in recorded:
        if sheet.name not in names:
            yield CellDifference(sheet.name, WHOLE_SHEET, SHEET_EXPECTED, SHEET_MISSING)
            continue
        expected = _with_fingerprint(sheet.rows, fingerprint)
        yield from _sheet_differences(
            sheet.name, expected, [row_text(row) for row in sheet_rows(book[sheet.name])]
        )
    for name in names:
        if name not in expected_names:
            yield CellDifference(name, WHOLE_SHEET, NOTHING, SHEET_EXTRA)
    kept = [name for name in names if name in expected_names]
    if kept != [name for name in expected_names if name in names]:
        yield CellDifference(kept[0], WHOLE_SHEET, *_in_sheets(expected_names.index(kept[0]) + 1, 1))


def _with_fingerprint(rows: list[str], fingerprint: str) -> list[str]:
    """The recorded rows up to the last that holds something, with the fingerprint where it is printed."""
    mark = f'"{FINGERPRINT_CELL}"'
    shown = [row.replace(mark, f'"s{fingerprint}"') if mark in row else row for row in rows]
    while shown and not row_cells(shown[-1]):
        shown.pop()
    return shown


def _sheet_differences(name: str, expected: Sequence[str], found: Sequence[str]) -> Iterator[CellDifference]:
    for pair in differing_rows(expected, found):
        yield from _row_differences(name, pair, expected, found)


def _row_differences(
    sheet: str, pair: RowPair, expected: Sequence[str], found: Sequence[str]
) -> Iterator[CellDifference]:
    old = [] if pair.expected is None else row_cells(expected[pair.expected])
    new = [] if pair.found is None else row_cells(found[pair.found])
    if pair.found is None and pair.expected is not None:
        if old:
            yield CellDifference(sheet, _row_address(pair.expected, old), _row_words(old), REMOVED)
        else:
            yield CellDifference(sheet, _row_address(pair.expected, old), EMPTY_ROW, REMOVED)
        return
    if pair.found is None:
        return
    if pair.expected is None:
        yield CellDifference(sheet, _row_address(pair.found, new), NOTHING, _row_words(new) or EMPTY_ROW)
        return
    if pair.moved:
        places = [Told(N_("in row %(number)s"), number=index + 1) for index in (pair.expected, pair.found)]
        yield CellDifference(sheet, _row_address(pair.found, new), *places)
    for column, (before, after) in enumerate(zip_longest(old, new), 1):
        if before != after:
            yield CellDifference(
                sheet, f"{get_column_letter(column)}{pair.found + 1}", *_both_words(before, after)
            )


def _in_sheets(*places: int) -> list[str]:
    return [Told(N_("sheet %(number)s"), number=place) for place in places]


def _row_address(index: int, cells: Cells) -> str:
    row = index + 1
    return f"A{row}:{get_column_letter(max(len(cells), 1))}{row}"


def _row_words(cells: Cells) -> str:
    return " | ".join("" if cell is None else cell[1:] for cell in cells)


def _both_words(before: str | None, after: str | None) -> tuple[str, str]:
    """Both values as people read them; their kinds are named where the values alone look the same."""
    words = tuple(EMPTY if cell is None else cell[1:] for cell in (before, after))
    if words[0] != words[1]:
        return words[0], words[1]
    named = [
        word if cell is None else Told(N_("%(value)s (%(kind)s)"), value=word, kind=_KINDS[cell[0]])
        for word, cell in zip(words, (before, after), strict=True)
    ]
    return named[0], named[1]
