"""A claim's clock: until when whoever's turn it is acts. At the firm's turn the clock of staff stands still.

Days of the terms count calendar days and end on a working day; how long a clock stood still is counted in working
days, so that a holiday in between costs nobody anything.
"""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.held import Held, held_by
from portal.claims.opening import waiting_of
from portal.claims.records import Claim, Notice
from portal.policies.records import Policy
from portal.programme import service_levels
from portal.programme.working_days import calendar, due, working_days_between
from portal.scheme import deadlines
from portal.scheme.deadlines import WaitingPeriod, WaitsFor


def held_of(session: Session, claim: Claim) -> Held:
    """The terms by which a claim is judged."""
    return held_by(session.get_one(Policy, claim.policy_id))


def waiting_period(session: Session, claim: Claim) -> WaitingPeriod:
    """What the claim has to wait for, and until when."""
    notice = session.get_one(Notice, claim.notice_id)
    return waiting_of(held_of(session, claim), notice, shipments_of_claim(session, claim), calendar(session))


def decided_from(waiting: WaitingPeriod) -> date | None:
    """The first day on which something can be decided; None without waiting, or while its end is not known."""
    if waiting.ends is None:
        return None
    return waiting.ends.day if waiting.waits_for is WaitsFor.DISPOSAL else waiting.ends.day + timedelta(days=1)


def assessed_by(session: Session, claim: Claim, complete_on: date) -> date | None:
    """Until when a claim is assessed whose documents are complete since a day, and whose waiting is over.

    None while rejected goods are not disposed of: until then nothing runs.
    """
    waiting = waiting_period(session, claim)
    if waiting.waits_for is WaitsFor.DISPOSAL and waiting.ends is None:
        return None
    start = max(complete_on, decided_from(waiting) or complete_on)
    return deadlines.assessment_due(held_of(session, claim).claim, start, calendar(session)).day


def looked_through_by(session: Session, on: date) -> date:
    """Until when staff look through what came, and ask once for what is missing."""
    return due(session, on, service_levels.days(session, service_levels.REVIEW_DAYS, on)).day


def paid_by(session: Session, claim: Claim, agreed_on: date) -> date:
    """Until when an indemnity is paid to which the firm agreed on a day."""
    return deadlines.payment_due(held_of(session, claim).claim, agreed_on, calendar(session)).day


def objected_by(session: Session, approved_on: date) -> date:
    """Until when the firm can object to what was approved on a day."""
    days = service_levels.days(session, service_levels.OBJECTION_DAYS, approved_on)
    return deadlines.next_working(approved_on + timedelta(days=days), calendar(session))


def pause(claim: Claim, on: date) -> None:
    """The clock stands still from this day on; if it does already, nothing changes."""
    claim.paused_on = claim.paused_on or on


def resume(session: Session, claim: Claim, on: date) -> None:
    """It goes on: the due day moves by the working days that it stood still."""
    if claim.paused_on is None:
        return
    stood = working_days_between(session, claim.paused_on, on)
    claim.paused_on = None
    if claim.due_on is not None:
        claim.due_on = due(session, claim.due_on, stood).day
