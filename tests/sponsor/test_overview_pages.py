"""The overview: figures that can be traced, the drawing and its table, by scheme, policy year and period."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.common.instance import Instance
from portal.common.roles import SEES_OVERVIEW
from portal.policies.actions import record_acknowledgement, record_withdrawal
from portal.programme.actions import confirm_value
from portal.sponsor.overview import draw
from tests.accounts.pages import heading_of, in_english, text_of, title_of
from tests.conftest import signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO, STAFF, ZHOU_HE, Staff
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    approve,
    issue,
    on_day,
    policy_of,
    queries_counted,
)
from tests.samples import (
    GIANT,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    STRANGER,
    apply_all,
    import_all,
)

NEXT_DAY = date(2022, 3, 2)


@pytest.fixture
def sponsor(app: Flask) -> FlaskClient:
    """The finance bureau, reading English."""
    return in_english(signed_in(app, ZHOU_HE))


@pytest.fixture
def year(instance: Instance) -> Instance:
    """Three applications of 1 March and two of 2 March 2022, and two policies, one of them by a reviewer."""
    import_all(instance)
    apply_all(instance, [HARBOUR, SILENT, GIANT])
    apply_all(instance, [ISLET, STRANGER], NEXT_DAY)
    approve(instance, LIN_ZHIYAO, SILENT)
    issue(instance)
    return instance


def figure(page: str, label: str) -> tuple[str, str]:
    """The number of a figure and how it is made, as plain words."""
    found = re.search(rf"<dt>{label}</dt><dd class=\"tb-figure\">(.*?)</dd><dd>(.*?)</dd>", page, re.S)
    assert found is not None, label
    return found[1].replace("\xa0", " "), re.sub(r"<[^>]+>|\s+", " ", found[2]).replace("\xa0", " ").strip()


def table(page: str) -> list[list[str]]:
    """The rows of the page's table, its head and foot too."""
    rows = re.findall(r"<tr\b.*?</tr>", page, re.S)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.S) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).replace("\xa0", " ").strip() for cell in row] for row in cells]


def sheet_of(data: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))


def counts(row: Sequence[object]) -> list[int]:
    return [int(str(cell)) for cell in row[1:]]


def test_with_nothing_yet_the_page_says_what_brings_it_to_life(sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/overview"))
    assert heading_of(page) == "Overview of policy year 2022"
    assert title_of(page).startswith(heading_of(page))
    assert "No applications yet" in page
    assert "<figure" not in page


def test_the_table_counts_every_state_on_every_day_and_adds_up(year: Instance, sponsor: FlaskClient) -> None:
    rows = table(text_of(sponsor.get("/desk/overview")))
    heads = rows[0]
    first, second, total = (dict(zip(heads, row, strict=True)) for row in rows[1:])
    assert (first["Day of application"], first["Applications"]) == ("1 Mar 2022", "3")
    assert (first["Policy issued"], first["Not eligible"], first["A person must look"]) == ("2", "1", "0")
    assert (second["Applications"], second["A person must look"], second["Not eligible"]) == ("2", "1", "1")
    for row in rows[1:]:
        assert counts(row)[0] == sum(counts(row)[1:])
    assert counts(list(total.values())) == [
        a + b for a, b in zip(counts(list(first.values())), counts(list(second.values())), strict=True)
    ]


def test_the_drawing_says_in_words_what_it_draws(year: Instance, sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/overview"))
    assert "5 applications, 2 of them eligible" in page
    assert (
        "5 in all: 2 eligible, cleared or insured, 1 to be looked at, 2 not eligible or rejected, 0 waiting"
        in page
    )
    assert page.count('class="tb-s0"') == 2, "one part of a column, and the legend"


def test_every_figure_says_how_it_is_made(year: Instance, sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/overview"))
    assert figure(page, "Uptake") == ("100.0%", "Firms: 2 enrolled ÷ 2 found eligible")
    assert figure(page, "Policies in force today") == ("2", "of 2 issued in the policy year")
    assert figure(page, "Acknowledged") == ("0.0%", "0 of 2 policies not withdrawn")
    # Neither the one a reviewer cleared nor the one that a reviewer has to look at.
    assert figure(page, "Decided without a person") == ("60.0%", "3 of 5 applications with a decision")
    number = application_of(year, ISLET).number
    assert figure(page, "Waits longest") == ("0 days", f"{number} , applied 2 Mar 2022, A person must look")


def test_a_withdrawn_policy_is_no_longer_enrolled_but_its_firm_stays_eligible(
    year: Instance, sponsor: FlaskClient
) -> None:
    who = acting(year, LIN_ZHIYAO)
    record_acknowledgement(year, who, policy_of(year, HARBOUR).number, ISSUE_DAY, HARBOUR.representative)
    record_withdrawal(year, who, policy_of(year, SILENT).number, ISSUE_DAY)
    page = text_of(sponsor.get("/desk/overview"))
    assert figure(page, "Uptake") == ("50.0%", "Firms: 1 enrolled ÷ 2 found eligible")
    assert figure(page, "Policies in force today") == ("1", "of 2 issued in the policy year")
    assert figure(page, "Acknowledged") == ("100.0%", "1 of 1 policies not withdrawn")


def test_a_firm_insured_anew_counts_once(year: Instance, app: Flask) -> None:
    record_withdrawal(year, acting(year, LIN_ZHIYAO), policy_of(year, HARBOUR).number, ISSUE_DAY)
    with on_day(date(2022, 4, 1)):
        apply_all(year, [HARBOUR], date(2022, 4, 1))
        issue(year, date(2022, 4, 1))
        page = text_of(in_english(signed_in(app, ZHOU_HE)).get("/desk/overview"))
    assert figure(page, "Uptake") == ("100.0%", "Firms: 2 enrolled ÷ 2 found eligible")


def test_what_lapsed_before_anybody_looked_was_never_found_eligible(year: Instance, app: Flask) -> None:
    with on_day(date(2023, 1, 2)):
        issue(year, date(2023, 1, 2))
        page = text_of(in_english(signed_in(app, ZHOU_HE)).get("/desk/overview"))
    assert heading_of(page) == "Overview of policy year 2022", "the last year that has applications"
    assert figure(page, "Uptake") == ("100.0%", "Firms: 2 enrolled ÷ 2 found eligible")
    assert figure(page, "Policies in force today") == ("0", "of 2 issued in the policy year")
    assert figure(page, "Waits longest")[0] == "—"


def test_the_oldest_case_is_a_link_only_for_whoever_may_open_it(year: Instance, app: Flask) -> None:
    link = f'href="/desk/applications/{application_of(year, ISLET).number}"'
    assert link in text_of(signed_in(app, LIN_ZHIYAO).get("/desk/overview"))
    assert link not in text_of(signed_in(app, ZHOU_HE).get("/desk/overview"))


def test_the_days_waited_are_counted_from_the_application(year: Instance, app: Flask) -> None:
    with on_day(date(2022, 3, 31)):
        page = text_of(in_english(signed_in(app, ZHOU_HE)).get("/desk/overview"))
    assert figure(page, "Waits longest")[0] == "29 days"


def test_the_provisional_policy_year_leads_to_its_reason_until_confirmed(
    year: Instance, sponsor: FlaskClient
) -> None:
    link = f'href="/desk/terms#{SCHEME}-policy_year_start"'
    assert link in text_of(sponsor.get("/desk/overview"))
    confirm_value(year, acting(year, GUAN_LI), SCHEME, "policy_year_start", "Notice 12 of 2022")
    assert link not in text_of(sponsor.get("/desk/overview"))


def test_a_period_narrows_drawing_and_table_and_excel_but_not_the_figures(
    year: Instance, sponsor: FlaskClient
) -> None:
    page = text_of(sponsor.get("/desk/overview?from=2022-03-02&to=2022-03-02"))
    assert "2 applications, 0 of them eligible" in page
    assert [row[0] for row in table(page)[1:]] == ["2 Mar 2022", "Total"]
    assert figure(page, "Uptake")[1] == "Firms: 2 enrolled ÷ 2 found eligible"
    sheet = sheet_of(sponsor.get("/desk/overview/export?from=2022-03-02&to=2022-03-02").data)
    assert [row[0].date() for row in sheet[1:]] == [NEXT_DAY]


@pytest.mark.parametrize(
    "query", ["from=2022-05-01", "to=2021-01-01", "from=2022-03-02&to=2022-03-01", "from=9999-12-31"]
)
def test_a_period_without_applications_says_when_there_were_some(
    year: Instance, sponsor: FlaskClient, query: str
) -> None:
    page = text_of(sponsor.get(f"/desk/overview?{query}"))
    assert "No applications in this period" in page
    assert "1\xa0Mar\xa02022 to 2\xa0Mar\xa02022" in page


def test_a_text_that_is_no_day_is_told_and_passed_over(year: Instance, sponsor: FlaskClient) -> None:
    answer = sponsor.get("/desk/overview?from=spring")
    assert answer.status_code == 200
    assert "“spring” is no day" in text_of(answer)
    assert "5 applications" in text_of(answer)


@pytest.mark.parametrize("query", ["year=2021", "scheme=xiamen-continued", "scheme=xiamen-2021&year=2021"])
def test_a_scheme_and_year_without_applications_names_those_that_have_some(
    year: Instance, sponsor: FlaskClient, query: str
) -> None:
    page = text_of(sponsor.get(f"/desk/overview?{query}"))
    assert "No applications in this scheme and policy year" in page
    assert f"/desk/overview?scheme={SCHEME}&amp;year=2022" in page


@pytest.mark.parametrize(
    "query", ["scheme=nowhere", "year=soon", "year=99999999999999999999", "page=999999999999"]
)
def test_an_address_that_means_nothing_shows_the_usual_page(
    year: Instance, sponsor: FlaskClient, query: str
) -> None:
    assert "5 applications" in text_of(sponsor.get(f"/desk/overview?{query}"))


def test_the_page_takes_as_many_queries_for_one_application_as_for_many(instance: Instance, app: Flask) -> None:
    import_all(instance)
    client = signed_in(app, LIN_ZHIYAO)
    served: Instance = app.extensions["tongbao"]
    numbers = []
    for firms, day in (([ISLET], date(2022, 3, 1)), ([HARBOUR, SILENT, GIANT], date(2022, 3, 2))):
        apply_all(instance, firms, day)
        client.get("/desk/overview")
        with queries_counted(served) as statements:
            assert client.get("/desk/overview").status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 12


def test_excel_holds_days_and_counts_in_the_readers_language_and_is_on_record(year: Instance, app: Flask) -> None:
    for language, heading in (("zh", "申请日期"), ("en", "Day of application")):
        client = signed_in(app, ZHOU_HE)
        client.get(f"/preferences/language/{language}")
        sheet = sheet_of(client.get("/desk/overview/export").data)
        assert sheet[0][0] in (heading, "Day of application")
        assert [row[1] for row in sheet[1:]] == [3, 2]
        assert all(isinstance(cell, int) for row in sheet[1:] for cell in row[1:])
    assert actions_on(year, f"overview {SCHEME} 2022") == [("sponsor.overview_export", "downloaded")] * 2


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_the_overview_is_open_to_desk_and_sponsors(year: Instance, app: Flask, person: Staff) -> None:
    wanted = 200 if person.role in SEES_OVERVIEW else 403
    client = signed_in(app, person)
    assert client.get("/desk/overview").status_code == wanted
    assert client.get("/desk/overview/export").status_code == wanted


@pytest.mark.parametrize(
    ("days", "step", "columns"),
    [(1, "day", 1), (62, "day", 62), (63, "week", 9), (366, "week", 53), (435, "month", 15)],
)
def test_a_long_period_is_drawn_by_weeks_or_months_and_loses_nobody(days: int, step: str, columns: int) -> None:
    first = date(2024, 1, 1)
    last = first + timedelta(days=days - 1)
    applied = {first + timedelta(days=n): {"issued": 1, "referred": n % 2} for n in range(days)}
    drawn = draw(applied, first, last)
    assert (drawn.step, len(drawn.chart.columns)) == (step, columns)
    assert drawn.groups[0] == days
    assert drawn.total == sum(sum(states.values()) for states in applied.values())


def test_a_period_that_begins_in_mid_week_keeps_its_first_days() -> None:
    first = date(2024, 2, 29)
    applied = {first: {"issued": 5}, first + timedelta(days=70): {"issued": 2}}
    drawn = draw(applied, first, first + timedelta(days=70))
    assert drawn.step == "week"
    assert drawn.chart.columns[0].total == 5
    assert drawn.total == 7
