"""Telling a firm what became of its application: to each reader no more than its page would show."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.reading import known_of
from portal.applications.records import Application
from portal.applications.seen import CHECKING
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.members.queries import accounts_of
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.scheme import stages

ELIGIBLE, REFERRED, INELIGIBLE = "application_eligible", "application_referred", "application_ineligible"
CHECKED_FIRST = "application_checking"
# What is told of a state that somebody who is not confirmed yet may know.
_TOLD_BEFORE_CONFIRMING = {
    stages.INELIGIBLE: INELIGIBLE,
    stages.REJECTED: "application_rejected",
    stages.ASKED: "application_asked",
    stages.WITHDRAWN: "application_withdrawn",
}


class _Readers(NamedTuple):
    """Who hears of an application: who is confirmed to act for the firm, and who applied without being it."""

    confirmed: list[str]
    applied: Membership | None


def told_of(session: Session, application: Application) -> list[str]:
    """The accounts that hear of an application: whoever is confirmed to act for the firm, and whoever applied."""
    readers = _readers(session, application)
    return readers.confirmed + ([readers.applied.account_id] if readers.applied else [])


def tell_firm(
    session: Session,
    instance: Instance,
    application: Application,
    kind: str,
    parameters: Mapping[str, str] | None = None,
    your_turn: bool = False,
    but: str | None = None,
) -> None:
    """Tell the firm, inside an audited block; `kind` is one of the application kinds of `messages.words`.

    Whoever is not confirmed hears it only where `seen` shows that state; else, once, that it is first confirmed
    who acts for the firm. `but` is the account of whoever did it, who need not be told.
    """
    session.flush()
    readers = _readers(session, application)
    given = {"number": application.number, **(parameters or {})}
    confirmed = [account for account in readers.confirmed if account != but]
    _tell(session, instance, application, confirmed, kind, given, your_turn)
    applied = readers.applied
    if applied is None or applied.account_id == but:
        return
    state = known_of(session, application, confirmed=False).view.state
    if state == CHECKING:
        once = f"checking:{application.id}"
        yours = applied.state == stages.UNCONFIRMED
        _tell(session, instance, application, [applied.account_id], CHECKED_FIRST, given, yours, once)
    elif _TOLD_BEFORE_CONFIRMING.get(state) == kind:
        _tell(session, instance, application, [applied.account_id], kind, given, your_turn)


def tell_state(session: Session, instance: Instance, application: Application, but: str | None = None) -> None:
    """Tell the firm where the rules led its application, inside an audited block.

    Nothing is told where the policy follows at once: that is told of itself.
    """
    at_once = application.channel == "web" and application.hold is None
    if application.state == stages.ELIGIBLE and not at_once:
        tell_firm(session, instance, application, ELIGIBLE, but=but)
    elif application.state == stages.INELIGIBLE:
        tell_firm(session, instance, application, INELIGIBLE, but=but)
    elif application.state == stages.REFERRED and application.due_on is not None:
        parameters = {"due_on": application.due_on.isoformat()}
        tell_firm(session, instance, application, REFERRED, parameters, but=but)


def with_members(session: Session, codes: Iterable[str]) -> set[str]:
    """Those of these firms for which anybody acts, so that the many others cost no query each."""
    wanted = list(dict.fromkeys(codes))
    found: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        query = select(Membership.uscc).where(
            Membership.uscc.in_(wanted[start : start + CHUNK]),
            Membership.state.in_(stages.LIVE_MEMBERSHIP_STATES),
        )
        found.update(session.execute(query).scalars())
    return found


def _readers(session: Session, application: Application) -> _Readers:
    confirmed = accounts_of(session, application.uscc)
    applied = session.get(Membership, application.membership_id) if application.membership_id else None
    live = applied is not None and applied.state in stages.LIVE_MEMBERSHIP_STATES
    waits = applied if live and applied is not None and applied.account_id not in confirmed else None
    return _Readers(confirmed, waits)


def _tell(
    session: Session,
    instance: Instance,
    application: Application,
    accounts: list[str],
    kind: str,
    parameters: Mapping[str, str],
    your_turn: bool,
    once: str | None = None,
) -> None:
    tell(
        session,
        instance,
        accounts,
        kind,
        f"application {application.number}",
        f"/my/applications/{application.number}",
        parameters,
        your_turn=your_turn,
        once=once,
    )
