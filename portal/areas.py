"""The areas of the portal, in the order of a policy's life, and the tabs that each role sees of them."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common import clock, roles
from portal.common.instance import Instance
from portal.common.roles import Role
from portal.common.web import actor


@dataclass(frozen=True)
class Tab:
    """One tab of the desk: its words, where it leads, who sees it."""

    label: LazyString
    endpoint: str
    open_to: tuple[Role, ...]


@dataclass(frozen=True)
class ShownTab:
    """A tab as the layout draws it."""

    label: str
    url: str
    active: bool


TABS = (
    Tab(_l("My firms"), "policies.my_home", roles.APPLIES),
    Tab(_l("Review"), "applications.queue", roles.DESK),
    Tab(_l("Overview"), "sponsor.overview", roles.SEES_OVERVIEW),
    Tab(_l("Policies"), "policies.listing", roles.SEES_POLICIES),
    Tab(_l("Rosters"), "sponsor.rosters", roles.SEES_OVERVIEW),
    Tab(_l("Firms"), "firms.search", roles.SEES_FIRMS),
    Tab(_l("Lists and registry"), "reference.sources", roles.SEES_FIRMS),
    Tab(_l("Staff"), "accounts.staff", roles.MANAGES_STAFF),
    Tab(_l("Terms"), "programme.terms", roles.SEES_TERMS),
    Tab(_l("Audit trail"), "programme.audit_trail", roles.SEES_AUDIT),
)


def tabs() -> list[ShownTab]:
    """The tabs of whoever is asking; the one whose area the page belongs to is active."""
    who = actor().role
    here = request.endpoint or ""
    seen = [tab for tab in TABS if who in tab.open_to]
    exact = [tab for tab in seen if tab.endpoint == here]
    below = [tab for tab in seen if request.path.startswith(url_for(tab.endpoint) + "/")]
    area = here.split(".")[0]
    same = [tab for tab in seen if request.path.startswith("/desk/") and tab.endpoint.split(".")[0] == area]
    active = next(iter(exact or below or same), None)
    return [ShownTab(str(tab.label), url_for(tab.endpoint), tab is active) for tab in seen]


def home_of(role: Role) -> str:
    """The first page of a role: the endpoint of the first tab it sees."""
    return next((tab.endpoint for tab in TABS if role in tab.open_to), "public.home")


def register(app: Flask) -> None:
    """Put every area's pages and commands on the app."""
    from portal.accounts import sign_in, staff_pages
    from portal.accounts.names import ROLE_NAMES
    from portal.applications import api, import_pages
    from portal.applications import staff_pages as case_pages
    from portal.applications.actions import decide_waiting
    from portal.cli import add_commands
    from portal.common.preferences import locale_name
    from portal.firms import staff_pages as firms_pages
    from portal.policies import exporter_pages as my_policies_pages
    from portal.policies import staff_pages as policies_pages
    from portal.policies.actions import issue_one
    from portal.programme import calendar_pages as _calendar_pages  # noqa: F401 - its routes stand on the same blueprint
    from portal.programme import pages as programme_pages
    from portal.programme.current import current_scheme
    from portal.public import pages as public_pages
    from portal.reference import staff_pages as reference_pages
    from portal.sponsor import staff_pages as sponsor_pages

    sign_in.register(app)
    for blueprint in (public_pages.public, staff_pages.accounts, programme_pages.programme):
        app.register_blueprint(blueprint)
    # The desk's and the firms' pages of an area stand on one blueprint.
    for blueprint in dict.fromkeys((policies_pages.policies, my_policies_pages.policies, sponsor_pages.sponsor)):
        app.register_blueprint(blueprint)
    for blueprint in dict.fromkeys((import_pages.applications, case_pages.applications)):
        app.register_blueprint(blueprint)
    api.register(app)
    for pages in (reference_pages.reference, firms_pages.firms):
        app.register_blueprint(pages)
    instance: Instance = app.extensions["tongbao"]
    instance.after_import = lambda session, who: decide_waiting(session, instance, who)
    instance.issue_at_once = lambda number: issue_one(instance, number)
    add_commands(app)

    @app.context_processor
    def desk_tabs() -> dict[str, object]:
        terms = current_scheme(clock.today())
        role = ROLE_NAMES[actor().role]
        return {"role_name": role, "nav": tabs(), "city": terms.city if locale_name() == "zh" else terms.city_en}
