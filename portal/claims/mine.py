"""A claim as somebody of its firm may reach it, and what every act of a firm on one has in common."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.records import Account
from portal.claims.moves import claim_of
from portal.claims.records import Claim, ClaimEvent, Notice
from portal.common import audit, roles
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor, NotAllowed
from portal.documents.actions import CheckedFile, keep
from portal.documents.records import Document
from portal.members.queries import membership, require_member
from portal.members.records import Membership
from portal.scheme import stages

CLAIM_PAPER = "claim"  # the kind of every document that is handed in for a loss
LONGEST_WORDS = 2000  # characters
MOST_FILES = 10  # of one answer, request or act


class NotConfirmed(NotAllowed):
    """It is not confirmed yet that this person acts for the firm; until then this cannot be done."""


class TooManyFiles(ValueError):
    """More than `MOST_FILES` at once."""


class Mine(NamedTuple):
    """A claim, its notice, and how whoever asks acts for the firm."""

    claim: Claim
    notice: Notice
    member: Membership

    @property
    def confirmed(self) -> bool:
        """Whether it is confirmed that whoever asks acts for the firm."""
        return self.member.state == stages.CONFIRMED


def find_mine(session: Session, account_id: str, number: str) -> Mine | None:
    """The claim of this number, if this account may reach it: once confirmed any of the firm's, before its own."""
    claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one_or_none()
    if claim is None:
        return None
    member = membership(session, account_id, claim.uscc)
    if member is None:
        return None
    notice = session.get_one(Notice, claim.notice_id)
    if member.state != stages.CONFIRMED and notice.membership_id != member.id:
        return None
    return Mine(claim, notice, member)


def require_mine(session: Session, who: Actor, number: str, action: str, confirmed: bool = False) -> Mine:
    """The claim of this number; raises `UnknownClaim`, `NotAllowed`, and with `confirmed` `NotConfirmed`."""
    mine = find_mine(session, who.id, number)
    if mine is None:
        claim_of(session, number)
        raise NotAllowed(who, action)
    if confirmed and not mine.confirmed:
        raise NotConfirmed(who, action)
    return mine


def person_of(session: Session, who: Actor) -> str:
    """The person behind an account, under whose key what it writes is sealed."""
    return session.get_one(Account, who.id).person_id


def own_documents(session: Session, who: Actor, uscc: str, ids: Sequence[str]) -> list[str]:
    """Those of these documents that this account handed in for a loss of this firm, in their order."""
    query = select(Document.id).where(
        Document.id.in_(list(ids)),
        Document.handed_in_by == who.id,
        Document.uscc == uscc,
        Document.kind == CLAIM_PAPER,
        Document.removed_at.is_(None),
    )
    found = set(session.execute(query).scalars())
    return [one for one in dict.fromkeys(ids) if one in found]


def hand_in(
    session: Session,
    instance: Instance,
    who: Actor,
    uscc: str,
    files: Sequence[CheckedFile],
    kept: Sequence[str] = (),
) -> list[str]:
    """Keep files inside an audited block; gives their ids after those `kept` with an earlier try by this account.

    Raises `TooManyFiles`.
    """
    ids = own_documents(session, who, uscc, kept)
    ids += [keep(session, instance, who, uscc, CLAIM_PAPER, one).id for one in files]
    ids = list(dict.fromkeys(ids))
    if len(ids) > MOST_FILES:
        raise TooManyFiles(str(len(ids)))
    return ids


def keep_files(
    instance: Instance, who: Actor, uscc: str, files: Sequence[CheckedFile], kept: Sequence[str]
) -> list[str]:
    """Keep the files of a form that has to be put right, so that nobody chooses them again; gives all their ids.

    Raises `NotAllowed` for whoever does not act for the firm, and `TooManyFiles`.
    """
    roles.require(who, roles.APPLIES, "hand in documents")
    with audit.write(instance.database, who, "claims.keep_files", f"firm {uscc}") as session:
        require_member(session, who, uscc, "hand in documents")
        return hand_in(session, instance, who, uscc, files, kept)


def events_of(session: Session, claim_id: str, *kinds: str) -> list[ClaimEvent]:
    """What happened to a claim, oldest first; of these kinds only, if any is named."""
    query = select(ClaimEvent).where(ClaimEvent.claim_id == claim_id)
    if kinds:
        query = query.where(ClaimEvent.kind.in_(kinds))
    return list(session.execute(query.order_by(ClaimEvent.at, ClaimEvent.id)).scalars())


def event_words(people: People, event: ClaimEvent) -> str:
    """What a person of the firm wrote with it; empty without words, or once the person is erased."""
    if event.person_id is None or event.words_sealed is None:
        return ""
    try:
        return people.sealer(event.person_id).open("words", event.words_sealed)
    except PersonErased:
        return ""
