"""`audit verify`: walk the chain, and compare every audited row with its last recorded state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import RowMapping, Table, inspect, select
from sqlalchemy.orm import Session

from portal.common.audit import (
    GENESIS,
    AuditEntry,
    AuditRow,
    entry_hash,
    row_key,
    rows_digest,
    state_hash,
)
from portal.common.types import Base


@dataclass(frozen=True)
class AuditReport:
    """What was walked, and the first break in words, or none."""

    entries: int
    rows: int
    first_break: str | None


def verify_audit(session: Session) -> AuditReport:
    """Check the whole trail. Memory grows with the number of audited rows (a hash each), not their size."""
    entries, rows = 0, 0
    try:
        for entries in _walk_chain(session):  # noqa: B007 the last count is the result
            pass
        for rows in _compare_rows(session):  # noqa: B007
            pass
    except _Break as found:
        return AuditReport(entries, rows, str(found))
    return AuditReport(entries, rows, None)


class _Break(Exception):
    pass


def _named(row: RowMapping) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _walk_chain(session: Session) -> Iterator[int]:
    recorded = select(AuditRow.__table__).order_by(AuditRow.entry_seq, AuditRow.position)
    links = select(AuditEntry.__table__).order_by(AuditEntry.seq)
    # Closed also when a break ends the walk half-way: on PostgreSQL each result holds a cursor of the server.
    with (
        session.execute(recorded.execution_options(yield_per=2000)) as rows,
        session.execute(links.execution_options(yield_per=1000)) as entries,
    ):
        yield from _follow(entries.mappings(), rows.mappings())


def _follow(links: Iterable[RowMapping], recorded: Iterable[RowMapping]) -> Iterator[int]:
    groups = groupby(recorded, key=lambda row: int(row["entry_seq"]))
    group = next(groups, None)
    count, previous, expected_seq = 0, GENESIS, 1
    for link in links:
        entry = _named(link)
        seq = entry["seq"]
        if seq != expected_seq:
            raise _Break(f"entry {expected_seq} is missing")
        if entry["previous_hash"] != previous:
            raise _Break(f"entry {seq} does not follow the entry before it")
        if group is not None and group[0] < seq:
            raise _Break(f"rows are recorded for entry {group[0]}, which does not exist")
        rows = [_named(row) for row in group[1]] if group is not None and group[0] == seq else []
        if group is not None and group[0] == seq:
            group = next(groups, None)
        whole = len(rows) == entry["rows"] and all(row["position"] == n for n, row in enumerate(rows))
        if not whole or rows_digest(rows) != entry["rows_digest"]:
            raise _Break(f"the rows recorded with entry {seq} ({entry['action']}) were altered")
        if entry_hash(entry) != entry["hash"]:
            raise _Break(f"entry {seq} ({entry['action']}) was altered")
        previous, expected_seq, count = entry["hash"], seq + 1, count + 1
        yield count
    if group is not None:
        raise _Break(f"rows are recorded for entry {group[0]}, which does not exist")


def _compare_rows(session: Session) -> Iterator[int]:
    count = 0
    for mapper in sorted(Base.registry.mappers, key=lambda m: str(m.local_table)):
        if not mapper.class_.__audited__:
            continue
        table = inspect(mapper.class_).local_table
        assert isinstance(table, Table)
        last = _last_states(session, table.name)
        with session.execute(select(table).execution_options(yield_per=1000)) as present:
            for found in present.mappings():
                _compare_row(table, _named(found), last)
                count += 1
                yield count
        for key, state in last.items():
            if state is not None:
                raise _Break(f"{table.name} {key} is gone although no deletion is recorded")


def _compare_row(table: Table, row: dict[str, Any], last: dict[str, str | None]) -> None:
    """Compare one row with its last recorded state, and take that out of what is still expected."""
    key = row_key(table, row)
    if key not in last:
        raise _Break(f"{table.name} {key} was never recorded as written")
    expected = last.pop(key)
    if expected is None:
        raise _Break(f"{table.name} {key} exists although its deletion is recorded")
    if state_hash(table, row) != expected:
        raise _Break(f"{table.name} {key} differs from its last recorded state")


def _last_states(session: Session, table_name: str) -> dict[str, str | None]:
    query = (
        select(AuditRow.row_key, AuditRow.state_hash)
        .where(AuditRow.table_name == table_name)
        .order_by(AuditRow.entry_seq, AuditRow.position)
        .execution_options(yield_per=5000)
    )
    return {row.row_key: row.state_hash for row in session.execute(query)}
