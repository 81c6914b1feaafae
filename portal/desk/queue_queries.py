"""The desk's work as it is asked for: applications, firms, appeals and insured firms in question, in one list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import Session

from portal.applications.queries import (
    base_year_of,
    findings,
    latest_decisions,
    missing_by_year,
    year_is_over,
)
from portal.applications.records import Application
from portal.common.people import CHUNK
from portal.desk.districts import PLACE, district_of, districts_in
from portal.desk.holding import APPLICATION, nobodys
from portal.desk.queue_branches import branches
from portal.desk.queue_filter import FREE_OR_MINE, LATE, NOBODY, SOON, SOON_DAYS, VIEWS, QueueFilter
from portal.members.queries import tied_to
from portal.programme.records import CalendarYear
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.findings import Finding, Verdict

PER_PAGE = 20


class Place(NamedTuple):
    """One case of the desk: what kind, and its number."""

    kind: str
    number: str


@dataclass(frozen=True)
class QueueRow:
    """One case as the queue shows it.

    ``exports_minor`` is in cents of USD, ``waited`` in days and None once closed. ``days_left`` counts days until
    ``due`` and is negative once it is late; a clock that stands still (``paused``) is never late. Meanwhile it is
    the firm's turn: ``answer_due`` is its last day, ``answer_left`` counts to it in the same way. ``due`` is not
    certain in a year whose holidays are not published yet. ``codes`` say why a firm, an appeal or an insured firm
    is looked at, ``findings`` why an application is. ``tied``: the reader is tied to the firm and decides nothing
    about it. ``over``: the policy year has ended, so it can only lapse.
    """

    kind: str
    number: str
    firm_name: str
    uscc: str
    state: str
    base_year: int | None
    since: date
    waited: int | None
    due: date | None
    days_left: int | None
    due_certain: bool
    paused: date | None
    answer_due: date | None
    answer_left: int | None
    holder: str | None
    exports_minor: int | None
    district: str | None
    codes: tuple[str, ...]
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    tied: bool
    over: bool
    decision_id: str | None

    @property
    def place(self) -> Place:
        """Kind and number."""
        return Place(self.kind, self.number)


class Queue:
    """The work that one person asks for on one day. Each method is a fixed number of queries."""

    def __init__(self, session: Session, wanted: QueueFilter, me: str, today: date) -> None:
        self.session = session
        self.wanted = wanted
        self.me = me
        self.today = today
        self._work = self._work_of(wanted)

    def counts(self) -> dict[str, int]:
        """How many cases each view holds, whatever else is asked for (one query)."""
        views = [self._work_of(QueueFilter(view=view)) for view in VIEWS]
        counted = [select(func.count()).select_from(work).scalar_subquery() for work in views]
        return dict(zip(VIEWS, self.session.execute(select(*counted)).one(), strict=True))

    def total(self) -> int:
        """How many cases are asked for."""
        return self.session.execute(select(func.count()).select_from(self._asked().subquery())).scalar_one()

    def places(self) -> list[Place]:
        """All that are asked for, in order."""
        kind, number = self._work.c.kind, self._work.c.number
        return [Place(*row) for row in self.session.execute(self._ordered().with_only_columns(kind, number))]

    def page(self, page: int) -> list[QueueRow]:
        """One page, in order; 1 is the first."""
        query = self._ordered().limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        return self._rows(self.session.execute(query).all())

    def rows(self) -> Iterator[QueueRow]:
        """All that are asked for, in order, read in parts."""
        work = self.session.execute(self._ordered()).all()
        for start in range(0, len(work), CHUNK):
            yield from self._rows(work[start : start + CHUNK])

    def rows_of(self, numbers: Sequence[str]) -> list[QueueRow]:
        """Those of these cases that are asked for, in order."""
        query = self._ordered().where(self._work.c.number.in_(list(numbers)))
        return self._rows(self.session.execute(query).all())

    def holders(self) -> list[str]:
        """The accounts that have cases of this view."""
        work = self._work_of(QueueFilter(view=self.wanted.view))
        query = select(work.c.holder).where(work.c.holder.is_not(None)).distinct()
        return sorted(self.session.execute(query).scalars())

    def districts(self) -> list[str]:
        """The districts in which this view has firms, in alphabetical order."""
        return sorted(self._districts())

    def _districts(self) -> dict[str, set[str]]:
        """District → the beginnings of addresses that name it, as far as this view has any."""
        work = self._work_of(QueueFilter(view=self.wanted.view))
        query = select(PLACE).join(work, _registry_of(work)).distinct()
        return districts_in(self.session.execute(query).scalars())

    def _work_of(self, wanted: QueueFilter) -> Any:
        return union_all(*branches(wanted, self.me, self.today)).subquery()

    def _asked(self) -> Select[Any]:
        wanted, work = self.wanted, self._work
        query = select(work)
        if wanted.q:
            texts = (work.c.firm_name, work.c.uscc, work.c.number)
            query = query.where(or_(*(text.icontains(wanted.q, autoescape=True) for text in texts)))
        if wanted.district:
            beginnings = self._districts().get(wanted.district, set())
            query = query.join(RegistryRow, _registry_of(work)).where(
                or_(false(), *(PLACE.startswith(begin, autoescape=True) for begin in sorted(beginnings)))
            )
        if wanted.waited:
            query = query.where(
                work.c.since <= self.today - timedelta(days=int(wanted.waited)), work.c.still_open == 1
            )
        if wanted.due:
            query = query.where(self._due())
        if wanted.holder == NOBODY:
            return query.where(nobodys(work.c.holder))
        if wanted.holder == FREE_OR_MINE:
            return query.where(or_(nobodys(work.c.holder), work.c.holder == self.me))
        return query.where(work.c.holder == wanted.holder) if wanted.holder else query

    def _due(self) -> ColumnElement[bool]:
        """Late, or due within so many days: the desk, or the firm with its answer while the clock stands still."""
        work = self._work.c
        last = self.today - timedelta(days=1) if self.wanted.due == LATE else self.today
        if self.wanted.due == SOON:
            last = self.today + timedelta(days=SOON_DAYS)
        ours = and_(work.due <= last, work.paused.is_(None), work.answer_due.is_(None))
        return and_(or_(ours, work.answer_due <= last), work.still_open == 1)

    def _ordered(self) -> Select[Any]:
        key, down = self.wanted.sort.removeprefix("-"), self.wanted.sort.startswith("-")
        if key == "waited":  # whoever came first has waited longest
            key, down = "submitted", not down
        work = self._work.c
        columns: dict[str, tuple[Any, ...]] = {
            "number": (work.series, work.serial),
            "name": (work.firm_name,),
            "exports": (work.exports,),
            "submitted": (work.since,),
            "due": (func.coalesce(work.answer_due, work.due),),
        }
        chosen = [(c.desc() if down else c.asc()).nulls_last() for c in columns[key]]
        return self._asked().order_by(*chosen, work.series, work.serial)

    def _rows(self, found: Sequence[Any]) -> list[QueueRow]:
        ids = [row.id for row in found if row.kind == APPLICATION]
        query = select(Application).where(Application.id.in_(ids))
        applications = {one.id: one for one in self.session.execute(query).scalars()}
        decisions = latest_decisions(self.session, ids)
        missing = missing_by_year(self.session, list(applications.values()))
        codes = {row.uscc for row in found}
        places = _places(self.session, codes)
        tied = tied_to(self.session, self.me, codes)
        published = set(self.session.execute(select(CalendarYear.year)).scalars())
        rows = []
        for row in found:
            application, decision = applications.get(row.id), decisions.get(row.id)
            base_year = base_year_of(application) if application else None
            awaits = row.state == stages.AWAITING_SOURCE and base_year is not None
            is_open = bool(row.still_open)
            answer_due = row.answer_due if is_open else None
            runs = is_open and row.due is not None and row.paused is None
            rows.append(
                QueueRow(
                    kind=row.kind,
                    number=row.number,
                    firm_name=row.firm_name,
                    uscc=row.uscc,
                    state=row.state,
                    base_year=base_year,
                    since=row.since,
                    waited=max(0, (self.today - row.since).days) if is_open else None,
                    due=row.due if is_open else None,
                    days_left=(row.due - self.today).days if runs else None,
                    due_certain=not runs or row.due.year in published,
                    paused=row.paused if is_open else None,
                    answer_due=answer_due,
                    answer_left=(answer_due - self.today).days if answer_due else None,
                    holder=row.holder,
                    exports_minor=decision.exports_minor if decision else None,
                    district=district_of(places.get(row.uscc)),
                    codes=tuple(row.codes.split()),
                    findings=tuple(f for f in findings(decision) if f.verdict is not Verdict.PASS),
                    missing=missing[base_year] if awaits and base_year is not None else (),
                    tied=row.uscc in tied,
                    over=is_open and application is not None and year_is_over(application, self.today),
                    decision_id=decision.id if decision else None,
                )
            )
        return rows


def next_place(places: Sequence[Place], here: Place) -> Place | None:
    """The case that follows in the order of a queue, the first one again after the last; None if it is alone."""
    at = places.index(here) if here in places else -1
    return next((one for one in [*places[at + 1 :], *places[: max(at, 0)]] if one != here), None)


def _registry_of(work: Any) -> ColumnElement[bool]:
    return and_(RegistryRow.uscc == work.c.uscc, RegistryRow.replaced_version.is_(None))


def _places(session: Session, codes: set[str]) -> Mapping[str, str | None]:
    query = select(RegistryRow.uscc, PLACE).where(
        RegistryRow.uscc.in_(sorted(codes)), RegistryRow.replaced_version.is_(None)
    )
    return dict(session.execute(query).all())
