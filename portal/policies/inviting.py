"""Inviting the contacts of firms that were enrolled by file, so that they read and acknowledge their policy.

Apart from issuing, which stays fast however many policies a file brings; run daily, it finds who is still to be
invited by itself.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Select, exists, select

from portal.applications.records import Application
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.invitations import FILE, BadAddress, address_of, invite_enrolled_by_file
from portal.members.records import Invitation, Membership
from portal.policies.records import Policy
from portal.scheme import stages

AT_ONCE = 100  # policies in one transaction: others may write in between


def invite_enrolled(instance: Instance, who: Actor) -> int:
    """Invite the contact of every firm in force that was enrolled by file and was never invited since; how many.

    Whoever can be reached by neither mobile nor e-mail, has acknowledged on paper, or has somebody confirmed to
    act for the firm already is left out. Repeating invites nobody twice.
    """
    roles.require(who, roles.ISSUES_POLICIES, "invite enrolled firms")
    invited, after = 0, ""
    while True:
        with instance.database.locked() as session:
            part = session.execute(_to_invite(clock.today(), after)).all()
            if not part:
                return invited
            after = part[-1].Policy.id
            people = People(session, instance.keys)
            people.load(application.contact_id for _policy, application in part)
            for policy, application in part:
                contact = people.read(application.contact_id, application.contact_sealed)
                if not reachable(contact):
                    continue
                with audit.audited(session, who, "policies.invite", f"policy {policy.number}"):
                    made = invite_enrolled_by_file(session, instance, who, policy.uscc, policy.firm_name, contact)
                invited += made is not None


def reachable(contact: Mapping[str, str]) -> bool:
    """Whether a contact has a mobile or an e-mail address that something can be sent to."""
    for field in ("mobile", "email"):
        try:
            address_of(contact.get(field, ""))
        except BadAddress:
            continue
        return True
    return False


def _to_invite(on: date, after: str) -> Select[Policy, Application]:
    """Policies in force of a file's applications that nobody acknowledged, with neither member nor invitation."""
    confirmed = exists().where(Membership.uscc == Policy.uscc, Membership.state == stages.CONFIRMED)
    invited = exists().where(
        Invitation.uscc == Policy.uscc, Invitation.origin == FILE, Invitation.invited_at >= Policy.issued_at
    )
    return (
        select(Policy, Application)
        .join(Application, Application.id == Policy.application_id)
        .where(
            Application.channel == "file",
            Policy.state == stages.IN_FORCE,
            Policy.ends_on >= on,
            Policy.acknowledged_on.is_(None),
            Policy.id > after,
            ~confirmed,
            ~invited,
        )
        .order_by(Policy.id)
        .limit(AT_ONCE)
    )
