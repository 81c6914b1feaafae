"""What an obligor became when records were merged, and all that lead to the same one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.obligors.records import Obligor

LIVE, MERGED = "live", "merged"


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
