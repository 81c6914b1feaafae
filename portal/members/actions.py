"""Saying for which firm one acts, handing in its licence, and leaving it.

Everything here is a person's own word until somebody confirms it (`portal/applications/confirming.py`).
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, rate, roles
from portal.common.cells import clean
from portal.common.codes import normalise_uscc
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents import actions as documents
from portal.documents.check import CheckedFile
from portal.documents.records import Document
from portal.members.invitations import (
    accept_invitation,
    invite,
    invite_enrolled_by_file,
    revoke,
    revoke_all_of,
)
from portal.members.queries import ended_before, membership, registered_name, require_member
from portal.members.records import Membership
from portal.members.waiting import (
    ENDED_BEFORE,
    REFUSED_BEFORE,
    SECOND_CLAIM,
    move,
    review_due,
    staff_come_first,
)
from portal.scheme import stages

OPERATOR, REPRESENTATIVE = "operator", "representative"
POSITIONS = (OPERATOR, REPRESENTATIVE)
LONGEST_NAME = 200  # characters of a firm's name
MOST_CLAIMS, CLAIM_WINDOW = 20, 86_400  # firms that one account may name in a day of seconds

__all__ = [
    "OPERATOR",
    "POSITIONS",
    "REPRESENTATIVE",
    "FirmNameNeeded",
    "TooManyClaims",
    "accept_invitation",
    "add_licence",
    "attach_licence",
    "claim",
    "invite",
    "invite_enrolled_by_file",
    "leave",
    "remove_licence",
    "revoke",
]


class FirmNameNeeded(ValueError):
    """The registry does not know this code, so the firm's name has to be given."""


class TooManyClaims(Exception):
    """This account has named very many firms today."""


def claim(instance: Instance, who: Actor, uscc: str, firm_name: str, position: str) -> Membership:
    """Say that one acts for a firm; saying it again changes nothing and gives what is there.

    The registry's name counts where it knows the code, else `firm_name`. Staff come first (`waiting`) where
    somebody else acts or has applied for the firm, or where this account was refused for it or taken off it
    before. Raises `CellProblem` for a wrong code, `FirmNameNeeded`, `TooManyClaims`, and `ValueError` for an
    unknown position.
    """
    roles.require(who, roles.APPLIES, "bind a firm")
    code = normalise_uscc(uscc)
    if position not in POSITIONS:
        raise ValueError(f"{position!r} is no position")
    with instance.database.reading() as session:
        known = membership(session, who.id, code)
    if known is not None:
        return known
    if not rate.count(instance.database, f"members.claims {who.id}", MOST_CLAIMS, CLAIM_WINDOW).allowed:
        raise TooManyClaims(who.id)
    with instance.database.locked() as session:
        known = membership(session, who.id, code)
        if known is not None:
            return known
        name = registered_name(session, code) or clean(firm_name)[:LONGEST_NAME]
        if not name:
            raise FirmNameNeeded(code)
        with audit.audited(session, who, "members.claim") as entry:
            made = make_membership(session, who.id, code, name, position)
            entry.subject = f"membership {made.number}"
            for why in _why_staff_first(session, instance, made):
                staff_come_first(session, instance, made, why)
        return made


def make_membership(session: Session, account_id: str, uscc: str, firm_name: str, position: str) -> Membership:
    """A new membership, unconfirmed, with the next number of the year; inside an audited block."""
    serial = _next_serial(session)
    moment = clock.now()
    made = Membership(
        id=str(ULID()),
        number=f"M{clock.today().year}-{serial:05d}",
        serial=serial,
        account_id=account_id,
        uscc=uscc,
        firm_name=firm_name,
        position=position,
        state=stages.UNCONFIRMED,
        why_waiting="",
        licence_id=None,
        claimed_on=clock.today(),
        claimed_at=moment,
        due_on=None,
        paused_on=None,
        assigned_to=None,
        confirmed_how=None,
        confirmed_at=None,
        confirmed_by=None,
        state_changed_at=moment,
    )
    session.add(made)
    session.flush()
    return made


def add_licence(instance: Instance, who: Actor, uscc: str, upload: CheckedFile) -> Membership:
    """Hand in the business licence, or another one in its place; the same one again changes nothing.

    From then on staff look at an unconfirmed membership, within the days of the service level.
    """
    roles.require(who, roles.APPLIES, "hand in a licence")
    with audit.write(instance.database, who, "members.licence") as session:
        found = require_member(session, who, uscc, "hand in a licence")
        session.info["entry"].subject = f"membership {found.number}"
        before = session.get(Document, found.licence_id) if found.licence_id else None
        if before is None or before.handed_in_by != who.id:
            kept = documents.keep(session, instance, who, uscc, documents.LICENCE, upload)
        else:
            kept = documents.replace(session, instance, who, before, upload)
        attach_licence(session, found, kept)
        return found


def attach_licence(session: Session, found: Membership, licence: Document) -> None:
    """Let a membership have this licence, inside an audited block; staff look at it if nobody confirmed it yet."""
    found.licence_id = licence.id
    if found.state == stages.UNCONFIRMED and found.due_on is None:
        found.due_on = review_due(session, clock.today())


def remove_licence(instance: Instance, who: Actor, uscc: str) -> Membership:
    """Take the licence back before somebody confirmed on it; staff keep what they may have seen."""
    roles.require(who, roles.APPLIES, "remove a licence")
    with audit.write(instance.database, who, "members.licence_removed") as session:
        found = require_member(session, who, uscc, "remove a licence")
        session.info["entry"].subject = f"membership {found.number}"
        if found.state == stages.CONFIRMED or found.licence_id is None:
            return found
        documents.remove(session, session.get_one(Document, found.licence_id))
        found.licence_id = None
        if found.state == stages.UNCONFIRMED:
            found.due_on = None
        return found


def leave(session: Session, who: Actor, uscc: str) -> Membership:
    """Act for a firm no longer, inside an audited block; one's open invitations end with it.

    What becomes of applications is seen to by `ending.leave_firm`, which pages call.
    """
    roles.require(who, roles.APPLIES, "leave a firm")
    found = require_member(session, who, uscc, "leave a firm")
    act_no_longer(session, found, stages.LEFT)
    return found


def act_no_longer(session: Session, found: Membership, state: str) -> None:
    """Take a membership to one of its ends, inside an audited block; its person's open invitations end with it."""
    move(found, state)
    found.assigned_to = None
    revoke_all_of(session, found.account_id, found.uscc)


def _why_staff_first(session: Session, instance: Instance, made: Membership) -> list[str]:
    others = select(Membership.account_id, Membership.state).where(
        Membership.uscc == made.uscc, Membership.id != made.id
    )
    found = session.execute(others).all()
    why = []
    claimed = any(
        account != made.account_id and state in stages.LIVE_MEMBERSHIP_STATES for account, state in found
    )
    applied = instance.applied_by_another
    if claimed or (applied is not None and applied(session, made.uscc, made.account_id)):
        why.append(SECOND_CLAIM)
    before = ended_before(session, made.account_id, made.uscc)
    if before is not None:
        why.append(REFUSED_BEFORE if before == stages.REFUSED else ENDED_BEFORE)
    return why


def _next_serial(session: Session) -> int:
    this_year = Membership.number.startswith(f"M{clock.today().year}-", autoescape=True)
    return (session.execute(select(func.max(Membership.serial)).where(this_year)).scalar() or 0) + 1
