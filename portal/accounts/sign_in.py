"""Who is signed in: the session cookie names an account and its version, looked up on every page."""

from dataclasses import dataclass

from flask import Flask, session
from flask_login import LoginManager, login_user, logout_user

from portal.accounts.actions import ACTIVE
from portal.accounts.records import Account
from portal.common.roles import Actor, Role
from portal.common.web import people, reading


@dataclass(frozen=True)
class SignedIn:
    """The person of this session, as the login manager and the layout need them."""

    account_id: str
    role: Role
    display_name: str
    email: str
    session_version: int
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def actor(self) -> Actor:
        """Whom actions and the audit trail name."""
        return Actor(self.account_id, self.role)

    def get_id(self) -> str:
        """What the session keeps: the account, and the version that must still be its own."""
        return f"{self.account_id}.{self.session_version}"


def register(app: Flask) -> None:
    """Put the login manager on the app."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(_load)
    manager.init_app(app)


def begin_session(account: Account) -> None:
    """Sign this browser in. The session starts empty, so nothing put there before can be carried over."""
    session.clear()
    session.permanent = True  # ends after 12 hours without a page, not with the browser window
    login_user(_of(account))


def end_session() -> None:
    """Sign this browser out and keep nothing of the session."""
    logout_user()
    session.clear()


def has_ended() -> bool:
    """Whether this browser holds a session that no longer counts; it is told so once."""
    return session.pop("_user_id", None) is not None


def _load(user_id: str) -> SignedIn | None:
    account_id, _dot, version = user_id.partition(".")
    account = reading().get(Account, account_id)
    if account is None or account.state != ACTIVE or str(account.session_version) != version:
        return None
    return _of(account)


def _of(account: Account) -> SignedIn:
    fields = people().read(account.person_id, account.sealed)
    email = fields.get("email", "")
    return SignedIn(
        account_id=account.id,
        role=Role(account.role),
        display_name=fields.get("name") or email,
        email=email,
        session_version=account.session_version,
    )
