"""What pages read of documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.common.keys import unseal
from portal.common.people import CHUNK, People, PersonErased
from portal.documents.actions import content_place
from portal.documents.check import JPEG
from portal.documents.records import Document, DocumentContent


@dataclass(frozen=True)
class ShownDocument:
    """A document as pages name it. `name` is empty where it was not opened or the person is erased.

    `url` gives the file, `preview_url` a picture of it (of a PDF its first page; add `?page=2` for the next).
    """

    id: str
    uscc: str
    kind: str
    name: str
    media_type: str
    size: int
    pages: int
    handed_in_by: str
    handed_in_at: datetime
    counts: bool  # neither replaced nor removed

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"/documents/{self.id}"

    @property
    def preview_url(self) -> str:
        """Where a picture of it is."""
        return f"/documents/{self.id}/preview"

    @property
    def is_picture(self) -> bool:
        """Whether it is a photo, and not a PDF."""
        return self.media_type == JPEG


def documents(session: Session, ids: Iterable[str], people: People | None = None) -> dict[str, ShownDocument]:
    """These documents by id, without their bytes; `people` opens their names, else they stay empty."""
    wanted = sorted({one for one in ids if one})
    found: list[Document] = []
    for start in range(0, len(wanted), CHUNK):
        query = select(Document).where(Document.id.in_(wanted[start : start + CHUNK]))
        found += session.execute(query).scalars()
    if people is not None:
        people.load(document.person_id for document in found)
    return {document.id: _shown(document, people) for document in found}


def content(session: Session, people: People, document_id: str) -> bytes:
    """The bytes of a document as kept; raises `PersonErased`, and `LookupError` where there is none."""
    document = session.get(Document, document_id)
    kept = session.get(DocumentContent, document_id)
    if document is None or kept is None:
        raise LookupError(document_id)
    sealer = people.sealer(document.person_id)
    return unseal(sealer.key, content_place(document.person_id, document_id), kept.sealed)


def _shown(document: Document, people: People | None) -> ShownDocument:
    return ShownDocument(
        id=document.id,
        uscc=document.uscc,
        kind=document.kind,
        name=_name(document, people) if people is not None else "",
        media_type=document.media_type,
        size=document.size,
        pages=document.pages,
        handed_in_by=document.handed_in_by,
        handed_in_at=document.handed_in_at,
        counts=document.replaced_by is None and document.removed_at is None,
    )


def _name(document: Document, people: People) -> str:
    try:
        return people.sealer(document.person_id).open("document.name", document.name_sealed)
    except PersonErased:
        return ""
