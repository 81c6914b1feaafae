"""How it ends that somebody acts for a firm: they leave, a colleague takes them off it, or staff end it.

What was done for the firm meanwhile is the firm's: its policies and a confirmed firm's applications stay as they
are. Only where a confirmation is taken back, because it should never have been, is what the person has open
withdrawn, as when a claim is refused; a policy is annulled by a decision of its own.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications import drafts, requests
from portal.applications.confirming import (
    LONGEST_REASON,
    SHORTEST_REASON,
    ReasonNeeded,
    StaleMembership,
    UnknownMembership,
    keep_review,
    seen_of,
    tell_member,
)
from portal.applications.consequences import withdraw_open
from portal.applications.records import Draft
from portal.common import audit, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.members.actions import REPRESENTATIVE, act_no_longer, leave
from portal.members.names import LEFT_FIRM, OWN_WISH, REMOVED, TAKEN_BACK
from portal.members.queries import find_membership, members_of, require_member, require_untied
from portal.members.records import Invitation, Membership
from portal.scheme import stages

END = "end"  # the outcome of the review that is kept
BY_STAFF = (LEFT_FIRM, OWN_WISH, *TAKEN_BACK)


class UnknownEnding(ValueError):
    """Staff end a membership for one of the reasons of `BY_STAFF` only."""


def leave_firm(instance: Instance, who: Actor, uscc: str) -> Membership:
    """Act for a firm no longer. What somebody unconfirmed had open is withdrawn; a confirmed firm's stays.

    A policy stays as it is: it belongs to the firm.
    """
    roles.require(who, roles.APPLIES, "leave a firm")
    with audit.write(instance.database, who, "members.leave") as session:
        found = require_member(session, who, uscc, "leave a firm")
        session.info["entry"].subject = f"membership {found.number}"
        if found.state != stages.CONFIRMED:
            withdraw_open(session, instance, found)
        requests.close(session, requests.MEMBERSHIP, found.id)
        _drop_drafts(session, found)
        return leave(session, who, uscc)


def remove_colleague(instance: Instance, who: Actor, uscc: str, number: str) -> Membership:
    """Take a confirmed colleague off the firm, who is told. Raises `NotAllowed` unless `removable` names them.

    Whoever does it stays, so the last one who is confirmed is never taken off by this.
    """
    roles.require(who, roles.APPLIES, "take a colleague off a firm")
    with audit.write(instance.database, who, "members.remove", f"membership {number}") as session:
        own = require_member(session, who, uscc, "take a colleague off a firm", confirmed=True)
        found = find_membership(session, number)
        if found is None or number not in removable(session, own):
            raise NotAllowed(who, "take a colleague off a firm")
        keep_review(session, instance, who, found, END, {"code": REMOVED})
        _end(session, instance, found, stages.ENDED)
        return found


def end_by_staff(instance: Instance, who: Actor, number: str, seen: str, code: str, reason: str) -> Membership:
    """End a confirmed membership: the person reads the sentence of `code`, staff and auditors the reason too.

    With a code of `TAKEN_BACK` it counts as never confirmed: what the person has open is withdrawn. Raises
    `UnknownMembership`, `StaleMembership`, `TiedToFirm`, `UnknownEnding`, `ReasonNeeded`, `PersonErased`.
    """
    roles.require(who, roles.DECIDES_MEMBERSHIPS, "end that somebody acts for a firm")
    if code not in BY_STAFF:
        raise UnknownEnding(code)
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    with audit.write(instance.database, who, "members.end", f"membership {number}", code=code) as session:
        found = find_membership(session, number)
        if found is None:
            raise UnknownMembership(number)
        require_untied(session, who, found.uscc, "end that somebody acts for a firm")
        if found.state != stages.CONFIRMED or seen_of(found) != seen:
            raise StaleMembership(number, found.state)
        keep_review(session, instance, who, found, END, {"code": code, "reason": reason})
        if code in TAKEN_BACK:
            withdraw_open(session, instance, found)
        _end(session, instance, found, stages.REFUSED if code in TAKEN_BACK else stages.ENDED)
        return found


def removable(session: Session, own: Membership) -> list[str]:
    """The numbers of the confirmed colleagues whom this member may take off the firm.

    A legal representative may any, everybody else those whom they invited themselves; nobody oneself.
    """
    if own.state != stages.CONFIRMED:
        return []
    others = [one for one in members_of(session, own.uscc, confirmed=True) if one.id != own.id]
    if own.position != REPRESENTATIVE:
        accepted = invited_by(session, own)
        others = [one for one in others if one.account_id in accepted]
    return [one.number for one in others]


def invited_by(session: Session, member: Membership) -> set[str]:
    """The accounts that accepted an invitation of this member to the firm."""
    query = select(Invitation.used_by).where(
        Invitation.uscc == member.uscc,
        Invitation.invited_by == member.account_id,
        Invitation.used_by.is_not(None),
    )
    return {account for account in session.execute(query).scalars() if account is not None}


def _end(session: Session, instance: Instance, found: Membership, state: str) -> None:
    _drop_drafts(session, found)
    act_no_longer(session, found, state)
    tell_member(session, instance, found, "membership_ended")


def _drop_drafts(session: Session, found: Membership) -> None:
    begun = select(Draft).where(Draft.membership_id == found.id, Draft.state == drafts.OPEN)
    for draft in session.execute(begun).scalars():
        draft.state = drafts.DROPPED
