"""The clocks of a notice as its firm reads them: each with its day, the days left, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims.cover import earliest_due
from portal.claims.held import Held, held_by, held_shown, notice_terms, shown_terms
from portal.claims.opening import claim_due_of, waiting_of
from portal.claims.records import Claim, Notice, Shipment
from portal.common.formats import day, days
from portal.policies.records import Policy
from portal.programme.working_days import Calendar
from portal.scheme import deadlines, stages
from portal.scheme.deadlines import Deadline, WaitingPeriod, WaitsFor


@dataclass(frozen=True)
class ShownClock:
    """One clock: `done` once nothing runs any more. `left` are calendar days, `working` the worked ones of them;
    below zero it is late. `certain` is whether the calendar of that day's year is published.
    """

    title: str
    day: date | None
    left: int
    working: int
    note: str
    article: str
    provisional: bool
    certain: bool
    done: bool


def clocks(
    session: Session, notice: Notice, shipments: Sequence[Shipment], policies: Sequence[Policy],
    claims: Sequence[Claim], on: date, calendar: Calendar,
) -> list[ShownClock]:  # fmt: skip
    """Notice, waiting and claim, the latter two for each policy under which something is covered."""
    shown = [_notice(session, notice, shipments, on, calendar)]
    for policy in policies:
        covered = [one for one in shipments if one.policy_id == policy.id and not one.outside]
        if covered and notice.notified_on is not None:
            held = held_shown(session, policy)
            waiting = waiting_of(held, notice, covered, calendar)
            claim = next((c for c in claims if c.policy_id == policy.id and c.state != stages.WITHDRAWN), None)
            several = len({one.policy_id for one in shipments if one.policy_id}) > 1
            name = _(" (policy %(number)s)", number=policy.number) if several else ""
            shown.append(_waiting(waiting, name, on, calendar))
            due = claim_due_of(held, notice, waiting, calendar)
            shown.append(_claim(due, waiting, claim, held, name, on, calendar))
    return shown


def claim_until(
    notice: Notice, shipments: Sequence[Shipment], policies: Sequence[Policy], calendar: Calendar
) -> date | None:
    """The earliest day until which something of the notice must be claimed; None where nothing is covered."""
    found = []
    for policy in policies:
        covered = [one for one in shipments if one.policy_id == policy.id and not one.outside]
        if covered:
            held = held_by(policy)
            found.append(claim_due_of(held, notice, waiting_of(held, notice, covered, calendar), calendar).day)
    return min(found, default=None)


def _shown(deadline: Deadline, on: date, calendar: Calendar, title: str, note: str, done: bool) -> ShownClock:
    return ShownClock(
        title=title,
        day=deadline.day,
        left=(deadline.day - on).days,
        working=calendar.between(on, deadline.day),
        note=" ".join(part for part in (note, _moved(deadline)) if part),
        article=deadline.article,
        provisional=deadline.provisional,
        certain=calendar.certain(deadline.day),
        done=done,
    )


def _moved(deadline: Deadline) -> str:
    if deadline.day == deadline.before_shift:
        return ""
    return _("%(day)s is no working day, so it is the next one.", day=day(deadline.before_shift))


def _notice(
    session: Session, notice: Notice, shipments: Sequence[Shipment], on: date, calendar: Calendar
) -> ShownClock:
    done = notice.notified_on
    terms = shown_terms(session, notice.scheme, notice_terms(notice.scheme, done or on))
    due = deadlines.notice_due(terms, earliest_due(shipments), calendar)
    if done is None:
        late = (on - due.day).days
        note = _("%(days)s late; it can still be sent.", days=days(late)) if late > 0 else ""
        return _shown(due, on, calendar, _("Report by"), note, done=False)
    late = (done - due.day).days
    if late > 0:
        points = deadlines.late_points(terms, due.day, done)
        note = _(
            "Reported on %(day)s, %(days)s late. A person decides whether that is excused; if not, the share that "
            "is paid under the policy of a shipment reported late goes down, by %(points)s points at most.",
            day=day(done),
            days=days(late),
            points=points,
        )
    else:
        note = _("Reported on %(day)s, in time.", day=day(done))
    return _shown(due, done, calendar, _("Report by"), note, done=True)


def _waiting(waiting: WaitingPeriod, name: str, on: date, calendar: Calendar) -> ShownClock:
    title = _("Waiting period") + name
    if waiting.ends is not None:
        note = _("What is claimed before is assessed after this day.")
        return _shown(waiting.ends, on, calendar, title, note, done=on > waiting.ends.day)
    open_ended = waiting.waits_for is WaitsFor.DISPOSAL
    note = (
        _("It ends when the rejected goods are disposed of. Ask for consent before you sell or return them.")
        if open_ended
        else _("There is none: what is claimed is assessed as soon as the documents are there.")
    )
    return ShownClock(title, None, 0, 0, note, waiting.article, waiting.provisional, True, not open_ended)


def _claim(
    due: Deadline,
    waiting: WaitingPeriod,
    claim: Claim | None,
    held: Held,
    name: str,
    on: date,
    calendar: Calendar,
) -> ShownClock:
    title = _("Claim by") + name
    if claim is not None and claim.filed_on is not None:
        return _shown(due, on, calendar, title, _("Filed on %(day)s.", day=day(claim.filed_on)), done=True)
    note = _(
        "%(notice)s months after the report or %(waiting)s months after the waiting period, whichever is later.",
        notice=held.claim.claim_months_after_notice,
        waiting=held.claim.claim_months_after_waiting,
    )
    if waiting.waits_for is WaitsFor.DISPOSAL and waiting.ends is None:
        note = _("It moves once the goods are disposed of.") + " " + note
    return _shown(due, on, calendar, title, note, done=False)
