"""That one of the staff is tied to a firm, by family, money or earlier work, and decides nothing about it.

Staff note their own ties; an administrator notes anybody's, and alone ends one, so that nobody unties themselves
to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.common import audit, clock, roles
from portal.common.codes import normalise_uscc
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed, Role
from portal.members.records import Tie
from portal.reference.records import RegistryRow


class UnknownTie(LookupError):
    """There is no such tie."""


class NotStaff(ValueError):
    """Only staff decide, so only staff can be tied."""


@dataclass(frozen=True)
class ShownTie:
    """A tie that holds: whose, to which firm (its name as the registry has it), and who noted it when."""

    id: str
    account_id: str
    uscc: str
    firm_name: str | None
    noted_by: str
    noted_at: datetime


def note_tie(instance: Instance, who: Actor, account_id: str, uscc: str) -> None:
    """Note that an account of staff is tied to a firm, from now on. A tie that holds already changes nothing.

    Raises `NotAllowed` for somebody else's tie unless `who` is an administrator, `NotStaff`, and what
    `normalise_uscc` raises for a code that is none.
    """
    roles.require(who, roles.NOTES_TIES, "note a tie")
    if account_id != who.id and who.role is not Role.ADMINISTRATOR:
        raise NotAllowed(who, "note somebody else's tie")
    code = normalise_uscc(uscc)
    with audit.write(instance.database, who, "ties.note", f"account {account_id}", uscc=code) as session:
        account = session.get(Account, account_id)
        if account is None or account.role not in roles.STAFF_ROLES:
            raise NotStaff(account_id)
        held = select(Tie.id).where(Tie.account_id == account_id, Tie.uscc == code, Tie.ended_at.is_(None))
        if session.execute(held).first() is None:
            made = Tie(id=str(ULID()), account_id=account_id, uscc=code, noted_by=who.id, noted_at=clock.now())
            session.add(made)


def end_tie(instance: Instance, who: Actor, tie_id: str) -> None:
    """End a tie: what it kept its holder from is theirs again. Ending it twice changes nothing."""
    roles.require(who, (Role.ADMINISTRATOR,), "end a tie")
    with audit.write(instance.database, who, "ties.end") as session:
        tie = session.get(Tie, tie_id)
        if tie is None:
            raise UnknownTie(tie_id)
        session.info["entry"].subject = f"account {tie.account_id}"
        session.info["entry"].details["uscc"] = tie.uscc
        tie.ended_at = tie.ended_at or clock.now()


def ties(session: Session, account_id: str | None = None) -> list[ShownTie]:
    """The ties that hold, newest first: all of them, or those of one account."""
    query = (
        select(Tie, RegistryRow.name)
        .outerjoin(RegistryRow, and_(RegistryRow.uscc == Tie.uscc, RegistryRow.replaced_version.is_(None)))
        .where(Tie.ended_at.is_(None))
    )
    if account_id is not None:
        query = query.where(Tie.account_id == account_id)
    found = session.execute(query.order_by(Tie.noted_at.desc(), Tie.id.desc()))
    return [
        ShownTie(one.id, one.account_id, one.uscc, firm_name, one.noted_by, one.noted_at)
        for one, firm_name in found
    ]
