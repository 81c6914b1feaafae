"""Whom a new version of a source could concern: found set-wise, so that an import that changes little is quick.

Found are the applications whose firm, or whose people, stand in what the version added, changed, no longer has or
has again. Whether anything follows for them is for the rules to say.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.applications.deciding import open_cases
from portal.applications.facts import entry_keys, match_keys
from portal.applications.queries import is_latest
from portal.applications.records import Application, Decision
from portal.common.people import CHUNK, People
from portal.reference.records import CustomsLine, CustomsYear, ListEntryRow, RegistryRow, SourceVersion
from portal.scheme import stages
from portal.scheme.findings import REGISTERED_IN_MUNICIPALITY
from portal.scheme.terms import TermsOnDate, load_terms

SCREENED_STATES = (stages.ELIGIBLE, stages.CLEARED, stages.REFERRED, stages.ASKED, stages.ISSUED)


class Live(NamedTuple):
    """An application that waits, or whose policy is in force: what finding it needs of it."""

    id: str
    number: str
    uscc: str
    base_year: int


def live_applications(session: Session, today: date) -> list[Live]:
    """Every application that was decided and still waits, or is insured today, in the order of their numbers.

    What is not issued by the end of its policy year lapses, and a policy ends with it: nothing can follow then.
    """
    query = select(
        Application.id,
        Application.number,
        Application.uscc,
        Application.scheme,
        Application.applied_on,
    ).where(
        Application.state.in_(SCREENED_STATES),
        Application.applied_on <= today,
        or_(Application.cover_withdrawn_on.is_(None), Application.cover_withdrawn_on > today),
    )
    terms: dict[tuple[str, date], TermsOnDate] = {}
    found = []
    for application_id, number, uscc, scheme, applied_on in session.execute(query.order_by(Application.number)):
        if (scheme, applied_on) not in terms:
            terms[scheme, applied_on] = load_terms(scheme).on(applied_on)
        on_date = terms[scheme, applied_on]
        if on_date.period_end >= today:
            found.append(Live(application_id, number, uscc, on_date.base_year))
    return found


def touched_by(session: Session, people: People, version: SourceVersion, today: date) -> list[str]:
    """The ids of the live applications that this version could concern, in the order of their numbers."""
    if version.source == "lists":
        wanted = [
            key
            for row in session.execute(select(ListEntryRow).where(ListEntryRow.version_id == version.id)).scalars()
            for key in entry_keys(row)
        ]
        return _matching(session, people, set(wanted), live_applications(session, today), today) if wanted else []
    if version.source == "registry":
        codes = _registry_codes(session, version)
        back = _absent_until_now(session)
        return [one.id for one in live_applications(session, today) if one.uscc in codes or one.id in back]
    changed = _customs_changes(session, version)
    return [one.id for one in live_applications(session, today) if (one.uscc, one.base_year) in changed]


def decisions_on(session: Session, source: str, number: int) -> int:
    """How many decisions were made with this version of a source as the newest one."""
    column = {
        "registry": Decision.registry_version,
        "customs": Decision.customs_version,
        "lists": Decision.lists_version,
    }[source]
    query = select(func.count()).select_from(Decision).where(column == number)
    return session.execute(query).scalar_one()


def _registry_codes(session: Session, version: SourceVersion) -> set[str]:
    query = select(RegistryRow.uscc).where(
        or_(RegistryRow.version_id == version.id, RegistryRow.absent_version == version.id)
    )
    return set(session.execute(query).scalars())


def _absent_until_now(session: Session) -> set[str]:
    """Applications decided while the registry no longer had the firm, of which it has the same record again."""
    query = (
        select(Application.id)
        .join(Decision, Decision.application_id == Application.id)
        .join(RegistryRow, RegistryRow.uscc == Application.uscc)
        .where(
            Application.state.in_(SCREENED_STATES),
            Decision.referred.contains(REGISTERED_IN_MUNICIPALITY),
            Decision.canonical.contains('"record":"absent"'),
            is_latest(),
            RegistryRow.replaced_version.is_(None),
            RegistryRow.absent_version.is_(None),
        )
    )
    return set(session.execute(query).scalars())


def _customs_changes(session: Session, version: SourceVersion) -> set[tuple[str, int]]:
    """Firm and year of every total that this version made, changed or took away."""
    years = session.execute(select(CustomsYear.year).where(CustomsYear.version_id == version.id)).scalars().all()
    changed: set[tuple[str, int]] = set()
    for year in years:
        older = select(func.max(CustomsYear.version_id)).where(
            CustomsYear.year == year, CustomsYear.version_id < version.id
        )
        before = _totals(session, session.execute(older).scalar(), year)
        after = _totals(session, version.id, year)
        changed |= {(uscc, year) for uscc in before.keys() | after.keys() if before.get(uscc) != after.get(uscc)}
    return changed


def _totals(session: Session, version_id: int | None, year: int) -> dict[str, tuple[int, int]]:
    query = (
        select(CustomsLine.uscc, func.sum(CustomsLine.amount_minor), func.count())
        .where(CustomsLine.version_id == version_id, CustomsLine.year == year)
        .group_by(CustomsLine.uscc)
    )
    return {uscc: (int(total), lines) for uscc, total, lines in session.execute(query)}


def _matching(
    session: Session, people: People, wanted: set[tuple[str, str]], live: Sequence[Live], today: date
) -> list[str]:
    found: set[str] = set()
    for part in _parts([one.id for one in live]):
        applications = session.execute(select(Application).where(Application.id.in_(part))).scalars().all()
        cases = list(open_cases(applications, people).values())
        keys = match_keys(session, people, cases, today)
        found |= {application_id for application_id, own in keys.items() if own & wanted}
    return [one.id for one in live if one.id in found]


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
