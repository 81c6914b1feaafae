"""Payment of indemnities: batches for the paying bank, and what the bank says became of each line."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment

OPEN = text("state IN ('ordered', 'paid')")


class Batch(Base):
    """One order to the paying bank: a workbook made once, its bytes told by their hash."""

    __tablename__ = "payment_batches"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # P2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    lines: Mapped[int] = mapped_column(Integer)
    total_minor: Mapped[int] = mapped_column(BigInteger)  # cents
    content_sha256: Mapped[str] = mapped_column(String(64))  # of the lines in canonical form
    state: Mapped[str] = mapped_column(String(10))  # made, released, done, dropped
    made_by: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime] = mapped_column(Moment)
    released_by: Mapped[str | None] = mapped_column(String(40))  # another person than the maker
    released_at: Mapped[datetime | None] = mapped_column(Moment)


class PaymentLine(Base):
    """One indemnity to one payee in one batch, with the account as it stood then."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        Index("uq_payment_lines_open", "entry_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("uq_payment_lines_reference", "reference", unique=True),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("payment_batches.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    reference: Mapped[str] = mapped_column(String(30))  # what the bank repeats: batch and position
    entry_id: Mapped[str] = mapped_column(ForeignKey("ledger_entries.id"))  # the approval that is paid
    claim_id: Mapped[str] = mapped_column(ForeignKey("claims.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # cents
    currency: Mapped[str] = mapped_column(String(3))
    payee_id: Mapped[str] = mapped_column(ForeignKey("payees.id"))
    state: Mapped[str] = mapped_column(String(10))  # ordered, paid, failed, dropped
    paid_on: Mapped[date | None] = mapped_column(Date)
    bank_reference: Mapped[str | None] = mapped_column(String(60))
    difference: Mapped[str | None] = mapped_column(String(40))  # code, when the bank's line differs
    told_minor: Mapped[int | None] = mapped_column(BigInteger)  # what the bank says it paid, when that differs
    resolved_by: Mapped[str | None] = mapped_column(String(40))
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(Text)


class BankResult(Base):
    """A file of results from the paying bank; the same file twice changes nothing."""

    __tablename__ = "bank_results"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("payment_batches.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    read: Mapped[int] = mapped_column(Integer)
    matched: Mapped[int] = mapped_column(Integer)
    differing: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    report: Mapped[str] = mapped_column(Text)  # JSON: row, reference, code
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the file, under the instance's key
    imported_by: Mapped[str] = mapped_column(String(40))
    imported_at: Mapped[datetime] = mapped_column(Moment)
