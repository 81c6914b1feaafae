"""What an obligor became when records were merged, and all that lead to the same one."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.obligors.records import Obligor

LIVE, MERGED = "live", "merged"
CHUNK = 500  # ids in one IN (…), well under SQLite's limit


class UnknownObligor(LookupError):
    """There is no obligor of this id or number."""


def root_of(session: Session, obligor_id: str) -> Obligor:
    """The obligor at the end of the chain of merges; raises `UnknownObligor`."""
    seen: set[str] = set()
    found = session.get(Obligor, obligor_id)
    while found is not None and found.merged_into is not None:
        if found.id in seen:
            raise RuntimeError(f"the merges of obligor {found.number} lead in a circle")
        seen.add(found.id)
        found = session.get(Obligor, found.merged_into)
    if found is None:
        raise UnknownObligor(obligor_id)
    return found


def group_of(session: Session, obligor_id: str) -> list[str]:
    """The ids of all obligors that became the same one as this, the root first. Money is counted over all."""
    root = root_of(session, obligor_id)
    group, newest = [root.id], [root.id]
    while newest:
        query = select(Obligor.id).where(Obligor.merged_into.in_(newest)).order_by(Obligor.id)
        newest = list(session.execute(query).scalars())
        group += newest
    return group


def groups_of(session: Session, obligor_ids: Collection[str]) -> dict[str, list[str]]:
    """By what each of many obligors became the ids of all that became it, itself first: as `group_of`, at once."""
    owner = {root: root for root in roots_of(session, obligor_ids).values()}
    groups = {root: [root] for root in sorted(owner)}
    newest = sorted(owner)
    while newest:
        found: list[tuple[str, str]] = []
        for start in range(0, len(newest), CHUNK):
            query = select(Obligor.id, Obligor.merged_into).where(
                Obligor.merged_into.in_(newest[start : start + CHUNK])
            )
            found += [(one, into) for one, into in session.execute(query) if into is not None]
        for one, into in sorted(found):
            owner[one] = owner[into]
            groups[owner[one]].append(one)
        newest = sorted(one for one, _into in found)
    return groups


def roots_of(session: Session, obligor_ids: Collection[str]) -> dict[str, str]:
    """What each of many obligors became, by id: as `root_of`, in as many queries as merges follow each other."""
    found = {one: one for one in obligor_ids}
    while True:
        ends = sorted(set(found.values()))
        further: dict[str, str] = {}
        for start in range(0, len(ends), CHUNK):
            query = select(Obligor.id, Obligor.merged_into).where(
                Obligor.id.in_(ends[start : start + CHUNK]), Obligor.merged_into.is_not(None)
            )
            further |= {one: into for one, into in session.execute(query) if into is not None}
        if not further:
            return found
        found = {one: further.get(end, end) for one, end in found.items()}
