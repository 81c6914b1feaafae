"""Open sessions: one row for each browser that is signed in, without which its cookie is worth nothing."""

import secrets
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.records import Account, OpenSession
from portal.common import clock

LASTS = timedelta(hours=12)  # from signing in, however busy the session is: a working day


def open_session(session: Session, account_id: str) -> str:
    """Open a session for this account, inside the write that signs it in; gives the id for the cookie.

    Sweeps out, of all accounts, the sessions whose end has passed.
    """
    session.execute(delete(OpenSession).where(OpenSession.signed_in_at <= clock.now() - LASTS))
    token = secrets.token_urlsafe(32)
    session.add(OpenSession(token_hash=_hash(token), account_id=account_id, signed_in_at=clock.now()))
    return token


def account_of_session(session: Session, account_id: str, token: str) -> Account | None:
    """The account of a session that is open and not past its end, in one query by primary keys."""
    query = (
        select(Account)
        .join(OpenSession, OpenSession.account_id == Account.id)
        .where(
            OpenSession.token_hash == _hash(token),
            OpenSession.signed_in_at > clock.now() - LASTS,
            Account.id == account_id,
        )
    )
    return session.execute(query).scalar_one_or_none()


def close_session(session: Session, token: str) -> None:
    """End one session: whoever holds a copy of its cookie is signed out too."""
    session.execute(delete(OpenSession).where(OpenSession.token_hash == _hash(token)))


def close_sessions(session: Session, account_id: str) -> None:
    """End every session of an account."""
    session.execute(delete(OpenSession).where(OpenSession.account_id == account_id))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
