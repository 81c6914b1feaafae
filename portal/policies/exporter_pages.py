"""What a firm reads and does about its policies: its own first page, the policy, acknowledging, withdrawing."""

from flask import current_app, render_template, url_for

from portal.common import roles
from portal.common.web import actor, open_to, reading
from portal.members.queries import memberships_of
from portal.policies.blueprint import policies

BIND = "members.bind"


@policies.get("/my")
@open_to(*roles.APPLIES)
def my_home() -> str:
    """Every firm of this account: whose turn it is, what comes next, and its policy."""
    firms = memberships_of(reading(), actor().id)
    bind_url = url_for(BIND) if BIND in current_app.view_functions else None
    return render_template("policies/my_home.html", firms=firms, bind_url=bind_url)
