"""What the public bodies told us: versions of each source, and the rows that each version added or replaced.

A registry row or list entry is never overwritten: a changed one gets a new row, and the old one names the
version that replaced it. A customs file is complete for the years it contains and replaces those years.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import ADDED
from portal.common.types import Base, Moment

CURRENT = text("replaced_version IS NULL")


class SourceVersion(Base):
    """One import of one source: who, when, which file, and the counts of its rows."""

    __tablename__ = "source_versions"
    __table_args__ = (Index("uq_source_versions_source_number", "source", "number", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(10))  # registry, customs, lists
    number: Mapped[int] = mapped_column(Integer)  # 1, 2, 3 … within the source
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by: Mapped[str] = mapped_column(String(40))
    read: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    absent: Mapped[int] = mapped_column(Integer)  # known before, not in this snapshot
    undone_at: Mapped[datetime | None] = mapped_column(Moment, info=ADDED)  # before any decision used it
    undone_by: Mapped[str | None] = mapped_column(String(40), info=ADDED)


class CustomsYear(Base):
    """A year that a customs version contains; the newest version of a year is the one that counts."""

    __tablename__ = "customs_years"

    version_id: Mapped[int] = mapped_column(ForeignKey("source_versions.id"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class SnapshotRow(Base):
    """A row of a full snapshot: the version that brought it, replaced it, and first came without it."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("source_versions.id"), index=True)
    replaced_version: Mapped[int | None] = mapped_column(ForeignKey("source_versions.id"))
    absent_version: Mapped[int | None] = mapped_column(ForeignKey("source_versions.id"))


class RegistryRow(SnapshotRow):
    """One firm as the company registry has it."""

    __tablename__ = "registry_rows"
    __table_args__ = (
        Index("uq_registry_rows_current", "uscc", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
        Index("ix_registry_rows_name", "name", "uscc", sqlite_where=CURRENT, postgresql_where=CURRENT),
        Index("ix_registry_rows_name_key", "name_key"),
    )

    uscc: Mapped[str] = mapped_column(String(18), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    established: Mapped[str | None] = mapped_column(String(40))
    company_type: Mapped[str | None] = mapped_column(String(100))
    capital: Mapped[str | None] = mapped_column(String(100))
    place: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str | None] = mapped_column(String(100))
    address: Mapped[str | None] = mapped_column(String(500))
    business_scope: Mapped[str | None] = mapped_column(Text)
    representative_id: Mapped[str | None] = mapped_column(ForeignKey("person_keys.id"))
    representative_sealed: Mapped[str | None] = mapped_column(Text)  # fields: name
    content_index: Mapped[str] = mapped_column(String(64))  # keyed: tells a changed row from an unchanged one


class CustomsLine(Base):
    """One accepted line of a customs file: a firm's exports through one district in one year."""

    __tablename__ = "customs_lines"
    __table_args__ = (Index("ix_customs_lines_version_uscc", "version_id", "uscc"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("source_versions.id"))
    row_number: Mapped[int] = mapped_column(Integer)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    year: Mapped[int] = mapped_column(Integer)
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # cents
    currency: Mapped[str] = mapped_column(String(3))


class ListEntryRow(SnapshotRow):
    """One entry of the dishonest or organised-crime lists; a person's name and number are sealed."""

    __tablename__ = "list_entries"
    __table_args__ = (
        Index(
            "uq_list_entries_current",
            "key_index",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    key_index: Mapped[str] = mapped_column(String(64), index=True)
    content_index: Mapped[str] = mapped_column(String(64))
    name: Mapped[str | None] = mapped_column(String(200))  # a firm's; a person's is sealed
    name_key: Mapped[str | None] = mapped_column(String(200), index=True)
    uscc: Mapped[str | None] = mapped_column(String(18), index=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person_keys.id"))
    person_sealed: Mapped[str | None] = mapped_column(Text)  # fields: name, id_number (full or masked)
    person_name_index: Mapped[str | None] = mapped_column(String(64), index=True)
    id_number_index: Mapped[str | None] = mapped_column(String(64), index=True)
    list_type: Mapped[str] = mapped_column(String(60))
    listed_on: Mapped[date] = mapped_column(Date)
    removed_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None] = mapped_column(String(200))
    closed_on: Mapped[date | None] = mapped_column(Date)  # a person closed an entry absent from the lists
    closed_by: Mapped[str | None] = mapped_column(String(40))
    closed_reason_sealed: Mapped[str | None] = mapped_column(Text)


class RejectedSheet(Base):
    """The workbook that repeats the rows a version did not take, sealed with the instance's key."""

    __tablename__ = "rejected_sheets"

    version_id: Mapped[int] = mapped_column(ForeignKey("source_versions.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Upload(Base):
    """A file between preview and confirmation, sealed.

    Not audited row by row: it is scratch, gone when confirmed, dropped or a day old; putting it there is
    an audit entry.
    """

    __tablename__ = "uploads"
    __audited__ = False

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    source: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[str] = mapped_column(String(40))
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
