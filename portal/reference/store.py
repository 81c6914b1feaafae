"""Writing a version's rows: what it adds, what it replaces, what it no longer has. Called under the lock."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common import audit
from portal.common.keys import Keys
from portal.common.people import CHUNK, People
from portal.reference.compare import Comparison, list_key_index
from portal.reference.files import CustomsInput, ListInput, RegistryInput, list_key
from portal.reference.records import CustomsLine, CustomsYear, ListEntryRow, RegistryRow, SnapshotRow
from portal.scheme.id_numbers import is_valid_identity_number
from portal.scheme.names import name_key, person_key


def mark(
    session: Session,
    model: type[SnapshotRow],
    comparison: Comparison[Any],
    version_id: int,
) -> None:
    """Say of stored rows that this version replaced them, no longer has them, or has them again."""
    replaced = {row_id for row_id, _row in comparison.changed}
    absent, back = set(comparison.absent), set(comparison.back)
    wanted = sorted(replaced | absent | back)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        for row in session.execute(select(model).where(model.id.in_(part))).scalars():
            if row.id in replaced:
                row.replaced_version = version_id
            elif row.id in absent:
                row.absent_version = version_id
            else:
                row.absent_version = None
        session.flush()


def _next_id(session: Session, model: type[SnapshotRow] | type[CustomsLine]) -> int:
    return (session.execute(select(func.max(model.id))).scalar() or 0) + 1


def put_registry(session: Session, people: People, version_id: int, comparison: Comparison[RegistryInput]) -> None:
    """Insert the new and the changed firms of a registry snapshot, its representatives sealed."""
    rows = comparison.added + [row for _old, row in comparison.changed]

    def match(row: RegistryInput) -> str:
        return people.match("registry", f"{row.uscc}\x1f{person_key(row.representative or '')}")

    sealers = people.get_or_make(match(row) for row in rows if row.representative)
    first = _next_id(session, RegistryRow)
    values = []
    for number, row in enumerate(rows):
        sealer = sealers[match(row)] if row.representative else None
        columns = row._asdict()
        columns.pop("representative")
        values.append(
            {
                "id": first + number,
                **columns,
                "name_key": name_key(row.name),
                "representative_id": sealer.person_id if sealer else None,
                "representative_sealed": sealer.seal_fields({"name": row.representative}) if sealer else None,
                "content_index": comparison.indexes[id(row)],
                "version_id": version_id,
                "replaced_version": None,
                "absent_version": None,
            }
        )
    audit.insert_many(session, RegistryRow, values)


def put_customs(session: Session, version_id: int, rows: list[CustomsInput], years: tuple[int, ...]) -> None:
    """Insert the lines of a customs file, amounts in cents of USD, and the years that it is complete for."""
    session.add_all([CustomsYear(version_id=version_id, year=year) for year in years])
    session.flush()
    first = _next_id(session, CustomsLine)
    values = [
        {"id": first + number, "version_id": version_id, "currency": "USD", **row._asdict()}
        for number, row in enumerate(rows)
    ]
    audit.insert_many(session, CustomsLine, values)


def put_lists(session: Session, people: People, version_id: int, comparison: Comparison[ListInput]) -> None:
    """Insert the new and the changed entries of a snapshot of the lists, its people sealed."""
    rows = comparison.added + [row for _old, row in comparison.changed]

    def match(row: ListInput) -> str:
        if row.id_number and is_valid_identity_number(row.id_number):
            return people.match("identity", row.id_number)
        return people.match("lists", list_key(row))

    sealers = people.get_or_make(match(row) for row in rows if row.person_name)
    first = _next_id(session, ListEntryRow)
    values = []
    for number, row in enumerate(rows):
        sealer = sealers[match(row)] if row.person_name else None
        full_number = row.id_number if row.id_number and is_valid_identity_number(row.id_number) else None
        values.append(
            {
                "id": first + number,
                "key_index": list_key_index(people.keys, row),
                "content_index": comparison.indexes[id(row)],
                "name": row.name,
                "name_key": name_key(row.name) if row.name else None,
                "uscc": row.uscc,
                "person_id": sealer.person_id if sealer else None,
                "person_sealed": sealer.seal_fields({"name": row.person_name, "id_number": row.id_number})
                if sealer
                else None,
                "person_name_index": person_name_index(people.keys, row.person_name) if row.person_name else None,
                "id_number_index": people.keys.index_of("id_number", full_number) if full_number else None,
                "list_type": row.list_type,
                "listed_on": row.listed_on,
                "removed_on": row.removed_on,
                "source": row.source,
                "version_id": version_id,
                "replaced_version": None,
                "absent_version": None,
                "closed_on": None,
                "closed_by": None,
                "closed_reason_sealed": None,
            }
        )
    audit.insert_many(session, ListEntryRow, values)


def person_name_index(keys: Keys, name: str) -> str:
    """The keyed index under which list entries of people of this name are found."""
    return keys.index_of("person_name", person_key(name))
