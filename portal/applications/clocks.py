"""The clock of a referred application: since when a person must look, until when, and while it stands still.

Working days are those of the published calendar; how many there are is a service level, provisional until set.
"""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from portal.applications.records import Application
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.programme import service_levels
from portal.programme.working_days import due, working_days_between
from portal.scheme import stages

AT_ONCE = 200  # applications in one transaction: others may write in between
_KNOWN = "review_due"  # in session.info of a write: nothing can change the calendar under its lock


def review_due(session: Session, on: date) -> date:
    """The last day on which staff look at what is referred on a day; asked once in each write."""
    known: dict[date, date] = session.info.setdefault(_KNOWN, {}) if session.info.get("locked") else {}
    if on not in known:
        days = service_levels.days(session, service_levels.REVIEW_DAYS, on)
        known[on] = due(session, on, days).day
    return known[on]


def clock_columns(session: Session, state: str, on: date) -> dict[str, Any]:
    """The columns of the clock of an application that is entered in this state on this day."""
    if state != stages.REFERRED:
        return {"referred_on": None, "due_on": None}
    return {"referred_on": on, "due_on": review_due(session, on)}


def start_clock(session: Session, application: Application, on: date) -> None:
    """From this day on a person must look."""
    application.referred_on = on
    application.due_on = review_due(session, on)
    application.paused_on = None


def pause_clock(session: Session, application: Application, on: date) -> None:
    """It is the firm's turn: the clock stands still, if it ran. Doing it again changes nothing."""
    if application.due_on is not None and application.paused_on is None:
        application.paused_on = on


def resume_clock(session: Session, application: Application, on: date) -> None:
    """It is the staff's turn again: the due day moves by the working days that the clock stood still.

    A clock that runs stays as it is.
    """
    if application.paused_on is None:
        return
    if application.due_on is not None:
        stood = working_days_between(session, application.paused_on, on)
        application.due_on = due(session, application.due_on, stood).day
    application.paused_on = None


def follow(application: Application, state: str) -> None:
    """Keep the clock in step with an application that is about to go to `state` today.

    Being referred starts it, being asked stops it, and whatever ends being asked lets it go on.
    """
    session = object_session(application)
    if session is None:
        raise RuntimeError(f"{application.number} belongs to no session")
    today = clock.today()
    if application.state == stages.ASKED:
        resume_clock(session, application, today)
    elif state == stages.REFERRED:
        start_clock(session, application, today)
    if state == stages.ASKED:
        pause_clock(session, application, today)


def start_missing_clocks(instance: Instance, who: Actor) -> int:
    """Start the clock today of every referred application that has none; how many.

    Those were referred before there were service levels, so nobody had promised them a day. Repeating finds none.
    """
    roles.require(who, roles.MANAGES_TERMS, "start the clocks")
    today, started, after = clock.today(), 0, ""
    while True:
        with instance.database.locked() as session:
            query = (
                select(Application)
                .where(
                    Application.state == stages.REFERRED, Application.due_on.is_(None), Application.number > after
                )
                .order_by(Application.number)
                .limit(AT_ONCE)
            )
            part = session.execute(query).scalars().all()
            if not part:
                return started
            for application in part:
                with audit.audited(session, who, "applications.clock", f"application {application.number}"):
                    start_clock(session, application, today)
            after = part[-1].number
            started += len(part)
