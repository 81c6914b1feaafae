"""Accounts of people who sign in, and their one-time links."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.common.audit import ADDED, SECRET
from portal.common.types import Base, Moment


class Account(Base):
    """Someone who signs in: staff by e-mail and password, exporters that way or by a code to their mobile.

    E-mail, mobile and name are sealed under the person's key; the first two are found by keyed indexes. The
    e-mail index of an account without an e-mail is made of its own id, which is nobody's address.
    """

    __tablename__ = "accounts"
    __table_args__ = (Index("uq_accounts_mobile_index", "mobile_index", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person_keys.id"))
    email_index: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    sealed: Mapped[str] = mapped_column(Text)  # fields: email, mobile, name
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))  # active, disabled
    password_hash: Mapped[str | None] = mapped_column(String(200), info=SECRET)
    session_version: Mapped[int] = mapped_column(Integer)  # rises when every open session must end
    created_at: Mapped[datetime] = mapped_column(Moment)
    mobile_index: Mapped[str | None] = mapped_column(String(64), info=SECRET | ADDED)
    language: Mapped[str | None] = mapped_column(String(2), info=ADDED)  # zh, en: of messages; none: Chinese


class OneTimeLink(Base):
    """A link that sets a password once, before it expires. Only the hash of its token is kept."""

    __tablename__ = "one_time_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SignUpLink(Base):
    """A link to an e-mail address that has no account yet: opening it and setting a password makes the account.

    Not audited: anybody can ask for one, and nothing is theirs until it is used, which is an entry of its own.
    """

    __tablename__ = "sign_up_links"
    __audited__ = False

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    address_index: Mapped[str] = mapped_column(String(64), index=True)
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # with the instance's key
    expires_at: Mapped[datetime] = mapped_column(Moment)


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


class Code(Base):
    """A code of six digits that was sent to a mobile, and proves once that its holder is who asks.

    Not audited row by row: each wrong try would be an entry. Asking for one and entering the right one are
    entries of their own.
    """

    __tablename__ = "codes"
    __audited__ = False
    __table_args__ = (Index("ix_codes_purpose_address", "purpose", "address_index"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))  # sign_in, add_mobile, confirm_firm
    address_index: Mapped[str] = mapped_column(String(64))  # keyed, of the mobile it went to
    subject: Mapped[str] = mapped_column(String(60))  # whom or what it is for: an account, a membership, ""
    code_hash: Mapped[str] = mapped_column(String(64))  # keyed
    tries: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
