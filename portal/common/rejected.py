"""The workbook of rejected rows that people take home, mend and send in again.

It repeats every row as it came, behind the row's number, the cell and both sentences in Chinese and English.
The headings stand as in the list itself, so the mended sheet can be imported as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from babel.support import NullTranslations, Translations
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from portal.common.cells import UNCALCULATED
from portal.common.problems import N_, Problem
from portal.common.safe_cells import text_cell
from portal.common.workbook import Row

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
CHINESE_LOCALE = "zh_Hans_CN"

ROW = N_("Row")
CELL = N_("Cell")
WHOLE_ROW = N_("whole row")
WRONG = N_("What is wrong")
MEND = N_("How to mend it")
SHEET = N_("Rejected rows")
WIDTHS = (8, 24, 44, 44, 44, 44)
DATA_WIDTH = 26
PAPER_A4 = 9
"""What the .xlsx format calls A4; a write-only sheet lacks openpyxl's own name for it."""

HEADER_FONT = Font(bold=True)
HEADER_FILL = PatternFill("solid", fgColor="E9E8E3")
WRAPPED = Alignment(vertical="top", wrap_text=True)


class RejectedRow(NamedTuple):
    """A row that was not taken and all that is wrong with it; a heading of None means the row as a whole."""

    row: Row
    problems: tuple[tuple[str | None, Problem], ...]


def write_rejected(
    out: str | Path | IO[bytes],
    table_headings: Sequence[str],
    rejected: Iterable[RejectedRow],
    *,
    lang: str = "zh",
) -> int:
    """Write the rejected rows to ``out`` and return how many there were.

    ``lang`` ("zh" or "en") says which language comes first; both are always there, so nothing of a request is
    needed. A row with several problems is one row, each problem on a line of its own.
    """
    languages: list[Callable[[str], str]] = [chinese, N_]
    if lang.startswith("en"):
        languages.reverse()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(" ".join(dict.fromkeys(translate(SHEET) for translate in languages))[:31])
    sheet.freeze_panes = "C2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_A4
    for place, width in enumerate(WIDTHS + (DATA_WIDTH,) * len(table_headings), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width

    def header(words: str) -> Any:
        return text_cell(sheet, words, font=HEADER_FONT, fill=HEADER_FILL, alignment=WRAPPED)

    both = [" ".join(dict.fromkeys(translate(word) for translate in languages)) for word in (ROW, CELL)]
    sentences = [translate(word) for translate in languages for word in (WRONG, MEND)]
    sheet.append([header(words) for words in (*both, *sentences, *table_headings)])
    count = 0
    for one in rejected:
        count += 1
        sheet.append(
            [text_cell(sheet, words, alignment=WRAPPED) for words in _words(one, table_headings, languages)]
        )
    book.save(out)
    return count


def _words(
    one: RejectedRow, table_headings: Sequence[str], languages: Sequence[Callable[[str], str]]
) -> list[str]:
    row = one.row
    addresses = [row.address(heading) if heading else "" for heading, _problem in one.problems]
    whole = " ".join(dict.fromkeys(translate(WHOLE_ROW) for translate in languages))
    cells = [f"{row.address(heading)} {heading}" if heading else whole for heading, _problem in one.problems]
    words = [str(row.number), "\n".join(dict.fromkeys(cells))]
    for translate in languages:
        found = [problem for _heading, problem in one.problems]
        words.append(_lines(addresses, [problem.wrong(translate) for problem in found]))
        words.append(_lines(addresses, [problem.mend(translate) for problem in found]))
    return words + [_as_it_came(row.cells.get(heading)) for heading in table_headings]


def _lines(addresses: Sequence[str], sentences: Sequence[str]) -> str:
    """One sentence a line, led by its cell where there are several."""
    if len(sentences) == 1:
        return sentences[0]
    return "\n".join(
        f"{address}: {sentence}" if address else sentence
        for address, sentence in zip(addresses, sentences, strict=True)
    )


def _as_it_came(value: object) -> str:
    if value is None or value is UNCALCULATED:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return format(value, ".15g") if isinstance(value, float) else str(value)


def chinese(message: str) -> str:
    """The Chinese of a source sentence; the sentence itself where the catalogue does not have it."""
    return str(_catalogue().gettext(message))


@cache
def _catalogue() -> NullTranslations:
    return Translations.load(str(TRANSLATIONS), [CHINESE_LOCALE])
