"""What the pages of sources read."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.common.audit import AuditEntry
from portal.common.codes import mask_identity_number
from portal.common.people import People
from portal.reference.actions import UPLOAD_GONE
from portal.reference.compare import newest_customs_versions
from portal.reference.records import (
    CustomsLine,
    CustomsYear,
    ListEntryRow,
    RegistryRow,
    RejectedSheet,
    SnapshotRow,
    SourceVersion,
)
from portal.reference.store import person_name_index
from portal.reference.undoing import IMPORTED
from portal.scheme.names import uscc_key

PER_PAGE = 20
SCREENED = "applications.screen"  # of each entry about somebody screened again; details: version, states, task


@dataclass(frozen=True)
class Page:
    """One page of rows, and how many there are in all."""

    rows: list[Any]
    total: int
    number: int


@dataclass(frozen=True)
class AbsentEntry:
    """A list entry absent from the newest snapshot; its person's name opened, the number always masked."""

    row: ListEntryRow
    person_name: str | None
    masked_number: str | None
    missing_since: SourceVersion


@dataclass(frozen=True)
class AbsentFirm:
    """A firm whose registry record is absent from the newest snapshot."""

    row: RegistryRow
    missing_since: SourceVersion


def clamped(page: int, total: int, per_page: int = PER_PAGE) -> int:
    """The page asked for, or the nearest one that there is."""
    return max(1, min(page, -(-total // per_page)))


def newest_versions(session: Session) -> dict[str, SourceVersion]:
    """The newest version of each source that has one; what was undone is none."""
    standing = select(SourceVersion.source, func.max(SourceVersion.number)).where(
        SourceVersion.undone_at.is_(None)
    )
    newest = standing.group_by(SourceVersion.source)
    wanted = [
        (SourceVersion.source == source) & (SourceVersion.number == number)
        for source, number in session.execute(newest)
    ]
    if not wanted:
        return {}
    found = session.execute(select(SourceVersion).where(or_(*wanted))).scalars()
    return {version.source: version for version in found}


def customs_years(session: Session) -> list[tuple[int, SourceVersion]]:
    """Every year that customs files contain, newest first, with the version that counts for it."""
    newest = newest_customs_versions(session)
    query = select(SourceVersion).where(SourceVersion.id.in_(set(newest.values())))
    versions = {version.id: version for version in session.execute(query).scalars()}
    return [(year, versions[newest[year]]) for year in sorted(newest, reverse=True)]


def years_of(session: Session, version_ids: list[int]) -> dict[int, list[int]]:
    """The years that each of these customs versions contains."""
    query = select(CustomsYear).where(CustomsYear.version_id.in_(version_ids)).order_by(CustomsYear.year)
    found: dict[int, list[int]] = {}
    for row in session.execute(query).scalars():
        found.setdefault(row.version_id, []).append(row.year)
    return found


def versions_page(session: Session, source: str, page: int) -> Page:
    """The versions of a source, newest first."""
    query = select(SourceVersion).where(SourceVersion.source == source)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = clamped(page, total)
    shown = query.order_by(SourceVersion.number.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return Page(list(session.execute(shown).scalars()), total, page)


def version_of(session: Session, source: str, number: int) -> SourceVersion | None:
    """One version by its number within its source."""
    query = select(SourceVersion).where(SourceVersion.source == source, SourceVersion.number == number)
    return session.execute(query).scalar()


def standing_versions(session: Session, source: str) -> list[SourceVersion]:
    """The versions of a source that were not undone, newest first."""
    query = select(SourceVersion).where(SourceVersion.source == source, SourceVersion.undone_at.is_(None))
    return list(session.execute(query.order_by(SourceVersion.number.desc())).scalars())


def newest_two(session: Session, source: str) -> tuple[int, int] | None:
    """The numbers of the newest version and of the one before it, older first; None where there are not two."""
    found = standing_versions(session, source)[:2]
    return (found[1].number, found[0].number) if len(found) == 2 else None


def version_before(session: Session, version: SourceVersion) -> SourceVersion | None:
    """The version that held before this one; what was undone never held for long enough to count."""
    query = select(SourceVersion).where(
        SourceVersion.source == version.source,
        SourceVersion.number < version.number,
        SourceVersion.undone_at.is_(None),
    )
    return session.execute(query.order_by(SourceVersion.number.desc()).limit(1)).scalar()


class Affected(NamedTuple):
    """Whom a version concerned, by subject as the trail names it: who waited, and of whom a task was opened."""

    waiting: tuple[str, ...]
    insured: tuple[str, ...]


def affected_by(session: Session, version: SourceVersion) -> Affected:
    """The numbers of the applications that were screened again because of a version, as the trail has them.

    They stand right after the entry of its import and before that of the next one.
    """
    imports = select(AuditEntry.seq, AuditEntry.subject).where(AuditEntry.action == IMPORTED)
    entries = session.execute(imports.order_by(AuditEntry.seq)).all()
    subject = f"{version.source} version {version.number}"
    place = next((n for n, entry in enumerate(entries) if entry.subject == subject), None)
    if place is None:
        return Affected((), ())
    query = select(AuditEntry.subject, AuditEntry.details).where(
        AuditEntry.action == SCREENED, AuditEntry.seq > entries[place].seq
    )
    if place + 1 < len(entries):
        query = query.where(AuditEntry.seq < entries[place + 1].seq)
    found: dict[bool, list[str]] = {True: [], False: []}
    for of, details in session.execute(query.order_by(AuditEntry.seq)):
        known = json.loads(details)
        if known.get("source_version") == version.id:
            found["task" in known].append(of.removeprefix("application "))
    return Affected(tuple(found[False]), tuple(found[True]))


def has_rejected_sheet(session: Session, version_id: int) -> bool:
    """Whether a version keeps a workbook of the rows it rejected."""
    query = select(RejectedSheet.version_id).where(RejectedSheet.version_id == version_id)
    return session.execute(query).scalar() is not None


def imported_source(session: Session, upload_id: str) -> str | None:
    """Into which source an upload that is gone was imported; None if it never was, or never was there."""
    query = select(AuditEntry.details).where(AuditEntry.subject == upload_id, AuditEntry.action == UPLOAD_GONE)
    for details in session.execute(query).scalars():
        known = json.loads(details)
        if known.get("imported"):
            return str(known["source"])
    return None


def known_before(session: Session, source: str, years: tuple[int, ...]) -> int:
    """How many firms or entries a new file of this source is held against; for customs those of its years."""
    if source == "customs":
        newest = newest_customs_versions(session, years)
        counted = [
            (CustomsLine.version_id == version) & (CustomsLine.year == year) for year, version in newest.items()
        ]
        if not counted:
            return 0
        lines = select(CustomsLine.uscc, CustomsLine.year).where(or_(*counted)).distinct().subquery()
        return session.execute(select(func.count()).select_from(lines)).scalar_one()
    model: type[SnapshotRow] = RegistryRow if source == "registry" else ListEntryRow
    query = select(func.count()).select_from(model)
    return session.execute(
        query.where(model.replaced_version.is_(None), model.absent_version.is_(None))
    ).scalar_one()


def absent_counts(session: Session) -> tuple[int, int]:
    """How many firms and how many list entries are absent from the newest snapshots and await a person."""
    firms = select(func.count()).select_from(RegistryRow).where(*_absent(RegistryRow))
    entries = select(func.count()).select_from(ListEntryRow).where(*_absent_entry())
    return session.execute(firms).scalar_one(), session.execute(entries).scalar_one()


def absent_firms(session: Session, text: str, page: int) -> Page:
    """Firms whose registry record is absent, by name, filtered by a part of the name or the code."""
    query = select(RegistryRow, SourceVersion).join(SourceVersion, SourceVersion.id == RegistryRow.absent_version)
    query = query.where(*_absent(RegistryRow))
    if text:
        query = query.where(_named(RegistryRow.name, RegistryRow.uscc, text))
    rows, total, page = _paged(session, query, (RegistryRow.name, RegistryRow.id), page)
    return Page([AbsentFirm(row, version) for row, version in rows], total, page)


def absent_entries(session: Session, people: People, text: str, page: int, by_person: bool) -> Page:
    """List entries absent from the newest snapshot that no person has closed, oldest first.

    Filtered by a part of a firm's name or code, or, `by_person`, by a person's whole name.
    """
    query = _entry_query().where(*_absent_entry())
    if text:
        fits = _named(ListEntryRow.name, ListEntryRow.uscc, text)
        if by_person:
            fits = or_(fits, ListEntryRow.person_name_index == person_name_index(people.keys, text))
        query = query.where(fits)
    rows, total, page = _paged(session, query, (ListEntryRow.id,), page)
    people.load(row.person_id for row, _version in rows if row.person_id)
    return Page([_opened(people, row, version) for row, version in rows], total, page)


def absent_entry(session: Session, people: People, entry_id: int) -> AbsentEntry | None:
    """One current list entry that is absent from the newest snapshot, closed or not."""
    query = _entry_query().where(
        ListEntryRow.id == entry_id,
        ListEntryRow.replaced_version.is_(None),
        ListEntryRow.absent_version.is_not(None),
    )
    found = session.execute(query).first()
    return None if found is None else _opened(people, found[0], found[1])


def _entry_query() -> Select[ListEntryRow, SourceVersion]:
    return select(ListEntryRow, SourceVersion).join(SourceVersion, SourceVersion.id == ListEntryRow.absent_version)


def _opened(people: People, row: ListEntryRow, version: SourceVersion) -> AbsentEntry:
    fields: dict[str, str] = {}
    if row.person_id is not None and row.person_sealed is not None:
        fields = people.read(row.person_id, row.person_sealed)
    number = fields.get("id_number")
    return AbsentEntry(row, fields.get("name"), mask_identity_number(number) if number else None, version)


def _absent(model: type[SnapshotRow]) -> tuple[ColumnElement[bool], ...]:
    return model.replaced_version.is_(None), model.absent_version.is_not(None)


def _absent_entry() -> tuple[ColumnElement[bool], ...]:
    return (*_absent(ListEntryRow), ListEntryRow.closed_on.is_(None))


def _named(name: Any, code: Any, text: str) -> ColumnElement[bool]:
    return or_(name.contains(text, autoescape=True), code.startswith(uscc_key(text), autoescape=True))


def _paged(
    session: Session, query: Select[*tuple[Any, ...]], order: tuple[Any, ...], page: int
) -> tuple[list[Any], int, int]:
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = clamped(page, total)
    shown = query.order_by(*order).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return list(session.execute(shown).all()), total, page
