"""What is read of events and concerns: whom they concern, who was warned, and what a firm is warned of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, distinct, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.claims.records import Notice
from portal.common.people import CHUNK
from portal.members.records import Membership
from portal.obligors.records import FirmBuyer, Obligor, ObligorConcern
from portal.obligors.roots import group_of
from portal.policies.queries import state_is
from portal.policies.records import Policy
from portal.scheme import stages
from portal.warnings.names import INSOLVENCY, POLITICAL
from portal.warnings.records import Event, Warned

EVENT, CONCERN = "event", "concern"
PER_PAGE = 20
SEVERAL = 2  # firms that must have reported an obligor before others may be warned of it


class Affected(NamedTuple):
    """A firm with a live policy and the buyer by which an event or a concern touches it."""

    uscc: str
    firm_name: str
    obligor_id: str
    buyer: str
    country: str


class WarnedFirm(NamedTuple):
    """A firm that was warned, of which buyer, when, and the number of the notice that followed, if one did."""

    warned: Warned
    firm_name: str
    buyer: str
    notice: str | None


class FirmWarning(NamedTuple):
    """What a firm is warned of: its own buyer, and the event; of a confirmed concern nothing more is told."""

    uscc: str
    buyer: FirmBuyer
    root_id: str
    event: Event | None


class Reported(NamedTuple):
    """An obligor with how many firms reported it, in how many notices, last when, and whether it is confirmed.

    `by_event`: whether firms are warned of it anyway, by an event that stands.
    """

    obligor: Obligor
    firms: int
    notices: int
    last_on: date
    confirmed: bool
    by_event: bool


def find_event(session: Session, number: str) -> Event | None:
    """The event of this number."""
    return session.execute(select(Event).where(Event.number == number)).scalar()


def events_page(session: Session, page: int) -> tuple[Sequence[Event], int]:
    """One page of events, those to be confirmed first, then the newest; with the number of all."""
    total = session.execute(select(func.count()).select_from(Event)).scalar_one()
    query = select(Event).order_by((Event.state == stages.ENTERED).desc(), Event.serial.desc(), Event.id.desc())
    return session.execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).scalars().all(), total


def affected_by_event(session: Session, event: Event, today: date) -> list[Affected]:
    """The firms with a live policy that deal with the obligor, or with a buyer or bank in the country."""
    if event.kind == INSOLVENCY:
        assert event.obligor_id is not None
        return _affected(
            session, select(Obligor.id).where(Obligor.id.in_(group_of(session, event.obligor_id))), today
        )
    there = select(Obligor.id).where(Obligor.country == event.country).cte(recursive=True)
    merged = aliased(Obligor)
    there = there.union(select(merged.id).join(there, merged.merged_into == there.c.id))
    return _affected(session, select(there.c.id), today)


def affected_by_concern(session: Session, obligor_id: str, today: date) -> list[Affected]:
    """The firms with a live policy that deal with an obligor and have reported nothing of it themselves."""
    group = group_of(session, obligor_id)
    found = _affected(session, select(Obligor.id).where(Obligor.id.in_(group)), today)
    reported = set(session.execute(_reports(group).with_only_columns(Notice.uscc)).scalars())
    return [one for one in found if one.uscc not in reported]


def _affected(session: Session, obligor_ids: Select[str], today: date) -> list[Affected]:
    insured = (
        select(Policy.uscc, func.min(Policy.firm_name).label("firm_name"))
        .where(state_is(stages.IN_FORCE, today))
        .group_by(Policy.uscc)
        .subquery()
    )
    query = (
        select(FirmBuyer.uscc, insured.c.firm_name, Obligor.id, Obligor.name, Obligor.country)
        .join(insured, insured.c.uscc == FirmBuyer.uscc)
        .join(Obligor, Obligor.id == FirmBuyer.obligor_id)
        .where(FirmBuyer.removed_at.is_(None), FirmBuyer.obligor_id.in_(obligor_ids))
        .order_by(insured.c.firm_name, FirmBuyer.uscc, Obligor.name, Obligor.id)
    )
    return [Affected(*row) for row in session.execute(query)]


def digest(found: Iterable[Affected]) -> str:
    """What stands for the firms that were shown before a confirmation: another digest, other firms."""
    lines = sorted(f"{one.uscc} {one.obligor_id}" for one in found)
    return sha256("\n".join(lines).encode()).hexdigest()


def warned_of(session: Session, cause_kind: str, cause_id: str) -> list[WarnedFirm]:
    """Whom the portal warned for a cause, and what each filed from it."""
    name = select(func.max(Policy.firm_name)).where(Policy.uscc == Warned.uscc).scalar_subquery()
    query = (
        select(Warned, name, Obligor.name, Notice.number)
        .join(Obligor, Obligor.id == Warned.obligor_id)
        .outerjoin(Notice, Notice.id == Warned.notice_id)
        .where(Warned.cause_kind == cause_kind, Warned.cause_id == cause_id)
        .order_by(Warned.uscc, Warned.id)
    )
    return [WarnedFirm(*row) for row in session.execute(query)]


def open_concern(session: Session, obligor_id: str) -> ObligorConcern | None:
    """The concern about an obligor that a person confirmed and nobody ended, of its whole group."""
    query = select(ObligorConcern).where(
        ObligorConcern.obligor_id.in_(group_of(session, obligor_id)),
        ObligorConcern.ended_at.is_(None),
        ObligorConcern.automatic.is_(False),
    )
    return session.execute(query.order_by(ObligorConcern.confirmed_at, ObligorConcern.id)).scalars().first()


def concerns_of(session: Session, obligor_id: str) -> Sequence[ObligorConcern]:
    """Every concern about an obligor, ended ones too, the newest first."""
    query = select(ObligorConcern).where(ObligorConcern.obligor_id.in_(group_of(session, obligor_id)))
    query = query.order_by(ObligorConcern.confirmed_at.desc(), ObligorConcern.id.desc())
    return session.execute(query).scalars().all()


def reports_of(session: Session, obligor_id: str) -> Sequence[Notice]:
    """The notices of an obligor's group that were sent and not withdrawn and count, the newest first."""
    query = _reports(group_of(session, obligor_id)).order_by(Notice.notified_on.desc(), Notice.id.desc())
    return list(session.execute(query).scalars())


def _reports(group: Collection[str]) -> Select[Notice]:
    return select(Notice).where(
        Notice.obligor_id.in_(group), Notice.number.is_not(None), Notice.state != stages.WITHDRAWN, _counts()
    )


def _counts() -> ColumnElement[bool]:
    """A notice counts as its firm's once it stands, now or then, that whoever filed it acted for the firm.

    Anybody can say to act for a firm and report a buyer; that alone must never warn others of it.
    """
    acted = select(Membership.id).where(Membership.confirmed_at.is_not(None), Membership.state != stages.REFUSED)
    return Notice.membership_id.in_(acted)


def reported_by_several(session: Session, page: int) -> tuple[list[Reported], int]:
    """One page of the obligors that at least `SEVERAL` firms reported, most firms first; with the number of all.

    What was merged counts for the obligor that it became; what nobody confirmed for its firm sent does not count.
    """
    ways = select(Obligor.id, Obligor.merged_into.label("into")).where(Obligor.merged_into.is_not(None))
    chain = ways.cte(recursive=True)
    above = aliased(Obligor)
    further = select(chain.c.id, above.merged_into).join(above, above.id == chain.c.into)
    chain = chain.union(further.where(above.merged_into.is_not(None)))
    end = aliased(Obligor)
    ends = (
        select(chain.c.id, chain.c.into)
        .join(end, end.id == chain.c.into)
        .where(end.merged_into.is_(None))
        .subquery()
    )
    root = func.coalesce(ends.c.into, Notice.obligor_id)
    grouped = (
        select(
            root.label("root"),
            func.count(distinct(Notice.uscc)).label("firms"),
            func.count().label("notices"),
            func.max(Notice.notified_on).label("last_on"),
        )
        .outerjoin(ends, ends.c.id == Notice.obligor_id)
        .where(Notice.number.is_not(None), Notice.state != stages.WITHDRAWN, _counts())
        .group_by(root)
        .having(func.count(distinct(Notice.uscc)) >= SEVERAL)
        .subquery()
    )
    total = session.execute(select(func.count()).select_from(grouped)).scalar_one()
    query = (
        select(Obligor, grouped.c.firms, grouped.c.notices, grouped.c.last_on)
        .join(grouped, grouped.c.root == Obligor.id)
        .order_by(grouped.c.firms.desc(), grouped.c.last_on.desc(), Obligor.id)
    )
    rows = session.execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    related = _related(session, {row[0].id for row in rows})
    confirmed = {one.id for one in roots_of(session, _concerned(session, related)).values()}
    by_event = {one.id for one in roots_of(session, _concerned(session, related, automatic=True)).values()}
    return [
        Reported(one, firms, notices, last_on, one.id in confirmed, one.id in by_event)
        for one, firms, notices, last_on in rows
    ], total


def _concerned(session: Session, among: Collection[str], automatic: bool = False) -> list[str]:
    """Those of these obligors about which a person confirmed a concern, or an event made one; and it stands."""
    query = select(ObligorConcern.obligor_id).where(
        ObligorConcern.ended_at.is_(None),
        ObligorConcern.automatic.is_(automatic),
        ObligorConcern.obligor_id.in_(list(among)),
    )
    return list(session.execute(query).scalars())


def _related(session: Session, obligor_ids: Collection[str]) -> set[str]:
    """These obligors, what they became, and everything else that became that."""
    found = {one.id for one in roots_of(session, obligor_ids).values()}
    newest = found
    while newest:
        query = select(Obligor.id).where(Obligor.merged_into.in_(list(newest)))
        newest = set(session.execute(query).scalars()) - found
        found = found | newest
    return found


def roots_of(session: Session, obligor_ids: Iterable[str]) -> dict[str, Obligor]:
    """What each of these obligors became, level by level of merges however many there are."""
    wanted = list(dict.fromkeys(obligor_ids))
    at, known = {one: one for one in wanted}, dict[str, Obligor]()
    while missing := sorted(set(at.values()) - known.keys()):
        for start in range(0, len(missing), CHUNK):
            query = select(Obligor).where(Obligor.id.in_(missing[start : start + CHUNK]))
            known |= {one.id: one for one in session.execute(query).scalars()}
        at = {one: known[now].merged_into or now for one, now in at.items()}
    return {one: known[now] for one, now in at.items()}


def warnings_of(session: Session, codes: Collection[str]) -> list[FirmWarning]:
    """What these firms are warned of today, by their own lists of buyers: events first, the newest first.

    A firm that has reported an obligor itself is told nothing of a concern about it: it knows.
    """
    query = select(FirmBuyer).where(FirmBuyer.uscc.in_(list(codes)), FirmBuyer.removed_at.is_(None))
    buyers = list(session.execute(query.order_by(FirmBuyer.name, FirmBuyer.id)).scalars())
    if not buyers:
        return []
    named = {one.obligor_id for one in buyers}
    related = _related(session, named)
    live = select(Event).where(
        Event.state == stages.CONFIRMED, or_(Event.obligor_id.is_(None), Event.obligor_id.in_(related))
    )
    events = list(session.execute(live.order_by(Event.serial.desc(), Event.id.desc())).scalars())
    concerned = _concerned(session, related)
    reports = select(Notice.uscc, Notice.obligor_id).where(
        Notice.uscc.in_(list(codes)), Notice.number.is_not(None), Notice.state != stages.WITHDRAWN, _counts()
    )
    reported = [(uscc, owes) for uscc, owes in session.execute(reports) if owes]
    ids = [
        *named,
        *concerned,
        *(owes for _uscc, owes in reported),
        *(e.obligor_id for e in events if e.obligor_id),
    ]
    roots = roots_of(session, ids)
    own = dict(session.execute(select(Obligor.id, Obligor.country).where(Obligor.id.in_(named))).all())
    in_country: dict[str, list[FirmBuyer]] = defaultdict(list)
    with_root: dict[str, list[FirmBuyer]] = defaultdict(list)
    for buyer in buyers:
        root = roots[buyer.obligor_id]
        with_root[root.id].append(buyer)
        for country in {root.country, own[buyer.obligor_id]}:
            in_country[country].append(buyer)
    found = []
    for event in events:
        touched = in_country[event.country or ""] if event.kind == POLITICAL else None
        if touched is None:
            touched = with_root[roots[event.obligor_id].id] if event.obligor_id else []
        found += [FirmWarning(one.uscc, one, roots[one.obligor_id].id, event) for one in touched]
    knows = {(uscc, roots[owes].id) for uscc, owes in reported}
    for root_id in dict.fromkeys(roots[one].id for one in concerned):
        told = [one for one in with_root[root_id] if (one.uscc, root_id) not in knows]
        found += [FirmWarning(one.uscc, one, root_id, None) for one in told]
    return found
