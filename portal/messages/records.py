"""Messages in the portal, one for each reader."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Message(Base):
    """What the portal tells one reader: that a state changed, or that it is their turn. Never changed.

    It holds no words and no personal values: the words are made from `kind` and `parameters` in the reader's
    language.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_account_id_id", "account_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60), index=True)  # as in the audit trail: application A2026-00001
    parameters: Mapped[str] = mapped_column(Text)  # JSON: numbers and dates as text
    path: Mapped[str] = mapped_column(String(200))  # where in the portal it leads
    your_turn: Mapped[bool] = mapped_column(Boolean)
    once_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    told_at: Mapped[datetime] = mapped_column(Moment)


class MessageRead(Base):
    """That a message was opened. Not audited: it says when somebody read, and decides nothing."""

    __tablename__ = "messages_read"
    __audited__ = False

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(Moment)
