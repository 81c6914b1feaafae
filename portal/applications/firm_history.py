"""What has happened to an application, as the firm may know it: no names of staff, nothing that they wrote."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.answer import Answer
from portal.applications.names import REQUEST_ITEMS
from portal.applications.reading import Mine
from portal.applications.records import Application, Decision, Request, Review
from portal.applications.seen import CHECKING
from portal.common.formats import day, moment
from portal.scheme import stages

Step = tuple[datetime, int, dict[str, Any]]
_OPEN = (stages.AWAITING_SOURCE, stages.REFERRED, stages.ASKED, stages.ELIGIBLE, stages.CLEARED, CHECKING)


def firm_history(session: Session, mine: Mine, answer: Answer) -> list[dict[str, Any]]:
    """The steps of the timeline, oldest first: what is done, where it stands now, and what is still to come.

    Somebody who is not confirmed sees that it was sent, what they were asked and answered, and where it stands:
    how often the rules ran, and when, could tell them what is being checked.
    """
    application = mine.application
    steps: list[Step] = [(application.entered_at, 0, _step(_sent(application), application.entered_at))]
    asked = _requests(session, application)
    if mine.confirmed or answer.view.state == stages.ASKED:
        steps += _answered(asked)
    if mine.confirmed:
        steps += _confirmed(mine)
        steps += _decided(session, application)
    now = _now(application, answer)
    if answer.view.state not in _OPEN and now[0]["when"] is not None:
        # What closed it stands where it happened: being confirmed, say, may come after it.
        steps.append((application.state_changed_at, 9, now.pop()))
    ordered = [step for _at, _kind, step in sorted(steps, key=lambda step: step[:2])]
    return ordered + now + _to_come(answer)


def _sent(application: Application) -> str:
    return _("You sent the application") if application.channel == "web" else _("The application was handed in")


def _requests(session: Session, application: Application) -> Sequence[Request]:
    query = select(Request).where(Request.subject_kind == "application", Request.subject_id == application.id)
    return session.execute(query.order_by(Request.asked_at, Request.id)).scalars().all()


def _answered(requests: Sequence[Request]) -> list[Step]:
    steps = []
    for request in requests:
        items = _("; ").join(str(REQUEST_ITEMS[item]) for item in request.items.split())
        steps.append((request.asked_at, 2, _step(_("You were asked for more"), request.asked_at, items)))
        if request.answered_at is not None:
            steps.append((request.answered_at, 3, _step(_("You answered"), request.answered_at)))
        elif request.closed_at is not None:
            steps.append((request.closed_at, 3, _step(_("No answer is needed any more"), request.closed_at)))
    return steps


def _confirmed(mine: Mine) -> list[Step]:
    at = mine.membership.confirmed_at
    if at is None or at < mine.application.entered_at:
        return []
    return [(at, 1, _step(_("It was confirmed that you act for the firm"), at))]


def _decided(session: Session, application: Application) -> list[Step]:
    decisions = select(Decision.made_at, Decision.sequence).where(Decision.application_id == application.id)
    steps = [
        (made_at, 4, _step(_("The rules ran") if sequence == 1 else _("The rules ran again"), made_at))
        for made_at, sequence in session.execute(decisions.order_by(Decision.sequence))
    ]
    reviews = select(Review.reviewed_at).where(Review.application_id == application.id)
    looked = [(at, 5, _step(_("A reviewer looked at it"), at)) for at in session.execute(reviews).scalars()]
    return steps + looked


def _now(application: Application, answer: Answer) -> list[dict[str, Any]]:
    state, title = answer.view.state, answer.result.title
    if state not in _OPEN:
        when = moment(application.state_changed_at) if answer.confirmed or state != stages.LAPSED else None
        return [{"state": "done", "title": title, "when": when, "note": None}]
    due = _("by %(date)s", date=day(answer.turn.due)) if answer.turn.due else None
    return [{"state": "now", "title": answer.turn.title or title, "when": due, "note": None}]


def _to_come(answer: Answer) -> list[dict[str, Any]]:
    state = answer.view.state
    titles = []
    if state == CHECKING:
        titles.append(_("It is confirmed who acts for the firm"))
    if state in (CHECKING, stages.AWAITING_SOURCE, stages.REFERRED, stages.ASKED):
        titles.append(_("Result"))
    if state in (stages.ELIGIBLE, stages.CLEARED):
        titles.append(_("Policy"))
    return [{"state": "future", "title": title, "when": None, "note": None} for title in titles]


def _step(title: str, at: datetime, note: str | None = None) -> dict[str, Any]:
    return {"state": "done", "title": title, "when": moment(at), "note": note}
