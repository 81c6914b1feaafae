"""The claims desk's work as it is asked for: one view of claims, page by page, in a fixed number of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session

from portal.applications.records import Request
from portal.applications.requests import CLAIM as CLAIM_REQUEST
from portal.claims.records import Assessment, Assignment, Claim, ConsentRequest
from portal.common.people import CHUNK
from portal.desk.claim_filter import MINE, STATES_OF, VIEWS, ClaimFilter
from portal.desk.holding import nobodys
from portal.desk.queue_filter import LATE, NOBODY, SOON, SOON_DAYS
from portal.members.queries import tied_to
from portal.obligors.records import Obligor
from portal.scheme import stages

PER_PAGE = 20
ASSIGNMENT_TOLD, ASSIGNMENT_RECORDED = stages.TOLD, stages.RECORDED
_ORDER: dict[str, tuple[Any, ...]] = {
    "number": (func.substr(Claim.number, 1, 5), Claim.serial),
    "firm": (Claim.firm_name,),
    "buyer": (Obligor.name,),
    "amount": (Claim.amount_minor,),
    "filed": (func.coalesce(Claim.filed_on, Claim.opened_on),),
    "due": (Claim.due_on,),
}


@dataclass(frozen=True)
class ClaimRow:
    """One claim as the queue shows it.

    Amounts are in cents of its currency: ``claim.amount_minor`` as claimed, ``indemnity_minor`` as proposed or as
    it stands. ``days_left`` counts to the due day and is None while the clock stands still; ``answer_due`` is the
    last day of a request. ``assignment`` is told or recorded, ``consents`` how many requests are open.
    """

    claim: Claim
    obligor: Obligor
    indemnity_minor: int | None
    fast: bool
    approver: str | None
    days_left: int | None
    answer_due: date | None
    answer_left: int | None
    assignment: str | None
    consents: int
    tied: bool


class ClaimQueue:
    """The claims that one person asks for on one day. Each method is a fixed number of queries."""

    def __init__(self, session: Session, wanted: ClaimFilter, me: str, today: date) -> None:
        self.session = session
        self.wanted = wanted
        self.me = me
        self.today = today

    def counts(self) -> dict[str, int]:
        """How many claims each view holds, whatever else is asked for (two queries)."""
        by_state = select(Claim.state, func.count().label("claims")).group_by(Claim.state)
        held = {row.state: int(row.claims) for row in self.session.execute(by_state)}
        ways = union(select(Claim.id).where(self._held()), self._given())  # by index, as an or is not read
        mine = select(func.count()).select_from(ways.subquery())
        found = {view: sum(held.get(one, 0) for one in STATES_OF.get(view, ())) for view in VIEWS}
        return {**found, MINE: self.session.execute(mine).scalar_one()}

    def total(self) -> int:
        """How many claims are asked for."""
        counted: int = self.session.execute(self._asked(select(func.count()))).scalar_one()
        return counted

    def page(self, page: int) -> list[ClaimRow]:
        """One page, in order; 1 is the first."""
        query = self._ordered().limit(PER_PAGE).offset((page - 1) * PER_PAGE)
        return self._rows(self._loaded(self.session.execute(query).scalars().all()))

    def rows(self) -> Iterator[ClaimRow]:
        """All that are asked for, in order, read in parts."""
        found = self.session.execute(self._ordered()).scalars().all()
        for start in range(0, len(found), CHUNK):
            yield from self._rows(self._loaded(found[start : start + CHUNK]))

    def numbers(self) -> list[str]:
        """The numbers of all that are asked for, in order."""
        return list(self.session.execute(self._ordered().with_only_columns(Claim.number)).scalars())

    def holders(self) -> list[str]:
        """The accounts that have claims of this view."""
        query = select(Claim.assigned_to).where(self._in_view(self.wanted.view), Claim.assigned_to.is_not(None))
        return sorted(one for one in self.session.execute(query.distinct()).scalars() if one is not None)

    def countries(self) -> list[str]:
        """The countries of this view's buyers and banks."""
        query = select(Claim.country).where(self._in_view(self.wanted.view)).distinct()
        return sorted(self.session.execute(query).scalars())

    def _in_view(self, view: str) -> ColumnElement[bool]:
        if view != MINE:
            return Claim.state.in_(STATES_OF[view])
        return or_(self._held(), Claim.id.in_(self._given()))

    def _held(self) -> ColumnElement[bool]:
        """One has the claim."""
        return and_(Claim.assigned_to == self.me, Claim.state.in_(stages.OPEN_CLAIM_STATES))

    def _given(self) -> Select[str]:
        """The claims that were given to oneself to approve: proposed as long as an assessment is submitted."""
        return select(Assessment.claim_id).where(
            Assessment.approver == self.me, Assessment.state == stages.SUBMITTED
        )

    def _asked(self, query: Select[Any]) -> Select[Any]:
        wanted = self.wanted
        query = query.select_from(Claim).where(self._in_view(wanted.view))
        if wanted.q or wanted.sort.removeprefix("-") == "buyer":  # else a name of the buyer is not looked at
            query = query.join(Obligor, Obligor.id == Claim.obligor_id)
        if wanted.q:
            texts = (Claim.firm_name, Claim.uscc, Claim.number, Obligor.name)
            query = query.where(or_(*(text.icontains(wanted.q, autoescape=True) for text in texts)))
        if wanted.risk:
            query = query.where(Claim.risk == wanted.risk)
        if wanted.country:
            query = query.where(Claim.country == wanted.country)
        if wanted.state:
            query = query.where(Claim.state == wanted.state)
        if wanted.due:
            query = query.where(self._due())
        if wanted.holder == NOBODY:
            query = query.where(nobodys(Claim.assigned_to))
        elif wanted.holder:
            query = query.where(Claim.assigned_to == wanted.holder)
        return query

    def _due(self) -> ColumnElement[bool]:
        last = self.today - timedelta(days=1) if self.wanted.due == LATE else self.today
        if self.wanted.due == SOON:
            last = self.today + timedelta(days=SOON_DAYS)
        asked = select(Request.subject_id).where(
            Request.subject_kind == CLAIM_REQUEST,
            Request.answered_at.is_(None),
            Request.closed_at.is_(None),
            Request.due_on <= last,
        )
        ours = and_(Claim.due_on <= last, Claim.paused_on.is_(None))
        return and_(or_(ours, Claim.id.in_(asked)), Claim.state.in_(stages.OPEN_CLAIM_STATES))

    def _ordered(self) -> Select[Any]:
        """The ids of what is asked for, in order: what is sorted stays narrow."""
        key, down = self.wanted.sort.removeprefix("-"), self.wanted.sort.startswith("-")
        chosen = [(one.desc() if down else one.asc()).nulls_last() for one in _ORDER[key]]
        return self._asked(select(Claim.id)).order_by(*chosen, *_ORDER["number"])

    def _loaded(self, ids: Sequence[str]) -> list[tuple[Claim, Obligor]]:
        query = select(Claim, Obligor).join(Obligor, Obligor.id == Claim.obligor_id).where(Claim.id.in_(ids))
        found = {claim.id: (claim, obligor) for claim, obligor in self.session.execute(query)}
        return [found[one] for one in ids]

    def _rows(self, found: Sequence[tuple[Claim, Obligor]]) -> list[ClaimRow]:
        ids = [claim.id for claim, _obligor in found]
        assessments = self._assessments(ids)
        answers = self._answers(ids)
        assigned = self._assigned(ids)
        consents = self._consents([claim.notice_id for claim, _obligor in found])
        tied = tied_to(self.session, self.me, {claim.uscc for claim, _obligor in found})
        rows = []
        for claim, obligor in found:
            newest = assessments.get(claim.id)
            runs = claim.due_on is not None and claim.paused_on is None
            runs = runs and claim.state in stages.OPEN_CLAIM_STATES
            answer = answers.get(claim.id)
            proposed = newest is not None and claim.state == stages.PROPOSED
            rows.append(
                ClaimRow(
                    claim=claim,
                    obligor=obligor,
                    indemnity_minor=newest.indemnity_minor if newest and proposed else claim.approved_minor,
                    fast=bool(newest and proposed and newest.how == "fast"),
                    approver=newest.approver if newest and proposed else None,
                    days_left=(claim.due_on - self.today).days if runs and claim.due_on else None,
                    answer_due=answer,
                    answer_left=(answer - self.today).days if answer else None,
                    assignment=assigned.get(claim.id),
                    consents=consents.get(claim.notice_id, 0),
                    tied=claim.uscc in tied,
                )
            )
        return rows

    def _assessments(self, ids: Sequence[str]) -> dict[str, Assessment]:
        """The newest assessment of each claim."""
        query = select(Assessment).where(Assessment.claim_id.in_(ids)).order_by(Assessment.sequence)
        return {one.claim_id: one for one in self.session.execute(query).scalars()}

    def _assigned(self, ids: Sequence[str]) -> dict[str, str]:
        states = (ASSIGNMENT_TOLD, ASSIGNMENT_RECORDED)
        query = select(Assignment.claim_id, Assignment.state).where(
            Assignment.claim_id.in_(ids), Assignment.state.in_(states)
        )
        return {row.claim_id: row.state for row in self.session.execute(query)}

    def _answers(self, ids: Sequence[str]) -> dict[str, date]:
        query = select(Request.subject_id, Request.due_on).where(
            Request.subject_kind == CLAIM_REQUEST,
            Request.subject_id.in_(ids),
            Request.answered_at.is_(None),
            Request.closed_at.is_(None),
        )
        return {row.subject_id: row.due_on for row in self.session.execute(query)}

    def _consents(self, notices: Sequence[str]) -> dict[str, int]:
        query = (
            select(ConsentRequest.notice_id, func.count().label("open"))
            .where(ConsentRequest.notice_id.in_(notices), ConsentRequest.state == stages.OPEN)
            .group_by(ConsentRequest.notice_id)
        )
        return {row.notice_id: row.open for row in self.session.execute(query)}
