"""A notice of probable loss: begun, saved step by step, sent once; then claimed, settled or withdrawn."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.claims import notice_drafts as drafts
from portal.claims.cover import cover_shipments, earliest_due, policies_of
from portal.claims.entries import (
    ROW_NAMES,
    TROUBLE_NAMES,
    ReadRow,
    ShipmentInput,
    is_empty,
    read_row,
    read_trouble,
)
from portal.claims.estimates import canonical_estimates, estimate
from portal.claims.held import notice_terms
from portal.claims.notice_drafts import CHECK, ROW, SHIPMENTS, TROUBLE, OpenedNotice, UnknownNotice, opened
from portal.claims.opening import NothingCovered, open_claims
from portal.claims.queries import TwiceReported, reported_before
from portal.claims.records import Claim, Notice, Shipment
from portal.common import audit, clock, roles
from portal.common.cells import clean
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import accounts_of, require_member
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.obligors.queries import root_of
from portal.obligors.records import FirmBuyer
from portal.programme.working_days import calendar
from portal.scheme import deadlines, stages

WATCH, CLAIM = "watch", "claim"
CHOICES = (WATCH, CLAIM)
MOST_SHIPMENTS = 200  # of one notice
LONGEST_REASON = 500  # characters
LONGEST_TYPED = 500


class NoPolicy(Exception):
    """The firm has no policy under which anything could be covered, or none that the one who asks may know of."""


class StaleNotice(Exception):
    """It was saved in another window, or moved on, since this page was opened."""


class NotComplete(Exception):
    """Something is left to do on `step` before the notice can be sent."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class NoSuchBuyer(LookupError):
    """The firm does not deal with this obligor; it is added first."""


class TooManyShipments(ValueError):
    """A notice holds at most `MOST_SHIPMENTS`."""


class NotNow(Exception):
    """The notice is in a state in which this cannot be done; `state` is it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Sent(NamedTuple):
    """A notice that was sent: its number, and the numbers of the claims it opened."""

    number: str
    claims: tuple[str, ...]


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
        found = _own_draft(session, instance, who, notice_id)
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
        found = _own_draft(session, instance, who, notice_id)
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
        found = _own_draft(session, instance, who, notice_id)
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
            _require_once(session, found, [read.shipment], changed)
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
        found = _own_draft(session, instance, who, notice_id)
        there = {one.invoice_key: as_input(one) for one in found.shipments}
        fresh: list[ShipmentInput] = []
        twice: dict[int, TwiceReported] = {}
        for place, one in enumerate(rows):
            if there.get(one.invoice_key) == one:
                continue
            try:
                _require_once(session, found, [one], None)
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
        found = _own_draft(session, instance, who, notice_id)
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
            _move(notice, stages.DROPPED)


def send_notice(
    instance: Instance, who: Actor, notice_id: str, seen_version: int, choice: str, late_reason: str = ""
) -> Sent:
    """Send a notice: it gets its number, its clocks start, and with `CLAIM` its claims are opened.

    Sending it again gives the same. `seen_version` is the draft's that was read back: another one is not what
    the person has read (`StaleNotice`). Late or not, it is taken. Where no shipment is covered there is nothing
    to claim, so that it is watched. Raises `NotComplete`, `TwiceReported`, `NoPolicy`, `UnknownNotice`,
    `NotAllowed`.
    """
    roles.require(who, roles.APPLIES, "report a loss")
    if choice not in CHOICES:
        raise ValueError(f"{choice!r} is neither {WATCH} nor {CLAIM}")
    today = clock.today()
    with instance.database.locked() as session:
        notice, member = drafts.own_notice(session, who.id, notice_id)
        if notice.number is not None:
            return _sent(session, notice)
        found = _own_draft(session, instance, who, notice_id)
        if notice.version != seen_version:
            raise StaleNotice(notice_id)
        left = found.next_step(today)
        if left != CHECK:
            raise NotComplete(left)
        policies = policies_of(session, member)
        if not policies:
            raise NoPolicy(notice.uscc)
        _require_once(session, found, [as_input(one) for one in found.shipments], None)
        number, serial = _next_number(session, today)
        with audit.audited(session, who, "claims.send_notice", f"notice {number}", choice=choice):
            notice.number, notice.serial, notice.scheme = number, serial, policies[-1].scheme
            notice.notified_on, notice.notified_by = today, who.id
            people = People(session, instance.keys)
            sealer = people.sealer(notice.person_id)
            words = drafts.words_of(people, notice)
            notice.words_sealed = sealer.seal_fields({"words": words})
            cover_shipments(session, notice, found.shipments, policies)
            notice.due_on = notice_due(session, notice, found.shipments)
            if clean(late_reason) and today > notice.due_on:
                notice.late_reason_sealed = sealer.seal("late_reason", clean(late_reason)[:LONGEST_REASON])
            notice.estimate = canonical_estimates(estimate(session, notice, today))
            _move(notice, stages.WATCHED)
            session.flush()
            if choice == CLAIM and any(not one.outside for one in found.shipments):
                _open(session, instance, who, notice, today)
            _tell(session, instance, who, notice, "notice_received")
            if instance.after_notice is not None:
                instance.after_notice(session, notice.id)
        return _sent(session, notice)


def claim_notice(instance: Instance, who: Actor, number: str) -> Sent:
    """Claim what was only watched: one claim for each policy. Doing it again gives the same claims.

    Raises `UnknownNotice`, `NotNow`, `NothingCovered` when every shipment lies outside cover, `NotAllowed`.
    """
    roles.require(who, roles.APPLIES, "claim")
    with instance.database.locked() as session:
        notice, _member = notice_of_member(session, who, number)
        if notice.state == stages.CLAIMED:
            return _sent(session, notice)
        if notice.state != stages.WATCHED:
            raise NotNow(notice.state)
        if not any(not one.outside for one in drafts.shipments_of(session, notice.id)):
            raise NothingCovered(number)
        with audit.audited(session, who, "claims.claim_notice", f"notice {number}"):
            _open(session, instance, who, notice, clock.today())
        return _sent(session, notice)


def settle_notice(instance: Instance, who: Actor, number: str) -> None:
    """Close a notice that was only watched: the buyer has paid. Doing it again changes nothing.

    Raises `UnknownNotice`, `NotNow`, `NotAllowed` for whoever is not confirmed to act for the firm.
    """
    _close(instance, who, number, "settle", stages.SETTLED)


def withdraw_notice(instance: Instance, who: Actor, number: str) -> None:
    """Take back a notice that was only watched. Doing it again changes nothing.

    Raises `UnknownNotice`, `NotNow`, `NotAllowed` for whoever is not confirmed to act for the firm.
    """
    _close(instance, who, number, "withdraw", stages.WITHDRAWN)


def notice_of_member(
    session: Session, who: Actor, number: str, confirmed: bool = False
) -> tuple[Notice, Membership]:
    """A notice of a firm that `who` acts for: any of it once confirmed, before that one's own.

    Raises `UnknownNotice`; with `confirmed` `NotAllowed` for whoever is not.
    """
    notice = session.execute(select(Notice).where(Notice.number == number)).scalar()
    if notice is None:
        raise UnknownNotice(number)
    member = require_member(session, who, notice.uscc, "report a loss", confirmed=confirmed)
    if member.state != stages.CONFIRMED and notice.membership_id != member.id:
        raise UnknownNotice(number)
    return notice, member


def notice_due(session: Session, notice: Notice, shipments: Sequence[Shipment]) -> date:
    """Until when a notice of these shipments was, or is, due: counted from the earliest due date.

    What lies outside cover makes nothing late, unless all of it does.
    """
    terms = notice_terms(notice.scheme, notice.notified_on or clock.today())
    earliest = earliest_due(shipments)
    return deadlines.notice_due(terms, earliest, calendar(session)).day


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


def _own_draft(session: Session, instance: Instance, who: Actor, notice_id: str) -> OpenedNotice:
    roles.require(who, roles.APPLIES, "report a loss")
    notice, _member = drafts.own_notice(session, who.id, notice_id)
    if notice.state != stages.DRAFT:
        raise UnknownNotice(notice_id)
    return opened(session, People(session, instance.keys), who.id, notice_id, clock.today())


def _offered(found: OpenedNotice) -> Mapping[str, str]:
    """What an event filled in beforehand, before its step was saved."""
    return {name: value for name, value in found.typed.items() if value}


def _require_once(
    session: Session, found: OpenedNotice, rows: Sequence[ShipmentInput], changed: Shipment | None
) -> None:
    """Raise `TwiceReported` for an invoice that stands in this draft or in another notice already."""
    for one in rows:
        for other in found.shipments:
            known = other.invoice_key == one.invoice_key and as_input(other) != one
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


def _open(session: Session, instance: Instance, who: Actor, notice: Notice, today: date) -> None:
    open_claims(session, instance, who, notice, today)
    _move(notice, stages.CLAIMED)
    session.flush()


def _sent(session: Session, notice: Notice) -> Sent:
    query = select(Claim.number).where(Claim.notice_id == notice.id, Claim.state != stages.WITHDRAWN)
    numbers = tuple(session.execute(query.order_by(Claim.policy_year, Claim.serial)).scalars())
    assert notice.number is not None  # it was sent
    return Sent(notice.number, numbers)


def _close(instance: Instance, who: Actor, number: str, verb: str, state: str) -> None:
    roles.require(who, roles.APPLIES, f"{verb} a notice")
    with instance.database.locked() as session:
        notice, _member = notice_of_member(session, who, number, confirmed=True)
        if notice.state == state:
            return
        if notice.state != stages.WATCHED:
            raise NotNow(notice.state)
        with audit.audited(session, who, f"claims.{verb}_notice", f"notice {number}"):
            notice.closed_at = clock.now()
            _move(notice, state)


def _move(notice: Notice, state: str) -> None:
    stages.require(stages.NOTICE, notice.state, state)
    notice.state = state
    notice.state_changed_at = clock.now()


def _tell(session: Session, instance: Instance, who: Actor, notice: Notice, kind: str) -> None:
    """Tell everybody who is confirmed to act for the firm, and whoever filed it."""
    assert notice.number is not None  # it was sent
    accounts = [who.id, *accounts_of(session, notice.uscc)]
    subject, path = f"notice {notice.number}", f"/my/notices/{notice.number}"
    tell(session, instance, accounts, kind, subject, path, {"number": notice.number})


def _next_number(session: Session, on: date) -> tuple[str, int]:
    first, after = date(on.year, 1, 1), date(on.year + 1, 1, 1)
    query = select(func.max(Notice.serial)).where(
        Notice.notified_on >= first, Notice.notified_on <= after - timedelta(days=1)
    )
    serial = (session.execute(query).scalar() or 0) + 1
    return f"N{on.year}-{serial:05d}", serial
