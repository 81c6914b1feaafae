"""Finding a firm, and all that the portal knows of it. These pages only read."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.applications.sentences import rule_title
from portal.common import clock, roles
from portal.common.codes import normalise_uscc
from portal.common.problems import CellProblem
from portal.common.web import open_to, people, reading
from portal.firms.queries import FirmFile, firm_file, is_known
from portal.firms.search import PER_PAGE, search_firms
from portal.policies.links import case_url
from portal.policies.names import DECIDED_BY, POLICY_STATES, POLICY_TAGS, scheme_title
from portal.reference.names import SOURCE_NAMES
from portal.scheme.names import uscc_key
from portal.scheme.terms import load_terms

firms = Blueprint("firms", __name__)

ENTRY_STATES: dict[str, LazyString] = {
    "in_force": _l("On the list"),
    "ended": _l("Off the list"),
    "closed": _l("Closed by a person"),
    "replaced": _l("Replaced by a newer version"),
    "not_yet": _l("Not yet in force"),
}
ENTRY_KINDS = {"in_force": "fail", "ended": "ended", "closed": "ended", "replaced": "ended", "not_yet": "others"}
REGISTRY_FIELDS: dict[str, LazyString] = {
    "name": _l("Registered name"),
    "place": _l("Place of registration"),
    "status": _l("Status"),
    "company_type": _l("Type"),
    "established": _l("Established"),
    "capital": _l("Registered capital"),
    "address": _l("Address"),
    "business_scope": _l("Business scope"),
}


@firms.get("/desk/firms")
@open_to(*roles.SEES_FIRMS)
def search() -> BaseResponse:
    """Firms by a part of their name or by their code; a whole code leads to its firm at once."""
    text = request.args.get("q", "").strip()
    found = search_firms(reading(), text, request.args.get("page", 1, type=int), clock.today())
    code = uscc_key(text)
    if not found.total and len(code) == 18 and is_known(reading(), code):
        # Known to customs or the lists only: no name to search by.
        return redirect(url_for("firms.firm", uscc=code))
    page = render_template(
        "firms/search.html",
        text=text,
        found=found,
        per_page=PER_PAGE,
        states=STATE_NAMES,
        kinds=STATE_KINDS,
    )
    return make_response(page)


@firms.get("/desk/firms/<uscc>")
@open_to(*roles.SEES_FIRMS)
def firm(uscc: str) -> BaseResponse:
    """Everything known of one firm; a code nothing is known of answers 404 and says what to do."""
    code = uscc_key(uscc)
    found = firm_file(reading(), people(), code, clock.today())
    if found is None:
        return make_response(_unknown(code), 404)
    if code != uscc:
        return redirect(url_for("firms.firm", uscc=code), 301)
    return make_response(_shown(found))


def _shown(found: FirmFile) -> str:
    schemes = {applied.row.scheme for applied in found.applications}
    closers = [entry.row.closed_by for entry in found.listed if entry.row.closed_by]
    known = names_of(reading(), people(), closers)
    return render_template(
        "firms/firm.html",
        firm=found,
        fields=REGISTRY_FIELDS,
        changes=_changes(found),
        source_names=SOURCE_NAMES,
        missing=[SOURCE_NAMES[source] for source in found.missing_sources],
        entry_states=ENTRY_STATES,
        entry_kinds=ENTRY_KINDS,
        closers={one: who_is(one, known) for one in closers},
        states=STATE_NAMES,
        kinds=STATE_KINDS,
        rule_title=rule_title,
        case_url=case_url,
        schemes={key: scheme_title(load_terms(key)) for key in schemes},
        policy_states=POLICY_STATES,
        policy_tags=POLICY_TAGS,
        decided_by=DECIDED_BY,
    )


def _changes(found: FirmFile) -> list[tuple[int, list[str]]]:
    """For each earlier registry record its place in the list, and the fields the next one says differently."""
    earlier = []
    for place, (later, record) in enumerate(zip(found.registered, found.registered[1:], strict=False), start=1):
        differing = [name for name in REGISTRY_FIELDS if getattr(later.row, name) != getattr(record.row, name)]
        if later.representative != record.representative:
            differing.append("representative")
        earlier.append((place, differing))
    return earlier


def _unknown(code: str) -> str:
    try:
        normalise_uscc(code)
        problem = None
    except CellProblem as error:
        problem = error.problem.text()
    return render_template("firms/unknown_firm.html", code=code[:60], problem=problem)
