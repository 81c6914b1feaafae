"""Accounts of people who sign in, and their one-time links."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import SECRET
from portal.common.types import Base, Moment


class Account(Base):
    """Someone who signs in. E-mail and name are sealed under the person's key and found by a keyed index."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    email_index: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    sealed: Mapped[str] = mapped_column(Text)  # fields: email, name
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))  # active, disabled
    password_hash: Mapped[str | None] = mapped_column(String(200), info=SECRET)
    session_version: Mapped[int] = mapped_column(Integer)  # rises when every open session must end
    created_at: Mapped[datetime] = mapped_column(Moment)


class OneTimeLink(Base):
    """A link that sets a password once, before it expires. Only the hash of its token is kept."""

    __tablename__ = "one_time_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class OpenSession(Base):
    """One browser that is signed in, until it signs out or its end is there. Only the hash of its id is kept.

    Not audited: signing in, signing out and whatever else ends a session are audit entries of their own, and
    a row that only says "still open" goes away without a decision of anybody.
    """

    __tablename__ = "sessions"
    __audited__ = False

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    signed_in_at: Mapped[datetime] = mapped_column(Moment)
