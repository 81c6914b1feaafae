"""Bringing a file in by the staff page: look first, then confirm once."""

from io import BytesIO
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from portal.applications.records import Application, Decision
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.reference.records import CustomsLine, RegistryRow, SourceVersion, Upload
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.people import FANG_SHEN, GUAN_LI, HE_YUNQING, LIN_ZHIYAO, QIAN_PEI, ZHOU_HE
from tests.reference.pages import actions_of, bring_in, confirm, figure, previewed, rows_of, upload
from tests.samples import (
    APPLIED_ON,
    FIRMS,
    HARBOUR,
    Line,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    lists_book,
    registry_book,
    registry_line,
    valid_uscc,
)
from tests.sheets.books import SHEET_PART, package, zipped


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Lin Zhiyao, who imports files, reading English."""
    return in_english(signed_in(app, LIN_ZHIYAO))


def test_the_preview_tells_what_would_change_and_changes_nothing(
    reviewer: FlaskClient, instance: Instance
) -> None:
    address = previewed(reviewer, "registry", registry_book())
    page = text_of(reviewer.get(address))
    assert figure(page, "Rows read") == figure(page, "Added") == str(len(FIRMS))
    assert "Nothing is imported yet" in page
    assert rows_of(instance, RegistryRow) == rows_of(instance, SourceVersion) == 0


def test_confirming_imports_the_file_and_shows_its_version(reviewer: FlaskClient, instance: Instance) -> None:
    page = bring_in(reviewer, "registry", registry_book())
    assert "Imported as version 1: 6 added, 0 changed, 0 unchanged, 0 rejected." in page
    assert "林知遥" in page
    assert rows_of(instance, RegistryRow) == len(FIRMS)
    assert rows_of(instance, Upload) == 0


def test_confirming_twice_imports_once_and_says_so(reviewer: FlaskClient, instance: Instance) -> None:
    address = previewed(reviewer, "registry", registry_book())
    confirm(reviewer, address)
    again = confirm(reviewer, address)
    back = reviewer.get(address)
    for answer in (again, back):
        assert answer.status_code == 410
        assert "This file has been imported already" in text_of(answer)
        assert 'href="/desk/sources/registry"' in text_of(answer)
    assert rows_of(instance, SourceVersion) == 1


def test_two_confirmations_at_the_same_moment_import_once(app: Flask, instance: Instance) -> None:
    first = signed_in(app, LIN_ZHIYAO)
    address = previewed(first, "registry", registry_book())
    clients = [signed_in(app, LIN_ZHIYAO) for _ in range(2)]
    ready, codes = Barrier(2), []

    def press(client: FlaskClient) -> None:
        ready.wait()
        codes.append(confirm(client, address).status_code)

    threads = [Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {302, 410}
    assert len(codes) == 2
    assert rows_of(instance, SourceVersion) == 1
    assert rows_of(instance, RegistryRow) == len(FIRMS)


def test_the_same_file_again_is_recognised_and_cannot_be_imported(
    reviewer: FlaskClient, instance: Instance
) -> None:
    book = customs_book()
    bring_in(reviewer, "customs", book)
    address = previewed(reviewer, "customs", book)
    page = text_of(reviewer.get(address))
    assert "This is the same file again" in page
    assert 'value="import"' not in page
    assert "nothing was changed" in text_of(reviewer.post(address, data={"step": "import"}, follow_redirects=True))
    assert rows_of(instance, SourceVersion) == 1


def test_a_file_can_be_put_away_unimported(reviewer: FlaskClient, instance: Instance) -> None:
    address = previewed(reviewer, "lists", lists_book())
    answer = reviewer.post(address, data={"step": "drop"}, follow_redirects=True)
    assert "sample.xlsx was put away; nothing was imported." in text_of(answer)
    assert rows_of(instance, Upload) == rows_of(instance, SourceVersion) == 0
    assert "This file no longer waits here" in text_of(reviewer.get(address))


def test_somebody_elses_upload_is_not_shown(reviewer: FlaskClient, app: Flask) -> None:
    address = previewed(reviewer, "registry", registry_book())
    other = in_english(signed_in(app, HE_YUNQING)).get(address)
    assert other.status_code == 410
    assert HARBOUR.name not in text_of(other)


def test_rejected_rows_are_shown_with_cell_reason_and_remedy(reviewer: FlaskClient, instance: Instance) -> None:
    book = customs_book(
        [
            customs_line(HARBOUR.uscc, HARBOUR.name, "1,250,000.00"),
            customs_line(None, "厦门无码示例有限公司", 100),
            customs_line(valid_uscc(7), "厦门负数示例有限公司", -5),
        ]
    )
    address = previewed(reviewer, "customs", book)
    page = text_of(reviewer.get(address))
    assert figure(page, "Rejected") == "2"
    assert ">A3<" in page
    assert ">D4<" in page
    assert "2 rows are not taken" in page
    sheet = reviewer.get(address + "/rejected.xlsx")
    rows = list(load_workbook(BytesIO(sheet.data)).worksheets[0].values)
    assert [row[0] for row in rows[1:]] == ["3", "4"]
    bring_in(reviewer, "customs", book)
    assert rows_of(instance, CustomsLine) == 1


def test_the_rejected_rows_of_a_version_can_be_taken_home_and_that_is_on_record(
    reviewer: FlaskClient, instance: Instance
) -> None:
    page = bring_in(reviewer, "registry", registry_book([*_registry_lines(), registry_line("123", "坏码公司")]))
    assert "1 row was not taken" in page
    sheet = reviewer.get("/desk/sources/registry/1/rejected.xlsx")
    assert sheet.status_code == 200
    assert "坏码公司" in [cell for row in load_workbook(BytesIO(sheet.data)).worksheets[0].values for cell in row]
    with instance.database.reading() as session:
        entry = session.execute(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).scalar_one()
    assert (entry.action, entry.outcome, entry.subject) == (
        "reference.rejected_rows",
        "downloaded",
        "registry version 1",
    )


def test_a_version_without_rejected_rows_has_no_sheet(reviewer: FlaskClient) -> None:
    bring_in(reviewer, "registry", registry_book())
    assert reviewer.get("/desk/sources/registry/1/rejected.xlsx").status_code == 404
    assert reviewer.get("/desk/sources/registry/2").status_code == 404
    for address in ("/weather", "/weather/1", "/weather/import"):
        assert reviewer.get(f"/desk/sources{address}").status_code == 404


def test_a_file_of_which_nothing_can_be_taken_is_told_and_makes_no_version(
    reviewer: FlaskClient, instance: Instance
) -> None:
    address = previewed(reviewer, "registry", registry_book([registry_line("123", "坏码公司")]))
    page = text_of(reviewer.get(address))
    assert "No row of this file can be taken" in page
    assert 'value="import"' not in page
    confirm(reviewer, address)
    assert rows_of(instance, SourceVersion) == 0


def test_a_snapshot_that_drops_many_firms_is_warned_of_strongly(reviewer: FlaskClient) -> None:
    bring_in(reviewer, "registry", registry_book())
    page = text_of(reviewer.get(previewed(reviewer, "registry", registry_book(_registry_lines()[:3]))))
    assert "Stop and check: 3 of 6 are missing in this file" in page
    assert "That is 50.0% of what is known" in page


def test_a_snapshot_that_drops_one_firm_of_many_is_warned_of(reviewer: FlaskClient) -> None:
    lines = [registry_line(valid_uscc(n), f"厦门样本{n}示例有限公司") for n in range(40)]
    bring_in(reviewer, "registry", registry_book(lines))
    page = text_of(reviewer.get(previewed(reviewer, "registry", registry_book(lines[1:]))))
    assert "1 of 40 is missing in this file" in page
    assert "Stop and check" not in page


HOSTILE = {
    "an empty file": (b"", "The file holds nothing at all"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel 97–2003 workbook"),
    "plain text": ("企业名称,统一社会信用代码\n".encode(), "plain text"),
    "a missing heading": (customs_book(), "headings"),
    "a bomb": (zipped(package(**{SHEET_PART.replace("/", "__").replace(".", "_"): b"<a>" * 40_000_000})), ""),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_ends_in_one_sentence_beside_the_field_and_is_not_kept(
    what: str, reviewer: FlaskClient, instance: Instance
) -> None:
    data, words = HOSTILE[what]
    before = actions_of(instance)
    answer = upload(reviewer, "registry", data)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'id="file-error"' in text_of(answer)
    assert rows_of(instance, Upload) == 0
    assert actions_of(instance) == before
    assert reviewer.get("/desk/sources").status_code == 200


def test_no_file_chosen_is_told(reviewer: FlaskClient) -> None:
    answer = reviewer.post("/desk/sources/registry/import", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Choose the file first" in text_of(answer)


def test_a_file_over_the_limit_is_told_the_limit(reviewer: FlaskClient, instance: Instance) -> None:
    answer = upload(reviewer, "registry", b"PK\x03\x04" + b"\0" * (13 * 1024 * 1024))
    assert answer.status_code == 413
    assert "10 MB at most" in text_of(answer)
    assert rows_of(instance, Upload) == 0


def test_the_import_that_completes_the_sources_decides_who_waited_on_their_own_date(
    reviewer: FlaskClient, instance: Instance
) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "customs", customs_book())
    assert apply_all(instance).outcomes["awaiting_source"] == len(FIRMS)
    page = bring_in(reviewer, "lists", lists_book())
    assert "6 applications that waited were decided." in page
    with instance.database.reading() as session:
        states = set(session.execute(select(Application.state)).scalars())
        judged = set(session.execute(select(Decision.judged_on)).scalars())
    assert states == {"eligible", "referred", "ineligible"}
    assert judged == {APPLIED_ON}


@pytest.mark.parametrize("page", ["", "/registry", "/registry/1", "/absent", "/absent?kind=entries"])
def test_looking_at_sources_writes_nothing(page: str, reviewer: FlaskClient, instance: Instance) -> None:
    import_all(instance)
    before = actions_of(instance)
    assert reviewer.get(f"/desk/sources{page}").status_code == 200
    assert actions_of(instance) == before


def test_looking_at_a_preview_writes_nothing(reviewer: FlaskClient, instance: Instance) -> None:
    address = previewed(reviewer, "registry", registry_book())
    before = actions_of(instance)
    assert reviewer.get(address).status_code == 200
    assert actions_of(instance) == before


def test_only_reviewers_import_and_others_of_the_desk_may_look(app: Flask, instance: Instance) -> None:
    import_all(instance)
    for person in (FANG_SHEN, QIAN_PEI):
        client = signed_in(app, person)
        assert client.get("/desk/sources").status_code == 200
        assert "/import" not in text_of(client.get("/desk/sources"))
        assert upload(client, "registry", registry_book()).status_code == 403
        assert client.get("/desk/sources/absent/1/close").status_code == 403
    for person in (GUAN_LI, ZHOU_HE):
        assert signed_in(app, person).get("/desk/sources").status_code == 403
    assert rows_of(instance, Upload) == 0


def test_missing_sources_are_named(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    page = text_of(reviewer.get("/desk/sources"))
    assert "2 sources are missing, so nothing is decided" in page
    assert "Missing: Customs exports, Dishonest and organised-crime lists." in page


def test_a_missing_base_year_is_named(reviewer: FlaskClient, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    import_one(instance, "lists", lists_book())
    import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, 5, 2019)]))
    assert "The customs exports of 2021 are missing" in text_of(reviewer.get("/desk/sources"))


def _registry_lines() -> list[Line]:
    return [registry_line(firm.uscc, firm.name) for firm in FIRMS]
