"""Reminding people of what waits for them: each reminder reaches an account once, however often it is due."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.common import audit
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.messages.actions import tell
from portal.messages.records import Message

AT_ONCE = 200  # of what is reminded of, in one transaction: others may write in between


class Reminder(NamedTuple):
    """What is to be told of the row `id`, and to whom; `once` is the key under which no account hears it twice."""

    id: str
    accounts: Sequence[str]
    kind: str
    subject: str
    path: str
    parameters: Mapping[str, str]
    once: str
    your_turn: bool = True


Due = Callable[[Session, Sequence[str] | None], Iterable[Reminder]]
"""Finds what is due: of these rows, or (None) of all."""
Entered = Callable[[Session, str], AbstractContextManager[audit.Entry]]
"""Enters a reminder of a subject into the trail, around what is written of it."""


def remind_all(instance: Instance, due: Due, entered: Entered) -> int:
    """Tell everything that is due and was not told yet, each with an audit entry of its own; how many that were.

    What is due is found without a lock and looked at again under it, so that nobody is reminded of what was done
    a moment before.
    """
    with instance.database.reading() as session:
        waiting = sorted({one.id for one in unheard(session, due(session, None))})
    told = 0
    for start in range(0, len(waiting), AT_ONCE):
        with instance.database.locked() as session:
            left = unheard(session, due(session, waiting[start : start + AT_ONCE]))
            for one in left:
                with entered(session, one.subject):
                    tell(
                        session, instance, one.accounts, one.kind, one.subject, one.path, one.parameters,
                        your_turn=one.your_turn, once=one.once,
                    )  # fmt: skip
            told += len(left)
    return told


def unheard(session: Session, wanted: Iterable[Reminder]) -> list[Reminder]:
    """Each reminder with the accounts that can be told and have not heard it; without any it is left out."""
    found = list(wanted)
    accounts = sorted({account for one in found for account in one.accounts})
    # The keys of messages are those of `tell`: what is told, then to whom.
    keys = sorted({f"{one.once}:{account}" for one in found for account in one.accounts})
    active: set[str] = set()
    told: set[str | None] = set()
    for start in range(0, len(accounts), CHUNK):
        part = select(Account.id).where(Account.id.in_(accounts[start : start + CHUNK]), Account.state == ACTIVE)
        active |= set(session.execute(part).scalars())
    for start in range(0, len(keys), CHUNK):
        heard = select(Message.once_key).where(Message.once_key.in_(keys[start : start + CHUNK]))
        told |= set(session.execute(heard).scalars())
    left = [
        one._replace(accounts=[a for a in one.accounts if a in active and f"{one.once}:{a}" not in told])
        for one in found
    ]
    return [one for one in left if one.accounts]
