"""The audit trail: one append-only entry per write, refusal and download, chained by hash.

`audited(...)` is the only way rows change: it gathers every row that the block inserted, changed or deleted,
with what stood there before and after, and appends one entry. A flush outside of it is an error, so a write
that nobody recorded cannot happen by oversight. Values are recorded as they are stored: personal ones sealed,
so that destroying a person's key reaches the trail too and breaks no hash.

The hash of an entry is keyed with a key of the instance that is not in the database: whoever can write to the
database, but has not the key file, cannot make a trail that holds.
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, Table, Text, event, insert, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.unitofwork import UOWTransaction

from portal.common import clock
from portal.common.database import Database
from portal.common.roles import Actor
from portal.common.types import Base, Moment

DONE, REFUSED, DOWNLOADED, LOOKED = "done", "refused", "downloaded", "looked"
SECRET = {"audit": "hash only"}  # info= of columns whose values never enter the trail, only their hash
LEFT_OUT = {"audit": "left out"}  # info= of columns that enter only the hash of their row's whole state
# info= of columns that were added to a table which already had rows. While such a column is empty it is no part
# of its row's state, so that what was recorded before it came still holds.
ADDED = {"state": "when set"}
KEYS_MADE = "people.make"  # the entry of people who were made before the entry that they are made for


class AuditEntry(Base):
    """One link of the chain: who, when, what, on which subject, and the digest of the rows it touched."""

    __tablename__ = "audit_entries"
    __audited__ = False  # it is the trail

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor_id: Mapped[str] = mapped_column(String(40), index=True)
    actor_role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60), index=True)
    outcome: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(120), index=True)
    details: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    rows_digest: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditRow(Base):
    """One row that an entry touched: changed columns before and after, and the hash of its whole state.

    For an inserted row the readable "after" is the row itself until it changes, then the change's `before`.
    """

    __tablename__ = "audit_rows"
    __audited__ = False  # it is the trail

    entry_seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    table_name: Mapped[str] = mapped_column(String(40), index=True)
    row_key: Mapped[str] = mapped_column(String(80), index=True)
    change: Mapped[str] = mapped_column(String(6))  # insert, update, delete
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    state_hash: Mapped[str | None] = mapped_column(String(64))  # none after a delete


class Head(NamedTuple):
    """The last entry of a trail: whoever keeps it elsewhere sees when entries behind it were cut off."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """Number and first 16 digits of the hash, as an operator writes it down."""
        return f"{self.seq} {self.hash[:16]}"


BEFORE_ALL = Head(0, "0" * 64)  # what the first entry follows


@dataclass
class Entry:
    """What an audited block says of itself; `subject` and `details` may be filled in while it runs."""

    who: Actor
    action: str
    subject: str = ""
    outcome: str = DONE
    details: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces, the one form that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(clock.UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return "sha256:" + sha256(value).hexdigest()
    return value


def state_hash(table: Table, values: Mapping[str, Any]) -> str:
    """The hash of one row's whole state, all columns of its table, values as the portal stores them."""
    state = [
        [column.key, _plain(values[column.key])]
        for column in table.columns
        if column.info.get("state") != ADDED["state"] or values.get(column.key) is not None
    ]
    return sha256(canonical_json(state).encode()).hexdigest()


def row_key(table: Table, values: Mapping[str, Any]) -> str:
    """The primary key of a row as one text."""
    return "/".join(str(values[column.key]) for column in table.primary_key.columns)


def rows_digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """One digest over the recorded rows of an entry, in their order."""
    digest = sha256()
    for row in rows:
        parts = [row[k] for k in ("table_name", "row_key", "change", "before", "after", "state_hash")]
        digest.update(canonical_json(parts).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def key_of(session: Session) -> bytes:
    """The key of the trail behind this session; a database opened without it is a programming error."""
    found = session.info.get("audit_key")
    if found is None:
        raise RuntimeError("the trail needs its key: use the database of an Instance")
    key: bytes = found()
    return key


def entry_hash(key: bytes, values: Mapping[str, Any]) -> str:
    """The keyed hash of an entry, which takes in the hash of the one before it."""
    names = (
        "seq",
        "at",
        "actor_id",
        "actor_role",
        "action",
        "outcome",
        "subject",
        "details",
        "rows",
        "rows_digest",
        "previous_hash",
    )
    content = canonical_json([_plain(values[n]) for n in names])
    return hmac.new(key, content.encode(), sha256).hexdigest()


def head_of(session: Session) -> Head:
    """The last entry that stands in the database; of an empty trail number 0."""
    query = select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)
    last = session.execute(query).first()
    return Head(last.seq, last.hash) if last else BEFORE_ALL


@contextmanager
def audited(session: Session, who: Actor, action: str, subject: str = "", **details: Any) -> Iterator[Entry]:
    """Record everything the block writes as one entry of the chain. Needs the write lock; never nested."""
    if not session.info.get("locked"):
        raise RuntimeError("a write must hold the lock: use Database.locked()")
    if session.info.get("entry") is not None:
        raise RuntimeError("one audited block inside another")
    early = session.info.pop("early_rows", None)
    if early:
        _append(session, Entry(who, KEYS_MADE, rows=early))
    entry = Entry(who, action, subject, details=dict(details))
    session.info["entry"] = entry
    try:
        yield entry
        session.flush()
    finally:
        session.info["entry"] = None
    _append(session, entry)


@contextmanager
def write(database: Database, who: Actor, action: str, subject: str = "", **details: Any) -> Iterator[Session]:
    """The usual write: one transaction under the lock with one audit entry. `session.info["entry"]` is it."""
    with database.locked() as session:
        with audited(session, who, action, subject, **details):
            yield session


def note(
    database: Database,
    who: Actor,
    action: str,
    subject: str,
    outcome: str,
    wait: int | None = None,
    **details: Any,
) -> None:
    """Record something that changed no row: a refusal, a download, a look at an identity number.

    Waits for the lock as `Database.locked` does.
    """
    with database.locked(wait) as session:
        with audited(session, who, action, subject, **details) as entry:
            entry.outcome = outcome


def insert_many(
    session: Session, model: type[Base], values: Sequence[Mapping[str, Any]], early: bool = False
) -> None:
    """Insert many rows at once, recorded like any other; every column must be given (but for `ADDED` ones).

    `early` rows may come before the audited block that needs them: they become an entry of their own, of the
    same person, just before it. A transaction that ends without such a block is refused.
    """
    if not values:
        return
    table = inspect(model).local_table
    assert isinstance(table, Table)
    if early and session.info.get("entry") is None:
        if not session.info.get("locked"):
            raise RuntimeError("a write must hold the lock: use Database.locked()")
        rows: list[dict[str, Any]] = session.info.setdefault("early_rows", [])
    else:
        rows = _current(session).rows
    session.execute(insert(table), [dict(v) for v in values])
    rows.extend(_row(table, row_key(table, row), "insert", None, None, state_hash(table, row)) for row in values)


def _row(table: Table, key: str, change: str, before: object, after: object, state: str | None) -> dict[str, Any]:
    return {
        "table_name": table.name,
        "row_key": key,
        "change": change,
        "before": None if before is None else canonical_json(before),
        "after": None if after is None else canonical_json(after),
        "state_hash": state,
    }


def _current(session: Session) -> Entry:
    entry = session.info.get("entry")
    if not isinstance(entry, Entry):
        raise RuntimeError("a row was written outside an audited block: wrap the write in audit.write(...)")
    return entry


def _append(session: Session, entry: Entry) -> None:
    head: Head = session.info.get("audit_head") or head_of(session)
    values: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": clock.now(),
        "actor_id": entry.who.id,
        "actor_role": str(entry.who.role),
        "action": entry.action[:60],
        "outcome": entry.outcome,
        "subject": entry.subject[:120],  # an address that somebody typed may be longer than any of ours
        "details": canonical_json(entry.details),
        "rows": len(entry.rows),
        "rows_digest": rows_digest(entry.rows),
        "previous_hash": head.hash,
    }
    values["hash"] = entry_hash(key_of(session), values)
    session.info.setdefault("audit_entries", []).append(values)
    session.info.setdefault("audit_rows", []).extend(
        {"entry_seq": values["seq"], "position": n, **row} for n, row in enumerate(entry.rows)
    )
    session.info["audit_head"] = Head(values["seq"], values["hash"])


@event.listens_for(Session, "before_commit")
def _write_trail(session: Session) -> None:
    """Write what the transaction's audited blocks recorded, all at once and with what they did."""
    if session.info.get("early_rows"):
        raise RuntimeError("rows were written that no audited block followed")
    trail: tuple[tuple[type[Base], str], ...] = ((AuditEntry, "audit_entries"), (AuditRow, "audit_rows"))
    for model, name in trail:
        recorded = session.info.pop(name, [])
        table = inspect(model).local_table
        assert isinstance(table, Table)
        if recorded:
            session.execute(insert(table), recorded)


@event.listens_for(Session, "after_flush")
def _gather(session: Session, _context: UOWTransaction) -> None:
    """Record every audited row of this flush; a flush outside an audited block is a programming error."""
    touched = [
        (change, instance)
        for change, group in (("insert", session.new), ("update", session.dirty), ("delete", session.deleted))
        for instance in group
        if isinstance(instance, Base) and type(instance).__audited__
    ]
    for change, instance in touched:
        mapper = inspect(type(instance))
        table = mapper.local_table
        assert isinstance(table, Table)
        if change == "update" and not session.is_modified(instance):
            continue
        entry = _current(session)
        values = {mapper.get_property_by_column(c).key: c for c in table.columns}
        state = {column.key: getattr(instance, key) for key, column in values.items()}
        if change == "update":
            before, after = {}, {}
            for key, column in values.items():
                history = inspect(instance).attrs[key].history
                if history.has_changes() and column.info.get("audit") != LEFT_OUT["audit"]:
                    old = history.deleted[0] if history.deleted else None
                    before[column.key] = _shown(column.info, old)
                    after[column.key] = _shown(column.info, state[column.key])
            entry.rows.append(_row(table, row_key(table, state), change, before, after, state_hash(table, state)))
        elif change == "insert":
            entry.rows.append(_row(table, row_key(table, state), change, None, None, state_hash(table, state)))
        else:
            shown = [c for c in table.columns if c.info.get("audit") != LEFT_OUT["audit"]]
            whole = {c.key: _shown(c.info, state[c.key]) for c in shown}
            entry.rows.append(_row(table, row_key(table, state), change, whole, None, None))


def _shown(info: Mapping[Any, Any], value: object) -> object:
    if info.get("audit") == SECRET["audit"] and value is not None:
        return "sha256:" + sha256(str(value).encode()).hexdigest()
    return _plain(value)
