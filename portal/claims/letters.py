"""The letters about a claim's decisions: every one that was ever approved stays within reach, as it was frozen.

A decision that was reversed, or followed by another, holds no more; the firm was sent its letter all the same.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.letter import letter_pdf
from portal.claims.mine import require_mine
from portal.claims.moves import claim_of
from portal.claims.records import Assessment, Claim
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.queries import standing_approvals
from portal.scheme import stages
from portal.scheme.money import Money


class UnknownLetter(LookupError):
    """There is no such letter, or none whose decision stands."""


class SentLetter(NamedTuple):
    """A letter: `serial` tells those of a claim apart, `on` is its day, `holds` whether its decision stands.

    `lowered_to` is what is left of its indemnity where a claw back took some, None where it stands as written.
    """

    serial: int
    on: date
    holds: bool
    lowered_to: Money | None


def letters_of(session: Session, claim: Claim) -> list[SentLetter]:
    """Every letter about a claim, the newest first; always the same few queries."""
    lowered = {one.entry.id: one.left for one in standing_approvals(session, claim.id) if one.left != one.approved}
    return [
        SentLetter(
            one.sequence,
            clock.day_of(one.decided_at),
            one.state == stages.APPROVED,
            lowered.get(one.entry_id) if one.entry_id else None,
        )
        for one in _approved(session, claim)
        if one.decided_at is not None
    ]


def letter_for_firm(instance: Instance, who: Actor, number: str, serial: int | None) -> bytes:
    """A letter as a PDF for whoever is confirmed to act for the firm; the one that holds where none is named.

    Enters the download into the trail; needs a request for its words. Raises `UnknownClaim`, `NotAllowed`,
    `NotConfirmed`, `UnknownLetter`.
    """
    roles.require(who, roles.APPLIES, "read a letter")
    with instance.database.reading() as session:
        claim = require_mine(session, who, number, "read a letter", confirmed=True).claim
        pdf = _pdf(session, claim, serial)
    audit.note(instance.database, who, "claims.letter", f"claim {number}", audit.DOWNLOADED, letter=serial)
    return pdf


def letter_for_staff(instance: Instance, who: Actor, number: str, serial: int | None) -> bytes:
    """The same for staff and auditors who see claims. Raises `UnknownClaim`, `NotAllowed`, `UnknownLetter`."""
    roles.require(who, roles.SEES_CLAIMS, "read a letter")
    with instance.database.reading() as session:
        pdf = _pdf(session, claim_of(session, number), serial)
    audit.note(instance.database, who, "claims.letter", f"claim {number}", audit.DOWNLOADED, letter=serial)
    return pdf


def _approved(session: Session, claim: Claim) -> Sequence[Assessment]:
    query = select(Assessment).where(Assessment.claim_id == claim.id, Assessment.letter.is_not(None))
    return session.execute(query.order_by(Assessment.sequence.desc())).scalars().all()


def _pdf(session: Session, claim: Claim, serial: int | None) -> bytes:
    for one in _approved(session, claim):
        if one.sequence == serial or (serial is None and one.state == stages.APPROVED):
            return letter_pdf(one, claim.scheme)
    raise UnknownLetter(f"{claim.number}, letter {serial}")
