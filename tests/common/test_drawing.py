"""Bars and charts stand where the numbers say."""

import re
from datetime import date

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from portal.common import drawing


def test_the_line_stands_at_three_quarters_and_an_exact_cap_fills_up_to_it() -> None:
    bar = drawing.load_line(600_000_000, 600_000_000)
    assert (bar.line, bar.certain, bar.lost, bar.cut) == (75, 75.0, 0.0, False)


def test_what_is_possible_is_hatched_up_to_the_line_and_lost_beyond_it() -> None:
    bar = drawing.load_line(30_000, 50_000, possible=32_000)
    assert (bar.certain, bar.possible, bar.lost) == (45.0, 30.0, 18.0)


def test_far_over_the_cap_the_bar_is_cut_and_says_so() -> None:
    assert drawing.load_line(66_666, 50_000).cut is False
    assert drawing.load_line(67_000, 50_000).cut is True


def test_a_cap_of_zero_leaves_everything_lost() -> None:
    assert drawing.load_line(0, 0).lost == 0.0
    assert drawing.load_line(1, 0).cut is True


def test_a_quantity_below_zero_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="below zero"):
        drawing.load_line(-1, 50_000)


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 10**12))
def test_a_bar_never_leaves_its_box(value: int, cap: int, possible: int) -> None:
    bar = drawing.load_line(value, cap, possible)
    assert 0 <= bar.certain + bar.possible <= 75
    assert 75 + bar.lost <= 100


def test_the_year_bar_counts_both_ends_of_cover_and_gap() -> None:
    bar = drawing.year_bar(date(2022, 1, 1), date(2022, 12, 31), date(2022, 5, 23))
    assert (bar.gap_days, bar.cover_days, bar.gap_ends) == (142, 223, date(2022, 5, 22))
    assert bar.gap + bar.cover == pytest.approx(100, abs=0.01)


def test_cover_from_the_first_day_has_no_gap() -> None:
    bar = drawing.year_bar(date(2022, 1, 1), date(2022, 12, 31), date(2022, 1, 1))
    assert (bar.gap, bar.gap_days, bar.gap_ends, bar.cover) == (0.0, 0, None, 100.0)


def test_cover_outside_its_year_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie"):
        drawing.year_bar(date(2022, 1, 1), date(2022, 12, 31), date(2023, 1, 1))


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (3, 3), (2148, 3000), (3120, 4000), (1_742_790, 2_000_000)])
def test_an_axis_ends_on_a_round_number(highest: int, top: int) -> None:
    steps = drawing.scale(highest)
    assert steps[0] == 0
    assert steps[-1] == top
    assert len(steps) <= 6


def test_stacked_columns_stand_on_each_other_and_start_at_zero() -> None:
    chart = drawing.column_chart(["a"], [[50], [30], [20]])
    lowest, middle, highest = chart.columns[0].parts
    assert lowest.y + lowest.height == pytest.approx(100)
    assert middle.y + middle.height == pytest.approx(lowest.y)
    assert highest.y + highest.height == pytest.approx(middle.y)
    assert chart.columns[0].total == 100


def test_the_limit_is_on_the_same_scale_as_the_columns() -> None:
    chart = drawing.column_chart(["a", "b"], [[1000, 4000]], limit=4000)
    assert chart.limit is not None
    assert chart.limit.y == chart.columns[1].top


def test_many_days_show_at_most_a_dozen_labels() -> None:
    chart = drawing.column_chart([str(day) for day in range(31)], [[1] * 31])
    assert sum(column.labelled for column in chart.columns) <= 12


def test_series_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="each label"):
        drawing.column_chart(["a", "b"], [[1]])


def test_a_month_to_come_has_no_point() -> None:
    chart = drawing.line_chart(["1", "2", "3"], [100, 50, None], comparison=(100, 0))
    assert [point.y for point in chart.points] == [0.0, 50.0, None]
    assert chart.comparison == (0.0, 100.0)
    assert chart.comparison_label == 80.0


AXIS = """{% from "parts/chart.html" import column_chart, line_chart %}
{{ column_chart(columns, "", "", "") }}|{{ line_chart(lines, "", "", "") }}"""


@pytest.mark.parametrize(("language", "widest"), [("zh_Hans_CN", "5,000"), ("en", "1,800,000")])
def test_the_room_beside_a_chart_holds_every_label_of_its_axis_as_it_is_written(
    app: Flask, language: str, widest: str
) -> None:
    values = [7_500] if widest == "5,000" else [1_742_790]
    columns, lines = drawing.column_chart(["a"], [values]), drawing.line_chart(["a"], values)
    with app.test_request_context(), force_locale(language):
        drawn = render_template_string(AXIS, columns=columns, lines=lines)
    for chart in drawn.split("|"):
        room, picture = chart.split('<div class="tb-plot-room" aria-hidden="true">')[1].split("</div>", 1)
        labels = re.findall(r"<text[^>]*text-anchor=.end.[^>]*>([^<]+)</text>", picture)
        assert len(labels) > 2
        assert re.findall(r"<span>([^<]+)</span>", room) == labels


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, (1,)),
        (1, 11, (1, 2, 3, None, 11)),
        (6, 11, (1, 2, 3, None, 5, 6, 7, None, 11)),
        (2, 3, (1, 2, 3)),
    ],
)
def test_the_pages_offered_are_first_last_and_neighbours(
    page: int, pages: int, shown: tuple[int | None, ...]
) -> None:
    assert drawing.pages_shown(page, pages) == shown
