"""Telling people that a state changed or that it is their turn: in the portal, and by text or mail."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.common import clock, outbox
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.people import People
from portal.messages.records import Message, MessageRead
from portal.messages.words import words_of


def tell(
    session: Session,
    instance: Instance,
    account_ids: Iterable[str],
    kind: str,
    subject: str,
    path: str,
    parameters: Mapping[str, str] | None = None,
    your_turn: bool = False,
    once: str | None = None,
) -> None:
    """Tell these accounts, inside an audited block: a message in the portal, and a text or mail that leads to it.

    `kind` and what it needs of `parameters` stand in `words.KINDS`; `subject` is as in the audit trail
    (`application A2026-00001`), `path` where in the portal the message leads. Whoever has a mobile gets a text,
    others a mail; disabled accounts and erased people get nothing. With `once` an account is told only the first
    time. Raises `words.UnknownWords`.
    """
    given = dict(parameters or {})
    words_of(kind, given)
    wanted = list(dict.fromkeys(account_ids))
    found = session.execute(select(Account).where(Account.id.in_(wanted), Account.state == ACTIVE)).scalars()
    by_id = {account.id: account for account in found}
    people = People(session, instance.keys)
    people.load(account.person_id for account in by_id.values())
    told = _told_before(session, once, wanted)
    for account_id in wanted:
        account = by_id.get(account_id)
        if account is None or account_id in told:
            continue
        fields = people.read(account.person_id, account.sealed)
        if not fields:
            continue
        message = Message(
            id=str(ULID()),
            account_id=account_id,
            kind=kind,
            subject=subject,
            parameters=canonical_json(given),
            path=path,
            your_turn=your_turn,
            once_key=_once(once, account_id),
            told_at=clock.now(),
        )
        session.add(message)
        channel = outbox.SMS if fields.get("mobile") else outbox.EMAIL
        address = fields.get("mobile") or fields.get("email")
        if address:
            outbox.queue(
                session,
                people.sealer(account.person_id),
                channel,
                address,
                kind,
                {**given, "path": path},
                account.language or "zh",
                once=f"message:{message.id}",
            )


def mark_read(session: Session, message_id: str) -> None:
    """Note that a message was opened, inside a write; a second time changes nothing."""
    if session.get(MessageRead, message_id) is None:
        session.add(MessageRead(message_id=message_id, read_at=clock.now()))


def _once(once: str | None, account_id: str) -> str | None:
    return None if once is None else f"{once}:{account_id}"


def _told_before(session: Session, once: str | None, account_ids: Iterable[str]) -> set[str]:
    if once is None:
        return set()
    keys = {_once(once, account_id): account_id for account_id in account_ids}
    query = select(Message.once_key).where(Message.once_key.in_(keys))
    return {keys[key] for key in session.execute(query).scalars()}
