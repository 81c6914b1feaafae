"""Filing a claim, withdrawing it, claiming again, and telling that rejected goods are disposed of."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications import requests
from portal.claims import claim_clocks as clocks
from portal.claims.mine import LONGEST_WORDS, Mine, person_of, require_mine
from portal.claims.moves import StaleClaim, happened, move, tell_firm
from portal.claims.notice_drafts import shipments_of
from portal.claims.opening import claim_due_of, open_claims
from portal.claims.papers import missing_items
from portal.claims.records import Assessment, Claim
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.queries import owed_on_claim
from portal.programme.working_days import calendar
from portal.scheme import deadlines, stages
from portal.scheme.claim_words import Risk

SHORTEST_REASON = 4  # characters
WITHDRAWABLE = frozenset({stages.PREPARING, stages.ASSESSING, stages.ASKED, stages.SUSPENDED})


class Missing(Exception):
    """These needed documents are not there, and the firm did not say that it files without them."""

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__(", ".join(items))
        self.items = tuple(items)


class ReasonNeeded(ValueError):
    """The last day to file has passed: the claim is taken, with a word on why it is late."""


class BadDay(ValueError):
    """Goods are disposed of today or before, and after they were shipped."""


def file_claim(
    instance: Instance, who: Actor, number: str, without: Sequence[str] = (), late_reason: str = ""
) -> None:
    """File a claim: it is the staff's turn. It may be filed before the waiting is over, late, and incomplete.

    `without` are the needed documents that the firm knows to be missing. Filed twice it is filed once. Raises
    `UnknownClaim`, `NotAllowed`, `Missing` with what really is missing, `ReasonNeeded` when it is late without a
    reason, and `StaleClaim` when it moved on another way.
    """
    roles.require(who, roles.APPLIES, "file a claim")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "file a claim")
        claim = mine.claim
        if claim.filed_on is not None and claim.state != stages.WITHDRAWN:
            return
        if claim.state != stages.PREPARING:
            raise StaleClaim(number, claim.state)
        today = clock.today()
        missing = missing_items(session, claim)
        if set(missing) != set(without):
            raise Missing(missing)
        reason = visible(late_reason)[:LONGEST_WORDS] if today > claim.claim_due_on else ""
        if today > claim.claim_due_on and len(reason) < SHORTEST_REASON:
            raise ReasonNeeded(number)
        with audit.audited(session, who, "claims.file", f"claim {number}", without=" ".join(missing)):
            terms = clocks.held_of(session, claim).claim
            late = deadlines.late_points(terms, claim.claim_due_on, today)
            claim.late_points = deadlines.points_counted(terms, (claim.late_points, late))
            claim.filed_on, claim.filed_by = today, who.id
            move(claim, stages.ASSESSING)
            happened(
                session, instance, who, claim, "filed", today, words=reason, written_by=person_of(session, who)
            )
            start_work(session, instance, who, claim, today)
            until = claim.due_on
            kind = "claim_filed" if until else "claim_filed_waiting"
            tell_firm(session, instance, claim, kind, {"due_on": until.isoformat()} if until else {})


def start_work(session: Session, instance: Instance, who: Actor, claim: Claim, on: date) -> None:
    """Start the clock of staff: with all documents the assessment's, else that of asking for what is missing."""
    if missing_items(session, claim):
        claim.due_on = clocks.looked_through_by(session, on)
        return
    claim.complete_on = on
    claim.due_on = clocks.assessed_by(session, claim, on)
    happened(session, instance, who, claim, "complete", on)


def may_withdraw(session: Session, claim: Claim) -> bool:
    """Whether a claim can be withdrawn now: nobody has proposed an indemnity, and the firm owes nothing on it."""
    return claim.state in WITHDRAWABLE and not owed_on_claim(session, claim.id, claim.currency).minor


def withdraw_claim(instance: Instance, who: Actor, number: str) -> None:
    """Withdraw a claim, as long as nobody has proposed an indemnity; a second time changes nothing.

    One whose indemnity was paid and then reversed stays until the firm owes nothing on it: what it owes is set off
    against what that claim still brings, and a claim made anew would know nothing of it.

    Where it was the notice's last claim, the loss is watched again and can be claimed anew. Raises `UnknownClaim`,
    `NotConfirmed`, `NotAllowed`, `StaleClaim`.
    """
    roles.require(who, roles.APPLIES, "withdraw a claim")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "withdraw a claim", confirmed=True)
        claim = mine.claim
        if claim.state == stages.WITHDRAWN:
            return
        if not may_withdraw(session, claim):
            raise StaleClaim(number, claim.state)
        with audit.audited(session, who, "claims.withdraw", f"claim {number}"):
            requests.close(session, requests.CLAIM, claim.id)
            drafts = select(Assessment).where(Assessment.claim_id == claim.id, Assessment.state == stages.DRAFT)
            for draft in session.execute(drafts).scalars():
                stages.require(stages.ASSESSMENT, draft.state, stages.DROPPED)
                draft.state = stages.DROPPED
            move(claim, stages.WITHDRAWN)
            claim.closed_on, claim.due_on, claim.paused_on = clock.today(), None, None
            claim.assigned_to = None
            happened(session, instance, who, claim, "withdrawn", clock.today())
            session.flush()
            if not _live_claims(session, mine):
                stages.require(stages.NOTICE, mine.notice.state, stages.WATCHED)
                mine.notice.state, mine.notice.state_changed_at = stages.WATCHED, clock.now()
            tell_firm(session, instance, claim, "claim_withdrawn")


def claim_again(instance: Instance, who: Actor, number: str) -> str:
    """Claim anew what was withdrawn; gives the number of the claim under the same policy. Twice gives the same.

    Raises `UnknownClaim`, `NotConfirmed`, `NotAllowed`, and `StaleClaim` when the notice is closed.
    """
    roles.require(who, roles.APPLIES, "claim")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "claim", confirmed=True)
        for one in _live_claims(session, mine):
            if one.policy_id == mine.claim.policy_id:
                return one.number
        if mine.notice.state not in (stages.WATCHED, stages.CLAIMED):
            raise StaleClaim(number, mine.claim.state)
        with audit.audited(session, who, "claims.claim_again", f"claim {number}"):
            opened = open_claims(session, instance, who, mine.notice, clock.today())
            if mine.notice.state == stages.WATCHED:
                stages.require(stages.NOTICE, mine.notice.state, stages.CLAIMED)
                mine.notice.state, mine.notice.state_changed_at = stages.CLAIMED, clock.now()
        return next(one.number for one in opened if one.policy_id == mine.claim.policy_id)


def tell_disposed(instance: Instance, who: Actor, number: str, on: date) -> None:
    """Tell on which day rejected goods were sold, returned or otherwise disposed of: the waiting ends then.

    The same day told again changes nothing. Raises `UnknownClaim`, `NotAllowed`, `BadDay`, and `StaleClaim` where
    nothing of the kind is waited for.
    """
    roles.require(who, roles.APPLIES, "tell of rejected goods")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "tell of rejected goods")
        notice = mine.notice
        if notice.disposed_on == on:
            return
        waits = (stages.PREPARING, stages.ASSESSING, stages.ASKED)
        if mine.claim.risk != Risk.REJECTION or notice.disposed_on is not None or mine.claim.state not in waits:
            raise StaleClaim(number, mine.claim.state)
        shipped = min(one.shipped_on for one in shipments_of(session, notice.id))
        if not shipped <= on <= clock.today():
            raise BadDay(on.isoformat())
        with audit.audited(session, who, "claims.tell_disposed", f"claim {number}"):
            notice.disposed_on = on
            session.flush()
            for claim in _live_claims(session, mine):
                if claim.state in waits:
                    _follow_disposal(session, mine, claim)
            happened(session, instance, who, mine.claim, "disposed", on)


def _follow_disposal(session: Session, mine: Mine, claim: Claim) -> None:
    waiting = clocks.waiting_period(session, claim)
    claim.waiting_until = waiting.ends.day if waiting.ends else None
    if claim.filed_on is None:
        due = claim_due_of(clocks.held_of(session, claim), mine.notice, waiting, calendar(session)).day
        claim.claim_due_on = claim.due_on = due
    elif claim.complete_on is not None:
        claim.due_on = clocks.assessed_by(session, claim, max(claim.complete_on, clock.today()))


def _live_claims(session: Session, mine: Mine) -> list[Claim]:
    query = select(Claim).where(Claim.notice_id == mine.notice.id, Claim.state != stages.WITHDRAWN)
    return list(session.execute(query.order_by(Claim.serial)).scalars())
