"""How long things may take, when reminders go out, and up to what sum a claim is small.

All of it is provisional until an administrator sets it: no public source promises the firms any of it.
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
LOSS_BEFORE_DAYS = "loss_reminder_days"
LOSS_AFTER_DAYS = "loss_overdue_reminder_days"
OBJECTION_DAYS = "objection_days"
CONSENT_DAYS = "consent_working_days"
FAST_LANE_LIMIT = "fast_lane_limit"

ONE, SEVERAL, UNITS = "one", "several", "units"


class Provisional(NamedTuple):
    """A value that holds until one is set: what it is called, the value, and why that one.

    `kind` is what it is: one number of days, several rising ones, or a sum in whole units of `currency`.
    """

    name: LazyString
    value: str
    reason: LazyString
    kind: str = ONE
    currency: str = ""


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
        SEVERAL,
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
    LOSS_BEFORE_DAYS: Provisional(
        _l("Days before a last day of a loss or claim on which its firm is reminded"),
        "3 7 30",
        _l("No notice sets reminders; papers from abroad take a month, an answer a few days."),
        SEVERAL,
    ),
    LOSS_AFTER_DAYS: Provisional(
        _l("Days after a last day of a claim on which its firm is reminded again"),
        "1 7 30",
        _l("No notice sets reminders; at once, after a week and after a month is neither silence nor a nuisance."),
        SEVERAL,
    ),
    OBJECTION_DAYS: Provisional(
        _l("Days for the firm to agree to an indemnity or to object"),
        "15",
        _l("The wording of the micro policy is not public; two weeks and a day leave time to ask an accountant."),
    ),
    CONSENT_DAYS: Provisional(
        _l("Working days to answer a request for consent"),
        "3",
        _l("No notice promises a time; goods in a foreign port cost money every day."),
    ),
    FAST_LANE_LIMIT: Provisional(
        _l("Small clear claims, at most"),
        "5000",
        _l("No notice sets a limit; a tenth of the cap per buyer is little to lose by being quick."),
        UNITS,
        "USD",
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


def several(session: Session, key: str, on: date) -> tuple[int, ...]:
    """A service level that is several numbers of days, rising."""
    return tuple(sorted({int(number) for number in level(session, key, on).split()}))


def units(session: Session, key: str, on: date) -> int:
    """A service level that is a sum, in whole units of the scheme's currency."""
    return int(level(session, key, on))
