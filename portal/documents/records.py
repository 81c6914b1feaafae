"""Documents that firms hand in: licences and evidence."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Document(Base):
    """One file as it was handed in. A replaced or removed one stays, for whoever decided on it.

    Its name and content are sealed under the key of the person who handed it in.
    """

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # licence, evidence
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    name_sealed: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(40))  # application/pdf, image/jpeg, image/png
    size: Mapped[int] = mapped_column(Integer)  # bytes as kept
    pages: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))  # of the bytes as handed in
    handed_in_by: Mapped[str] = mapped_column(String(40), index=True)
    handed_in_at: Mapped[datetime] = mapped_column(Moment)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class DocumentContent(Base):
    """The sealed bytes of a document, apart from it so that lists of documents stay light."""

    __tablename__ = "document_contents"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
