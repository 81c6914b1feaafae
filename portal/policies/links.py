"""Links into other areas, for whoever may follow them."""

from typing import Any

from flask import current_app, url_for

from portal.common.web import actor, declared_roles

CASE = "applications.case"


def case_url(number: str) -> str | None:
    """The address of an application's case; None for a role that may not open it: then no link is shown."""
    view = current_app.view_functions.get(CASE)
    if view is None or actor().role not in (declared_roles(view) or ()):
        return None
    return url_for(CASE, number=number)


def address(endpoint: str, **values: Any) -> str | None:
    """The address of a page of another area, or None where this portal has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
