"""The workbook of rejected rows names the cell in two languages and can be mended and sent in again."""

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from portal.applications import files as applications_files
from portal.common import rejected as rejected_module
from portal.common.cells import UNCALCULATED, CellProblem, amount
from portal.common.codes import normalise_uscc
from portal.common.problems import Problem, Sentence, add_sentences, known_codes
from portal.common.rejected import RejectedRow, write_rejected
from portal.common.workbook import Row, open_table
from tests.sheets.books import CODE, EXPORTS, HEADINGS, LINE, NAMES, YEAR, listing

CHINESE = {
    "Row": "行",
    "Cell": "单元格",
    "What is wrong": "问题",
    "How to mend it": "怎样改",
    "Rejected rows": "退回的行",
}


@pytest.fixture
def _in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected_module, "chinese", lambda message: CHINESE.get(message, f"〔{message}〕"))


def judged(*lines: tuple[object, ...]) -> list[RejectedRow]:
    """The rows of a listing whose code or amount is no good."""
    found = []
    with open_table(listing(*lines), HEADINGS) as table:
        for row in table.rows():
            problems: list[tuple[str | None, Problem]] = []
            for heading, parse in ((CODE, normalise_uscc), (EXPORTS, amount)):
                try:
                    parse(row.cells[heading])
                except CellProblem as error:
                    problems.append((heading, error.problem))
            if problems:
                found.append(RejectedRow(row, tuple(problems)))
    return found


def sheet_of(rows: list[RejectedRow], lang: str = "zh") -> Any:
    out = io.BytesIO()
    assert write_rejected(out, NAMES, rows, lang=lang) == len(rows)
    return load_workbook(io.BytesIO(out.getvalue())).worksheets[0]


def values(sheet: Any, row: int) -> list[object]:
    return [cell.value for cell in sheet[row]]


@pytest.mark.usefixtures("_in_chinese")
def test_a_rejected_row_is_repeated_behind_its_cell_and_both_languages() -> None:
    sheet = sheet_of(judged(LINE, (LINE[0], "=HYPERLINK(1)", 2021, "约三百万")))

    assert sheet.title == "退回的行 Rejected rows"
    assert values(sheet, 1) == [
        "行 Row",
        "单元格 Cell",
        "问题",
        "怎样改",
        "What is wrong",
        "How to mend it",
        *NAMES,
    ]
    row = values(sheet, 2)
    assert row[:2] == ["3", f"D3 {EXPORTS}"]
    assert row[2] == "〔“约三百万” is no amount.〕"
    assert row[4:6] == ["“约三百万” is no amount.", "Write the amount in digits only, as in 1234567.89."]
    assert row[6:] == [LINE[0], None, "2021", "约三百万"]
    assert sheet.max_row == 2


@pytest.mark.usefixtures("_in_chinese")
def test_english_may_come_first() -> None:
    assert values(sheet_of([], lang="en"), 1)[:6] == [
        "Row 行",
        "Cell 单元格",
        "What is wrong",
        "How to mend it",
        "问题",
        "怎样改",
    ]


def test_several_problems_of_a_row_stand_on_lines_of_their_own() -> None:
    sheet = sheet_of(judged(("x", "某公司", 2021, -5)))

    row = values(sheet, 2)
    assert row[1] == f"A2 {CODE}\nD2 {EXPORTS}"
    assert str(row[4]).splitlines()[1] == "D2: The amount -5 is negative; 0 or more is wanted."
    assert len(str(row[5]).splitlines()) == 2


def test_the_mended_sheet_can_be_imported_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rejected.xlsx"
    write_rejected(path, NAMES, judged((LINE[0], LINE[1], 2021, -1234.5)))
    book = load_workbook(path)
    book.worksheets[0]["J2"].value = 1234.5
    book.save(path)

    with open_table(path, HEADINGS) as table:
        (row,) = table.rows()
        assert (normalise_uscc(row.cells[CODE]), row.cells[YEAR], amount(row.cells[EXPORTS])) == (
            LINE[0],
            "2021",
            123450,
        )


def test_every_value_is_harmless_text_and_the_header_stays_in_sight() -> None:
    cells: dict[str, object] = {CODE: "=1+1", YEAR: float("inf"), EXPORTS: UNCALCULATED, "企业名称": True}
    row = Row(7, cells, dict(zip(NAMES, "ABCD", strict=True)))
    sheet = sheet_of([RejectedRow(row, ((None, Problem("cell_empty")),))])

    assert {cell.data_type for line in sheet.iter_rows() for cell in line if cell.value is not None} == {"s"}
    assert values(sheet, 2)[6:] == ["=1+1", "TRUE", "inf", None]
    assert values(sheet, 2)[:2] == ["7", "整行 whole row"]
    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions["C"].width == 44


def test_a_code_keeps_its_words() -> None:
    with pytest.raises(ValueError, match="cell_empty"):
        add_sentences({"cell_empty": Sentence("Other words.", "Other words.")})


def test_every_code_has_two_sentences_that_end_as_sentences() -> None:
    assert applications_files.APPLICATION_HEADINGS, (
        "its codes, and those of the sources, are known once it is imported"
    )
    for code in known_codes():
        problem = Problem(code, _AnyParams())
        for words in (problem.wrong(), problem.mend()):
            assert words.endswith("."), code
            assert words[0].isupper() or words[0] == "“", code
            assert "n't" not in words, code


class _AnyParams(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"“{key}”"
