"""A notice of probable loss that is being written: begun, saved step by step, or given up."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.claims import notice_drafts as drafts
from portal.claims.cover import policies_of
from portal.claims.entries import (
    ROW_NAMES,
    TROUBLE_NAMES,
    ReadRow,
    ShipmentInput,
    is_empty,
    read_row,
    read_trouble,
)
from portal.claims.notice_drafts import ROW, SHIPMENTS, TROUBLE, OpenedNotice, UnknownNotice, opened
from portal.claims.queries import TwiceReported, reported_before
from portal.claims.records import Notice, Shipment
from portal.common import audit, clock, roles
from portal.common.cells import clean
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import require_member
from portal.obligors.queries import root_of
from portal.obligors.records import FirmBuyer
from portal.scheme import stages

MOST_SHIPMENTS = 200  # of one notice
LONGEST_TYPED = 500


class NoPolicy(Exception):
    """The firm has no policy under which anything could be covered, or none that the one who asks may know of."""


class StaleNotice(Exception):
    """It was saved in another window, or moved on, since this page was opened."""


class NoSuchBuyer(LookupError):
    """The firm does not deal with this obligor; it is added first."""


class TooManyShipments(ValueError):
    """A notice holds at most `MOST_SHIPMENTS`."""


def open_notice(instance: Instance, who: Actor, uscc: str, obligor_id: str, event_id: str | None = None) -> str:
    """Begin a notice about one of the firm's buyers, or go on with the one begun before; gives its id.

    With an event what happened is filled in beforehand. Raises `NotAllowed`, `NoPolicy`, `NoSuchBuyer`.
    """
    roles.require(who, roles.APPLIES, "report a loss")
    with instance.database.locked() as session:
        member = require_member(session, who, uscc, "report a loss")
        require_buyer(session, uscc, obligor_id)
        policies = policies_of(session, member)
        if not policies:
            raise NoPolicy(uscc)
        query = select(Notice.id).where(
            Notice.membership_id == member.id, Notice.state == stages.DRAFT, Notice.obligor_id == obligor_id
        )
        known = session.execute(query.order_by(Notice.saved_at.desc()).limit(1)).scalar()
        if known is not None:
            return known
        account = session.get_one(Account, who.id)
        sealer = People(session, instance.keys).sealer(account.person_id)
        offered = instance.event_offer(session, event_id) if instance.event_offer and event_id else None
        with audit.audited(session, who, "claims.begin_notice", f"firm {uscc}"):
            moment = clock.now()
            typed = {"risk": offered.risk, "happened_on": offered.on.isoformat()} if offered else {}
            notice = Notice(
                id=str(ULID()),
                number=None,
                serial=None,
                uscc=uscc,
                firm_name=member.firm_name,
                scheme=policies[-1].scheme,
                membership_id=member.id,
                person_id=account.person_id,
                obligor_id=obligor_id,
                words_sealed=sealer.seal_fields(typed),
                event_id=event_id if offered else None,
                state=stages.DRAFT,
                steps_done="",
                version=1,
                begun_at=moment,
                saved_at=moment,
                state_changed_at=moment,
            )
            session.add(notice)
        return notice.id


def save_buyer(instance: Instance, who: Actor, notice_id: str, seen_version: int, obligor_id: str) -> None:
    """Report another of the firm's buyers instead; what was typed of trouble and shipments stays.

    Raises `UnknownNotice`, `StaleNotice`, `NoSuchBuyer`, `NotAllowed`.
    """
    with instance.database.locked() as session:
        found = own_draft(session, instance, who, notice_id)
        require_buyer(session, found.notice.uscc, obligor_id)
        if found.notice.obligor_id == obligor_id:
            return
        if found.notice.version != seen_version:
            raise StaleNotice(notice_id)
        with audit.audited(session, who, "claims.save_notice", f"firm {found.notice.uscc}", step=drafts.BUYER):
            found.notice.obligor_id = obligor_id
            if root_of(session, obligor_id).kind == "bank":  # under a letter of credit there is only one term
                for one in found.shipments:
                    one.payment_term = "letter_of_credit"
            _saved(found, drafts.BUYER)


def save_trouble(
    instance: Instance, who: Actor, notice_id: str, seen_version: int, values: Mapping[str, str]
) -> None:
    """Save what happened as it was typed, right or not; what is right is taken over.

    The same again changes nothing. Raises `UnknownNotice`, `StaleNotice`, `NotAllowed`.
    """
    with instance.database.locked() as session:
        found = own_draft(session, instance, who, notice_id)
        notice = found.notice
        typed = {name: clean(values.get(name, ""))[:LONGEST_TYPED] for name in TROUBLE_NAMES}
        if TROUBLE in found.saved and typed == dict(found.typed):
            return
        if found.saved.get(TROUBLE, 0) > seen_version:
            raise StaleNotice(notice_id)
        with audit.audited(session, who, "claims.save_notice", f"firm {notice.uscc}", step=TROUBLE):
            read = read_trouble(typed, found.obligor.kind, clock.today())[0]
            notice.risk, notice.happened_on = read.risk, read.happened_on
            notice.disposed_on, notice.discrepant = read.disposed_on, read.discrepant
            _seal(session, instance, notice, typed, found.row)
            _saved(found, TROUBLE)


def save_shipment(
    instance: Instance,
    who: Actor,
    notice_id: str,
    seen_version: int,
    values: Mapping[str, str],
    shipment_id: str | None = None,
) -> ReadRow:
    """Add a shipment, or change the one of this id; gives what is wrong with it: then it is kept as typed.

    The same invoice sent again is the same shipment. Raises `StaleNotice` when the one to change was changed in
    another window, `TwiceReported`, `TooManyShipments`, `UnknownNotice`, `NotAllowed`.
    """
    with instance.database.locked() as session:
        found = own_draft(session, instance, who, notice_id)
        notice = found.notice
        typed = {name: clean(values.get(name, ""))[:LONGEST_TYPED] for name in ROW_NAMES}
        read = read_row(typed, found.obligor.kind, clock.today())
        changed = next((one for one in found.shipments if one.id == shipment_id), None)
        if shipment_id is not None:
            same = changed is not None and read.shipment == as_input(changed)
            if same or (changed is not None and read.shipment is None):
                return read
            if changed is None or found.saved.get(SHIPMENTS, 0) > seen_version:
                raise StaleNotice(notice_id)
        if read.shipment is not None:
            require_once(session, found, [read.shipment], changed)
            if changed is None and any(as_input(one) == read.shipment for one in found.shipments):
                return read  # the button was pressed twice
        row = {} if read.shipment or is_empty(typed) else typed
        if read.shipment is None and row == dict(found.row):
            return read
        with audit.audited(session, who, "claims.save_notice", f"firm {notice.uscc}", step=SHIPMENTS):
            if read.shipment is not None:
                _put(session, found, [read.shipment], changed)
            _seal(session, instance, notice, found.typed if TROUBLE in found.saved else _offered(found), row)
            _saved(found, SHIPMENTS)
        return read


def add_shipments(
    instance: Instance, who: Actor, notice_id: str, rows: Sequence[ShipmentInput]
) -> tuple[int, dict[int, TwiceReported]]:
    """Add the good rows of a workbook: how many were new, and by place those that are reported already.

    Rows that are there already change nothing. Raises `TooManyShipments`, `UnknownNotice`, `NotAllowed`.
    """
    with instance.database.locked() as session:
        found = own_draft(session, instance, who, notice_id)
        there = {one.invoice_key: as_input(one) for one in found.shipments}
        fresh: list[ShipmentInput] = []
        twice: dict[int, TwiceReported] = {}
        for place, one in enumerate(rows):
            known = there.get(one.invoice_key)
            if known is not None and _same(one, known):
                continue
            try:
                require_once(session, found, [one], None)
            except TwiceReported as error:
                twice[place] = error
                continue
            if one.invoice_key in there:
                twice[place] = TwiceReported(one.invoice_number, None)
                continue
            there[one.invoice_key] = one
            fresh.append(one)
        if fresh:
            with audit.audited(
                session, who, "claims.save_notice", f"firm {found.notice.uscc}", step=SHIPMENTS, rows=len(fresh)
            ):
                _put(session, found, fresh, None)
                _saved(found, SHIPMENTS)
        return len(fresh), twice


def remove_shipment(instance: Instance, who: Actor, notice_id: str, shipment_id: str) -> None:
    """Take a shipment out of a draft; doing it again changes nothing. Raises `UnknownNotice`, `NotAllowed`."""
    with instance.database.locked() as session:
        found = own_draft(session, instance, who, notice_id)
        gone = next((one for one in found.shipments if one.id == shipment_id), None)
        if gone is None:
            return
        with audit.audited(session, who, "claims.save_notice", f"firm {found.notice.uscc}", step=SHIPMENTS):
            gone.removed_at = clock.now()
            _saved(found, SHIPMENTS)


def drop_notice(instance: Instance, who: Actor, notice_id: str) -> None:
    """Give up a notice that was begun; doing it again changes nothing. Raises `UnknownNotice`, `NotAllowed`."""
    roles.require(who, roles.APPLIES, "report a loss")
    with instance.database.locked() as session:
        notice, _member = drafts.own_notice(session, who.id, notice_id)
        if notice.state == stages.DROPPED:
            return
        if notice.state != stages.DRAFT:
            raise UnknownNotice(notice_id)
        with audit.audited(session, who, "claims.drop_notice", f"firm {notice.uscc}"):
            _seal(session, instance, notice, {}, {})
            move(notice, stages.DROPPED)


def as_input(shipment: Shipment) -> ShipmentInput:
    """A stored shipment as it was entered."""
    return ShipmentInput(**{name: getattr(shipment, name) for name in ShipmentInput._fields})


def require_buyer(session: Session, uscc: str, obligor_id: str) -> None:
    """Raise `NoSuchBuyer` unless the firm deals with this obligor."""
    query = select(FirmBuyer.id).where(
        FirmBuyer.uscc == uscc, FirmBuyer.obligor_id == obligor_id, FirmBuyer.removed_at.is_(None)
    )
    if session.execute(query.limit(1)).first() is None:
        raise NoSuchBuyer(obligor_id)


def own_draft(session: Session, instance: Instance, who: Actor, notice_id: str) -> OpenedNotice:
    """The draft of whoever filed it, to be written to; raises `UnknownNotice` for another's or a sent one."""
    roles.require(who, roles.APPLIES, "report a loss")
    notice, _member = drafts.own_notice(session, who.id, notice_id)
    if notice.state != stages.DRAFT:
        raise UnknownNotice(notice_id)
    return opened(session, People(session, instance.keys), who.id, notice_id, clock.today())


def _offered(found: OpenedNotice) -> Mapping[str, str]:
    """What an event filled in beforehand, before its step was saved."""
    return {name: value for name, value in found.typed.items() if value}


def _same(one: ShipmentInput, other: ShipmentInput) -> bool:
    """Whether two of one key say the same: a number in other letters (nl-01, NL-01) is the same number."""
    return one._replace(invoice_number=other.invoice_number) == other


def require_once(
    session: Session, found: OpenedNotice, rows: Sequence[ShipmentInput], changed: Shipment | None
) -> None:
    """Raise `TwiceReported` for an invoice that stands in this draft or in another notice already."""
    for one in rows:
        for other in found.shipments:
            known = other.invoice_key == one.invoice_key and not _same(one, as_input(other))
            if known and other is not changed:
                raise TwiceReported(one.invoice_number, None)
    before = reported_before(session, found.notice, found.membership, [one.invoice_key for one in rows])
    for one in rows:
        if one.invoice_key in before:
            raise TwiceReported(one.invoice_number, before[one.invoice_key])


def _put(session: Session, found: OpenedNotice, rows: Sequence[ShipmentInput], changed: Shipment | None) -> None:
    if changed is not None:
        for name, value in rows[0]._asdict().items():
            setattr(changed, name, value)
        return
    if len(found.shipments) + len(rows) > MOST_SHIPMENTS:
        raise TooManyShipments(found.notice.id)
    query = select(func.max(Shipment.position)).where(Shipment.notice_id == found.notice.id)
    last = session.execute(query).scalar() or 0
    for place, one in enumerate(rows, last + 1):
        session.add(
            Shipment(id=str(ULID()), notice_id=found.notice.id, position=place, outside="", **one._asdict())
        )


def _saved(found: OpenedNotice, step: str) -> None:
    notice = found.notice
    notice.version += 1
    steps = {**found.saved, step: notice.version}
    notice.steps_done = " ".join(f"{one}:{steps[one]}" for one in drafts.STEPS if one in steps)
    notice.saved_at = clock.now()


def _seal(
    session: Session, instance: Instance, notice: Notice, typed: Mapping[str, str], row: Mapping[str, str]
) -> None:
    kept = {**typed, ROW: json.dumps(dict(row), ensure_ascii=False, sort_keys=True) if row else ""}
    notice.words_sealed = People(session, instance.keys).sealer(notice.person_id).seal_fields(kept)


def move(notice: Notice, state: str) -> None:
    """Let a notice go on to a state that may follow its own."""
    stages.require(stages.NOTICE, notice.state, state)
    notice.state = state
    notice.state_changed_at = clock.now()
