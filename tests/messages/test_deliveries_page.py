"""The administrator sees what did not simply leave, and decides on what perhaps did."""

from flask import Flask
from sqlalchemy import select, update

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.outbox import FAILED, SENT, SMS, UNSURE, WAITING, Delivery
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in
from tests.messages.letters import MAIL, MOBILE, queued, sent_now, state_of
from tests.people import GUAN_LI, LIN_ZHIYAO


def put(instance: Instance, delivery_id: str, state: str) -> None:
    with instance.database.beside(1000) as connection:
        values = {"state": state, "problem": "the gateway took it and did not answer"}
        connection.execute(update(Delivery).where(Delivery.id == delivery_id).values(**values))


def test_what_is_unsure_is_shown_without_its_words_and_with_a_hidden_address(
    app: Flask, instance: Instance
) -> None:
    put(instance, queued(instance, SMS, code="271828"), UNSURE)
    put(instance, queued(instance), UNSURE)
    page = text_of(in_english(signed_in(app, GUAN_LI)).get("/desk/messages"))
    assert heading_of(page) == "Texts and mails"
    assert "138****0001" in page
    assert "c****@example.com" in page
    for hidden in ("271828", MOBILE, MAIL):
        assert hidden not in page
    assert "the gateway took it and did not answer" in page


def test_an_unsure_one_is_sent_again_only_by_a_person_and_on_record(app: Flask, instance: Instance) -> None:
    one = queued(instance, SMS)
    put(instance, one, UNSURE)
    client = in_english(signed_in(app, GUAN_LI))
    assert sent_now(app).sent == 0
    assert client.post(f"/desk/messages/{one}", data={"step": "again"}).status_code == 302
    assert state_of(instance, one).state == WAITING
    assert sent_now(app).sent == 1
    again = client.post(f"/desk/messages/{one}", data={"step": "again"}, follow_redirects=True)
    assert "Nothing was changed" in text_of(again)
    assert state_of(instance, one).state == SENT
    with instance.database.reading() as session:
        query = select(AuditEntry.subject).where(AuditEntry.action == "messages.send_again")
        assert list(session.execute(query).scalars()) == [f"delivery {one}"]


def test_an_unsure_one_can_be_left_as_it_is(app: Flask, instance: Instance) -> None:
    one = queued(instance)
    put(instance, one, UNSURE)
    client = in_english(signed_in(app, GUAN_LI))
    client.post(f"/desk/messages/{one}", data={"step": "leave", "state": "unsure"})
    assert state_of(instance, one).state == FAILED
    assert "Nothing is unsure" in text_of(client.get("/desk/messages"))
    assert "left as it is by an administrator" in text_of(client.get("/desk/messages?state=failed"))


def test_a_waiting_one_shows_its_next_try_and_nothing_to_decide(app: Flask, instance: Instance) -> None:
    queued(instance)
    page = text_of(in_english(signed_in(app, GUAN_LI)).get("/desk/messages?state=waiting"))
    assert "Next try" in page
    assert "Send again" not in page


def test_only_the_administrator_minds_the_post(app: Flask, instance: Instance) -> None:
    one = queued(instance)
    put(instance, one, UNSURE)
    client = signed_in(app, LIN_ZHIYAO)
    assert client.get("/desk/messages").status_code == 403
    assert client.post(f"/desk/messages/{one}").status_code == 403
    assert signed_in(app, GUAN_LI).post("/desk/messages/x").status_code == 404
    assert state_of(instance, one).state == UNSURE
