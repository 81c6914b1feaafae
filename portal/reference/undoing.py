"""Undoing the newest version of a source while no decision used it: as if its file had never been imported.

Its number is never given again, and what the version was stays readable. What the import did to the rows that
were there before stands in its entry of the audit trail, and exactly that is taken back.
"""

import json
from base64 import b64decode, b64encode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common import audit, clock, roles
from portal.common.audit import AuditEntry, AuditRow
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import CHUNK
from portal.common.roles import Actor
from portal.reference.records import (
    CustomsLine,
    CustomsYear,
    ListEntryRow,
    RegistryRow,
    SnapshotRow,
    SourceVersion,
)

IMPORTED, UNDONE = "reference.import", "reference.undo"  # actions of the trail
REASON_PLACE = "source_versions.undone_reason"
SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters
_MODELS: dict[str, type[SnapshotRow]] = {"registry_rows": RegistryRow, "list_entries": ListEntryRow}


class CannotUndo(Exception):
    """This version stays; `code` says why: `not_newest`, `decided`, `closed`; `count` how many are against it."""

    def __init__(self, code: str, count: int = 0) -> None:
        super().__init__(f"{code} {count}")
        self.code = code
        self.count = count


class ReasonNeeded(ValueError):
    """Undoing always has a reason of a few words."""


def why_not(session: Session, instance: Instance, version: SourceVersion) -> CannotUndo | None:
    """What keeps a version from being undone now, if anything does. One that is undone already is not asked about.

    Only the newest version of a source can be; not once a decision was made with it (screenings count), nor once a
    person closed a list entry because this version no longer has it.
    """
    newest = select(func.max(SourceVersion.number)).where(
        SourceVersion.source == version.source, SourceVersion.undone_at.is_(None)
    )
    if session.execute(newest).scalar() != version.number:
        return CannotUndo("not_newest")
    if instance.decisions_on is None:
        raise RuntimeError("nobody can say which decisions used a version: Instance.decisions_on is not set")
    if used := instance.decisions_on(session, version.source, version.number):
        return CannotUndo("decided", used)
    closed = select(func.count()).where(
        ListEntryRow.absent_version == version.id, ListEntryRow.closed_on.is_not(None)
    )
    if version.source == "lists" and (entries := session.execute(closed).scalar_one()):
        return CannotUndo("closed", entries)
    return None


def undo_version(instance: Instance, who: Actor, source: str, number: int, reason: str) -> bool:
    """Undo a version, in one transaction; False when it is undone already, and nothing happens then.

    Raises `LookupError` for a version that there is not, `CannotUndo`, and `ReasonNeeded`. Afterwards the version
    before it is the newest again, and the same file can be imported again, as a version with the next number.
    """
    roles.require(who, roles.UNDOES_VERSIONS, f"undo a version of {source}")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    with instance.database.locked() as session:
        query = select(SourceVersion).where(SourceVersion.source == source, SourceVersion.number == number)
        version = session.execute(query).scalar()
        if version is None:
            raise LookupError(f"there is no version {number} of {source}")
        if version.undone_at is not None:
            return False
        against = why_not(session, instance, version)
        if against is not None:
            raise against
        sealed = b64encode(instance.keys.seal_bytes(REASON_PLACE, reason.encode())).decode()
        with audit.audited(session, who, UNDONE, _subject(version), reason_sealed=sealed) as entry:
            entry.details["rows"] = _take_rows(session, version)
            _restore(session, version)
            version.undone_at = clock.now()
            version.undone_by = who.id
    return True


def reason_of(session: Session, keys: Keys, version: SourceVersion) -> str | None:
    """Why a version was undone; None for one that stands."""
    query = select(AuditEntry.details).where(
        AuditEntry.subject == _subject(version), AuditEntry.action == UNDONE, AuditEntry.outcome == audit.DONE
    )
    details = session.execute(query).scalars().first()
    if details is None:
        return None
    return keys.open_bytes(REASON_PLACE, b64decode(json.loads(details)["reason_sealed"])).decode()


def _subject(version: SourceVersion) -> str:
    return f"{version.source} version {version.number}"


def _take_rows(session: Session, version: SourceVersion) -> int:
    """Delete what the version itself brought; the trail keeps every row as it was. Gives how many those were."""
    models: tuple[type[RegistryRow] | type[ListEntryRow] | type[CustomsLine] | type[CustomsYear], ...] = (
        RegistryRow,
        ListEntryRow,
        CustomsLine,
        CustomsYear,
    )
    taken = 0
    for model in models:
        for row in session.execute(select(model).where(model.version_id == version.id)).scalars():
            session.delete(row)
            taken += 1
    session.flush()  # before the rows they replaced are current again: a firm has one current row
    return taken


def _restore(session: Session, version: SourceVersion) -> None:
    """Put back what the import changed of rows that were there before it, as the trail has it."""
    query = (
        select(AuditRow.table_name, AuditRow.row_key, AuditRow.before)
        .join(AuditEntry, AuditEntry.seq == AuditRow.entry_seq)
        .where(
            AuditEntry.action == IMPORTED,
            AuditEntry.subject == _subject(version),
            AuditRow.change == "update",
            AuditRow.table_name.in_(_MODELS),
        )
    )
    before: dict[str, dict[int, dict[str, int | None]]] = {}
    for table, key, values in session.execute(query):
        before.setdefault(table, {})[int(key)] = json.loads(values or "{}")
    for table, rows in before.items():
        model, ids = _MODELS[table], sorted(rows)
        for start in range(0, len(ids), CHUNK):
            found = select(model).where(model.id.in_(ids[start : start + CHUNK]))
            for row in session.execute(found).scalars():
                for column, value in rows[row.id].items():
                    setattr(row, column, value)
            session.flush()
