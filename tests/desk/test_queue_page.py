"""The queue: views, filters, order, pages, a fixed number of queries, and an export that equals the page."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.accounts.actions import disable_account
from portal.common import clock
from portal.common.audit import DOWNLOADED
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.desk.districts import district_of
from tests.accounts.pages import heading_of, text_of, title_of
from tests.accounts.test_signing_in import account_of, entries
from tests.applications.desk import (
    QUEUE,
    address_of,
    application_of,
    counted_queries,
    decide,
    holder_of,
    options_of,
    refer_many,
    rows_of,
    tabs_of,
)
from tests.conftest import A_MORNING, sign_in_again
from tests.people import GUAN_LI, LIN_ZHIYAO
from tests.samples import (
    GIANT,
    HARBOUR,
    ISLET,
    SILENT,
    Firm,
    apply_all,
    customs_book,
    import_all,
    import_one,
    lists_book,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)


def firms(count: int, start: int = 100) -> list[Firm]:
    """Firms that customs has no record of."""
    return [
        Firm(f"厦门{n}号示例有限公司", valid_uscc(n), f"甲{n}", valid_identity_number(n), None)
        for n in range(start, start + count)
    ]


def number_of(instance: Instance, firm: Firm) -> str:
    return application_of(instance, firm).number


def shown(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"{QUEUE}{query}")
    assert answer.status_code == 200
    return rows_of(text_of(answer))


def exported(client: FlaskClient, query: str = "") -> list[tuple[object, ...]]:
    answer = client.get(f"{QUEUE}/export.xlsx{query}")
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_each_view_counts_and_holds_its_own(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(QUEUE))
    counted = {
        "To look at": 2,
        "Mine": 0,
        "The firm’s turn": 0,
        "Firms": 0,
        "Appeals": 0,
        "Insured": 0,
        "Waiting for a source": 0,
        "Decided today": 0,
        "All": 6,
    }
    assert tabs_of(page) == counted
    assert set(rows_of(page)) == {number_of(decided, ISLET), number_of(decided, SILENT)}
    assert len(shown(reviewer, "?view=all")) == 6
    decide(reviewer, address_of(decided, SILENT), "approve")
    page = text_of(reviewer.get(f"{QUEUE}?view=today"))
    assert tabs_of(page)["Decided today"] == 1
    assert rows_of(page) == [number_of(decided, SILENT)]
    with clock.fixed(A_MORNING + timedelta(days=1)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert shown(reviewer, "?view=today") == [], "yesterday's is not today's"


def test_what_waits_for_a_source_is_a_view_of_its_own(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    apply_all(instance, [HARBOUR])
    page = text_of(reviewer.get(f"{QUEUE}?view=source"))
    assert rows_of(page) == [number_of(instance, HARBOUR)]
    assert "Customs exports, Dishonest and organised-crime lists" in page


def test_tags_say_in_a_few_words_what_to_look_at(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(QUEUE))
    assert "Same name on a list" in page
    assert page.split("<tbody")[1].count("No customs record") == 1, "two rules, one tag"
    assert "Above the cap" in text_of(reviewer.get(f"{QUEUE}?view=all&q={GIANT.uscc}"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=澄屿", ISLET),
        (f"?q={SILENT.uscc[3:17].lower()}", SILENT),
        ("?rule=representative_not_listed", ISLET),
        ("?rule=exports_within_cap", SILENT),
        ("?rule=exports_above_zero", SILENT),
        ("?view=all&state=ineligible&rule=exports_within_cap", GIANT),
    ],
)
def test_filters_find_what_was_asked_for(
    reviewer: FlaskClient, decided: Instance, query: str, found: Firm
) -> None:
    assert shown(reviewer, query) == [number_of(decided, found)]


@pytest.mark.parametrize("query", ["?q=100%25", "?q=_", "?q=%27", "?q=%00", "?district=火星", "?holder=nobody2"])
def test_filters_that_match_nothing_say_so_and_lead_back(
    reviewer: FlaskClient, decided: Instance, query: str
) -> None:
    page = text_of(reviewer.get(f"{QUEUE}{query}"))
    if query != "?q=%00":  # nothing is left of it, so nothing was asked
        assert rows_of(page) == []
        assert "Nothing fits" in page


@pytest.mark.parametrize(
    "query",
    ["?view=x", "?sort=x", "?page=0", "?page=99999", "?page=-1", "?page=x", "?waited=x", "?waited=-3", "?rule=x"],
)
def test_an_address_that_asks_for_nonsense_still_gives_the_queue(
    reviewer: FlaskClient, decided: Instance, query: str
) -> None:
    assert len(shown(reviewer, query)) == 2


def test_waited_at_least_so_many_days(reviewer: FlaskClient, decided: Instance) -> None:
    assert len(shown(reviewer, "?waited=1")) == 2, "applied on 1 March, today is 2 March"
    assert shown(reviewer, "?waited=2") == []
    with clock.fixed(A_MORNING + timedelta(days=1)):
        sign_in_again(reviewer, LIN_ZHIYAO)
        assert len(shown(reviewer, "?waited=2")) == 2


def test_who_has_the_case(reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance) -> None:
    reviewer.post(holder_of("application", number_of(decided, ISLET)), data={"had": ""})
    lin = account_of(decided, LIN_ZHIYAO).id
    taken, free = [number_of(decided, ISLET)], [number_of(decided, SILENT)]
    assert shown(second_reviewer, f"?holder={lin}") == taken
    assert shown(second_reviewer, "?holder=nobody") == free
    assert shown(second_reviewer, "?holder=free_or_mine") == free
    assert sorted(shown(reviewer, "?holder=free_or_mine")) == sorted(taken + free)
    page = text_of(second_reviewer.get(QUEUE))
    assert options_of(page, "holder")[lin] == LIN_ZHIYAO.name


def test_what_somebody_has_whose_account_is_disabled_counts_as_nobodys(
    reviewer: FlaskClient, second_reviewer: FlaskClient, decided: Instance
) -> None:
    reviewer.post(holder_of("application", number_of(decided, ISLET)), data={"had": ""})
    assert number_of(decided, ISLET) not in shown(second_reviewer, "?holder=nobody")
    lin = account_of(decided, LIN_ZHIYAO).id
    disable_account(decided, Actor(account_of(decided, GUAN_LI).id, GUAN_LI.role), lin)
    for query in ("?holder=nobody", "?holder=free_or_mine"):
        assert number_of(decided, ISLET) in shown(second_reviewer, query)
    page = text_of(second_reviewer.get(QUEUE))
    assert options_of(page, "holder")[lin] == f"{LIN_ZHIYAO.name} (account disabled)"


def test_districts_are_those_that_addresses_name(reviewer: FlaskClient, instance: Instance) -> None:
    one, two, three, four = firms(4)
    lines = [
        registry_line(one.uscc, one.name, address="厦门市湖里区示例路 1 号"),
        registry_line(two.uscc, two.name, address="福建省厦门市湖里区示例路 2 号"),
        registry_line(three.uscc, three.name, address="厦门市思明区湖里区路 3 号"),
        registry_line(four.uscc, four.name, address="厦门市（虚构）"),
    ]
    import_one(instance, "registry", registry_book(lines))
    import_one(instance, "customs", customs_book())
    import_one(instance, "lists", lists_book())
    apply_all(instance, [one, two, three, four])
    page = text_of(reviewer.get(QUEUE))
    assert list(options_of(page, "district")) == ["", "思明", "湖里"]
    assert shown(reviewer, "?district=湖里") == [number_of(instance, one), number_of(instance, two)]
    assert shown(reviewer, "?district=思明") == [number_of(instance, three)]


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("厦门市思明区湖滨南路 76 号", "思明"),
        ("湖里区联发电子商城", "湖里"),
        ("福建省泉州市安溪县某路", "安溪"),
        ("上海市浦东新区某路", "浦东新"),
        ("中国(福建)自由贸易试验区厦门片区象屿路97号", None),
        ("厦门市同安工业集中区建材园", None),
        ("厦门火炬高新区软件园", None),
        ("厦门市（虚构）", None),
        ("", None),
        (None, None),
    ],
)
def test_a_district_is_told_only_where_the_address_names_one(address: str | None, district: str | None) -> None:
    assert district_of(address) == district


def test_columns_sort_both_ways_and_missing_amounts_stand_last(reviewer: FlaskClient, decided: Instance) -> None:
    names = ["?view=all&sort=name", "?view=all&sort=-name"]
    assert shown(reviewer, names[0]) == shown(reviewer, names[1])[::-1]
    up, down = shown(reviewer, "?view=all&sort=exports"), shown(reviewer, "?view=all&sort=-exports")
    silent = number_of(decided, SILENT)
    assert up[-1] == down[-1] == silent
    assert up[:-1] == down[:-1][::-1]
    assert down[0] == number_of(decided, GIANT)
    page = text_of(reviewer.get(f"{QUEUE}?view=all&sort=-exports"))
    assert 'aria-sort="descending"' in page


def test_whoever_applied_first_stands_first(reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    apply_all(instance, [SILENT], on=date(2022, 2, 1))
    apply_all(instance, [ISLET], on=date(2022, 1, 15))
    order = [number_of(instance, ISLET), number_of(instance, SILENT)]
    assert shown(reviewer) == order
    assert shown(reviewer, "?sort=-waited") == order
    assert shown(reviewer, "?sort=waited") == order[::-1]


def test_pages_hold_twenty_each_and_together_all(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "customs", customs_book())
    refer_many(instance, firms(45))
    parts = [shown(reviewer, f"?page={page}") for page in (1, 2, 3)]
    assert [len(part) for part in parts] == [20, 20, 5]
    assert len({number for part in parts for number in part}) == 45
    assert shown(reviewer, "?page=9") == parts[2], "past the end is the last page"


def test_the_number_of_queries_is_the_same_whatever_the_table_holds(
    app: Flask, reviewer: FlaskClient, instance: Instance
) -> None:
    import_one(instance, "customs", customs_book())
    counts = []
    for few_or_many in (firms(3), firms(60)):
        refer_many(instance, few_or_many)
        for query in ("", "?view=all&rule=exports_within_cap&q=示例&district=思明&sort=exports&waited=1"):
            with counted_queries(app) as seen:
                assert len(shown(reviewer, query)) in (3, 20)
            counts.append(len(seen))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize(
    "query", ["", "?view=all", "?view=all&state=ineligible&sort=-exports", "?q=静水", "?rule=firm_not_listed"]
)
def test_the_export_is_exactly_what_the_page_shows(reviewer: FlaskClient, decided: Instance, query: str) -> None:
    lines = exported(reviewer, query)
    assert [line[0] for line in lines[1:]] == shown(reviewer, query)
    assert lines[0][:3] == ("Number", "Firm", "Credit code")


def test_the_export_has_all_pages_and_its_sheet_and_button_name_the_count(
    reviewer: FlaskClient, instance: Instance
) -> None:
    import_one(instance, "customs", customs_book())
    refer_many(instance, firms(45))
    assert len(exported(reviewer, "?page=2")) == 1 + 45
    answer = reviewer.get(f"{QUEUE}/export.xlsx")
    assert load_workbook(BytesIO(answer.data)).sheetnames[0].startswith("45 rows")
    assert "Export these 45 rows (Excel)" in text_of(reviewer.get(QUEUE))


def test_nothing_in_the_export_is_ever_live(reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    apply_all(instance, [replace(SILENT, name="+1-1厦门示例有限公司")])
    answer = reviewer.get(f"{QUEUE}/export.xlsx")
    cell = load_workbook(BytesIO(answer.data)).worksheets[0]["B2"]
    assert cell.data_type == "s"
    assert cell.value == "+1-1厦门示例有限公司"
    assert cell.quotePrefix


def test_a_download_is_on_record_without_what_was_searched_for(reviewer: FlaskClient, decided: Instance) -> None:
    exported(reviewer, "?q=林若川&sort=name")
    (entry,) = entries(decided, "applications.export")
    assert entry.outcome == DOWNLOADED
    assert "林若川" not in entry.details
    assert '"lines":0' in entry.details


def test_the_address_keeps_filter_and_order_from_link_to_link(reviewer: FlaskClient, decided: Instance) -> None:
    page = text_of(reviewer.get(f"{QUEUE}?q=示例&sort=-name"))
    number = number_of(decided, SILENT)
    assert f'href="/desk/applications/{number}?q=%E7%A4%BA%E4%BE%8B&amp;sort=-name"' in page
    assert 'href="/desk/queue/export.xlsx?q=%E7%A4%BA%E4%BE%8B&amp;sort=-name"' in page
    assert '<input type="hidden" name="sort" value="-name">' in page


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("waiting", "Nothing to look at"),
        ("mine", "You have taken no case"),
        ("source", "No application waits for a source"),
        ("today", "Nothing decided today yet"),
        ("all", "No applications yet"),
    ],
)
def test_an_empty_view_says_why_and_what_next(reviewer: FlaskClient, view: str, words: str) -> None:
    page = text_of(reviewer.get(f"{QUEUE}?view={view}"))
    assert words in page
    assert title_of(page).startswith(heading_of(page))


def test_the_auditor_has_no_cases_of_their_own_and_brings_nothing_in(
    auditor: FlaskClient, decided: Instance
) -> None:
    page = text_of(auditor.get(QUEUE))
    assert "Mine" not in tabs_of(page)
    assert "Bring in applications" not in page
    assert len(exported(auditor)) == 3
