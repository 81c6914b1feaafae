"""What the newest snapshots no longer have, and closing a list entry with a reason."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.people import People
from portal.reference.actions import closing_reason
from portal.reference.records import ListEntryRow
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, LIN_ZHIYAO, QIAN_PEI
from tests.samples import (
    DEBTOR,
    FIRMS,
    HARBOUR,
    ISLET,
    import_all,
    import_one,
    list_line,
    lists_book,
    masked_number,
    registry_book,
    registry_line,
)


@pytest.fixture
def emptied(instance: Instance) -> Instance:
    """An instance whose newest files lack the harbour's record, the debtor and the islet's namesake."""
    import_all(instance)
    import_one(instance, "registry", registry_book([registry_line(f.uscc, f.name) for f in FIRMS[1:]]))
    import_one(instance, "lists", lists_book([list_line("福州新增示例有限公司")]))
    return instance


@pytest.fixture
def reviewer(app: Flask, emptied: Instance) -> FlaskClient:
    """Lin Zhiyao, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def entry_id(instance: Instance, uscc: str) -> int:
    """The id of the entry of this code."""
    with instance.database.reading() as session:
        return session.execute(select(ListEntryRow.id).where(ListEntryRow.uscc == uscc)).scalar_one()


def test_absent_firms_and_entries_are_tasks_on_the_sources_page(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get("/desk/sources"))
    assert "1 firm is absent from the registry" in page
    assert "3 list entries are absent and still in force" in page


def test_an_absent_firm_is_listed_with_the_version_that_lacks_it(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get("/desk/sources/absent?kind=firms"))
    assert HARBOUR.name in page
    assert "version 2" in page


def test_absent_firms_are_filtered_by_name_and_by_code(reviewer: FlaskClient) -> None:
    assert HARBOUR.name in text_of(reviewer.get("/desk/sources/absent?q=港湾"))
    assert HARBOUR.name in text_of(reviewer.get(f"/desk/sources/absent?q={HARBOUR.uscc.lower()}"))
    assert "Nothing fits" in text_of(reviewer.get("/desk/sources/absent?q=%25"))


def test_an_entry_of_a_person_shows_the_name_and_never_the_whole_number(
    reviewer: FlaskClient, emptied: Instance
) -> None:
    whole = lists_book([list_line(person="王某某", number=ISLET.number)])
    import_one(emptied, "lists", whole)
    import_one(emptied, "lists", lists_book())
    page = text_of(reviewer.get("/desk/sources/absent?kind=entries&q=王某某"))
    assert "王某某" in page
    assert masked_number(ISLET.number)[:10] in page
    assert ISLET.number not in page


def test_the_names_of_listed_people_are_for_reviewers_and_auditors(app: Flask, emptied: Instance) -> None:
    address = "/desk/sources/absent?kind=entries"
    assert ISLET.representative in text_of(signed_in(app, FANG_SHEN).get(address))
    other = text_of(signed_in(app, QIAN_PEI).get(address))
    assert ISLET.representative not in other
    assert DEBTOR.name in other


def test_someone_who_may_not_see_people_finds_none_by_name(app: Flask, emptied: Instance) -> None:
    answer = signed_in(app, QIAN_PEI).get(f"/desk/sources/absent?kind=entries&q={ISLET.representative}")
    assert "失信被执行人" not in text_of(answer)


def test_closing_needs_a_reason(reviewer: FlaskClient, emptied: Instance) -> None:
    address = f"/desk/sources/absent/{entry_id(emptied, DEBTOR.uscc)}/close"
    answer = reviewer.post(address, data={"reason": "   "})
    assert answer.status_code == 422
    assert "Write why the entry no longer holds" in text_of(answer)
    with emptied.database.reading() as session:
        assert session.execute(select(ListEntryRow).where(ListEntryRow.closed_on.is_not(None))).all() == []


def test_a_closed_entry_leaves_the_list_and_closing_again_changes_nothing(
    reviewer: FlaskClient, emptied: Instance
) -> None:
    address = f"/desk/sources/absent/{entry_id(emptied, DEBTOR.uscc)}/close"
    page = text_of(reviewer.post(address, data={"reason": "法院书面答复"}, follow_redirects=True))
    assert "Closed: the entry no longer counts" in page
    assert DEBTOR.name not in page
    again = text_of(reviewer.post(address, data={"reason": "另一个理由"}, follow_redirects=True))
    assert "closed already" in again
    with emptied.database.reading() as session:
        row = session.get_one(ListEntryRow, entry_id(emptied, DEBTOR.uscc))
        assert "法院" not in str(row.closed_reason_sealed)
        assert closing_reason(People(session, emptied.keys), row) == "法院书面答复"


def test_an_entry_that_the_newest_lists_have_cannot_be_closed(reviewer: FlaskClient, emptied: Instance) -> None:
    import_one(emptied, "lists", lists_book())
    with emptied.database.reading() as session:
        query = select(ListEntryRow.id).where(
            ListEntryRow.uscc == DEBTOR.uscc, ListEntryRow.replaced_version.is_(None)
        )
        current = session.execute(query).scalar_one()
    assert reviewer.get(f"/desk/sources/absent/{current}/close").status_code == 404
    assert reviewer.post(f"/desk/sources/absent/{current}/close", data={"reason": "理由理由"}).status_code == 404
