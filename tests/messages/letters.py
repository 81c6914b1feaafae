"""Deliveries as these tests need them: queued for an invented address, and looked at afterwards."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask
from sqlalchemy import select
from ulid import ULID

from portal.common import audit
from portal.common.config import Post
from portal.common.instance import Instance
from portal.common.outbox import EMAIL, SMS, Delivery, queue
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.factory import create_app
from portal.messages.post_office import Tally, send_due

MOBILE, MAIL = "13800000001", "chen.haixia@example.com"


def queued(instance: Instance, channel: str = EMAIL, kind: str = "code", to: str = "", **words: str) -> str:
    """Queue one delivery and give its id."""
    address = to or (MOBILE if channel == SMS else MAIL)
    once = str(ULID())
    with instance.database.locked() as session:
        sealer = People(session, instance.keys).person("address", address)
        with audit.audited(session, COMMAND, "demo.start"):
            queue(session, sealer, channel, address, kind, words or {"code": "314159"}, "zh", once)
        return session.execute(select(Delivery.id).where(Delivery.once_key == once)).scalar_one()


def state_of(instance: Instance, delivery_id: str) -> Delivery:
    """The delivery as it stands now."""
    with instance.database.reading() as session:
        found = session.get(Delivery, delivery_id)
        assert found is not None
        return found


def app_with(instance: Instance, **post: Any) -> Flask:
    """An app on the same instance whose post leaves by these settings."""
    made = create_app(replace(instance.settings, post=Post(**post)))
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    return made


def sent_now(app: Flask) -> Tally:
    """One run of the post office."""
    with app.app_context():
        return send_due(app.extensions["tongbao"])


def mails_in(instance: Instance) -> list[EmailMessage]:
    """The mails that lie in the outbox folder, oldest first."""
    found = []
    for path in sorted(instance.settings.outbox.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        found.append(mail)
    return found


def texts_in(instance: Instance) -> list[str]:
    """The text messages that lie in the outbox folder, oldest first."""
    return [path.read_text() for path in sorted(instance.settings.outbox.glob("*.txt"))]
