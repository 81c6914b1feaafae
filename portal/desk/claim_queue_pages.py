"""The claims desk's queue: one list per view, and the list as a workbook."""

from collections.abc import Iterator, Mapping
from typing import IO

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims.desk_names import STATE_NAMES
from portal.claims.names import RISK_NAMES
from portal.common import audit, clock, roles
from portal.common.formats import count_text
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.desk.claim_filter import ALL, MINE, VIEWS, ClaimFilter
from portal.desk.claim_names import VIEW_NAMES, VIEW_SUBS, row_tags, state_tag
from portal.desk.claim_queue import PER_PAGE, ClaimQueue
from portal.desk.consent_list_pages import to_answer
from portal.desk.holding import marked
from portal.desk.queue_pages import due_options
from portal.obligors.queries import country_name
from portal.recoveries.queries import excess_counts

HOLDERS = (*roles.ASSESSES_CLAIMS, *roles.APPROVES_CLAIMS)


@desk.get("/claims")
@open_to(*roles.SEES_CLAIMS)
def claims() -> str:
    """One view of the claims there are to do, or of all."""
    wanted = ClaimFilter.of(request.args)
    shown = ClaimQueue(reading(), wanted, actor().id, clock.today())
    total = shown.total()
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    rows = shown.page(page)
    holders = shown.holders()
    people_of = {who for row in rows for who in (row.claim.assigned_to, row.approver) if who}
    known = marked(reading(), names_of(reading(), people(), {*holders, *people_of}))
    counts = shown.counts()
    excesses = excess_counts(reading())[True]
    return render_template(
        "desk/claims.html",
        wanted=wanted,
        title=str(VIEW_NAMES[wanted.view]),
        sub=VIEW_SUBS[wanted.view],
        tabs=[
            {
                "label": str(VIEW_NAMES[view]),
                "count": counts[view],
                "url": url_for("desk.claims", **ClaimFilter(view=view).args()),
                "active": view == wanted.view,
            }
            for view in VIEWS
            if view != MINE or actor().role in HOLDERS
        ]
        + [{"label": _("Requests for consent"), "count": to_answer(), "url": url_for("desk.consents")}]
        + [{"label": _("Excesses over the cap"), "count": excesses, "url": url_for("recoveries.excess_list")}]
        * bool(excesses),
        rows=[
            {
                "row": row,
                "tags": row_tags(row),
                "state": state_tag(row.claim.state),
                "country": country_name(row.claim.country),
                "url": url_for("desk.claim", number=row.claim.number, **wanted.args()),
            }
            for row in rows
        ],
        total=total,
        page=page,
        per_page=PER_PAGE,
        names=known,
        risks=RISK_NAMES,
        states=STATE_NAMES,
        all_states=wanted.view == ALL,
        countries=[(code, country_name(code)) for code in shown.countries()],
        due_options=due_options(),
        holder_options=sorted(((one, who_is(one, known)) for one in holders), key=lambda pair: pair[1]),
        plain_url=url_for("desk.claims", **ClaimFilter(view=wanted.view).args()),
    )


@desk.get("/claims/export.xlsx")
@open_to(*roles.SEES_CLAIMS)
def claims_export() -> Response:
    """Exactly what the page of the same address shows, all its pages, as a workbook; on record."""
    wanted = ClaimFilter.of(request.args)
    shown = ClaimQueue(reading(), wanted, actor().id, clock.today())
    known = names_of(reading(), people(), shown.holders())
    title, total = str(VIEW_NAMES[wanted.view]), shown.total()
    file, written = workbook_file(lambda out: _write(out, shown, title, total, known))
    asked = {name: value for name, value in wanted.args().items() if name != "q"}
    audit.note(
        instance().database,
        actor(),
        "claims.export",
        f"claims {wanted.view}",
        audit.DOWNLOADED,
        lines=written,
        asked=asked,
        searched=bool(wanted.q),
    )
    return send_workbook(file, f"claims-{wanted.view}-{clock.today().isoformat()}.xlsx")


def _write(out: IO[bytes], queue: ClaimQueue, title: str, total: int, names: Mapping[str, str]) -> int:
    columns = [
        Column(_("Number"), width=14),
        Column(_("Firm"), width=36),
        Column(_("Credit code"), width=22),
        Column(_("Buyer or bank"), width=32),
        Column(_("Country"), width=16),
        Column(_("Risk"), width=24),
        Column(_("State"), width=16),
        Column(_("What stands out"), width=30),
        Column(_("Currency"), width=9),
        Column(_("Claimed"), "amount", 16),
        Column(_("Indemnity"), "amount", 16),
        Column(_("Filed"), "date", 12),
        Column(_("Due"), "date", 12),
        Column(_("Answer due"), "date", 12),
        Column(_("Handled by"), width=14),
    ]
    rows = ngettext("%(count)s row", "%(count)s rows", total, count=count_text(total))
    return write_table(out, f"{rows} {title}", columns, _lines(queue, names))


def _lines(queue: ClaimQueue, names: Mapping[str, str]) -> Iterator[tuple[Value, ...]]:
    for row in queue.rows():
        claim = row.claim
        yield (
            claim.number,
            claim.firm_name,
            claim.uscc,
            row.obligor.name,
            country_name(claim.country),
            str(RISK_NAMES[claim.risk]),
            state_tag(claim.state)[1],
            _(", ").join(words for _kind, words in row_tags(row)),
            claim.currency,
            claim.amount_minor,
            row.indemnity_minor,
            claim.filed_on,
            claim.due_on,
            row.answer_due,
            names.get(claim.assigned_to or ""),
        )
