"""A key per person: every personal value is sealed under the key of the person it speaks of.

Erasing a person destroys that key (and the index by which the person is found), so each copy of the person's
values, in tables, in the audit trail, in decisions, becomes unreadable at once while every hash still holds.
"""

import base64
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from ulid import ULID

from portal.common import audit, clock
from portal.common.keys import CannotOpen, Keys, seal, unseal
from portal.common.types import Base, Moment

ERASED = "people.erase"  # the action of the entry that destroys a key; its subject is `person <id>`
CHUNK = 500  # values in one IN (…), well under SQLite's limit


class PersonErased(Exception):
    """This person's key has been destroyed; what was sealed under it is gone for good."""


class PersonKey(Base):
    """The wrapped key of one person.

    Key and index enter the trail only within the hash of the whole row: a copy of either would outlive its
    destruction, while that hash of a key nobody has any more tells nothing.
    """

    __tablename__ = "person_keys"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    match_index: Mapped[str | None] = mapped_column(String(64), unique=True, info=audit.LEFT_OUT)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary, info=audit.LEFT_OUT)
    key_id: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Sealer:
    """One person's key, opened: seals and opens values, and makes the commitments that stand for them."""

    person_id: str
    key: bytes

    def seal(self, field: str, value: str) -> str:
        """Encrypt one value of this person; the text opens only with this key and for this field."""
        return base64.b64encode(seal(self.key, f"{self.person_id}.{field}", value.encode())).decode()

    def open(self, field: str, sealed: str) -> str:
        """Undo `seal`; raises `CannotOpen`."""
        return unseal(self.key, f"{self.person_id}.{field}", base64.b64decode(sealed)).decode()

    def commit(self, field: str, value: str) -> str:
        """A keyed commitment: the same value gives the same text, and without the key it tells nothing."""
        return hmac.new(self.key, f"commitment\x00{field}\x00{value}".encode(), sha256).hexdigest()

    def seal_fields(self, values: Mapping[str, str | None]) -> str:
        """Seal several values of one person as one text; empty ones stay out."""
        kept = {name: value for name, value in values.items() if value}
        return self.seal("fields", json.dumps(kept, ensure_ascii=False, sort_keys=True))

    def open_fields(self, sealed: str) -> dict[str, str]:
        """Undo `seal_fields`."""
        fields: dict[str, str] = json.loads(self.open("fields", sealed))
        return fields


class People:
    """Finds, makes, opens and destroys the keys of people, within one session."""

    def __init__(self, session: Session, keys: Keys) -> None:
        self.session = session
        self.keys = keys
        self._opened: dict[str, Sealer] = {}

    def match(self, kind: str, value: str) -> str:
        """The keyed index under which a person is found again (by identity number, account, contact …)."""
        return self.keys.index_of(f"person.{kind}", value)

    def get_or_make(self, matches: Iterable[str]) -> dict[str, Sealer]:
        """The sealers of these match indexes; people not yet known get a fresh key (needs the write lock)."""
        wanted = list(dict.fromkeys(matches))
        found: dict[str, Sealer] = {}
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            for row in self.session.execute(select(PersonKey).where(PersonKey.match_index.in_(part))).scalars():
                assert row.match_index is not None
                found[row.match_index] = self._open(row.id, row.wrapped_key)
        fresh = []
        moment = clock.now()
        for match in wanted:
            if match not in found:
                person_id, key = str(ULID()), os.urandom(32)
                fresh.append(
                    {
                        "id": person_id,
                        "match_index": match,
                        "wrapped_key": self.keys.seal_bytes(f"person_keys.{person_id}", key),
                        "key_id": self.keys.key_id,
                        "created_at": moment,
                        "erased_at": None,
                    }
                )
                found[match] = self._opened[person_id] = Sealer(person_id, key)
        if fresh:
            if not self.session.info.get("locked"):
                raise RuntimeError("people are made only inside a write transaction")
            audit.insert_many(self.session, PersonKey, fresh, early=True)
        return found

    def person(self, kind: str, value: str) -> Sealer:
        """One person by kind and value, made if not yet known."""
        match = self.match(kind, value)
        return self.get_or_make([match])[match]

    def load(self, person_ids: Iterable[str]) -> None:
        """Open many keys with few queries; erased people are simply not opened."""
        wanted = [p for p in dict.fromkeys(person_ids) if p not in self._opened]
        for start in range(0, len(wanted), CHUNK):
            part = wanted[start : start + CHUNK]
            query = select(PersonKey.id, PersonKey.wrapped_key).where(PersonKey.id.in_(part))
            for person_id, wrapped in self.session.execute(query):
                if wrapped is not None:
                    self._open(person_id, wrapped)

    def sealer(self, person_id: str) -> Sealer:
        """The sealer of a known person; raises `PersonErased`."""
        if person_id in self._opened:
            return self._opened[person_id]
        row = self.session.get(PersonKey, person_id)
        if row is None:
            raise CannotOpen(f"there is no person {person_id}")
        return self._open(row.id, row.wrapped_key)

    def read(self, person_id: str, sealed: str) -> dict[str, str]:
        """The opened fields of a person, or nothing at all once the person is erased."""
        try:
            return self.sealer(person_id).open_fields(sealed)
        except PersonErased:
            return {}

    def destroy(self, person_id: str) -> None:
        """Destroy a person's key and index for good. The caller holds the lock and writes the audit entry."""
        row = self.session.get(PersonKey, person_id)
        if row is None:
            raise CannotOpen(f"there is no person {person_id}")
        row.wrapped_key = None
        row.match_index = None
        row.erased_at = row.erased_at or clock.now()
        self._opened.pop(person_id, None)

    def _open(self, person_id: str, wrapped: bytes | None) -> Sealer:
        if wrapped is None:
            raise PersonErased(person_id)
        if person_id not in self._opened:
            key = self.keys.open_bytes(f"person_keys.{person_id}", wrapped)
            self._opened[person_id] = Sealer(person_id, key)
        return self._opened[person_id]
