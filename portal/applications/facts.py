"""Gathering what the rules look at: the facts of many cases with a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.applications.corrections import OfFirms, Overlay, approved
from portal.applications.records import Application, SetAside
from portal.common.keys import Keys
from portal.common.people import CHUNK, People
from portal.reference.compare import newest_customs_versions
from portal.reference.records import CustomsLine, ListEntryRow, RegistryRow, SourceVersion
from portal.reference.store import person_name_index
from portal.scheme.facts import Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.id_numbers import is_valid_identity_number
from portal.scheme.money import Money
from portal.scheme.names import name_key

MatchKey = tuple[str, str]
"""One way in which a list entry and a case can meet: the kind of key, and its value."""


class Case(NamedTuple):
    """What an application says, opened: the part of the facts that comes from the firm."""

    application_id: str
    policy_year: int
    base_year: int
    uscc: str
    firm_name: str
    representative: Person
    declared_by: Person | None
    declarations: tuple[str, ...]
    applied_on: date


class Versions(NamedTuple):
    """The newest version of each source, by number, and by id for customs."""

    sources: SourceVersions
    customs_id: int | None


def newest_versions(session: Session, base_year: int) -> Versions:
    """The versions a decision would look at now; a customs version counts only if it contains the base year."""
    standing = select(SourceVersion.source, func.max(SourceVersion.number)).where(
        SourceVersion.undone_at.is_(None)
    )
    query = standing.group_by(SourceVersion.source)
    newest = {source: int(number) for source, number in session.execute(query)}
    customs_id = newest_customs_versions(session, [base_year]).get(base_year)
    customs = session.get(SourceVersion, customs_id) if customs_id is not None else None
    return Versions(
        SourceVersions(newest.get("registry"), customs.number if customs else None, newest.get("lists")),
        customs_id,
    )


def firm_subject(uscc: str) -> str:
    """How a set-aside names a firm."""
    return f"firm:{uscc}"


def person_subject(person_id: str) -> str:
    """How a set-aside names a person."""
    return f"person:{person_id}"


def gather(
    session: Session,
    people: People,
    cases: Sequence[Case],
    judged_on: date | None,
    corrections: OfFirms | None = None,
) -> list[Facts]:
    """The facts of each case, in order, judged on one day (None: each on its own application date).

    What approved corrections say stands in place of what the sources say; with `corrections`, exactly those count
    instead: to see what one would change before it is proposed, or what the sources say themselves.
    """
    gathered: list[Facts] = []
    versions = {year: newest_versions(session, year) for year in {case.base_year for case in cases}}
    for start in range(0, len(cases), CHUNK):
        gathered += _gather_part(session, people, cases[start : start + CHUNK], judged_on, versions, corrections)
    return gathered


def _gather_part(
    session: Session,
    people: People,
    cases: Sequence[Case],
    judged_on: date | None,
    versions: dict[int, Versions],
    corrections: OfFirms | None,
) -> list[Facts]:
    overlays, cases, records = _overlaid(session, people, cases, judged_on, corrections)
    exports = _exports(session, cases, versions)
    live = _live_policies(session, cases, judged_on)
    candidates = _Candidates(session, people, cases, records)
    facts = []
    for case, overlay in zip(cases, overlays, strict=True):
        record = records[case.application_id]
        total = overlay.exports(exports.get((case.uscc, case.base_year)), case.base_year)
        entries = tuple(overlay.entry(entry) for entry in candidates.of(case, record))
        facts.append(
            Facts(
                uscc=case.uscc,
                declared_name=case.firm_name,
                representative=case.representative,
                registry=record,
                exports=total,
                list_entries=entries,
                live_policy=live.get(case.application_id),
                declared_by=case.declared_by,
                declarations=case.declarations,
                applied_on=case.applied_on,
                judged_on=judged_on or case.applied_on,
                sources=versions[case.base_year].sources,
                corrected=overlay.counted,
            )
        )
    return facts


def _overlaid(
    session: Session, people: People, cases: Sequence[Case], judged_on: date | None, corrections: OfFirms | None
) -> tuple[list[Overlay], list[Case], dict[str, RegistryRecord | None]]:
    """The corrections of each case, the cases with them, and by application the registry's record with them."""
    codes = [case.uscc for case in cases]
    corrections = approved(session, codes) if corrections is None else corrections
    overlays = [Overlay(corrections.get(case.uscc, ()), case.uscc, judged_on or case.applied_on) for case in cases]
    corrected = [
        case._replace(representative=overlay.representative(case.representative, people))
        for case, overlay in zip(cases, overlays, strict=True)
    ]
    said = registry_records(session, people, codes)
    records = {
        case.application_id: overlay.registry(said.get(case.uscc))
        for case, overlay in zip(cases, overlays, strict=True)
    }
    return overlays, corrected, records


def match_keys(
    session: Session, people: People, cases: Sequence[Case], judged_on: date
) -> dict[str, set[MatchKey]]:
    """By application, under which keys a list entry is found that could concern it."""
    found: dict[str, set[MatchKey]] = {}
    for start in range(0, len(cases), CHUNK):
        _overlays, part, records = _overlaid(session, people, cases[start : start + CHUNK], judged_on, None)
        found |= {
            case.application_id: set(_keys_of_case(people.keys, case, records[case.application_id]))
            for case in part
        }
    return found


def entry_keys(row: ListEntryRow) -> list[MatchKey]:
    """The keys under which a list entry is found."""
    keys = (
        ("uscc", row.uscc),
        ("name_key", row.name_key),
        ("person_name", row.person_name_index),
        ("id_number", row.id_number_index),
    )
    return [(kind, value) for kind, value in keys if value]


def _keys_of_case(keys: Keys, case: Case, record: RegistryRecord | None) -> list[MatchKey]:
    found = [("uscc", case.uscc), ("name_key", name_key(case.firm_name))]
    persons = [case.representative]
    if record is not None:
        found.append(("name_key", name_key(record.name)))
        if record.representative is not None:
            persons.append(record.representative)
    for person in persons:
        found.append(("person_name", person_name_index(keys, person.name)))
        if person.id_number and is_valid_identity_number(person.id_number):
            found.append(("id_number", keys.index_of("id_number", person.id_number)))
    return found


def registry_records(session: Session, people: People, codes: Iterable[str]) -> dict[str, RegistryRecord]:
    """The current registry record of each of these firms that has one."""
    query = select(RegistryRow).where(RegistryRow.uscc.in_(list(codes)), RegistryRow.replaced_version.is_(None))
    rows = session.execute(query).scalars().all()
    people.load(row.representative_id for row in rows if row.representative_id)
    return {
        row.uscc: RegistryRecord(
            name=row.name,
            uscc=row.uscc,
            company_type=row.company_type,
            place=row.place,
            status=row.status,
            representative=_person(people, row.representative_id, row.representative_sealed),
            absent=row.absent_version is not None,
        )
        for row in rows
    }


def _person(people: People, person_id: str | None, sealed: str | None) -> Person | None:
    if person_id is None or sealed is None:
        return None
    fields = people.read(person_id, sealed)
    return Person(person_id, fields["name"], fields.get("id_number")) if fields else None


def exports_of(session: Session, codes: Iterable[str], year: int, version_id: int | None) -> dict[str, Exports]:
    """The base-year total of each firm that customs has lines of, exact to the cent."""
    if version_id is None:
        return {}
    query = (
        select(CustomsLine.uscc, func.sum(CustomsLine.amount_minor), func.count())
        .where(
            CustomsLine.version_id == version_id,
            CustomsLine.year == year,
            CustomsLine.uscc.in_(list(codes)),
        )
        .group_by(CustomsLine.uscc)
    )
    return {
        uscc: Exports(year, Money.from_minor(int(total), "USD"), lines)
        for uscc, total, lines in session.execute(query)
    }


def _exports(
    session: Session, cases: Sequence[Case], versions: dict[int, Versions]
) -> dict[tuple[str, int], Exports]:
    found: dict[tuple[str, int], Exports] = {}
    for year, of_year in versions.items():
        codes = [case.uscc for case in cases if case.base_year == year]
        of_firms = exports_of(session, codes, year, of_year.customs_id)
        found |= {(uscc, year): exports for uscc, exports in of_firms.items()}
    return found


def _live_policies(session: Session, cases: Sequence[Case], judged_on: date | None) -> dict[str, str]:
    """By application, the number of the firm's policy of that year that is live on the day judged.

    An application carries its policy's number. One that was withdrawn later was still in force on that day: a
    second may not overlap it. The policy that came of an application itself is no second one, when the rules run
    over that application again.
    """
    query = select(
        Application.id,
        Application.uscc,
        Application.policy_year,
        Application.policy_number,
        Application.cover_withdrawn_on,
    ).where(Application.uscc.in_([case.uscc for case in cases]), Application.policy_number.is_not(None))
    issued: dict[tuple[str, int], list[tuple[str, str, date | None]]] = defaultdict(list)
    for application_id, uscc, year, number, withdrawn_on in session.execute(query):
        issued[uscc, year].append((application_id, number or "", withdrawn_on))
    live = {}
    for case in cases:
        day = judged_on or case.applied_on
        for application_id, number, withdrawn_on in issued[case.uscc, case.policy_year]:
            if application_id != case.application_id and (withdrawn_on is None or withdrawn_on > day):
                live[case.application_id] = number
    return live


class _Candidates:
    """The list entries that could concern these cases, found by code, name key, person's name or number."""

    def __init__(
        self,
        session: Session,
        people: People,
        cases: Sequence[Case],
        records: dict[str, RegistryRecord | None],
    ) -> None:
        self.people = people
        self._keys = {
            case.application_id: _keys_of_case(people.keys, case, records[case.application_id]) for case in cases
        }
        wanted: dict[str, set[str]] = defaultdict(set)
        for keys in self._keys.values():
            for kind, value in keys:
                wanted[kind].add(value)
        rows: dict[int, ListEntryRow] = {}
        for kind, column in (
            ("uscc", ListEntryRow.uscc),
            ("name_key", ListEntryRow.name_key),
            ("person_name", ListEntryRow.person_name_index),
            ("id_number", ListEntryRow.id_number_index),
        ):
            values = sorted(wanted[kind])
            for start in range(0, len(values), CHUNK):
                query = select(ListEntryRow).where(
                    column.in_(values[start : start + CHUNK]), ListEntryRow.replaced_version.is_(None)
                )
                rows |= {row.id: row for row in session.execute(query).scalars()}
        people.load(row.person_id for row in rows.values() if row.person_id)
        self._entries: dict[tuple[str, str], list[ListEntryRow]] = defaultdict(list)
        for row in rows.values():
            for key in entry_keys(row):
                self._entries[key].append(row)
        self._aside: set[tuple[int, str]] = set()
        if rows:
            aside = select(SetAside.entry_id, SetAside.subject).where(SetAside.entry_id.in_(list(rows)))
            self._aside = {(entry_id, subject) for entry_id, subject in session.execute(aside)}

    def of(self, case: Case, record: RegistryRecord | None) -> tuple[ListEntry, ...]:
        """The candidates of one case, oldest row first."""
        found = {row.id: row for key in self._keys[case.application_id] for row in self._entries.get(key, ())}
        registered = record.representative if record else None
        subjects = {"firm": firm_subject(case.uscc), "declared": person_subject(case.representative.ref)}
        if registered is not None:
            subjects["registry"] = person_subject(registered.ref)
        return tuple(
            ListEntry(
                entry_id=str(row.id),
                name=row.name,
                uscc=row.uscc,
                person=_person(self.people, row.person_id, row.person_sealed) or self._by_index(case, record, row),
                list_type=row.list_type,
                listed_on=row.listed_on,
                removed_on=_earliest(row.removed_on, row.closed_on),
                set_aside=tuple(whose for whose, subject in subjects.items() if (row.id, subject) in self._aside),
            )
            for _id, row in sorted(found.items())
        )

    def _by_index(self, case: Case, record: RegistryRecord | None, row: ListEntryRow) -> Person | None:
        """Whom an entry speaks of when its own person is erased: the indexes still tell who it is equal to.

        The entry goes on counting: what can no longer be read must never read as "not listed".
        """
        if row.person_id is None:
            return None
        for person in (case.representative, record.representative if record else None):
            if person is None:
                continue
            number = person.id_number
            same_number = bool(number) and row.id_number_index == self.people.keys.index_of(
                "id_number", number or ""
            )
            if same_number or row.person_name_index == person_name_index(self.people.keys, person.name):
                return Person(person.ref, person.name, number if same_number else None)
        return None


def _earliest(*days: date | None) -> date | None:
    known = [day for day in days if day is not None]
    return min(known) if known else None
