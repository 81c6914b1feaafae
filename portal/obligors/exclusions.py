"""Countries and parties that a scheme does not cover, or that are under sanctions: what holds on a day."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.common.audit import canonical_json
from portal.obligors.identifiers import clean_registration_number
from portal.obligors.matching import compare, name_key
from portal.obligors.records import Exclusion, ExclusionSetAside, ExclusionVersion, Obligor, ObligorName
from portal.obligors.roots import CHUNK, groups_of
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


@dataclass(frozen=True)
class Hit:
    """An entry that concerns an obligor; `names` are those it is like where only a like name speaks for it.

    Then a person may find that it is somebody else; `aside` is what was found, if it still holds, `taken_back`
    what a person found wrong again, the oldest first.
    """

    entry: Exclusion
    names: tuple[str, ...]
    aside: ExclusionSetAside | None = None
    taken_back: tuple[ExclusionSetAside, ...] = ()


def warnings_for(
    session: Session, scheme: str, obligor: Obligor, on: date, entries: Sequence[Exclusion] | None = None
) -> list[Exclusion]:
    """What excludes an obligor, or puts it under sanctions, on a day: its country, or a party like it.

    A party matches by registration number or by a name that looks alike, in the same country where the entry
    names one, under any name that the obligor's whole group goes by. A name that is merely like is enough to
    stop and look; people decide, and what they set aside for this obligor is no longer among these. `entries` are
    those of `in_force`, where they are read already.
    """
    found = in_force(session, scheme, on) if entries is None else entries
    return [one.entry for one in hits_for(session, obligor, found) if one.aside is None]


def hits_for(session: Session, obligor: Obligor, entries: Sequence[Exclusion]) -> list[Hit]:
    """The entries that concern an obligor with all that were merged into it, those set aside too."""
    if not entries:
        return []
    ((_root, found),) = hits_of(session, [obligor.id], entries).items()
    return found


def hits_of(session: Session, obligor_ids: Collection[str], entries: Sequence[Exclusion]) -> dict[str, list[Hit]]:
    """The same of many obligors, by what they became: as many queries for all of them as for one."""
    groups = groups_of(session, obligor_ids)
    wanted = sorted(one for group in groups.values() for one in group)
    members: dict[str, Obligor] = {}
    called: dict[str, set[str]] = defaultdict(set)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        members |= {one.id: one for one in session.scalars(select(Obligor).where(Obligor.id.in_(part)))}
        named = select(ObligorName.obligor_id, ObligorName.name).where(ObligorName.obligor_id.in_(part))
        for obligor_id, name in session.execute(named):
            called[obligor_id].add(name)
    aside = set_asides(session, wanted)
    return {
        root: _hits([members[one] for one in group], [called[one] for one in group], entries, aside)
        for root, group in groups.items()
    }


def _hits(
    members: Sequence[Obligor],
    called: Sequence[set[str]],
    entries: Sequence[Exclusion],
    every: Mapping[str, Sequence[ExclusionSetAside]],
) -> list[Hit]:
    group = {one.id for one in members}
    names = sorted(set().union(*called) | {one.name for one in members})
    lands = {one.country for one in members}
    numbers = {one.registration_number for one in members if one.registration_number}
    found = []
    for entry in entries:
        like = _concerns(entry, lands, numbers, names)
        if like is not None:
            known = [one for one in every.get(entry_sha256(entry), ()) if one.obligor_id in group]
            standing = [one for one in known if one.taken_back_at is None]
            over = tuple(one for one in known if one.taken_back_at is not None)
            found.append(Hit(entry, like, _holds(standing, like), over))
    return found


def firm_listed(entries: Sequence[Exclusion], names: Collection[str], uscc: str | None = None) -> Exclusion | None:
    """The entry about a party that the insured firm, or whoever holds the account to be paid to, itself is.

    By credit code where the entry has a number, else by the very same name key: a like name alone is no firm here.
    """
    keys = {name_key(one) for one in names} - {""}
    number = clean_registration_number(uscc) if uscc else None
    for entry in entries:
        if entry.kind != PARTY:
            continue
        if entry.registration_number:
            if number is not None and entry.registration_number == number:
                return entry
        elif entry.name_key in keys:
            return entry
    return None


def entry_sha256(entry: Exclusion) -> str:
    """What an entry says, all of it, as a digest: the same in every version that repeats it."""
    said = [
        str(one) if one is not None else None
        for one in (
            entry.scheme,
            entry.kind,
            entry.reason,
            entry.country,
            entry.name,
            entry.registration_number,
            entry.holds_from,
            entry.holds_to,
            entry.source,
        )
    ]
    return sha256(canonical_json(said).encode()).hexdigest()


def set_asides(session: Session, obligor_ids: Sequence[str]) -> dict[str, list[ExclusionSetAside]]:
    """What was ever set aside for these obligors, by what the entry says, the oldest first."""
    every: list[ExclusionSetAside] = []
    for start in range(0, len(obligor_ids), CHUNK):
        query = select(ExclusionSetAside).where(
            ExclusionSetAside.obligor_id.in_(obligor_ids[start : start + CHUNK])
        )
        every += session.scalars(query)
    found: dict[str, list[ExclusionSetAside]] = defaultdict(list)
    for one in sorted(every, key=lambda one: (one.set_at, one.id)):
        found[one.entry_sha256].append(one)
    return found


def _holds(found: Sequence[ExclusionSetAside], like: tuple[str, ...]) -> ExclusionSetAside | None:
    """The newest that is set aside, if every name that the entry is like now was looked at then."""
    looked_at = {name for one in found for name in json.loads(one.names)}
    return found[-1] if found and like and set(like) <= looked_at else None


def _concerns(entry: Exclusion, lands: set[str], numbers: set[str], names: list[str]) -> tuple[str, ...] | None:
    """The names that the entry is like, none where country or number settles it; None: it is not about them."""
    if entry.country is not None and entry.country not in lands:
        return None
    if entry.kind == COUNTRY or (entry.registration_number and entry.registration_number in numbers):
        return ()
    wanted, key = entry.name, entry.name_key
    if wanted is None or key is None:
        return None
    like = [name for name in names if may_be_alike(key, name_key(name)) and compare(wanted, name).lookalike]
    return tuple(sorted(like)) or None
