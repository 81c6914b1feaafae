"""Finding a firm by a part of its name or by its code, among a hundred thousand."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from portal.applications.records import Application
from portal.policies.records import Policy
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.names import uscc_key

PER_PAGE = 20
LONGEST_QUERY = 100  # characters; no name or code is longer
MOST_WORDS = 5
MOST_PAGES = 1_000_000  # an address may ask for any number
SHORTEST_CODE = 4  # fewer characters are taken as a part of the name only


@dataclass(frozen=True)
class FoundFirm:
    """A name that fits, and its firm: registry record, newest application, policy in force on the day."""

    uscc: str
    name: str
    registry: RegistryRow | None
    application: Application | None
    policy: Policy | None

    @property
    def only_applied(self) -> bool:
        """Whether the name stands in an application only, not in the registry."""
        return self.registry is None or self.registry.name != self.name


@dataclass(frozen=True)
class FoundFirms:
    """One page of names that fit, in their order, and how many fit in all."""

    firms: list[FoundFirm]
    total: int
    page: int


def spellings(word: str) -> list[str]:
    """The ways in which a word may stand in a name: as typed, half width, and with full-width brackets."""
    half = unicodedata.normalize("NFKC", word)
    return list(dict.fromkeys((word, half, half.replace("(", "（").replace(")", "）"))))


def search_firms(session: Session, text: str, page: int, on: date) -> FoundFirms:
    """The firms of the registry and of applications whose name or code fits, in at most seven queries.

    Every word must stand in the name; a code fits from its beginning; with no text every firm fits. A firm
    that applied under another name than the registry's is found by both, a line each. Both sides are read in
    the order of an index that holds names and codes, so that a page is at once there among 100,000 firms.
    """
    text = "".join(letter for letter in text if letter.isprintable())[:LONGEST_QUERY]
    registered, applied = _registered(session, text), _applied(session, text)
    rows = _rows(session, registered, applied, page)
    if page == 1 and len(rows) < PER_PAGE:
        return FoundFirms(_about(session, rows, on), len(rows), 1)
    total = sum(
        session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        for query in (registered, applied)
    )
    there = max(1, min(page, -(-total // PER_PAGE)))
    if there != page:
        rows = _rows(session, registered, applied, there)
    return FoundFirms(_about(session, rows, on), total, there)


def _registered(session: Session, text: str) -> Select[str, str]:
    return select(RegistryRow.name, RegistryRow.uscc).where(
        RegistryRow.replaced_version.is_(None),
        # True of every name: it leads SQLite to the index that has names and codes. Left to itself it walks the
        # index of codes and fetches each row for its name, in four times the time.
        RegistryRow.name >= "",
        _fits(session, RegistryRow.name, RegistryRow.uscc, text),
    )


def _applied(session: Session, text: str) -> Select[str, str]:
    same_name = and_(
        RegistryRow.name == Application.firm_name,
        RegistryRow.uscc == Application.uscc,
        RegistryRow.replaced_version.is_(None),
    )
    return (
        select(Application.firm_name.label("name"), Application.uscc)
        .where(_fits(session, Application.firm_name, Application.uscc, text), ~exists().where(same_name))
        .distinct()
    )


def _rows(
    session: Session, registered: Select[str, str], applied: Select[str, str], page: int
) -> list[tuple[str, str]]:
    both = union_all(registered, applied).order_by("name", "uscc")
    offset = max(0, min(page, MOST_PAGES) - 1) * PER_PAGE
    return [(name, uscc) for name, uscc in session.execute(both.limit(PER_PAGE).offset(offset))]


def _fits(session: Session, name: Any, code: Any, text: str) -> ColumnElement[bool]:
    # LIKE minds capitals on PostgreSQL only; on SQLite LOWER() would cost more than the search itself.
    contains = name.contains if session.get_bind().dialect.name == "sqlite" else name.icontains
    words = text.split()[:MOST_WORDS]
    by_name: ColumnElement[bool] = and_(
        true(), *(or_(*(contains(way, autoescape=True) for way in spellings(word))) for word in words)
    )
    key = uscc_key(text)
    if len(key) < SHORTEST_CODE or not (key.isascii() and key.isalnum()):
        return by_name
    return or_(by_name, and_(code >= key, code < key + "\x7f"))


def _about(session: Session, rows: list[tuple[str, str]], on: date) -> list[FoundFirm]:
    codes = {uscc for _name, uscc in rows}
    records = select(RegistryRow).where(RegistryRow.uscc.in_(codes), RegistryRow.replaced_version.is_(None))
    registry = {row.uscc: row for row in session.execute(records).scalars()}
    entered = select(Application).where(Application.uscc.in_(codes)).order_by(Application.entered_at)
    applications = {row.uscc: row for row in session.execute(entered).scalars()}
    live = (
        select(Policy)
        .where(Policy.uscc.in_(codes), Policy.state == stages.IN_FORCE, Policy.ends_on >= on)
        .order_by(Policy.ends_on)
    )
    policies = {row.uscc: row for row in session.execute(live).scalars()}
    return [
        FoundFirm(uscc, name, registry.get(uscc), applications.get(uscc), policies.get(uscc))
        for name, uscc in rows
    ]
