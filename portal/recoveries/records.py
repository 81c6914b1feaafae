"""Money got back from an obligor after the indemnity was approved, and how it is shared."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Recovery(Base):
    """One sum received from an obligor, in its own currency, with the costs that come off first."""

    __tablename__ = "recoveries"
    __table_args__ = (Index("uq_recoveries_money", "money_index", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # R2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id"), index=True)
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"), index=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    received_on: Mapped[date] = mapped_column(Date)
    received_by: Mapped[str] = mapped_column(String(12))  # firm, underwriter
    reference: Mapped[str] = mapped_column(String(80))  # of the bank's advice: the same money counts once
    money_index: Mapped[str] = mapped_column(String(80))  # reference, cleared when reversed
    amount_minor: Mapped[int] = mapped_column(BigInteger)  # in `currency`
    costs_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    rate: Mapped[str | None] = mapped_column(String(30))  # decimal text: the scheme's currency for one unit
    rate_on: Mapped[date | None] = mapped_column(Date)
    shipment_id: Mapped[str | None] = mapped_column(ForeignKey("shipments.id"))  # named by the remittance
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    worksheet: Mapped[str] = mapped_column(Text)  # canonical JSON, as computed when it was recorded
    state: Mapped[str] = mapped_column(String(10))  # told (by the firm), recorded, reversed
    told_by: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[str | None] = mapped_column(String(40))
    recorded_at: Mapped[datetime | None] = mapped_column(Moment)
    reversed_by: Mapped[str | None] = mapped_column(String(40))
    reversed_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(Text)


class Share(Base):
    """A recovery's part for one claim, in the scheme's currency; shares and costs add up to the recovery."""

    __tablename__ = "recovery_shares"
    __table_args__ = (Index("uq_recovery_shares_claim", "recovery_id", "claim_id", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    recovery_id: Mapped[str] = mapped_column(ForeignKey("recoveries.id"))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claims.id"), index=True)  # None: the uninsured part
    allocated_minor: Mapped[int] = mapped_column(BigInteger)  # cents of the recovery that fall on this claim
    costs_minor: Mapped[int] = mapped_column(BigInteger)
    shortfall_before_minor: Mapped[int] = mapped_column(BigInteger)  # costs carried from earlier recoveries
    shortfall_after_minor: Mapped[int] = mapped_column(BigInteger)
    underwriter_minor: Mapped[int] = mapped_column(BigInteger)
    firm_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    due_on: Mapped[date | None] = mapped_column(Date)  # until when it changes hands; of a reversed recovery, back
    remitted_on: Mapped[date | None] = mapped_column(Date)
    remittance_reference: Mapped[str | None] = mapped_column(String(80))
    remitted_by: Mapped[str | None] = mapped_column(String(40))  # who recorded it
