"""Approved corrections, laid over what the sources say of one firm: a wrong fact is mended, never a verdict.

A correction is of one firm and one fact. It counts from its day on, and only while the source still says what it
corrects: once the source says something else, that holds, and a new correction would have to be asked for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.records import Correction
from portal.common import clock
from portal.common.keys import Keys
from portal.common.people import People, PersonErased
from portal.scheme import corrected as facts
from portal.scheme.facts import CorrectedFact, Exports, ListEntry, Person, RegistryRecord
from portal.scheme.id_numbers import normal_number
from portal.scheme.money import Money

PROPOSED, APPROVED, DECLINED = "proposed", "approved", "declined"
NUMBER_FIELD = "correction.id_number"  # under which a corrected identity number is sealed

OfFirms = Mapping[str, Sequence[Correction]]
"""USCC → the corrections of that firm."""


def approved(session: Session, codes: Iterable[str]) -> dict[str, list[Correction]]:
    """The approved corrections of each of these firms that has any, by number (one query)."""
    query = (
        select(Correction)
        .where(Correction.uscc.in_(list(codes)), Correction.state == APPROVED)
        .order_by(Correction.number)
    )
    found: dict[str, list[Correction]] = defaultdict(list)
    for one in session.execute(query).scalars():
        found[one.uscc].append(one)
    return dict(found)


def number_index(keys: Keys, number: str | None) -> str | None:
    """A declared identity number as a correction keeps what it corrects: keyed, so that it cannot be read."""
    return keys.index_of(NUMBER_FIELD, normal_number(number)) if number else None


class Overlay:
    """The corrections of one firm on one day. Each method gives the fact as it holds; `counted` which changed."""

    def __init__(self, corrections: Sequence[Correction], uscc: str, on: date) -> None:
        self._corrections = [one for one in corrections if one.uscc == uscc and one.holds_from <= on]
        self._on = on
        self._counted: dict[tuple[str, str | None], CorrectedFact] = {}

    @property
    def counted(self) -> tuple[CorrectedFact, ...]:
        """Every fact that was changed, and by which correction."""
        return tuple(self._counted.values())

    def exports(self, said: Exports | None, year: int) -> Exports | None:
        """The total of a year; where customs has no line of the firm, the correction counts as one."""
        now = str(said.total.minor) if said else None
        found = self._counting(facts.EXPORTS, str(year), now)
        if found is None:
            return said
        self._count(found, said.total.text if said else None)
        return Exports(year, Money.from_minor(int(found.value), "USD"), said.lines if said else 1)

    def registry(self, said: RegistryRecord | None) -> RegistryRecord | None:
        """The registry's record; a firm that the registry does not have has nothing to correct."""
        if said is None or not self._corrections:
            return said
        changed: dict[str, str] = {}
        for fact in facts.OF_REGISTRY:
            now: str | None = getattr(said, fact)
            found = self._counting(fact, None, now)
            if found is not None:
                self._count(found, now)
                changed[fact] = found.value
        return RegistryRecord(
            name=changed.get(facts.NAME, said.name),
            uscc=said.uscc,
            company_type=changed.get(facts.COMPANY_TYPE, said.company_type),
            place=changed.get(facts.PLACE, said.place),
            status=changed.get(facts.STATUS, said.status),
            representative=said.representative,
            absent=said.absent,
        )

    def representative(self, said: Person, people: People) -> Person:
        """The declared representative with the number that was mistyped put right."""
        if not self._corrections:
            return said
        now = number_index(people.keys, said.id_number)
        found = self._counting(facts.REPRESENTATIVE_NUMBER, None, now)
        if found is None or found.person_id != said.ref:
            return said
        try:
            number = people.sealer(found.person_id).open(NUMBER_FIELD, found.value)
        except PersonErased:
            return said  # nobody can read any more what the number should be
        self._count(found, None)
        return Person(said.ref, said.name, number)

    def entry(self, said: ListEntry) -> ListEntry:
        """A list entry, with the day on which it was removed if the lists do not have it."""
        now = said.removed_on.isoformat() if said.removed_on else None
        found = self._counting(facts.ENTRY_REMOVED, said.entry_id, now)
        if found is None:
            return said
        self._count(found, now)
        return replace(said, removed_on=date.fromisoformat(found.value))

    def _counting(self, what: str, which: str | None, now: str | None) -> Correction | None:
        """The newest correction of this fact that corrects what the source says now."""
        same = [
            one for one in self._corrections if one.what == what and one.which == which and one.instead_of == now
        ]
        return max(same, key=lambda one: one.number) if same else None

    def _count(self, found: Correction, was: str | None) -> None:
        approved_on = clock.day_of(found.approved_at) if found.approved_at else self._on
        self._counted[found.what, found.which] = CorrectedFact(
            found.what, found.which, found.number, approved_on, was
        )
