"""Recoveries at the desk: the list, one recovery, money recorded for a claim, and what firms pay back."""

from collections.abc import Iterator

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.claims.moves import UnknownClaim, claim_of
from portal.claims.queries import claims_of_notice
from portal.claims.records import Claim, Notice
from portal.claims.repaying import repayment_of
from portal.common import audit, clock, roles
from portal.common.cells import amount
from portal.common.formats import day, money
from portal.common.table_sheet import Column, Value, send_workbook, workbook_file, write_table
from portal.common.web import actor, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.ledger.accounts import Held
from portal.ledger.queries import owed_on_claim
from portal.ledger.rates import NoRate
from portal.programme.underwriter_accounts import account_of
from portal.recoveries import forms, names, queries, receiving, settling
from portal.recoveries.blueprint import recoveries
from portal.recoveries.desk_view import offered
from portal.recoveries.queries import Wanted
from portal.recoveries.records import Recovery
from portal.recoveries.sharing import NoInvoice
from portal.recoveries.shown import shown_payments, shown_recoveries, shown_recovery, shown_shares
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
        flash(_cannot(error), "error")
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


@recoveries.route("/desk/claims/<number>/money", methods=["GET", "POST"])
@open_to(*roles.SEES_CLAIMS)
def money_of_claim(number: str) -> BaseResponse:
    """All money received for a loss; staff look at what recording more would do, then record it."""
    claim, notice = _claim(number)
    may_record = actor().role in roles.RECORDS_RECOVERIES
    form = forms.RecordForm()
    form.offer(*offered(reading(), notice.id))
    looked: tuple[list[object], list[object]] | None = None
    problem = None
    if form.is_submitted() and not may_record:
        abort(403)
    if form.validate_on_submit():
        told = form.told(Held(form.held.data))
        try:
            if request.form.get("step") == "record":
                done = receiving.record(instance(), actor(), number, told)
                flash(_("Recorded."), "success")
                if done.recovery:
                    return redirect(url_for("recoveries.recovery", number=done.recovery))
                return redirect(url_for("recoveries.money_of_claim", number=number))
            basis, shared = receiving.look_at(reading(), number, told)
            known = basis.claims | basis.waiting
            looked = (
                ([], [])
                if shared is None
                else (
                    list(shown_shares(shared, known)),
                    list(shown_payments(shared, known)),
                )
            )
        except receiving.MoneyKnown as error:
            problem = (
                _("This money is recorded already as %(number)s.", number=error.number)
                if error.number
                else _("This money is recorded already as a payment.")
            )
        except (NoRate, NoInvoice) as error:
            problem = _cannot(error)
        except ValueError:
            form.costs.errors = [_("The costs of a payment cannot be above it")]
    today = clock.today()
    shown = shown_recoveries(reading(), queries.recoveries_of_notice(reading(), notice.id), today)
    owed = owed_on_claim(reading(), claim.id, claim.currency)
    back = repayment_of(reading(), claim, owed)
    page = render_template(
        "recoveries/money_of_claim.html",
        claim=claim,
        form=form if may_record else None,
        looked=looked,
        problem=problem,
        today=today,
        owed=money(owed) if back else None,
        back=back,
        remits=any(one.remits for one in shown),
        pay_to=account_of(reading(), claim.scheme, today),
        repaid=forms.RepaidForm(formdata=None) if may_record else None,
        recoveries=shown,
        payments=queries.payments_of_notice(reading(), notice.id),
        receipt_states=names.RECEIPT_STATES,
        receipt_kinds=names.RECEIPT_KINDS,
    )
    failed = form.is_submitted() and looked is None
    return make_response(page, 409 if problem else 422 if failed else 200)


@recoveries.post("/desk/claims/<number>/repaid")
@open_to(*roles.RECORDS_RECOVERIES)
def repaid(number: str) -> BaseResponse:
    """Record that the firm paid back what it owed on a claim."""
    claim, _notice = _claim(number)
    form = forms.RepaidForm()
    if form.validate_on_submit():
        sum_ = Money.from_minor(amount(form.amount.data, claim.currency), claim.currency)
        try:
            settling.record_repayment(instance(), actor(), number, form.on.data, form.reference.data or "", sum_)
        except settling.TooMuch as error:
            flash(_("The firm owes only %(owed)s on this claim.", owed=money(error.owed)), "error")
        except settling.ReferenceTaken:
            flash(_("The bank’s number stands for another payment already"), "error")
        else:
            flash(_("Recorded."), "success")
    else:
        flash(" ".join(str(one) for found in form.errors.values() for one in found), "error")
    return redirect(url_for("recoveries.money_of_claim", number=number))


def _recovery(number: str) -> Recovery:
    try:
        return receiving.recovery_of(reading(), number)
    except receiving.UnknownRecovery:
        abort(404)


def _claim(number: str) -> tuple[Claim, Notice]:
    try:
        claim = claim_of(reading(), number)
    except UnknownClaim:
        abort(404)
    return claim, reading().get_one(Notice, claim.notice_id)


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


def _cannot(error: NoRate | NoInvoice) -> str:
    if isinstance(error, NoRate):
        return _(
            "There is no rate of %(currency)s for %(day)s, nor shortly before. Import it first.",
            currency=error.currency,
            day=day(error.day),
        )
    return _("No invoice of this loss is in %(currency)s: the money cannot be shared.", currency=error.currency)


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
