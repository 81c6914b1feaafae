"""A workbook that can be read and whose table is not: headings missing, twice or hidden, nothing below them."""

import pytest
from openpyxl import Workbook

from portal.common.problems import Problem
from tests.sheets.books import LINE, NAMES, book, listing, refusal, refused_code, saved


def test_a_missing_heading_is_named_with_what_is_there_instead() -> None:
    refused = refusal(book(("出口", [("统一社会信用代码", "企业名称", "年份", "出口额（美元）"), LINE])))

    assert refused.problem.code == "missing_heading"
    assert refused.problem.params["missing"] == "“年度”"
    assert "“年份”" in refused.problem.params["found"]
    assert str(refused) == (
        "Sheet “出口” lacks the heading “年度”. "
        "Row 1 holds: “统一社会信用代码”, “企业名称”, “年份”, “出口额（美元）”. "
        "Add the missing heading to that row, written exactly so, with its column below."
    )


def test_without_any_heading_the_sheets_are_named() -> None:
    refused = refusal(book(("甲", [("a", "b")]), ("乙", [("c",)])))

    assert refused.problem.code == "no_sheet"
    assert refused.problem.params["sheets"] == "“甲”, “乙”"


def test_headings_below_the_tenth_row_are_not_found() -> None:
    assert refused_code(book(("出口", [*[("说明",)] * 10, NAMES, LINE]))) == "no_sheet"


def test_a_heading_that_stands_twice_is_refused_with_both_cells() -> None:
    refused = refusal(book(("出口", [(*NAMES, " 年 度 "), (*LINE, 2020)])))

    assert refused.problem == Problem("duplicate_heading", {"sheet": "出口", "heading": "年度", "cells": "C1, E1"})


def test_two_sheets_with_all_headings_are_refused_naming_both() -> None:
    refused = refusal(book(("一月", [NAMES, LINE]), ("二月", [NAMES, LINE])))

    assert refused.problem == Problem("several_sheets", {"sheets": "“一月”, “二月”"})


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_second_sheet_with_the_headings_is_named_too(state: str) -> None:
    source = book(("一月", [NAMES, LINE]), ("旧", [NAMES, LINE]), states={"旧": state})

    assert refusal(source).problem == Problem("several_sheets", {"sheets": "“一月”, “旧”"})


def test_a_hidden_sheet_is_not_read_in_silence() -> None:
    source = book(("说明", [("x",)]), ("出口", [NAMES, LINE]), states={"出口": "hidden"})

    assert refusal(source).problem == Problem("hidden_sheet", {"sheet": "出口"})


@pytest.mark.parametrize("rows", [[], [()], [(" ", "\u3000", None, "\u200b")]])
def test_headings_without_a_row_below_are_refused(rows: list[tuple[object, ...]]) -> None:
    assert refused_code(listing(*rows)) == "no_rows"


def test_a_chart_sheet_alone_is_refused() -> None:
    workbook = Workbook()
    workbook.create_chartsheet("图")
    workbook.remove(workbook["Sheet"])

    assert refused_code(saved(workbook)) == "no_sheet"
