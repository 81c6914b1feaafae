"""Assessing a claim at the desk: the lines and the money with the calculation beside them."""

from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims import assessing, proposing
from portal.claims import assessment_codes as codes
from portal.claims.assessing import BadLines, LineInput, StaleDraft
from portal.claims.assessment_inputs import NoInvoiceFor, judged_lines, shipments_of_claim
from portal.claims.fast_lane import WHY_NOT, why_not
from portal.claims.money_laid import money_notes
from portal.claims.moves import StaleClaim
from portal.claims.proposing import approvers_for, newest_assessment
from portal.claims.questions import questions_of
from portal.claims.receipts import MoneyKnown
from portal.claims.records import Assessment, Claim
from portal.claims.worksheet_sheet import write_worksheet
from portal.common import audit, clock, formats, roles
from portal.common.cells import CellProblem, amount, visible
from portal.common.table_sheet import send_workbook, workbook_file
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.assessment_forms import AddMoneyForm
from portal.desk.assessment_view import (
    line_views,
    money_total,
    money_views,
    one_currency,
    reckon,
)
from portal.desk.blueprint import desk
from portal.desk.claim_case import ClaimCase
from portal.desk.claim_filter import ClaimFilter
from portal.desk.claim_names import BARS, LEFT, LINE_PROBLEMS
from portal.desk.claim_pages import back_to, find_claim
from portal.desk.objection_view import objection_shown
from portal.ledger.rates import NoRate
from portal.members.queries import tied_to
from portal.obligors.queries import country_name
from portal.scheme import stages
from portal.scheme.assessment_canonical import inputs_from_bytes, result_of
from portal.scheme.money import Money

Typed = dict[str, tuple[str, str, str]]


@desk.get("/claims/<number>/assessment")
@open_to(*roles.ASSESSES_CLAIMS)
def assessment(number: str) -> BaseResponse:
    """The draft of an assessment, begun by its first save; once it is handed over, what was handed over."""
    found = find_claim(number)
    if found.state != stages.ASSESSING:
        return redirect(url_for("desk.approval" if _frozen(found) else "desk.claim", number=number, **kept()))
    return _page(found, 200)


@desk.post("/claims/<number>/assessment")
@open_to(*roles.ASSESSES_CLAIMS)
def save_assessment(number: str) -> BaseResponse:
    """Save and calculate anew, or save and hand over for approval; nothing typed is ever lost."""
    found = find_claim(number)
    if not FlaskForm().validate():
        return _page(found, 422)
    typed, lines, unread = _typed(found)
    version = _whole(request.form.get("version", ""))
    if unread:
        return _page(found, 422, typed=typed, faults=unread, version=version)
    try:
        version = assessing.save_assessment(
            instance(), actor(), number, version, lines, request.form.get("note", "")[: assessing.LONGEST_NOTE]
        )
        if request.form.get("step") != "submit":
            flash(_("Saved and calculated."), "success")
            return redirect(_url(number))
        approver = request.form.get("approver", "")
        assessing.submit_assessment(instance(), actor(), number, version, approver or None)
    except BadLines as bad:
        faults = {key: str(LINE_PROBLEMS[code]) for key, code in bad.problems.items()}
        return _page(found, 422, typed=typed, faults=faults, version=version)
    except StaleDraft as stale:
        close_reading()
        return _page(find_claim(number), 409, typed=typed, stale=stale)
    except StaleClaim:
        return _moved_on(number)
    except proposing.NotReady as left:
        close_reading()
        return _page(find_claim(number), 422, refused=[str(LEFT[code]) for code in left.codes])
    except proposing.BadApprover:
        close_reading()
        return _page(find_claim(number), 422, refused=[_("Choose somebody who may approve this claim.")])
    except (NoRate, NoInvoiceFor):
        close_reading()
        return _page(find_claim(number), 422)
    flash(_("Handed over. A second person approves it or sends it back."), "success")
    return back_to(number)


@desk.post("/claims/<number>/receipts")
@open_to(*roles.ASSESSES_CLAIMS)
def assessment_money(number: str) -> BaseResponse:
    """Record money that came in, count what the firm told of, or strike out what was none."""
    found = find_claim(number)
    step, receipt = request.form.get("step", ""), request.form.get("receipt", "")
    try:
        if step == "add":
            return _add_money(found)
        if step == "count":
            assessing.count_money(instance(), actor(), number, receipt)
            flash(_("The money counts."), "success")
        elif step == "strike":
            reason = request.form.get("reason", "")
            if len(reason.strip()) < assessing.SHORTEST_REASON:
                flash(_("Write down why the money is struck out."), "error")
            else:
                assessing.strike_money(instance(), actor(), number, receipt, reason[: assessing.LONGEST_REASON])
                flash(_("The money is struck out and counts no more."), "success")
        else:
            abort(404)
    except assessing.UnknownReceipt:
        flash(_("This money was struck out meanwhile."), "warning")
    except StaleClaim:
        return _moved_on(number)
    return redirect(_url(number))


@desk.get("/claims/<number>/worksheet.xlsx")
@open_to(*roles.SEES_CLAIMS)
def claim_worksheet(number: str) -> Response:
    """The calculation as live formulas: the frozen sheet, or the draft as it stands today."""
    found = find_claim(number)
    newest = newest_assessment(reading(), found.id)
    if newest is None:
        abort(404)
    frozen = inputs_from_bytes(newest.canonical.encode()) if newest.canonical is not None else None
    if newest.canonical is not None:
        result = result_of(newest.canonical.encode())
    else:
        reckoned = reckon(reading(), found, judged_lines(reading(), newest), clock.today())
        if reckoned.sheet is None:
            flash(reckoned.missing_rate or reckoned.unplaced or "", "error")
            return make_response(redirect(_url(number)))
        result = reckoned.sheet.result
    about = [(_("Claim"), number), (_("Firm"), found.firm_name), (_("Day"), formats.day(clock.today()))]
    notes = money_notes(reading(), found, frozen)
    file, _cells = workbook_file(lambda out: write_worksheet(out, result.worksheet, number, about, notes))
    audit.note(instance().database, actor(), "claims.worksheet", f"claim {number}", audit.DOWNLOADED)
    return send_workbook(file, f"{number}-worksheet.xlsx")


def _page(
    found: Claim,
    status: int,
    typed: Typed | None = None,
    faults: dict[str, str] | None = None,
    stale: StaleDraft | None = None,
    refused: list[str] | None = None,
    money_form: AddMoneyForm | None = None,
    version: int | None = None,
) -> BaseResponse:
    """The page; with `version`, what was typed still stands on that save, whatever was saved since."""
    session, today = reading(), clock.today()
    if found.state != stages.ASSESSING:
        return _moved_on(found.number)
    draft = assessing.draft_of(session, found)
    judged = judged_lines(session, draft) if draft is not None else assessing.starting_lines(session, found)
    choices = approvers_for(session, found, actor().id)
    asked = questions_of(session, found, today)
    saved_by = [draft.saved_by] if draft is not None else []
    names = names_of(session, people(), {*choices, *saved_by, *([stale.by] if stale else [])})
    case = ClaimCase(found)
    page = render_template(
        "desk/assessment.html",
        claim=found,
        draft=draft,
        version=version if version is not None else draft.version if draft is not None else 0,
        saved_by=who_is(draft.saved_by, names) if draft is not None else None,
        obligor=asked.root,
        country=country_name(found.country),
        days_left=(found.due_on - today).days if found.due_on and not found.paused_on else None,
        lines=line_views(session, found, judged, typed, faults),
        total=_total(found, judged),
        currency=one_currency(shipments_of_claim(session, found)),
        money=money_views(session, people(), found),
        money_total=money_total(session, found),
        today=today,
        money_form=money_form or _money_form(found, AddMoneyForm(formdata=None)),
        reckoned=reckon(session, found, judged, today),
        approvers=sorted(((one, who_is(one, names)) for one in choices), key=lambda pair: pair[1]),
        approver=request.form.get("approver", ""),
        note=request.form.get("note", (draft.note if draft is not None else None) or ""),
        merged=case.page_merges(),
        bars=[str(BARS[code]) for code in asked.bars],
        open_alike=asked.open_alike,
        stale_by=who_is(stale.by, names) if stale else None,
        refused=refused or [],
        faulty=len(faults or {}),
        tied=bool(tied_to(session, actor().id, [found.uscc])),
        returned=_returned(found),
        objection=objection_shown(session, found),
        not_fast=[str(WHY_NOT[code]) for code in why_not(session, found, today) if code != "assessed_before"],
        asked_args=kept(),
    )
    return make_response(page, status)


def _typed(found: Claim) -> tuple[Typed, dict[str, LineInput], dict[str, str]]:
    """What the lines of the form say, as typed and as read; and what could not be read."""
    typed: Typed = {}
    lines: dict[str, LineInput] = {}
    unread: dict[str, str] = {}
    for one in shipments_of_claim(reading(), found):
        verdict = request.form.get(f"verdict-{one.id}", "")
        if not verdict:
            continue
        reason = request.form.get(f"reason-{one.id}", "")
        text = visible(request.form.get(f"amount-{one.id}", ""))
        typed[one.id] = (verdict, reason, text)
        recognised: Money | None = None
        if verdict == codes.REDUCED and text:
            try:
                recognised = Money.from_minor(amount(text, one.currency), one.currency)
            except CellProblem as bad:
                unread[one.id] = bad.problem.text()
                continue
        lines[one.id] = LineInput(verdict, reason or None, recognised)
    return typed, lines, unread


def _add_money(found: Claim) -> BaseResponse:
    """Record money; what is wrong with it is told beside its field, and what was typed stays."""
    form = _money_form(found, AddMoneyForm())
    if not form.validate():
        return _page(found, 422, money_form=form)
    try:
        assessing.add_money(
            instance(),
            actor(),
            found.number,
            form.kind.data,
            form.received_on.data,
            form.reference.data or "",
            form.sum_of(form.amount),
            form.sum_of(form.costs),
            form.named.id if form.named else None,
        )
    except MoneyKnown:
        form.reference.errors = [_("Money with this reference is recorded already: the same money counts once")]
        return _page(found, 422, money_form=form)
    flash(_("The money is recorded and taken off."), "success")
    return redirect(_url(found.number))


def _money_form(found: Claim, form: AddMoneyForm) -> AddMoneyForm:
    form.offer(shipments_of_claim(reading(), found))
    return form


def _total(found: Claim, judged: Any) -> dict[str, str]:
    """What was reported and what is recognised, by currency."""
    reported: dict[str, int] = {}
    recognised: dict[str, int] = {}
    shipments = shipments_of_claim(reading(), found)
    for one in shipments:
        reported[one.currency] = reported.get(one.currency, 0) + one.amount_minor
        recognised[one.currency] = recognised.get(one.currency, 0) + judged[one.id].recognised.minor
    said = formats.amount if one_currency(shipments) else formats.money
    return {
        "reported": _(", ").join(said(minor, currency) for currency, minor in reported.items()),
        "recognised": _(", ").join(said(minor, currency) for currency, minor in recognised.items()),
    }


def _returned(found: Claim) -> dict[str, str] | None:
    """Why the assessment before this draft came back, if it did."""
    last = last_frozen(found)
    if last is None or last.state not in (stages.RETURNED, stages.REVERSED) or last.decision_code is None:
        return None
    known = {**codes.SEND_BACK, **codes.REVERSALS}
    words = (
        _("what it rests on had changed") if last.decision_code == codes.STALE else str(known[last.decision_code])
    )
    return {"words": words, "note": last.decision_note or ""}


def last_frozen(found: Claim) -> Assessment | None:
    """The newest assessment of a claim whose sheet was frozen."""
    query = (
        reading()
        .query(Assessment)
        .filter(Assessment.claim_id == found.id, Assessment.canonical.is_not(None))
        .order_by(Assessment.sequence.desc())
    )
    return query.first()


def _frozen(found: Claim) -> bool:
    return last_frozen(found) is not None


def _moved_on(number: str) -> BaseResponse:
    flash(_("Nothing was saved: the claim has moved on. This is how it stands now."), "warning")
    return back_to(number)


def kept() -> dict[str, Any]:
    """The queue that this address carries, for links that stay within it."""
    return ClaimFilter.of(request.args).args()


def _url(number: str) -> str:
    return url_for("desk.assessment", number=number, **kept())


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
