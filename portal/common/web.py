"""What pages share: the instance, one read session per request, who is asking, and which roles a route is for."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, g, request
from flask_login import current_user
from sqlalchemy.orm import Session

from portal.common.config import LOCAL_URL
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import ANONYMOUS, Actor, NotAllowed, Role

View = TypeVar("View", bound=Callable[..., Any])
ROLES_ATTRIBUTE = "open_to_roles"


def open_to(*roles: Role) -> Callable[[View], View]:
    """Declare the roles a route is for. Every route does, or says `open_to_all`; a test looks."""

    def declare(view: View) -> View:
        setattr(view, ROLES_ATTRIBUTE, frozenset(roles))
        return view

    return declare


def open_to_all(view: View) -> View:
    """Declare a route public: no sign-in needed."""
    setattr(view, ROLES_ATTRIBUTE, frozenset({Role.ANONYMOUS}))
    return view


def declared_roles(view: Callable[..., Any]) -> frozenset[Role] | None:
    """The roles that a route declared, or None if it declared nothing."""
    return cast("frozenset[Role] | None", getattr(view, ROLES_ATTRIBUTE, None))


def instance() -> Instance:
    """The instance this app serves."""
    return cast(Instance, current_app.extensions["tongbao"])


def whole_address(path: str) -> str:
    """A path of the portal with its beginning: what the operator set, else where this request came to."""
    set_url = instance().settings.portal_url
    return (request.url_root.rstrip("/") if set_url == LOCAL_URL else set_url) + path


def reading() -> Session:
    """The request's read session: one consistent state for the whole page, closed when the request ends."""
    if "reading" not in g:
        g.reading = instance().database.reading()
    return cast(Session, g.reading)


def people() -> People:
    """The people of the request's read session, for opening sealed values."""
    if "people" not in g:
        g.people = People(reading(), instance().keys)
    return cast(People, g.people)


def actor() -> Actor:
    """Who is asking: the signed-in account in its role, or anonymous."""
    if current_user.is_authenticated:
        return cast(Actor, current_user.actor)
    return ANONYMOUS


def close_reading(_error: BaseException | None = None) -> None:
    """End the request's read session (teardown)."""
    session = g.pop("reading", None)
    g.pop("people", None)
    if session is not None:
        session.close()


def check_route(view: Callable[..., Any], endpoint: str) -> bool:
    """Whether the asking person may use this route; False means: sign in first.

    Raises `NotAllowed` for someone signed in whose role the route is not for, and `RuntimeError` for a route
    that declares no roles at all, so that forgetting is noticed at once and fails closed.
    """
    roles = declared_roles(view)
    if roles is None:
        raise RuntimeError(f"the route {endpoint} declares no roles: use @open_to(...) or @open_to_all")
    if Role.ANONYMOUS in roles:
        return True
    who = actor()
    if who.role is Role.ANONYMOUS:
        return False
    if who.role not in roles:
        raise NotAllowed(who, f"open {endpoint}")
    return True
