"""Telling people that a state changed or that it is their turn: in the portal, and by text or mail."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.common import audit, clock, outbox, roles
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.messages.records import Message
from portal.messages.words import words_of


class UnknownDelivery(Exception):
    """There is no text or mail of this id."""


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


def send_again(instance: Instance, who: Actor, delivery_id: str) -> bool:
    """Send a text or mail again of which nobody knows whether it arrived, or that was given up.

    A person's decision: it may then arrive twice. False when it is on its way already, or long sent.
    """
    with instance.database.locked() as session:
        found = _delivery(session, who, delivery_id)
        if found.state not in (outbox.UNSURE, outbox.FAILED):
            return False
        with audit.audited(session, who, "messages.send_again", f"delivery {delivery_id}", was=found.state):
            outbox.queue_again(session, found)
    return True


def leave(instance: Instance, who: Actor, delivery_id: str) -> bool:
    """Leave an unsure text or mail as it is, so that nobody is asked about it again; it counts as given up."""
    with instance.database.locked() as session:
        found = _delivery(session, who, delivery_id)
        if found.state != outbox.UNSURE:
            return False
        with audit.audited(session, who, "messages.leave", f"delivery {delivery_id}"):
            found.state, found.problem = outbox.FAILED, "left as it is by an administrator"
    return True


def _delivery(session: Session, who: Actor, delivery_id: str) -> outbox.Delivery:
    roles.require(who, roles.MINDS_THE_POST, "decide about texts and mails")
    # Senders take no lock of the portal's: the row itself is held while a person decides about it.
    found = session.get(outbox.Delivery, delivery_id, with_for_update=True)
    if found is None:
        raise UnknownDelivery(delivery_id)
    return found


def _once(once: str | None, account_id: str) -> str | None:
    return None if once is None else f"{once}:{account_id}"


def _told_before(session: Session, once: str | None, account_ids: Iterable[str]) -> set[str]:
    if once is None:
        return set()
    keys = {_once(once, account_id): account_id for account_id in account_ids}
    query = select(Message.once_key).where(Message.once_key.in_(keys))
    return {keys[key] for key in session.execute(query).scalars()}
