"""Whom a policy is open to, and who hears of it: the firm's confirmed members, and whoever applied for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.reading import open_to_member
from portal.applications.records import Application
from portal.common.people import CHUNK
from portal.members.queries import membership
from portal.members.records import Membership
from portal.policies.records import Policy
from portal.scheme import stages


class MyPolicy(NamedTuple):
    """A policy that this account may read, its application, and the membership by which it may."""

    policy: Policy
    application: Application
    membership: Membership

    @property
    def confirmed(self) -> bool:
        """Whether the reader is confirmed to act for the firm."""
        return self.membership.state == stages.CONFIRMED


def my_policy(session: Session, account_id: str, number: str) -> MyPolicy | None:
    """The policy of this number, if this account may read it, in two queries."""
    query = (
        select(Policy, Application)
        .join(Application, Application.id == Policy.application_id)
        .where(Policy.number == number)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    member = membership(session, account_id, row.Policy.uscc)
    if member is None or not open_to_member(member, row.Application):
        return None
    return MyPolicy(row.Policy, row.Application, member)


def who_hears(session: Session, applications: Sequence[Application]) -> dict[str, list[str]]:
    """By application id the accounts that hear of its policy, for many at once in few queries.

    These are whoever is confirmed to act for the firm, and whoever applied as long as they act for it.
    """
    members = _members(session, (application.uscc for application in applications))
    return {
        application.id: [
            member.account_id for member in members[application.uscc] if open_to_member(member, application)
        ]
        for application in applications
    }


def _members(session: Session, codes: Iterable[str]) -> dict[str, list[Membership]]:
    wanted = list(dict.fromkeys(codes))
    found: dict[str, list[Membership]] = defaultdict(list)
    for start in range(0, len(wanted), CHUNK):
        query = select(Membership).where(
            Membership.uscc.in_(wanted[start : start + CHUNK]),
            Membership.state.in_(stages.LIVE_MEMBERSHIP_STATES),
        )
        for member in session.execute(query.order_by(Membership.id)).scalars():
            found[member.uscc].append(member)
    return found
