"""What pages and staff read of notices: who reported which invoice, and every notice at the desk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from portal.claims.records import Claim, Notice, Shipment
from portal.common.people import CHUNK
from portal.members.queries import never_acted
from portal.members.records import Membership
from portal.obligors.queries import group_of
from portal.obligors.records import Obligor
from portal.scheme import stages

SENT = (stages.WATCHED, stages.CLAIMED, stages.SETTLED, stages.WITHDRAWN)
PER_PAGE = 20
SORTS: dict[str, tuple[Any, ...]] = {
    "number": (Notice.notified_on, Notice.serial),
    "firm": (Notice.firm_name, Notice.notified_on, Notice.serial),
    "buyer": (Obligor.name, Notice.notified_on, Notice.serial),
    "due": (Notice.due_on, Notice.notified_on, Notice.serial),
}
FIRST_SORT = "-number"


class TwiceReported(Exception):
    """The invoice stands in another notice already, `number`; without one, in this very notice."""

    def __init__(self, invoice: str, number: str | None) -> None:
        super().__init__(f"{invoice} stands in {number or 'this notice'} already")
        self.invoice = invoice
        self.number = number


class Elsewhere(NamedTuple):
    """The same buyer, invoice number and amount in a notice of another firm; for staff only."""

    shipment: Shipment
    notice: Notice


def find_notice(session: Session, number: str) -> Notice | None:
    """The notice of this number, if it was sent."""
    return session.execute(select(Notice).where(Notice.number == number)).scalar_one_or_none()


def claims_of_notice(session: Session, notice_id: str) -> list[Claim]:
    """The claims of a notice, withdrawn ones too, in their order."""
    query = select(Claim).where(Claim.notice_id == notice_id).order_by(Claim.policy_year, Claim.serial)
    return list(session.execute(query).scalars())


def reported_before(session: Session, notice: Notice, member: Membership, keys: Sequence[str]) -> dict[str, str]:
    """By invoice key the notice that holds the same invoice to the same buyer (merged ones are one) already.

    What was withdrawn, or settled without a claim, holds nothing. Notices by people who never were confirmed for
    the firm stand in nobody's way but their own, and whoever is not confirmed hears only of their own.
    """
    assert notice.obligor_id is not None  # the buyer is the first step
    group = group_of(session, notice.obligor_id)
    found: dict[str, str] = {}
    for start in range(0, len(keys), CHUNK):
        query = (
            select(Shipment.invoice_key, Notice.number, Notice.membership_id, Membership)
            .join(Notice, Notice.id == Shipment.notice_id)
            .join(Membership, Membership.id == Notice.membership_id)
            .where(
                Shipment.invoice_key.in_(keys[start : start + CHUNK]),
                Shipment.removed_at.is_(None),
                Notice.uscc == notice.uscc,
                Notice.obligor_id.in_(group),
                Notice.id != notice.id,
                or_(
                    Notice.state.in_((stages.WATCHED, stages.CLAIMED)),
                    (Notice.state == stages.SETTLED) & Shipment.claim_id.is_not(None),
                ),
            )
        )
        for key, number, membership_id, filed_by in session.execute(query):
            own = membership_id == member.id
            if own or (member.state == stages.CONFIRMED and not never_acted(filed_by)):
                found[key] = number or ""
    return found


def same_invoice_in_firm(session: Session, shipment: Shipment) -> list[Elsewhere]:
    """The same invoice to the same buyer in another notice of the same firm, whoever filed it: for staff."""
    return [one for one in _same_invoice(session, shipment) if one.notice.uscc == _uscc(session, shipment)]


def same_invoice_elsewhere(session: Session, shipment: Shipment) -> list[Elsewhere]:
    """The same buyer (merged ones are one), invoice and amount in notices of other firms: for staff only."""
    uscc = _uscc(session, shipment)
    return [
        one
        for one in _same_invoice(session, shipment)
        if one.notice.uscc != uscc
        and (one.shipment.amount_minor, one.shipment.currency) == (shipment.amount_minor, shipment.currency)
    ]


def _uscc(session: Session, shipment: Shipment) -> str:
    return session.get_one(Notice, shipment.notice_id).uscc


def _same_invoice(session: Session, shipment: Shipment) -> list[Elsewhere]:
    notice = session.get_one(Notice, shipment.notice_id)
    if notice.obligor_id is None:
        return []
    query = (
        select(Shipment, Notice)
        .join(Notice, Notice.id == Shipment.notice_id)
        .where(
            Shipment.invoice_key == shipment.invoice_key,
            Shipment.removed_at.is_(None),
            Shipment.notice_id != shipment.notice_id,
            Notice.obligor_id.in_(group_of(session, notice.obligor_id)),
            Notice.state.in_((stages.WATCHED, stages.CLAIMED, stages.SETTLED)),
        )
        .order_by(Notice.notified_on, Notice.serial)
    )
    return [Elsewhere(found, of) for found, of in session.execute(query)]


@dataclass(frozen=True)
class NoticeFilter:
    """What is asked for at the desk; empty means all that was sent."""

    q: str = ""
    state: str = ""
    risk: str = ""
    country: str = ""
    sort: str = FIRST_SORT  # a key of SORTS, with - before it for descending

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.q or self.state or self.risk or self.country)

    def apply(self, query: Select[Any]) -> Select[Any]:
        """The query narrowed down to what is asked for."""
        query = query.where(Notice.state == self.state if self.state else Notice.state.in_(SENT))
        if self.q:
            part = self.q.lower()
            columns = (Notice.firm_name, Notice.uscc, Notice.number, Obligor.name)
            query = query.where(or_(*(func.lower(one).contains(part, autoescape=True) for one in columns)))
        if self.risk:
            query = query.where(Notice.risk == self.risk)
        if self.country:
            query = query.where(Obligor.country == self.country)
        return query

    def ordered(self, query: Select[Any]) -> Select[Any]:
        """The query in the order asked for."""
        first, *others = SORTS[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            return query.order_by(first.desc(), *(column.desc() for column in others))
        return query.order_by(first, *others)


@dataclass(frozen=True)
class ListedNotice:
    """One notice at the desk: its obligor, how many shipments, what is unpaid by currency (cents), its claims."""

    notice: Notice
    obligor: Obligor
    shipments: int
    outside: int
    unpaid: tuple[tuple[str, int], ...]
    claims: tuple[str, ...]


class NoticePage(NamedTuple):
    """One page of what was asked for."""

    rows: list[ListedNotice]
    total: int
    page: int
    countries: list[str]


def notice_page(session: Session, wanted: NoticeFilter, page: int) -> NoticePage:
    """One page; a page past the end is the last one. Always five queries."""
    base = _with_obligor(Notice, Obligor)
    counted = select(func.count()).select_from(Notice)
    if wanted.q or wanted.country:  # else nothing of the buyer is looked at
        counted = _with_obligor(func.count())
    total = session.execute(wanted.apply(counted)).scalar_one()
    page = max(1, min(page, -(-total // PER_PAGE)))
    shown = wanted.ordered(wanted.apply(base)).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    found = [(row[0], row[1]) for row in session.execute(shown)]
    countries = select(Obligor.country).distinct().order_by(Obligor.country)
    held = list(session.execute(countries).scalars())
    return NoticePage(listed(session, found), total, page, held)


def every_notice(session: Session, wanted: NoticeFilter) -> Iterator[ListedNotice]:
    """All that was asked for, in its order, read in parts."""
    base = _with_obligor(Notice, Obligor)
    found = [(row[0], row[1]) for row in session.execute(wanted.ordered(wanted.apply(base)))]
    for start in range(0, len(found), CHUNK):
        yield from listed(session, found[start : start + CHUNK])


def _with_obligor(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Notice).join(Obligor, Obligor.id == Notice.obligor_id)


def listed(session: Session, found: Sequence[tuple[Notice, Obligor]]) -> list[ListedNotice]:
    """These notices with what a list says of them, in two queries."""
    ids = [notice.id for notice, _obligor in found]
    sums: dict[str, list[tuple[str, int, int, int]]] = {}
    query = (
        select(
            Shipment.notice_id,
            Shipment.currency,
            func.count(),
            func.sum(case((Shipment.outside == "", 0), else_=1)),
            func.sum(Shipment.amount_minor),
        )
        .where(Shipment.notice_id.in_(ids), Shipment.removed_at.is_(None))
        .group_by(Shipment.notice_id, Shipment.currency)
        .order_by(Shipment.notice_id, Shipment.currency)
    )
    for notice_id, currency, count, outside, minor in session.execute(query):
        sums.setdefault(notice_id, []).append((currency, count, int(outside), int(minor)))
    claims: dict[str, list[str]] = {}
    numbers = select(Claim.notice_id, Claim.number).where(
        Claim.notice_id.in_(ids), Claim.state != stages.WITHDRAWN
    )
    for notice_id, number in session.execute(numbers.order_by(Claim.number)):
        claims.setdefault(notice_id, []).append(number)
    return [
        ListedNotice(
            notice=notice,
            obligor=obligor,
            shipments=sum(one[1] for one in sums.get(notice.id, [])),
            outside=sum(one[2] for one in sums.get(notice.id, [])),
            unpaid=tuple((one[0], one[3]) for one in sums.get(notice.id, [])),
            claims=tuple(claims.get(notice.id, [])),
        )
        for notice, obligor in found
    ]


def notices_of(session: Session, account_id: str, codes: Sequence[str], confirmed: Sequence[str]) -> list[Notice]:
    """The notices that this account may read of these firms, newest first: all of a firm it is confirmed for,
    else those it filed itself. Drafts are its own only.
    """
    query = (
        select(Notice)
        .join(Membership, Membership.id == Notice.membership_id)
        .where(
            Notice.uscc.in_(codes),
            Notice.state != stages.DROPPED,
            or_(
                Membership.account_id == account_id,
                Notice.uscc.in_(confirmed) & (Notice.state != stages.DRAFT),
            ),
        )
        .order_by(Notice.saved_at.desc())
    )
    return list(session.execute(query).scalars())


def filed_by_confirmed(session: Session, notice: Notice) -> bool:
    """Whether it stands, now or then, that whoever filed a notice acted for the firm."""
    return not never_acted(session.get_one(Membership, notice.membership_id))


def days_late(notice: Notice) -> int:
    """By how many days a notice was late; 0 when it was in time."""
    if notice.due_on is None or notice.notified_on is None:
        return 0
    return max(0, (notice.notified_on - notice.due_on).days)


def sent_on(notice: Notice) -> date:
    """The day on which a notice was sent; only for one that was."""
    assert notice.notified_on is not None
    return notice.notified_on
