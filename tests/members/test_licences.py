"""Handing in the business licence: checked, replaced, removed; and who may see it."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.documents import forms as document_forms
from portal.documents.records import Document, DocumentContent
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.conftest import signed_in
from tests.documents import papers
from tests.members.binding import (
    bind,
    confirming,
    decide,
    desk_address,
    exporter,
    hand_in,
    newest,
    upload,
)
from tests.people import CHEN_HAIXIA, FANG_SHEN, GUAN_LI, LIN_ZHIYAO, WU_GUOLIANG, ZHOU_HE
from tests.samples import HARBOUR, import_one, registry_book


@pytest.fixture
def chen(app: Flask, instance: Instance) -> FlaskClient:
    """Chen Haixia, who has bound the harbour firm."""
    import_one(instance, "registry", registry_book())
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    return client


def licence_of(instance: Instance) -> Document:
    with instance.database.reading() as session:
        return session.get_one(Document, newest(instance).licence_id)


def documents_of(instance: Instance) -> list[Document]:
    with instance.database.reading() as session:
        return list(session.execute(select(Document).order_by(Document.id)).scalars())


def test_a_licence_brings_the_claim_before_staff(chen: FlaskClient, instance: Instance) -> None:
    assert hand_in(chen, HARBOUR, name="营业执照副本.jpg").status_code == 302
    found = newest(instance)
    assert (found.state, found.due_on) == (stages.UNCONFIRMED, date(2022, 3, 9))
    page = text_of(chen.get(f"/my/firms/{HARBOUR.uscc}"))
    assert "营业执照副本.jpg" in page
    assert "Staff look at your licence" in page


def test_its_name_and_content_are_sealed(chen: FlaskClient, instance: Instance) -> None:
    data = papers.photo(colour="red")
    hand_in(chen, HARBOUR, data, "陈海霞的执照.jpg")
    kept = licence_of(instance)
    with instance.database.reading() as session:
        sealed = session.get_one(DocumentContent, kept.id).sealed
    assert b"JFIF" not in sealed
    assert "陈海霞" not in kept.name_sealed


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("licence.pdf", papers.program(), "is no PDF, JPG or PNG, whatever its name says"),
        ("a.pdf", papers.locked_pdf(), "is locked with a password"),
        ("a.png", papers.png_bomb(), "has too many pixels"),
        ("a.heic", papers.heic(), "is a photo in HEIC"),
    ],
)
def test_what_is_no_document_is_told_beside_the_field(
    chen: FlaskClient, instance: Instance, name: str, data: bytes, said: str
) -> None:
    answer = hand_in(chen, HARBOUR, data, name)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert newest(instance).licence_id is None


def test_nothing_chosen_is_told(chen: FlaskClient) -> None:
    answer = upload(chen, f"/my/firms/{HARBOUR.uscc}/licence", licence=(b"", ""))
    assert answer.status_code == 422
    assert "Take a photo of the licence or choose a file" in text_of(answer)


def test_a_photo_of_thirty_megabytes_arrives(chen: FlaskClient, instance: Instance) -> None:
    assert hand_in(chen, HARBOUR, papers.large_photo()).status_code == 302
    assert licence_of(instance).size < 3_000_000


def test_a_body_that_is_far_too_large_is_answered_in_plain_words(chen: FlaskClient, instance: Instance) -> None:
    answer = hand_in(chen, HARBOUR, bytes(48 * 1024 * 1024))
    assert answer.status_code == 413
    page = text_of(answer)
    assert "A photo may have 40 MB, a PDF 10 MB" in page
    assert "what you saved before is kept" in page
    assert newest(instance).licence_id is None


def test_only_routes_of_documents_take_such_bodies(app: Flask) -> None:
    reviewer = signed_in(app, LIN_ZHIYAO)
    for address in ("/desk/sources/lists/import", "/desk/applications/import"):
        assert upload(reviewer, address, file=(bytes(13 * 1024 * 1024), "a.xlsx")).status_code == 413


def test_another_licence_takes_the_place_and_the_old_one_stays_for_staff(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    hand_in(chen, HARBOUR, papers.photo(colour="red"))
    first = licence_of(instance)
    hand_in(chen, HARBOUR, papers.photo(colour="blue"))
    second = licence_of(instance)
    assert first.id != second.id
    assert documents_of(instance)[0].replaced_by == second.id
    assert chen.get(f"/documents/{first.id}").status_code == 404
    assert signed_in(app, LIN_ZHIYAO).get(f"/documents/{first.id}").status_code == 200


def test_the_same_licence_twice_is_one_document(chen: FlaskClient, instance: Instance) -> None:
    hand_in(chen, HARBOUR)
    hand_in(chen, HARBOUR)
    assert len(documents_of(instance)) == 1


def test_a_licence_is_removed_after_asking(chen: FlaskClient, instance: Instance) -> None:
    hand_in(chen, HARBOUR)
    kept = licence_of(instance)
    address = f"/my/firms/{HARBOUR.uscc}/licence/remove"
    assert "Remove the licence?" in text_of(chen.get(address))
    assert chen.post(address).status_code == 302
    assert chen.post(address).status_code == 302  # a second press
    found = newest(instance)
    assert (found.licence_id, found.due_on) == (None, None)
    assert chen.get(f"/documents/{kept.id}").status_code == 404


def test_a_document_is_shown_so_that_nothing_in_it_runs(chen: FlaskClient, instance: Instance) -> None:
    hand_in(chen, HARBOUR, name="执照.jpg")
    answer = chen.get(f"/documents/{licence_of(instance).id}")
    assert answer.content_type == "image/jpeg"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert papers.opened(answer.data).size == (640, 480)


def test_a_pdf_is_downloaded_and_its_pages_are_shown_as_pictures(chen: FlaskClient, instance: Instance) -> None:
    data = papers.pdf(2)
    hand_in(chen, HARBOUR, data, "licence.pdf")
    address = f"/documents/{licence_of(instance).id}"
    whole = chen.get(address)
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert whole.data == data
    second = chen.get(f"{address}/preview?page=2")
    assert second.content_type == "image/jpeg"
    assert papers.opened(second.data).format == "JPEG"
    assert chen.get(f"{address}/preview?page=3").status_code == 404


def test_other_people_do_not_learn_that_a_document_is_there(
    chen: FlaskClient, app: Flask, instance: Instance, client: FlaskClient
) -> None:
    hand_in(chen, HARBOUR)
    address = f"/documents/{licence_of(instance).id}"
    rival = exporter(app, WU_GUOLIANG)
    assert rival.get(address).status_code == 404
    bind(rival)  # who also says to act for the firm
    assert rival.get(address).status_code == 404
    assert rival.get(f"{address}/preview").status_code == 404
    assert client.get(address).status_code == 302
    assert signed_in(app, ZHOU_HE).get(address).status_code == 403
    assert signed_in(app, GUAN_LI).get(address).status_code == 403


def test_each_look_of_staff_is_on_record(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    hand_in(chen, HARBOUR)
    kept = licence_of(instance)
    chen.get(f"/documents/{kept.id}")
    signed_in(app, LIN_ZHIYAO).get(f"/documents/{kept.id}")
    signed_in(app, FANG_SHEN).get(f"/documents/{kept.id}/preview")
    with instance.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "documents.look").order_by(AuditEntry.seq)
        looks = list(session.execute(query).scalars())
    assert [(look.outcome, look.subject, look.actor_role) for look in looks] == [
        ("looked", f"document {kept.id}", "reviewer"),
        ("looked", f"document {kept.id}", "auditor"),
    ]


def test_of_an_erased_person_nothing_can_be_opened_and_the_desk_still_shows_its_page(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    hand_in(chen, HARBOUR, name="陈海霞的执照.jpg")
    kept = licence_of(instance)
    erase_person(instance, COMMAND, kept.person_id, ASKED_FOR)
    reviewer = signed_in(app, LIN_ZHIYAO)
    assert reviewer.get(f"/documents/{kept.id}").status_code == 410
    page = text_of(reviewer.get(desk_address(instance)))
    assert "陈海霞" not in page
    answer = decide(reviewer, desk_address(instance), "confirm", **confirming())
    assert answer.status_code == 422
    assert newest(instance).state == stages.UNCONFIRMED


def test_of_very_many_files_in_a_day_the_next_is_not_even_looked_into(
    chen: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_forms, "MOST_FILES", 2)
    assert hand_in(chen, HARBOUR).status_code == 302
    assert hand_in(chen, HARBOUR, b"no photo").status_code == 422  # each counts, taken or not
    answer = hand_in(chen, HARBOUR, papers.photo(colour="blue"))
    assert answer.status_code == 422
    assert "very many files came from this account today" in text_of(answer)
    assert len(documents_of(instance)) == 1
