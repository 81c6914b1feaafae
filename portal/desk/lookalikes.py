"""Names that merely look alike: 华兴 and 华星 are two firms. A hint for the reviewer's eye, never for the rules.

The names of the registry and of the list entries in force are compared without city and legal form, since these
make any two firms of one city alike; what is left may differ by one character, or by two that swapped places.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, null, or_, select
from sqlalchemy.orm import Session

from portal.common.formats import mark_differences
from portal.common.people import CHUNK
from portal.reference.records import ListEntryRow, RegistryRow
from portal.scheme.county_cities import COUNTY_CITIES
from portal.scheme.names import name_key
from portal.scheme.places import CITIES, PROVINCES_ONLY

MOST_SHOWN = 5
_ENDS = ("股份有限公司", "有限公司", "公司", "集团", "经营部", "商行", "中心", "厂", "店")  # longer ones first
_PLACES = CITIES | PROVINCES_ONLY | frozenset(COUNTY_CITIES)
_LENGTHS: dict[str, tuple[int, ...]] = {  # the lengths of the places that begin with two characters, longest first
    head: tuple(sorted({len(place) for place in _PLACES if place[:2] == head}, reverse=True))
    for head in {place[:2] for place in _PLACES}
}


@dataclass(frozen=True)
class LookAlike:
    """A name that looks like the firm's: whose it is, and its differing characters marked."""

    marked: Markup
    uscc: str | None
    list_type: str | None  # of a list entry; None: a firm of the registry


def core_of(key: str) -> str:
    """A name key without the places it begins with and the legal form it ends with; whole if nothing is left."""
    core = key
    while lengths := _LENGTHS.get(core[:2]):
        length = next((n for n in lengths if core[:n] in _PLACES), 0)
        if not length:
            break
        core = core[length:]
    while core.endswith(_ENDS):
        core = core[: -len(next(end for end in _ENDS if core.endswith(end)))]
    return core or key


def looks_alike(one: str, other: str) -> bool:
    """Whether two texts differ by at most one character (another, one more or less) or by two swapped.

    Texts that share nothing else do not look alike.
    """
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(longer) - len(shorter) > 1:
        return False
    before = 0
    while before < len(shorter) and shorter[before] == longer[before]:
        before += 1
    after = 0
    while after < len(shorter) - before and shorter[-1 - after] == longer[-1 - after]:
        after += 1
    between, other_between = longer[before : len(longer) - after], shorter[before : len(shorter) - after]
    swapped = len(between) == 2 and between == other_between[::-1]
    return bool(before + after) and (len(between) <= 1 or swapped)


def look_alikes(session: Session, name: str, uscc: str, on: date) -> list[LookAlike]:
    """The names that look like this firm's, listed ones first, at most `MOST_SHOWN`; never the firm itself."""
    own = name_key(name)
    core = core_of(own)
    if not core:
        return []
    listed = select(ListEntryRow.name, ListEntryRow.uscc, ListEntryRow.list_type).where(
        ListEntryRow.name_key.in_(_keys_like(session, core, ListEntryRow.name_key)),
        ListEntryRow.name_key != own,  # that one the rules have found themselves
        ListEntryRow.replaced_version.is_(None),
        ListEntryRow.listed_on <= on,
        or_(ListEntryRow.removed_on.is_(None), ListEntryRow.removed_on > on),
        or_(ListEntryRow.uscc.is_(None), ListEntryRow.uscc != uscc),
    )
    registered = select(RegistryRow.name, RegistryRow.uscc, null()).where(
        RegistryRow.name_key.in_(_keys_like(session, core, RegistryRow.name_key)),
        RegistryRow.replaced_version.is_(None),
        RegistryRow.uscc != uscc,
    )
    found: list[LookAlike] = []
    for query in (listed, registered):
        rows = {(other or "", code or "", kind) for other, code, kind in session.execute(query)}
        for other, code, kind in sorted(rows, key=lambda row: (row[0], row[1], row[2] or "")):
            found.append(LookAlike(mark_differences(name, other), code or None, kind))
    return found[:MOST_SHOWN]


def _keys_like(session: Session, core: str, column: Any) -> list[str]:
    """The name keys that look like the one sought, as many as one query takes.

    Only the index of the keys is read: the rows of the registry are wide, and almost all of them are other names.
    """
    query = select(column).where(_may_look_like(core, column)).distinct()
    signs = frozenset(core)
    likely = (key for key in session.execute(query).scalars() if len(signs.difference(key)) <= 1)
    return sorted(key for key in likely if looks_alike(core, core_of(key)))[:CHUNK]


def _may_look_like(core: str, column: Any) -> ColumnElement[bool]:
    """That a name key holds one half of the name sought, which every look-alike does, so that few are compared.

    One change leaves one half as it is, unless the two characters at the middle have changed places.
    """
    middle = len(core) // 2
    halves = [half for half in (core[:middle], core[middle:]) if half]
    swapped = core[: middle - 1] + core[middle] + core[middle - 1] + core[middle + 1 :] if middle else core
    return or_(*(column.contains(part, autoescape=True) for part in dict.fromkeys([*halves, swapped])))
