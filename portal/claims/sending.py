"""A notice that was written: sent once, then claimed, settled or withdrawn."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.claims import notice_drafts as drafts
from portal.claims.cover import cover_shipments, earliest_due, policies_of
from portal.claims.estimates import canonical_estimates, estimate
from portal.claims.held import notice_terms
from portal.claims.notice_drafts import CHECK, UnknownNotice
from portal.claims.notices import NoPolicy, StaleNotice, as_input, move, own_draft, require_once
from portal.claims.opening import NothingCovered, open_claims
from portal.claims.records import Claim, Notice, Shipment
from portal.common import audit, clock, roles
from portal.common.cells import clean
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import accounts_of, require_member
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.programme.working_days import calendar
from portal.scheme import deadlines, stages

WATCH, CLAIM = "watch", "claim"
CHOICES = (WATCH, CLAIM)
LONGEST_REASON = 500  # characters


class NotComplete(Exception):
    """Something is left to do on `step` before the notice can be sent."""

    def __init__(self, step: str) -> None:
        super().__init__(step)
        self.step = step


class NotNow(Exception):
    """The notice is in a state in which this cannot be done; `state` is it."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Sent(NamedTuple):
    """A notice that was sent: its number, and the numbers of the claims it opened."""

    number: str
    claims: tuple[str, ...]


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
        found = own_draft(session, instance, who, notice_id)
        if notice.version != seen_version:
            raise StaleNotice(notice_id)
        left = found.next_step(today)
        if left != CHECK:
            raise NotComplete(left)
        policies = policies_of(session, member)
        if not policies:
            raise NoPolicy(notice.uscc)
        require_once(session, found, [as_input(one) for one in found.shipments], None)
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
            move(notice, stages.WATCHED)
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


def _open(session: Session, instance: Instance, who: Actor, notice: Notice, today: date) -> None:
    open_claims(session, instance, who, notice, today)
    move(notice, stages.CLAIMED)
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
            move(notice, state)


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
