"""Who has a case of the desk: taking it, handing it over, putting it back. Deciding needs no taking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, SQLColumnExpression, or_, select
from sqlalchemy.orm import Session

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.appeals.records import Appeal
from portal.applications.records import Application, ScreeningTask
from portal.claims.records import Claim
from portal.common import audit, roles
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.members.queries import require_untied
from portal.members.records import Membership, Tie
from portal.obligors.queries import firms_with
from portal.obligors.records import Lookalike
from portal.scheme import stages

APPLICATION, MEMBERSHIP, APPEAL, SCREENING = "application", "membership", "appeal", "screening"
LOOKALIKE, CLAIM = "lookalike", "claim"
Held = Application | Membership | Appeal | ScreeningTask | Lookalike | Claim


@dataclass(frozen=True)
class Kind:
    """One kind of case: its table, the states in which somebody may have it, and whose work it is."""

    model: Any  # the class of its rows
    states: frozenset[str]
    roles: tuple[Role, ...]


KINDS: Mapping[str, Kind] = {
    APPLICATION: Kind(Application, frozenset({stages.REFERRED, stages.ASKED}), roles.DECIDES_APPLICATIONS),
    MEMBERSHIP: Kind(
        Membership,
        frozenset({stages.WAITING, stages.UNCONFIRMED, stages.ASKED}),
        roles.DECIDES_MEMBERSHIPS,
    ),
    APPEAL: Kind(
        Appeal,
        stages.OPEN_APPEAL_STATES,
        tuple(dict.fromkeys((*roles.DECIDES_APPEALS, *roles.APPROVES_CORRECTIONS))),
    ),
    SCREENING: Kind(ScreeningTask, frozenset({"open"}), roles.CLOSES_SCREENINGS),
    LOOKALIKE: Kind(Lookalike, frozenset({stages.OPEN}), roles.MINDS_OBLIGORS),
    CLAIM: Kind(
        Claim,
        frozenset({stages.ASSESSING, stages.ASKED, stages.SUSPENDED, stages.PROPOSED, stages.OBJECTED}),
        (*roles.ASSESSES_CLAIMS, *roles.APPROVES_CLAIMS),
    ),
}


class _Anybody:
    """For `assign`: whoever has the case now. No text that is sent can equal it."""


ANYBODY = _Anybody()


class UnknownCase(LookupError):
    """There is no case of this kind and number."""


class NoLongerHeld(Exception):
    """The case has moved on, so nobody has it any more; `state` says where it is."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.state = state


class TakenMeanwhile(Exception):
    """The case is no longer with whom it was when one looked; `holder` has it now (None: nobody)."""

    def __init__(self, number: str, holder: str | None) -> None:
        super().__init__(f"{number} is with {holder or 'nobody'} now")
        self.holder = holder


class CannotHold(ValueError):
    """This account cannot be given the case: it is not active, its work is another, or it is tied to the firm."""


def assign(
    instance: Instance,
    who: Actor,
    kind: str,
    number: str,
    to: str | None,
    had: str | _Anybody | None = ANYBODY,
) -> None:
    """Take a case (one's own account id), hand it over to another account, or put it back (None).

    `had` is who had the case when one looked; if that has changed, `TakenMeanwhile` is raised and the case stays
    where it is. Nobody takes a case of a firm they are tied to (`TiedToFirm`), or is given one (`CannotHold`).
    Doing it a second time changes nothing. Raises `UnknownCase` and `NoLongerHeld`.
    """
    known = KINDS[kind]
    roles.require(who, known.roles, "take a case")
    with audit.write(instance.database, who, "desk.assign", f"{kind} {number}", to=to) as session:
        case = _find(session, known, kind, number)
        if case.state not in known.states:
            raise NoLongerHeld(number, case.state)
        if had not in (ANYBODY, case.assigned_to) and case.assigned_to != to:
            raise TakenMeanwhile(number, case.assigned_to)
        if to == who.id:
            for uscc in firms_of(session, case):
                require_untied(session, who, uscc, "take a case")
        elif to is not None and to not in able_to_hold(session, kind, *firms_of(session, case)):
            raise CannotHold(to)
        case.assigned_to = to


def firms_of(session: Session, case: Held) -> list[str]:
    """The firms that a case is about: one, or all that deal with either of two obligors that look alike."""
    if isinstance(case, Lookalike):
        dealing = (*firms_with(session, case.first_id), *firms_with(session, case.second_id))
        return sorted({one.uscc for one in dealing})
    return [case.uscc]


def able_to_hold(session: Session, kind: str, *codes: str) -> list[str]:
    """The active accounts whose work this kind of case is and who are not tied to any of these firms."""
    tied = select(Tie.account_id).where(Tie.uscc.in_(codes), Tie.ended_at.is_(None))
    query = select(Account.id).where(
        Account.state == ACTIVE, Account.role.in_(KINDS[kind].roles), Account.id.not_in(tied)
    )
    return list(session.execute(query.order_by(Account.id)).scalars())


def nobodys(holder: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether nobody has a case: it was never taken, or whoever has it can sign in no more."""
    return or_(holder.is_(None), holder.in_(select(Account.id).where(Account.state != ACTIVE)))


def marked(session: Session, names: Mapping[str, str]) -> dict[str, str]:
    """The same names by account, with a word at those who can sign in no more."""
    query = select(Account.id).where(Account.id.in_(names), Account.state != ACTIVE)
    gone = set(session.execute(query).scalars())
    return {
        one: _("%(name)s (account disabled)", name=name) if one in gone else name for one, name in names.items()
    }


def _find(session: Session, known: Kind, kind: str, number: str) -> Held:
    found: Held | None = session.execute(select(known.model).where(known.model.number == number)).scalar()
    if found is None:
        raise UnknownCase(f"{kind} {number}")
    return found
