"""The four tables that make up the desk's work, each as rows with the same columns.

A branch is what one table adds to a view; the queue is the branches of its view, one under the other.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
)

from portal.appeals.records import Appeal
from portal.applications.queries import is_latest
from portal.applications.records import Application, Decision, Request, Review, ScreeningTask
from portal.common import clock
from portal.desk.holding import APPEAL, APPLICATION, MEMBERSHIP, SCREENING
from portal.desk.queue_filter import (
    AFFECTED,
    ALL,
    APPEALS,
    ASKED,
    FIRM_QUESTIONS,
    FIRMS,
    LICENCE,
    MINE,
    SOURCE,
    TODAY,
    WAITING,
    QueueFilter,
)
from portal.members.records import Membership
from portal.scheme import findings as codes
from portal.scheme import stages

OPEN_TASK = "open"


def branches(wanted: QueueFilter, me: str, today: date) -> list[Select[Any]]:
    """The rows of each table that a view has, filtered by kind and by reason; at least one of them."""
    found = [
        (APPLICATION, _applications(wanted, me, today)),
        (MEMBERSHIP, _memberships(wanted, me)),
        (APPEAL, _appeals(wanted, me)),
        (SCREENING, _screenings(wanted, me)),
    ]
    held = [branch for kind, branch in found if branch is not None and wanted.kind in ("", kind)]
    return held or [_columns(APPLICATION, Application, Application.applied_on).where(false())]


def _columns(kind: str, table: Any, since: Any, **given: Any) -> Select[Any]:
    """The columns that every branch has, in one order and of the same types."""
    return select(
        literal(kind, String).label("kind"),
        table.id.label("id"),
        table.number.label("number"),
        func.substr(table.number, 1, 5).label("series"),  # A2022 of A2022-00001
        table.serial.label("serial"),
        table.uscc.label("uscc"),
        table.firm_name.label("firm_name"),
        table.state.label("state"),
        since.label("since"),
        table.due_on.label("due"),
        given.get("paused", cast(null(), Date)).label("paused"),
        _answer_due(kind, table).label("answer_due"),
        table.assigned_to.label("holder"),
        given.get("codes", literal("", String)).label("codes"),
        given.get("exports", cast(null(), BigInteger)).label("exports"),
        given.get("still_open", literal(1, Integer)).label("still_open"),
    )


def _answer_due(kind: str, table: Any) -> ColumnElement[date]:
    """Until when the firm answers what it is asked for; none where nothing is asked."""
    asked: ColumnElement[date] = (
        select(func.min(Request.due_on))
        .where(
            Request.subject_kind == kind,
            Request.subject_id == table.id,
            Request.answered_at.is_(None),
            Request.closed_at.is_(None),
        )
        .correlate(table)
        .scalar_subquery()
    )
    return asked


def _applications(wanted: QueueFilter, me: str, today: date) -> Select[Any] | None:
    referred, asked = Application.state == stages.REFERRED, Application.state == stages.ASKED
    conditions: dict[str, ColumnElement[bool]] = {
        WAITING: referred,
        MINE: and_(or_(referred, asked), Application.assigned_to == me),
        ASKED: asked,
        SOURCE: Application.state == stages.AWAITING_SOURCE,
        TODAY: and_(~referred, Application.id.in_(_reviewed_on(today))),
        ALL: Application.id.is_not(None),
    }
    if wanted.view not in conditions:
        return None
    by_decision = bool(wanted.rule) or wanted.sort.removeprefix("-") == "exports"
    query = _columns(
        APPLICATION,
        Application,
        Application.applied_on,
        paused=Application.paused_on,
        exports=Decision.exports_minor if by_decision else cast(null(), BigInteger),
        still_open=cast(Application.state.in_(stages.OPEN_APPLICATION_STATES), Integer),
    ).where(conditions[wanted.view])
    if by_decision:
        query = query.outerjoin(Decision, and_(Decision.application_id == Application.id, is_latest()))
    if wanted.rule:
        query = query.where(_raised(wanted.rule))
    if wanted.state:
        query = query.where(Application.state == wanted.state)
    return query


def _memberships(wanted: QueueFilter, me: str) -> Select[Any] | None:
    to_look_at = or_(
        Membership.state == stages.WAITING,
        and_(Membership.state == stages.UNCONFIRMED, Membership.licence_id.is_not(None)),
    )
    asked = Membership.state == stages.ASKED
    conditions: dict[str, ColumnElement[bool]] = {
        WAITING: to_look_at,
        FIRMS: to_look_at,
        MINE: and_(or_(to_look_at, asked), Membership.assigned_to == me),
        ASKED: asked,
    }
    if wanted.view not in conditions or (wanted.rule and wanted.rule not in FIRM_QUESTIONS):
        return None
    query = _columns(
        MEMBERSHIP,
        Membership,
        Membership.claimed_on,
        paused=Membership.paused_on,
        codes=Membership.why_waiting,
    ).where(conditions[wanted.view])
    if wanted.rule == LICENCE:
        return query.where(Membership.state != stages.WAITING)
    return query.where(_among(Membership.why_waiting, wanted.rule)) if wanted.rule else query


def _appeals(wanted: QueueFilter, me: str) -> Select[Any] | None:
    to_look_at = Appeal.state.in_((stages.OPEN, stages.PROPOSED))
    asked = Appeal.state == stages.ASKED
    conditions: dict[str, ColumnElement[bool]] = {
        WAITING: to_look_at,
        APPEALS: to_look_at,
        MINE: and_(or_(to_look_at, asked), Appeal.assigned_to == me),
        ASKED: asked,
    }
    if wanted.view not in conditions or wanted.rule in FIRM_QUESTIONS:
        return None
    query = _columns(APPEAL, Appeal, Appeal.filed_on, paused=Appeal.paused_on, codes=Appeal.codes)
    return _of_rule(query.where(conditions[wanted.view]), Appeal.codes, wanted.rule)


def _screenings(wanted: QueueFilter, me: str) -> Select[Any] | None:
    is_open = ScreeningTask.state == OPEN_TASK
    conditions: dict[str, ColumnElement[bool]] = {
        WAITING: is_open,
        AFFECTED: is_open,
        MINE: and_(is_open, ScreeningTask.assigned_to == me),
    }
    if wanted.view not in conditions or wanted.rule in FIRM_QUESTIONS:
        return None
    query = _columns(SCREENING, ScreeningTask, ScreeningTask.opened_on, codes=ScreeningTask.codes)
    return _of_rule(query.where(conditions[wanted.view]), ScreeningTask.codes, wanted.rule)


def _of_rule(query: Select[Any], column: Any, rule: str) -> Select[Any]:
    return query.where(_among(column, rule.partition(":")[0])) if rule else query


def _among(column: Any, code: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (" " + column + " ").contains(f" {code} ")
    return found


def _reviewed_on(today: date) -> Select[str]:
    midnight = datetime(today.year, today.month, today.day, tzinfo=clock.SHANGHAI)
    return select(Review.application_id).where(
        Review.reviewed_at >= midnight, Review.reviewed_at < midnight + timedelta(days=1)
    )


def _raised(rule: str) -> ColumnElement[bool]:
    """That a rule says no or leaves it to a person; as in `QUESTIONS`, with the registry's record."""
    if rule in FIRM_QUESTIONS:
        return false()
    code, _colon, record = rule.partition(":")
    raised = _among(Decision.failed + " " + Decision.referred, code)
    # The canonical bytes hold no spaces between their parts, and every quote inside of a text is escaped.
    no_record = Decision.canonical.contains('"record":"none"')
    if code == codes.REGISTRATION_ACTIVE:  # a firm without a record is found as that
        return and_(raised, ~no_record)
    return and_(raised, Decision.canonical.contains(f'"record":"{record}"')) if record else raised
