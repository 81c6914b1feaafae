"""Texts and mails on their way out: queued in the transaction that has something to say, sent after it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.types import Base, Moment


class Delivery(Base):
    """One text or mail to one address.

    Not audited: what it tells is an entry already (the message, the code, the link), and its own steps are the
    doing of a machine. Address and words are sealed under the person's key, so erasing a person reaches them.
    """

    __tablename__ = "deliveries"
    __audited__ = False
    __table_args__ = (Index("ix_deliveries_due", "state", "next_try_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    channel: Mapped[str] = mapped_column(String(8))  # sms, email
    kind: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2))
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    sealed: Mapped[str] = mapped_column(Text)  # fields: address and what the words are made of
    once_key: Mapped[str | None] = mapped_column(String(160), unique=True)  # the same is queued only once
    state: Mapped[str] = mapped_column(String(10))  # waiting, sending, sent, failed, unsure
    attempts: Mapped[int] = mapped_column(Integer)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    fence: Mapped[int] = mapped_column(Integer)  # rises with every lease: a sender that lost its lease is refused
    problem: Mapped[str | None] = mapped_column(String(200))
    queued_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
