"""Reporting a loss on the web: a few short pages, saved as one goes, read back, sent once."""

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import notices, sending
from portal.claims.blueprint import claims
from portal.claims.entries import is_empty
from portal.claims.notice_drafts import BUYER, CHECK, SHIPMENTS, TROUBLE, OpenedNotice, UnknownNotice
from portal.claims.notice_forms import SendForm, SheetForm
from portal.claims.notice_steps_shown import (
    afresh,
    buyer_form,
    buyer_page,
    check_page,
    left_off,
    opened_step,
    shipment_form,
    stale_page,
    step_page,
    step_url,
    trouble_form,
)
from portal.claims.queries import TwiceReported
from portal.claims.shipments_sheet import BadRow, bad_row, read_shipments, write_template
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.problems import Problem, WorkbookRefused
from portal.common.table_sheet import send_workbook, workbook_file
from portal.common.web import actor, instance, open_to

LEAVE, MORE, REMOVE = "leave", "more", "remove"  # what a button of a step does besides going on
MOST_BAD = 50  # rows of a workbook that are told on the page


@claims.get("/my/firms/<uscc>/notices/new")
@open_to(*roles.APPLIES)
def new_notice(uscc: str) -> BaseResponse:
    """The first step: which of the firm's buyers it is about."""
    return buyer_page(uscc, None, buyer_form(uscc))


@claims.post("/my/firms/<uscc>/notices/new")
@open_to(*roles.APPLIES)
def begin_notice(uscc: str) -> BaseResponse:
    """Begin a notice about the buyer that was chosen, or go on with the one begun before."""
    form = buyer_form(uscc, sent=True)
    form.validate()
    if not form.obligor.data:
        form.say("obligor", _("Choose who owes the money, or add a buyer first"))
    if form.errors:
        return buyer_page(uscc, None, form, 422)
    try:
        notice_id = notices.open_notice(instance(), actor(), uscc, form.obligor.data, form.event.data or None)
    except (notices.NoSuchBuyer, notices.NoPolicy):
        return redirect(url_for("claims.new_notice", uscc=uscc))
    return redirect(url_for("claims.notice_step", notice_id=notice_id, step=TROUBLE))


@claims.get("/my/notices/<notice_id>/<any(buyer, trouble, shipments, check):step>")
@open_to(*roles.APPLIES)
def notice_step(notice_id: str, step: str) -> BaseResponse:
    """One step with what stands saved, or what is known beforehand."""
    found = opened_step(notice_id, step)
    if isinstance(found, BaseResponse):
        return found
    if step == CHECK:
        return check_page(found, 200)
    if step == BUYER:
        return buyer_page(found.notice.uscc, found, buyer_form(found.notice.uscc, found))
    form = trouble_form(found) if step == TROUBLE else shipment_form(found)
    show_kept(form)
    return step_page(found, step, form, 200)


@claims.post("/my/notices/<notice_id>/<any(buyer, trouble, shipments, check):step>")
@open_to(*roles.APPLIES)
def save_notice_step(notice_id: str, step: str) -> BaseResponse:
    """Save a step as it was typed, and go on if nothing is left to do on it; the last step sends."""
    found = opened_step(notice_id, step)
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
    found = opened_step(notice_id, SHIPMENTS)
    if isinstance(found, BaseResponse):
        return found
    form = SheetForm()
    if not form.validate() or not form.file.data:
        form.say("file", _("No file was chosen. Choose the Excel file you filled in"))
        return step_page(found, SHIPMENTS, shipment_form(found), 422, sheet=form)
    try:
        read = read_shipments(form.file.data.read(), found.obligor.kind, clock.today())
        added, twice = notices.add_shipments(instance(), actor(), notice_id, read.good)
    except WorkbookRefused as refused:
        form.say("file", refused.problem.text())
        return step_page(found, SHIPMENTS, shipment_form(found), 422, sheet=form)
    except notices.TooManyShipments:
        form.say("file", _too_many())
        return step_page(found, SHIPMENTS, shipment_form(found), 422, sheet=form)
    bad = [
        *read.bad,
        *(bad_row(read.rows[place], {"invoice_number": _twice(one)}) for place, one in twice.items()),
    ]
    found = afresh(found)
    flash(
        ngettext("%(num)s shipment was added.", "%(num)s shipments were added.", added)
        if added
        else _("No shipment was added: every good row was there already."),
        "success" if added else "info",
    )
    return step_page(found, SHIPMENTS, shipment_form(found), 422 if bad else 200, bad=_bad_shown(bad))


@claims.get("/my/notices/<notice_id>/shipments.xlsx")
@open_to(*roles.APPLIES)
def shipments_template(notice_id: str) -> BaseResponse:
    """The empty workbook to fill in."""
    found = opened_step(notice_id, SHIPMENTS)
    if isinstance(found, BaseResponse):
        return found
    file, _nothing = workbook_file(lambda out: write_template(out, found.obligor.kind))
    return send_workbook(file, _("shipments.xlsx"))


@claims.post("/my/notices/<notice_id>/drop")
@open_to(*roles.APPLIES)
def drop_notice(notice_id: str) -> BaseResponse:
    """Give up a notice that was begun."""
    try:
        found = opened_step(notice_id, BUYER)
        if isinstance(found, BaseResponse):
            return found
        notices.drop_notice(instance(), actor(), notice_id)
    except UnknownNotice:
        abort(404)
    flash(_("The report that you had begun is given up. Nothing was sent."), "success")
    return redirect(url_for("policies.my_home"))


def _save_buyer(found: OpenedNotice) -> BaseResponse:
    uscc = found.notice.uscc
    form = buyer_form(uscc, sent=True)
    form.validate()
    if not form.obligor.data:
        form.say("obligor", _("Choose who owes the money, or add a buyer first"))
        return buyer_page(uscc, found, form, 422)
    try:
        notices.save_buyer(instance(), actor(), found.notice.id, form.seen_version, form.obligor.data)
    except (notices.StaleNotice, notices.NoSuchBuyer):
        flash(_("Something was changed in another window. Choose once more."), "warning")
        return redirect(step_url(found, BUYER))
    if request.form.get("then") == LEAVE:
        return left_off()
    found = afresh(found)
    left = found.next_step(clock.today())
    return redirect(step_url(found, left))


def _save_trouble(found: OpenedNotice) -> BaseResponse:
    form = trouble_form(found, sent=True)
    form.validate()
    try:
        notices.save_trouble(instance(), actor(), found.notice.id, form.seen_version, form.typed())
    except notices.StaleNotice:
        return stale_page(afresh(found), TROUBLE, form)
    if request.form.get("then") == LEAVE and not form.errors:
        return left_off()
    found = afresh(found)
    form.mark(found.faults(clock.today()))
    if form.errors:
        form.version.data = str(found.notice.version)
        return step_page(found, TROUBLE, form, 422)
    return redirect(step_url(found, found.next_step(clock.today())))


def _save_shipment(found: OpenedNotice) -> BaseResponse:
    then = request.form.get("then", "")
    form = shipment_form(found, sent=True)
    form.validate()
    if then == REMOVE:
        notices.remove_shipment(instance(), actor(), found.notice.id, form.row.data or "")
        return redirect(step_url(found, SHIPMENTS))
    typed = form.typed()
    nothing = not form.row.data and is_empty(typed)
    if not (nothing and found.shipments and not found.row and then != MORE):
        try:
            read = notices.save_shipment(
                instance(), actor(), found.notice.id, form.seen_version, typed, form.row.data or None
            )
        except notices.StaleNotice:
            form.row.data = ""
            return stale_page(afresh(found), SHIPMENTS, form)
        except TwiceReported as twice:
            form.say("invoice_number", _twice(twice).text())
            return step_page(found, SHIPMENTS, form, 422)
        except notices.TooManyShipments:
            form.say("invoice_number", _too_many())
            return step_page(found, SHIPMENTS, form, 422)
        found = afresh(found)
        if then != LEAVE:
            form.mark(read.problems)
    if form.errors:
        form.version.data = str(found.notice.version)
        return step_page(found, SHIPMENTS, form, 422)
    if then == LEAVE:
        return left_off()
    if then == MORE:
        flash(_("Shipment saved. Enter the next one."), "success")
        return redirect(step_url(found, SHIPMENTS))
    return redirect(step_url(found, found.next_step(clock.today())))


def _send(found: OpenedNotice) -> BaseResponse:
    form = SendForm()
    form.offer(may_claim=True)
    if request.form.get("then") == LEAVE:
        return left_off()
    if not form.validate():
        return check_page(found, 422, form)
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
        return redirect(step_url(found, left.step))
    except notices.StaleNotice:
        flash(_("Something was changed in another window. Check it once more, then send."), "warning")
        return check_page(afresh(found), 409)
    except notices.NoPolicy:
        return redirect(url_for("claims.new_notice", uscc=found.notice.uscc))
    except TwiceReported as twice:
        flash(_twice(twice).text(), "error")
        return redirect(step_url(found, SHIPMENTS))
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
