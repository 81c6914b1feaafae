"""When staff come before the firm's own word: another claim, another representative; and until when they look."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.programme import service_levels
from portal.programme.working_days import due, working_days_between
from portal.reference.records import RegistryRow
from portal.scheme import stages
from portal.scheme.names import person_key

SECOND_CLAIM, OTHER_REPRESENTATIVE = "second_claim", "other_representative"
REFUSED_BEFORE, ENDED_BEFORE = "refused_before", "ended_before"
WHY_WAITING = (SECOND_CLAIM, OTHER_REPRESENTATIVE, REFUSED_BEFORE, ENDED_BEFORE)


def review_due(session: Session, on: date) -> date:
    """The last day on which staff look at what reached them on this day."""
    return due(session, on, service_levels.days(session, service_levels.REVIEW_DAYS, on)).day


def registered_representative(session: Session, people: People, uscc: str) -> str | None:
    """The representative whom the registry names for a firm, None where it names none."""
    query = select(RegistryRow).where(RegistryRow.uscc == uscc, RegistryRow.replaced_version.is_(None))
    row = session.execute(query).scalar_one_or_none()
    if row is None or row.representative_id is None or row.representative_sealed is None:
        return None
    return people.read(row.representative_id, row.representative_sealed).get("name")


def names_another(session: Session, people: People, uscc: str, representative: str) -> bool:
    """Whether the registry names a representative for this firm, and it is somebody else."""
    registered = registered_representative(session, people, uscc)
    return registered is not None and person_key(registered) != person_key(representative)


def staff_come_first(session: Session, instance: Instance, membership: Membership, why: str) -> None:
    """Note why staff look before anything is issued, inside an audited block; a reason known already adds nothing.

    An unconfirmed membership waits from now on, with a day until when, and its account is told.
    """
    codes = membership.why_waiting.split()
    if why not in codes:
        membership.why_waiting = " ".join(one for one in WHY_WAITING if one in {*codes, why})
    if membership.state != stages.UNCONFIRMED:
        return
    move(membership, stages.WAITING)
    membership.due_on = membership.due_on or review_due(session, clock.today())
    tell(
        session,
        instance,
        [membership.account_id],
        "membership_waiting",
        f"membership {membership.number}",
        f"/my/firms/{membership.uscc}",
        {"firm": membership.firm_name, "due_on": membership.due_on.isoformat()},
        once=f"waiting:{membership.id}",
    )


def move(membership: Membership, state: str) -> None:
    """Take a membership to its next state, if the state table allows it; the clock goes or stands with it."""
    stages.require(stages.MEMBERSHIP, membership.state, state)
    membership.state = state
    membership.state_changed_at = clock.now()
    if state not in (stages.UNCONFIRMED, stages.WAITING, stages.ASKED):
        membership.due_on = membership.paused_on = None


def pause(membership: Membership) -> None:
    """It is the firm's turn: the clock stands still, if it ran."""
    if membership.due_on is not None and membership.paused_on is None:
        membership.paused_on = clock.today()


def resume(session: Session, membership: Membership) -> None:
    """It is the staff's turn again: the due day moves by the working days that the clock stood still."""
    today = clock.today()
    if membership.due_on is None:
        membership.due_on = review_due(session, today)
    elif membership.paused_on is not None:
        stood = working_days_between(session, membership.paused_on, today)
        membership.due_on = due(session, membership.due_on, stood).day
    membership.paused_on = None
