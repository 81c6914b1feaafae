"""Finding a firm, and the page with all that is known of it."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.policies.actions import issue_policies
from portal.reference.records import ListEntryRow
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, GUAN_LI, LIN_ZHIYAO, ZHOU_HE
from tests.reference.pages import actions_of
from tests.samples import (
    DEBTOR,
    FIRMS,
    GIANT,
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

NEWCOMER = Firm("厦门新芽（示例）有限公司", valid_uscc(50), "何新芽", valid_identity_number(50), None)


@pytest.fixture
def filled(instance: Instance) -> Instance:
    """All sources, an application of every firm, and a policy for the harbour."""
    import_all(instance)
    apply_all(instance, [*FIRMS, NEWCOMER])
    assert issue_policies(instance, COMMAND, SCHEME, date(2022, 3, 2)).issued == 1
    return instance


@pytest.fixture
def reviewer(app: Flask, filled: Instance) -> FlaskClient:
    """Lin Zhiyao, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


@pytest.mark.parametrize(
    "text", ["港湾", "厦门 贸易", HARBOUR.uscc, HARBOUR.uscc.lower(), "９１９９９９９９ＭＡ００００００１"]
)
def test_a_firm_is_found_by_a_part_of_its_name_or_code(text: str, reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get("/desk/firms", query_string={"q": text}))
    assert HARBOUR.name in page
    assert f"/desk/firms/{HARBOUR.uscc}" in page


@pytest.mark.parametrize("text", ["新芽(示例)", "新芽（示例）", "新芽"])
def test_a_firm_that_only_applied_is_found_whatever_the_width_of_brackets(
    text: str, reviewer: FlaskClient
) -> None:
    page = text_of(reviewer.get("/desk/firms", query_string={"q": text}))
    assert NEWCOMER.name in page
    assert "not in the registry" in page


@pytest.mark.parametrize("text", ["%", "_", "厦门%贸易", "\\", "'"])
def test_signs_with_a_meaning_to_the_database_are_taken_as_they_are(text: str, reviewer: FlaskClient) -> None:
    answer = reviewer.get("/desk/firms", query_string={"q": text})
    assert answer.status_code == 200
    assert "No firm fits" in text_of(answer)


def test_a_firm_that_applied_under_another_name_is_found_by_both(filled: Instance, reviewer: FlaskClient) -> None:
    renamed = registry_book([registry_line(HARBOUR.uscc, "厦门远航示例贸易有限公司")])
    import_one(filled, "registry", renamed)
    assert "registered as 厦门远航示例贸易有限公司" in text_of(reviewer.get("/desk/firms?q=港湾"))
    assert HARBOUR.uscc in text_of(reviewer.get("/desk/firms?q=远航"))


def test_a_code_that_only_customs_knows_leads_to_its_firm(filled: Instance, reviewer: FlaskClient) -> None:
    import_one(filled, "customs", customs_book([customs_line(valid_uscc(77), None, 5)]))
    answer = reviewer.get(f"/desk/firms?q={valid_uscc(77)}")
    assert answer.status_code == 302
    assert text_of(reviewer.get(answer.location)).count("5.00") >= 1


@pytest.mark.parametrize("page", ["0", "-3", "99999999999999999999999", "x"])
def test_any_page_number_is_answered(page: str, reviewer: FlaskClient) -> None:
    answer = reviewer.get(f"/desk/firms?page={page}")
    assert answer.status_code == 200
    assert HARBOUR.name in text_of(answer)


def test_a_firms_page_tells_all_with_sources(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get(f"/desk/firms/{HARBOUR.uscc}"))
    assert heading_of(page) == HARBOUR.name
    for link in ("/desk/sources/registry/1", "/desk/sources/customs/1"):
        assert f'href="{link}"' in page
    assert "1,250,000.00" in page
    assert "A2022-00001" in page
    assert "P2022-000001" in page
    assert "No entry has this firm's code or name." in page


def test_exports_are_told_by_year_and_version_and_only_the_newest_counts(
    filled: Instance, reviewer: FlaskClient
) -> None:
    lines = [customs_line(GIANT.uscc, GIANT.name, "1000.10"), customs_line(GIANT.uscc, GIANT.name, "0.01")]
    import_one(filled, "customs", customs_book(lines))
    page = text_of(reviewer.get(f"/desk/firms/{GIANT.uscc}"))
    assert "<b>1,000.11</b>" in page
    assert "2 lines as customs reported them" in page
    assert "6,212,340.00" in page
    assert "replaced by a newer version" in page
    assert "no record of this firm" in text_of(reviewer.get(f"/desk/firms/{SILENT.uscc}"))


def test_entries_are_told_by_code_and_by_name_and_never_of_another_code(
    filled: Instance, reviewer: FlaskClient
) -> None:
    same_name = list_line("厦门市失诺示例实业有限责任公司", kind="名称同列")
    other_code = list_line(DEBTOR.name, valid_uscc(333), kind="他码同名")
    import_one(filled, "lists", lists_book([list_line(DEBTOR.name, DEBTOR.uscc), same_name, other_code]))
    page = text_of(reviewer.get(f"/desk/firms/{DEBTOR.uscc}"))
    assert "credit code" in page
    assert "name only" in page
    assert "名称同列" in page
    assert "他码同名" not in page


def test_why_a_list_entry_was_closed_is_read_with_who_closed_it(filled: Instance, reviewer: FlaskClient) -> None:
    import_one(filled, "lists", lists_book())
    import_one(filled, "lists", lists_book([list_line(name=HARBOUR.name, uscc=HARBOUR.uscc)]))
    with filled.database.reading() as session:
        query = select(ListEntryRow.id).where(
            ListEntryRow.uscc == DEBTOR.uscc, ListEntryRow.replaced_version.is_(None)
        )
        entry = session.execute(query).scalar_one()
    page = f"/desk/firms/{DEBTOR.uscc}"
    assert "Closed on" not in text_of(reviewer.get(page))
    reviewer.post(f"/desk/sources/absent/{entry}/close", data={"reason": "法院书面答复"})
    told = text_of(reviewer.get(page))
    assert "Closed by a person" in told
    assert re.search(r"Closed on [^<]+ by 林知遥: 法院书面答复", told)


def test_listed_people_and_identity_numbers_are_not_on_a_firms_page(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get(f"/desk/firms/{ISLET.uscc}"))
    assert ISLET.number not in page
    assert ISLET.number[:10] not in page
    assert "No entry has this firm" in page


def test_earlier_registry_records_say_what_was_different(filled: Instance, reviewer: FlaskClient) -> None:
    import_one(filled, "registry", registry_book([registry_line(HARBOUR.uscc, HARBOUR.name, status="注销")]))
    page = text_of(reviewer.get(f"/desk/firms/{HARBOUR.uscc}"))
    assert "1 earlier record" in page
    assert "存续（在营、开业、在册）" in page
    assert 'href="/desk/sources/registry/2"' in page


def test_a_firm_absent_from_the_registry_says_so(filled: Instance, reviewer: FlaskClient) -> None:
    import_one(filled, "registry", registry_book([registry_line(ISLET.uscc, ISLET.name)]))
    assert "Absent from the newest registry file" in text_of(reviewer.get(f"/desk/firms/{HARBOUR.uscc}"))
    assert "absent from the newest file" in text_of(reviewer.get("/desk/firms?q=港湾"))


def test_a_code_nothing_is_known_of_answers_404_and_says_what_to_do(reviewer: FlaskClient) -> None:
    answer = reviewer.get(f"/desk/firms/{valid_uscc(4321)}")
    assert answer.status_code == 404
    assert "Nothing is known of this code" in text_of(answer)
    assert "Search by a part of the name instead" in text_of(answer)
    assert "a unified social credit code has 18" in text_of(reviewer.get("/desk/firms/9135"))


def test_a_code_in_small_letters_leads_to_the_one_address(reviewer: FlaskClient) -> None:
    answer = reviewer.get(f"/desk/firms/{HARBOUR.uscc.lower()}")
    assert answer.status_code == 301
    assert answer.location.endswith(HARBOUR.uscc)


@pytest.mark.parametrize("address", ["/desk/firms", "/desk/firms?q=港湾", f"/desk/firms/{HARBOUR.uscc}"])
def test_looking_at_firms_writes_nothing(address: str, reviewer: FlaskClient, filled: Instance) -> None:
    before = actions_of(filled)
    assert reviewer.get(address).status_code == 200
    assert actions_of(filled) == before


def test_the_desk_may_look_at_firms_and_nobody_else(app: Flask, filled: Instance) -> None:
    assert signed_in(app, FANG_SHEN).get(f"/desk/firms/{HARBOUR.uscc}").status_code == 200
    for person in (GUAN_LI, ZHOU_HE):
        client = signed_in(app, person)
        for address in ("/desk/firms", f"/desk/firms/{HARBOUR.uscc}"):
            assert client.get(address).status_code == 403
    assert app.test_client().get("/desk/firms").status_code == 302


def test_with_nothing_imported_the_search_says_why_it_is_empty(app: Flask, instance: Instance) -> None:
    page = text_of(in_english(signed_in(app, LIN_ZHIYAO)).get("/desk/firms"))
    assert "No firm yet" in page
