"""The offline desk's file comes in through the page."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from portal.common.audit import DOWNLOADED
from portal.common.instance import Instance
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import entries
from tests.applications.desk import CASES, application_of, state_of
from tests.samples import (
    HARBOUR,
    ISLET,
    SILENT,
    application_line,
    applications_book,
    import_all,
    import_one,
    registry_book,
)

PAGE = f"{CASES}/import"


def bring_in(
    client: FlaskClient, data: bytes | None, scheme: str = "xiamen-2022", applied_on: str = "2022-03-01"
) -> TestResponse:
    form: dict[str, object] = {"scheme": scheme, "applied_on": applied_on}
    if data is not None:
        form["file"] = (BytesIO(data), "applications.xlsx")
    return client.post(PAGE, data=form, content_type="multipart/form-data")


def test_scheme_and_date_stand_ready(reviewer: FlaskClient) -> None:
    page = text_of(reviewer.get(PAGE))
    assert '<option selected value="xiamen-2022">' in page
    assert 'value="2022-03-02"' in page


def test_a_file_is_brought_in_and_decided_and_the_page_says_what_came_of_it(
    reviewer: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    page = text_of(bring_in(reviewer, applications_book()))
    assert "6 applications are in and decided" in page
    assert state_of(instance, HARBOUR) == stages.ELIGIBLE
    assert state_of(instance, ISLET) == stages.REFERRED


def test_the_same_file_again_changes_nothing_and_says_so(reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    book = applications_book()
    bring_in(reviewer, book)
    before = application_of(instance, HARBOUR)
    page = text_of(bring_in(reviewer, book))
    assert "Nothing new: every row was known already" in page
    assert application_of(instance, HARBOUR).id == before.id


def test_a_missing_source_is_named(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    page = text_of(bring_in(reviewer, applications_book()))
    assert "Not decided yet: a source is missing" in page
    assert "Missing: Customs exports, Dishonest and organised-crime lists." in page
    assert state_of(instance, HARBOUR) == stages.AWAITING_SOURCE


def test_rejected_rows_are_shown_and_taken_home_by_whoever_sent_them(
    reviewer: FlaskClient, second_reviewer: FlaskClient, auditor: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    lines = [application_line(HARBOUR), ("坏行公司", "not-a-code", "甲", None, None, None, None, None)]
    page = text_of(bring_in(reviewer, applications_book(lines)))
    assert "1 application is in and decided" in page
    assert "B3" in page
    address = page.split('href="/desk/applications/import/')[1].split('"')[0]
    address = f"{CASES}/import/{address}"
    answer = reviewer.get(address)
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    assert "坏行公司" in [cell.value for cell in sheet[2]]
    (entry,) = entries(instance, "applications.rejected_rows")
    assert entry.outcome == DOWNLOADED
    assert second_reviewer.get(address).status_code == 404, "it is the sender's own"
    assert auditor.get(address).status_code == 403
    upload_id = address.split("/")[-2]
    for path in (f"/desk/sources/imports/{upload_id}", f"/desk/sources/imports/{upload_id}/rejected.xlsx"):
        assert reviewer.get(path).status_code in (302, 404, 410), "rejected rows are no source to import"
    assert reviewer.get(f"{CASES}/import/01ARZ3NDEKTSV4RRFFQ69G5FAV/rejected.xlsx").status_code == 404


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2022-03-03", "2022-03-03 is still to come. Enter today, 2022-03-02, or an earlier day"),
        ("2021-12-31", "This scheme has no terms on 2021-12-31: they begin on 2022-01-01."),
        ("1.3.2022", "“1.3.2022” is no day. Enter it as in 2022-08-09"),
        ("", "Enter the application date"),
    ],
)
def test_a_day_that_cannot_be_is_told_beside_its_field(
    reviewer: FlaskClient, instance: Instance, day: str, words: str
) -> None:
    import_all(instance)
    answer = bring_in(reviewer, applications_book(), applied_on=day)
    assert answer.status_code == 422
    assert text_of(answer).count(words) == 2, "in the summary and beside the field"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"])
def test_a_file_that_is_no_workbook_ends_in_one_sentence(
    reviewer: FlaskClient, instance: Instance, data: bytes
) -> None:
    answer = bring_in(reviewer, data)
    assert answer.status_code == 422
    assert "1 thing to put right" in text_of(answer)


def test_no_file_at_all_is_told(reviewer: FlaskClient) -> None:
    answer = bring_in(reviewer, None)
    assert answer.status_code == 422
    assert "Choose the file first" in text_of(answer)


def test_a_scheme_that_does_not_exist_is_refused(reviewer: FlaskClient) -> None:
    assert bring_in(reviewer, applications_book(), scheme="atlantis").status_code == 422


def test_a_file_with_headings_only_is_told(reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    answer = bring_in(reviewer, applications_book([]))
    assert answer.status_code == 422
    assert "1 thing to put right" in text_of(answer)


def test_a_row_that_contradicts_an_open_application_is_not_taken(
    reviewer: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    bring_in(reviewer, applications_book([application_line(SILENT)]))
    page = text_of(bring_in(reviewer, applications_book([application_line(SILENT, contact="另一人")])))
    assert "No row could be taken" in page
    assert "is open and says something else" in page
