"""What two versions of a source say differently, found with few queries however much there is.

A row stands in a version if it came with it or before it and was not replaced by then. Whether it was absent from
the snapshot is told by the audit trail: the row itself only knows how that is now.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.common.audit import AuditEntry, AuditRow
from portal.common.people import CHUNK, People
from portal.reference.compare import Comparison
from portal.reference.customs_differences import CustomsFound
from portal.reference.files import ListInput, RegistryInput
from portal.reference.records import ListEntryRow, RegistryRow, SourceVersion
from portal.reference.sides import (
    ABSENT,
    ADDED,
    BACK,
    CHANGED,
    REMOVED,
    Difference,
    Side,
    entry_input_side,
    entry_side,
    lines_between,
    registry_input_side,
    registry_side,
)
from portal.reference.undoing import IMPORTED

Model = type[RegistryRow] | type[ListEntryRow]
MODELS: dict[str, Model] = {"registry": RegistryRow, "lists": ListEntryRow}


class Found(NamedTuple):
    """One difference by the rows it lies between, and what it is looked for by; its text is read to be shown.

    `now` is a stored row's id, or a row of a file that is not imported yet.
    """

    kind: str
    before: int | None
    now: int | RegistryInput | ListInput | None
    name: str | None
    code: str | None
    person_index: str | None = None


class _Light(NamedTuple):
    """What of a stored row is needed to compare it."""

    id: int
    key: str
    name: str | None
    code: str | None
    content: str
    absent: int | None
    removed: Any = None
    person_index: str | None = None


def between(session: Session, older: SourceVersion, newer: SourceVersion) -> list[Found]:
    """Every difference of two versions of the registry or of the lists; both stand, `older` is the older one."""
    model = MODELS[older.source]
    came = [model.version_id > older.id, model.version_id <= newer.id]
    stood = or_(model.replaced_version.is_(None), model.replaced_version > newer.id)
    new = {row.key: row for row in _lights(session, model, *came, stood)}
    gone = [
        model.version_id <= older.id,
        model.replaced_version > older.id,
        model.replaced_version <= newer.id,
    ]
    old = {row.key: row for row in _lights(session, model, *gone)}
    history = _Absences(session, model, older, newer)
    found = [_found(history, old.get(key), row) or _unchanged(history, old[key], row) for key, row in new.items()]
    moved = sorted(history.moved_between() - {row.id for row in (*old.values(), *new.values())})
    for start in range(0, len(moved), CHUNK):
        # A row that came and was replaced between the two stands in neither of them.
        both = [model.id.in_(moved[start : start + CHUNK]), model.version_id <= older.id, stood]
        found += [_unchanged(history, row, row) for row in _lights(session, model, *both)]
    return [one for one in found if one is not None]


def _lights(session: Session, model: Model, *conditions: Any) -> Iterator[_Light]:
    columns: tuple[Any, ...] = (
        model.id,
        model.uscc,
        model.name,
        model.uscc,
        model.content_index,
        model.absent_version,
    )
    if model is ListEntryRow:
        columns = (
            ListEntryRow.id,
            ListEntryRow.key_index,
            ListEntryRow.name,
            ListEntryRow.uscc,
            ListEntryRow.content_index,
            ListEntryRow.absent_version,
            ListEntryRow.removed_on,
            ListEntryRow.person_name_index,
        )
    for row in session.execute(select(*columns).where(*conditions)):
        yield _Light(*row)


def _found(history: "_Absences", before: _Light | None, now: _Light) -> Found | None:
    """The difference between two rows of one key; None where only absence can tell."""
    if before is None and history.absent_after(now):  # it came and was left out again between the two
        return Found(ABSENT, now.id, now.id, now.name, now.code, now.person_index)
    if before is None:
        return Found(ADDED, None, now.id, now.name, now.code, now.person_index)
    if history.absent_before(before) or history.absent_after(now) or before.content == now.content:
        return None
    removed = before.removed is None and now.removed is not None
    return Found(REMOVED if removed else CHANGED, before.id, now.id, now.name, now.code, now.person_index)


def _unchanged(history: "_Absences", before: _Light, now: _Light) -> Found | None:
    """Whether a row of both versions is absent from one of them, or was until then."""
    was, is_now = history.absent_before(before), history.absent_after(now)
    if was == is_now:
        changed = before.content != now.content
        return Found(CHANGED, before.id, now.id, now.name, now.code, now.person_index) if changed else None
    return Found(ABSENT if is_now else BACK, before.id, now.id, now.name, now.code, now.person_index)


class _Absences:
    """When rows became absent from the snapshots or were there again, from the first of two versions on."""

    def __init__(self, session: Session, model: Model, older: SourceVersion, newer: SourceVersion) -> None:
        self.first, self.last = (_sequence_of(session, version) for version in (older, newer))
        query = (
            select(AuditRow.entry_seq, AuditRow.row_key, AuditRow.before)
            .where(
                AuditRow.table_name == model.__tablename__,
                AuditRow.entry_seq > self.first,
                AuditRow.change == "update",
                AuditRow.before.contains('"absent_version":'),
            )
            .order_by(AuditRow.entry_seq)
        )
        self.events: dict[int, list[tuple[int, bool]]] = {}
        for sequence, key, before in session.execute(query):
            was_absent = json.loads(before or "{}")["absent_version"] is not None
            self.events.setdefault(int(key), []).append((sequence, was_absent))

    def absent_before(self, row: _Light) -> bool:
        """Whether the row was absent when the older version was the newest."""
        return self._absent(row, self.first)

    def absent_after(self, row: _Light) -> bool:
        """Whether the row was absent when the newer version was the newest."""
        return self._absent(row, self.last)

    def moved_between(self) -> set[int]:
        """The rows of which this changed between the two versions."""
        return {key for key, events in self.events.items() if events[0][0] <= self.last}

    def _absent(self, row: _Light, sequence: int) -> bool:
        # What stood before the first change after that moment stood at that moment.
        after = (was for at, was in self.events.get(row.id, ()) if at > sequence)
        return next(after, row.absent is not None)


def _sequence_of(session: Session, version: SourceVersion) -> int:
    query = select(AuditEntry.seq).where(
        AuditEntry.subject == f"{version.source} version {version.number}", AuditEntry.action == IMPORTED
    )
    return session.execute(query).scalar_one()


def of_preview(session: Session, source: str, comparison: Comparison[Any]) -> list[Found]:
    """What an uploaded snapshot would change, and what it no longer has; new rows are only counted."""
    model = MODELS[source]
    index: dict[int, RegistryInput | ListInput] = dict(comparison.changed)
    ids = sorted({*index, *comparison.absent})
    found = []
    for start in range(0, len(ids), CHUNK):
        for row in _lights(session, model, model.id.in_(ids[start : start + CHUNK])):
            now = index.get(row.id)
            kind = ABSENT if now is None else CHANGED
            if isinstance(now, ListInput) and row.removed is None and now.removed_on is not None:
                kind = REMOVED
            found.append(Found(kind, row.id, now, row.name, row.code, row.person_index))
    return found


def shown(
    session: Session, people: People, source: str, found: Sequence[Found | CustomsFound], sees_people: bool
) -> Iterator[Difference]:
    """The differences in words, in their order; reads their rows in portions, so that many need little memory."""
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        rows = [one for one in part if isinstance(one, Found)]
        stored = _stored(session, people, source, rows, sees_people) if rows else {}
        for one in part:
            if isinstance(one, CustomsFound):
                yield one.shown()
            else:
                yield _shown(source, one, stored, sees_people)


def _stored(
    session: Session, people: People, source: str, found: Iterable[Found], sees_people: bool
) -> dict[int, Side]:
    wanted = sorted({row for one in found for row in (one.before, one.now) if isinstance(row, int)})
    sides: dict[int, Side] = {}
    for start in range(0, len(wanted), CHUNK):
        ids = wanted[start : start + CHUNK]
        if source == "registry":
            firms = session.execute(select(RegistryRow).where(RegistryRow.id.in_(ids))).scalars().all()
            people.load(row.representative_id for row in firms if row.representative_id)
            sides |= {row.id: registry_side(people, row) for row in firms}
        else:
            entries = session.execute(select(ListEntryRow).where(ListEntryRow.id.in_(ids))).scalars().all()
            people.load(row.person_id for row in entries if row.person_id)
            sides |= {row.id: entry_side(people, row, sees_people) for row in entries}
    return sides


def _shown(source: str, one: Found, stored: dict[int, Side], sees_people: bool) -> Difference:
    before = stored[one.before] if one.before is not None else None
    now = _now(one, stored, sees_people)
    named = now or before or {}
    name = named.get("name") or named.get("person_name")
    if one.kind == ABSENT:
        now = None
    elif one.kind == BACK and one.before == one.now:
        before = None
    return Difference(one.kind, name, one.code, lines_between(source, before, now))


def _now(one: Found, stored: dict[int, Side], sees_people: bool) -> Side | None:
    if isinstance(one.now, RegistryInput):
        return registry_input_side(one.now)
    if isinstance(one.now, ListInput):
        return entry_input_side(one.now, sees_people)
    return stored[one.now] if one.now is not None else None
