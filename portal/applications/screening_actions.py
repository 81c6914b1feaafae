"""What a reviewer decides about an insured firm in question: cover stays, or the list match is somebody else.

Ending cover is not decided here: withdrawing or annulling the policy is, and either closes the task.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.deciders import require_first_decision
from portal.applications.deciding import AT_SCREENING
from portal.applications.records import Application, Decision, ScreeningTask
from portal.applications.rerun import decide_again
from portal.applications.reviews import (
    LONGEST_REASON,
    SHORTEST_REASON,
    ReasonNeeded,
    keep_review,
    open_matches,
    set_matches_aside,
)
from portal.applications.screening import COVER_STAYS, DONE, OPEN, SET_ASIDE, close_task, put_task, questions
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import require_untied

PASSES_AGAIN, HARMLESS, SOURCE_MISTAKEN, TO_YEAR_END = (
    "passes_again",
    "harmless",
    "source_mistaken",
    "to_year_end",
)
COVER_REASONS = (PASSES_AGAIN, HARMLESS, SOURCE_MISTAKEN, TO_YEAR_END)
"""Why cover stays, as a code; the private reason stands beside it."""


class UnknownTask(LookupError):
    """There is no task of this number."""


class StaleTask(Exception):
    """The task moved on since the reviewer opened it: somebody else closed it, or the rules ran again."""


class StillOpen(ValueError):
    """`passes_again` was chosen while something does not pass."""


def decide_task(
    instance: Instance,
    who: Actor,
    number: str,
    seen_decision: str,
    outcome: str,
    reason: str,
    code: str = "",
    entries: Sequence[int] = (),
) -> str:
    """Close a task, or set list matches aside and run the rules again; gives the state of the task afterwards.

    `COVER_STAYS` needs one of `COVER_REASONS`; the values in question are accepted with it and ask no second time.
    `SET_ASIDE` names `entries` that are not this firm or person, for that pair only; where something else is still
    in question the task stays open. The policy itself never changes. Raises `UnknownTask`, `StaleTask`,
    `ReasonNeeded`, `StillOpen`, `NotThisMatch`, `TiedToFirm`, `DecidedBefore`, `PersonErased`, `SourceMissing`.
    """
    roles.require(who, roles.CLOSES_SCREENINGS, "decide about an insured firm")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    if outcome not in (COVER_STAYS, SET_ASIDE) or (outcome == COVER_STAYS and code not in COVER_REASONS):
        raise ValueError(f"{outcome!r} with {code!r} is nothing a reviewer decides")
    with audit.write(instance.database, who, f"screenings.{outcome}", f"screening {number}") as session:
        task, application, decision = _task(session, number, seen_decision)
        require_untied(session, who, task.uscc, "decide about an insured firm")
        require_first_decision(session, who, application.id, "decide about an insured firm")
        people = People(session, instance.keys)
        if outcome == COVER_STAYS:
            if code == PASSES_AGAIN and task.codes:
                raise StillOpen(task.codes)
            close_task(task, who, COVER_STAYS)
        else:
            matches = open_matches(decision)
            made = keep_review(session, who, people, application, decision, SET_ASIDE, reason, matches)
            set_matches_aside(session, application, decision, made, matches, entries)
            again = decide_again(session, instance, who, application, AT_SCREENING, clock.today())
            left = questions(session, application, again)
            put_task(session, application, again, left, task.source_version_id)
            if not left:
                close_task(task, who, SET_ASIDE)
        if task.state == DONE:
            sealer = people.sealer(application.representative_id)
            task.person_id = sealer.person_id
            task.reason_sealed = sealer.seal_fields({"code": code, "reason": reason})
        session.info["entry"].details["state"] = task.state
        return task.state


def find_task(session: Session, number: str) -> ScreeningTask | None:
    """The task of this number, open or done."""
    return session.execute(select(ScreeningTask).where(ScreeningTask.number == number)).scalar()


def reason_of(people: People, task: ScreeningTask) -> dict[str, str]:
    """`code` and `reason` with which a task was closed; nothing while it is open or once the person is erased."""
    if task.person_id is None or task.reason_sealed is None:
        return {}
    return people.read(task.person_id, task.reason_sealed)


def _task(session: Session, number: str, seen_decision: str) -> tuple[ScreeningTask, Application, Decision]:
    task = find_task(session, number)
    if task is None:
        raise UnknownTask(number)
    if task.state != OPEN or task.decision_id != seen_decision:
        raise StaleTask(number)
    return task, session.get_one(Application, task.application_id), session.get_one(Decision, task.decision_id)
