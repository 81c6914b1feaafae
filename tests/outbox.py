"""What was put on its way by text or mail, opened with the keys of the instance."""

import json
from dataclasses import dataclass

from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.outbox import Delivery
from portal.common.people import People


@dataclass(frozen=True)
class Sent:
    """One text or mail, and what its words are made of."""

    channel: str
    kind: str
    address: str
    language: str
    words: dict[str, str]


def sent(instance: Instance, kind: str | None = None, address: str | None = None) -> list[Sent]:
    """Everything that was queued (of a kind, to an address), oldest first, whatever has become of it."""
    with instance.database.reading() as session:
        people = People(session, instance.keys)
        found = []
        for row in session.execute(select(Delivery).order_by(Delivery.queued_at, Delivery.id)).scalars():
            fields = people.read(row.person_id, row.sealed)
            if "parameters" in fields:  # neither erased nor sent already, which empties it
                words = json.loads(fields["parameters"])
                found.append(Sent(row.channel, row.kind, fields["address"], row.language, words))
    return [one for one in found if kind in (None, one.kind) and address in (None, one.address)]


def newest_words(instance: Instance, kind: str, address: str) -> dict[str, str]:
    """What the newest text or mail of a kind to an address is made of, as `code` or `path`; fails without one."""
    found = sent(instance, kind, address)
    assert found, f"nothing of the kind {kind} was queued for this address"
    return found[-1].words
