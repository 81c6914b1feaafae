"""Buyers and banks, and the look-alikes among them, as the desk lists them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.claims.records import Claim, Notice
from portal.common.people import CHUNK
from portal.desk.asked import Asked
from portal.obligors.identifiers import country_codes
from portal.obligors.records import FirmBuyer, Lookalike, Obligor, ObligorName
from portal.obligors.roots import LIVE, MERGED
from portal.scheme import stages

RECORDS, LOOKALIKES, MINE, ANSWERED = "records", "lookalikes", "mine", "answered"
VIEWS = (RECORDS, LOOKALIKES, MINE, ANSWERED)
PER_PAGE = 20
KINDS = ("buyer", "bank")
First, Second = aliased(Obligor), aliased(Obligor)
SORTS: dict[str, tuple[Any, ...]] = {
    "name": (Obligor.name, Obligor.id),
    "number": (Obligor.made_at, Obligor.serial),
    "country": (Obligor.country, Obligor.name, Obligor.id),
}
PAIR_SORTS: dict[str, tuple[Any, ...]] = {
    "due": (Lookalike.due_on, Lookalike.serial),
    "number": (Lookalike.found_on, Lookalike.serial),
    "score": (Lookalike.score, Lookalike.serial),
}


@dataclass(frozen=True)
class ObligorFilter(Asked):
    """What is asked for, as it stands in an address; empty means all."""

    view: str = RECORDS
    q: str = ""
    kind: str = ""
    country: str = ""
    state: str = ""  # merged: only those that were merged into another
    sort: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Self:
        """What an address asks for; values that mean nothing are passed over."""
        view = asked.get("view", "") if asked.get("view", "") in VIEWS else RECORDS
        sorts = SORTS if view == RECORDS else PAIR_SORTS
        sort = asked.get("sort", "")
        return cls(
            view=view,
            q=asked.get("q", "").replace("\x00", "").strip()[:100],
            kind=asked.get("kind", "") if asked.get("kind", "") in KINDS and view == RECORDS else "",
            country=asked.get("country", "") if asked.get("country", "") in country_codes() else "",
            state=MERGED if asked.get("state") == MERGED and view == RECORDS else "",
            sort=sort if sort.removeprefix("-") in sorts else "",
        )


class ListedObligor(NamedTuple):
    """One record with how many firms deal with it, and its notices, claims and open look-alikes, of its group."""

    obligor: Obligor
    firms: int
    notices: int
    claims: int
    lookalikes: int


class ListedPair(NamedTuple):
    """One proposal with its two obligors."""

    asked: Lookalike
    first: Obligor
    second: Obligor


class ObligorList:
    """What an address asks for, read page by page."""

    def __init__(self, session: Session, wanted: ObligorFilter, me: str) -> None:
        self.session, self.wanted, self.me = session, wanted, me

    def counts(self) -> dict[str, int]:
        """How much each view holds, narrowed by nothing."""
        return {view: self._count(ObligorFilter(view)) for view in VIEWS}

    def total(self) -> int:
        """How much is asked for."""
        return self._count(self.wanted)

    def countries(self) -> Sequence[str]:
        """The countries that there are."""
        return self.session.execute(select(Obligor.country).distinct().order_by(Obligor.country)).scalars().all()

    def records(self, page: int | None = None) -> Iterator[ListedObligor]:
        """One page of records, or all of them."""
        query = _ordered(self._records(select(Obligor), self.wanted), SORTS, self.wanted.sort or "name")
        if page is not None:
            query = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        found = list(self.session.execute(query).scalars())
        for start in range(0, len(found), CHUNK):
            yield from listed(self.session, found[start : start + CHUNK])

    def pairs(self, page: int | None = None) -> list[ListedPair]:
        """One page of proposals, or all of them."""
        query = self._pairs(_with_both(select(Lookalike, First, Second)), self.wanted)
        query = _ordered(
            query, PAIR_SORTS, self.wanted.sort or ("-number" if self.wanted.view == ANSWERED else "due")
        )
        if page is not None:
            query = query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        return [ListedPair(*row) for row in self.session.execute(query)]

    def _count(self, wanted: ObligorFilter) -> int:
        if wanted.view == RECORDS:
            query = self._records(select(func.count()).select_from(Obligor), wanted)
        else:
            query = select(func.count()).select_from(Lookalike)
            if wanted.q or wanted.country:  # else nothing of the two is looked at
                query = _with_both(query)
            query = self._pairs(query, wanted)
        return int(self.session.execute(query).scalar_one())

    def _records(self, query: Select[Any], wanted: ObligorFilter) -> Select[Any]:
        query = query.where(Obligor.state == (wanted.state or LIVE))
        if wanted.kind:
            query = query.where(Obligor.kind == wanted.kind)
        if wanted.country:
            query = query.where(Obligor.country == wanted.country)
        if wanted.q:
            query = query.where(or_(*_fits(Obligor, wanted.q)))
        return query

    def _pairs(self, query: Any, wanted: ObligorFilter) -> Select[Any]:
        if wanted.view == ANSWERED:
            query = query.where(Lookalike.state != stages.OPEN)
        else:
            query = query.where(Lookalike.state == stages.OPEN)
        if wanted.view == MINE:
            query = query.where(Lookalike.assigned_to == self.me)
        if wanted.country:
            query = query.where(or_(First.country == wanted.country, Second.country == wanted.country))
        if wanted.q:
            by_number = Lookalike.number == wanted.q.upper()
            query = query.where(or_(by_number, *_fits(First, wanted.q), *_fits(Second, wanted.q)))
        narrowed: Select[Any] = query
        return narrowed


def _with_both(query: Any) -> Select[Any]:
    joined: Select[Any] = query.join(First, First.id == Lookalike.first_id)
    return joined.join(Second, Second.id == Lookalike.second_id)


def _fits(table: Any, text: str) -> list[ColumnElement[bool]]:
    part, code = text.lower(), "".join(text.split()).upper()
    named = select(ObligorName.obligor_id).where(func.lower(ObligorName.name).contains(part, autoescape=True))
    return [
        func.lower(table.name).contains(part, autoescape=True),
        table.id.in_(named),
        table.number == code,
        table.registration_number == code,
        table.lei == code,
        table.bic.startswith(code, autoescape=True),
    ]


def _ordered(query: Select[Any], sorts: Mapping[str, tuple[Any, ...]], sort: str) -> Select[Any]:
    columns = sorts[sort.removeprefix("-")]
    return query.order_by(*(column.desc() if sort.startswith("-") else column for column in columns))


def listed(session: Session, found: Sequence[Obligor]) -> list[ListedObligor]:
    """These records with what a list says of them; what was merged into one counts for it."""
    root = {one.id: one.id for one in found}
    newest = list(root)
    while newest:
        query = select(Obligor.id, Obligor.merged_into).where(Obligor.merged_into.in_(newest))
        newest = []
        for child, parent in session.execute(query):
            if child not in root:
                root[child] = root[str(parent)]
                newest.append(child)
    firms = _counted(session, root, FirmBuyer.obligor_id, FirmBuyer.removed_at.is_(None))
    notices = _counted(session, root, Notice.obligor_id, Notice.number.is_not(None))
    claims = _counted(session, root, Claim.obligor_id)
    first = _counted(session, root, Lookalike.first_id, Lookalike.state == stages.OPEN)
    second = _counted(session, root, Lookalike.second_id, Lookalike.state == stages.OPEN)
    return [
        ListedObligor(one, firms[one.id], notices[one.id], claims[one.id], first[one.id] + second[one.id])
        for one in found
    ]


def _counted(session: Session, root: Mapping[str, str], column: Any, *conditions: Any) -> Counter[str]:
    counts: Counter[str] = Counter()
    ids = list(root)
    for start in range(0, len(ids), CHUNK):
        query = select(column, func.count()).where(column.in_(ids[start : start + CHUNK]), *conditions)
        for obligor_id, count in session.execute(query.group_by(column)):
            counts[root[obligor_id]] += count
    return counts
