"""Texts and mails on their way out: queued in the transaction that has something to say, sent after it.

What is queued is a kind and its parameters; the words are made when it is sent, in the language of whoever gets
it (`KINDS` in `portal/messages/words.py` has every kind). `portal/messages/post_office.py` does the sending.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, Text, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from ulid import ULID

from portal.common import clock
from portal.common.people import Sealer
from portal.common.types import Base, Moment

SMS, EMAIL = "sms", "email"
WAITING, SENDING, SENT, FAILED, UNSURE = "waiting", "sending", "sent", "failed", "unsure"


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


def queue(
    session: Session,
    sealer: Sealer,
    channel: str,
    address: str,
    kind: str,
    parameters: Mapping[str, str],
    language: str,
    once: str | None = None,
) -> None:
    """Put one text or mail on its way, inside a write; it leaves once the write is committed, never before.

    `address` is a mobile for "sms" and an e-mail address for "email"; `sealer` seals it and the parameters under
    the key of whoever it is sent to. A parameter `path` is where in the portal the words lead. With `once` the
    same is queued only the first time, whatever became of it.
    """
    if not session.info.get("locked"):
        raise RuntimeError("a delivery is queued inside a write: use Database.locked()")
    if channel not in (SMS, EMAIL):
        raise ValueError(f"there is no channel {channel!r}")
    if once is not None and session.execute(select(Delivery.id).where(Delivery.once_key == once)).first():
        return
    moment = clock.now()
    session.add(
        Delivery(
            id=str(ULID()),
            channel=channel,
            kind=kind,
            language=language,
            person_id=sealer.person_id,
            sealed=sealer.seal_fields({"address": address, "parameters": json.dumps(dict(parameters))}),
            once_key=once,
            state=WAITING,
            attempts=0,
            next_try_at=moment,
            lease_until=None,
            fence=0,
            problem=None,
            queued_at=moment,
            sent_at=None,
        )
    )
    session.flush()
    session.info["queued"] = True


def queue_again(session: Session, delivery: Delivery) -> None:
    """Put a delivery on its way once more, from the first try on; whoever had its lease has lost it."""
    delivery.state = WAITING
    delivery.attempts = 0
    delivery.fence += 1
    delivery.problem = None
    delivery.lease_until = None
    delivery.next_try_at = clock.now()
    session.info["queued"] = True


@event.listens_for(Session, "after_commit")
def _wake_the_post_office(session: Session) -> None:
    """Tell whoever sends that something is there, as soon as what it tells of stands."""
    posted: Callable[[], None] | None = session.info.get("posted")
    if session.info.pop("queued", False) and posted is not None:
        posted()
