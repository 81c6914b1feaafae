"""Nothing that a person typed is ever live in what we write."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from portal.common.safe_cells import LIVE_STARTS, LONGEST_CELL, csv_safe, put_text, safe_text, text_cell
from tests.sheets.books import saved

LIVE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "{=1}",
    "2021-01-09",
    "1e5",
    "TRUE",
]


def written(*values: object) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("a")
    sheet.append([text_cell(sheet, value, font=Font(bold=True)) for value in values])
    return saved(workbook)


def test_whatever_a_text_begins_with_it_is_text() -> None:
    sheet = load_workbook(io.BytesIO(written(*LIVE)))["a"]

    for cell, value in zip(sheet[1], LIVE, strict=True):
        assert cell.value == value.replace("\r", "\n")
        assert (cell.data_type, cell.number_format, cell.quotePrefix) == ("s", "@", True)
        assert cell.font.bold


def test_no_formula_element_is_in_the_file() -> None:
    with zipfile.ZipFile(io.BytesIO(written(*LIVE))) as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml")


def test_an_ordinary_sheet_takes_text_just_so() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    put_text(sheet["A1"], "=1+1")

    assert load_workbook(io.BytesIO(saved(workbook))).worksheets[0]["A1"].data_type == "s"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, ""),
        ("a\x00b\x1fc\ud800d\uffff", "abcd"),
        ("一\r\n二\r三", "一\n二\n三"),
        (913502006120479428, "913502006120479428"),
        (Decimal("1.20"), "1.20"),
        (date(2019, 1, 9), "2019-01-09"),
        ("𠮷\u3000野", "𠮷\u3000野"),
    ],
)
def test_a_text_is_what_a_workbook_can_hold(value: object, kept: str) -> None:
    assert safe_text(value) == kept


def test_a_text_longer_than_a_cell_ends_in_an_ellipsis() -> None:
    assert safe_text("x" * LONGEST_CELL) == "x" * LONGEST_CELL
    assert safe_text("x" * 40_000) == "x" * (LONGEST_CELL - 1) + "…"


@given(st.lists(st.text(st.characters(codec=None)), min_size=1, max_size=5))
def test_any_text_can_be_written_and_is_read_back_as_text(values: list[str]) -> None:
    sheet = load_workbook(io.BytesIO(written("first", *values)))["a"]

    # An empty text reads back as an empty cell.
    assert all(cell.data_type == "s" or cell.value is None for cell in sheet[1])


@pytest.mark.parametrize(
    "value", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", " =1", "\u3000-1", "\ufeff=1", "＝1"]
)
def test_a_csv_field_that_a_spreadsheet_acts_on_gets_an_apostrophe(value: str) -> None:
    assert csv_safe(value) == "'" + value


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, ""),
        (-5, "-5"),
        (1.5, "1.5"),
        (Decimal("-1.20"), "'-1.20"),
        (date(2019, 1, 9), "2019-01-09"),
        ("a=1", "a=1"),
        ("a\x00b", "ab"),
    ],
)
def test_other_csv_fields_are_left_alone(value: object, field: str) -> None:
    assert csv_safe(value) == field


@given(st.text())
def test_no_csv_field_begins_with_a_live_sign(value: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([csv_safe(value), "end"])

    assert not csv_safe(value).strip(" \u3000").startswith(LIVE_STARTS)
