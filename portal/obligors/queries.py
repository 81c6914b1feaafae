"""What is read of obligors: their roots and groups, names, unanswered look-alikes, warnings, firms' own lists."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.obligors.exclusions import warnings_for
from portal.obligors.identifiers import countries, country_name
from portal.obligors.records import FirmBuyer, Lookalike, Merge, Obligor, ObligorName
from portal.obligors.roots import UnknownObligor, group_of, root_of
from portal.obligors.searching import Candidate, candidates, search
from portal.scheme import stages

__all__ = [
    "Candidate",
    "UnknownObligor",
    "candidates",
    "countries",
    "country_name",
    "group_of",
    "root_of",
    "search",
    "warnings_for",
]


def find_obligor(session: Session, number: str) -> Obligor | None:
    """The obligor of this number, merged or not."""
    return session.execute(select(Obligor).where(Obligor.number == number)).scalar()


def obligor_name(session: Session, obligor_id: str, uscc: str | None = None) -> str:
    """What an obligor is called: by a firm (`uscc`) as the firm writes it, else by its record's own name."""
    if uscc is not None:
        query = select(FirmBuyer.name).where(
            FirmBuyer.uscc == uscc, FirmBuyer.obligor_id.in_(group_of(session, obligor_id))
        )
        own = (
            session.execute(query.order_by(FirmBuyer.removed_at.is_(None).desc(), FirmBuyer.id)).scalars().first()
        )
        if own is not None:
            return own
    return root_of(session, obligor_id).name


def names_of(session: Session, obligor_id: str) -> Sequence[ObligorName]:
    """All names of an obligor and of what was merged into it, oldest first."""
    group = group_of(session, obligor_id)
    query = select(ObligorName).where(ObligorName.obligor_id.in_(group)).order_by(ObligorName.id)
    return session.execute(query).scalars().all()


def lookalikes_of(session: Session, obligor_id: str) -> list[Lookalike]:
    """All proposals about an obligor's whole group, open ones first, then the newest."""
    group = group_of(session, obligor_id)
    query = (
        select(Lookalike)
        .where(or_(Lookalike.first_id.in_(group), Lookalike.second_id.in_(group)))
        .order_by((Lookalike.state == stages.OPEN).desc(), Lookalike.serial.desc(), Lookalike.id)
    )
    return list(session.execute(query).scalars())


def unanswered_lookalikes(session: Session, obligor_id: str) -> list[Lookalike]:
    """The open proposals about an obligor's whole group; a pair that a merge made one is no question any more."""
    group = set(group_of(session, obligor_id))
    query = select(Lookalike).where(
        Lookalike.state == stages.OPEN, or_(Lookalike.first_id.in_(group), Lookalike.second_id.in_(group))
    )
    found = session.execute(query.order_by(Lookalike.serial, Lookalike.id)).scalars()
    return [one for one in found if not {one.first_id, one.second_id} <= group]


def find_lookalike(session: Session, number: str) -> Lookalike | None:
    """The proposal of this number."""
    return session.execute(select(Lookalike).where(Lookalike.number == number)).scalar()


def find_merge(session: Session, number: str) -> Merge | None:
    """The merge of this number."""
    return session.execute(select(Merge).where(Merge.number == number)).scalar()


def merges_of(session: Session, obligor_id: str) -> Sequence[Merge]:
    """Every merge into or of an obligor's group, undone ones too, newest first."""
    group = group_of(session, obligor_id)
    query = (
        select(Merge)
        .where(or_(Merge.kept_id.in_(group), Merge.merged_id.in_(group)))
        .order_by(Merge.merged_at.desc(), Merge.id.desc())
    )
    return session.execute(query).scalars().all()


def buyers_of(session: Session, uscc: str) -> Sequence[FirmBuyer]:
    """The buyers and banks on a firm's own list, by name."""
    query = select(FirmBuyer).where(FirmBuyer.uscc == uscc, FirmBuyer.removed_at.is_(None))
    return session.execute(query.order_by(FirmBuyer.name, FirmBuyer.id)).scalars().all()


def firms_with(session: Session, obligor_id: str) -> Sequence[FirmBuyer]:
    """The firms that deal with an obligor or with what was merged into it. For staff only."""
    query = select(FirmBuyer).where(
        FirmBuyer.obligor_id.in_(group_of(session, obligor_id)), FirmBuyer.removed_at.is_(None)
    )
    return session.execute(query.order_by(FirmBuyer.uscc, FirmBuyer.id)).scalars().all()
