"""What the inbox reads, and what the administrator sees of texts and mails."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, insert, literal, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal.common import clock
from portal.common.database import Database, was_busy
from portal.common.outbox import FAILED, SENDING, SMS, UNSURE, WAITING, Delivery
from portal.common.people import People
from portal.messages.records import Message, MessageRead

PER_PAGE = 20
STANDING = (UNSURE, FAILED, WAITING, SENDING)
MARKING_WAITS = 2_000  # milliseconds; that a message was read is not worth more


@dataclass(frozen=True)
class InboxLine:
    """One message as the inbox lists it; its words are made from `kind` and `parameters`."""

    id: str
    kind: str
    parameters: dict[str, str]
    path: str
    your_turn: bool
    told_at: datetime
    unread: bool


@dataclass(frozen=True)
class Standing:
    """A text or a mail that is not sent, as the administrator sees it: never whole addresses, never its words."""

    id: str
    channel: str
    kind: str
    state: str
    to: str
    attempts: int
    queued_at: datetime
    next_try_at: datetime
    problem: str | None


def unread_count(session: Session, account_id: str) -> int:
    """How many messages of this account nobody has opened."""
    unread = select(func.count()).where(
        Message.account_id == account_id, ~exists().where(MessageRead.message_id == Message.id)
    )
    return session.execute(unread).scalar_one()


def message_count(session: Session, account_id: str) -> int:
    """How many messages this account has."""
    return session.execute(select(func.count()).where(Message.account_id == account_id)).scalar_one()


def inbox(session: Session, account_id: str, page: int) -> list[InboxLine]:
    """One page of an account's messages, the newest first; 1 is the first page."""
    query = (
        select(Message, MessageRead.read_at)
        .outerjoin(MessageRead, MessageRead.message_id == Message.id)
        .where(Message.account_id == account_id)
        .order_by(Message.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return [
        InboxLine(
            id=message.id,
            kind=message.kind,
            parameters=json.loads(message.parameters),
            path=message.path,
            your_turn=message.your_turn,
            told_at=message.told_at,
            unread=read_at is None,
        )
        for message, read_at in session.execute(query)
    ]


def path_of(session: Session, account_id: str, message_id: str) -> str | None:
    """Where a message of this account leads; None for one that is not there or is somebody else's."""
    query = select(Message.path).where(Message.id == message_id, Message.account_id == account_id)
    return session.execute(query).scalar()


def mark_read(database: Database, message_id: str) -> bool:
    """Note that a message was opened; a second time changes nothing. False when the database is too busy for it.

    No part of the audit trail: it says when somebody read, and decides nothing.
    """
    already = exists().where(MessageRead.message_id == message_id)
    note = insert(MessageRead).from_select(
        ["message_id", "read_at"],
        select(literal(message_id), literal(clock.now(), MessageRead.read_at.type)).where(~already),
    )
    try:
        with database.beside(MARKING_WAITS) as connection:
            connection.execute(note)
    except IntegrityError:
        return True  # opened twice at the same moment
    except OperationalError as error:
        if not was_busy(error):
            raise
        return False
    return True


def standing_counts(session: Session) -> Counter[str]:
    """How many texts and mails are in each state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    found: dict[str, int] = dict(session.execute(query).all())
    return Counter(found)


def standing(session: Session, people: People, state: str, page: int) -> list[Standing]:
    """One page of the deliveries in one state, the oldest first."""
    query = (
        select(Delivery)
        .where(Delivery.state == state)
        .order_by(Delivery.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    found = session.execute(query).scalars().all()
    people.load(one.person_id for one in found)
    return [
        Standing(
            id=one.id,
            channel=one.channel,
            kind=one.kind,
            state=one.state,
            to=_hidden(one.channel, people.read(one.person_id, one.sealed).get("address", "")),
            attempts=one.attempts,
            queued_at=one.queued_at,
            next_try_at=one.next_try_at,
            problem=one.problem,
        )
        for one in found
    ]


def _hidden(channel: str, address: str) -> str:
    """Enough of an address to recognise it by, as in 138****0003 or a****@example.com; "" once erased."""
    if not address:
        return ""
    if channel == SMS:
        return f"{address[:3]}****{address[-4:]}"
    name, _at, host = address.partition("@")
    return f"{name[:1]}****@{host}"
