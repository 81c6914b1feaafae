"""Countries and parties that a scheme does not cover, or that are under sanctions: what holds on a day."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.obligors.matching import compare, name_key
from portal.obligors.records import Exclusion, ExclusionVersion, Obligor, ObligorName
from portal.obligors.roots import group_of, root_of
from portal.obligors.searching import may_be_alike

COUNTRY, PARTY = "country", "party"
EXCLUDED, SANCTIONED = "excluded", "sanctioned"


def newest_version(session: Session, scheme: str) -> ExclusionVersion | None:
    """The import of a scheme's exclusions that counts, the newest; None before the first."""
    query = select(ExclusionVersion).where(ExclusionVersion.scheme == scheme)
    return session.execute(query.order_by(ExclusionVersion.number.desc()).limit(1)).scalar()


def in_force(session: Session, scheme: str, on: date) -> list[Exclusion]:
    """The entries of the newest version that hold on a day: from their first day until before `holds_to`."""
    version = newest_version(session, scheme)
    if version is None:
        return []
    query = select(Exclusion).where(
        Exclusion.version_id == version.id,
        Exclusion.holds_from <= on,
        or_(Exclusion.holds_to.is_(None), Exclusion.holds_to > on),
    )
    return list(session.execute(query.order_by(Exclusion.id)).scalars())


def warnings_for(session: Session, scheme: str, obligor: Obligor, on: date) -> list[Exclusion]:
    """What excludes an obligor, or puts it under sanctions, on a day: its country, or a party like it.

    A party matches by registration number or by a name that looks alike, in the same country where the entry
    names one, under any name that the obligor's whole group goes by. A name that is merely like is enough to
    stop and look; people decide.
    """
    entries = in_force(session, scheme, on)
    if not entries:
        return []
    root = root_of(session, obligor.id)
    group = group_of(session, root.id)
    members = session.execute(select(Obligor).where(Obligor.id.in_(group))).scalars().all()
    names = list(
        session.execute(select(ObligorName.name).where(ObligorName.obligor_id.in_(group)).distinct()).scalars()
    )
    names += [one.name for one in members if one.name not in names]
    lands = {one.country for one in members}
    numbers = {one.registration_number for one in members if one.registration_number}
    return [entry for entry in entries if _concerns(entry, lands, numbers, names)]


def _concerns(entry: Exclusion, lands: set[str], numbers: set[str], names: list[str]) -> bool:
    if entry.country is not None and entry.country not in lands:
        return False
    if entry.kind == COUNTRY:
        return True
    if entry.registration_number and entry.registration_number in numbers:
        return True
    wanted, key = entry.name, entry.name_key
    if wanted is None or key is None:
        return False
    return any(may_be_alike(key, name_key(name)) and compare(wanted, name).lookalike for name in names)
