"""The overview of claims for staff and sponsors: counts and sums of a policy year, never of one firm or claim."""

from flask import Response, abort, render_template, request
from flask_babel import gettext as _

from portal.claims.held import unsettled_note
from portal.common import audit, clock, roles
from portal.common.table_sheet import send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, reading
from portal.obligors.identifiers import country_name
from portal.policies.names import scheme_title
from portal.policies.queries import open_paths
from portal.programme.current import current_scheme
from portal.scheme.terms import Terms, available_terms, load_terms
from portal.sponsor import claims_overview as overview
from portal.sponsor import claims_tables as tables
from portal.sponsor.staff_pages import sponsor


@sponsor.get("/desk/claims-overview", endpoint="claims_overview")
@open_to(*roles.SEES_CLAIMS_OVERVIEW)
def claims_overview_page() -> str:
    """A policy year's claims by month, state, risk and country: figures, drawings, and the tables under them."""
    years = overview.years_with_claims(reading())
    terms, policy_year = _chosen(years)
    sums = overview.claim_sums(reading(), terms, policy_year)
    today = clock.today()
    highest = next(iter(tables.countries(sums)), None)
    return render_template(
        "sponsor/claims_overview.html",
        terms=terms,
        policy_year=policy_year,
        title=scheme_title(terms),
        schemes=[(key, scheme_title(load_terms(key))) for key in reversed(available_terms())],
        year_options=sorted(
            {current_scheme(today).on(today).policy_year, policy_year, *(one.policy_year for one in years)},
            reverse=True,
        ),
        years=[(one, scheme_title(load_terms(one.scheme))) for one in years],
        sums=sums,
        tables={key: tables.table(sums, key) for key in tables.TABLES},
        opened=tables.opened_drawn(sums),
        busiest=tables.busiest_month(sums),
        months=tables.months_drawn(sums),
        countries=tables.countries_drawn(sums),
        highest=(country_name(highest[0]), highest[1]) if highest else None,
        unsettled=open_paths(reading(), terms, overview.day_of_year(terms, policy_year)),
        moment=clock.now(),
        note=_note(terms),
    )


@sponsor.get("/desk/claims-overview/<table>.xlsx")
@open_to(*roles.SEES_CLAIMS_OVERVIEW)
def claims_overview_export(table: str) -> Response:
    """One of the tables exactly as the page of the same address shows it, as Excel; on record."""
    if table not in tables.TABLES:
        abort(404)
    terms, policy_year = _chosen(overview.years_with_claims(reading()))
    shown = tables.table(overview.claim_sums(reading(), terms, policy_year), table)
    note = _note(terms)
    file, lines = workbook_file(lambda out: write_table(out, shown.title, shown.columns, shown.lines, note))
    audit.note(
        instance().database,
        actor(),
        "sponsor.claims_overview_export",
        f"overview {terms.key} {policy_year}",
        audit.DOWNLOADED,
        table=table,
        rows=lines,
    )
    name = _(
        "claims %(table)s_%(scheme)s_%(year)s_%(day)s.xlsx",
        table=shown.title,
        scheme=terms.key,
        year=policy_year,
        day=clock.today().isoformat(),
    )
    return send_workbook(file, name)


def _note(terms: Terms) -> str:
    """Which values the sums rest on are provisional, for the page and its workbooks."""
    return unsettled_note(reading(), terms.key, clock.today(), ("premium_rate", "policy_year_start"))


def _chosen(years: list[overview.YearWithClaims]) -> tuple[Terms, int]:
    policy_year = request.args.get("year", type=int)
    if policy_year is not None and not 2000 <= policy_year <= 2200:
        policy_year = None
    return overview.chosen_year(years, clock.today(), request.args.get("scheme"), policy_year)
