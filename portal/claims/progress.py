"""A claim's progress like a parcel's: what is done, what is now, what comes; who, by when, limits kept or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.applications import requests
from portal.claims import assessment_codes
from portal.claims import claim_clocks as clocks
from portal.claims.claim_names import (
    ASSIGNMENT_REFUSALS,
    CLOSED_SENTENCES,
    END_SENTENCES,
    GROUND_NAMES,
    HAPPENED,
    RELEASE_REFUSALS,
    SUSPENSION_SENTENCES,
    item_name,
)
from portal.claims.claim_turns import ClaimTurn, waits_for_disposal
from portal.claims.mine import Mine, events_of
from portal.claims.notice_drafts import shipments_of
from portal.claims.papers import ItemPapers
from portal.claims.records import Claim, ClaimEvent, Notice
from portal.common.clock import day_of
from portal.common.formats import day, days, in_chinese, short_day
from portal.scheme import stages
from portal.scheme.claim_words import Risk
from portal.scheme.deadlines import WaitsFor

Shown = dict[str, Any]
DONE, NOW, FUTURE = "done", "now", "future"

_SENTENCES: Mapping[str, Mapping[str, Any]] = {
    "excused": assessment_codes.EXCUSES,
    "suspended": SUSPENSION_SENTENCES,
    "reopened": END_SENTENCES,
    "assignment_refused": ASSIGNMENT_REFUSALS,
    "release_turned_back": RELEASE_REFUSALS,
    "objected": GROUND_NAMES,
    "objection_declined": assessment_codes.OBJECTION_ANSWERS,
    "reversed": assessment_codes.REVERSALS,
    "closed": CLOSED_SENTENCES,
}
"""Of what happened with a code: the sentences that the firm may read."""
_FILE, _ASSESS, _APPROVE, _AGREE, _PAY = "file", "assess", "approve", "agree", "pay"
_STARTS: Mapping[str, str] = {
    stages.PREPARING: _FILE,
    stages.PROPOSED: _APPROVE,
    stages.APPROVED: _AGREE,
    stages.OBJECTED: _AGREE,
    stages.AGREED: _PAY,
    stages.PAYING: _PAY,
}
"""With which step it goes on; in every other state with the assessment."""
_MONEY = frozenset({"agreed", "objected", "assignment_told", "assignment_recorded", "assignment_released"})


@dataclass(frozen=True)
class _Step:
    state: str
    on: date
    order: float  # among the steps of one day
    title: str
    note: str = ""
    when: str | None = None

    def shown(self) -> Shown:
        """As the page draws it."""
        when = day(self.on) if self.when is None else self.when
        return {"state": self.state, "title": self.title, "when": when, "note": self.note or None}


def timeline_of(
    session: Session, mine: Mine, turn: ClaimTurn, papers: Sequence[ItemPapers], today: date
) -> list[Shown]:
    """Every step, the done ones in the order of their days, then what is now, then what comes."""
    claim, notice = mine.claim, mine.notice
    events = events_of(session, claim.id)
    done = [_notice_step(session, notice, claim, events)]
    waiting, coming = _waiting_steps(session, claim, today)
    done += waiting
    done += [step for step in _event_steps(session, claim, events, mine.confirmed) if step is not None]
    done += _request_steps(session, claim)
    if claim.complete_on is not None and claim.state != stages.WITHDRAWN:
        done.append(_complete_step(papers, claim.complete_on, events))
    shown = [step.shown() for step in sorted(done, key=lambda one: (one.on, one.order))]
    follows = _still_to_come(claim, turn, coming, papers)
    if (
        claim.state == stages.ASSESSING
        and claim.complete_on is None
        and not coming
        and not waits_for_disposal(claim)
    ):
        # The day that stands is until when the documents are looked through; the assessment has none yet.
        looked_through = _now(turn.title, _looked_at(claim, papers), _by(turn.due))
        follows = [looked_through, _future(follows[0]["title"], "", ""), *follows[1:]]
    return shown + follows


def _notice_step(session: Session, notice: Notice, claim: Claim, events: Sequence[ClaimEvent]) -> _Step:
    assert notice.notified_on is not None  # there is no claim without a notice that was sent
    assert notice.due_on is not None
    count = len(shipments_of(session, notice.id))
    listed = ngettext(
        "%(num)s unpaid or travelling shipment is listed.",
        "%(num)s unpaid or travelling shipments are listed.",
        count,
    )
    note = _kept(notice.due_on, notice.notified_on, claim, events) + _gap() + listed
    return _Step(DONE, notice.notified_on, 0, _("You reported the loss"), note)


def _kept(limit: date, done: date, claim: Claim, events: Sequence[ClaimEvent]) -> str:
    """The limit, and whether it was kept."""
    if done <= limit:
        return _("Limit %(day)s, in time.", day=day(limit))
    late = _("Limit %(day)s, %(days)s late.", day=day(limit), days=days((done - limit).days))
    if any(one.kind == "excused" for one in events):
        return late + _gap() + _("It is excused.")
    if claim.late_points:
        return (
            late + _gap() + _("Unless a person excuses it, the share paid goes down by %(points)s points.",
            points=claim.late_points)
        )  # fmt: skip
    return late


def _waiting_steps(session: Session, claim: Claim, today: date) -> tuple[list[_Step], list[Shown]]:
    """The waiting period: over (done), or still to be waited for; nobody waits for a claim that was withdrawn."""
    if claim.state == stages.WITHDRAWN:  # and once the loss was claimed anew no shipment is its own any more
        return [], []
    waiting = clocks.waiting_period(session, claim)
    if waiting.waits_for is not WaitsFor.MONTHS or waiting.ends is None:
        return [], []
    months = clocks.held_of(session, claim).claim.waiting[Risk(claim.risk)].months
    if waiting.over_on(today):
        title = ngettext("Waiting period of %(num)s month over", "Waiting period of %(num)s months over", months)
        note = _("Counted from the latest due date; after a bankruptcy nothing is waited for.")
        return [_Step(DONE, waiting.ends.day, 1, title, note)], []
    title = ngettext("Waiting period of %(num)s month", "Waiting period of %(num)s months", months)
    note = _("Nothing can be decided before. It counts from the latest due date.")
    return [], [_future(title, note, _("until %(day)s", day=day(waiting.ends.day)))]


def _event_steps(
    session: Session, claim: Claim, events: Sequence[ClaimEvent], confirmed: bool
) -> list[_Step | None]:
    steps: list[_Step | None] = []
    for place, event in enumerate(events):
        later = [one.kind for one in events[place + 1 :]]
        given_back = event.kind == "proposed" and ("sent_back" in later or claim.state == stages.ASSESSING)
        hidden = event.kind not in HAPPENED or given_back or (event.kind in _MONEY and not confirmed)
        steps.append(None if hidden else _event_step(claim, event, events))
    return steps


def _event_step(claim: Claim, event: ClaimEvent, events: Sequence[ClaimEvent]) -> _Step:
    note = ""
    if event.kind == "filed":
        note = _kept(claim.claim_due_on, event.on, claim, events)
    elif event.kind == "agreed" and claim.due_on is not None and claim.paid_on is None:
        note = _("Payment by %(day)s.", day=day(claim.due_on))
    elif event.code is not None:
        sentence = _SENTENCES.get(event.kind, {}).get(event.code)
        note = str(sentence) if sentence is not None else ""
    return _Step(DONE, event.on, event.at.timestamp(), str(HAPPENED[event.kind]), note)


def _request_steps(session: Session, claim: Claim) -> list[_Step]:
    steps = []
    for request in requests.requests_of(session, requests.CLAIM, claim.id):
        wanted = _("; ").join(item_name(item) for item in request.items.split())
        note = _("%(documents)s. Answer by %(day)s.", documents=wanted, day=day(request.due_on))
        at = request.asked_at
        steps.append(_Step(DONE, day_of(at), at.timestamp(), _("You were asked for more"), note))
    return steps


def _complete_step(papers: Sequence[ItemPapers], on: date, events: Sequence[ClaimEvent]) -> _Step:
    count = sum(len(one.now) for one in papers)
    title = ngettext("Documents complete, %(num)s file", "Documents complete, %(num)s files", count)
    last = max((one.at.timestamp() for one in events if one.kind == "complete"), default=2.0)
    return _Step(DONE, on, last, title)


def _still_to_come(
    claim: Claim, turn: ClaimTurn, waiting: Sequence[Shown], papers: Sequence[ItemPapers]
) -> list[Shown]:
    if claim.state in (stages.PAID, stages.CLOSED, stages.WITHDRAWN):
        return []
    steps = {
        _FILE: _future(_("You file the claim"), "", _by(claim.claim_due_on)),
        _ASSESS: _future(_("The underwriter assesses it"), "", ""),
        _APPROVE: _future(_("A second person approves"), _("Nobody approves alone what they assessed."), ""),
        _AGREE: _future(_("You agree to the amount"), _("It is your turn then; we send you a message."), ""),
        _PAY: _future(_("Payment"), _("After you agree, to the account of your firm."), ""),
    }
    names = list(steps)
    left: list[Shown] = []
    for name in names[names.index(_STARTS.get(claim.state, _ASSESS)) :]:
        left += [*waiting, steps[name]] if name == _ASSESS else [steps[name]]
    asked_between = claim.state in (stages.ASKED, stages.SUSPENDED, stages.OBJECTED) or waits_for_disposal(claim)
    if asked_between or (claim.state == stages.AGREED and turn.yours):
        return [_now(turn.title, turn.text, _by(turn.due)), *left]
    first = left[0]
    # What is said of a step to come ("it is your turn then") is not true of the one that is there.
    comes = turn.text if claim.state in (stages.APPROVED, stages.AGREED, stages.PAYING) else first["note"]
    note = " ".join(part for part in (comes, _looked_at(claim, papers)) if part)
    return [_now(first["title"], note, first["when"] or _by(turn.due)), *left[1:]]


def _looked_at(claim: Claim, papers: Sequence[ItemPapers]) -> str:
    """Which documents staff have found in order so far, and when the last of them."""
    if claim.state != stages.ASSESSING:
        return ""
    accepted = [(one.item.code, paper.accepted_at) for one in papers for paper in one.now if paper.accepted_at]
    if not accepted:
        return ""
    codes = list(dict.fromkeys(code for code, _at in accepted))
    last = max(at for _code, at in accepted if at is not None)
    names = _("; ").join(item_name(code) for code in codes)
    return _("Found in order by %(day)s: %(documents)s.", day=short_day(day_of(last)), documents=names)


def _now(title: str, note: str, when: str) -> Shown:
    return {"state": NOW, "title": title, "note": note or None, "when": when}


def _future(title: str, note: str, when: str) -> Shown:
    return {"state": FUTURE, "title": title, "note": note or None, "when": when}


def _by(on: date | None) -> str:
    return _("by %(day)s", day=day(on)) if on is not None else ""


def _gap() -> str:
    """What stands between two sentences: nothing in Chinese."""
    return "" if in_chinese() else " "
