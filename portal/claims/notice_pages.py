"""Reporting a loss on the web: a few short pages, saved as one goes, read back, sent once."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from portal.claims import notice_drafts as drafts
from portal.claims import notice_shown as shown
from portal.claims import notices, sending
from portal.claims.blueprint import claims
from portal.claims.buyers_offered import buyers_offered
from portal.claims.cover import policies_of
from portal.claims.entries import is_empty
from portal.claims.names import RISK_HINTS
from portal.claims.notice_clocks import clocks
from portal.claims.notice_drafts import BUYER, CHECK, SHIPMENTS, STEPS, TROUBLE, OpenedNotice, UnknownNotice
from portal.claims.notice_forms import BuyerForm, NoticeStep, SendForm, SheetForm, ShipmentForm, TroubleForm
from portal.claims.queries import TwiceReported
from portal.claims.shipments_sheet import HEADINGS, BadRow, bad_row, read_shipments, write_template
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.problems import Problem, WorkbookRefused
from portal.common.table_sheet import send_workbook, workbook_file
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.members.access import my_membership
from portal.obligors.queries import countries
from portal.programme.working_days import calendar
from portal.scheme import stages

LEAVE, MORE, REMOVE = "leave", "more", "remove"  # what a button of a step does besides going on
MOST_BAD = 50  # rows of a workbook that are told on the page


@claims.get("/my/firms/<uscc>/notices/new")
@open_to(*roles.APPLIES)
def new_notice(uscc: str) -> BaseResponse:
    """The first step: which of the firm's buyers it is about."""
    return _buyer_page(uscc, None, _buyer_form(uscc))


@claims.post("/my/firms/<uscc>/notices/new")
@open_to(*roles.APPLIES)
def begin_notice(uscc: str) -> BaseResponse:
    """Begin a notice about the buyer that was chosen, or go on with the one begun before."""
    form = _buyer_form(uscc, sent=True)
    form.validate()
    if not form.obligor.data:
        form.say("obligor", _("Choose who owes the money, or add a buyer first"))
    if form.errors:
        return _buyer_page(uscc, None, form, 422)
    try:
        notice_id = notices.open_notice(instance(), actor(), uscc, form.obligor.data, form.event.data or None)
    except (notices.NoSuchBuyer, notices.NoPolicy):
        return redirect(url_for("claims.new_notice", uscc=uscc))
    return redirect(url_for("claims.notice_step", notice_id=notice_id, step=TROUBLE))


@claims.get("/my/notices/<notice_id>/<any(buyer, trouble, shipments, check):step>")
@open_to(*roles.APPLIES)
def notice_step(notice_id: str, step: str) -> BaseResponse:
    """One step with what stands saved, or what is known beforehand."""
    found = _opened(notice_id, step)
    if isinstance(found, BaseResponse):
        return found
    if step == CHECK:
        return _check_page(found, 200)
    if step == BUYER:
        return _buyer_page(found.notice.uscc, found, _buyer_form(found.notice.uscc, found))
    form = _trouble_form(found) if step == TROUBLE else _shipment_form(found)
    show_kept(form)
    return _page(found, step, form, 200)


@claims.post("/my/notices/<notice_id>/<any(buyer, trouble, shipments, check):step>")
@open_to(*roles.APPLIES)
def save_notice_step(notice_id: str, step: str) -> BaseResponse:
    """Save a step as it was typed, and go on if nothing is left to do on it; the last step sends."""
    found = _opened(notice_id, step)
    if isinstance(found, BaseResponse):
        return found
    try:
        return {BUYER: _save_buyer, TROUBLE: _save_trouble, SHIPMENTS: _save_shipment, CHECK: _send}[step](found)
    except UnknownNotice:
        return redirect(url_for("claims.notice_step", notice_id=notice_id, step=step))


@claims.post("/my/notices/<notice_id>/shipments/file")
@open_to(*roles.APPLIES)
def add_shipments_file(notice_id: str) -> BaseResponse:
    """Take the good rows of a small workbook, and say of every other one by cell what is wrong."""
    found = _opened(notice_id, SHIPMENTS)
    if isinstance(found, BaseResponse):
        return found
    form = SheetForm()
    if not form.validate() or not form.file.data:
        form.say("file", _("No file was chosen. Choose the Excel file you filled in"))
        return _page(found, SHIPMENTS, _shipment_form(found), 422, sheet=form)
    try:
        read = read_shipments(form.file.data.read(), found.obligor.kind, clock.today())
        added, twice = notices.add_shipments(instance(), actor(), notice_id, read.good)
    except WorkbookRefused as refused:
        form.say("file", refused.problem.text())
        return _page(found, SHIPMENTS, _shipment_form(found), 422, sheet=form)
    except notices.TooManyShipments:
        form.say("file", _too_many())
        return _page(found, SHIPMENTS, _shipment_form(found), 422, sheet=form)
    bad = [
        *read.bad,
        *(bad_row(read.rows[place], {"invoice_number": _twice(one)}) for place, one in twice.items()),
    ]
    found = _afresh(found)
    flash(
        ngettext("%(num)s shipment was added.", "%(num)s shipments were added.", added)
        if added
        else _("No shipment was added: every good row was there already."),
        "success" if added else "info",
    )
    return _page(found, SHIPMENTS, _shipment_form(found), 422 if bad else 200, bad=_bad_shown(bad))


@claims.get("/my/notices/<notice_id>/shipments.xlsx")
@open_to(*roles.APPLIES)
def shipments_template(notice_id: str) -> BaseResponse:
    """The empty workbook to fill in."""
    found = _opened(notice_id, SHIPMENTS)
    if isinstance(found, BaseResponse):
        return found
    file, _nothing = workbook_file(lambda out: write_template(out, found.obligor.kind))
    return send_workbook(file, _("shipments.xlsx"))


@claims.post("/my/notices/<notice_id>/drop")
@open_to(*roles.APPLIES)
def drop_notice(notice_id: str) -> BaseResponse:
    """Give up a notice that was begun."""
    try:
        found = _opened(notice_id, BUYER)
        if isinstance(found, BaseResponse):
            return found
        notices.drop_notice(instance(), actor(), notice_id)
    except UnknownNotice:
        abort(404)
    flash(_("The report that you had begun is given up. Nothing was sent."), "success")
    return redirect(url_for("policies.my_home"))


def _opened(notice_id: str, step: str) -> OpenedNotice | BaseResponse:
    """The draft; where to go instead once it was sent or given up; for anybody else there is no such page."""
    if step not in STEPS:
        abort(404)
    try:
        notice, member = drafts.own_notice(reading(), actor().id, notice_id)
        if notice.number is not None:
            return redirect(url_for("claims.my_notice", number=notice.number))
        if notice.state != stages.DRAFT:
            return redirect(url_for("claims.new_notice", uscc=member.uscc))
        return drafts.opened(reading(), people(), actor().id, notice_id, clock.today())
    except UnknownNotice:
        abort(404)


def _afresh(found: OpenedNotice) -> OpenedNotice:
    """The draft as it stands after a write of this request."""
    close_reading()
    return drafts.opened(reading(), people(), actor().id, found.notice.id, clock.today())


def _step_url(found: OpenedNotice, step: str) -> str:
    return url_for("claims.notice_step", notice_id=found.notice.id, step=step)


def _left() -> BaseResponse:
    flash(_("Saved. Go on whenever you like, also on another device."), "success")
    return redirect(url_for("policies.my_home"))


def _buyer_form(uscc: str, found: OpenedNotice | None = None, sent: bool = False) -> BuyerForm:
    given: dict[str, Any] = {} if sent else {"formdata": None}
    data = {"obligor": request.args.get("buyer"), "event": request.args.get("event", "")}
    if found is not None:
        data = {"obligor": found.notice.obligor_id, "version": str(found.notice.version)}
    member = found.membership if found else my_membership(uscc)
    form = BuyerForm(data=data, **given)
    form.offer([SelectChoice(one.obligor_id, one.words) for one in buyers_offered(reading(), member)])
    if not sent:
        show_kept(form)
    return form


def _buyer_page(uscc: str, found: OpenedNotice | None, form: BuyerForm, status: int = 200) -> BaseResponse:
    member = found.membership if found else my_membership(uscc)
    policies = policies_of(reading(), member)
    page = render_template(
        "claims/new_notice.html",
        member=member,
        confirmed=member.state == stages.CONFIRMED,
        found=found,
        form=form,
        policies=policies,
        begun=[] if found else drafts.drafts_of(reading(), member),
        hints={one.obligor_id: one.hint for one in buyers_offered(reading(), member)},
        bar=shown.bar(found, BUYER, STEPS, clock.today()) if found else None,
        total=len(STEPS),
    )
    return make_response(page, status)


def _trouble_form(found: OpenedNotice, sent: bool = False) -> TroubleForm:
    given: dict[str, Any] = {} if sent else {"formdata": None}
    form = TroubleForm(data={**found.typed, "version": str(found.notice.version)}, **given)
    form.offer(found.obligor.kind)
    return form


def _shipment_form(found: OpenedNotice, sent: bool = False) -> ShipmentForm:
    """A new shipment, with what is mostly the same as in the one before; or the one that is changed."""
    given: dict[str, Any] = {} if sent else {"formdata": None}
    row_id = request.args.get("row", "") if not sent else ""
    changed = next((one for one in found.shipments if one.id == row_id), None)
    data: dict[str, Any] = {"in_transit": "no", "currency": "USD"}
    if found.shipments:
        last = drafts.row_as_typed(found.shipments[-1])
        data |= {name: last[name] for name in ("currency", "payment_term", "own_declaration")}
    if found.row and changed is None:
        data = {**data, **{name: value for name, value in found.row.items() if value}}
    if changed is not None:
        data = {**drafts.row_as_typed(changed), "row": changed.id}
    form = ShipmentForm(data={**data, "version": str(found.notice.version)}, **given)
    form.offer(found.obligor.kind)
    return form


def _page(found: OpenedNotice, step: str, form: NoticeStep, status: int, **more: Any) -> BaseResponse:
    today = clock.today()
    of_step: dict[str, Any] = {}
    if step == TROUBLE:
        of_step = {"hints": RISK_HINTS}
    else:
        sheet = more.pop("sheet", None) or SheetForm(formdata=None)
        of_step = {
            "rows": shown.shipments_live(found, shown.known_policies(reading(), found), today),
            "sheet": sheet,
            "headings": HEADINGS.values(),
            "total_words": shown.totals(found.shipments),
            "changing": bool(getattr(form, "row", None) and form._fields["row"].data),
        }
    page = render_template(
        f"claims/notice_{step}.html",
        found=found,
        form=form,
        today=today,
        bar=shown.bar(found, step, STEPS, today),
        **of_step,
        **more,
    )
    return make_response(page, status)


def _stale_page(found: OpenedNotice, step: str, form: NoticeStep) -> BaseResponse:
    """What was typed, to be saved after all, and beside it what was saved in another window meanwhile."""
    form.version.data = str(found.notice.version)
    stands = shown.stands_words(found, step)
    return _page(found, step, form, 409, stands=stands, stood_at=found.notice.saved_at)


def _save_buyer(found: OpenedNotice) -> BaseResponse:
    uscc = found.notice.uscc
    form = _buyer_form(uscc, sent=True)
    form.validate()
    if not form.obligor.data:
        form.say("obligor", _("Choose who owes the money, or add a buyer first"))
        return _buyer_page(uscc, found, form, 422)
    try:
        notices.save_buyer(instance(), actor(), found.notice.id, form.seen_version, form.obligor.data)
    except (notices.StaleNotice, notices.NoSuchBuyer):
        flash(_("Something was changed in another window. Choose once more."), "warning")
        return redirect(_step_url(found, BUYER))
    if request.form.get("then") == LEAVE:
        return _left()
    found = _afresh(found)
    left = found.next_step(clock.today())
    return redirect(_step_url(found, left))


def _save_trouble(found: OpenedNotice) -> BaseResponse:
    form = _trouble_form(found, sent=True)
    form.validate()
    try:
        notices.save_trouble(instance(), actor(), found.notice.id, form.seen_version, form.typed())
    except notices.StaleNotice:
        return _stale_page(_afresh(found), TROUBLE, form)
    if request.form.get("then") == LEAVE and not form.errors:
        return _left()
    found = _afresh(found)
    form.mark(found.faults(clock.today()))
    if form.errors:
        form.version.data = str(found.notice.version)
        return _page(found, TROUBLE, form, 422)
    return redirect(_step_url(found, found.next_step(clock.today())))


def _save_shipment(found: OpenedNotice) -> BaseResponse:
    then = request.form.get("then", "")
    form = _shipment_form(found, sent=True)
    form.validate()
    if then == REMOVE:
        notices.remove_shipment(instance(), actor(), found.notice.id, form.row.data or "")
        return redirect(_step_url(found, SHIPMENTS))
    typed = form.typed()
    nothing = not form.row.data and is_empty(typed)
    if not (nothing and found.shipments and not found.row and then != MORE):
        try:
            read = notices.save_shipment(
                instance(), actor(), found.notice.id, form.seen_version, typed, form.row.data or None
            )
        except notices.StaleNotice:
            form.row.data = ""
            return _stale_page(_afresh(found), SHIPMENTS, form)
        except TwiceReported as twice:
            form.say("invoice_number", _twice(twice).text())
            return _page(found, SHIPMENTS, form, 422)
        except notices.TooManyShipments:
            form.say("invoice_number", _too_many())
            return _page(found, SHIPMENTS, form, 422)
        found = _afresh(found)
        if then != LEAVE:
            form.mark(read.problems)
    if form.errors:
        form.version.data = str(found.notice.version)
        return _page(found, SHIPMENTS, form, 422)
    if then == LEAVE:
        return _left()
    if then == MORE:
        flash(_("Shipment saved. Enter the next one."), "success")
        return redirect(_step_url(found, SHIPMENTS))
    return redirect(_step_url(found, found.next_step(clock.today())))


def _check_page(found: OpenedNotice, status: int, form: SendForm | None = None) -> BaseResponse:
    today = clock.today()
    left = found.next_step(today)
    if left != CHECK:
        return redirect(_step_url(found, left))
    session = reading()
    policies = shown.known_policies(session, found)
    rows = shown.shipments_live(found, policies, today)
    covered = [one for one in rows if not one.outside]
    if form is None:
        form = SendForm(formdata=None, data={"version": str(found.notice.version)})
    form.offer(may_claim=bool(covered))
    show_kept(form)
    counted = [one.shipment for one in covered] or found.shipments
    report = clocks(found.notice, counted, (), (), today, calendar(session))[0]
    page = render_template(
        "claims/notice_check.html",
        found=found,
        form=form,
        bar=shown.bar(found, CHECK, STEPS, today),
        rows=rows,
        covered=covered,
        total_words=shown.totals(found.shipments),
        trouble=shown.trouble_facts(found.notice, found.typed.get("words", ""), _step_url(found, TROUBLE)),
        obligor=shown.obligor_facts(found.obligor, found.buyer_name, dict(countries()), _step_url(found, BUYER)),
        warned=shown.warnings(session, found.notice.scheme, found.obligor, today),
        report=report,
        late=report.left < 0,
        today=today,
    )
    return make_response(page, status)


def _send(found: OpenedNotice) -> BaseResponse:
    form = SendForm()
    form.offer(may_claim=True)
    if request.form.get("then") == LEAVE:
        return _left()
    if not form.validate():
        return _check_page(found, 422, form)
    try:
        sent = sending.send_notice(
            instance(),
            actor(),
            found.notice.id,
            form.seen_version,
            form.choice.data,
            form.late_reason.data or "",
        )
    except sending.NotComplete as left:
        flash(_("Something is left to do on this step before you can send."), "warning")
        return redirect(_step_url(found, left.step))
    except notices.StaleNotice:
        flash(_("Something was changed in another window. Check it once more, then send."), "warning")
        return _check_page(_afresh(found), 409)
    except notices.NoPolicy:
        return redirect(url_for("claims.new_notice", uscc=found.notice.uscc))
    except TwiceReported as twice:
        flash(_twice(twice).text(), "error")
        return redirect(_step_url(found, SHIPMENTS))
    return redirect(url_for("claims.my_notice", number=sent.number), 303)


def _twice(error: TwiceReported) -> Problem:
    if error.number is None:
        return Problem("invoice_here", {"invoice": error.invoice})
    return Problem("invoice_elsewhere", {"invoice": error.invoice, "number": error.number})


def _too_many() -> str:
    return _(
        "A report holds at most %(most)s shipments. Send this one and report the others in another.",
        most=notices.MOST_SHIPMENTS,
    )


def _bad_shown(bad: list[BadRow]) -> list[tuple[int, list[tuple[str, str]]]]:
    ordered = sorted(bad, key=lambda one: one.number)[:MOST_BAD]
    return [(one.number, [(cell, problem.text()) for cell, problem in one.problems]) for one in ordered]
