"""A roster that came back, checked on the page: unaltered, or cell by cell different."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.common.instance import Instance
from portal.common.roles import CHECKS_ROSTERS, COMMAND, SEES_OVERVIEW
from portal.reference.records import Upload
from portal.sponsor.actions import export_roster
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.people import LIN_ZHIYAO, STAFF, ZHOU_HE
from tests.policies.stories import ISSUE_DAY, actions_on, issue, policy_of
from tests.samples import HARBOUR, SCHEME, apply_all, import_all, registry_book

PAGE = "/desk/rosters/check"
SUBJECT = f"roster {SCHEME} {ISSUE_DAY.isoformat()}"


@pytest.fixture
def roster(instance: Instance) -> bytes:
    """A roster of one policy, as it was given out."""
    import_all(instance)
    apply_all(instance)
    issue(instance)
    out = BytesIO()
    export_roster(instance, COMMAND, SCHEME, ISSUE_DAY, out)
    return out.getvalue()


@pytest.fixture
def sponsor(app: Flask) -> FlaskClient:
    """The finance bureau, reading English."""
    return in_english(signed_in(app, ZHOU_HE))


def check(client: FlaskClient, data: bytes, name: str = "名单.xlsx") -> TestResponse:
    return client.post(PAGE, data={"file": (BytesIO(data), name)}, content_type="multipart/form-data")


def altered(data: bytes, **cells: object) -> bytes:
    """The roster with other values in these cells of its first sheet, saved again."""
    book = load_workbook(BytesIO(data))
    for address, value in cells.items():
        book.worksheets[0][address].value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(data: bytes, value: object) -> str:
    """Where a value stands on the first sheet."""
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    return next(str(cell.coordinate) for row in sheet.iter_rows() for cell in row if cell.value == value)


def test_a_roster_as_it_was_given_out_is_unaltered(roster: bytes, sponsor: FlaskClient) -> None:
    page = text_of(check(sponsor, roster))
    assert heading_of(page) == "Check a roster"
    assert "Unaltered" in page
    assert "Every cell of 名单.xlsx is as it was given out." in page


def test_saving_it_again_without_a_change_is_no_difference(roster: bytes, sponsor: FlaskClient) -> None:
    assert "Unaltered" in text_of(check(sponsor, altered(roster)))


def test_every_cell_that_differs_is_named_with_both_values_and_what_differs_is_marked(
    instance: Instance, roster: bytes, sponsor: FlaskClient
) -> None:
    number = policy_of(instance, HARBOUR).number
    name, policy = cell_of(roster, HARBOUR.name), cell_of(roster, number)
    page = text_of(check(sponsor, altered(roster, **{name: HARBOUR.name.replace("港", "海"), policy: None})))
    assert "Altered: 2 differences" in page
    for words in (name, policy, HARBOUR.name, number, '<mark class="tb-differs">海</mark>', "(empty)"):
        assert words in page, words


def test_what_the_portal_says_of_a_difference_is_in_the_readers_language(
    roster: bytes, instance: Instance, app: Flask
) -> None:
    name = cell_of(roster, HARBOUR.name)
    client = signed_in(app, ZHOU_HE)
    client.post("/language", data={"language": "zh"})
    page = text_of(check(client, altered(roster, **{name: None})))
    assert "(empty)" not in page


def test_a_check_leaves_a_note_and_nothing_of_the_file(
    instance: Instance, roster: bytes, sponsor: FlaskClient
) -> None:
    before = len(actions_on(instance, SUBJECT))
    check(sponsor, roster)
    check(sponsor, altered(roster, A1="别的"))
    assert actions_on(instance, SUBJECT)[before:] == [("sponsor.roster_check", "done")] * 2
    with instance.database.reading() as session:
        assert session.execute(select(func.count()).select_from(Upload)).scalar_one() == 0


@pytest.mark.parametrize("what", ["another workbook", "no workbook", "a roster of another portal"])
def test_a_file_that_is_no_roster_of_this_portal_is_told_beside_the_field(
    what: str, roster: bytes, sponsor: FlaskClient
) -> None:
    book = load_workbook(BytesIO(roster))
    for row in book.worksheets[1].iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and len(cell.value) == 26 and cell.value.isalnum():
                cell.value = "0" * 26
    strange = BytesIO()
    book.save(strange)
    data = {
        "another workbook": registry_book(),
        "no workbook": b"PK\x03\x04 nothing",
        "a roster of another portal": strange.getvalue(),
    }[what]
    answer = check(sponsor, data)
    assert answer.status_code == 422
    assert 'id="file-error"' in text_of(answer)


def test_without_a_file_the_page_says_so(sponsor: FlaskClient) -> None:
    answer = sponsor.post(PAGE, data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose the file first" in text_of(answer)


def test_sponsors_underwriter_auditor_and_reviewers_check_rosters_and_nobody_else(
    roster: bytes, app: Flask
) -> None:
    for person in STAFF:
        client = signed_in(app, person)
        allowed = person.role in CHECKS_ROSTERS
        assert client.get(PAGE).status_code == (200 if allowed else 403), person.role
        if person.role in SEES_OVERVIEW:
            assert (f'href="{PAGE}"' in text_of(client.get("/desk/rosters"))) is allowed, person.role
    assert "Unaltered" in text_of(check(in_english(signed_in(app, LIN_ZHIYAO)), roster))
