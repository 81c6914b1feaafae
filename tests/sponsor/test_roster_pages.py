"""Choosing and downloading rosters by page, and the list of those given out."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND, SEES_OVERVIEW, TAKES_ROSTERS
from portal.common.table_sheet import XLSX
from portal.sponsor.actions import export_roster, verify_roster
from portal.sponsor.queries import PER_PAGE
from portal.sponsor.records import RosterExport
from tests.accounts.pages import heading_of, in_english, text_of, title_of
from tests.conftest import signed_in
from tests.people import LIN_ZHIYAO, STAFF, ZHOU_HE, Staff
from tests.policies.stories import ISSUE_DAY, acting, actions_on, approve, issue, policy_of, queries_counted
from tests.samples import HARBOUR, SCHEME, SILENT, apply_all, import_all

ASKED = {"scheme": SCHEME, "as_of": "2022-03-02"}


@pytest.fixture
def insured(instance: Instance) -> Instance:
    """Two policies of 2 March 2022."""
    import_all(instance)
    apply_all(instance)
    approve(instance, LIN_ZHIYAO, SILENT)
    issue(instance)
    return instance


@pytest.fixture
def sponsor(app: Flask) -> FlaskClient:
    """The finance bureau, reading English."""
    return in_english(signed_in(app, ZHOU_HE))


def exports(instance: Instance) -> list[RosterExport]:
    with instance.database.reading() as session:
        return list(session.execute(select(RosterExport).order_by(RosterExport.made_at)).scalars())


def sheet_of(data: bytes) -> Any:
    return load_workbook(BytesIO(data)).worksheets[0]


def test_the_page_previews_the_present_scheme_as_of_today(insured: Instance, sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/rosters"))
    assert heading_of(page) == "Rosters"
    assert title_of(page).startswith("Rosters")
    assert "2 policies, as of 2\xa0Mar\xa02022" in page
    assert "In force 2, ended 0, withdrawn 0. Base-year exports in all: USD\xa01,250,000.00." in page
    assert 'action="/desk/rosters/download"' in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sponsor_downloads_the_same_chinese_workbook_in_either_language(
    insured: Instance, app: Flask, language: str
) -> None:
    client = signed_in(app, ZHOU_HE)
    client.get(f"/preferences/language/{language}")
    answer = client.post("/desk/rosters/download", data=ASKED)
    assert answer.status_code == 200
    assert answer.mimetype == XLSX
    assert answer.content_length == len(answer.data)
    name = answer.headers["Content-Disposition"]
    assert name.startswith("attachment")
    assert "投保名册_xiamen-2022_2022-03-02.xlsx" in unquote(name.split("filename*=UTF-8''")[1])
    assert name.isascii()
    assert sheet_of(answer.data).title == "投保名册"
    codes = {row[2] for row in sheet_of(answer.data).iter_rows(values_only=True)}
    assert {HARBOUR.uscc, SILENT.uscc} <= codes
    assert verify_roster(insured, answer.data) == ()


def test_a_download_is_on_record_and_in_the_list_with_who_took_it(insured: Instance, sponsor: FlaskClient) -> None:
    sponsor.post("/desk/rosters/download", data=ASKED)
    (export,) = exports(insured)
    assert export.made_by == acting(insured, ZHOU_HE).id
    assert actions_on(insured, f"roster {SCHEME} 2022-03-02") == [("sponsor.roster", "downloaded")]
    page = text_of(sponsor.get("/desk/rosters"))
    for shown in (ZHOU_HE.name, export.id, export.fingerprint[:16], "flask --app app roster verify"):
        assert shown in page
    assert export.fingerprint not in page


def test_two_downloads_are_two_documents_of_the_same_policies(insured: Instance, sponsor: FlaskClient) -> None:
    files = [sponsor.post("/desk/rosters/download", data=ASKED).data for _time in range(2)]
    first, second = exports(insured)
    assert first.id != second.id
    assert (first.lines, first.total_minor) == (second.lines, second.total_minor)
    for file in files:
        assert verify_roster(insured, file) == ()


def test_nothing_is_left_in_the_temporary_folder(
    insured: Instance, sponsor: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert sponsor.post("/desk/rosters/download", data=ASKED).data
    assert list(folder.iterdir()) == []


def test_a_day_before_the_scheme_is_told_beside_the_field(insured: Instance, sponsor: FlaskClient) -> None:
    words = "The scheme begins on 1\xa0Jan\xa02022. Enter that day or a later one, not 31\xa0Dec\xa02021"
    early = {"scheme": SCHEME, "as_of": "2021-12-31"}
    for answer in (
        sponsor.get("/desk/rosters", query_string=early),
        sponsor.post("/desk/rosters/download", data=early),
    ):
        assert answer.status_code == 422
        assert text_of(answer).count(words) == 2, "once in the summary, once beside the field"
    assert exports(insured) == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"scheme": SCHEME, "as_of": ""}, "Enter the as-of date"),
        ({"scheme": SCHEME, "as_of": "2022-02-29"}, "“2022-02-29” is no day"),
        ({"scheme": "nowhere", "as_of": "2022-03-02"}, "Not a valid choice"),
    ],
)
def test_a_choice_that_cannot_be_made_gives_no_file(
    insured: Instance, sponsor: FlaskClient, asked: dict[str, str], words: str
) -> None:
    assert words in text_of(sponsor.get("/desk/rosters", query_string=asked))
    answer = sponsor.post("/desk/rosters/download", data=asked)
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert exports(insured) == []


def test_a_day_to_come_may_be_asked_for_and_says_so(insured: Instance, sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/rosters", query_string={"scheme": SCHEME, "as_of": "2023-01-01"}))
    assert "This day is still to come" in page
    assert "In force 0, ended 2, withdrawn 0." in page


def test_a_day_on_which_nothing_was_issued_offers_no_empty_file(insured: Instance, sponsor: FlaskClient) -> None:
    page = text_of(sponsor.get("/desk/rosters", query_string={"scheme": SCHEME, "as_of": "2022-03-01"}))
    assert "No policy of this scheme had been issued by this day." in page
    assert "/desk/rosters/download" not in page


def test_who_comes_back_to_the_downloads_address_chooses_again(insured: Instance, sponsor: FlaskClient) -> None:
    answer = sponsor.get("/desk/rosters/download")
    assert answer.status_code == 302
    assert "Choose the roster again" in text_of(sponsor.get(answer.location))


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_many_may_see_rosters_and_few_may_take_them(insured: Instance, app: Flask, person: Staff) -> None:
    client = signed_in(app, person)
    seen = client.get("/desk/rosters")
    assert seen.status_code == (200 if person.role in SEES_OVERVIEW else 403)
    offered = 'action="/desk/rosters/download"' in text_of(seen)
    assert offered is (person.role in TAKES_ROSTERS)
    taken = client.post("/desk/rosters/download", data=ASKED)
    assert taken.status_code == (200 if person.role in TAKES_ROSTERS else 403)
    assert len(exports(insured)) == (1 if person.role in TAKES_ROSTERS else 0)


def test_the_list_is_paged_and_takes_the_same_queries_however_long(insured: Instance, app: Flask) -> None:
    client = signed_in(app, ZHOU_HE)
    served: Instance = app.extensions["tongbao"]
    numbers = []
    for more in (1, PER_PAGE):
        for _time in range(more):
            export_roster(insured, COMMAND, SCHEME, ISSUE_DAY, BytesIO())
        client.get("/desk/rosters")
        with queries_counted(served) as statements:
            page = text_of(client.get("/desk/rosters"))
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
    assert sum(export.id in page for export in exports(insured)) == PER_PAGE
    assert not any("content" in statement for statement in statements), "the stored proofs stay where they are"
    rest = text_of(client.get("/desk/rosters?page=2"))
    assert sum(export.id in rest for export in exports(insured)) == 1


def test_the_totals_of_page_and_file_agree_with_the_policies(insured: Instance, sponsor: FlaskClient) -> None:
    sponsor.post("/desk/rosters/download", data=ASKED)
    (export,) = exports(insured)
    firms = [policy_of(insured, firm) for firm in (HARBOUR, SILENT)]
    assert export.total_minor == sum(policy.exports_minor or 0 for policy in firms) == 125_000_000
    assert export.as_of == date(2022, 3, 2)
