"""Taking in the public bodies' files: one transaction a file, the good rows in, the bad ones reported."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import AfterImport, Instance
from portal.common.keys import Keys
from portal.common.people import People, PersonErased
from portal.common.rejected import RejectedRow, write_rejected
from portal.common.roles import Actor
from portal.reference.compare import (
    Comparison,
    CustomsComparison,
    compare_customs,
    compare_lists,
    compare_registry,
    newest_customs_versions,
)
from portal.reference.files import Reading, read_customs, read_lists, read_registry
from portal.reference.records import (
    CustomsYear,
    ListEntryRow,
    RegistryRow,
    RejectedSheet,
    SnapshotRow,
    SourceVersion,
    Upload,
)
from portal.reference.store import mark, put_customs, put_lists, put_registry

SOURCES = ("registry", "customs", "lists")
READERS: dict[str, Callable[[bytes], Reading[Any]]] = {
    "registry": read_registry,
    "customs": read_customs,
    "lists": read_lists,
}
SNAPSHOT_TABLES: dict[str, type[SnapshotRow]] = {"registry": RegistryRow, "lists": ListEntryRow}
REASON_PLACE = "list_entries.closed_reason_sealed"
KEEP_REJECTED_DAYS = 90
UPLOAD_PLACE = "uploads.sealed"
REJECTED_PLACE = "rejected_sheets.sealed"
UPLOAD_GONE = "reference.upload_gone"


@dataclass(frozen=True)
class Counts:
    """The counts of one import; `absent` are rows known before that the snapshot no longer has."""

    read: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    absent: int = 0


class Compared(NamedTuple):
    """A file beside what is stored, whichever source it is of."""

    counts: Counts
    years: tuple[int, ...]
    snapshot: Comparison[Any] | None
    customs: CustomsComparison | None


@dataclass
class ImportResult:
    """What an import did, or in a dry run would do."""

    source: str
    counts: Counts
    version: int | None  # the number of the version made, if one was
    rejected: list[RejectedRow] = field(default_factory=list)
    headings: Sequence[str] = ()
    same_file_again: bool = False
    years: tuple[int, ...] = ()
    compared: Compared | None = None  # of a preview: what it would change, row by row
    followed: AfterImport = field(
        default_factory=AfterImport
    )  # what came of it for applications and insured firms

    def rejected_sheet(self) -> bytes:
        """The workbook that repeats the rejected rows with their reasons, in both languages."""
        return rejected_workbook(self.headings, self.rejected)


def rejected_workbook(headings: Sequence[str], rejected: Sequence[RejectedRow]) -> bytes:
    """The workbook of rejected rows as bytes."""
    out = BytesIO()
    write_rejected(out, headings, rejected)
    return out.getvalue()


class NoSuchUpload(Exception):
    """The uploaded file is gone: confirmed already, dropped, or a day old."""


def preview_source(instance: Instance, source: str, data: bytes, file_name: str) -> ImportResult:
    """What importing this file would do now. Reads only. Raises `WorkbookRefused` for an unreadable file."""
    reading = READERS[source](data)
    with instance.database.reading() as session:
        same = _same_file_again(session, source, data)
        compared = _compared(session, instance.keys, source, reading)
    return ImportResult(
        source,
        _all_unchanged(reading) if same else compared.counts,
        None,
        reading.rejected,
        reading.headings,
        same,
        compared.years,
        compared,
    )


def import_source(
    instance: Instance,
    who: Actor,
    source: str,
    data: bytes,
    file_name: str,
    afterwards: Callable[[Session, Actor, int], AfterImport] | None = None,
) -> ImportResult:
    """Import a file as a new version of its source, in one transaction; the same file again changes nothing.

    `afterwards` runs in the same transaction once the version (its id) stands: whoever waits for the source is
    decided, whom it concerns is screened again. The policies that follow by themselves are issued after it.
    A file of which no row can be taken makes no version. Raises `WorkbookRefused`; nothing is imported then.
    """
    roles.require(who, roles.IMPORTS_SOURCES, f"import {source}")
    reading = READERS[source](data)
    # Made before the lock is taken: thousands of rejected rows take seconds, and nobody else need wait for them.
    sheet = _sealed_sheet(instance.keys, reading)
    with instance.database.locked() as session:
        if _same_file_again(session, source, data):
            return ImportResult(source, _all_unchanged(reading), None, reading.rejected, reading.headings, True)
        compared = _compared(session, instance.keys, source, reading)
        result = ImportResult(
            source, compared.counts, None, reading.rejected, reading.headings, False, compared.years
        )
        if not reading.accepted:
            return result
        with audit.audited(session, who, "reference.import") as entry:
            version = _new_version(session, who, source, data, file_name, compared.counts)
            entry.subject = f"{source} version {version.number}"
            entry.details = {"file_sha256": version.file_sha256, **vars(compared.counts)}
            if source == "customs":
                put_customs(session, version.id, reading.accepted, compared.years)
            else:
                assert compared.snapshot is not None
                mark(session, SNAPSHOT_TABLES[source], compared.snapshot, version.id)
                put = put_registry if source == "registry" else put_lists
                put(session, People(session, instance.keys), version.id, compared.snapshot)
            _drop_old_sheets(session)
            if sheet is not None:
                session.add(RejectedSheet(version_id=version.id, sealed=sheet))
            result.version = version.number
        if afterwards is not None:
            result.followed = afterwards(session, who, version.id)
    if instance.issue_at_once is not None:
        for number in result.followed.issue:
            instance.issue_at_once(number)
    return result


def upload_source(instance: Instance, who: Actor, source: str, data: bytes, file_name: str) -> str:
    """Keep a file, sealed, between its preview and the confirmation; gives the id to confirm with."""
    roles.require(who, roles.IMPORTS_SOURCES, f"import {source}")
    upload_id = str(ULID())
    digest = sha256(data).hexdigest()
    with audit.write(instance.database, who, "reference.upload", source, file_sha256=digest) as session:
        yesterday = clock.now().timestamp() - 24 * 3600
        for old in session.execute(select(Upload)).scalars():
            if old.uploaded_at.timestamp() < yesterday:
                session.delete(old)
        session.add(
            Upload(
                id=upload_id,
                source=source,
                file_name=file_name[:200],
                file_sha256=digest,
                sealed=instance.keys.seal_bytes(UPLOAD_PLACE, data),
                uploaded_by=who.id,
                uploaded_at=clock.now(),
            )
        )
    return upload_id


def uploaded(
    instance: Instance, who: Actor, upload_id: str, of: Sequence[str] = SOURCES
) -> tuple[str, str, bytes]:
    """Source, name and content of one's own upload of these sources; raises `NoSuchUpload`."""
    with instance.database.reading() as session:
        upload = session.get(Upload, upload_id)
        if upload is None or upload.uploaded_by != who.id or upload.source not in of:
            raise NoSuchUpload(upload_id)
        return upload.source, upload.file_name, instance.keys.open_bytes(UPLOAD_PLACE, upload.sealed)


def confirm_upload(instance: Instance, who: Actor, upload_id: str) -> ImportResult:
    """Import one's own upload and take it away. Raises `NoSuchUpload` for one that is gone already.

    Should two confirmations meet, the later one finds the same file again and changes nothing.
    """
    source, file_name, data = uploaded(instance, who, upload_id)
    result = import_source(instance, who, source, data, file_name, instance.after_import)
    if result.version is not None or result.same_file_again:
        _take_away(instance, who, upload_id, source=source, imported=True)
    return result


def drop_upload(instance: Instance, who: Actor, upload_id: str) -> None:
    """Take an upload away instead of importing it; one that is gone already is no error."""
    roles.require(who, roles.IMPORTS_SOURCES, "drop an upload")
    _take_away(instance, who, upload_id, imported=False)


def _take_away(instance: Instance, who: Actor, upload_id: str, **details: object) -> None:
    with audit.write(instance.database, who, UPLOAD_GONE, upload_id, **details) as session:
        session.execute(delete(Upload).where(Upload.id == upload_id, Upload.uploaded_by == who.id))


def close_entry(instance: Instance, who: Actor, entry_id: int, reason: str) -> bool:
    """Close a list entry that the newest snapshot no longer has; until then it stays in force.

    Gives False when it is closed already. Raises `LookupError` unless the entry is current and absent.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "close a list entry")
    with audit.write(instance.database, who, "reference.close_entry", f"list entry {entry_id}") as session:
        entry = session.get(ListEntryRow, entry_id)
        if entry is None or entry.replaced_version is not None or entry.absent_version is None:
            raise LookupError(f"list entry {entry_id} is not one that awaits closing")
        if entry.closed_on is not None:
            return False
        entry.closed_on = clock.today()
        entry.closed_by = who.id
        entry.closed_reason_sealed = _seal_reason(session, instance, entry, reason)
    return True


def _seal_reason(session: Session, instance: Instance, entry: ListEntryRow, reason: str) -> str:
    """Sealed under the key of the person it speaks of, so that erasing them reaches it; else the instance's."""
    if entry.person_id is not None:
        return People(session, instance.keys).sealer(entry.person_id).seal("reason", reason)
    return b64encode(instance.keys.seal_bytes(REASON_PLACE, reason.encode())).decode()


def closing_reason(people: People, entry: ListEntryRow) -> str:
    """Why an entry was closed; nothing for one that is open, or whose person is erased."""
    if entry.closed_reason_sealed is None:
        return ""
    if entry.person_id is None:
        return people.keys.open_bytes(REASON_PLACE, b64decode(entry.closed_reason_sealed)).decode()
    try:
        return people.sealer(entry.person_id).open("reason", entry.closed_reason_sealed)
    except PersonErased:
        return ""


def rejected_sheet_of(instance: Instance, version_id: int) -> bytes | None:
    """The stored workbook of a version's rejected rows, or None if it rejected none."""
    with instance.database.reading() as session:
        sheet = session.get(RejectedSheet, version_id)
        return None if sheet is None else instance.keys.open_bytes(REJECTED_PLACE, sheet.sealed)


def _drop_old_sheets(session: Session) -> None:
    """Sheets of rejected rows repeat people's numbers under the instance's key: they go after a while."""
    before = clock.now() - timedelta(days=KEEP_REJECTED_DAYS)
    query = (
        select(RejectedSheet)
        .join(SourceVersion, SourceVersion.id == RejectedSheet.version_id)
        .where(SourceVersion.imported_at < before)
    )
    for old in session.execute(query).scalars():
        session.delete(old)


def _sealed_sheet(keys: Keys, reading: Reading[Any]) -> bytes | None:
    if not (reading.rejected and reading.accepted):
        return None
    return keys.seal_bytes(REJECTED_PLACE, rejected_workbook(reading.headings, reading.rejected))


def _all_unchanged(reading: Reading[Any]) -> Counts:
    return Counts(reading.read, 0, 0, len(reading.accepted), len(reading.rejected))


def _same_file_again(session: Session, source: str, data: bytes) -> bool:
    """Whether taking this file would only repeat what holds: it is the newest version already.

    A customs file is that for its own years: a file of other years that came in between changes nothing.
    """
    standing = select(SourceVersion).where(SourceVersion.source == source, SourceVersion.undone_at.is_(None))
    query = standing.order_by(SourceVersion.number.desc())
    digest = sha256(data).hexdigest()
    if source != "customs":
        newest = session.execute(query.limit(1)).scalar()
        return newest is not None and newest.file_sha256 == digest
    before = session.execute(query.where(SourceVersion.file_sha256 == digest).limit(1)).scalar()
    if before is None:
        return False
    years = session.execute(select(CustomsYear.year).where(CustomsYear.version_id == before.id)).scalars().all()
    return set(newest_customs_versions(session, years).values()) == {before.id}


def _compared(session: Session, keys: Keys, source: str, reading: Reading[Any]) -> Compared:
    customs: CustomsComparison | None = None
    if source == "customs":
        customs = compare_customs(session, reading.accepted)
        found = (customs.added, customs.changed, customs.unchanged, customs.absent)
        years, snapshot = customs.years, None
    else:
        # An entry of the lists has no key without all its columns; one that is absent stays in force anyway.
        snapshot = (
            compare_registry(session, keys, reading.accepted, reading.named)
            if source == "registry"
            else compare_lists(session, keys, reading.accepted)
        )
        found = (
            len(snapshot.added),
            len(snapshot.changed),
            snapshot.unchanged,
            len(snapshot.absent),
        )
        years = ()
    added, changed, unchanged, absent = found
    counts = Counts(reading.read, added, changed, unchanged, len(reading.rejected), absent)
    return Compared(counts, years, snapshot, customs)


def _new_version(
    session: Session, who: Actor, source: str, data: bytes, file_name: str, counts: Counts
) -> SourceVersion:
    last_id = session.execute(select(func.max(SourceVersion.id))).scalar() or 0
    of_source = select(func.max(SourceVersion.number)).where(SourceVersion.source == source)
    version = SourceVersion(
        id=last_id + 1,
        source=source,
        number=(session.execute(of_source).scalar() or 0) + 1,
        file_name=file_name[:200],
        file_sha256=sha256(data).hexdigest(),
        imported_at=clock.now(),
        imported_by=who.id,
        **vars(counts),
    )
    session.add(version)
    session.flush()
    return version
