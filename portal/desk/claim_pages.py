"""One claim at the desk: its facts, papers, questions and history, and what is done about it but for assessing."""

from collections.abc import Callable
from functools import partial

from flask import abort, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import requests
from portal.claims import approving, assessing, assignments, checking
from portal.claims import assessment_codes as codes
from portal.claims.claim_names import ASSIGNMENT_REFUSALS, RELEASE_REFUSALS, item_name
from portal.claims.invoice_answers import UnknownPair, answer_alike
from portal.claims.moves import StaleClaim, UnknownClaim, claim_of
from portal.claims.papers import UnknownPaper
from portal.claims.payees import look_at_payee
from portal.claims.records import Claim
from portal.common import roles
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, reading
from portal.desk.blueprint import desk
from portal.desk.claim_case import ClaimCase, Forms
from portal.desk.claim_filter import ClaimFilter
from portal.desk.claim_forms import AlikeForm, AskForm, CodedForm


@desk.get("/claims/<number>")
@open_to(*roles.SEES_CLAIMS)
def claim(number: str) -> str:
    """One claim with everything that is known about it."""
    return ClaimCase(find_claim(number)).page()


@desk.post("/claims/<number>/papers")
@open_to(*roles.ASSESSES_CLAIMS)
def accept_papers(number: str) -> BaseResponse:
    """Accept the ticked papers, or take an acceptance back."""
    find_claim(number)
    again = request.form.get("again", "")
    ticked = request.form.getlist("paper")
    if not again and not ticked:
        flash(_("Tick what you accept."), "error")
        return back_to(number)
    try:
        if again:
            checking.take_acceptance_back(instance(), actor(), number, again)
            flash(_("The document is to be looked at again."), "success")
        elif checking.accept_papers(instance(), actor(), number, ticked):
            flash(
                _("Accepted. The claim is small and clear, so it is proposed at once. A second person approves."),
                "success",
            )
        else:
            count = len(set(ticked))
            flash(ngettext("%(num)s document accepted.", "%(num)s documents accepted.", count), "success")
    except UnknownPaper:
        flash(_("A document was replaced or taken out meanwhile. Look again at what is there now."), "warning")
    except StaleClaim:
        return moved_on(number, Forms())
    return back_to(number)


@desk.post("/claims/<number>/ask")
@open_to(*roles.ASSESSES_CLAIMS)
def ask_on_claim(number: str) -> BaseResponse:
    """Ask the firm for everything that is missing, once; the clock stands still until it answers."""
    found = find_claim(number)
    items = [(code, item_name(code)) for code in checking.can_ask_for(reading(), found)]
    form = AskForm(items)
    forms = Forms(ask=form)

    def ask() -> None:
        checking.ask_firm(instance(), actor(), number, form.items.data, form.note.data or "")

    done = _("The firm is asked. The clock stands still until it answers.")
    return decide(number, forms, form, ask, done)


@desk.post("/claims/<number>/stop-waiting")
@open_to(*roles.ASSESSES_CLAIMS)
def stop_waiting_on_claim(number: str) -> BaseResponse:
    """Take back what the firm was asked for."""
    act = partial(checking.stop_waiting, instance(), actor(), number)
    return decide(number, Forms(), FlaskForm(), act, _("The request is taken back; the clock goes on."))


@desk.post("/claims/<number>/excuse")
@open_to(*roles.ASSESSES_CLAIMS)
def excuse_claim(number: str) -> BaseResponse:
    """Excuse that notice or claim came late."""
    form = CodedForm(codes.EXCUSES, "excuse")

    def excuse() -> None:
        assessing.excuse_lateness(instance(), actor(), number, form.code.data, form.reason.data)

    return decide(
        number, Forms(excuse=form), form, excuse, _("The delay is excused; nothing is taken off for it.")
    )


@desk.post("/claims/<number>/invoices")
@open_to(*roles.ASSESSES_CLAIMS)
def answer_alike_invoices(number: str) -> BaseResponse:
    """Say of invoices that look alike whether they are two or one."""
    form = AlikeForm()
    pairs = [
        (first, second) for first, _colon, second in (one.partition(":") for one in request.form.getlist("pair"))
    ]
    form.validate()
    if not pairs:
        form.code.errors = [*form.code.errors, _("Tick the invoices that you speak of")]
    if form.errors:
        return make_response(ClaimCase(find_claim(number)).page(Forms(alike=form)), 422)
    try:
        proposed = answer_alike(instance(), actor(), number, pairs, form.code.data, form.reason.data)
    except (StaleClaim, UnknownPair):
        return moved_on(number, Forms(alike=form))
    flash(
        _("Noted. Nothing else was open, so the claim is proposed at once.") if proposed else _("Noted."),
        "success",
    )
    return back_to(number)


@desk.post("/claims/<number>/assignment")
@open_to(*roles.ASSESSES_CLAIMS)
def decide_assignment(number: str) -> BaseResponse:
    """Look at the account of an assignment, record or refuse it, take or turn back the bank's release."""
    step = request.form.get("step", "")
    if step == "look":
        return _account_in_full(number)
    if step == "refuse":
        form = CodedForm(ASSIGNMENT_REFUSALS, "assignment", words=False)

        def refuse() -> None:
            assignments.refuse_assignment(instance(), actor(), number, form.code.data)

        done = _("The assignment is refused, and the firm is told why.")
        return decide(number, Forms(assignment=form), form, refuse, done)
    if step == "turn_back":
        form = CodedForm(RELEASE_REFUSALS, "release", words=False)

        def turn_back() -> None:
            assignments.turn_release_back(instance(), actor(), number, form.code.data)

        done = _("The release is turned back, and the firm is told why.")
        return decide(number, Forms(release=form), form, turn_back, done)
    acts: dict[str, tuple[Callable[..., None], str]] = {
        "record": (assignments.record_assignment, _("Recorded: the indemnity goes to the bank.")),
        "release": (assignments.release_assignment, _("Released: the indemnity goes to the firm’s own account.")),
    }
    if step not in acts:
        abort(404)
    act, done = acts[step]
    return decide(number, Forms(), FlaskForm(), partial(act, instance(), actor(), number), done)


def _account_in_full(number: str) -> BaseResponse:
    """The claim's page with the whole number of the account; the look is in the trail."""
    assignment = assignments.latest_assignment(reading(), find_claim(number).id)
    if assignment is None:
        abort(404)
    account = look_at_payee(instance(), actor(), assignment.payee_id).get("account")
    return make_response(ClaimCase(find_claim(number)).page(account=account))


@desk.post("/claims/<number>/decline-objection")
@open_to(*roles.APPROVES_CLAIMS)
def decline_objection(number: str) -> BaseResponse:
    """Leave a decision as it is that the firm objects to."""
    form = CodedForm(codes.OBJECTION_ANSWERS, "decline")

    def decline() -> None:
        approving.decline_objection(instance(), actor(), number, form.code.data, form.reason.data)

    done = _("The objection is declined. The firm is told why, and has its time to answer again.")
    return decide(number, Forms(decline=form), form, decline, done)


@desk.post("/claims/<number>/reverse")
@open_to(*roles.APPROVES_CLAIMS)
def reverse_indemnity(number: str) -> BaseResponse:
    """Take an approved indemnity back; the claim is assessed anew."""
    form = CodedForm(codes.REVERSALS, "reverse")

    def reverse() -> None:
        seen = form.seen.data or ""
        approving.reverse(instance(), actor(), number, seen, form.code.data, form.reason.data)

    done = _("The indemnity is reversed by a new entry. The claim is assessed anew.")
    return decide(number, Forms(reverse=form), form, reverse, done)


def find_claim(number: str) -> Claim:
    """The claim of this number; 404 without one."""
    try:
        return claim_of(reading(), number)
    except UnknownClaim:
        abort(404)


def back_to(number: str) -> BaseResponse:
    """The claim's page, within the queue that this address carries."""
    return redirect(url_for("desk.claim", number=number, **ClaimFilter.of(request.args).args()))


def moved_on(number: str, forms: Forms) -> BaseResponse:
    """The claim as it stands now, told that nothing was saved, with what was typed."""
    close_reading()  # what was read is no longer so
    return make_response(ClaimCase(find_claim(number)).page(forms, moved_on=True), 409)


def decide(number: str, forms: Forms, form: FlaskForm, act: Callable[[], object], done: str) -> BaseResponse:
    """Do what a form says, and tell what kept it from being done; nothing typed is lost."""
    found = find_claim(number)
    if not form.validate():
        return make_response(ClaimCase(found).page(forms), 422)
    try:
        act()
    except (StaleClaim, requests.AlreadyAsked, requests.NothingAsked, assignments.NoAssignment):
        return moved_on(number, forms)
    except assignments.ReleaseMissing:
        flash(_("The bank’s release is not handed in yet. Ask the firm for it."), "error")
    except approving.RecoveriesStand:
        flash(
            _("A recovery was shared by this indemnity. Reverse the recovery first, then the indemnity."), "error"
        )
    except PersonErased:
        erased()
    else:
        flash(done, "success")
    return back_to(number)


def erased() -> None:
    """Say that nothing was done, as words cannot be kept any more."""
    flash(_("The person who reported the loss was erased, so nothing can be written to them."), "error")
