"""`audit verify`: walk the chain, and compare every audited row with its last recorded state."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.orm import Session

from portal.common.audit import (
    BEFORE_ALL,
    DONE,
    AuditEntry,
    AuditRow,
    Head,
    entry_hash,
    key_of,
    row_key,
    rows_digest,
    state_hash,
)
from portal.common.audit_shape import UNREADABLE, Break, first_unreadable, require_tables, require_triggers
from portal.common.people import ERASED, PersonKey
from portal.common.types import Base


@dataclass(frozen=True)
class AuditReport:
    """What was walked, the first break in words or none, and the last entry that holds."""

    entries: int
    rows: int
    first_break: str | None
    head: Head


@dataclass
class _Walk:
    """How far the check has come, and what it learnt from the entries for the rows."""

    key: bytes
    kept: Head
    head: Head = BEFORE_ALL
    rows: int = 0
    erasures: set[str] = field(default_factory=set)  # subjects of the entries that erased somebody


def verify_audit(session: Session, kept: Head | None = None) -> AuditReport:
    """Check the whole trail, the rows it speaks of, and that the database still guards it.

    `kept` is a head that was written down earlier, its hash possibly shortened: the trail must go through it.
    Memory grows with the number of audited rows (a hash each), not their size.
    """
    walk = _Walk(key_of(session), kept or BEFORE_ALL)
    found = None
    try:
        require_tables(session)
        _walk_chain(session, walk)
        _compare_rows(session, walk)
        require_triggers(session)
    except Break as broken:
        found = str(broken)
    except UNREADABLE:
        trail = [AuditEntry.metadata.tables[model.__tablename__] for model in (AuditEntry, AuditRow)]
        found = first_unreadable(session, [*trail, *_audited_tables()])
        if found is None:
            raise  # no stored value is to blame
    return AuditReport(walk.head.seq, walk.rows, found, walk.head)


def _audited_tables() -> list[Table]:
    tables = (mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__audited__)
    return sorted((table for table in tables if isinstance(table, Table)), key=lambda table: table.name)


def _named(row: RowMapping) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _walk_chain(session: Session, walk: _Walk) -> None:
    recorded = select(AuditRow.__table__).order_by(AuditRow.entry_seq, AuditRow.position)
    links = select(AuditEntry.__table__).order_by(AuditEntry.seq)
    # Closed also when a break ends the walk half-way: on PostgreSQL each result holds a cursor of the server.
    with (
        session.execute(recorded.execution_options(yield_per=2000)) as rows,
        session.execute(links.execution_options(yield_per=1000)) as entries,
    ):
        _follow(entries.mappings(), rows.mappings(), walk)


def _follow(links: Iterable[RowMapping], recorded: Iterable[RowMapping], walk: _Walk) -> None:
    groups = groupby(recorded, key=lambda row: int(row["entry_seq"]))
    group = next(groups, None)
    for link in links:
        entry = _named(link)
        seq = entry["seq"]
        if seq != walk.head.seq + 1:
            raise Break(f"entry {walk.head.seq + 1} is missing")
        if entry["previous_hash"] != walk.head.hash:
            raise Break(f"entry {seq} does not follow the entry before it")
        if group is not None and group[0] < seq:
            raise Break(f"rows are recorded for entry {group[0]}, which does not exist")
        rows = [_named(row) for row in group[1]] if group is not None and group[0] == seq else []
        if group is not None and group[0] == seq:
            group = next(groups, None)
        whole = len(rows) == entry["rows"] and all(row["position"] == n for n, row in enumerate(rows))
        if not whole or rows_digest(rows) != entry["rows_digest"]:
            raise Break(f"the rows recorded with entry {seq} ({entry['action']}) were altered")
        if entry_hash(walk.key, entry) != entry["hash"]:
            if seq == 1 and not any(entry_hash(walk.key, one) == one["hash"] for one in map(_named, links)):
                raise Break("no entry was written with the key of this instance: another key, or a forged trail")
            raise Break(f"entry {seq} ({entry['action']}) was altered")
        if (entry["action"], entry["outcome"]) == (ERASED, DONE):
            walk.erasures.add(entry["subject"])
        walk.head = Head(seq, entry["hash"])
        if seq == walk.kept.seq and not entry["hash"].startswith(walk.kept.hash):
            raise Break(f"entry {seq} is not the one that was the head: the trail was cut off before it")
    if group is not None:
        raise Break(f"rows are recorded for entry {group[0]}, which does not exist")
    if walk.head.seq < walk.kept.seq:
        raise Break(f"the trail ends with entry {walk.head.seq}, before the head {walk.kept.seq}: it was cut off")


def _compare_rows(session: Session, walk: _Walk) -> None:
    for table in _audited_tables():
        last = _last_states(session, table.name)
        with session.execute(select(table).execution_options(yield_per=1000)) as present:
            for found in present.mappings():
                row = _named(found)
                _compare_row(table, row, last)
                if table.name == PersonKey.__tablename__:
                    _require_erasure(row, walk.erasures)
                walk.rows += 1
        for key, state in last.items():
            if state is not None:
                raise Break(f"{table.name} {key} is gone although no deletion is recorded")


def _require_erasure(row: dict[str, Any], erasures: set[str]) -> None:
    """A key is destroyed only by an entry that says so, and that entry names the person."""
    erased = row["wrapped_key"] is None or row["match_index"] is None or row["erased_at"] is not None
    if erased and f"person {row['id']}" not in erasures:
        raise Break(f"person_keys {row['id']} is erased although no erasure is recorded")


def _compare_row(table: Table, row: dict[str, Any], last: dict[str, str | None]) -> None:
    """Compare one row with its last recorded state, and take that out of what is still expected."""
    key = row_key(table, row)
    if key not in last:
        raise Break(f"{table.name} {key} was never recorded as written")
    expected = last.pop(key)
    if expected is None:
        raise Break(f"{table.name} {key} exists although its deletion is recorded")
    if state_hash(table, row) != expected:
        raise Break(f"{table.name} {key} differs from its last recorded state")


def _last_states(session: Session, table_name: str) -> dict[str, str | None]:
    query = (
        select(AuditRow.row_key, AuditRow.state_hash)
        .where(AuditRow.table_name == table_name)
        .order_by(AuditRow.entry_seq, AuditRow.position)
        .execution_options(yield_per=5000)
    )
    return {row.row_key: row.state_hash for row in session.execute(query)}
