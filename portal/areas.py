"""The areas of the portal, in the order of a policy's life, and the tabs that each role sees of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from flask import Blueprint, Flask, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.common import clock, interface, roles
from portal.common.instance import Instance
from portal.common.roles import Role
from portal.common.web import actor


@dataclass(frozen=True)
class Tab:
    """One tab of the desk: its words, where it leads, who sees it."""

    label: LazyString
    endpoint: str
    open_to: tuple[Role, ...]
    also: tuple[str, ...] = ()  # areas whose pages of the desk belong to it too
    paths: tuple[str, ...] = ()  # and addresses that begin so


@dataclass(frozen=True)
class ShownTab:
    """A tab as the layout draws it."""

    label: str
    url: str
    active: bool
    daily: bool  # stands on the header's line; the others under "More"


TABS = (
    Tab(_l("My firms"), "policies.my_home", roles.APPLIES),
    Tab(_l("Messages"), "messages.inbox", roles.APPLIES),
    Tab(_l("Review"), "desk.queue", roles.DESK, ("applications", "members", "appeals")),
    Tab(_l("Losses"), "desk.notices", roles.SEES_CLAIMS),
    Tab(_l("Claims"), "desk.claims", roles.SEES_CLAIMS, paths=("/desk/consents", "/desk/excesses")),
    Tab(
        _l("Buyers"),
        "desk.obligors",
        roles.SEES_CLAIMS,
        paths=("/desk/lookalikes/", "/desk/merges/", "/desk/exclusions"),
    ),
    Tab(_l("Payments"), "payments.listing", roles.SEES_CLAIMS, ("ledger",)),
    Tab(_l("Recoveries"), "recoveries.listing", roles.SEES_CLAIMS),
    Tab(_l("Warnings"), "warnings.events", roles.SEES_CLAIMS),
    Tab(_l("Overview"), "sponsor.overview", roles.SEES_OVERVIEW),
    Tab(_l("Overview of claims"), "sponsor.claims_overview", roles.SEES_CLAIMS_OVERVIEW),
    Tab(_l("Policies"), "policies.listing", roles.SEES_POLICIES),
    Tab(_l("Rosters"), "sponsor.rosters", roles.SEES_OVERVIEW),
    Tab(_l("Firms"), "firms.search", roles.SEES_FIRMS),
    Tab(_l("Lists and registry"), "reference.sources", roles.SEES_FIRMS),
    Tab(_l("Staff"), "accounts.staff", roles.MANAGES_STAFF),
    Tab(_l("Exporters"), "accounts.exporter_list", roles.SEES_ACCOUNTS),
    Tab(_l("Texts and mails"), "messages.deliveries", roles.MINDS_THE_POST),
    Tab(_l("Terms"), "programme.terms", roles.SEES_TERMS),
    Tab(_l("Audit trail"), "programme.audit_trail", roles.SEES_AUDIT),
)

_OF_CLAIMS = (
    "desk.claims",
    "desk.notices",
    "desk.obligors",
    "payments.listing",
    "recoveries.listing",
    "warnings.events",
    "sponsor.claims_overview",
)
DAILY: Mapping[Role, tuple[str, ...]] = {
    Role.CLAIMS_OFFICER: _OF_CLAIMS,
    Role.APPROVER: _OF_CLAIMS,
    Role.UNDERWRITER: (
        "policies.listing",
        "sponsor.rosters",
        "desk.claims",
        "payments.listing",
        "recoveries.listing",
        "sponsor.overview",
        "sponsor.claims_overview",
    ),
    Role.AUDITOR: (
        "programme.audit_trail",
        "desk.queue",
        "desk.claims",
        "payments.listing",
        "recoveries.listing",
        "policies.listing",
        "sponsor.overview",
    ),
}
"""The tabs that a role with many of them works with every day, in that order; the others stand under "More"."""

FOOTER_LINKS = (
    (_l("Terms and their basis"), "public.terms_of_use"),
    (_l("Protection of personal data"), "public.privacy"),
    (_l("Accessibility"), "public.accessibility"),
)
"""What stands below every page but the desk's."""


def tabs() -> list[ShownTab]:
    """The tabs of whoever is asking; the one whose area the page belongs to is active."""
    who = actor().role
    here = request.endpoint or ""
    seen = seen_by(who)
    exact = [tab for tab in seen if tab.endpoint == here]
    below = [tab for tab in seen if request.path.startswith((url_for(tab.endpoint) + "/", *tab.paths))]
    area = here.split(".")[0]
    at_desk = [tab for tab in seen if request.path.startswith("/desk/")]
    same = [tab for tab in at_desk if area in (tab.endpoint.split(".")[0], *tab.also)]
    active = next(iter(exact or below or same), None)
    daily = DAILY.get(who, tuple(tab.endpoint for tab in seen))
    return [
        ShownTab(str(tab.label), url_for(tab.endpoint), tab is active, tab is active or tab.endpoint in daily)
        for tab in seen
    ]


def seen_by(role: Role) -> list[Tab]:
    """The tabs of a role: those of every day first, in their own order."""
    daily = DAILY.get(role, ())
    seen = [tab for tab in TABS if role in tab.open_to]
    return sorted(seen, key=lambda tab: daily.index(tab.endpoint) if tab.endpoint in daily else len(daily))


def home_of(role: Role) -> str:
    """The first page of a role: the endpoint of the first tab it sees."""
    return next((tab.endpoint for tab in seen_by(role)), "public.home")


# Every module of pages, in the order of a policy's life. Several may stand on one blueprint.
PAGES = (
    "portal.public.pages",
    "portal.public.reading_pages",
    "portal.public.check_pages",
    "portal.accounts.sign_in_pages",
    "portal.accounts.link_pages",
    "portal.accounts.me_pages",
    "portal.accounts.staff_pages",
    "portal.programme.pages",
    "portal.programme.calendar_pages",
    "portal.programme.account_pages",
    "portal.messages.exporter_pages",
    "portal.messages.staff_pages",
    "portal.reference.staff_pages",
    "portal.reference.undo_pages",
    "portal.reference.compare_pages",
    "portal.members.document_pages",
    "portal.members.exporter_pages",
    "portal.applications.import_pages",
    "portal.applications.exporter_pages",
    "portal.applications.exporter_case_pages",
    "portal.applications.firm_pages",
    "portal.appeals.exporter_pages",
    "portal.desk.queue_pages",
    "portal.desk.case_pages",
    "portal.desk.together_pages",
    "portal.desk.membership_pages",
    "portal.desk.ending_pages",
    "portal.desk.account_pages",
    "portal.desk.tie_pages",
    "portal.desk.screening_pages",
    "portal.policies.staff_pages",
    "portal.policies.exporter_pages",
    "portal.policies.certificate_pages",
    "portal.policies.reversal_pages",
    "portal.claims.buyer_pages",
    "portal.claims.notice_pages",
    "portal.claims.my_notice_pages",
    "portal.claims.my_claim_pages",
    "portal.claims.claim_papers_pages",
    "portal.claims.claim_answer_pages",
    "portal.claims.claim_money_pages",
    "portal.claims.consent_pages",
    "portal.claims.dispute_pages",
    "portal.ledger.staff_pages",
    "portal.payments.staff_pages",
    "portal.recoveries.exporter_pages",
    "portal.recoveries.staff_pages",
    "portal.recoveries.money_pages",
    "portal.recoveries.excess_pages",
    "portal.warnings.staff_pages",
    "portal.warnings.exporter_pages",
    "portal.sponsor.staff_pages",
    "portal.sponsor.claims_overview_pages",
    "portal.firms.staff_pages",
    "portal.desk.appeal_pages",
    "portal.desk.notice_pages",
    "portal.desk.obligor_pages",
    "portal.desk.merge_pages",
    "portal.desk.exclusion_pages",
    "portal.desk.claim_queue_pages",
    "portal.desk.consent_list_pages",
    "portal.desk.claim_pages",
    "portal.desk.dispute_pages",
    "portal.desk.consent_pages",
    "portal.desk.approval_pages",
    "portal.desk.assessment_pages",
)


def register(app: Flask) -> None:
    """Put every area's pages and commands on the app."""
    from portal.accounts import sign_in
    from portal.accounts.names import ROLE_NAMES
    from portal.appeals.queries import open_appeal_number
    from portal.applications.affected import decisions_on
    from portal.applications.api import api as checks
    from portal.applications.confirming import applied_by_another
    from portal.applications.screening import follow_import
    from portal.claims import barring
    from portal.claims.api import api as estimates
    from portal.claims.turns import turns_of
    from portal.cli import add_commands
    from portal.common.preferences import locale_name
    from portal.desk.work import work_of
    from portal.messages.sender import Sender
    from portal.policies.actions import issue_one
    from portal.programme.current import current_scheme
    from portal.warnings import actions as warnings

    sign_in.register(app)
    modules = [import_module(name) for name in PAGES]  # all of them first: routes come before registering
    found = [thing for module in modules for thing in vars(module).values() if isinstance(thing, Blueprint)]
    for blueprint in dict.fromkeys(found):
        app.register_blueprint(blueprint)
    interface.register(app, (checks, estimates))
    instance: Instance = app.extensions["tongbao"]
    instance.after_import = lambda session, who, version: follow_import(session, instance, who, version)
    instance.applied_by_another = applied_by_another
    instance.decisions_on = decisions_on
    instance.open_appeal = open_appeal_number
    instance.claims_of = turns_of
    instance.after_exclusions = lambda session, who: barring.follow_exclusions(session, instance, who)
    instance.issue_at_once = lambda number: issue_one(instance, number)
    instance.event_offer = warnings.offer
    instance.after_notice = warnings.follow_notice
    instance.after_buyer = lambda session, uscc, obligor: warnings.follow_buyer(session, instance, uscc, obligor)
    instance.warnings_of = warnings.told_of_buyers
    instance.work_of = work_of
    sender = Sender(app, instance)
    instance.wake_post_office = sender.wake
    app.before_request(sender.begin)
    add_commands(app)

    @app.context_processor
    def desk_tabs() -> dict[str, object]:
        terms = current_scheme(clock.today())
        role = ROLE_NAMES[actor().role]
        return {
            "role_name": role,
            "notes_ties": actor().role in roles.NOTES_TIES,
            "nav": tabs(),
            "city": terms.city if locale_name() == "zh" else terms.city_en,
            "footer_links": [{"label": str(label), "url": url_for(endpoint)} for label, endpoint in FOOTER_LINKS],
        }
