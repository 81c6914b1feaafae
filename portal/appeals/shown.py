"""An appeal as its pages show it: corrections in words, and what has happened, for the firm and for staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.appeals.desk_actions import reasons_of
from portal.appeals.names import DECLINE_NAMES, FIRMS_STATE_NAMES, STATE_NAMES, decline_sentence
from portal.appeals.queries import corrections_of, reason_of
from portal.appeals.records import Appeal
from portal.applications import requests
from portal.applications.correction_words import fact_name, fact_value
from portal.applications.corrections import APPROVED, DECLINED, NUMBER_FIELD
from portal.applications.history import who_is
from portal.applications.names import REQUEST_ITEMS
from portal.applications.records import Correction, Request
from portal.common import clock
from portal.common.codes import mask_identity_number
from portal.common.formats import day, moment, money
from portal.common.people import People, PersonErased
from portal.scheme import corrected as mended
from portal.scheme import stages
from portal.scheme.facts import CorrectedFact
from portal.scheme.money import Money


@dataclass(frozen=True)
class ShownCorrection:
    """A correction in words: the fact, what the source says, and what is to hold."""

    number: int
    fact: str
    was: str
    value: str
    holds_from: date
    evidence_id: str
    state: str


def shown_correction(people: People, correction: Correction, full_numbers: bool = False) -> ShownCorrection:
    """A correction in words; an identity number whole only with ``full_numbers``."""
    title = fact_name(correction.what)
    if correction.what == mended.EXPORTS:
        title = _("Exports in %(year)s", year=correction.which)
    return ShownCorrection(
        number=correction.number,
        fact=title,
        was=_was(correction),
        value=_value(people, correction, full_numbers),
        holds_from=correction.holds_from,
        evidence_id=correction.evidence_id,
        state=correction.state,
    )


def said_value(what: str, value: str | None) -> str:
    """What a source says of a fact, in a correction's own form, as people read it."""
    if value is None:
        return _("not removed") if what == mended.ENTRY_REMOVED else _("nothing")
    if what == mended.EXPORTS:
        return money(Money.from_minor(int(value), "USD"))
    if what == mended.REPRESENTATIVE_NUMBER:
        return _("as the firm typed it")
    return fact_value(CorrectedFact(what, None, 0, date.min, value))


def _was(correction: Correction) -> str:
    return said_value(correction.what, correction.instead_of)


def _value(people: People, correction: Correction, full_numbers: bool) -> str:
    if correction.what != mended.REPRESENTATIVE_NUMBER:
        return said_value(correction.what, correction.value)
    try:
        number = people.sealer(correction.person_id).open(NUMBER_FIELD, correction.value)
    except PersonErased:
        return _("erased")
    return number if full_numbers else mask_identity_number(number)


def items_text(request: Request) -> str:
    """What was asked for, in a line."""
    return _("; ").join(str(REQUEST_ITEMS[item]) for item in request.items.split())


Step = tuple[datetime, int, dict[str, Any]]


def firms_history(session: Session, appeal: Appeal) -> list[dict[str, Any]]:
    """What the firm may know of what has happened, oldest first: no names of staff, no word that they wrote."""
    steps: list[Step] = [(appeal.filed_at, 0, _step(_("You filed the appeal"), appeal.filed_at))]
    for request in requests.requests_of(session, requests.APPEAL, appeal.id):
        steps.append(
            (request.asked_at, 1, _step(_("You were asked for more"), request.asked_at, items_text(request)))
        )
        if request.answered_at is not None:
            steps.append((request.answered_at, 2, _step(_("You answered"), request.answered_at)))
    for correction in corrections_of(session, appeal.id):
        if correction.state != DECLINED:
            steps.append((correction.proposed_at, 3, _step(_("A correction is proposed"), correction.proposed_at)))
        if correction.state == APPROVED and correction.approved_at:
            title = _("A second person approved the correction")
            steps.append((correction.approved_at, 4, _step(title, correction.approved_at)))
    note = decline_sentence(appeal.decline_code) if appeal.decline_code else None
    return _ordered(appeal, steps, note, str(FIRMS_STATE_NAMES[appeal.state]))


def staffs_history(
    session: Session, people: People, appeal: Appeal, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Everything that has happened, oldest first, by whom and why."""
    filed = _step(_("Filed by %(who)s", who=who_is(appeal.filed_by, names)), appeal.filed_at)
    steps: list[Step] = [(appeal.filed_at, 0, filed)]
    for request in requests.requests_of(session, requests.APPEAL, appeal.id):
        asked = _("%(who)s asked the firm for more", who=who_is(request.asked_by, names))
        note = _("; ").join(part for part in (items_text(request), requests.note_of(people, request)) if part)
        steps.append((request.asked_at, 1, _step(asked, request.asked_at, note)))
        if request.answered_at is not None:
            typed = _("; ").join(requests.answer_fields(people, request).values())
            steps.append((request.answered_at, 2, _step(_("The firm answered"), request.answered_at, typed)))
        elif request.closed_at is not None:
            steps.append((request.closed_at, 2, _step(_("The request was taken back"), request.closed_at)))
    for correction in corrections_of(session, appeal.id):
        steps += _of_correction(people, correction, names)
    title = None
    if appeal.decided_by is not None:
        title = _("%(what)s by %(who)s", what=STATE_NAMES[appeal.state], who=who_is(appeal.decided_by, names))
    words = [str(DECLINE_NAMES[appeal.decline_code])] if appeal.decline_code else []
    words += [reason_of(people, appeal)] if reason_of(people, appeal) else []
    return _ordered(appeal, steps, _("; ").join(words) or None, title)


def people_of(session: Session, appeal: Appeal) -> set[str]:
    """The accounts whose names the history needs."""
    found = {appeal.filed_by, appeal.decided_by, appeal.assigned_to}
    found |= {one.asked_by for one in requests.requests_of(session, requests.APPEAL, appeal.id)}
    for correction in corrections_of(session, appeal.id):
        found |= {correction.proposed_by, correction.approved_by}
    return {one for one in found if one}


def _of_correction(people: People, correction: Correction, names: Mapping[str, str]) -> list[Step]:
    shown, why = shown_correction(people, correction), reasons_of(people, correction)
    title = _(
        "%(who)s proposed correction %(number)s", who=who_is(correction.proposed_by, names), number=shown.number
    )
    what = _("%(fact)s: %(was)s → %(value)s", fact=shown.fact, was=shown.was, value=shown.value)
    note = _("; ").join(part for part in (what, why.get("reason")) if part)
    steps: list[Step] = [(correction.proposed_at, 3, _step(title, correction.proposed_at, note))]
    if correction.approved_at is not None and correction.approved_by is not None:
        who = who_is(correction.approved_by, names)
        if correction.state == APPROVED:
            title = _("%(who)s approved correction %(number)s", who=who, number=shown.number)
            steps.append((correction.approved_at, 4, _step(title, correction.approved_at)))
        else:
            title = _("%(who)s sent correction %(number)s back", who=who, number=shown.number)
            steps.append((correction.approved_at, 4, _step(title, correction.approved_at, why.get("sent_back"))))
    return steps


def _step(title: str, at: datetime, note: str | None = None) -> dict[str, Any]:
    return {"state": "done", "title": title, "when": moment(at), "note": note or None}


def _ordered(
    appeal: Appeal, steps: list[Step], note: str | None, title: str | None = None
) -> list[dict[str, Any]]:
    ordered = [step for _at, _kind, step in sorted(steps, key=lambda step: step[:2])]
    said = title or str(STATE_NAMES[appeal.state])
    if appeal.state not in stages.OPEN_APPEAL_STATES:
        return [*ordered, _step(said, appeal.state_changed_at, note)]
    when = None
    if appeal.state != stages.ASKED:
        when = _("by %(date)s", date=day(appeal.due_on))
    return [*ordered, {"state": "now", "title": said, "when": when, "note": None}]


def days_left(appeal: Appeal) -> int:
    """Whole days until staff have looked, negative once that is late."""
    return (appeal.due_on - clock.today()).days
