"""Events and concerns: entered, confirmed and ended by staff; whoever is touched is warned once."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.records import Notice
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import BuyerWarning, EventOffer, Instance
from portal.common.roles import Actor
from portal.obligors.answering import LONGEST_REASON, SHORTEST_REASON, require_untied_to_dealers
from portal.obligors.identifiers import country_codes
from portal.obligors.queries import find_obligor
from portal.obligors.records import Obligor, ObligorConcern
from portal.obligors.roots import group_of, root_of
from portal.scheme import stages
from portal.warnings import queries
from portal.warnings.names import INSOLVENCY, MEASURES, POLITICAL, RISK_OF, concern_sentence, measure_name
from portal.warnings.queries import CONCERN, EVENT, SEVERAL
from portal.warnings.records import Event, Warned
from portal.warnings.telling import warn

LONGEST_SOURCE = 1000  # characters
EVENT_MESSAGES = {POLITICAL: "warning_country", INSOLVENCY: "warning_insolvency"}


class BadEvent(ValueError):
    """An event that cannot be entered; `field` is what is missing or wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing or wrong")
        self.field = field


class UnknownEvent(LookupError):
    """There is no event of this number."""


class StaleWarning(Exception):
    """It moved on, or touches other firms than were shown."""


class SamePerson(Exception):
    """Whoever entered an event does not confirm it."""


class NotSeveral(Exception):
    """Fewer than two firms reported the obligor: a warning would point at the only one."""


class BadReason(ValueError):
    """The reason in words is too short or too long."""


def enter_event(
    instance: Instance,
    who: Actor,
    kind: str,
    country: str | None,
    obligor_number: str | None,
    happened_on: date | None,
    measure: str,
    source: str,
) -> str:
    """Enter an event for another person to confirm; gives its number. Nobody is warned yet.

    The same event entered again, while it has not ended, is the one that stands. Raises `BadEvent`.
    """
    roles.require(who, roles.ENTERS_EVENTS, "enter an event")
    today, source = clock.today(), visible(source)
    _check(kind, country, happened_on, measure, source, today)
    with instance.database.locked() as session:
        obligor = _obligor(session, obligor_number) if kind == INSOLVENCY else None
        query = select(Event).where(
            Event.kind == kind,
            Event.measure == measure,
            Event.happened_on == happened_on,
            Event.country == (country if kind == POLITICAL else None),
            Event.obligor_id == (obligor.id if obligor else None),
            Event.state != stages.ENDED,
        )
        same = session.execute(query).scalars().first()
        if same is not None:
            return same.number
        newest = select(func.max(Event.serial)).where(Event.number.startswith(f"E{today.year}-"))
        serial = (session.execute(newest).scalar() or 0) + 1
        number = f"E{today.year}-{serial:05d}"
        with audit.audited(session, who, "warnings.enter_event", f"event {number}"):
            session.add(
                Event(
                    id=str(ULID()),
                    number=number,
                    serial=serial,
                    kind=kind,
                    country=country if kind == POLITICAL else None,
                    obligor_id=obligor.id if obligor else None,
                    happened_on=happened_on,
                    measure=measure,
                    source=source,
                    state=stages.ENTERED,
                    entered_by=who.id,
                    entered_at=clock.now(),
                )
            )
    return number


def confirm_event(instance: Instance, who: Actor, number: str, seen: str) -> int:
    """Confirm an event that another person entered, and warn the firms that were shown; gives how many.

    `seen` is `queries.digest` of them. A second confirmation by the same person changes nothing. Raises
    `UnknownEvent`, `SamePerson`, `StaleWarning`.
    """
    roles.require(who, roles.ENTERS_EVENTS, "confirm an event")
    with instance.database.locked() as session:
        event = _event(session, number)
        if (event.state, event.confirmed_by) == (stages.CONFIRMED, who.id):
            return 0
        if event.entered_by == who.id:
            raise SamePerson(number)
        found = queries.affected_by_event(session, event, clock.today())
        if event.state != stages.ENTERED or queries.digest(found) != seen:
            raise StaleWarning(number)
        with audit.audited(session, who, "warnings.confirm_event", f"event {number}") as entry:
            stages.require(stages.EVENT, event.state, stages.CONFIRMED)
            event.state, event.confirmed_by, event.confirmed_at = stages.CONFIRMED, who.id, clock.now()
            if event.obligor_id:
                _add_concern(session, who, event.obligor_id, f"event {number}", automatic=True)
            message = EVENT_MESSAGES[event.kind]
            warned = warn(session, instance, message, f"event {number}", EVENT, event.id, found)
            entry.details["firms"] = warned
    return warned


def end_event(instance: Instance, who: Actor, number: str) -> None:
    """An event is over, or was entered by mistake: firms are warned of it no more. Twice is once.

    Raises `UnknownEvent`.
    """
    roles.require(who, roles.ENTERS_EVENTS, "end an event")
    with instance.database.locked() as session:
        event = _event(session, number)
        if event.state == stages.ENDED:
            return
        with audit.audited(session, who, "warnings.end_event", f"event {number}"):
            stages.require(stages.EVENT, event.state, stages.ENDED)
            event.state, event.ended_by, event.ended_at = stages.ENDED, who.id, clock.now()
            query = select(ObligorConcern).where(
                ObligorConcern.obligor_id == event.obligor_id,
                ObligorConcern.automatic.is_(True),
                ObligorConcern.reason == f"event {number}",
                ObligorConcern.ended_at.is_(None),
            )
            for concern in session.execute(query).scalars() if event.obligor_id else ():
                concern.ended_by, concern.ended_at = who.id, clock.now()


def confirm_concern(instance: Instance, who: Actor, obligor_number: str, reason: str, seen: str) -> int:
    """Confirm that several firms' reports of an obligor are a concern, and warn the others; gives how many.

    `seen` is `queries.digest` of the firms shown; `reason` is for staff and auditors. While a concern stands, a
    second confirmation changes nothing. Raises `BadEvent`, `BadReason`, `NotSeveral`, `StaleWarning`, and
    `TiedToFirm` for whoever is tied to a firm that deals with the obligor.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "confirm a concern")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise BadReason(len(reason))
    with instance.database.locked() as session:
        obligor = _obligor(session, obligor_number)
        if queries.open_concern(session, obligor.id) is not None:
            return 0
        if len({one.uscc for one in queries.reports_of(session, obligor.id)}) < SEVERAL:
            raise NotSeveral(obligor_number)
        found = queries.affected_by_concern(session, obligor.id, clock.today())
        if queries.digest(found) != seen:
            raise StaleWarning(obligor_number)
        with audit.audited(session, who, "warnings.confirm_concern", f"obligor {obligor.number}") as entry:
            require_untied_to_dealers(session, who, [obligor.id], "confirm a concern")
            concern = _add_concern(session, who, obligor.id, reason, automatic=False)
            subject = f"concern {concern.id}"
            warned = warn(session, instance, "warning_concern", subject, CONCERN, concern.id, found)
            entry.details["firms"] = warned
    return warned


def end_concern(instance: Instance, who: Actor, obligor_number: str) -> None:
    """The trouble is over: firms are warned no more. Twice is once. Raises `BadEvent`, `TiedToFirm`."""
    roles.require(who, roles.MINDS_OBLIGORS, "end a concern")
    with instance.database.locked() as session:
        obligor = _obligor(session, obligor_number)
        concern = queries.open_concern(session, obligor.id)
        if concern is None:
            return
        with audit.audited(session, who, "warnings.end_concern", f"obligor {obligor.number}"):
            require_untied_to_dealers(session, who, [obligor.id], "end a concern")
            concern.ended_by, concern.ended_at = who.id, clock.now()


def follow_buyer(session: Session, instance: Instance, uscc: str, obligor_id: str) -> None:
    """A firm put a buyer on its list: warn it of what stands already, inside the audited block of that.

    What was warned of before is not warned of again.
    """
    today = clock.today()
    mine = {one.event for one in queries.warnings_of(session, [uscc]) if one.buyer.obligor_id == obligor_id}
    for event in sorted((one for one in mine if one is not None), key=lambda one: one.serial):
        found = queries.affected_by_event(session, event, today)
        touched = [one for one in found if (one.uscc, one.obligor_id) == (uscc, obligor_id)]
        subject = f"event {event.number}"
        warn(session, instance, EVENT_MESSAGES[event.kind], subject, EVENT, event.id, touched)
    concern = queries.open_concern(session, obligor_id) if None in mine else None
    if concern is not None:
        found = queries.affected_by_concern(session, obligor_id, today)
        touched = [one for one in found if (one.uscc, one.obligor_id) == (uscc, obligor_id)]
        warn(session, instance, "warning_concern", f"concern {concern.id}", CONCERN, concern.id, touched)


def follow_notice(session: Session, notice_id: str) -> None:
    """A notice was sent: every warning of this firm about the same obligor is noted with it."""
    notice = session.get_one(Notice, notice_id)
    if notice.obligor_id is None:
        return
    query = select(Warned).where(
        Warned.uscc == notice.uscc,
        Warned.obligor_id.in_(group_of(session, notice.obligor_id)),
        Warned.notice_id.is_(None),
    )
    for warned in session.execute(query).scalars():
        warned.notice_id = notice.id


def offer(session: Session, event_id: str) -> EventOffer | None:
    """What an event that stands fills into a notice beforehand."""
    event = session.get(Event, event_id)
    if event is None or event.state != stages.CONFIRMED:
        return None
    return EventOffer(RISK_OF[event.kind], event.happened_on)


def told_of_buyers(session: Session, uscc: str) -> dict[str, list[BuyerWarning]]:
    """What a firm is warned of today, by the obligor that its buyer became, in the reader's words."""
    found: dict[str, list[BuyerWarning]] = {}
    for one in queries.warnings_of(session, [uscc]):
        said = measure_name(one.event.kind, one.event.measure) if one.event else concern_sentence()
        told = BuyerWarning(said, one.event.id if one.event else None)
        if told not in found.setdefault(one.root_id, []):
            found[one.root_id].append(told)
    return found


def _check(
    kind: str, country: str | None, happened_on: date | None, measure: str, source: str, today: date
) -> None:
    if kind not in MEASURES:
        raise BadEvent("kind")
    if kind == POLITICAL and country not in country_codes():
        raise BadEvent("country")
    if measure not in MEASURES[kind]:
        raise BadEvent("measure")
    if happened_on is None or happened_on > today:
        raise BadEvent("happened_on")
    if not SHORTEST_REASON <= len(source) <= LONGEST_SOURCE:
        raise BadEvent("source")


def _add_concern(session: Session, who: Actor, obligor_id: str, reason: str, automatic: bool) -> ObligorConcern:
    concern = ObligorConcern(
        id=str(ULID()),
        obligor_id=obligor_id,
        reason=reason,
        confirmed_by=who.id,
        confirmed_at=clock.now(),
        automatic=automatic,
    )
    session.add(concern)
    session.flush()
    return concern


def _event(session: Session, number: str) -> Event:
    found = queries.find_event(session, number)
    if found is None:
        raise UnknownEvent(number)
    return found


def _obligor(session: Session, number: str | None) -> Obligor:
    found = find_obligor(session, (number or "").strip().upper())
    if found is None:
        raise BadEvent("obligor")
    return root_of(session, found.id)
