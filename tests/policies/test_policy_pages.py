"""The list of policies, its Excel, the page that issues, and the page of one policy."""

import re
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.common.instance import Instance
from portal.common.roles import SEES_POLICIES, Role
from portal.common.table_sheet import XLSX
from portal.policies.actions import record_acknowledgement, record_withdrawal
from portal.policies.queries import PER_PAGE
from portal.programme.actions import confirm_value
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of, title_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, GUAN_LI, LIN_ZHIYAO, STAFF, XU_LAN, ZHOU_HE, Staff
from tests.policies.stories import (
    ISSUE_DAY,
    acting,
    actions_on,
    application_of,
    approve,
    issue,
    on_day,
    policies,
    policy_of,
    queries_counted,
)
from tests.samples import (
    APPLIED_ON,
    DEBTOR,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    Firm,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    list_line,
    lists_book,
    registry_book,
    registry_line,
    valid_identity_number,
    valid_uscc,
)

LIVE = Firm("+1+1示例贸易有限公司", valid_uscc(50), "林安", valid_identity_number(50), "10.00")


def many_firms(number: int) -> list[Firm]:
    """Invented firms that are all eligible, the one with the live-looking name first."""
    others = [
        Firm(f"厦门第{n:03d}示例有限公司", valid_uscc(100 + n), f"李{n}", valid_identity_number(100 + n), "100.00")
        for n in range(number - 1)
    ]
    return [LIVE, *others]


def with_policies(instance: Instance, firms: list[Firm]) -> None:
    """Sources that hold these firms, an application of each, and a policy of each."""
    import_one(instance, "registry", registry_book(registry_line(firm.uscc, firm.name) for firm in firms))
    import_one(instance, "customs", customs_book(customs_line(f.uscc, f.name, f.exports) for f in firms))
    import_one(instance, "lists", lists_book())
    apply_all(instance, firms)
    assert issue(instance).issued == len(firms)


@pytest.fixture
def applied(instance: Instance) -> Instance:
    """Sources imported, and an application of every invented firm decided."""
    import_all(instance)
    apply_all(instance)
    return instance


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """A reviewer, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def rows_of(page: str) -> list[str]:
    """The policy numbers of the page's table, in order."""
    return re.findall(r'<td class="tb-code"[^>]*>(P\d{4}-\d{6})</td>', page)


def cells_of(data: bytes) -> list[tuple[Any, ...]]:
    """The rows of a workbook's first sheet."""
    return list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))


def test_with_no_policies_the_page_says_when_some_will_be_there(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get("/desk/policies"))
    assert "No policies yet" in page
    assert "/desk/policies/export" not in page


def test_the_list_shows_number_firm_code_period_gap_way_and_state(
    applied: Instance, reviewer: FlaskClient
) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    issue(applied)
    page = text_of(reviewer.get("/desk/policies"))
    assert rows_of(page) == ["P2022-000001", "P2022-000002"]
    for shown in (HARBOUR.name, HARBOUR.uscc, SILENT.name, "60\xa0days", "Automatic", "By a person", "In force"):
        assert shown in page
    assert "2\xa0Mar\xa02022 to 31\xa0Dec\xa02022" in page
    assert page.count("not yet") == 3, "two rows and the choice in the filter"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=港湾", [HARBOUR]),
        (f"q={SILENT.uscc[4:].lower()}", [SILENT]),
        ("q=P2022-000002", [SILENT]),
        ("q=%25", []),
        ("q=_", []),
        ("state=in_force", [HARBOUR]),
        ("state=withdrawn", [SILENT]),
        ("state=ended", []),
        ("acknowledged=yes", [HARBOUR]),
        ("acknowledged=no", [SILENT]),
        ("year=2022", [HARBOUR, SILENT]),
        ("year=2021", []),
        ("year=99999999999999999999", [HARBOUR, SILENT]),
        ("state=nonsense&sort=nonsense&page=99999999999999999999", [HARBOUR, SILENT]),
        ("sort=-number", [SILENT, HARBOUR]),
        ("sort=acknowledged", [HARBOUR, SILENT]),
        ("sort=-acknowledged", [HARBOUR, SILENT]),
        ("q=%00港湾", [HARBOUR]),
    ],
)
def test_filters_and_order_give_what_the_address_asks_for_and_excel_the_same(
    applied: Instance, reviewer: FlaskClient, query: str, found: list[Firm]
) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    issue(applied)
    who = acting(applied, LIN_ZHIYAO)
    record_acknowledgement(applied, who, policy_of(applied, HARBOUR).number, ISSUE_DAY, "陈若舟")
    record_withdrawal(applied, who, policy_of(applied, SILENT).number, ISSUE_DAY)
    page = text_of(reviewer.get(f"/desk/policies?{query}"))
    numbers = [policy_of(applied, firm).number for firm in found]
    assert rows_of(page) == numbers
    sheet = cells_of(reviewer.get(f"/desk/policies/export?{query}").data)
    assert [row[0] for row in sheet[1:]] == numbers


@pytest.mark.parametrize(
    ("day", "state"), [(date(2022, 12, 31), "In force"), (date(2023, 1, 1), "Ended"), (date(2024, 2, 29), "Ended")]
)
def test_a_state_is_that_of_the_day_on_which_one_looks(
    applied: Instance, app: Flask, day: date, state: str
) -> None:
    issue(applied)
    with on_day(day):
        client = in_english(signed_in(app, LIN_ZHIYAO))
        asked = {"In force": "in_force", "Ended": "ended"}[state]
        assert rows_of(text_of(client.get(f"/desk/policies?state={asked}"))) == ["P2022-000001"]
        other = {"In force": "ended", "Ended": "in_force"}[state]
        assert rows_of(text_of(client.get(f"/desk/policies?state={other}"))) == []
        assert cells_of(client.get("/desk/policies/export").data)[1][14] == state


def test_twenty_stand_on_a_page_and_a_page_past_the_end_is_the_last(
    instance: Instance, reviewer: FlaskClient
) -> None:
    with_policies(instance, many_firms(PER_PAGE + 3))
    assert len(rows_of(text_of(reviewer.get("/desk/policies")))) == PER_PAGE
    last = rows_of(text_of(reviewer.get("/desk/policies?page=2")))
    assert len(last) == 3
    assert rows_of(text_of(reviewer.get("/desk/policies?page=99"))) == last
    exported = cells_of(reviewer.get("/desk/policies/export?page=2").data)
    assert len(exported) - 1 == PER_PAGE + 3, "Excel holds all that is filtered, not the page"


def test_the_pages_take_as_many_queries_for_one_policy_as_for_many(instance: Instance, app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    served: Instance = app.extensions["tongbao"]
    firms = many_firms(12)
    asked: list[list[int]] = []
    for part in (firms[:1], firms):
        if part is firms:
            with_policies(instance, firms[1:])
        else:
            with_policies(instance, part)
        counts = []
        for address in ("/desk/policies", "/desk/policies/P2022-000001"):
            client.get(address)
            with queries_counted(served) as statements:
                assert client.get(address).status_code == 200
            counts.append(len(statements))
        asked.append(counts)
    assert asked[0] == asked[1]


def test_the_export_is_harmless_typed_and_on_record(instance: Instance, app: Flask) -> None:
    with_policies(instance, [LIVE])
    answer = signed_in(app, ZHOU_HE).get("/desk/policies/export")
    assert answer.mimetype == XLSX
    assert (
        "保单" in unquote(answer.headers["Content-Disposition"])
        or "policies" in answer.headers["Content-Disposition"]
    )
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    name, covered_from = sheet["B2"], sheet["F2"]
    assert (name.value, name.data_type, name.quotePrefix) == (LIVE.name, "s", True)
    assert covered_from.is_date
    assert sheet["C2"].data_type == "s", "a code stays text"
    assert sheet["J2"].value == 60
    assert actions_on(instance, "policies") == [("policies.export", "downloaded")]


def test_what_waits_is_counted_and_only_who_may_issue_is_offered_to(applied: Instance, app: Flask) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    for person, offered in ((LIN_ZHIYAO, True), (XU_LAN, True), (ZHOU_HE, False), (FANG_SHEN, False)):
        page = text_of(in_english(signed_in(app, person)).get("/desk/policies"))
        assert "2 applications wait for their policies" in page
        assert "Eligible by the rules: 1. Cleared by a reviewer: 1." in page
        assert ("/desk/policies/issue" in page) is offered


def test_issuing_asks_first_then_issues_all_and_says_so(applied: Instance, reviewer: FlaskClient) -> None:
    approve(applied, LIN_ZHIYAO, SILENT)
    asked = text_of(reviewer.get("/desk/policies/issue"))
    assert heading_of(asked) == "Issue 2 policies?"
    assert 'value="2022-03-02"' in asked
    assert policies(applied) == []
    answer = reviewer.post("/desk/policies/issue", data={"on": "2022-03-02"})
    done = text_of(answer)
    assert answer.status_code == 200
    assert heading_of(done) == "2 policies issued"
    assert title_of(done).startswith("2 policies issued")
    assert {policy.uscc for policy in policies(applied)} == {HARBOUR.uscc, SILENT.uscc}
    assert policies(applied)[0].issued_by == acting(applied, LIN_ZHIYAO).id


def test_sent_twice_the_second_time_says_that_nothing_was_left(applied: Instance, reviewer: FlaskClient) -> None:
    reviewer.post("/desk/policies/issue", data={"on": "2022-03-02"})
    again = reviewer.post("/desk/policies/issue", data={"on": "2022-03-02"})
    assert again.status_code == 200
    assert "Nothing was left to issue" in text_of(again)
    assert len(policies(applied)) == 1
    assert "Nobody waits for a policy" in text_of(reviewer.get("/desk/policies/issue"))


def test_who_is_refused_is_named_with_where_it_went_and_why(applied: Instance, reviewer: FlaskClient) -> None:
    listed = [list_line(DEBTOR.name, DEBTOR.uscc), list_line(HARBOUR.name, HARBOUR.uscc, listed_on="2022-03-02")]
    with on_day(APPLIED_ON):  # the entry comes into force on the day of issue: the import itself changes nothing
        import_one(applied, "lists", lists_book(listed))
    page = text_of(reviewer.post("/desk/policies/issue", data={"on": "2022-03-02"}))
    number = application_of(applied, HARBOUR).number
    assert heading_of(page) == "No policy was issued"
    assert "1 application got no policy" in page
    for shown in (number, HARBOUR.name, HARBOUR.uscc, "Not eligible", "Firm on a list"):
        assert shown in page, shown
    assert f'href="/desk/applications/{number}"' in page
    assert application_of(applied, HARBOUR).state == stages.INELIGIBLE


def test_what_lapses_is_named_with_the_end_of_its_policy_year(applied: Instance, app: Flask) -> None:
    with on_day(date(2023, 1, 1)):
        client = in_english(signed_in(app, XU_LAN))
        assert "A policy year is over" in text_of(client.get("/desk/policies/issue"))
        page = text_of(client.post("/desk/policies/issue", data={"on": "2023-01-01"}))
    assert "3 applications got no policy" in page
    assert page.count("Its policy year ended on 31\xa0Dec\xa02022") == 3
    assert ISLET.name in page


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2022-03-03", "3\xa0Mar\xa02022 is still to come. Enter today or an earlier day"),
        ("2022-02-28", "Enter 1\xa0Mar\xa02022 or a later day"),
        ("", "Enter the day of issue"),
        ("tomorrow", "“tomorrow” is no day"),
    ],
)
def test_a_day_on_which_nothing_can_be_issued_is_told_beside_the_field(
    applied: Instance, reviewer: FlaskClient, on: str, words: str
) -> None:
    answer = reviewer.post("/desk/policies/issue", data={"on": on})
    assert answer.status_code == 422
    assert text_of(answer).count(words) == 2
    assert policies(applied) == []


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_each_role_opens_what_it_is_for(applied: Instance, app: Flask, person: Staff) -> None:
    issue(applied)
    client = signed_in(app, person)
    for address, allowed in (
        ("/desk/policies", SEES_POLICIES),
        ("/desk/policies/export", SEES_POLICIES),
        ("/desk/policies/P2022-000001", SEES_POLICIES),
        ("/desk/policies/issue", (Role.REVIEWER, Role.UNDERWRITER)),
    ):
        assert client.get(address).status_code == (200 if person.role in allowed else 403), address


def test_one_policy_shows_cover_gap_terms_and_evidence(applied: Instance, reviewer: FlaskClient) -> None:
    issue(applied)
    page = text_of(reviewer.get("/desk/policies/P2022-000001"))
    assert heading_of(page) == HARBOUR.name
    assert title_of(page).startswith(HARBOUR.name)
    for shown in (
        "Covered, 305\xa0days",
        "No cover, 60\xa0days",
        "1\xa0Jan\xa02022 to 1\xa0Mar\xa02022",
        "80%",
        "at most USD\xa050,000.00",
        "0.04% of exports in 2021",
        "USD\xa01,250,000.00",
        "registry version 1, customs version 1, lists version 1",
        "2\xa0Mar\xa02022, by Command line",
        f'href="/desk/applications/{application_of(applied, HARBOUR).number}"',
        "has not yet confirmed that it has read the policy",
    ):
        assert shown in page, shown
    assert page.index("What is not covered") < page.index("What is covered")


def test_provisional_terms_lead_to_their_reasons_until_they_are_confirmed(
    applied: Instance, reviewer: FlaskClient
) -> None:
    issue(applied)
    link = f'href="/desk/terms#{SCHEME}-premium_rate"'
    assert link in text_of(reviewer.get("/desk/policies/P2022-000001"))
    confirm_value(applied, acting(applied, GUAN_LI), SCHEME, "premium_rate", "Notice 12 of 2022")
    assert link not in text_of(reviewer.get("/desk/policies/P2022-000001"))
    assert f"#{SCHEME}-obligor_cap" in text_of(reviewer.get("/desk/policies/P2022-000001"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("cover_starts", "On the day of issue, not before"),
        ("after_crossing_cap", "Cover continues; renewal is judged on the new base year"),
    ],
)
def test_when_cover_starts_and_whether_it_continues_are_provisional_until_confirmed(
    applied: Instance, reviewer: FlaskClient, path: str, words: str
) -> None:
    issue(applied)
    link = f'href="/desk/terms#{SCHEME}-{path}"'
    page = text_of(reviewer.get("/desk/policies/P2022-000001"))
    assert words in page
    assert link in page
    confirm_value(applied, acting(applied, GUAN_LI), SCHEME, path, "Notice 12 of 2022")
    page = text_of(reviewer.get("/desk/policies/P2022-000001"))
    assert words in page
    assert link not in page


def test_the_sponsor_sees_a_policy_without_a_link_to_the_case(applied: Instance, app: Flask) -> None:
    issue(applied)
    page = text_of(in_english(signed_in(app, ZHOU_HE)).get("/desk/policies/P2022-000001"))
    number = application_of(applied, HARBOUR).number
    assert number in page
    assert f"/desk/applications/{number}" not in page
