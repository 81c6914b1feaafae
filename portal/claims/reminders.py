"""Reminding firms of what is their turn with a loss: before its last day, and again once that has passed.

Run daily. A reminder that could not be sent on its day is sent for as long as an administrator set; never one that
was due before it was the firm's turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.applications import requests
from portal.applications.records import Request
from portal.claims.assignments import TAKES_ASSIGNMENT
from portal.claims.claim_turns import Around, around
from portal.claims.notice_clocks import claim_until
from portal.claims.payees import BANK, assignment_of, payee_for
from portal.claims.records import Assignment, Claim, ClaimEvent, Notice, Shipment
from portal.claims.repaying import repayments
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.common.roles import Actor, Role
from portal.ledger.accounts import Account
from portal.ledger.queries import balances
from portal.ledger.records import Line
from portal.members.records import Membership
from portal.messages.reminding import Reminder, remind_all
from portal.policies.records import Policy
from portal.policies.reminders import interval_due
from portal.programme.service_levels import CATCH_UP_DAYS, LOSS_AFTER_DAYS, LOSS_BEFORE_DAYS, days, several
from portal.programme.working_days import calendar
from portal.scheme import stages


class Reminded(NamedTuple):
    """How many claims, and how many losses that are only watched, were reminded of."""

    claims: int
    notices: int


class Days(NamedTuple):
    """When it is reminded: days before a last day and after it, and how long a missed one is still of use."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    catch_up: int

    def due(self, last: date, since: date, on: date) -> int | None:
        """Which reminder of a last day is due on a day, in days after that day (below zero: before it).

        Up to the last day only one that announces it, later only one that says it has passed; never one for a day
        on which it was not the reader's turn yet.
        """
        moments = [-number for number in self.before] if on <= last else list(self.after)
        own = [number for number in moments if last + timedelta(days=number) > since]
        return interval_due(own, self.catch_up, last, on)

    def first_last(self, on: date) -> date:
        """The earliest last day of which anything can still be due."""
        return on - timedelta(days=max(self.after) + self.catch_up)

    def last_last(self, on: date) -> date:
        """The latest last day of which anything can be due already."""
        return on + timedelta(days=max(self.before))


class Turn(NamedTuple):
    """What waits for the firm of a claim: until when, since when, where it is done, and who may do it.

    `kinds` are the message before the last day and the one after it; `about` tells two turns of a kind apart.
    """

    claim: Claim
    kinds: tuple[str, str]
    last: date
    since: date
    place: str = ""
    confirmed: bool = False
    about: str = ""


def remind(instance: Instance, who: Actor, on: date) -> Reminded:
    """Send what is due on a day, for whoever's turn it is with a claim, and of losses to be claimed in time.

    Raises `clock.InTheFuture`.
    """
    roles.require(who, (Role.COMMAND,), "send reminders")
    clock.refuse_future(on)

    def claims(session: Session, ids: Sequence[str] | None) -> list[Reminder]:
        return _of_claims(session, ids, on)

    def notices(session: Session, ids: Sequence[str] | None) -> list[Reminder]:
        return _of_notices(session, ids, on)

    def entered(session: Session, subject: str) -> AbstractContextManager[audit.Entry]:
        return audit.audited(session, who, "claims.remind", subject)

    return Reminded(remind_all(instance, claims, entered), remind_all(instance, notices, entered))


def reminder_days(session: Session, on: date) -> Days:
    """When firms are reminded of a loss, as it is set for a day."""
    before, after = several(session, LOSS_BEFORE_DAYS, on), several(session, LOSS_AFTER_DAYS, on)
    return Days(before, after, days(session, CATCH_UP_DAYS, on))


def _of_claims(session: Session, ids: Sequence[str] | None, on: date) -> list[Reminder]:
    when = reminder_days(session, on)
    found = [
        (turn, number)
        for turn in _turns(session, ids, on, when)
        if (number := when.due(turn.last, turn.since, on)) is not None
    ]
    hear = _hearers(session, [turn.claim.notice_id for turn, _number in found])
    return [
        Reminder(
            turn.claim.id,
            [account for account, sure in hear[turn.claim.notice_id] if sure or not turn.confirmed],
            turn.kinds[number > 0],
            f"claim {turn.claim.number}",
            f"/my/claims/{turn.claim.number}{turn.place}",
            {"number": turn.claim.number, "due_on": turn.last.isoformat()},
            f"{turn.kinds[0]}:{turn.claim.number}:{turn.about or turn.last}:{number}",
        )
        for turn, number in found
    ]


def _turns(session: Session, ids: Sequence[str] | None, on: date, when: Days) -> Iterator[Turn]:
    """Everything that waits for a firm and of which something could be due."""
    first, last = when.first_last(on), when.last_last(on)

    def own(query: Any) -> Any:
        return query if ids is None else query.where(Claim.id.in_(ids))

    to_file = select(Claim).where(Claim.state == stages.PREPARING, Claim.claim_due_on.between(first, last))
    for claim in session.execute(own(to_file)).scalars():
        yield Turn(claim, ("claim_file_reminder", "claim_file_overdue"), claim.claim_due_on, claim.opened_on)
    asked = select(Claim, Request).join(Request, Request.subject_id == Claim.id)
    asked = asked.where(
        Claim.state == stages.ASKED,
        Request.subject_kind == requests.CLAIM,
        Request.answered_at.is_(None),
        Request.closed_at.is_(None),
        Request.due_on.between(first, last),
    )
    for claim, request in session.execute(own(asked)):
        kinds = ("claim_answer_reminder", "claim_answer_overdue")
        yield Turn(claim, kinds, request.due_on, clock.day_of(request.asked_at), about=request.id)
    decided = select(Claim).where(Claim.state == stages.APPROVED, Claim.answer_due_on.between(first, last))
    for claim in session.execute(own(decided)).scalars():
        if claim.answer_due_on is not None and claim.approved_on is not None:
            kinds = ("claim_agree_reminder", "claim_agree_overdue")
            yield Turn(claim, kinds, claim.answer_due_on, claim.approved_on, confirmed=True)
    unpayable = list(_unpayable(session, own, first))
    yield from unpayable
    yield from _not_assigned(session, own, {turn.claim.id for turn in unpayable})
    yield from _to_pay_back(session, own)


def _unpayable(session: Session, own: Any, first: date) -> Iterator[Turn]:
    """Agreed claims that cannot be paid: without an account, or with one that the bank could not pay to."""
    failed = select(ClaimEvent.claim_id).where(ClaimEvent.kind == "payment_failed", ClaimEvent.on >= first)
    query = select(Claim).where(Claim.state == stages.AGREED, or_(Claim.agreed_on >= first, Claim.id.in_(failed)))
    claims = list(session.execute(own(query)).scalars())
    ids = [one.id for one in claims]
    beside: dict[str, Around] = {}
    came_back: dict[str, datetime] = {}
    for start in range(0, len(ids), CHUNK):
        beside |= around(session, claims[start : start + CHUNK])
        newest = select(ClaimEvent.claim_id, func.max(ClaimEvent.at)).where(
            ClaimEvent.claim_id.in_(ids[start : start + CHUNK]), ClaimEvent.kind == "payment_failed"
        )
        came_back |= dict(session.execute(newest.group_by(ClaimEvent.claim_id)).all())
    for claim in claims:
        if claim.agreed_on is None or (beside[claim.id].payee and claim.id not in came_back):
            continue
        assigned = assignment_of(session, claim.id)
        if assigned is not None and assigned.state == stages.TOLD:
            continue  # staff look at the deed first
        payee = payee_for(session, claim)
        since = claim.agreed_on
        kind, place = "claim_account_reminder", "/payee"
        if claim.id in came_back and payee is not None:
            since = clock.day_of(came_back[claim.id])
            if payee.recorded_at > came_back[claim.id]:
                continue  # another account was given since
            if payee.kind == BANK and assigned is not None:
                if assigned.release_document_id is not None:
                    continue  # staff look at the bank's release
                kind, place = "claim_release_reminder", "/assignment"
        yield Turn(claim, (kind, kind), since, since, place, confirmed=True)


def _not_assigned(session: Session, own: Any, without: set[str]) -> Iterator[Turn]:
    """Claims whose assignment was refused, and was not told anew."""
    later = aliased(Assignment)
    query = (
        select(Claim, Assignment.recorded_at)
        .join(Assignment, Assignment.claim_id == Claim.id)
        .where(
            Claim.state.in_(TAKES_ASSIGNMENT),
            Assignment.state == stages.REFUSED,
            ~exists().where(and_(later.claim_id == Claim.id, later.told_at > Assignment.told_at)),
        )
    )
    for claim, refused_at in session.execute(own(query)):
        if claim.id not in without:
            day = clock.day_of(refused_at)
            kind = "claim_assignment_reminder"
            yield Turn(claim, (kind, kind), day, day, "/assignment", confirmed=True)


def _to_pay_back(session: Session, own: Any) -> Iterator[Turn]:
    """Claims whose indemnity went down after it was paid, until that is paid back."""
    owing = select(Line.claim_id).where(Line.account == Account.OWED_BY_FIRM).group_by(Line.claim_id)
    query = select(Claim).where(
        Claim.state.in_((stages.PAID, stages.CLOSED)),
        Claim.id.in_(owing.having(func.sum(Line.amount_minor) > 0)),
    )
    claims = {one.id: one for one in session.execute(own(query)).scalars()}
    for one in repayments(session, claims.values(), balances(session, Account.OWED_BY_FIRM, claims)):
        kinds = ("claim_repay_reminder", "claim_repay_overdue")
        yield Turn(claims[one.claim_id], kinds, one.due.day, one.since, confirmed=True)


def _of_notices(session: Session, ids: Sequence[str] | None, on: date) -> list[Reminder]:
    """Losses that are watched and have to be claimed by a day: nobody's turn yet, so only before that day."""
    when = reminder_days(session, on)
    query = select(Notice).where(Notice.state == stages.WATCHED, Notice.notified_on.is_not(None))
    if ids is not None:
        query = query.where(Notice.id.in_(ids))
    found = []
    for notice, last in _claimed_by(session, list(session.execute(query.order_by(Notice.id)).scalars())):
        number = when.due(last, notice.notified_on or on, on) if on <= last else None
        if number is not None:
            found.append((notice, last, number))
    hear = _hearers(session, [notice.id for notice, _last, _number in found])
    return [
        Reminder(
            notice.id,
            [account for account, _sure in hear[notice.id]],
            "notice_claim_reminder",
            f"notice {notice.number}",
            f"/my/notices/{notice.number}",
            {"number": notice.number or "", "due_on": last.isoformat()},
            f"notice_claim_reminder:{notice.number}:{last}:{number}",
            your_turn=False,
        )
        for notice, last, number in found
    ]


def _claimed_by(session: Session, notices: Sequence[Notice]) -> Iterator[tuple[Notice, date]]:
    """Each of these notices of which something is covered, and until when that is to be claimed."""
    worked = calendar(session)
    for start in range(0, len(notices), CHUNK):
        part = notices[start : start + CHUNK]
        query = select(Shipment).where(
            Shipment.notice_id.in_([one.id for one in part]), Shipment.outside == "", Shipment.removed_at.is_(None)
        )
        shipments: dict[str, list[Shipment]] = {}
        for one in session.execute(query).scalars():
            shipments.setdefault(one.notice_id, []).append(one)
        wanted = {one.policy_id for some in shipments.values() for one in some if one.policy_id}
        by_id: dict[str, Policy] = {}
        for at in range(0, len(wanted), CHUNK):
            some = select(Policy).where(Policy.id.in_(sorted(wanted)[at : at + CHUNK]))
            by_id |= {policy.id: policy for policy in session.execute(some).scalars()}
        for notice in part:
            own = shipments.get(notice.id, [])
            policies = [by_id[one] for one in sorted({one.policy_id for one in own if one.policy_id})]
            last = claim_until(notice, own, policies, worked)
            if last is not None:
                yield notice, last


def _hearers(session: Session, notice_ids: Iterable[str]) -> dict[str, list[tuple[str, bool]]]:
    """By notice who hears of it, and whether confirmed: the firm's confirmed people, and whoever reported it."""
    wanted = sorted(set(notice_ids))
    found: dict[str, list[tuple[str, bool]]] = {one: [] for one in wanted}
    for start in range(0, len(wanted), CHUNK):
        query = (
            select(Notice.id, Membership.account_id, Membership.state)
            .join(Membership, Membership.uscc == Notice.uscc)
            .where(
                Notice.id.in_(wanted[start : start + CHUNK]),
                Membership.state.in_(stages.LIVE_MEMBERSHIP_STATES),
                or_(Membership.state == stages.CONFIRMED, Membership.id == Notice.membership_id),
            )
        )
        for notice_id, account, state in session.execute(query.order_by(Membership.id)):
            found[notice_id].append((account, state == stages.CONFIRMED))
    return found
