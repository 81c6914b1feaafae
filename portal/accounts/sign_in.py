"""Who is signed in: the cookie names an account, its version and an open session, looked up on every page."""

from dataclasses import dataclass

from flask import Flask, request, session
from flask_login import LoginManager, login_user, logout_user

from portal.accounts.actions import ACTIVE
from portal.accounts.codes import masked_mobile
from portal.accounts.devices import COOKIE, device_of
from portal.accounts.records import Account
from portal.accounts.sessions import account_of_session
from portal.accounts.signing import Admitted
from portal.common.keys import Keys
from portal.common.roles import Actor, Role
from portal.common.web import people, reading


@dataclass(frozen=True)
class SignedIn:
    """The person of this session, as the login manager and the layout need them."""

    account_id: str
    role: Role
    display_name: str
    name: str
    email: str
    mobile: str
    language: str
    session_version: int
    session_token: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def actor(self) -> Actor:
        """Whom actions and the audit trail name."""
        return Actor(self.account_id, self.role)

    def get_id(self) -> str:
        """What the cookie keeps: the account, the version that must still be its own, the open session."""
        return f"{self.account_id}.{self.session_version}.{self.session_token}"


def register(app: Flask) -> None:
    """Put the login manager on the app."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.user_loader(_load)
    manager.init_app(app)


def begin_session(admitted: Admitted) -> None:
    """Sign this browser in. The session starts empty, so nothing put there before can be carried over."""
    session.clear()
    session.permanent = True  # ends 12 hours after signing in at the latest, not with the browser window
    login_user(_of(admitted.account, admitted.session_token))


def end_session() -> None:
    """Sign this browser out and keep nothing of the session."""
    logout_user()
    session.clear()


def has_ended() -> bool:
    """Whether this browser holds a session that no longer counts; it is told so once."""
    return session.pop("_user_id", None) is not None


def ended_account(keys: Keys) -> str | None:
    """Whose session this browser had, although it no longer counts: by its cookie, else as a known device.

    Good for keeping something for that account, never for letting anybody in. Both cookies stay at home when
    another site sends a form.
    """
    user_id = session.get("_user_id")
    if user_id is not None:
        return str(user_id).partition(".")[0]
    device = device_of(keys, request.cookies.get(COOKIE))
    return device.account_id if device is not None else None


def _load(user_id: str) -> SignedIn | None:
    account_id, _dot, rest = user_id.partition(".")
    version, _dot, token = rest.partition(".")
    account = account_of_session(reading(), account_id, token)
    if account is None or account.state != ACTIVE or str(account.session_version) != version:
        return None
    return _of(account, token)


def _of(account: Account, session_token: str) -> SignedIn:
    fields = people().read(account.person_id, account.sealed)
    email, mobile = fields.get("email", ""), fields.get("mobile", "")
    return SignedIn(
        account_id=account.id,
        role=Role(account.role),
        display_name=fields.get("name") or email or masked_mobile(mobile),
        name=fields.get("name", ""),
        email=email,
        mobile=mobile,
        language=account.language or "zh",
        session_version=account.session_version,
        session_token=session_token,
    )
