"""What a new file means beside what is stored: added, changed, unchanged, absent. Nothing is written here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common.audit import canonical_json
from portal.common.keys import Keys
from portal.reference.customs_differences import CustomsFound, Total, differing, totals_of
from portal.reference.files import CustomsInput, ListInput, RegistryInput, list_key
from portal.reference.records import CustomsYear, ListEntryRow, RegistryRow
from portal.reference.sides import ABSENT, ADDED, CHANGED

Input = TypeVar("Input")


@dataclass
class Comparison(Generic[Input]):
    """A snapshot compared: rows to add, rows that replace a stored one, and what to mark."""

    added: list[Input] = field(default_factory=list)
    changed: list[tuple[int, Input]] = field(default_factory=list)  # the id of the row replaced
    unchanged: int = 0
    absent: list[int] = field(default_factory=list)  # newly absent from the snapshot
    back: list[int] = field(default_factory=list)  # was absent, stands in this one unchanged
    indexes: dict[int, str] = field(default_factory=dict)  # id(input) → content index


def _compare(
    stored: dict[str, tuple[int, str, bool]],
    incoming: Iterable[tuple[str, str, Input]],
    named: Collection[str] = (),
) -> Comparison[Input]:
    """`stored`: key → (row id, content index, absent); `incoming`: key, content index, row.

    Keys that only a rejected row names are in the snapshot all the same: they stay as they are.
    """
    result: Comparison[Input] = Comparison()
    left = dict(stored)
    for key, content, row in incoming:
        result.indexes[id(row)] = content
        before = left.pop(key, None)
        if before is None:
            result.added.append(row)
        elif before[1] != content:
            result.changed.append((before[0], row))
        else:
            result.unchanged += 1
            if before[2]:
                result.back.append(before[0])
    result.absent = [row_id for key, (row_id, _content, absent) in left.items() if not absent and key not in named]
    return result


def compare_registry(
    session: Session, keys: Keys, rows: list[RegistryInput], named: Collection[str] = ()
) -> Comparison[RegistryInput]:
    """Compare a registry snapshot with the current rows, by USCC."""
    query = select(RegistryRow.uscc, RegistryRow.id, RegistryRow.content_index, RegistryRow.absent_version).where(
        RegistryRow.replaced_version.is_(None)
    )
    stored = {uscc: (n, content, absent is not None) for uscc, n, content, absent in session.execute(query)}
    return _compare(
        stored, ((row.uscc, keys.index_of("registry.content", canonical_json(row)), row) for row in rows), named
    )


def list_key_index(keys: Keys, entry: ListInput) -> str:
    """The keyed index of a list entry's key; the key itself holds names and numbers of people."""
    return keys.index_of("lists.key", list_key(entry))


def compare_lists(session: Session, keys: Keys, rows: list[ListInput]) -> Comparison[ListInput]:
    """Compare a snapshot of the lists with the current entries; a filled-in 移出日期 is a change.

    An entry that a person closed and that stands in the lists again is a change too: it is in force again.
    """
    query = select(
        ListEntryRow.key_index,
        ListEntryRow.id,
        ListEntryRow.content_index,
        ListEntryRow.absent_version,
        ListEntryRow.closed_on,
    ).where(ListEntryRow.replaced_version.is_(None))
    stored = {
        key: (n, content if closed_on is None else "", absent is not None)
        for key, n, content, absent, closed_on in session.execute(query)
    }

    def content(row: ListInput) -> str:
        removed = row.removed_on.isoformat() if row.removed_on else ""
        return keys.index_of("lists.content", f"{removed}\x1f{row.source or ''}")

    return _compare(stored, ((list_key_index(keys, row), content(row), row) for row in rows))


def newest_customs_versions(session: Session, years: Iterable[int] | None = None) -> dict[int, int]:
    """For each year that any customs version contains, the id of the newest version that does."""
    query = select(CustomsYear.year, func.max(CustomsYear.version_id)).group_by(CustomsYear.year)
    if years is not None:
        query = query.where(CustomsYear.year.in_(list(years)))
    return dict(session.execute(query).all())


@dataclass
class CustomsComparison:
    """Lines counted by whether their firm's total of the year is new, changed or as before."""

    years: tuple[int, ...]
    added: int
    changed: int
    unchanged: int
    absent: int  # firms with a total before and none now
    found: list[CustomsFound]  # every firm and year of which the file says something else than what holds


def compare_customs(session: Session, rows: list[CustomsInput]) -> CustomsComparison:
    """Compare a customs file with the totals it replaces, by USCC and year."""
    totals: dict[tuple[str, int], Total] = {}
    for row in rows:
        known = totals.get((row.uscc, row.year), Total(0, 0, None))
        totals[row.uscc, row.year] = Total(known.minor + row.amount_minor, known.lines + 1, row.name or known.name)
    years = tuple(sorted({row.year for row in rows}))
    before = totals_of(session, newest_customs_versions(session, years))
    found = differing(before, totals)
    lines = {
        kind: sum(one.now.lines for one in found if one.kind == kind and one.now) for kind in (ADDED, CHANGED)
    }
    absent = sum(one.kind == ABSENT for one in found)
    return CustomsComparison(
        years, lines[ADDED], lines[CHANGED], len(rows) - lines[ADDED] - lines[CHANGED], absent, found
    )
