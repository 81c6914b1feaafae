"""Events that touch many firms at once, and whom the portal warned."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Event(Base):
    """A political event in a country or an obligor's insolvency, entered by staff and confirmed by another."""

    __tablename__ = "events"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # E2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(12))  # political, insolvency
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    obligor_id: Mapped[str | None] = mapped_column(ForeignKey("obligors.id"), index=True)
    happened_on: Mapped[date] = mapped_column(Date)
    measure: Mapped[str] = mapped_column(String(40))  # coded: what kind of measure, the sentence that firms read
    source: Mapped[str] = mapped_column(Text)  # where staff have it from; staff and auditors only
    state: Mapped[str] = mapped_column(String(10))  # entered, confirmed, ended
    entered_by: Mapped[str] = mapped_column(String(40))
    entered_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(String(40))
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Warned(Base):
    """That a firm was warned of an obligor or a country, once for each cause."""

    __tablename__ = "warned"
    __table_args__ = (Index("uq_warned_cause", "cause_kind", "cause_id", "uscc", "obligor_id", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    cause_kind: Mapped[str] = mapped_column(String(8))  # event, concern
    cause_id: Mapped[str] = mapped_column(String(26))
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    obligor_id: Mapped[str] = mapped_column(ForeignKey("obligors.id"))
    warned_at: Mapped[datetime] = mapped_column(Moment)
    notice_id: Mapped[str | None] = mapped_column(String(26))  # the notice that the firm filed from it
