"""Running the rules again over an application that was decided before, and moving it where that leads.

A reviewer's approval is worth what it was given for: it counts while the rules refer the same points on the same
values, and no longer. An issued application never moves: what no longer passes is a task for a person.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.applications.actions import move
from portal.applications.deciding import AT_ANSWER, AT_APPEAL, Decided, case_of, findings_of, freeze
from portal.applications.facts import gather
from portal.applications.records import Application, Decision, Review
from portal.common import audit
from portal.common.instance import Instance
from portal.common.people import CHUNK, People
from portal.common.roles import Actor
from portal.scheme import eligibility, stages
from portal.scheme.terms import load_terms

Approved = Mapping[str, Mapping[str, Any]]
"""Code of a referred rule → the value on which a reviewer approved it."""


class Settled(NamedTuple):
    """What people resolved on an application: the values approved, and whether a match was set aside."""

    approved: Approved = MappingProxyType({})
    set_aside: bool = False


def decide_again(
    session: Session, instance: Instance, who: Actor, application: Application, occasion: str, on: date
) -> Decision:
    """Run the rules on a day, add the decision, and move an application that is still open; gives the decision.

    Called inside the caller's audited block, which is of `who`. Before anything is written it raises
    `SourceMissing` (nothing is decided without all sources; the caller says so or leaves the case as it is),
    `PersonErased`, and ``ValueError`` for a day before the application's. On an upheld appeal
    (`AT_APPEAL`) an ineligible or rejected application moves too; an issued one never does.
    """
    people = People(session, instance.keys)
    facts = gather(session, people, [case_of(application, people)], on)[0]
    sequence = last_sequences(session, [application.id]).get(application.id, 0) + 1
    one = freeze(people, application.id, facts, load_terms(application.scheme), occasion, sequence)
    settled = settled_by_people(session, [application.id]).get(application.id, Settled())
    return keep(session, application, one, settled)


def keep(session: Session, application: Application, one: Decided, settled: Settled) -> Decision:
    """Add a decision that was just made and move the application to where it leads, inside an audited block."""
    audit.insert_many(session, Decision, [one.columns])
    state = state_after(application.state, one, settled)
    if state != application.state:
        move(application, state)
    made = session.get(Decision, one.columns["id"])
    assert made is not None  # it was inserted above
    return made


def state_after(state: str, one: Decided, settled: Settled) -> str:
    """The state that follows when the rules have run again; the present one where nothing is to move."""
    occasion = one.columns["occasion"]
    reopened = occasion == AT_APPEAL and state in (stages.INELIGIBLE, stages.REJECTED)
    if state not in stages.OPEN_APPLICATION_STATES and not reopened:
        return state
    if one.decision.failed:
        return state if reopened else stages.INELIGIBLE
    if one.decision.referred:
        if state == stages.CLEARED and only_approved(one.decision, settled.approved):
            return state
        # A firm that was asked for more is still asked: only its answer brings the case back to the desk.
        return state if state == stages.ASKED and occasion != AT_ANSWER else stages.REFERRED
    if state == stages.CLEARED:
        return state
    resolved = settled.set_aside and stages.may_follow(stages.APPLICATION, state, stages.CLEARED)
    return stages.CLEARED if resolved else stages.ELIGIBLE


def only_approved(decision: eligibility.Decision, approved: Approved) -> bool:
    """Whether everything that is referred was approved by a reviewer on the very value that it has now."""
    again = [finding for finding in decision.findings if finding.code in decision.referred]
    return all(f.code in approved and approved[f.code] == dict(f.value) for f in again)


def settled_by_people(session: Session, ids: Sequence[str]) -> dict[str, Settled]:
    """What reviewers resolved on each of these applications; of several approvals of one rule the last counts."""
    approved: dict[str, dict[str, Mapping[str, Any]]] = {}
    aside: set[str] = set()
    for part in parts(ids):
        query = (
            select(Review, Decision)
            .join(Decision, Decision.id == Review.decision_id)
            .where(Review.application_id.in_(part), Review.outcome.in_(("approve", "set_aside")))
            .order_by(Decision.sequence)
        )
        for review, decision in session.execute(query):
            if review.outcome == "set_aside":
                aside.add(review.application_id)
                continue
            codes = set(review.codes.split())
            values = {f["code"]: f["value"] for f in findings_of(decision) if f["code"] in codes}
            approved.setdefault(review.application_id, {}).update(values)
    return {one: Settled(approved.get(one, {}), one in aside) for one in {*approved, *aside}}


def last_sequences(session: Session, ids: Sequence[str]) -> dict[str, int]:
    """The number of the newest decision on each of these applications that has one."""
    found: dict[str, int] = {}
    for part in parts(ids):
        query = (
            select(Decision.application_id, func.max(Decision.sequence))
            .where(Decision.application_id.in_(part))
            .group_by(Decision.application_id)
        )
        found |= dict(session.execute(query).all())
    return found


def parts(values: Collection[Any]) -> list[list[Any]]:
    """Values in portions that one query takes."""
    ordered = list(values)
    return [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
