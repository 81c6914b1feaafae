"""Recoveries at the desk: the list, and one recovery: recorded, shared, settled, reversed."""

from collections.abc import Iterator

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.claims.queries import claims_of_notice
from portal.common import audit, clock, roles
from portal.common.cells import amount
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.ledger.rates import NoRate
from portal.programme.underwriter_accounts import account_of
from portal.recoveries import forms, names, queries, receiving, settling
from portal.recoveries.blueprint import recoveries
from portal.recoveries.desk_view import cannot_share
from portal.recoveries.queries import Wanted
from portal.recoveries.records import Recovery
from portal.recoveries.sharing import NoInvoice
from portal.recoveries.shown import shown_recovery
from portal.scheme import stages
from portal.scheme.money import Money


@recoveries.get("/desk/recoveries")
@open_to(*roles.SEES_CLAIMS)
def listing() -> str:
    """The recoveries by what is to be done about them, with those of which the day to remit has passed."""
    wanted = _wanted()
    return render_template(
        "recoveries/listing.html",
        wanted=wanted,
        counts=queries.counts(reading(), wanted.today),
        found=queries.recoveries_page(reading(), wanted, request.args.get("page", 1, type=int)),
        per_page=queries.PER_PAGE,
        views=queries.VIEWS,
        states=names.RECOVERY_STATES,
        kinds=names.RECOVERY_KINDS,
        held=names.HELD_BY,
        late_payments=queries.late_payments(reading()),
    )


@recoveries.get("/desk/recoveries/export")
@open_to(*roles.SEES_CLAIMS)
def export() -> BaseResponse:
    """The recoveries that the same address without /export lists, all of them, in the same order, as Excel."""
    wanted = _wanted()
    rows = queries.every_recovery(reading(), wanted)
    file, number = workbook_file(lambda out: write_table(out, _("Recoveries"), _columns(), _lines(rows)))
    audit.note(
        instance().database,
        actor(),
        "recoveries.export",
        "recoveries",
        audit.DOWNLOADED,
        rows=number,
        view=wanted.view,
        searched=bool(wanted.q),
    )
    return send_workbook(file, _("recoveries_%(day)s.xlsx", day=wanted.today.isoformat()))


@recoveries.get("/desk/recoveries/<number>")
@open_to(*roles.SEES_CLAIMS)
def recovery(number: str) -> str:
    """One recovery: what was received, how it is shared, what has to change hands."""
    return _page(_recovery(number))


@recoveries.post("/desk/recoveries/<number>/record")
@open_to(*roles.RECORDS_RECOVERIES)
def record_told(number: str) -> BaseResponse:
    """Record what a firm told, with the agreed costs."""
    found = _recovery(number)
    form = forms.CostsForm()
    if not form.validate_on_submit():
        return make_response(_page(found, costs=form), 422)
    costs = Money.from_minor(amount(form.costs.data, found.currency) if form.costs.data else 0, found.currency)
    try:
        receiving.record_told(instance(), actor(), number, costs)
    except receiving.StaleRecovery:
        return _moved_on(number)
    except (NoRate, NoInvoice) as error:
        flash(cannot_share(error), "error")
    else:
        flash(_("Recorded."), "success")
    return redirect(url_for("recoveries.recovery", number=number))


@recoveries.post("/desk/recoveries/<number>/refuse")
@open_to(*roles.RECORDS_RECOVERIES)
def refuse_told(number: str) -> BaseResponse:
    """Refuse what a firm told, with a coded reason that it reads."""
    found = _recovery(number)
    form = forms.RefuseForm()
    if not form.validate_on_submit():
        return make_response(_page(found, refuse=form), 422)
    try:
        receiving.refuse_told(instance(), actor(), number, form.code.data)
    except receiving.StaleRecovery:
        return _moved_on(number)
    flash(_("The firm is told why."), "success")
    return redirect(url_for("recoveries.recovery", number=number))


@recoveries.post("/desk/recoveries/<number>/settle")
@open_to(*roles.RECORDS_RECOVERIES)
def settle_share(number: str) -> BaseResponse:
    """Record that a share changed hands."""
    found = _recovery(number)
    form = forms.SettleShareForm()
    if not form.validate_on_submit():
        return make_response(_page(found, settle=form), 422)
    try:
        settling.settle(instance(), actor(), form.share.data or "", form.on.data, form.reference.data or "")
    except settling.UnknownShare:
        abort(404)
    except receiving.StaleRecovery:
        return _moved_on(number)
    except ValueError:
        form.on.errors = [_("The share cannot have changed hands before the money came in")]
        return make_response(_page(found, settle=form), 422)
    flash(_("Recorded."), "success")
    return redirect(url_for("recoveries.recovery", number=number))


@recoveries.post("/desk/recoveries/<number>/give-back")
@open_to(*roles.RECORDS_RECOVERIES)
def give_back_share(number: str) -> BaseResponse:
    """Record that what had changed hands of a reversed recovery went back."""
    found = _recovery(number)
    form = forms.SettleShareForm()
    if not form.validate_on_submit():
        return make_response(_page(found, settle=form), 422)
    try:
        settling.give_back(instance(), actor(), form.share.data or "", form.on.data, form.reference.data or "")
    except settling.UnknownShare:
        abort(404)
    except receiving.StaleRecovery:
        return _moved_on(number)
    except ValueError:
        form.on.errors = [_("It cannot have gone back before it changed hands")]
        return make_response(_page(found, settle=form), 422)
    flash(_("Recorded."), "success")
    return redirect(url_for("recoveries.recovery", number=number))


@recoveries.post("/desk/recoveries/<number>/reverse")
@open_to(*roles.APPROVES_CLAIMS)
def reverse(number: str) -> BaseResponse:
    """Reverse a recovery that somebody else recorded wrongly."""
    found = _recovery(number)
    form = forms.ReasonForm()
    if not form.validate_on_submit():
        return make_response(_page(found, reverse=form), 422)
    try:
        settling.reverse(instance(), actor(), number, form.reason.data or "")
    except settling.SamePerson:
        flash(_("You recorded it. Somebody else reverses it."), "error")
    except receiving.StaleRecovery:
        return _moved_on(number)
    else:
        flash(_("Reversed by entries of its own; its reference is free again."), "success")
    return redirect(url_for("recoveries.recovery", number=number))


def _recovery(number: str) -> Recovery:
    try:
        return receiving.recovery_of(reading(), number)
    except receiving.UnknownRecovery:
        abort(404)


def _page(
    found: Recovery,
    costs: forms.CostsForm | None = None,
    refuse: forms.RefuseForm | None = None,
    settle: forms.SettleShareForm | None = None,
    reverse: forms.ReasonForm | None = None,
) -> str:
    who = actor()
    records = who.role in roles.RECORDS_RECOVERIES
    claims = claims_of_notice(reading(), found.notice_id)
    acting = {one for one in (found.told_by, found.recorded_by, found.reversed_by) if one}
    papers = documents(reading(), [found.document_id] if found.document_id else [], people())
    if costs is None and records and found.state == stages.TOLD:
        costs = forms.CostsForm(formdata=None, costs=str(Money.from_minor(found.costs_minor, found.currency).text))
    return render_template(
        "recoveries/recovery.html",
        recovery=found,
        shown=shown_recovery(reading(), found, clock.today()),
        claims=claims,
        pay_to=account_of(reading(), claims[0].scheme, clock.today()) if claims else None,
        who=names_of(reading(), people(), acting),
        papers=list(papers.values()),
        today=clock.today(),
        costs=costs,
        refuse=refuse or (forms.RefuseForm(formdata=None) if records and found.state == stages.TOLD else None),
        settle=settle or (forms.SettleShareForm(formdata=None) if records else None),
        reverse=reverse
        or (
            forms.ReasonForm(formdata=None)
            if who.role in roles.APPROVES_CLAIMS and found.state == stages.RECORDED and found.recorded_by != who.id
            else None
        ),
        errors=next((one for one in (costs, refuse, settle, reverse) if one is not None and one.errors), None),
    )


def _moved_on(number: str) -> BaseResponse:
    flash(_("Nothing was changed: the recovery has moved on. Below is how it stands now."), "warning")
    return redirect(url_for("recoveries.recovery", number=number))


def _wanted() -> Wanted:
    view, sort = request.args.get("view", queries.TOLD), request.args.get("sort", "-received")
    return Wanted(
        view if view in queries.VIEWS else queries.TOLD,
        request.args.get("q", "").replace("\x00", "").strip()[:100],
        sort if sort.removeprefix("-") in queries.SORTS else "-received",
        clock.today(),
    )


def _columns() -> list[Column]:
    return [
        Column(_("Recovery"), width=14),
        Column(_("Firm"), width=36),
        Column(_("Credit code"), width=22),
        Column(_("Received"), "date", 12),
        Column(_("Received by"), width=14),
        Column(_("Reference"), width=24),
        Column(_("Sum"), "amount", 16),
        Column(_("Currency"), width=10),
        Column(_("Costs"), "amount", 14),
        Column(_("Share of the underwriter"), "amount", 16),
        Column(_("Share of the firm"), "amount", 16),
        Column(_("To change hands by"), "date", 14),
        Column(_("State"), width=20),
    ]


def _lines(rows: Iterator[queries.Row]) -> Iterator[tuple[Value, ...]]:
    for row in rows:
        one = row.recovery
        yield (
            one.number,
            one.firm_name,
            one.uscc,
            one.received_on,
            str(names.HELD_BY[one.received_by]),
            one.reference,
            one.amount_minor,
            one.currency,
            row.costs_minor,
            row.underwriter_minor,
            row.firm_minor,
            row.due_on,
            str(names.RECOVERY_STATES[one.state]),
        )
