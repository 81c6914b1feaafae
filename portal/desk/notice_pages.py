"""Reported losses at the desk: the list of all notices, the list as a workbook, and one notice with its hints."""

from flask import Response, abort, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from portal.claims import notice_drafts as drafts
from portal.claims import notice_shown as shown
from portal.claims import queries
from portal.claims.names import NOTICE_STATES, NOTICE_TAGS, RISK_NAMES
from portal.claims.notice_clocks import clocks
from portal.claims.queries import FIRST_SORT, PER_PAGE, SENT, SORTS, ListedNotice, NoticeFilter
from portal.claims.records import Notice
from portal.common import audit, clock, formats, roles
from portal.common.people import PersonErased
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.obligors.queries import countries, country_name, root_of, unanswered_lookalikes
from portal.policies.records import Policy
from portal.programme.working_days import calendar
from portal.scheme import stages


@desk.get("/notices")
@open_to(*roles.SEES_CLAIMS)
def notices() -> str:
    """Every notice that was sent, by part of firm, buyer or number, state, risk and country."""
    wanted = _wanted()
    found = queries.notice_page(reading(), wanted, request.args.get("page", 1, type=int))
    return render_template(
        "desk/notices.html",
        found=found,
        wanted=wanted,
        per_page=PER_PAGE,
        rows=[(one, _unpaid(one), country_name(one.obligor.country)) for one in found.rows],
        states={state: NOTICE_STATES[state] for state in SENT},
        tags=NOTICE_TAGS,
        risks=RISK_NAMES,
        countries=[(code, country_name(code)) for code in found.countries],
    )


@desk.get("/notices/export")
@open_to(*roles.SEES_CLAIMS)
def export_notices() -> Response:
    """The notices that the same address without /export lists, all of them, in the same order, as Excel."""
    wanted = _wanted()
    rows = (row for one in queries.every_notice(reading(), wanted) for row in _exported(one))
    file, number = workbook_file(lambda out: write_table(out, _("Notices of loss"), _columns(), rows))
    audit.note(
        instance().database,
        actor(),
        "claims.export_notices",
        "notices",
        audit.DOWNLOADED,
        rows=number,
        searched=bool(wanted.q),  # what was typed may be a person's name
        state=wanted.state,
        risk=wanted.risk,
        country=wanted.country,
    )
    return send_workbook(file, _("notices_%(day)s.xlsx", day=clock.today().isoformat()))


@desk.get("/notices/<number>")
@open_to(*roles.SEES_CLAIMS)
def notice(number: str) -> str:
    """One notice: what was reported, its clocks, and what whoever assesses must know."""
    found = queries.find_notice(reading(), number)
    if found is None or found.obligor_id is None:
        abort(404)
    session, today = reading(), clock.today()
    obligor = root_of(session, found.obligor_id)
    shipments = drafts.shipments_of(session, found.id)
    wanted = {one.policy_id for one in shipments if one.policy_id}
    query = select(Policy).where(Policy.id.in_(wanted)).order_by(Policy.starts_on, Policy.serial)
    policies = list(session.execute(query).scalars())
    opened = queries.claims_of_notice(session, found.id)
    return render_template(
        "desk/notice.html",
        notice=found,
        obligor=obligor,
        country=country_name(obligor.country),
        state=NOTICE_STATES[found.state],
        state_tag=NOTICE_TAGS[found.state],
        trouble=shown.trouble_facts(found, drafts.words_of(people(), found), for_staff=True),
        late=queries.days_late(found),
        late_reason=_late_reason(found),
        clocks=clocks(session, found, shipments, policies, opened, today, calendar(session)),
        rows=shown.shipments_sent(shipments, policies),
        total_words=shown.totals(shipments),
        elsewhere={one.id: queries.same_invoice_elsewhere(session, one) for one in shipments},
        in_firm={one.id: queries.same_invoice_in_firm(session, one) for one in shipments},
        warned=shown.warnings(session, found.scheme, obligor, today),
        lookalikes=unanswered_lookalikes(session, obligor.id),
        claims=opened,
        confirmed=queries.filed_by_confirmed(session, found),
        live=found.state in (stages.WATCHED, stages.CLAIMED),
    )


def _wanted() -> NoticeFilter:
    """What the address asks for; what it cannot mean is left out."""
    args = request.args
    state, risk, sort = args.get("state", ""), args.get("risk", ""), args.get("sort", "")
    country = args.get("country", "")
    return NoticeFilter(
        q="".join(letter for letter in args.get("q", "") if letter.isprintable()).strip()[:100],
        state=state if state in SENT else "",
        risk=risk if risk in RISK_NAMES else "",
        country=country if country in dict(countries()) else "",
        sort=sort if sort.removeprefix("-") in SORTS else FIRST_SORT,
    )


def _unpaid(one: ListedNotice) -> str:
    return _(", ").join(formats.money(minor, currency) for currency, minor in one.unpaid)


def _columns() -> list[Column]:
    return [
        Column(_("Notice"), width=16),
        Column(_("Firm"), width=36),
        Column(_("Unified social credit code"), width=22),
        Column(_("Who owes"), width=32),
        Column(_("Country"), width=16),
        Column(_("Risk"), width=24),
        Column(_("Reported"), "date", 13),
        Column(_("Was due"), "date", 13),
        Column(_("Days late"), "count", 10),
        Column(_("Shipments"), "count", 10),
        Column(_("Outside cover"), "count", 10),
        Column(_("Currency"), width=9),
        Column(_("Unpaid"), "amount", 16),
        Column(_("State"), width=18),
        Column(_("Claims"), width=24),
    ]


def _exported(one: ListedNotice) -> list[list[Value]]:
    """A row for each currency of a notice: amounts of unlike currencies are never put together."""
    notice = one.notice
    return [
        [
            *(notice.number, notice.firm_name, notice.uscc, one.obligor.name, country_name(one.obligor.country)),
            *(str(RISK_NAMES[notice.risk]) if notice.risk else None, notice.notified_on, notice.due_on),
            *(queries.days_late(notice), one.shipments, one.outside, currency, minor),
            *(str(NOTICE_STATES[notice.state]), " ".join(one.claims)),
        ]
        for currency, minor in one.unpaid
    ]


def _late_reason(found: Notice) -> str | None:
    """Why the firm says it is late; nothing once the person is erased."""
    if found.late_reason_sealed is None:
        return None
    try:
        return people().sealer(found.person_id).open("late_reason", found.late_reason_sealed)
    except PersonErased:
        return None
