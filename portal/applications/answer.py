"""The answer to an application as the firm reads it: the result, whose turn it is, every reason, what can be done.

What may be read at all is decided in `seen.py`; here it only gets its words.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.answer_words import Result, Turn, Way, result_of, turn_of, ways_of
from portal.applications.appealable import last_day
from portal.applications.names import REQUEST_ITEMS
from portal.applications.reading import Known, known_of
from portal.applications.records import Application, Decision, Request
from portal.applications.seen import CHECKING, Seen, Told
from portal.applications.sentences import exporter_sentence, public_sentence, rule_title
from portal.applications.shown import PARAMETERS, bar_of, provisional_parameters, source_days, source_words
from portal.common import clock
from portal.members.records import Membership
from portal.programme.records import CalendarYear
from portal.scheme import stages
from portal.scheme.canonical import corrected_facts
from portal.scheme.findings import Finding, Source

_OVER = (stages.ISSUED, stages.LAPSED, stages.WITHDRAWN, stages.ANNULLED)  # nothing is being checked any more


@dataclass(frozen=True)
class Answer:
    """What the page of an application shows its reader.

    `rules` is for the macros of findings, `checking` are titles of rules that are being checked, `appeal_until`
    is the last day to appeal, if this reader may. `request` is what the firm is asked for now.
    """

    view: Seen
    confirmed: bool
    result: Result
    turn: Turn
    rules: list[dict[str, Any]]
    checking: list[str]
    ways: list[Way]
    appeal_until: date | None
    may_withdraw: bool
    decided_on: date | None
    request: Request | None

    @property
    def asked(self) -> list[str]:
        """What the firm is asked for, in words."""
        return [str(REQUEST_ITEMS[item]) for item in self.request.items.split()] if self.request else []


def answer_of(session: Session, application: Application, membership: Membership) -> Answer:
    """What this member may read of an application, today and in the reader's language."""
    confirmed = membership.state == stages.CONFIRMED
    today = clock.today()
    known = known_of(session, application, confirmed)
    view, decision = known.view, known.decision
    questioned = known.rejection.codes.split() if known.rejection else []
    until = last_day(session, application) if confirmed else None
    appeal_until = until if until is not None and until >= today else None
    due = _due(known, application, membership)
    return Answer(
        view=view,
        confirmed=confirmed,
        result=result_of(application, view, questioned),
        turn=turn_of(application, view, membership, due, _is_certain(session, due), appeal_until),
        rules=_rules(session, application, view, decision),
        checking=[rule_title(code) for code in view.checking] if view.told and view.state not in _OVER else [],
        ways=ways_of(application, view),
        appeal_until=appeal_until,
        # Before confirming, a button that is there or not would tell what is open from what has failed unseen.
        may_withdraw=confirmed and application.state in stages.OPEN_APPLICATION_STATES,
        decided_on=clock.day_of(decision.made_at) if decision is not None and confirmed else None,
        request=known.request,
    )


def _due(known: Known, application: Application, membership: Membership) -> date | None:
    """Until when it is somebody's turn: the firm's to answer, the staff's to look."""
    state = known.view.state
    if state == stages.ASKED and known.request is not None:
        return known.request.due_on
    if state == CHECKING:
        return membership.due_on
    return application.due_on if state == stages.REFERRED else None


def _is_certain(session: Session, day: date | None) -> bool:
    """Whether the working days up to this day are counted by a published calendar."""
    if day is None:
        return True
    years = set(range(min(clock.today(), day).year, day.year + 1))
    return years <= set(session.execute(select(CalendarYear.year)).scalars())


def _rules(
    session: Session, application: Application, view: Seen, decision: Decision | None
) -> list[dict[str, Any]]:
    if decision is None:
        return []
    days = source_days(session, decision)
    corrected = corrected_facts(decision.canonical.encode())
    provisional = provisional_parameters(session, application, decision)
    rows = []
    for told in view.told:
        finding = told.finding
        rows.append(
            {
                "verdict": str(told.verdict),
                "title": rule_title(told.code),
                "sentence": _sentence(told),
                "code": told.code,
                "article": told.article,
                "source": source_words(finding, days, corrected) if finding is not None else None,
                "bar": bar_of(finding) if finding is not None else None,
                "provisional": any(path in provisional for path in PARAMETERS.get(told.code, ())),
                "plain": True,
            }
        )
    return rows


def _sentence(told: Told) -> str:
    if told.finding is not None:
        return exporter_sentence(told.finding)
    # A rule that is not public has no sentence without its values: `public_sentence` refuses it.
    return public_sentence(Finding(told.code, told.verdict, {}, Source("terms", None), told.article))
