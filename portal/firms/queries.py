"""All that the portal knows of one firm, each piece with its source and version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.applications.records import Application, Decision
from portal.common.people import People
from portal.policies.queries import state_on
from portal.policies.records import Policy
from portal.reference.actions import closing_reason
from portal.reference.compare import newest_customs_versions
from portal.reference.records import CustomsLine, ListEntryRow, RegistryRow, SourceVersion
from portal.scheme.money import Money
from portal.scheme.names import name_key


@dataclass(frozen=True)
class Registered:
    """One registry record of the firm: the version that brought it, and the one that ended it, if any did."""

    row: RegistryRow
    representative: str | None  # as the registry names it; None if it does not, or once erased
    since: SourceVersion
    replaced: SourceVersion | None
    absent: SourceVersion | None


@dataclass(frozen=True)
class ExportsOfYear:
    """The firm's exports of one year in one customs version; only the newest version of a year counts."""

    year: int
    version: SourceVersion
    total: Money | None  # None: the version contains the year and has no line of the firm
    lines: int
    counts: bool


@dataclass(frozen=True)
class Listed:
    """A list entry of the firm, by its code or by its name alone, with its state on a day."""

    row: ListEntryRow
    since: SourceVersion
    by_code: bool
    state: str  # in_force, ended, closed, replaced, not_yet
    absent: bool
    why_closed: str  # in the words of whoever closed it; empty for one that is not closed


@dataclass(frozen=True)
class Applied:
    """An application with the newest decision on it, if any was made."""

    row: Application
    decision: Decision | None
    decisions: int


@dataclass(frozen=True)
class Insured:
    """A policy with its state on a day."""

    row: Policy
    state: str


@dataclass(frozen=True)
class FirmFile:
    """Everything known of a firm; empty lists where a source knows nothing."""

    uscc: str
    name: str
    registered: list[Registered]  # the current record first
    exports: list[ExportsOfYear]
    lines: list[CustomsLine]  # of the versions that count, as they came
    listed: list[Listed]
    applications: list[Applied]
    policies: list[Insured]
    missing_sources: tuple[str, ...]

    @property
    def current(self) -> Registered | None:
        """The registry record that holds now."""
        return next((record for record in self.registered if record.replaced is None), None)


def is_known(session: Session, uscc: str) -> bool:
    """Whether any source, application or policy names this code."""
    tables = (RegistryRow, CustomsLine, ListEntryRow, Application, Policy)
    return any(session.execute(select(exists().where(table.uscc == uscc))).scalar_one() for table in tables)


def firm_file(session: Session, people: People, uscc: str, on: date) -> FirmFile | None:
    """All that is known of the firm of this code, states as of the day `on`; None if nothing is."""
    if not is_known(session, uscc):
        return None
    versions = {version.id: version for version in session.execute(select(SourceVersion)).scalars()}
    registered = _registered(session, people, uscc, versions)
    exports, lines = _exports(session, uscc, versions)
    applications = _applications(session, uscc)
    policies = _policies(session, uscc, on)
    names = [record.row.name for record in registered]
    names += [applied.row.firm_name for applied in applications] + [p.row.firm_name for p in policies]
    listed = _listed(session, people, uscc, names, on, versions)
    names += [line.name for line in lines if line.name] + [entry.row.name for entry in listed if entry.row.name]
    there = {version.source for version in versions.values()}
    return FirmFile(
        uscc=uscc,
        name=next(iter(names), uscc),
        registered=registered,
        exports=exports,
        lines=lines,
        listed=listed,
        applications=applications,
        policies=policies,
        missing_sources=tuple(source for source in ("registry", "customs", "lists") if source not in there),
    )


def _registered(
    session: Session, people: People, uscc: str, versions: dict[int, SourceVersion]
) -> list[Registered]:
    query = select(RegistryRow).where(RegistryRow.uscc == uscc).order_by(RegistryRow.id.desc())
    rows = session.execute(query).scalars().all()
    people.load(row.representative_id for row in rows if row.representative_id)
    found = []
    for row in rows:
        fields: dict[str, str] = {}
        if row.representative_id is not None and row.representative_sealed is not None:
            fields = people.read(row.representative_id, row.representative_sealed)
        found.append(
            Registered(
                row=row,
                representative=fields.get("name"),
                since=versions[row.version_id],
                replaced=versions[row.replaced_version] if row.replaced_version else None,
                absent=versions[row.absent_version] if row.absent_version else None,
            )
        )
    return found


def _exports(
    session: Session, uscc: str, versions: dict[int, SourceVersion]
) -> tuple[list[ExportsOfYear], list[CustomsLine]]:
    newest = newest_customs_versions(session)
    query = (
        select(CustomsLine.year, CustomsLine.version_id, func.sum(CustomsLine.amount_minor), func.count())
        .where(CustomsLine.uscc == uscc)
        .group_by(CustomsLine.year, CustomsLine.version_id)
    )
    found = {
        (year, version): (Money.from_minor(int(total), "USD"), lines)
        for year, version, total, lines in session.execute(query)
    }
    empty = {(year, version): (None, 0) for year, version in newest.items() if (year, version) not in found}
    exports = [
        ExportsOfYear(year, versions[version], total, lines, newest.get(year) == version)
        for (year, version), (total, lines) in sorted((found | empty).items(), reverse=True)
    ]
    counted = [
        and_(CustomsLine.version_id == version, CustomsLine.year == year)
        for year, version in found
        if newest.get(year) == version
    ]
    if not counted:
        return exports, []
    lines = select(CustomsLine).where(CustomsLine.uscc == uscc, or_(*counted))
    order = (CustomsLine.year.desc(), CustomsLine.row_number)
    return exports, list(session.execute(lines.order_by(*order)).scalars())


def _listed(
    session: Session,
    people: People,
    uscc: str,
    names: Iterable[str],
    on: date,
    versions: dict[int, SourceVersion],
) -> list[Listed]:
    """Entries with the firm's code, and firms' entries without any code whose name key is the firm's.

    An entry with another code is another firm. Entries that name a person are shown on a case only.
    """
    keys = {name_key(name) for name in names} - {""}
    query = (
        select(ListEntryRow)
        .where(
            ListEntryRow.person_id.is_(None),
            or_(
                ListEntryRow.uscc == uscc,
                and_(ListEntryRow.uscc.is_(None), ListEntryRow.name_key.in_(keys)),
            ),
        )
        .order_by(ListEntryRow.id.desc())
    )
    return [
        Listed(
            row=row,
            since=versions[row.version_id],
            by_code=row.uscc == uscc,
            state=_state(row, on),
            absent=row.absent_version is not None,
            why_closed=closing_reason(people, row),
        )
        for row in session.execute(query).scalars()
    ]


def _state(row: ListEntryRow, on: date) -> str:
    if row.replaced_version is not None:
        return "replaced"
    if row.closed_on is not None and row.closed_on <= on:
        return "closed"
    if on < row.listed_on:
        return "not_yet"
    return "ended" if row.removed_on is not None and row.removed_on <= on else "in_force"


def _applications(session: Session, uscc: str) -> list[Applied]:
    query = select(Application).where(Application.uscc == uscc).order_by(Application.entered_at.desc())
    rows = session.execute(query).scalars().all()
    made = (
        select(Decision).where(Decision.application_id.in_([row.id for row in rows])).order_by(Decision.sequence)
    )
    decisions: dict[str, list[Decision]] = {}
    for decision in session.execute(made).scalars():
        decisions.setdefault(decision.application_id, []).append(decision)
    return [
        Applied(row, made_on[-1] if made_on else None, len(made_on))
        for row in rows
        for made_on in [decisions.get(row.id, [])]
    ]


def _policies(session: Session, uscc: str, on: date) -> list[Insured]:
    query = select(Policy).where(Policy.uscc == uscc).order_by(Policy.starts_on.desc())
    return [Insured(row, state_on(row, on)) for row in session.execute(query).scalars()]
