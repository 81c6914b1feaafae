"""How long things may take and when reminders go out: all of it provisional until an administrator sets it.

No public source promises the firms any of these times.
"""

from datetime import date
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.programme.records import ServiceLevel

REVIEW_DAYS = "review_working_days"
ANSWER_DAYS = "answer_working_days"
APPEAL_DAYS = "appeal_days"
REMINDER_DAYS = "acknowledgement_reminder_days"
CATCH_UP_DAYS = "reminder_catch_up_days"
RENEWAL_DAYS = "renewal_prompt_days"


class Provisional(NamedTuple):
    """A value that holds until one is set: what it is called, the value, and why that one."""

    name: LazyString
    value: str
    reason: LazyString


LEVELS: dict[str, Provisional] = {
    REVIEW_DAYS: Provisional(
        _l("Working days until a person has looked"),
        "5",
        _l("No notice promises a time; a working week is what a small desk can keep."),
    ),
    ANSWER_DAYS: Provisional(
        _l("Working days for the firm to answer"),
        "10",
        _l("No notice sets a time; two working weeks leave room for a paper from an authority."),
    ),
    APPEAL_DAYS: Provisional(
        _l("Days to appeal after a decision"),
        "60",
        _l("No notice sets a time; the sixty days of the administrative review law are taken."),
    ),
    REMINDER_DAYS: Provisional(
        _l("Days after issue when an acknowledgement is asked for again"),
        "3 7 14",
        _l("No notice sets reminders; three within two weeks are neither silence nor a nuisance."),
    ),
    CATCH_UP_DAYS: Provisional(
        _l("Days for which a missed reminder is still sent"),
        "7",
        _l("No notice sets a time; a week covers a holiday on which nothing was sent."),
    ),
    RENEWAL_DAYS: Provisional(
        _l("Days after a window opens on which insured firms are told of it"),
        "30",
        _l("No notice sets a time; a month reaches whoever is away at the turn of the year."),
    ),
}


def level(session: Session, key: str, on: date) -> str:
    """The value of one service level on a day: the one set last for it or before, else the provisional one."""
    query = (
        select(ServiceLevel.value)
        .where(ServiceLevel.key == key, ServiceLevel.starts_on <= on)
        .order_by(ServiceLevel.starts_on.desc(), ServiceLevel.id.desc())
        .limit(1)
    )
    found = session.execute(query).scalar()
    return LEVELS[key].value if found is None else found


def days(session: Session, key: str, on: date) -> int:
    """A service level that is one number of days."""
    return int(level(session, key, on))
