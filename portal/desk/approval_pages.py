"""The frozen sheet at the desk: approving it, sending it back, and the letter about it."""

from flask import Response, abort, flash, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims import approving
from portal.claims import assessment_codes as codes
from portal.claims.assessment_inputs import judged_lines, shipments_of_claim
from portal.claims.letters import UnknownLetter, letter_for_staff
from portal.claims.moves import StaleClaim
from portal.claims.proposing import assessors_of, newest_assessment
from portal.claims.questions import questions_of
from portal.claims.records import Claim
from portal.common import clock, roles
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.assessment_pages import kept, last_frozen
from portal.desk.assessment_view import (
    changed_room,
    line_views,
    money_views,
    one_currency,
    sheet_view,
)
from portal.desk.blueprint import desk
from portal.desk.claim_forms import CodedForm
from portal.desk.claim_names import BARS, state_tag
from portal.desk.claim_pages import back_to, find_claim
from portal.desk.dispute_view import disputes_ended
from portal.desk.objection_view import objection_shown
from portal.members.queries import tied_to
from portal.obligors.queries import country_name
from portal.scheme import stages
from portal.scheme.assessment_canonical import inputs_from_bytes, result_of

PDF = "application/pdf"


@desk.get("/claims/<number>/approval")
@open_to(*roles.SEES_CLAIMS)
def approval(number: str) -> BaseResponse:
    """The frozen sheet, what approving does to the room, and approving it or sending it back."""
    return _approval_page(find_claim(number), 200)


@desk.post("/claims/<number>/approve")
@open_to(*roles.APPROVES_CLAIMS)
def approve_claim(number: str) -> BaseResponse:
    """Approve the sheet that was looked at."""
    found = find_claim(number)
    try:
        approving.approve(instance(), actor(), number, request.form.get("seen", ""))
    except StaleClaim:
        close_reading()
        return _approval_page(find_claim(number), 409, moved_on=True)
    except approving.StaleAssessment as stale:
        close_reading()
        return _approval_page(find_claim(number), 409, changed=[str(codes.CHANGES[code]) for code in stale.codes])
    except approving.CannotApprove as barred:
        close_reading()
        return _approval_page(find_claim(number), 409, barred=[str(BARS[code]) for code in barred.codes])
    flash(_("Approved. The firm is told, and agrees or objects."), "success")
    return back_to(found.number)


@desk.post("/claims/<number>/send-back")
@open_to(*roles.APPROVES_CLAIMS)
def send_claim_back(number: str) -> BaseResponse:
    """Give an assessment back with the reason."""
    found = find_claim(number)
    form = CodedForm(codes.SEND_BACK, "back")
    if not form.validate():
        return _approval_page(found, 422, form=form)
    try:
        approving.send_back(instance(), actor(), number, form.seen.data or "", form.code.data, form.reason.data)
    except StaleClaim:
        close_reading()
        return _approval_page(find_claim(number), 409, form=form, moved_on=True)
    flash(_("Sent back to be worked on again."), "success")
    return back_to(number)


@desk.get("/claims/<number>/letter.pdf", defaults={"serial": None})
@desk.get("/claims/<number>/letters/<int:serial>.pdf")
@open_to(*roles.SEES_CLAIMS)
def claim_letter(number: str, serial: int | None) -> Response:
    """The letter about the decision that stands, or an earlier one."""
    find_claim(number)
    try:
        pdf = letter_for_staff(instance(), actor(), number, serial)
    except UnknownLetter:
        abort(404)
    answer = Response(pdf, mimetype=PDF)
    name = number if serial is None else f"{number}-{serial}"
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    return answer


def _approval_page(
    found: Claim,
    status: int,
    form: CodedForm | None = None,
    moved_on: bool = False,
    changed: list[str] | None = None,
    barred: list[str] | None = None,
) -> BaseResponse:
    session, today = reading(), clock.today()
    newest = newest_assessment(session, found.id)
    if newest is None or newest.canonical is None:
        newest = last_frozen(found)
    if newest is None or newest.canonical is None:
        abort(404)
    frozen = newest.canonical.encode()
    inputs = inputs_from_bytes(frozen)
    every = {one for one in (newest.assessed_by, newest.approver, newest.decided_by) if one}
    names = names_of(session, people(), every)
    if form is None:
        form = CodedForm(codes.SEND_BACK, "back", formdata=None)
        form.seen.data = newest.canonical_sha256
    worked = actor().id in assessors_of(session, found.id)
    tied = bool(tied_to(session, actor().id, [found.uscc]))
    waits = found.state == stages.PROPOSED and newest.state == stages.SUBMITTED
    asked = questions_of(session, found, today)
    page = render_template(
        "desk/approval.html",
        claim=found,
        sheet_of=newest,
        waits=waits,
        state=state_tag(found.state),
        country=country_name(found.country),
        obligor=asked.root,
        open_alike=asked.open_alike if waits else [],
        lines=line_views(session, found, judged_lines(session, newest)),
        currency=one_currency(shipments_of_claim(session, found)),
        verdicts=codes.VERDICT_TOLD,
        reasons={code: known.words for code, known in codes.LINE_REASONS.items()},
        money=money_views(session, people(), found),
        disputes=disputes_ended(found),
        objection=objection_shown(session, found) if waits else None,
        sheet=sheet_view(result_of(frozen)),
        room=changed_room(session, found, inputs) if waits else None,
        assessed_by=who_is(newest.assessed_by or "", names),
        approver=who_is(newest.approver, names) if newest.approver else None,
        decided_by=who_is(newest.decided_by, names) if newest.decided_by else None,
        bars=[str(BARS[code]) for code in asked.bars] if waits else [],
        may_approve=waits and actor().role in roles.APPROVES_CLAIMS and not worked and not tied,
        worked=worked,
        tied=tied,
        form=form,
        form_sent=status == 422,
        moved_on=moved_on,
        changed=changed or [],
        barred=barred or [],
        asked_args=kept(),
    )
    return make_response(page, status)
