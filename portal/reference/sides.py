"""What one row of a source says, field by field as text, so that two of them can stand side by side."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.common.codes import mask_identity_number
from portal.common.people import People
from portal.reference.files import ListInput, RegistryInput
from portal.reference.records import ListEntryRow, RegistryRow

ADDED, CHANGED, REMOVED, ABSENT, BACK = "added", "changed", "removed", "absent", "back"
KINDS = (CHANGED, REMOVED, ADDED, ABSENT, BACK)
"""The kinds of difference, in the order in which they are listed."""

REGISTRY_FIELDS = (
    "name",
    "representative",
    "established",
    "company_type",
    "capital",
    "place",
    "status",
    "address",
    "business_scope",
)
LIST_FIELDS = (
    "name",
    "uscc",
    "person_name",
    "id_number",
    "list_type",
    "listed_on",
    "removed_on",
    "source",
)
IN_SHORT: Mapping[str, Sequence[str]] = {
    "registry": ("company_type", "place", "status", "address"),
    "lists": ("id_number", "list_type", "listed_on", "removed_on", "source"),
}
"""What tells a row apart, beside its name and code, where only one of two versions has it."""

Side = Mapping[str, str | None]
"""Field → what the source says; None where it says nothing."""


class Line(NamedTuple):
    """One field in which two versions differ. None: that side has no such row, or says nothing."""

    field: str
    before: str | None
    now: str | None


class Difference(NamedTuple):
    """One firm or entry that two versions of a source do not say the same of.

    `name` is None for a person whom the reader may not see, or who is erased; `year` is given for customs only.
    """

    kind: str
    name: str | None
    code: str | None
    lines: tuple[Line, ...]
    year: int | None = None


def registry_side(people: People, row: RegistryRow) -> Side:
    """A stored firm; its representative is None once erased."""
    fields: dict[str, str | None] = {
        name: getattr(row, name) for name in REGISTRY_FIELDS if name != "representative"
    }
    known: Mapping[str, str] = {}
    if row.representative_id is not None and row.representative_sealed is not None:
        known = people.read(row.representative_id, row.representative_sealed)
    return {**fields, "representative": known.get("name")}


def registry_input_side(row: RegistryInput) -> Side:
    """A firm of a file that is not imported yet."""
    return {name: getattr(row, name) for name in REGISTRY_FIELDS}


def entry_side(people: People, row: ListEntryRow, sees_people: bool) -> Side:
    """A stored list entry; identity numbers are always masked."""
    known: Mapping[str, str] = {}
    if sees_people and row.person_id is not None and row.person_sealed is not None:
        known = people.read(row.person_id, row.person_sealed)
    number = known.get("id_number")
    return {
        "name": row.name,
        "uscc": row.uscc,
        "person_name": known.get("name"),
        "id_number": mask_identity_number(number) if number else None,
        "list_type": row.list_type,
        "listed_on": row.listed_on.isoformat(),
        "removed_on": row.removed_on.isoformat() if row.removed_on else None,
        "source": row.source,
    }


def entry_input_side(row: ListInput, sees_people: bool) -> Side:
    """An entry of a file that is not imported yet."""
    return {
        "name": row.name,
        "uscc": row.uscc,
        "person_name": row.person_name if sees_people else None,
        "id_number": mask_identity_number(row.id_number) if sees_people and row.id_number else None,
        "list_type": row.list_type,
        "listed_on": row.listed_on.isoformat(),
        "removed_on": row.removed_on.isoformat() if row.removed_on else None,
        "source": row.source,
    }


def lines_between(source: str, before: Side | None, now: Side | None) -> tuple[Line, ...]:
    """The fields in which two sides differ; of a row that only one side has, one line that tells it in short."""
    if before is None or now is None:
        return (Line("record", _in_short(source, before), _in_short(source, now)),)
    fields = REGISTRY_FIELDS if source == "registry" else LIST_FIELDS
    return tuple(Line(field, before[field], now[field]) for field in fields if before[field] != now[field])


def _in_short(source: str, side: Side | None) -> str | None:
    if side is None:
        return None
    return " · ".join(text for field in IN_SHORT[source] if (text := side[field])) or None
