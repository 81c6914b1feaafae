"""The sponsor's pages: the overview of a policy year, and giving out rosters."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.names import ROLE_NAMES
from portal.accounts.queries import names_of
from portal.applications.names import STATE_NAMES
from portal.common import audit, clock, roles
from portal.common.formats import mark_differences
from portal.common.problems import WorkbookRefused
from portal.common.roles import Role
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.policies.links import case_url
from portal.policies.names import scheme_title
from portal.policies.queries import open_paths
from portal.programme.current import current_scheme
from portal.scheme.terms import available_terms, load_terms
from portal.sponsor import actions, overview, queries
from portal.sponsor.forms import ReturnedForm, RosterForm
from portal.sponsor.overview import STATES, Chosen
from portal.sponsor.roster_check import CellDifference, Told
from portal.sponsor.roster_words import ROSTER_SHEET

sponsor = Blueprint("sponsor", __name__)

# The command line takes rosters too, but opens no pages.
TAKERS = tuple(role for role in roles.TAKES_ROSTERS if role in roles.STAFF_ROLES)
CHECKERS = tuple(role for role in roles.CHECKS_ROSTERS if role in roles.STAFF_ROLES)
DAYS_PER_PAGE = 31
MOST_SHOWN = 200  # differing cells on the page


@sponsor.get("/desk/overview", endpoint="overview")
@open_to(*roles.SEES_OVERVIEW)
def overview_page() -> str:
    """A policy year of a scheme: applications by state and day drawn, the table under it, figures above."""
    today = clock.today()
    years = queries.years_of_schemes(reading())
    chosen, bad_days = _chosen(years)
    days = _days(chosen)
    shown = chosen.year is not None and bool(days)
    page = max(1, min(request.args.get("page", 1, type=int), -(-len(days) // DAYS_PER_PAGE)))
    on_day = chosen.terms.on(chosen.day)
    return render_template(
        "sponsor/overview.html",
        chosen=chosen,
        bad_days=bad_days,
        title=scheme_title(chosen.terms),
        schemes=[(key, scheme_title(load_terms(key))) for key in reversed(available_terms())],
        year_options=_year_options(years, chosen.policy_year),
        years=[(one, scheme_title(load_terms(one.scheme))) for one in years],
        period=(on_day.period_start, on_day.period_end),
        unsettled=open_paths(reading(), chosen.terms, chosen.day),
        figures=overview.figures_of(reading(), chosen, today),
        case_url=case_url,
        today=today,
        drawn=overview.draw(days, chosen.first, chosen.last) if shown else None,
        groups=overview.group_names(),
        states=STATES,
        state_names=STATE_NAMES,
        day_rows=list(days.items())[(page - 1) * DAYS_PER_PAGE : page * DAYS_PER_PAGE],
        totals={state: sum(day.get(state, 0) for day in days.values()) for state in STATES},
        number=len(days),
        page=page,
        per_page=DAYS_PER_PAGE,
    )


@sponsor.get("/desk/overview/export")
@open_to(*roles.SEES_OVERVIEW)
def overview_export() -> Response:
    """The whole table under the drawing, of the scheme, year and period in the address, as Excel."""
    chosen, _bad_days = _chosen(queries.years_of_schemes(reading()))
    columns = [
        Column(_("Day of application"), "date", 14),
        Column(_("Applications"), "count", 14),
        *[Column(str(STATE_NAMES[state]), "count", 14) for state in STATES],
    ]
    rows = _day_rows(_days(chosen))
    file, number = workbook_file(lambda out: write_table(out, _("By day"), columns, rows))
    audit.note(
        instance().database,
        actor(),
        "sponsor.overview_export",
        f"overview {chosen.terms.key} {chosen.policy_year}",
        audit.DOWNLOADED,
        rows=number,
        first=chosen.first.isoformat(),
        last=chosen.last.isoformat(),
    )
    name = _("applications by day_%(scheme)s_%(year)s.xlsx", scheme=chosen.terms.key, year=chosen.policy_year)
    return send_workbook(file, name)


@sponsor.get("/desk/rosters")
@open_to(*roles.SEES_OVERVIEW)
def rosters() -> BaseResponse:
    """Choose a roster, see what it will hold, and see which were given out."""
    form = RosterForm(_roster_asked(), meta={"csrf": False})
    return _rosters_page(form, form.validate())


@sponsor.post("/desk/rosters/download")
@open_to(*TAKERS)
def download_roster() -> BaseResponse:
    """Give out a roster. Each is a document of its own with its own number: asking twice makes two."""
    form = RosterForm()
    if not form.validate():
        return _rosters_page(form, valid=False)
    scheme, as_of = form.scheme.data, form.as_of.data
    file, _proof = workbook_file(
        lambda out: actions.export_roster(instance(), actor(), scheme, as_of, cast(BinaryIO, out))
    )
    return send_workbook(file, f"{ROSTER_SHEET}_{scheme}_{as_of.isoformat()}.xlsx")


@sponsor.route("/desk/rosters/check", methods=["GET", "POST"])
@open_to(*CHECKERS)
def check_roster() -> BaseResponse:
    """Say whether a roster that came back is unaltered, else cell by cell what differs. The file is not kept."""
    form = ReturnedForm()
    checked = None
    if form.validate_on_submit():
        try:
            checked = actions.check_returned(instance(), actor(), form.file.data.read())
        except WorkbookRefused as refused:
            form.file.errors = [refused.problem.text()]
        except actions.UnknownRoster:
            form.file.errors = [
                _("This portal did not give out a roster with the export number in the file. Choose another file")
            ]
    page = render_template(
        "sponsor/check_roster.html",
        form=form,
        checked=checked,
        file_name=form.file.data.filename if checked else None,
        title=scheme_title(load_terms(checked.export.scheme)) if checked else None,
        who=_given_out_by(checked.export.made_by) if checked else None,
        rows=[_differing(one) for one in checked.differences[:MOST_SHOWN]] if checked else [],
    )
    return make_response(page, 422 if form.errors else 200)


@sponsor.get("/desk/rosters/download")
@open_to(*roles.SEES_OVERVIEW)
def choose_roster() -> BaseResponse:
    """Somebody came back to the download by its address, after signing in again: let them choose anew."""
    flash(_("Choose the roster again, then download it."))
    return redirect(url_for("sponsor.rosters"))


def _rosters_page(form: RosterForm, valid: bool) -> BaseResponse:
    given_out, total, page = queries.rosters_given_out(reading(), request.args.get("page", 1, type=int))
    known = names_of(reading(), people(), {one.made_by for one in given_out})
    preview = None
    if valid:
        preview = queries.roster_preview(reading(), form.scheme.data, form.as_of.data)
    answer = render_template(
        "sponsor/rosters.html",
        form=form,
        preview=preview,
        terms=load_terms(form.scheme.data) if valid else None,
        to_come=valid and form.as_of.data > clock.today(),
        may_take=actor().role in TAKERS,
        may_check=actor().role in CHECKERS,
        given_out=[(one, scheme_title(load_terms(one.scheme)), _taker(one.made_by, known)) for one in given_out],
        total=total,
        page=page,
        per_page=queries.PER_PAGE,
    )
    return make_response(answer, 200 if valid else 422)


def _given_out_by(account_id: str) -> str:
    return _taker(account_id, names_of(reading(), people(), {account_id}))


def _differing(one: CellDifference) -> dict[str, str]:
    """A difference as the table draws it: what of the value that came back differs is marked."""
    values = any(isinstance(side, Told) for side in (one.expected, one.found))
    return {
        "sheet": one.sheet,
        "address": _said(one.address),
        "expected": _said(one.expected),
        "found": _said(one.found) if values else mark_differences(one.expected, one.found),
    }


def _said(text: str) -> str:
    return text.said(_) if isinstance(text, Told) else text


def _taker(account_id: str, known: Mapping[str, str]) -> str:
    return str(ROLE_NAMES[account_id]) if account_id == Role.COMMAND else known.get(account_id, account_id)


def _roster_asked() -> MultiDict[str, str]:
    """The choice in the address; what it leaves open is the present scheme, today."""
    today = clock.today()
    asked = {"scheme": current_scheme(today).key, "as_of": today.isoformat()}
    return MultiDict({name: request.args.get(name, usual) for name, usual in asked.items()})


def _chosen(years: list[queries.YearOfScheme]) -> tuple[Chosen, list[str]]:
    """What the address asks for, and the texts in it that are no day."""
    args = request.args
    scheme = args.get("scheme")
    policy_year = args.get("year", type=int)
    if policy_year is not None and not date.min.year <= policy_year <= date.max.year:
        policy_year = None
    days: dict[str, date | None] = {"from": None, "to": None}
    bad: list[str] = []
    for name in days:
        text = args.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            bad.append(text[:40])
    chosen = overview.choose(
        years,
        clock.today(),
        scheme if scheme in available_terms() else None,
        policy_year,
        days["from"],
        days["to"],
    )
    return chosen, bad


def _days(chosen: Chosen) -> dict[date, dict[str, int]]:
    return queries.states_by_day(reading(), chosen.terms.key, chosen.policy_year, chosen.first, chosen.last)


def _day_rows(days: Mapping[date, Mapping[str, int]]) -> Iterator[list[Value]]:
    for day, states in days.items():
        yield [day, sum(states.values()), *(states.get(state, 0) for state in STATES)]


def _year_options(years: list[queries.YearOfScheme], shown: int) -> list[int]:
    today = clock.today()
    now = current_scheme(today).on(today).policy_year
    return sorted({now, shown, *(one.policy_year for one in years)}, reverse=True)
