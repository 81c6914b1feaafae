"""A firm answers on the page of its application what it was asked: in place, once, with its own papers."""

import re
from datetime import date

import pytest
from flask import Flask

from portal.applications.requests import EVIDENCE_EXPORTS, EXPLAIN, REPRESENTATIVE
from portal.common import clock
from portal.common.instance import Instance
from portal.scheme import stages
from tests.accounts.pages import heading_of, text_of
from tests.applications.desk import application_of
from tests.applications.reading import applied, ask, read, words_of
from tests.applications.web import confirm, told
from tests.conftest import sign_in_by_code
from tests.documents import papers
from tests.members.binding import upload
from tests.people import CHEN_HAIXIA
from tests.samples import ISLET, SILENT, import_all


@pytest.fixture
def sources(instance: Instance) -> None:
    import_all(instance)


@pytest.mark.usefixtures("sources")
def test_a_firm_answers_in_place_and_it_is_the_staffs_turn_again(app: Flask, instance: Instance) -> None:
    client, _number = applied(app, SILENT)
    number = ask(instance, SILENT, EVIDENCE_EXPORTS, EXPLAIN)
    page = text_of(client.get(f"/my/applications/{number}"))
    said = words_of(page)
    assert heading_of(page) == "We need something from you"
    assert "Your turn: answer what we ask" in said
    assert "by 16 Mar 2022" in said
    assert "内部说明" not in said
    request = hidden(page, "request")
    with clock.fixed(clock.now().replace(day=4)):
        sign_in_by_code(client, CHEN_HAIXIA)
        sent_now = upload(
            client,
            f"/my/applications/{number}/answer",
            request=request,
            evidence_exports=(papers.photo(), "报关单.jpg"),
            explain="海关登记晚了一个月。",
        )
        assert sent_now.status_code == 302
        said = read(client, number)
    assert "A person looks at your application" in said
    assert "You answered" in said
    assert application_of(instance, SILENT).state == stages.REFERRED
    after = application_of(instance, SILENT)
    assert (after.paused_on, after.due_on) == (None, date(2022, 3, 11))  # two working days later than before


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


@pytest.mark.usefixtures("sources")
def test_an_answer_sent_twice_is_one_answer_and_an_old_one_is_told_so(app: Flask, instance: Instance) -> None:
    client, _number = applied(app, SILENT)
    number = ask(instance, SILENT, EXPLAIN)
    request = hidden(text_of(client.get(f"/my/applications/{number}")), "request")
    address, data = f"/my/applications/{number}/answer", {"request": request, "explain": "海关登记晚了。"}
    first, second = client.post(address, data=data), client.post(address, data=data)
    assert (first.status_code, first.location) == (second.status_code, second.location)
    old = client.post(address, data={**data, "request": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert old.status_code == 409
    assert "the application has moved on" in words_of(text_of(old))


@pytest.mark.usefixtures("sources")
def test_what_is_missing_is_told_beside_its_field_and_papers_are_not_chosen_twice(
    app: Flask, instance: Instance
) -> None:
    client, _number = applied(app, SILENT)
    number = ask(instance, SILENT, EVIDENCE_EXPORTS, REPRESENTATIVE)
    address = f"/my/applications/{number}/answer"
    request = hidden(text_of(client.get(f"/my/applications/{number}")), "request")
    typed = {"request": request, "representative_name": "吴静水", "representative_number": "35020319790816001"}
    turned_back = upload(client, address, evidence_exports=(papers.photo(), "报关单.jpg"), **typed)
    assert turned_back.status_code == 422
    page = text_of(turned_back)
    assert "The identity number has 17 characters now, it should have 18" in words_of(page)
    assert page.count("Tick it once the person has agreed") >= 2
    assert "报关单.jpg" in page
    kept = hidden(page, "kept")
    again = {**typed, "representative_number": SILENT.number, "agree_name": "y", "agree_number": "y", "kept": kept}
    assert client.post(address, data=again).status_code == 302
    assert "You answered" in read(client, number)


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(
    ("number", "other", "status"),
    [("EA1234567", "y", 302), ("EA1234567", "", 422), (ISLET.number[:-1] + "1", "", 422)],
)
def test_a_passport_is_taken_when_it_is_said_to_be_one(
    app: Flask, instance: Instance, number: str, other: str, status: int
) -> None:
    client, _number = applied(app, SILENT)
    case = ask(instance, SILENT, REPRESENTATIVE)
    data = {
        "request": hidden(text_of(client.get(f"/my/applications/{case}")), "request"),
        "representative_name": "John Smith",
        "representative_number": number,
        "agree_name": "y",
        "agree_number": "y",
        **({"other_document": other} if other else {}),
    }
    assert client.post(f"/my/applications/{case}/answer", data=data).status_code == status


@pytest.mark.usefixtures("sources")
def test_somebody_elses_paper_cannot_be_handed_in(app: Flask, instance: Instance) -> None:
    client, _number = applied(app, SILENT)
    number = ask(instance, SILENT, EVIDENCE_EXPORTS)
    request = hidden(text_of(client.get(f"/my/applications/{number}")), "request")
    data = {"request": request, "kept": "evidence_exports:01ARZ3NDEKTSV4RRFFQ69G5FAV"}
    assert client.post(f"/my/applications/{number}/answer", data=data).status_code == 403


@pytest.mark.usefixtures("sources")
def test_a_request_about_a_list_is_neither_shown_nor_told_before_it_is_confirmed(
    app: Flask, instance: Instance
) -> None:
    client, number = applied(app, ISLET, confirmed=False)
    ask(instance, ISLET, "evidence_list")
    assert "Evidence about the list entry" not in text_of(client.get(f"/my/applications/{number}"))
    assert told(instance) == ["application_checking"]
    confirm(instance, ISLET)
    assert "Evidence about the list entry" in text_of(client.get(f"/my/applications/{number}"))
