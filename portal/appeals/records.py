"""Appeals: a firm says that a fact of its decision is wrong, and shows why."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment

OPEN = text("state IN ('open', 'asked', 'proposed')")


class Appeal(Base):
    """One appeal against one decision; at most one is open for an application."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index("uq_appeals_open", "application_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_appeals_state_filed_on", "state", "filed_on"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # B2026-00001
    serial: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"), index=True)
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id"))
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    codes: Mapped[str] = mapped_column(String(400))  # the rules whose fact is said to be wrong
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # the account's person
    words_sealed: Mapped[str] = mapped_column(Text)  # what the firm writes
    documents: Mapped[str] = mapped_column(String(400))  # ids of the evidence handed in
    state: Mapped[str] = mapped_column(String(10))  # open, asked, proposed, upheld, declined, withdrawn
    filed_by: Mapped[str] = mapped_column(String(40))
    filed_on: Mapped[date] = mapped_column(Date)
    filed_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date] = mapped_column(Date)
    paused_on: Mapped[date | None] = mapped_column(Date)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    decline_code: Mapped[str | None] = mapped_column(String(40))  # the coded sentence that the firm reads
    reason_sealed: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    state_changed_at: Mapped[datetime] = mapped_column(Moment)
