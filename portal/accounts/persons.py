"""Under whose key an address is sealed while it has no account, and the account that is then made of it."""

from itertools import count

from sqlalchemy import select

from portal.accounts.records import Account
from portal.common.people import People, Sealer


def sealer_for(people: People, kind: str, value: str) -> Sealer:
    """The person who holds an address (`kind` mobile or email) that no account has; made if not yet known.

    Somebody who changed that address leaves a person behind who is theirs. Two accounts must not share a person,
    else erasing one would erase the other, so whoever holds the address now is another person. Needs the lock.
    """
    for again in count():
        found = people.person(kind if not again else f"{kind}.{again}", value)
        taken = select(Account.id).where(Account.person_id == found.person_id)
        if people.session.execute(taken).first() is None:
            return found
    raise AssertionError("counting has no end")
