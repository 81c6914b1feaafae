"""Keeping what a firm hands in, replacing it and taking it away."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.records import Account
from portal.common import clock
from portal.common.instance import Instance
from portal.common.keys import seal
from portal.common.people import People
from portal.common.roles import Actor
from portal.documents.check import CheckedFile, DocumentRefused, check_file
from portal.documents.records import Document, DocumentContent

LICENCE, EVIDENCE = "licence", "evidence"

__all__ = [
    "EVIDENCE",
    "LICENCE",
    "CheckedFile",
    "DocumentRefused",
    "check_file",
    "content_place",
    "keep",
    "remove",
    "replace",
]


def content_place(person_id: str, document_id: str) -> str:
    """For which place a document's bytes are sealed, so that they open nowhere else."""
    return f"{person_id}.document.{document_id}"


def keep(session: Session, instance: Instance, who: Actor, uscc: str, kind: str, upload: CheckedFile) -> Document:
    """Keep a checked file for a firm, sealed under the key of whoever hands it in; inside an audited block.

    The very same file again, while it still counts, gives the document that is there already.
    """
    known = _same_again(session, who, uscc, kind, upload)
    if known is not None:
        return known
    account = session.get_one(Account, who.id)
    sealer = People(session, instance.keys).sealer(account.person_id)
    document_id = str(ULID())
    document = Document(
        id=document_id,
        uscc=uscc,
        kind=kind,
        person_id=sealer.person_id,
        name_sealed=sealer.seal("document.name", upload.name),
        media_type=upload.media_type,
        size=upload.size,
        pages=upload.pages,
        sha256=upload.sha256,
        handed_in_by=who.id,
        handed_in_at=clock.now(),
        replaced_by=None,
        removed_at=None,
    )
    session.add(document)
    session.flush()
    sealed = seal(sealer.key, content_place(sealer.person_id, document_id), upload.data)
    session.add(DocumentContent(document_id=document_id, sealed=sealed))
    session.flush()
    return document


def replace(session: Session, instance: Instance, who: Actor, document: Document, upload: CheckedFile) -> Document:
    """Keep another file in a document's place; the old one stays for whoever decided on it.

    Inside an audited block. The same file again changes nothing.
    """
    fresh = keep(session, instance, who, document.uscc, document.kind, upload)
    if fresh.id != document.id:
        document.replaced_by = fresh.id
    return fresh


def remove(session: Session, document: Document) -> None:
    """Take a document away from the firm's side; it stays for whoever decided on it. Inside an audited block."""
    document.removed_at = document.removed_at or clock.now()


def _same_again(session: Session, who: Actor, uscc: str, kind: str, upload: CheckedFile) -> Document | None:
    query = select(Document).where(
        Document.uscc == uscc,
        Document.kind == kind,
        Document.sha256 == upload.sha256,
        Document.handed_in_by == who.id,
        Document.replaced_by.is_(None),
        Document.removed_at.is_(None),
    )
    return session.execute(query.order_by(Document.id.desc()).limit(1)).scalar()
