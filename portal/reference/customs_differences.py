"""What two versions of the customs exports say differently: by firm and year, as the totals stood after each."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.reference.records import CustomsLine, CustomsYear, SourceVersion
from portal.reference.sides import ABSENT, ADDED, CHANGED, Difference, Line
from portal.scheme.money import Money


class Total(NamedTuple):
    """What customs has of a firm in a year: the sum in cents of a US dollar, from how many lines, which name."""

    minor: int
    lines: int
    name: str | None


class CustomsFound(NamedTuple):
    """A firm whose total of a year is not the same in two versions."""

    kind: str
    code: str
    year: int
    before: Total | None
    now: Total | None

    @property
    def name(self) -> str | None:
        """The firm's name as customs writes it."""
        known = self.now or self.before
        return known.name if known else None

    def shown(self) -> Difference:
        """The difference in words; amounts as text of plain digits with their currency."""
        lines = [Line("exports", _amount(self.before), _amount(self.now))]
        counts = (_count(self.before), _count(self.now))
        if counts[0] != counts[1]:
            lines.append(Line("lines", *counts))
        return Difference(self.kind, self.name, self.code, tuple(lines), self.year)


def _amount(total: Total | None) -> str | None:
    return f"USD {Money.from_minor(total.minor, 'USD').amount:,.2f}" if total else None


def _count(total: Total | None) -> str | None:
    return f"{total.lines:,}" if total else None


def customs_between(session: Session, older: SourceVersion, newer: SourceVersion) -> list[CustomsFound]:
    """Every difference of two customs versions: of each year, as the newest file up to each of them has it."""
    before, now = (_versions_of_years(session, version) for version in (older, newer))
    years = [year for year in before.keys() | now.keys() if before.get(year) != now.get(year)]
    old, new = (
        totals_of(session, {year: versions[year] for year in years if year in versions})
        for versions in (before, now)
    )
    return differing(old, new)


def differing(old: Mapping[tuple[str, int], Total], new: Mapping[tuple[str, int], Total]) -> list[CustomsFound]:
    """The firms and years of which two sets of totals say different things."""
    found = []
    for uscc, year in old.keys() | new.keys():
        before, now = old.get((uscc, year)), new.get((uscc, year))
        if before is None:
            found.append(CustomsFound(ADDED, uscc, year, None, now))
        elif now is None:
            found.append(CustomsFound(ABSENT, uscc, year, before, None))
        elif before[:2] != now[:2]:
            found.append(CustomsFound(CHANGED, uscc, year, before, now))
    return found


def _versions_of_years(session: Session, upto: SourceVersion) -> dict[int, int]:
    query = (
        select(CustomsYear.year, func.max(CustomsYear.version_id))
        .where(CustomsYear.version_id <= upto.id)
        .group_by(CustomsYear.year)
    )
    return dict(session.execute(query).all())


def totals_of(session: Session, versions: Mapping[int, int]) -> dict[tuple[str, int], Total]:
    """The totals by firm and year; `versions` gives for each year the id of the version that counts."""
    if not versions:
        return {}
    of_years = [
        (CustomsLine.version_id == version) & (CustomsLine.year == year) for year, version in versions.items()
    ]
    query = (
        select(
            CustomsLine.uscc,
            CustomsLine.year,
            func.sum(CustomsLine.amount_minor),
            func.count(),
            func.max(CustomsLine.name),
        )
        .where(or_(*of_years))
        .group_by(CustomsLine.uscc, CustomsLine.year)
    )
    return {
        (uscc, year): Total(int(minor), lines, name) for uscc, year, minor, lines, name in session.execute(query)
    }
