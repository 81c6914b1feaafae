"""Links into other areas, for whoever may follow them."""

from flask import current_app, url_for

from portal.common.web import actor, declared_roles

CASE = "applications.case"


def case_url(number: str) -> str | None:
    """The address of an application's case; None for a role that may not open it: then no link is shown."""
    view = current_app.view_functions.get(CASE)
    if view is None or actor().role not in (declared_roles(view) or ()):
        return None
    return url_for(CASE, number=number)
