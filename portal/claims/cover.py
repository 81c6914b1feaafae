"""Which policy each shipment of a notice falls under, and why it lies outside cover where it does."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.reading import open_to_member
from portal.applications.records import Application
from portal.claims.held import notice_terms
from portal.claims.records import Notice, Shipment
from portal.common import clock
from portal.members.records import Membership
from portal.policies.records import Policy
from portal.policies.shown import covered_to
from portal.scheme import stages
from portal.scheme.shipment_cover import PolicyCover, ShipmentFacts, outside_cover, policy_for


def policies_of(session: Session, member: Membership) -> list[Policy]:
    """The firm's policies that this member may know of, oldest first; an annulled one never was."""
    query = (
        select(Policy, Application)
        .join(Application, Application.id == Policy.application_id)
        .where(Policy.uscc == member.uscc, Policy.state != stages.ANNULLED)
        .order_by(Policy.starts_on, Policy.serial)
    )
    return [policy for policy, application in session.execute(query) if open_to_member(member, application)]


def covers(policies: Iterable[Policy]) -> list[PolicyCover]:
    """The days of cover of these policies; one that covered not a single day is left out."""
    return [
        PolicyCover(policy.id, policy.starts_on, last)
        for policy in policies
        if (last := covered_to(policy)) is not None
    ]


def cover_shipments(
    session: Session, notice: Notice, shipments: Sequence[Shipment], policies: Sequence[Policy]
) -> None:
    """Write down under which policy each shipment falls, and why it lies outside cover."""
    on = notice.notified_on or clock.today()
    for one in shipments:
        one.policy_id, codes = judged(one, notice.scheme, on, policies)
        one.outside = " ".join(codes)
    session.flush()


def judged(
    shipment: Shipment, scheme: str, on: date, policies: Sequence[Policy]
) -> tuple[str | None, tuple[str, ...]]:
    """The policy a shipment falls under, looked at on a day, and the codes of why it lies outside cover."""
    days = covers(policies)
    under = policy_for(shipment.shipped_on, days)
    facts = ShipmentFacts(shipment.shipped_on, shipment.due_on, shipment.own_declaration == "yes", on)
    codes = outside_cover(facts, days, notice_terms(scheme, on))
    return (under.policy_id if under else None), codes


def earliest_due(shipments: Sequence[Shipment]) -> date:
    """The earliest due date of what is covered; of all the shipments where nothing is."""
    covered = [one.due_on for one in shipments if not one.outside]
    return min(covered or [one.due_on for one in shipments])


def nearest(shipment: Shipment, policies: Sequence[Policy]) -> Policy | None:
    """The policy that a sentence about a shipment outside cover names: its own, else the nearest by date."""
    own = [policy for policy in policies if policy.id == shipment.policy_id]
    later = [policy for policy in policies if policy.starts_on > shipment.shipped_on]
    earlier = [policy for policy in policies if policy.starts_on <= shipment.shipped_on]
    return next(iter(own + later[:1] + earlier[-1:]), None)
