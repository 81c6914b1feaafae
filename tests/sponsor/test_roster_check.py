"""Whoever changes a roster after it left the portal is found out, by the address of the cell."""

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from portal.common.problems import WorkbookRefused
from portal.sponsor.roster_check import (
    EMPTY,
    NOTHING,
    REMOVED,
    WHOLE_SHEET,
    CellDifference,
    NotARoster,
    check_roster,
    read_export_id,
)
from portal.sponsor.roster_lines import RosterLine
from portal.sponsor.roster_record import row_text
from portal.sponsor.row_alignment import differing_rows
from tests.sponsor.roster_samples import BANYAN, FIRST_LINE, LINES, TITLE, opened, saved, written

ROSTER, ABOUT = "投保名册", "说明"
BANYAN_AT, EGRET_AT, HARBOUR_AT, LICHEE_AT = range(FIRST_LINE, FIRST_LINE + 4)
TOTAL_AT = FIRST_LINE + len(LINES) + 1


def after(change: Callable[[Any], None], lines: list[RosterLine] | None = None) -> list[CellDifference]:
    """The differences that are found after someone changed the workbook and saved it."""
    file, proof = written(lines)
    book = opened(file)
    change(book)
    return list(check_roster(saved(book), proof.content))


def set_cell(sheet: str, address: str, value: Any) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[sheet][address].value = value

    return change


def test_a_file_as_it_was_written_is_unaltered() -> None:
    file, proof = written()
    assert check_roster(file, proof.content) == ()


def test_a_file_that_was_only_saved_again_is_unaltered() -> None:
    def as_an_office_program_would(book: Any) -> None:
        sheet = book[ROSTER]
        for cells in sheet.iter_rows():
            for cell in cells:
                cell.quotePrefix = False
                if cell.number_format == "yyyy-mm-dd":
                    cell.number_format = r"yyyy\-mm\-dd;@"
        sheet.cell(TOTAL_AT + 20, 13).number_format = "0"
        sheet.column_dimensions["B"].width = 60

    assert after(as_an_office_program_would) == []


def test_a_date_that_became_a_serial_number_in_a_date_format_is_unaltered() -> None:
    def serial(book: Any) -> None:
        book[ROSTER].cell(BANYAN_AT, 8).value = 44621
        book[ROSTER].cell(BANYAN_AT, 8).number_format = "yyyy-mm-dd"

    assert after(serial) == []


@pytest.mark.parametrize(
    ("sheet", "address", "value", "expected", "found"),
    [
        (ROSTER, f"F{BANYAN_AT}", 1219510.47, "1219510.46", "1219510.47"),
        (ROSTER, f"F{BANYAN_AT}", 1219510.461, "1219510.46", "1219510.461"),
        (ROSTER, f"F{HARBOUR_AT}", 5, EMPTY, "5.00"),
        (
            ROSTER,
            f"B{EGRET_AT}",
            "厦门白鹭工艺品公司",
            "厦门白鹭工艺品有限公司（虚构）",
            "厦门白鹭工艺品公司",
        ),
        (ROSTER, f"G{EGRET_AT}", "XM-2022-000009", "XM-2022-000002", "XM-2022-000009"),
        (ROSTER, f"L{BANYAN_AT}", None, "2022-03-04", EMPTY),
        (ROSTER, f"H{BANYAN_AT}", date(2022, 2, 28), "2022-03-01", "2022-02-28"),
        (ROSTER, f"M{HARBOUR_AT}", "保障中", "已退保", "保障中"),
        (ROSTER, f"E{BANYAN_AT}", "2021", "2021 (whole number)", "2021 (text)"),
        (ROSTER, "A1", "别的名册", "厦门市小微出口企业统保投保名册", "别的名册"),
        (ROSTER, "F6", "基期出口额（万美元）", "基期出口额（美元）", "基期出口额（万美元）"),
        (ROSTER, f"F{TOTAL_AT}", 7219510.48, "7219510.47", "7219510.48"),
        (ROSTER, f"C{TOTAL_AT}", 5, "4", "5"),
        (ROSTER, f"N{BANYAN_AT}", "备注", EMPTY, "备注"),
        (ROSTER, f"F{TOTAL_AT}", "=SUM(F7:F10)", "7219510.47", "=SUM(F7:F10)"),
        (ROSTER, f"F{BANYAN_AT}", "=1219510.46", "1219510.46", "=1219510.46"),
        (ABOUT, "B12", 5, "4", "5"),
        (ABOUT, "B10", "0" * 64, written()[1].fingerprint, "0" * 64),
    ],
)
def test_a_changed_cell_is_named(sheet: str, address: str, value: Any, expected: str, found: str) -> None:
    differences = after(set_cell(sheet, address, value))
    assert differences == [CellDifference(sheet, address, expected, found)]


def test_a_formula_is_found_even_if_its_stored_result_is_the_old_number() -> None:
    file, proof = written()
    number, formula = b"<v>1219510.46</v>", b"<f>609755.23*2</f><v>1219510.46</v>"
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(file)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(number, formula))
    difference = CellDifference(ROSTER, f"F{BANYAN_AT}", "1219510.46", "=609755.23*2")
    assert check_roster(changed.getvalue(), proof.content) == (difference,)


@pytest.mark.parametrize("disguise", ['"9,999,999.00"', "#,##0.00,", "0%", ";;;"])
def test_a_number_format_that_shows_another_number_is_found(disguise: str) -> None:
    def change(book: Any) -> None:
        book[ROSTER].cell(BANYAN_AT, 6).number_format = disguise

    (difference,) = after(change)
    assert difference.address == f"F{BANYAN_AT}"
    assert disguise in difference.found


def test_a_removed_row_is_one_difference_and_the_rows_below_are_not() -> None:
    differences = after(lambda book: book[ROSTER].delete_rows(EGRET_AT))
    assert [(one.address, one.found) for one in differences] == [(f"A{EGRET_AT}:M{EGRET_AT}", REMOVED)]
    assert "XM-2022-000002" in differences[0].expected


def test_a_removed_row_is_found_when_the_numbers_below_were_put_in_order() -> None:
    def change(book: Any) -> None:
        sheet = book[ROSTER]
        sheet.delete_rows(EGRET_AT)
        sheet.cell(EGRET_AT, 1).value, sheet.cell(EGRET_AT + 1, 1).value = 2, 3

    assert [(one.address, one.found) for one in after(change)] == [
        (f"A{EGRET_AT}:M{EGRET_AT}", REMOVED),
        (f"A{EGRET_AT}", "2"),
        (f"A{EGRET_AT + 1}", "3"),
    ]


def test_an_inserted_row_is_one_difference_at_its_place() -> None:
    def change(book: Any) -> None:
        book[ROSTER].insert_rows(EGRET_AT)
        for column, value in enumerate([2, "厦门无中生有公司", "91350200MA00000099"], 1):
            book[ROSTER].cell(EGRET_AT, column).value = value

    (difference,) = after(change)
    assert difference[:3] == (ROSTER, f"A{EGRET_AT}:C{EGRET_AT}", NOTHING)
    assert "厦门无中生有公司" in difference.found


def test_a_row_that_was_copied_is_found_at_both_places() -> None:
    def change(book: Any) -> None:
        sheet = book[ROSTER]
        sheet.insert_rows(LICHEE_AT + 1)
        for cell in sheet[BANYAN_AT]:
            copy = sheet.cell(LICHEE_AT + 1, cell.column, cell.value)
            copy.number_format = cell.number_format

    (difference,) = after(change)
    assert difference.address == f"A{LICHEE_AT + 1}:M{LICHEE_AT + 1}"


def test_swapped_rows_are_told_with_the_place_they_came_from() -> None:
    def change(book: Any) -> None:
        sheet = book[ROSTER]
        for column in range(1, 14):
            first, last = sheet.cell(BANYAN_AT, column), sheet.cell(LICHEE_AT, column)
            first.value, last.value = last.value, first.value

    assert after(change) == [
        CellDifference(ROSTER, f"A{now}:M{now}", f"in row {was}", f"in row {now}")
        for now, was in ((BANYAN_AT, LICHEE_AT), (LICHEE_AT, BANYAN_AT))
    ]


def test_a_moved_row_that_was_changed_too_shows_both() -> None:
    def change(book: Any) -> None:
        sheet = book[ROSTER]
        cells = [cell.value for cell in sheet[BANYAN_AT]]
        sheet.delete_rows(BANYAN_AT)
        sheet.insert_rows(LICHEE_AT)
        for column, value in enumerate(cells, 1):
            sheet.cell(LICHEE_AT, column).value = value
            sheet.cell(LICHEE_AT, column).number_format = sheet.cell(BANYAN_AT, column).number_format
        sheet.cell(LICHEE_AT, 6).value = 1.0

    assert [(one.address, one.expected, one.found) for one in after(change)] == [
        (f"A{LICHEE_AT}:M{LICHEE_AT}", f"in row {BANYAN_AT}", f"in row {LICHEE_AT}"),
        (f"F{LICHEE_AT}", "1219510.46", "1.00"),
    ]


def test_values_below_the_last_row_are_found() -> None:
    (difference,) = after(set_cell(ROSTER, f"C{TOTAL_AT + 9}", "补记"))[-1:]
    assert difference.address == f"A{TOTAL_AT + 9}:C{TOTAL_AT + 9}"
    assert "补记" in difference.found


def test_an_extra_sheet_is_found() -> None:
    assert after(lambda book: book.create_sheet("补充")) == [
        CellDifference("补充", WHOLE_SHEET, NOTHING, "(extra sheet)")
    ]


def test_a_missing_sheet_is_found() -> None:
    (difference,) = after(lambda book: book.remove(book[ABOUT]))
    assert difference[:2] == (ABOUT, WHOLE_SHEET)


def test_sheets_in_another_order_are_found() -> None:
    (difference,) = after(lambda book: book.move_sheet(ABOUT, -1))
    assert difference == CellDifference(ABOUT, WHOLE_SHEET, "sheet 2", "sheet 1")


def test_the_roster_of_another_export_is_not_this_one() -> None:
    _, proof = written()
    other, _ = written(title=TITLE._replace(export_id="01HZX3Y5Q8M2N7P4R6S9T0V1WB"))
    changed = check_roster(other, proof.content)
    assert {one.address for one in changed} == {"B8", "B10"}


def test_a_full_roster_replaced_by_an_empty_one_names_every_lost_line() -> None:
    file, _ = written([])
    found = check_roster(file, written()[1].content)
    assert sum(one.found == REMOVED for one in found) >= len(LINES) - 1


def test_the_export_id_is_read_from_the_second_sheet() -> None:
    assert read_export_id(written()[0]) == TITLE.export_id


def test_a_workbook_that_is_no_roster_is_told_in_one_sentence() -> None:
    with pytest.raises(NotARoster, match="no roster of this portal"):
        read_export_id(saved(Workbook()))


def test_an_export_id_that_was_spoilt_counts_as_missing() -> None:
    book = opened(written()[0])
    book[ABOUT]["B8"].value = "01HZX"
    with pytest.raises(NotARoster):
        read_export_id(saved(book))


@pytest.mark.parametrize("file", [b"", b"no workbook", written()[0][:4000]])
def test_a_file_that_is_no_workbook_is_refused(file: bytes) -> None:
    content = written()[1].content
    with pytest.raises(WorkbookRefused):
        check_roster(file, content)
    with pytest.raises(WorkbookRefused):
        read_export_id(file)


@pytest.mark.parametrize("content", [b"", b"damaged", written()[1].content[:-20]])
def test_a_damaged_record_is_not_blamed_on_the_file(content: bytes) -> None:
    with pytest.raises(ValueError, match="stored record of this roster is damaged"):
        check_roster(written()[0], content)


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
minors = st.none() | st.integers(min_value=0, max_value=10**13)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(names, names, minors), max_size=4))
def test_whatever_a_firm_is_called_its_roster_verifies(firms: list[tuple[str, str, int | None]]) -> None:
    lines = [
        BANYAN._replace(firm_name=name, place=place, exports_minor=minor, policy_number=f"XM-{number}")
        for number, (name, place, minor) in enumerate(firms)
    ]
    file, proof = written(lines)
    assert check_roster(file, proof.content) == ()
    assert proof.total_minor == sum(minor or 0 for _, _, minor in firms)


@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.integers(0, 12))
def test_without_the_differing_rows_record_and_file_are_the_same(
    order: list[int], removed: set[int], inserted_at: int
) -> None:
    def line(number: int) -> str:
        return row_text([f"i{number}", *[None] * 5, f"sP{number}"])

    expected = [line(number) for number in range(12)]
    found = [line(number) for number in order if number not in removed]
    found.insert(inserted_at, line(99))
    pairs = differing_rows(expected, found)
    old = [pair.expected for pair in pairs if pair.expected is not None]
    new = [pair.found for pair in pairs if pair.found is not None]
    assert len(old) == len(set(old))
    assert len(new) == len(set(new))
    rest_of_record = [row for index, row in enumerate(expected) if index not in old]
    rest_of_file = [row for index, row in enumerate(found) if index not in new]
    assert rest_of_record == rest_of_file
    moved = [pair for pair in pairs if pair.moved]
    assert all(pair.expected is not None and pair.found is not None for pair in moved)


def test_fifty_thousand_rows_in_the_opposite_order_are_told_apart_quickly() -> None:
    rows = [row_text([f"i{number}", *[None] * 5, f"sP{number}"]) for number in range(50_000)]
    assert sum(pair.moved for pair in differing_rows(rows, rows[::-1])) == len(rows) - 1
