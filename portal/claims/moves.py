"""What every step of a claim has in common: finding it, moving it on, its timeline, telling the firm."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.records import Claim, ClaimEvent, Notice
from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.members.queries import accounts_of
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.scheme import stages


class UnknownClaim(LookupError):
    """There is no claim of this number."""


class StaleClaim(Exception):
    """The claim moved on since somebody looked at it; `state` is where it is now."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


def claim_of(session: Session, number: str) -> Claim:
    """The claim of this number; raises `UnknownClaim`."""
    found = session.execute(select(Claim).where(Claim.number == number)).scalar_one_or_none()
    if found is None:
        raise UnknownClaim(number)
    return found


def claim_in(session: Session, number: str, *states: str) -> Claim:
    """The claim of this number if it is in one of these states, else `StaleClaim`; raises `UnknownClaim`."""
    found = claim_of(session, number)
    if found.state not in states:
        raise StaleClaim(number, found.state)
    return found


def move(claim: Claim, state: str) -> None:
    """Take a claim to its next state; raises `stages.IllegalStep`."""
    stages.require(stages.CLAIM, claim.state, state)
    claim.state = state
    claim.state_changed_at = clock.now()


def happened(
    session: Session,
    instance: Instance,
    who: Actor,
    claim: Claim,
    kind: str,
    on: date,
    code: str | None = None,
    words: str = "",
    documents: str = "",
    written_by: str | None = None,
) -> ClaimEvent:
    """Put something into a claim's timeline, inside an audited block.

    `code` is what the firm may read of it; `words` are sealed under the key of `written_by` (a person of the
    firm), else of the person who filed the notice.
    """
    person_id, sealed = None, None
    if words:
        person_id = written_by or session.get_one(Notice, claim.notice_id).person_id
        sealed = People(session, instance.keys).sealer(person_id).seal("words", words)
    event = ClaimEvent(
        id=str(ULID()),
        claim_id=claim.id,
        kind=kind,
        code=code,
        on=on,
        at=clock.now(),
        by=who.id,
        person_id=person_id,
        words_sealed=sealed,
        documents=documents,
    )
    session.add(event)
    session.flush()
    return event


def tell_firm(
    session: Session,
    instance: Instance,
    claim: Claim,
    kind: str,
    parameters: Mapping[str, str] | None = None,
    your_turn: bool = False,
) -> None:
    """Tell everybody who is confirmed to act for the claim's firm, and whoever reported the loss while they still
    act for it, inside an audited block: somebody who is not confirmed yet hands in what is asked for too.
    """
    notice = session.get_one(Notice, claim.notice_id)
    filed_by = session.get_one(Membership, notice.membership_id)
    own = [filed_by.account_id] if filed_by.state in stages.LIVE_MEMBERSHIP_STATES else []
    tell(
        session,
        instance,
        [*own, *accounts_of(session, claim.uscc)],
        kind,
        f"claim {claim.number}",
        f"/my/claims/{claim.number}",
        {"number": claim.number, **(parameters or {})},
        your_turn=your_turn,
    )
