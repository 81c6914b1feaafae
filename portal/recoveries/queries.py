"""The recoveries as lists: of a notice for its firm, of all for the desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.claims.records import Claim, Receipt
from portal.ledger.accounts import Held
from portal.ledger.records import Entry
from portal.obligors.records import ExcessTask, Obligor
from portal.recoveries.booking import once_given_back
from portal.recoveries.records import Recovery, Share
from portal.reference.queries import clamped
from portal.scheme import stages

PER_PAGE = 20
UNDECIDED = (stages.OPEN, stages.PROPOSED)  # states of an excess on which somebody has to act
TOLD, TO_SETTLE, LATE, RECORDED, ALL = "told", "to_settle", "late", "recorded", "all"
VIEWS = (TOLD, TO_SETTLE, LATE, RECORDED, ALL)
SORTS: dict[str, Any] = {
    "number": Recovery.number,
    "firm": Recovery.firm_name,
    "received": Recovery.received_on,
    "amount": Recovery.amount_minor,
}


@dataclass(frozen=True)
class Wanted:
    """What of the recoveries is asked for, on which day."""

    view: str
    q: str
    sort: str
    today: date


class Row(NamedTuple):
    """A recovery with what is shared of it, and until when something has to change hands."""

    recovery: Recovery
    underwriter_minor: int
    firm_minor: int
    costs_minor: int
    due_on: date | None


class RecoveryPage(NamedTuple):
    """One page of recoveries."""

    rows: list[Row]
    total: int
    number: int


def recoveries_page(session: Session, wanted: Wanted, page: int) -> RecoveryPage:
    """The recoveries that are asked for, in their order."""
    query = _wanted(wanted)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = clamped(page, total, PER_PAGE)
    shown = _ordered(query, wanted.sort).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return RecoveryPage(with_shares(session, list(session.execute(shown).scalars())), total, page)


def every_recovery(session: Session, wanted: Wanted) -> Iterator[Row]:
    """All recoveries that are asked for, in their order."""
    found = list(session.execute(_ordered(_wanted(wanted), wanted.sort)).scalars())
    yield from with_shares(session, found)


def counts(session: Session, today: date) -> dict[str, int]:
    """How many recoveries stand in each view."""
    return {
        view: session.execute(
            select(func.count()).select_from(_wanted(Wanted(view, "", "", today)).subquery())
        ).scalar_one()
        for view in VIEWS
    }


def with_shares(session: Session, found: Sequence[Recovery]) -> list[Row]:
    """These recoveries with the sums of their shares."""
    shares: dict[str, list[Share]] = {}
    open_shares: dict[str, list[date]] = {}
    moves = _to_change_hands()
    query = select(Share, moves).join(Recovery, Recovery.id == Share.recovery_id)
    for share, still in session.execute(query.where(Share.recovery_id.in_([one.id for one in found]))):
        shares.setdefault(share.recovery_id, []).append(share)
        if still:
            open_shares.setdefault(share.recovery_id, []).append(share.due_on)
    rows = []
    for one in found:
        own = shares.get(one.id, [])
        rows.append(
            Row(
                one,
                sum(share.underwriter_minor for share in own),
                sum(share.firm_minor for share in own),
                sum(share.costs_minor for share in own),
                min(open_shares.get(one.id, ()), default=None),
            )
        )
    return rows


def shares_of(session: Session, recovery_ids: Sequence[str]) -> dict[str, list[tuple[Share, Claim | None]]]:
    """By recovery the shares of these with their claims, the uninsured part last; one query however many."""
    query = (
        select(Share, Claim)
        .outerjoin(Claim, Claim.id == Share.claim_id)
        .where(Share.recovery_id.in_(recovery_ids))
        .order_by(Share.claim_id.is_(None), Claim.number)
    )
    found: dict[str, list[tuple[Share, Claim | None]]] = {one: [] for one in recovery_ids}
    for share, claim in session.execute(query):
        found[share.recovery_id].append((share, claim))
    return found


def given_back(session: Session, shares: Sequence[Share]) -> dict[str, Entry]:
    """By share the entry by which what had changed hands of a reversed recovery went back; one query."""
    by_once = {once_given_back(one): one.id for one in shares if one.remitted_on is not None}
    query = select(Entry).where(Entry.once.in_(by_once))
    return {by_once[one.once]: one for one in session.execute(query).scalars()} if by_once else {}


def recoveries_of_notice(session: Session, notice_id: str) -> list[Recovery]:
    """Every recovery of a notice, newest first."""
    query = select(Recovery).where(Recovery.notice_id == notice_id)
    return list(session.execute(query.order_by(Recovery.told_at.desc(), Recovery.id.desc())).scalars())


def payments_of_notice(session: Session, notice_id: str) -> list[Receipt]:
    """Every payment of a notice, newest first."""
    query = select(Receipt).where(Receipt.notice_id == notice_id)
    return list(session.execute(query.order_by(Receipt.received_on.desc(), Receipt.id.desc())).scalars())


def late_payments(session: Session) -> list[tuple[Receipt, Claim]]:
    """Payments told after an indemnity was approved that were received before: it needs another look."""
    query = (
        select(Receipt, Claim)
        .join(Claim, Claim.notice_id == Receipt.notice_id)
        .where(
            Receipt.state == stages.TOLD,
            Claim.approved_on.is_not(None),
            Claim.approved_on > Receipt.received_on,
            Claim.state != stages.WITHDRAWN,
        )
        .order_by(Receipt.received_on, Claim.number)
    )
    return [(receipt, claim) for receipt, claim in session.execute(query)]


def excess_counts(session: Session) -> dict[bool, int]:
    """How many excesses over a cap are to be decided (true), and how many are decided or gone."""
    undecided = ExcessTask.state.in_(UNDECIDED)
    found = dict(session.execute(select(undecided, func.count()).group_by(undecided)).all())
    return {one: int(found.get(one, 0)) for one in (True, False)}


def excesses_page(session: Session, undecided: bool, page: int) -> list[tuple[ExcessTask, str]]:
    """One page of excesses, each with the name of who owes: the first due first; of those decided the newest."""
    query = select(ExcessTask, Obligor.name).join(Obligor, Obligor.id == ExcessTask.obligor_id)
    if undecided:
        query = query.where(ExcessTask.state.in_(UNDECIDED)).order_by(ExcessTask.due_on, ExcessTask.number)
    else:
        query = query.where(ExcessTask.state.not_in(UNDECIDED)).order_by(ExcessTask.number.desc())
    return [(task, name) for task, name in session.execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE))]


def _to_change_hands() -> Any:
    """Whether something of a share, of a recovery of the same query, still has to change hands or go back."""
    back = exists().where(Entry.once == literal("share ") + Share.id + literal(" given back"))
    return or_(
        and_(Recovery.state == stages.RECORDED, Share.due_on.is_not(None), Share.remitted_on.is_(None)),
        and_(Recovery.state == stages.REVERSED, Share.remitted_on.is_not(None), ~back),
    )


def _firm_is_late(today: date) -> Any:
    """Whether it is the firm that has a share too long: the underwriter's, or its own of a reversed recovery."""
    holder = or_(
        and_(Recovery.state == stages.RECORDED, Recovery.received_by == Held.FIRM.value),
        and_(Recovery.state == stages.REVERSED, Recovery.received_by == Held.UNDERWRITER.value),
    )
    return and_(Share.due_on < today, holder)


def _wanted(wanted: Wanted) -> Select[Any]:
    query = select(Recovery)
    unsettled = (
        select(Share.recovery_id).join(Recovery, Recovery.id == Share.recovery_id).where(_to_change_hands())
    )
    match wanted.view:
        case "told":
            query = query.where(Recovery.state == stages.TOLD)
        case "to_settle":
            query = query.where(Recovery.id.in_(unsettled))
        case "late":
            query = query.where(Recovery.id.in_(unsettled.where(_firm_is_late(wanted.today))))
        case "recorded":
            query = query.where(Recovery.state == stages.RECORDED)
    if wanted.q:
        text = wanted.q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        like = f"%{text}%"
        query = query.where(
            or_(
                Recovery.firm_name.ilike(like, escape="\\"),
                Recovery.number.ilike(like, escape="\\"),
                Recovery.reference.ilike(like, escape="\\"),
                Recovery.uscc.ilike(like, escape="\\"),
            )
        )
    return query


def _ordered(query: Select[Any], sort: str) -> Select[Any]:
    column = SORTS.get(sort.removeprefix("-"), Recovery.received_on)
    ascending = sort in SORTS
    return query.order_by(column.asc() if ascending else column.desc(), Recovery.number.desc())
