"""The reader's own messages: the newest first, marked until they are opened, nobody else's."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.records import Account
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Role
from portal.messages.actions import tell
from portal.messages.records import Message
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import signed_in, signed_in_exporter
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, GUAN_LI, WU_GUOLIANG, Exporter


def account_id(app: Flask, person: Exporter) -> tuple[FlaskClient, str]:
    """A client of an exporter who was not there before, and the account's id."""
    instance: Instance = app.extensions["tongbao"]
    with instance.database.reading() as session:
        before = set(session.execute(select(Account.id)).scalars())
    client = in_english(signed_in_exporter(app, person))
    with instance.database.reading() as session:
        fresh = session.execute(select(Account.id).where(Account.role == Role.EXPORTER)).scalars()
        return client, (set(fresh) - before).pop()


def say(instance: Instance, *accounts: str, number: str = "A2022-00001", **more: object) -> None:
    with audit.write(instance.database, COMMAND, "applications.assign") as session:
        tell(
            session,
            instance,
            accounts,
            "application_eligible",
            f"application {number}",
            "/my",
            {"number": number},
            **more,  # type: ignore[arg-type]
        )


def first_message(instance: Instance) -> str:
    with instance.database.reading() as session:
        return session.execute(select(Message.id).order_by(Message.id).limit(1)).scalar_one()


def test_without_messages_the_inbox_says_what_will_come(app: Flask) -> None:
    client, _owner = account_id(app, CHEN_HAIXIA)
    page = text_of(client.get("/my/messages"))
    assert heading_of(page) == "Messages"
    assert "No messages yet" in page
    assert "new message" not in page


def test_the_newest_message_stands_first_and_is_new_until_it_is_opened(app: Flask, instance: Instance) -> None:
    client, owner = account_id(app, CHEN_HAIXIA)
    say(instance, owner, number="A2022-00001")
    say(instance, owner, number="A2022-00002", your_turn=True)
    page = text_of(client.get("/my/messages"))
    assert "2 new messages" in page
    assert page.index("A2022-00002") < page.index("A2022-00001")
    assert page.count("Your turn") == 1
    opened = client.get(f"/my/messages/{first_message(instance)}")
    assert (opened.status_code, opened.location) == (302, "/my")
    page = text_of(client.get("/my/messages"))
    assert "1 new message" in page
    assert page.count('class="tb-unread"') == 1


def test_opening_a_message_twice_changes_nothing_and_leaves_no_trace_in_the_trail(
    app: Flask, instance: Instance
) -> None:
    client, owner = account_id(app, CHEN_HAIXIA)
    say(instance, owner)
    with instance.database.reading() as session:
        before = session.execute(select(func.max(AuditEntry.seq))).scalar()
    for _time in range(2):
        assert client.get(f"/my/messages/{first_message(instance)}").status_code == 302
    with instance.database.reading() as session:
        assert session.execute(select(func.max(AuditEntry.seq))).scalar() == before


def test_somebody_elses_message_is_not_there_and_stays_new(app: Flask, instance: Instance) -> None:
    client, owner = account_id(app, CHEN_HAIXIA)
    stranger, _other = account_id(app, WU_GUOLIANG)
    say(instance, owner)
    assert stranger.get(f"/my/messages/{first_message(instance)}").status_code == 404
    assert stranger.get("/my/messages/x").status_code == 404
    assert "1 new message" in text_of(client.get("/my/messages"))


def test_many_messages_stand_on_pages(app: Flask, instance: Instance) -> None:
    client, owner = account_id(app, CHEN_HAIXIA)
    for n in range(21):
        say(instance, owner, number=f"A2022-{n:05d}")
    assert len(re.findall(r"<li[^>]*tb-unread", text_of(client.get("/my/messages")))) == 20
    assert "A2022-00000" in text_of(client.get("/my/messages?page=2"))
    assert "A2022-00000" in text_of(client.get("/my/messages?page=99"))  # the last page there is


def test_told_once_is_told_once_to_each_account(app: Flask, instance: Instance) -> None:
    _client, one = account_id(app, CHEN_HAIXIA)
    _client, two = account_id(app, WU_GUOLIANG)
    say(instance, one, once="the same")
    say(instance, one, two, two, once="the same")
    assert [text.address for text in sent(instance, "application_eligible")] == [
        CHEN_HAIXIA.mobile,
        WU_GUOLIANG.mobile,
    ]


def test_a_disabled_account_and_one_that_is_not_there_are_told_nothing(app: Flask, instance: Instance) -> None:
    _client, owner = account_id(app, CHEN_HAIXIA)
    with audit.write(instance.database, COMMAND, "accounts.disable") as session:
        session.get_one(Account, owner).state = "disabled"
    say(instance, owner, "nobody")
    assert sent(instance, "application_eligible") == []


def test_a_message_holds_no_personal_value(app: Flask, instance: Instance) -> None:
    _client, owner = account_id(app, CHEN_HAIXIA)
    say(instance, owner)
    with instance.database.reading() as session:
        message = session.execute(select(Message)).scalar_one()
    assert message.parameters == '{"number":"A2022-00001"}'


def test_staff_have_no_inbox(app: Flask) -> None:
    client = in_english(signed_in(app, GUAN_LI))
    assert client.get("/my/messages").status_code == 403
    assert "new message" not in text_of(client.get("/desk/messages"))
