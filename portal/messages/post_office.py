"""The post office: sends what is queued, after the write that queued it, and never sends anything twice.

A sender takes a delivery by a lease: it is `sending` until the lease ends, and its `fence` rises, so that a
sender that lost its lease cannot say anything of it any more. A sender that is killed in the middle leaves the
delivery `sending`; once the lease is over it is `unsure`, and a person decides whether to send it again. Files
in a folder are the exception: their name is the delivery's id, so writing them again changes nothing.

Sending takes no lock of the portal's and is no part of the audit trail.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from json import loads
from typing import NamedTuple

from flask import has_app_context
from flask_babel import force_locale
from sqlalchemy import Table, case, func, inspect, select, update
from sqlalchemy.exc import OperationalError

from portal.common import clock, outbox
from portal.common.database import COMMAND_WAITS, PAGE_WAITS, Database, was_busy
from portal.common.instance import Instance
from portal.common.keys import CannotOpen
from portal.common.outbox import FAILED, SENDING, SENT, UNSURE, WAITING, Delivery
from portal.common.people import People, PersonErased
from portal.common.preferences import LOCALES
from portal.messages.carriers import Carrier, Letter, MaybeSent, NotSent, carriers
from portal.messages.words import KINDS, UnknownWords, mail, text_message

log = logging.getLogger("portal")

LEASE = timedelta(minutes=5)  # longer than any carrier waits for its answers
# How long after each failed try the next one comes; after the last there is none.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
LOST = "its sender stopped in the middle of sending"
SAYING_SO = 5  # tries to write down what became of a delivery while the database is busy

_table = inspect(Delivery).local_table
assert isinstance(_table, Table)
DELIVERIES: Table = _table


class Tally(NamedTuple):
    """What one run sent and gave up, and how many stand unsure or wait now."""

    sent: int
    failed: int
    unsure: int
    waiting: int


class Taken(NamedTuple):
    """A delivery that this sender has the lease of."""

    id: str
    channel: str
    kind: str
    language: str
    person_id: str
    sealed: str
    attempts: int
    fence: int
    queued_at: datetime


def send_due(instance: Instance, stop: Callable[[], bool] = lambda: False) -> Tally:
    """Send everything that is due, one after the other, until nothing is or `stop` says so.

    Needs an app context, for the words.
    """
    if not has_app_context():
        raise RuntimeError("the words of a message need an app context")
    by = carriers(instance.settings)
    _look_after_the_lost(instance.database, by)
    closed: set[str] = set()  # channels whose carrier takes nothing just now
    sent = failed = 0
    while not stop() and (taken := _take(instance.database, by, closed)) is not None:
        state = _send(instance, taken, by[taken.channel], closed)
        sent += state == SENT
        failed += state == FAILED
    with instance.database.reading() as session:
        counted = select(Delivery.state, func.count()).where(Delivery.state.in_((UNSURE, WAITING)))
        standing: dict[str, int] = dict(session.execute(counted.group_by(Delivery.state)).all())
    return Tally(sent, failed, standing.get(UNSURE, 0), standing.get(WAITING, 0))


def _look_after_the_lost(database: Database, by: Mapping[str, Carrier]) -> None:
    """Whatever is still `sending` after its lease lost its sender: send a file again, ask a person of the rest."""
    with database.beside(PAGE_WAITS) as connection:
        # Under which carrier it was taken stands in `problem`; the settings may have changed since.
        repeatable = {carrier.name for carrier in by.values() if carrier.repeatable}
        connection.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.state == SENDING, DELIVERIES.c.lease_until < clock.now())
            .values(
                state=case((DELIVERIES.c.problem.in_(repeatable), WAITING), else_=UNSURE),
                problem=case(
                    (DELIVERIES.c.problem.in_(repeatable), None),
                    else_=LOST,
                ),
                next_try_at=clock.now(),
                lease_until=None,
            )
        )


def _take(database: Database, by: Mapping[str, Carrier], closed: Collection[str]) -> Taken | None:
    """Take the lease of the delivery that is due longest; None when nothing is due."""
    now = clock.now()
    columns = DELIVERIES.c
    due = (
        select(columns.id)
        .where(columns.state == WAITING, columns.next_try_at <= now, columns.channel.not_in(closed))
        .order_by(columns.next_try_at, columns.id)
        .limit(1)
        .with_for_update(skip_locked=True)  # of PostgreSQL; the embedded database has one writer anyway
        .scalar_subquery()  # and no IN: PostgreSQL may look into that once for each row, and take them all
    )
    take = (
        update(DELIVERIES)
        .where(columns.id == due, columns.state == WAITING)
        .values(
            state=SENDING,
            fence=columns.fence + 1,
            attempts=columns.attempts + 1,
            lease_until=now + LEASE,
            problem=case({channel: carrier.name for channel, carrier in by.items()}, value=columns.channel),
        )
        .returning(*(columns[name] for name in Taken._fields))
    )
    with database.beside(PAGE_WAITS) as connection:
        row = connection.execute(take).first()
    return None if row is None else Taken(*row)


def _send(instance: Instance, taken: Taken, carrier: Carrier, closed: set[str]) -> str:
    """Send one delivery and write down what became of it; gives its state."""
    try:
        letter, emptied = _write(instance, taken)
    except (PersonErased, CannotOpen, UnknownWords, KeyError, ValueError) as error:
        # What cannot be said now can never be: the person is erased, or the words do not fit.
        if not isinstance(error, PersonErased):
            log.error("delivery %s of kind %s cannot be written: %s", taken.id, taken.kind, type(error).__name__)
        return _said(instance.database, taken, FAILED, problem=f"cannot be written: {type(error).__name__}")
    if letter is None:
        return _said(instance.database, taken, FAILED, problem="too late to be of use", sealed=emptied)
    try:
        carrier.carry(letter)
    except NotSent as error:
        if error.all_of_them:
            closed.add(taken.channel)
            log.warning("%s: %s", taken.channel, error.problem)
        if error.for_good or taken.attempts > len(WAITS):
            return _said(instance.database, taken, FAILED, problem=error.problem)
        later = clock.now() + WAITS[taken.attempts - 1]
        return _said(instance.database, taken, WAITING, problem=error.problem, next_try_at=later)
    except MaybeSent as error:
        log.warning("delivery %s: %s", taken.id, error.problem)
        return _said(instance.database, taken, UNSURE, problem=error.problem)
    # What it said (a code, a link) is of no more use to anybody: only the address stays.
    return _said(instance.database, taken, SENT, problem=None, sent_at=clock.now(), sealed=emptied)


def _write(instance: Instance, taken: Taken) -> tuple[Letter | None, str]:
    """The letter, or None when it is too late for it; and what stays sealed once it is sent."""
    with instance.database.reading() as session:
        sealer = People(session, instance.keys).sealer(taken.person_id)
    fields = sealer.open_fields(taken.sealed)
    emptied = sealer.seal_fields({"address": fields["address"]})
    words = KINDS.get(taken.kind)
    if words is not None and words.lasts is not None and clock.now() > taken.queued_at + words.lasts:
        return None, emptied
    parameters: dict[str, str] = loads(fields["parameters"])
    url = instance.settings.portal_url
    with force_locale(LOCALES[taken.language]):
        if taken.channel == outbox.SMS:
            return Letter(taken.id, fields["address"], "", text_message(taken.kind, parameters, url)), emptied
        subject, text = mail(taken.kind, parameters, url)
        return Letter(taken.id, fields["address"], subject, text), emptied


def _said(database: Database, taken: Taken, state: str, **values: object) -> str:
    """Write down what became of a delivery, unless somebody else has taken it since."""
    ours = (
        update(DELIVERIES)
        .where(
            DELIVERIES.c.id == taken.id,
            DELIVERIES.c.fence == taken.fence,
            DELIVERIES.c.state.in_((SENDING, UNSURE)),
        )
        .values(state=state, lease_until=None, **values)
    )
    for left in reversed(range(SAYING_SO)):
        try:
            with database.beside(COMMAND_WAITS) as connection:
                if not connection.execute(ours).rowcount:
                    log.warning("delivery %s: its lease was lost before it was %s", taken.id, state)
            break
        except OperationalError as error:
            # Not written down it would end as unsure, though we know better: worth waiting for.
            if not (left and was_busy(error)):
                raise
    return state
