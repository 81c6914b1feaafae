"""The documents of a claim: the checklist, what came for each item, earlier versions, and what is missing.

Papers belong to the notice: where its shipments fall under two policies, one contract serves both claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.claim_clocks import held_of
from portal.claims.mine import CLAIM_PAPER, MOST_FILES, Mine, TooManyFiles, require_mine
from portal.claims.moves import StaleClaim
from portal.claims.records import Claim, Paper
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import CheckedFile, keep, remove
from portal.documents.records import Document
from portal.scheme import stages
from portal.scheme.claim_documents import DocumentItem, checklist
from portal.scheme.claim_words import PaymentTerm, Risk

TAKES_PAPERS = frozenset({stages.PREPARING, stages.ASSESSING, stages.ASKED, stages.SUSPENDED, stages.OBJECTED})
"""The states in which a firm may hand something in; nothing changes once somebody proposes or decides."""
MOST_PAPERS = 40  # of one item


class UnknownItem(LookupError):
    """The checklist of this claim has no such item."""


class UnknownPaper(LookupError):
    """There is no such paper, or it counts no more."""


class PaperHeld(Exception):
    """The paper was handed in with the claim, so it is replaced and not taken away."""


@dataclass(frozen=True)
class ItemPapers:
    """One item of the checklist with what came for it, in order, and the versions that were replaced."""

    item: DocumentItem
    now: tuple[Paper, ...]
    before: tuple[Paper, ...]

    @property
    def missing(self) -> bool:
        """Whether it is needed and nothing is there."""
        return self.item.needed and not self.now


def checklist_of(session: Session, claim: Claim) -> tuple[DocumentItem, ...]:
    """The documents that a claim needs, by its risk and the payment terms of its shipments."""
    terms = {PaymentTerm(one.payment_term) for one in shipments_of_claim(session, claim) if not one.outside}
    return checklist(held_of(session, claim).claim, Risk(claim.risk), terms or {PaymentTerm(claim.payment_term)})


def papers_of(session: Session, claim: Claim) -> list[ItemPapers]:
    """Every item of the checklist with its papers; further items that were asked for come after it."""
    query = select(Paper).where(Paper.notice_id == claim.notice_id, Paper.removed_at.is_(None))
    by_item: dict[str, list[Paper]] = {}
    for paper in session.execute(query.order_by(Paper.added_at, Paper.id)).scalars():
        by_item.setdefault(paper.item, []).append(paper)
    items = list(checklist_of(session, claim))
    listed = {one.code for one in items}
    items += [DocumentItem(code, False) for code in by_item if code not in listed]
    return [
        ItemPapers(
            item,
            tuple(one for one in by_item.get(item.code, []) if one.replaced_by is None),
            tuple(one for one in by_item.get(item.code, []) if one.replaced_by is not None),
        )
        for item in items
    ]


def missing_items(session: Session, claim: Claim) -> list[str]:
    """The codes of the needed items for which nothing is there, in the order of the checklist."""
    return [one.item.code for one in papers_of(session, claim) if one.missing]


def add_papers(instance: Instance, who: Actor, number: str, item: str, files: Sequence[CheckedFile]) -> list[str]:
    """Hand in files for one item; gives the ids of the papers. The same file again is the paper that is there.

    Raises `UnknownClaim`, `NotAllowed`, `UnknownItem`, `TooManyFiles`, and `StaleClaim` once nothing can be added.
    """
    roles.require(who, roles.APPLIES, "hand in documents")
    with audit.write(instance.database, who, "claims.add_papers", f"claim {number}", item=item) as session:
        mine = _open(session, who, number)
        return add(session, instance, who, mine, item, files)


def add(
    session: Session,
    instance: Instance,
    who: Actor,
    mine: Mine,
    item: str,
    files: Sequence[CheckedFile],
    asked: Sequence[str] = (),
) -> list[str]:
    """The same inside an audited block, for a claim that was reached already; `asked` items are taken as well.

    Raises `UnknownItem`, `TooManyFiles`.
    """
    known = {one.item.code: one for one in papers_of(session, mine.claim)}
    if item not in known and item not in asked:
        raise UnknownItem(item)
    there = {paper.document_id: paper.id for paper in known[item].now} if item in known else {}
    if len(files) > MOST_FILES or len(there) + len(files) > MOST_PAPERS:
        raise TooManyFiles(str(len(files)))
    found = []
    for file in files:
        document = keep(session, instance, who, mine.claim.uscc, CLAIM_PAPER, file)
        if document.id not in there:
            there[document.id] = _new(session, who, mine.claim, item, document).id
        found.append(there[document.id])
    return list(dict.fromkeys(found))


def replace_paper(instance: Instance, who: Actor, number: str, paper_id: str, file: CheckedFile) -> str:
    """Put a better version in a paper's place; the one before stays and is listed. Gives the id of the new one.

    The same file again changes nothing. Raises `UnknownPaper`, and what `add_papers` raises.
    """
    roles.require(who, roles.APPLIES, "hand in documents")
    with audit.write(instance.database, who, "claims.replace_paper", f"claim {number}") as session:
        mine = _open(session, who, number)
        old = session.get(Paper, paper_id)
        if old is None or old.notice_id != mine.notice.id or old.removed_at is not None:
            raise UnknownPaper(paper_id)
        document = keep(session, instance, who, mine.claim.uscc, CLAIM_PAPER, file)
        if old.replaced_by is not None:
            now = session.get_one(Paper, old.replaced_by)
            if now.document_id == document.id:
                return now.id  # the button was pressed twice
            raise UnknownPaper(paper_id)
        if old.document_id == document.id:
            return old.id
        fresh = _new(session, who, mine.claim, old.item, document)
        old.replaced_by = fresh.id
        session.flush()
        return fresh.id


def remove_paper(instance: Instance, who: Actor, number: str, paper_id: str) -> None:
    """Take a paper away again, as long as the claim is not filed; removing it twice is removing it once.

    Raises `UnknownPaper`, and `PaperHeld` once a claim of the notice is filed: then it can only be replaced.
    """
    roles.require(who, roles.APPLIES, "hand in documents")
    with instance.database.locked() as session:
        mine = _open(session, who, number)
        paper = session.get(Paper, paper_id)
        if paper is None or paper.notice_id != mine.notice.id:
            raise UnknownPaper(paper_id)
        if paper.removed_at is not None:
            return
        filed = select(Claim.id).where(Claim.notice_id == mine.notice.id, Claim.filed_on.is_not(None))
        if paper.replaced_by is not None or session.execute(filed.limit(1)).first() is not None:
            raise PaperHeld(paper_id)
        with audit.audited(session, who, "claims.remove_paper", f"claim {number}", item=paper.item):
            paper.removed_at = clock.now()
            session.flush()
            others = select(Paper.id).where(Paper.document_id == paper.document_id, Paper.removed_at.is_(None))
            if session.execute(others.limit(1)).first() is None:
                remove(session, session.get_one(Document, paper.document_id))


def _open(session: Session, who: Actor, number: str) -> Mine:
    mine = require_mine(session, who, number, "hand in documents")
    if mine.claim.state not in TAKES_PAPERS:
        raise StaleClaim(number, mine.claim.state)
    return mine


def _new(session: Session, who: Actor, claim: Claim, item: str, document: Document) -> Paper:
    paper = Paper(
        id=str(ULID()),
        notice_id=claim.notice_id,
        claim_id=claim.id,
        item=item,
        document_id=document.id,
        added_by=who.id,
        added_at=clock.now(),
    )
    session.add(paper)
    session.flush()
    return paper
