"""Honest files with the usual mess are read, whatever their outer shape."""

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet._reader import WorkSheetParser

from portal.common.cells import UNCALCULATED
from portal.common.workbook import Heading, Limits, Row, WorkbookRefused, open_table
from tests.sheets.books import (
    CODE,
    EXPORTS,
    HEADER_XML,
    HEADINGS,
    LINE,
    LINE_XML,
    MAIN,
    NAME,
    NAMES,
    SHEET_PART,
    YEAR,
    book,
    listing,
    package,
    rows_of,
    saved,
    sheet_xml,
    zipped,
)

A_DAY = datetime.fromisoformat("2019-01-09")


def test_rows_carry_their_number_their_raw_values_and_their_addresses() -> None:
    (row,) = rows_of(listing(LINE))

    assert row.number == 2
    assert dict(row.cells) == dict(zip(NAMES, LINE, strict=True))
    assert row.address(EXPORTS) == "D2"
    assert row.address("另一列") == ""


def test_a_path_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "出口.xlsx"
    path.write_bytes(listing(LINE))

    with open_table(path, HEADINGS) as from_path, open_table(str(path), HEADINGS) as from_text:
        assert list(from_path.rows()) == list(from_text.rows()) == rows_of(listing(LINE))


def test_the_order_of_columns_and_further_ones_do_not_matter() -> None:
    source = book(
        ("出口", [("备注", EXPORTS, YEAR, None, CODE, NAME), ("x", 1234.5, 2021, None, LINE[0], LINE[1])])
    )

    (row,) = rows_of(source)

    assert dict(row.cells) == dict(zip(NAMES, LINE, strict=True))
    assert [row.address(name) for name in NAMES] == ["E2", "F2", "C2", "B2"]


def test_the_right_sheet_may_be_the_second_one() -> None:
    source = book(("说明", [("请填写下一页",), (CODE, NAME)]), ("出口", [NAMES, LINE]))

    with open_table(source, HEADINGS) as table:
        assert (table.sheet, table.header_row) == ("出口", 1)


def test_title_rows_may_stand_above_the_headings() -> None:
    source = book(("出口", [("2021年出口",), (), ("单位：美元",), NAMES, LINE]))

    with open_table(source, HEADINGS) as table:
        assert table.header_row == 4
        assert [row.number for row in table.rows()] == [5]


@pytest.mark.parametrize(
    "headings",
    [
        ("  统一社会信用代码 ", "企业\n名称", "年　度", "出口额(美元)"),
        ("统一社会信用代码\u200b", "\ufeff企业名称", "年度", "出口额（ 美元 ）"),
    ],
)
def test_headings_are_found_with_padding_and_other_brackets(headings: tuple[str, ...]) -> None:
    (row,) = rows_of(book(("出口", [headings, LINE])))

    assert row.cells[EXPORTS] == 1234.5


def test_an_optional_heading_that_is_missing_leaves_its_cells_empty() -> None:
    wanted = [*HEADINGS, Heading("法定代表人", required=False)]

    with open_table(listing(LINE), wanted) as table:
        (row,) = table.rows()
        assert row.cells["法定代表人"] is None
        assert "法定代表人" not in table.columns


def test_blank_rows_are_left_out_and_the_others_keep_their_numbers() -> None:
    source = listing(LINE, (), (None, "  ", "\u3000", ""), LINE, (), (), LINE)

    assert [row.number for row in rows_of(source)] == [2, 5, 8]


def test_rows_may_be_asked_for_twice() -> None:
    with open_table(listing(LINE, LINE), HEADINGS) as table:
        assert list(table.rows()) == list(table.rows())


@pytest.mark.parametrize("reference", ["A1", "A1:B1", "A1:XFD1048576", "D900000"])
def test_a_size_that_the_sheet_claims_falsely_is_not_believed(reference: str) -> None:
    sheet = sheet_xml(HEADER_XML + LINE_XML, before=f'<dimension ref="{reference}"/>')

    assert [row.number for row in rows_of(zipped(package(sheet)))] == [2]


def test_rows_without_numbers_and_cells_without_addresses_are_counted() -> None:
    line = f'<row><c t="str"><v>{LINE[0]}</v></c><c/><c><v>2021</v></c><c><v>5</v></c></row>'

    (row,) = rows_of(zipped(package(sheet_xml(HEADER_XML + line))))

    assert (row.number, row.cells[EXPORTS]) == (2, 5)


def test_a_prefix_before_every_tag_is_understood() -> None:
    prefixed = sheet_xml(HEADER_XML + LINE_XML).replace("</", "@@").replace("<", "<x:").replace("@@", "</x:")
    prefixed = prefixed.replace("<x:?xml", "<?xml").replace("xmlns=", "xmlns:x=")

    (row,) = rows_of(zipped(package(prefixed)))

    assert row.cells[YEAR] == 2021


def test_a_sheet_in_utf_16_is_read() -> None:
    sheet = sheet_xml(HEADER_XML + LINE_XML).replace("UTF-8", "UTF-16").encode("utf-16")

    assert len(rows_of(zipped(package(sheet)))) == 1


def test_an_empty_cell_far_away_does_no_harm() -> None:
    far = LINE_XML + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'

    assert [row.number for row in rows_of(zipped(package(sheet_xml(HEADER_XML + far))))] == [2]


def test_a_value_in_a_far_column_does_no_harm() -> None:
    far = LINE_XML.replace("</row>", '<c r="XFD2"><v>1</v></c></row>')

    assert len(rows_of(zipped(package(sheet_xml(HEADER_XML + far))))) == 1


def test_what_follows_the_rows_is_not_read() -> None:
    nonsense = '<conditionalFormatting sqref="?"><cfRule type="nothing" priority="x"/></conditionalFormatting>'

    assert len(rows_of(zipped(package(sheet_xml(HEADER_XML + LINE_XML, after=nonsense))))) == 1


def test_a_formula_gives_its_stored_value() -> None:
    line = LINE_XML.replace("<v>1234.5</v>", "<f>1234+0.5</f><v>1234.5</v>")

    (row,) = rows_of(zipped(package(sheet_xml(HEADER_XML + line))))

    assert row.cells[EXPORTS] == 1234.5


@pytest.mark.parametrize("stored", ["", "<v/>", "<v></v>"])
def test_a_formula_without_a_stored_value_is_told_from_an_empty_cell(stored: str) -> None:
    line = LINE_XML.replace("<v>1234.5</v>", f"<f>A1</f>{stored}").replace("<v>2021</v>", "")

    (row,) = rows_of(zipped(package(sheet_xml(HEADER_XML + line))))

    assert row.cells[EXPORTS] is UNCALCULATED
    assert row.cells[YEAR] is None


def test_a_row_of_formulas_without_values_is_not_taken_for_a_blank_one() -> None:
    source = listing(*[("=A1", "=B1", "=C1", "=D1")] * 2)

    rows = rows_of(source)

    assert [row.number for row in rows] == [2, 3]
    assert set(rows[0].cells.values()) == {UNCALCULATED}


def test_a_formula_that_gives_no_text_is_blank() -> None:
    template = LINE_XML + '<row r="3"><c r="A3" t="str"><f>IF(1,"","")</f><v></v></c></row>'

    assert [row.number for row in rows_of(zipped(package(sheet_xml(HEADER_XML + template))))] == [2]


def test_an_error_value_arrives_as_excel_writes_it() -> None:
    line = LINE_XML.replace('<c r="D2"><v>1234.5</v>', '<c r="D2" t="e"><v>#REF!</v>')

    (row,) = rows_of(zipped(package(sheet_xml(HEADER_XML + line))))

    assert row.cells[EXPORTS] == "#REF!"


def test_a_number_too_large_for_a_float_is_a_matter_of_its_cell() -> None:
    line = LINE_XML.replace("1234.5", "1e309")

    (row,) = rows_of(zipped(package(sheet_xml(HEADER_XML + line))))

    assert row.cells[EXPORTS] == float("inf")


def test_a_date_that_cannot_be_is_a_matter_of_its_cell() -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    line = LINE_XML.replace('<c r="C2"><v>2021', '<c r="C2" s="1"><v>1e12')
    parts = package(sheet_xml(HEADER_XML + line), xl__styles_xml=styles)

    (row,) = rows_of(zipped(parts))

    assert row.cells[YEAR] == "#VALUE!"


def test_a_date_cell_arrives_as_a_date() -> None:
    (row,) = rows_of(listing((*LINE[:2], A_DAY, 1)))

    assert row.cells[YEAR] == A_DAY


def test_hidden_rows_are_read_and_counted() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (NAMES, LINE, LINE, LINE):
        sheet.append(list(line))
    sheet.row_dimensions[3].hidden = True

    with open_table(saved(workbook), HEADINGS) as table:
        assert table.hidden_rows == 1
        assert len(list(table.rows())) == 3


def test_a_title_merged_over_the_table_is_fine() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (("2021年出口",), NAMES, LINE):
        sheet.append(list(line))
    sheet.merge_cells("A1:D1")

    assert [row.number for row in rows_of(saved(workbook))] == [3]


def test_links_comments_and_charts_beside_the_list_are_no_reason_to_refuse() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (NAMES, LINE):
        sheet.append(list(line))
    sheet["B2"].hyperlink = "mailto:a@example.com"
    workbook.create_chartsheet("图")
    workbook.create_sheet("空")

    assert len(rows_of(saved(workbook))) == 1


def test_a_write_only_workbook_without_a_size_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(f"a{number}", "b", 2021, 1) for number in range(3_000)]
    source = book(("出口", [NAMES, *lines]), write_only=True)
    parsed = 0
    parse_row = WorkSheetParser.parse_row

    def counted(self: WorkSheetParser, row: Any) -> object:
        nonlocal parsed
        parsed += 1
        return parse_row(self, row)

    monkeypatch.setattr(WorkSheetParser, "parse_row", counted)

    assert len(rows_of(source)) == 3_000
    # Once for all rows, and twice the first few: to find the headings and to see that there is data.
    assert parsed < 3_001 + 30


def test_exactly_as_many_rows_as_allowed_are_read() -> None:
    limits = Limits(rows=20)
    title = [("说明",)] * 9

    assert len(rows_of(book(("出口", [*title, NAMES, *[LINE] * 20])), limits=limits)) == 20


def test_a_table_that_breaks_half_way_says_so_where_it_breaks() -> None:
    more = "".join(f'<row r="{number}"><c><v>1</v></c></row>' for number in range(3, 30))
    broken = LINE_XML + more + '<row r="30"><c r="A30"><v>abc</v></c></row>'

    with open_table(zipped(package(sheet_xml(HEADER_XML + broken))), HEADINGS) as table:
        rows = table.rows()
        assert [next(rows).number for _ in range(28)] == list(range(2, 30))
        with pytest.raises(WorkbookRefused):
            next(rows)


@pytest.mark.parametrize("seed", range(80))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    packed = bytearray(listing(*[LINE] * 30))
    if seed % 4 == 0:
        source = bytes(packed[: chance.randrange(len(packed))])
    elif seed % 4 == 1:
        for _ in range(chance.randrange(1, 6)):
            packed[chance.randrange(len(packed))] ^= 1 << chance.randrange(8)
        source = bytes(packed)
    else:
        # Damage inside a part, the archive around it being sound.
        parts = package(sheet_xml(HEADER_XML + LINE_XML))
        name = chance.choice(sorted(parts) if seed % 4 == 2 else [SHEET_PART])
        content = bytearray(parts[name])
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.choice(b"<>/\"'=&; 0a\xff\x00")
        source = zipped({**parts, name: bytes(content)})

    words = ""
    rows: list[Row] = []
    try:
        rows = rows_of(source)
    except WorkbookRefused as refused:
        words = refused.problem.english()

    assert bool(rows) != bool(words)
