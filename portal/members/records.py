"""Who acts for which firm."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import SECRET
from portal.common.types import Base, Moment

LIVE = text("state IN ('unconfirmed', 'waiting', 'asked', 'confirmed')")


class Membership(Base):
    """That an account acts for a firm, or says it does until somebody confirms it."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index("uq_memberships_live", "account_id", "uscc", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_memberships_state_claimed_on", "state", "claimed_on"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # M2026-00001, what the desk calls it
    serial: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))  # the registry's, else as typed
    position: Mapped[str] = mapped_column(String(16))  # operator, representative
    # unconfirmed, waiting (staff come first), asked, confirmed, refused, ended (by staff or a colleague), left
    state: Mapped[str] = mapped_column(String(12))
    why_waiting: Mapped[str] = mapped_column(String(80))  # codes of `waiting.WHY_WAITING`
    licence_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    claimed_on: Mapped[date] = mapped_column(Date)
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    due_on: Mapped[date | None] = mapped_column(Date)  # until when staff look at it; none while it is not theirs
    paused_on: Mapped[date | None] = mapped_column(Date)  # the clock stands still since this day
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    confirmed_how: Mapped[str | None] = mapped_column(String(12))  # phone, licence, invitation
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[str | None] = mapped_column(String(40))
    state_changed_at: Mapped[datetime] = mapped_column(Moment)


class MembershipReview(Base):
    """What a reviewer (or, at its end, a colleague) made of a claim; the reason is sealed for the claimant."""

    __tablename__ = "membership_reviews"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(10))  # confirm, refuse, end (of one that was confirmed)
    licence_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    reason_sealed: Mapped[str] = mapped_column(Text)
    reviewed_by: Mapped[str] = mapped_column(String(40))
    reviewed_at: Mapped[datetime] = mapped_column(Moment)


class Invitation(Base):
    """An invitation to act for a firm, by link, once. Only the hash of its token is kept."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(10))  # member, file (the firm was enrolled by file)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))  # who is invited
    sealed: Mapped[str] = mapped_column(Text)  # fields: name, mobile, email
    invited_by: Mapped[str] = mapped_column(String(40))
    invited_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    used_by: Mapped[str | None] = mapped_column(String(40))
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Tie(Base):
    """That one of the staff is tied to a firm and decides nothing about it."""

    __tablename__ = "ties"
    __table_args__ = (Index("ix_ties_account_id_uscc", "account_id", "uscc"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    uscc: Mapped[str] = mapped_column(String(18))
    noted_by: Mapped[str] = mapped_column(String(40))
    noted_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
