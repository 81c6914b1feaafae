"""What the sponsor finds when opening the roster workbook."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet import _writer

from portal.sponsor.roster_check import check_roster, read_export_id
from portal.sponsor.roster_lines import RosterLine
from portal.sponsor.roster_record import amount_text
from portal.sponsor.roster_sheet import write_roster
from portal.sponsor.sheet_stream import LARGEST_MINOR, amount_value
from tests.sponsor.roster_samples import (
    BANYAN,
    FIRST_LINE,
    HEADING_ROW,
    LINES,
    TITLE,
    opened,
    written,
)

HEADINGS = [
    *("序号", "企业名称", "统一社会信用代码", "登记地", "基期年度", "基期出口额（美元）", "保单号"),
    *("承保起期", "承保止期", "申请日期", "决定方式（自动/人工）", "收悉日期", "状态"),
]


def midnight(year: int, month: int, day: int) -> datetime:
    """A date as openpyxl reads it."""
    return datetime.combine(date(year, month, day), time())


@pytest.fixture(scope="module")
def book() -> Any:
    return opened(written()[0])


@pytest.fixture(scope="module")
def roster(book: Any) -> Any:
    return book["投保名册"]


@pytest.fixture(scope="module")
def facts(book: Any) -> dict[str, Any]:
    """Label and value of the explanatory sheet."""
    return {row[0]: row[1] for row in book["说明"].iter_rows(values_only=True)}


def row(sheet: Any, number: int) -> list[Any]:
    return [cell.value for cell in sheet[number]]


def test_there_are_two_sheets(book: Any) -> None:
    assert book.sheetnames == ["投保名册", "说明"]


def test_the_headings_are_exactly_the_agreed_ones(roster: Any) -> None:
    assert row(roster, HEADING_ROW) == HEADINGS


def test_title_date_scheme_and_terms_stand_on_top(roster: Any) -> None:
    assert roster["A1"].value == "厦门市小微出口企业统保投保名册"
    assert roster["A2"].value == "截至 2022-12-31"
    top = [cell for number in (3, 4, 5) for cell in row(roster, number) if cell]
    assert top[0] == "统保方案：厦门市小微出口企业统保（xiamen-2022）"
    assert top[3:] == [f"{label}：{value}" for label, value in TITLE.terms_summary]


def test_a_line_shows_every_value_in_its_own_type(roster: Any) -> None:
    assert row(roster, FIRST_LINE) == [
        1,
        "厦门榕荫贸易有限公司（虚构）",
        "91350200MA00000011",
        "厦门市",
        2021,
        1219510.46,
        "XM-2022-000001",
        midnight(2022, 3, 1),
        midnight(2022, 12, 31),
        midnight(2022, 2, 27),
        "自动",
        midnight(2022, 3, 4),
        "保障中",
    ]


def test_what_is_not_known_is_an_empty_cell(roster: Any) -> None:
    assert roster.cell(FIRST_LINE + 1, 12).value is None
    assert roster.cell(FIRST_LINE + 2, 4).value is None
    assert roster.cell(FIRST_LINE + 2, 6).value is None


def test_states_and_ways_of_deciding_are_in_the_words_of_the_field(roster: Any) -> None:
    assert [roster.cell(FIRST_LINE + at, 13).value for at in range(4)] == [
        "保障中",
        "保障中",
        "已退保",
        "已到期",
    ]
    assert [roster.cell(FIRST_LINE + at, 11).value for at in range(4)] == ["自动", "人工", "人工", "自动"]


def test_numbers_and_dates_carry_their_formats(roster: Any) -> None:
    formats = [cell.number_format for cell in roster[FIRST_LINE]]
    text, day = "@", "yyyy-mm-dd"
    assert formats == ["0", text, text, text, "0", "#,##0.00", text, day, day, day, text, day, text]


def test_totals_follow_as_numbers(roster: Any) -> None:
    after = FIRST_LINE + len(LINES) + 1
    assert row(roster, after)[:6] == ["合计", "保单份数", 4, "出口额合计（美元）", None, 7219510.47]
    assert row(roster, after + 1)[:8] == ["状态", "保障中", 2, "已到期", None, 1, "已退保", 1]
    assert row(roster, after + 2)[:6] == ["决定方式", "自动", 2, "人工", None, 2]
    assert row(roster, after + 3)[:6] == ["收悉", "已收悉", 3, "未收悉", None, 1]


def test_adding_up_the_column_gives_the_total(roster: Any) -> None:
    lines = [roster.cell(FIRST_LINE + at, 6).value or 0 for at in range(len(LINES))]
    assert round(sum(lines), 2) == roster.cell(FIRST_LINE + len(LINES) + 1, 6).value


def test_nothing_in_the_workbook_is_a_formula(book: Any) -> None:
    kinds = {cell.data_type for sheet in book for cells in sheet.iter_rows() for cell in cells}
    assert kinds == {"s", "n", "d"}


def test_the_screen_keeps_the_headings_and_filters_the_lines_only(roster: Any) -> None:
    assert roster.freeze_panes == f"C{FIRST_LINE}"
    assert roster.auto_filter.ref == f"A{HEADING_ROW}:M{FIRST_LINE + len(LINES) - 1}"


def test_it_prints_on_a4_landscape_one_page_wide_with_headings_and_page_numbers(roster: Any) -> None:
    assert roster.page_setup.orientation == "landscape"
    assert int(roster.page_setup.paperSize) == 9
    assert (roster.page_setup.fitToWidth, roster.page_setup.fitToHeight) == (1, 0)
    assert roster.sheet_properties.pageSetUpPr.fitToPage
    assert roster.print_title_rows == f"${HEADING_ROW}:${HEADING_ROW}"
    assert roster.oddFooter.left.text == "截至 2022-12-31"
    assert roster.oddFooter.center.text == "第 &P 页，共 &N 页"


def test_every_column_is_explained_with_its_source(book: Any) -> None:
    rows = list(book["说明"].iter_rows(values_only=True))
    explained = [cells for cells in rows if cells[0] in HEADINGS]
    assert [cells[0] for cells in explained] == HEADINGS
    assert all(cells[1] and cells[2] for cells in explained)


def test_the_second_sheet_carries_counts_terms_and_fingerprints(facts: dict[str, Any]) -> None:
    proof = written()[1]
    assert facts["保单份数"] == proof.lines == 4
    assert facts["基期出口额合计（美元）"] == proof.total_minor / 100
    assert facts["海关数据中没有的企业"] == 1
    assert facts["未收悉"] == 1
    assert facts["截至日期"] == midnight(2022, 12, 31)
    assert facts["条款指纹"] == TITLE.terms_fingerprint
    assert facts["名册指纹"] == proof.fingerprint
    assert facts["导出编号"] == TITLE.export_id
    assert facts["保费费率"].endswith("（暂定）")


def test_the_time_of_making_is_told_as_the_clock_in_xiamen_showed_it(facts: dict[str, Any]) -> None:
    assert facts["生成时间"] == "2023-01-04 01:30:05（北京时间）"


def test_the_fingerprint_depends_on_every_value_and_on_nothing_else() -> None:
    fingerprint = written()[1].fingerprint
    assert written()[1].fingerprint == fingerprint
    later = BANYAN._replace(applied_on=BANYAN.applied_on.replace(day=26))
    assert written([later, *LINES[1:]])[1].fingerprint != fingerprint


@pytest.mark.parametrize("name", ["=1+1", "+86", "-5", "@SUM(A1)", '=HYPERLINK("http://x","y")', "00123"])
def test_a_name_that_looks_like_a_formula_or_number_stays_text(name: str) -> None:
    file, proof = written([BANYAN._replace(firm_name=name)])
    cell = opened(file)["投保名册"].cell(FIRST_LINE, 2)
    assert (cell.value, cell.data_type, cell.quotePrefix, cell.number_format) == (name, "s", True, "@")
    assert check_roster(file, proof.content) == ()


def test_characters_that_a_workbook_cannot_hold_are_left_out() -> None:
    file, proof = written([BANYAN._replace(firm_name="厦门\x00榕荫\ud800\n贸易\uffff")])
    assert opened(file)["投保名册"].cell(FIRST_LINE, 2).value == "厦门榕荫 贸易"
    assert check_roster(file, proof.content) == ()


def test_a_roster_without_policies_says_so_and_is_a_proper_workbook() -> None:
    file, proof = written([])
    roster = opened(file)["投保名册"]
    assert roster.cell(FIRST_LINE, 1).value == "截至 2022-12-31，没有已签发的保单。"
    assert row(roster, FIRST_LINE + 2)[:6] == ["合计", "保单份数", 0, "出口额合计（美元）", None, 0]
    assert roster.auto_filter.ref == f"A{HEADING_ROW}:M{HEADING_ROW}"
    assert (proof.lines, proof.total_minor) == (0, 0)
    assert check_roster(file, proof.content) == ()


@given(st.integers(min_value=-LARGEST_MINOR, max_value=LARGEST_MINOR))
def test_every_amount_comes_back_to_the_cent(minor: int) -> None:
    # Sixteen digits are what openpyxl writes, seventeen what Excel does.
    for written_out in ("%.16g", "%.17g"):
        read = float(written_out % amount_value(minor))
        assert round(read * 100) == minor
        assert read == float(amount_text(minor))


def test_the_sum_over_fifty_thousand_lines_is_right_to_the_cent() -> None:
    amounts = [(index * 7_919_317) % 600_000_001 for index in range(50_000)]
    assert round(sum(map(amount_value, amounts)), 2) == amount_value(sum(amounts))


def test_an_amount_that_no_cell_can_hold_exactly_is_an_error_that_names_the_line() -> None:
    with pytest.raises(ValueError, match=r"Line 2: The amount 10000000000000\.00"):
        written([BANYAN, BANYAN._replace(exports_minor=LARGEST_MINOR + 1)])


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        (TITLE._replace(currency="XXX"), "currency 'XXX'"),
        (TITLE._replace(export_id="1"), "no ULID"),
        (TITLE._replace(made_at=TITLE.made_at.replace(tzinfo=None)), "time zone"),
    ],
)
def test_a_title_that_would_mislead_is_refused(title: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        written(title=title)


def test_a_failure_in_the_middle_leaves_no_file_behind(tmp_path: Path) -> None:
    def broken() -> Iterator[RosterLine]:
        yield BANYAN
        raise ConnectionError("the database went away")

    before = set(_writer.ALL_TEMP_FILES)
    with pytest.raises(ConnectionError):
        write_roster(tmp_path / "roster.xlsx", TITLE, broken())
    assert list(tmp_path.iterdir()) == []
    assert not [name for name in set(_writer.ALL_TEMP_FILES) - before if Path(name).exists()]


def test_a_roster_written_to_a_path_replaces_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "roster.xlsx"
    out.write_bytes(b"an older file")
    proof = write_roster(out, TITLE, LINES)
    assert check_roster(out, proof.content) == ()
    assert read_export_id(out) == TITLE.export_id
    assert list(tmp_path.iterdir()) == [out]


def test_no_part_of_the_file_refers_to_anything_outside_it() -> None:
    with zipfile.ZipFile(BytesIO(written()[0])) as archive:
        assert not [name for name in archive.namelist() if b"TargetMode" in archive.read(name)]


def test_a_long_term_gets_the_height_it_needs() -> None:
    long = TITLE._replace(terms_summary=(("赔付比例", "八成" * 60),))
    short = TITLE._replace(terms_summary=(("赔付比例", "80 %"),))
    heights = [opened(written(title=title)[0])["投保名册"].row_dimensions[4].height for title in (short, long)]
    assert heights == [18, 63]
