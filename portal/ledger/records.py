"""The ledger of indemnities and recoveries: entries that balance, and are never changed."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Entry(Base):
    """One movement of money or of a duty to pay. A wrong one is reversed by another; none is ever edited.

    `once` names what it stands for, so that nothing is entered twice.
    """

    __tablename__ = "ledger_entries"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    # approval, reversal, claw_back, waiver, waiver_lapsed, payment, payment_failed, set_off, repayment,
    # recovery, recovery_reversal, remittance, pay_out
    kind: Mapped[str] = mapped_column(String(20), index=True)
    once: Mapped[str] = mapped_column(String(80), unique=True)
    on: Mapped[date] = mapped_column("entered_on", Date, index=True)
    reverses: Mapped[str | None] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    subject: Mapped[str] = mapped_column(String(60))  # claim C2026-00001, recovery R2026-00001
    reason: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[str] = mapped_column(String(40))
    approved_by: Mapped[str | None] = mapped_column(String(40))  # the second person, where one is needed
    entered_at: Mapped[datetime] = mapped_column(Moment)


class Line(Base):
    """One side of an entry: so much on one account. The lines of an entry add up to zero in each currency."""

    __tablename__ = "ledger_lines"
    __table_args__ = (
        Index("ix_ledger_lines_policy_obligor", "policy_id", "obligor_id", "account"),
        Index("ix_ledger_lines_claim_account", "claim_id", "account"),
    )

    entry_id: Mapped[str] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # indemnity, payable, bank, owed_by_firm, recovered, firm_share, costs, with_firm, kept_by_firm,
    # over_cap, waived
    account: Mapped[str] = mapped_column(String(20), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # cents; debit positive, credit negative
    currency: Mapped[str] = mapped_column(String(3))
    policy_id: Mapped[str] = mapped_column(ForeignKey("policies.id"))
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"))  # as on the day, before any merge
    claim_id: Mapped[str] = mapped_column(String(26))


class RateVersion(Base):
    """One import of exchange rates; a changed rate of a day and currency replaces the one that stood."""

    __tablename__ = "rate_versions"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by: Mapped[str] = mapped_column(String(40))
    read: Mapped[int] = mapped_column(Integer)
    added: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    unchanged: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)


class ExchangeRate(Base):
    """What one unit of a currency is worth in another on a day, exactly as the file has it."""

    __tablename__ = "exchange_rates"
    __table_args__ = (Index("ix_exchange_rates_pair_day", "currency", "into", "day"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(ForeignKey("rate_versions.id"))
    replaced_version: Mapped[int | None] = mapped_column(ForeignKey("rate_versions.id"))
    currency: Mapped[str] = mapped_column(String(3))
    into: Mapped[str] = mapped_column(String(3))
    day: Mapped[date] = mapped_column(Date)
    rate: Mapped[str] = mapped_column(String(30))  # decimal text, above zero
    source: Mapped[str | None] = mapped_column(String(200))
