"""Raw cell values become typed ones, or a problem that says how to mend the cell."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.common.cells import (
    UNCALCULATED,
    CellProblem,
    amount,
    code_text,
    is_blank,
    iso_date,
    optional,
    text,
    year,
)

A_DAY = date(2019, 1, 9)
MIDNIGHT = datetime.fromisoformat("2019-01-09")
PARSERS: tuple[Callable[[object], object], ...] = (text, code_text, amount, year, iso_date)
RAW_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.just(UNCALCULATED),
)


def code_of(parse: Callable[..., object], value: object, *arguments: object) -> str:
    """The code of the problem that the parser finds, having put it into words."""
    with pytest.raises(CellProblem) as found:
        parse(value, *arguments)
    assert found.value.problem.english()
    return found.value.problem.code


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        (0, 0),
        (-0.0, 0),
        (5, 500),
        (1219510.46, 121951046),
        (6000000.01, 600000001),
        (6000000.24, 600000024),
        (0.1 + 0.2, 30),
        (1.1 * 3, 330),
        (Decimal("12.30"), 1230),
        (Decimal("12.3000"), 1230),
        ("1234.5", 123450),
        ("1,219,510.46", 121951046),
        (" 1，219，510．46 ", 121951046),
        ("１２３", 12300),
        ("5.", 500),
        (99_999_999_999, 9_999_999_999_900),
        (100_000_000_000, 10**13),
    ],
)
def test_an_amount_is_exact_in_minor_units(value: object, minor: int) -> None:
    assert amount(value) == minor


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-5, "amount_negative"),
        (-0.01, "amount_negative"),
        ("-5", "amount_negative"),
        ("−5", "amount_negative"),
        ("－１，０００", "amount_negative"),
        ("(1,000.00)", "amount_negative"),
        ("5-", "amount_negative"),
        (1.005, "amount_too_precise"),
        (1 / 3, "amount_too_precise"),
        ("1.001", "amount_too_precise"),
        ("1.000000000000000000000000000000001", "amount_too_precise"),
        (Decimal("1e-999999"), "amount_too_precise"),
        (float("inf"), "amount_not_number"),
        (float("nan"), "amount_not_number"),
        (Decimal("NaN"), "amount_not_number"),
        ("1e309", "amount_not_number"),
        ("NaN", "amount_not_number"),
        ("Infinity", "amount_not_number"),
        ("约三百万", "amount_not_number"),
        ("1,23", "amount_not_number"),
        ("1.234.567", "amount_not_number"),
        ("1,2345", "amount_not_number"),
        ("0x10", "amount_not_number"),
        ("1_000", "amount_not_number"),
        ("٣", "amount_not_number"),
        ("9" * 5000, "amount_not_number"),
        (True, "amount_not_number"),
        (MIDNIGHT, "amount_not_number"),
        (timedelta(1), "amount_not_number"),
        ("10,000,000,000,000.01", "amount_too_large"),
        (1e300, "amount_too_large"),
        (10**300, "amount_too_large"),
        ("#REF!", "cell_error"),
        (" #N/A", "cell_error"),
        (UNCALCULATED, "cell_uncalculated"),
        (None, "cell_empty"),
        (" \u3000\u200b", "cell_empty"),
    ],
)
def test_what_is_no_amount_is_named(value: object, code: str) -> None:
    assert code_of(amount, value) == code


def test_an_integer_too_long_to_be_printed_is_a_problem_too() -> None:
    assert code_of(amount, 10**5000) == "amount_too_large"
    assert code_of(text, 10**5000) == "text_too_long"
    assert code_of(code_text, 10**5000) == "code_is_number"


def test_an_amount_follows_the_decimals_of_its_currency() -> None:
    assert amount(1500, "JPY") == 150_000, "in hundredths like every other, so that no yen counts as a hundred"
    assert code_of(amount, 1500.5, "JPY") == "amount_too_precise"
    assert code_of(amount, "1.234", "KWD") == "amount_too_precise"


@given(st.integers(0, 10**13))
def test_every_amount_in_cents_survives_the_way_through_a_float(minor: int) -> None:
    assert amount(minor / 100) == minor
    assert amount(f"{Decimal(minor).scaleb(-2):,.2f}") == minor


@pytest.mark.parametrize("value", [2021, 2021.0, "2021", " ２０２１ ", "2021年", "2021 ".strip() + "年"])
def test_a_year_is_read(value: object) -> None:
    assert year(value) == 2021


@pytest.mark.parametrize(
    "value",
    [
        2021.5,
        1899,
        2201,
        "二〇二一",
        "21",
        "2021-2022",
        "02021",
        float("nan"),
        float("inf"),
        1e309,
        True,
        MIDNIGHT,
        -2021,
    ],
)
def test_what_is_no_year_is_named(value: object) -> None:
    assert code_of(year, value) == "year_wrong"


@pytest.mark.parametrize(
    "value",
    [
        MIDNIGHT,
        MIDNIGHT.replace(hour=15),
        A_DAY,
        "2019-01-09",
        "2019-1-9",
        "2019/1/9",
        "2019.01.09",
        "2019年1月9日",
        "２０１９年１月９日",
        " 2019-01-09 ",
        "2019-01-09 00:00:00",
    ],
)
def test_a_date_is_read(value: object) -> None:
    assert iso_date(value) == A_DAY


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (43474, "date_is_number"),
        (43474.0, "date_is_number"),
        (20190109, "date_is_number"),
        ("20190109", "date_is_number"),
        ("2019-02-29", "date_impossible"),
        ("2019-13-01", "date_impossible"),
        ("1899-12-31", "date_impossible"),
        ("2201-01-01", "date_impossible"),
        ("0000-01-01", "date_impossible"),
        (date(1899, 12, 31), "date_impossible"),
        ("2019-01/09", "date_wrong"),
        ("09/01/2019", "date_wrong"),
        ("2019-01-09 15:30", "date_wrong"),
        ("长期", "date_wrong"),
        (time(12), "date_wrong"),
        (timedelta(3), "date_wrong"),
        (True, "date_wrong"),
        ("#VALUE!", "cell_error"),
    ],
)
def test_what_is_no_date_is_named(value: object, code: str) -> None:
    assert code_of(iso_date, value) == code


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  厦门\t某某 \n 公司 ", "厦门 某某 公司"),
        ("厦门（集团）", "厦门（集团）"),
        ("a_x000D_\nb", "a b"),
        ("a\u202eb\u200bc\x07d", "abcd"),
        ("㐂𠮷䶮", "㐂𠮷䶮"),
        (360, "360"),
        (13703984988.0, "13703984988"),
        ("file_x", "file_x"),
    ],
)
def test_text_is_kept_as_written_on_one_line(value: object, kept: str) -> None:
    assert text(value) == kept


def test_text_over_its_length_is_a_problem_that_counts() -> None:
    assert text("厦" * 5, 5) == "厦" * 5
    with pytest.raises(CellProblem) as found:
        text("厦" * 6, 5)
    assert dict(found.value.problem.params) == {"length": "6", "limit": "5"}


@pytest.mark.parametrize("value", [True, MIDNIGHT, A_DAY, time(1), timedelta(1)])
def test_text_is_not_made_of_dates_and_truth_values(value: object) -> None:
    assert code_of(text, value) == "cell_wrong_kind"
    assert code_of(code_text, value) == "cell_wrong_kind"


@pytest.mark.parametrize("value", [913502006120479428, 9.135e17, 5, Decimal(5)])
def test_a_code_that_is_a_number_is_a_problem(value: object) -> None:
    assert code_of(code_text, value) == "code_is_number"


def test_a_blank_cell_is_none_where_it_may_be_blank() -> None:
    assert optional(iso_date, " ") is None
    assert optional(amount, None, currency="JPY") is None
    assert optional(iso_date, "2019-01-09") == A_DAY
    assert code_of(lambda value: optional(amount, value), "x") == "amount_not_number"
    assert code_of(lambda value: optional(amount, value), UNCALCULATED) == "cell_uncalculated"


@given(RAW_VALUES)
def test_no_cell_value_makes_a_parser_fail_otherwise_than_by_a_problem(value: object) -> None:
    for parse in PARSERS:
        try:
            parse(value)
        except CellProblem as found:
            words = found.problem.english()
            assert "\n" not in words
    assert is_blank(value) in (True, False)
