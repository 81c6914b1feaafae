"""Claims as they stood on a day: their state from what happened by then, their money from the ledger by then.

An entry belongs to the day on which it was booked, whatever day its money came or went (`Entry.on`): what is
recorded later, of however long ago, never changes what an earlier day shows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.applications.records import Request
from portal.applications.requests import CLAIM as CLAIM_REQUEST
from portal.claims.records import Assessment, Claim, ClaimEvent, Notice
from portal.common.clock import day_of, end_of
from portal.ledger.accounts import Account, Kind
from portal.ledger.records import Entry, Line
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.scheme import stages

CHUNK = 400  # claims read at a time
_EVENTS = {
    "suspended": stages.SUSPENDED,
    "reopened": stages.ASSESSING,
    "withdrawn": stages.WITHDRAWN,
    "approved": stages.APPROVED,
    "sent_back": stages.ASSESSING,
    "proposed": stages.PROPOSED,
    "reversed": stages.ASSESSING,
    "agreed": stages.AGREED,
    "objected": stages.OBJECTED,
    "objection_declined": stages.APPROVED,
    "payment_ordered": stages.PAYING,
    "payment_dropped": stages.AGREED,
    "paid": stages.PAID,
    "set_off": stages.PAID,
    "payment_failed": stages.AGREED,
    "closed": stages.CLOSED,
}
"""The state in which a claim is after something happened to it."""


class Found(NamedTuple):
    """A claim with the numbers of its notice and policy, and its obligor as it was named."""

    claim: Claim
    notice: str
    policy: str
    obligor: Obligor


@dataclass(frozen=True)
class Standing:
    """One claim on a day. Amounts are in cents of its currency, all from entries booked on that day or before.

    ``indemnity`` is after reversals and claw backs; ``payable`` what was still to be paid, ``owed`` what the firm
    had to pay back; ``underwriter``, ``firm`` and ``costs`` are the parts of what was recovered.
    """

    claim: Claim
    notice: str
    policy: str
    obligor: Obligor
    state: str
    filed_on: date | None
    approved_on: date | None
    loss: int | None
    indemnity: int
    paid: int
    paid_on: date | None
    payable: int
    owed: int
    underwriter: int
    firm: int
    costs: int


def standings(session: Session, scheme: str, on: date, today: date) -> Iterator[Standing]:
    """The claims of a scheme opened on a day or before, by number, as they stood at its end."""
    query = (
        select(Claim, Notice.number, Policy.number, Obligor)
        .join(Notice, Notice.id == Claim.notice_id)
        .join(Policy, Policy.id == Claim.policy_id)
        .join(Obligor, Obligor.id == Claim.obligor_id)
        .where(Claim.scheme == scheme, Claim.opened_on <= on)
        .order_by(func.substr(Claim.number, 1, 5), Claim.serial)
    )
    found = [
        Found(claim, notice or "", policy, obligor) for claim, notice, policy, obligor in session.execute(query)
    ]
    for start in range(0, len(found), CHUNK):
        yield from _part(session, found[start : start + CHUNK], on, today)


def state_on(
    claim: Claim, events: Sequence[ClaimEvent], requests: Sequence[Request], on: date, today: date
) -> str:
    """Where a claim stood at the end of a day; on the present day that is where it stands."""
    if on >= today:
        return claim.state
    steps = [(event.at, _EVENTS[event.kind]) for event in events if event.kind in _EVENTS and event.on <= on]
    steps += [(event.at, stages.ASSESSING) for event in events if event.kind == "filed" and event.on <= on]
    for one in requests:
        steps.append((one.asked_at, stages.ASKED))
        ended = one.answered_at or one.closed_at
        if ended is not None:
            steps.append((ended, stages.ASSESSING))
    past = sorted((step for step in steps if day_of(step[0]) <= on), key=lambda step: step[0])
    if claim.filed_on is None or claim.filed_on > on:
        past = [step for step in past if step[1] in (stages.SUSPENDED, stages.WITHDRAWN)]
    return past[-1][1] if past else stages.PREPARING


def _part(session: Session, found: Sequence[Found], on: date, today: date) -> Iterator[Standing]:
    ids = [one.claim.id for one in found]
    events: dict[str, list[ClaimEvent]] = defaultdict(list)
    happened = select(ClaimEvent).where(ClaimEvent.claim_id.in_(ids)).order_by(ClaimEvent.at, ClaimEvent.id)
    for event in session.execute(happened).scalars():
        events[event.claim_id].append(event)
    requests: dict[str, list[Request]] = defaultdict(list)
    asked = select(Request).where(Request.subject_kind == CLAIM_REQUEST, Request.subject_id.in_(ids))
    for one in session.execute(asked).scalars():
        requests[one.subject_id].append(one)
    sums, paid, paid_on = _money(session, ids, on)
    approvals = _approvals(session, ids, on)
    for claim, notice, policy, obligor in found:
        money = sums[claim.id]
        approval = approvals.get(claim.id)
        yield Standing(
            claim=claim,
            notice=notice,
            policy=policy,
            obligor=obligor,
            state=state_on(claim, events[claim.id], requests[claim.id], on, today),
            filed_on=claim.filed_on if claim.filed_on is not None and claim.filed_on <= on else None,
            approved_on=approval[0] if approval else None,
            loss=approval[1] if approval else None,
            indemnity=money[Account.INDEMNITY],
            paid=paid.get(claim.id, 0),
            paid_on=paid_on.get(claim.id),
            payable=-money[Account.PAYABLE],
            owed=money[Account.OWED_BY_FIRM],
            underwriter=-money[Account.RECOVERED],
            firm=-money[Account.FIRM_SHARE],
            costs=-money[Account.COSTS],
        )


def _money(
    session: Session, ids: Sequence[str], on: date
) -> tuple[dict[str, dict[str, int]], dict[str, int], dict[str, date]]:
    """By claim the balance of every account, what the bank paid less what came back, and the last day it did."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    paid: dict[str, int] = defaultdict(int)
    paid_on: dict[str, date] = {}
    query = (
        select(Line.claim_id, Line.account, Line.amount_minor, Entry.kind, Entry.on)
        .join(Entry, Entry.id == Line.entry_id)
        .where(Line.claim_id.in_(ids), Entry.entered_at < end_of(on))
        .order_by(Entry.number)
    )
    for claim_id, account, minor, kind, moved_on in session.execute(query):
        sums[claim_id][account] += minor
        if account == Account.PAYABLE and kind in (Kind.PAYMENT, Kind.PAYMENT_FAILED):
            paid[claim_id] += minor
            if kind == Kind.PAYMENT:
                paid_on[claim_id] = moved_on
            else:
                paid_on.pop(claim_id, None)
    return sums, paid, paid_on


def _approvals(session: Session, ids: Sequence[str], on: date) -> dict[str, tuple[date, int | None]]:
    """By claim the day and the recognised loss of the last approval that stood on a day."""
    undone = select(Entry.reverses).where(Entry.reverses.is_not(None), Entry.entered_at < end_of(on))
    query = (
        select(Assessment.claim_id, Entry.on, Assessment.loss_minor)
        .join(Entry, Entry.id == Assessment.entry_id)
        .where(Assessment.claim_id.in_(ids), Entry.entered_at < end_of(on), Entry.id.not_in(undone))
        .order_by(Entry.number)
    )
    return {claim_id: (day, loss) for claim_id, day, loss in session.execute(query)}
