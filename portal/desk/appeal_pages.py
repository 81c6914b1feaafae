"""An appeal at the desk: what the firm says beside the evidence; one proposes a correction, another decides."""

from collections.abc import Callable
from functools import partial

from flask import abort, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.appeals import desk_actions, queries
from portal.appeals.actions import StaleAppeal
from portal.appeals.proposals import BadProposal, correction_of, standing, try_out
from portal.appeals.records import Appeal
from portal.applications import requests
from portal.applications.names import STATE_NAMES as APPLICATION_STATES
from portal.common import clock, roles
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.appeal_case import AppealCase, Forms
from portal.desk.appeal_forms import ApproveForm, AskForm, CorrectionForm, DeclineForm, ReasonForm
from portal.desk.blueprint import desk
from portal.desk.places import asked as asked_queue
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing


@desk.get("/appeals/<number>")
@open_to(*roles.DESK)
def appeal(number: str) -> BaseResponse:
    """One appeal with its evidence, what a correction would change, and the forms to decide it."""
    found = _appeal(number)
    forms = Forms()
    what = request.args.get("correct", "")
    case = AppealCase(found)
    if what in case.correctable:
        forms.correction = CorrectionForm(formdata=None)
        case.offer(forms.correction, what)
        forms.correction.holds_from.data = case.application.applied_on
    return make_response(case.page(forms))


@desk.post("/appeals/<number>/correction")
@open_to(*roles.DECIDES_APPEALS)
def propose_correction(number: str) -> BaseResponse:
    """See what a correction would change, or propose it; nothing is stored by looking."""
    found = _appeal(number)
    case = AppealCase(found)
    forms = Forms(correction=CorrectionForm())
    form = forms.correction
    assert form is not None  # made above
    if found.state != stages.OPEN or form.what.data not in case.correctable:
        return _moved_on(number, forms, lambda now: _proposed_by_me(now))
    case.offer(form, form.what.data)
    if not form.validate():
        return make_response(case.page(forms), 422)
    try:
        if request.form.get("step") == "propose":
            made = desk_actions.propose(instance(), actor(), number, form.proposal(), form.reason.data)
            flash(_("Correction %(number)s is proposed. A second person decides on it.", number=made), "success")
            return _back_to(number)
        return make_response(_tried(case, forms))
    except BadProposal as bad:
        form.refuse(bad)
    except SourceMissing:
        form.form_errors = [_missing_source()]
    except PersonErased:
        form.form_errors = [_erased()]
    except StaleAppeal:
        return _moved_on(number, forms, lambda now: _proposed_by_me(now))
    return make_response(case.page(forms), 422)


@desk.post("/appeals/<number>/approve")
@open_to(*roles.APPROVES_CORRECTIONS)
def approve_correction(number: str) -> BaseResponse:
    """Approve what somebody else proposed: it counts from now on and the rules run again."""
    form = ApproveForm()
    try:
        result = desk_actions.approve(instance(), actor(), number, _number(form.correction.data))
    except StaleAppeal:
        return _moved_on(number, Forms(), lambda now: _decided_by_me(now, stages.UPHELD))
    except desk_actions.NoLongerStands:
        flash(_("Not approved: the source says something else by now. Send the correction back."), "error")
        return _back_to(number)
    except SourceMissing:
        flash(_missing_source(), "error")
        return _back_to(number)
    except PersonErased:
        flash(_erased(), "error")
        return _back_to(number)
    _say_what_followed(result)
    return _back_to(number)


@desk.post("/appeals/<number>/send-back")
@open_to(*roles.APPROVES_CORRECTIONS)
def send_correction_back(number: str) -> BaseResponse:
    """Give a correction back to whoever proposed it, with the reason."""
    form = ReasonForm()
    forms = Forms(send_back=form)

    def send() -> None:
        desk_actions.send_back(instance(), actor(), number, _number(form.correction.data), form.reason.data)

    done = _("The correction is sent back.")
    return _decide(number, forms, form, send, done, lambda now: _sent_back_by_me(now, form.correction.data))


@desk.post("/appeals/<number>/decline")
@open_to(*roles.DECIDES_APPEALS)
def decline_appeal(number: str) -> BaseResponse:
    """Decline an appeal: the firm reads the coded reason."""
    form = DeclineForm()

    def decline() -> None:
        desk_actions.decline(instance(), actor(), number, form.code.data, form.reason.data)

    done = _("The appeal is declined, and the firm is told why.")
    again = partial(_decided_by_me, state=stages.DECLINED)
    return _decide(number, Forms(decline=form), form, decline, done, again)


@desk.post("/appeals/<number>/ask")
@open_to(*roles.DECIDES_APPEALS)
def ask_on_appeal(number: str) -> BaseResponse:
    """Ask the firm for more; its clock stands still until it answers."""
    form = AskForm()

    def ask() -> None:
        desk_actions.ask(instance(), actor(), number, form.items.data, form.note.data or "")

    done = _("The firm is asked. The clock stands still until it answers.")
    return _decide(number, Forms(ask=form), form, ask, done, _asked_by_me)


@desk.post("/appeals/<number>/stop-waiting")
@open_to(*roles.DECIDES_APPEALS)
def stop_waiting_on_appeal(number: str) -> BaseResponse:
    """Take back what the firm was asked for."""
    form = FlaskForm()

    def stop() -> None:
        desk_actions.stop_waiting(instance(), actor(), number)

    done = _("The request is taken back; the appeal is decided on what is there.")
    return _decide(number, Forms(), form, stop, done, lambda now: now.state == stages.OPEN)


@desk.post("/appeals/<number>/uphold")
@open_to(*roles.DECIDES_APPEALS)
def uphold_appeal(number: str) -> BaseResponse:
    """Send a case that a person rejected to another person, to be decided anew."""
    form = ReasonForm()
    results: list[desk_actions.Upheld] = []

    def uphold() -> None:
        results.append(desk_actions.uphold(instance(), actor(), number, form.reason.data))

    answer = _decide(
        number, Forms(uphold=form), form, uphold, None, lambda now: _decided_by_me(now, stages.UPHELD)
    )
    for result in results:
        _say_what_followed(result)
    return answer


def _appeal(number: str) -> Appeal:
    found = queries.find_appeal(reading(), number)
    if found is None:
        abort(404)
    return found


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _back_to(number: str) -> BaseResponse:
    return redirect(url_for("desk.appeal", number=number, **asked_queue().args()))


def _tried(case: AppealCase, forms: Forms) -> str:
    """The page with what the correction of the form would change."""
    assert forms.correction is not None  # the caller filled it in
    today = clock.today()
    stands = standing(reading(), people(), case.application, today)
    codes = desk_actions.in_question(reading(), case.application)
    number = desk_actions.next_number(reading())
    correction = correction_of(stands, people(), forms.correction.proposal(), codes, case.appeal.id, number)
    return case.page(forms, tried=try_out(reading(), people(), stands, correction), trying=correction)


def _decide(
    number: str,
    forms: Forms,
    form: FlaskForm,
    act: Callable[[], None],
    done: str | None,
    did_it: Callable[[Appeal], bool],
) -> BaseResponse:
    """Do what a form says, and tell what kept it from being done; nothing typed is lost."""
    _appeal(number)
    if not form.validate():
        return make_response(AppealCase(_appeal(number)).page(forms), 422)
    try:
        act()
    except StaleAppeal:
        return _moved_on(number, forms, did_it)
    except (BadProposal, requests.NothingAsked, requests.AlreadyAsked):
        return _moved_on(number, forms, did_it)
    except SourceMissing:
        form.form_errors = [_missing_source()]
        return make_response(AppealCase(_appeal(number)).page(forms), 422)
    except PersonErased:
        form.form_errors = [_erased()]
        return make_response(AppealCase(_appeal(number)).page(forms), 422)
    if done is not None:
        flash(done, "success")
    return _back_to(number)


def _moved_on(number: str, forms: Forms, did_it: Callable[[Appeal], bool]) -> BaseResponse:
    """The same person sent it twice: as if once. Else the appeal as it stands now, with what was typed."""
    close_reading()  # what was read is no longer so
    found = _appeal(number)
    if did_it(found):
        return _back_to(number)
    return make_response(AppealCase(found).page(forms, moved_on=True), 409)


def _proposed_by_me(found: Appeal) -> bool:
    correction = queries.proposed(reading(), found.id)
    return correction is not None and correction.proposed_by == actor().id


def _sent_back_by_me(found: Appeal, correction: str | None) -> bool:
    return any(
        one.number == _number(correction) and one.approved_by == actor().id and found.state == stages.OPEN
        for one in queries.corrections_of(reading(), found.id)
    )


def _decided_by_me(found: Appeal, state: str) -> bool:
    return found.state == state and found.decided_by == actor().id


def _asked_by_me(found: Appeal) -> bool:
    open_one = requests.open_request(reading(), requests.APPEAL, found.id)
    return found.state == stages.ASKED and open_one is not None and open_one.asked_by == actor().id


def _say_what_followed(result: desk_actions.Upheld) -> None:
    state = str(APPLICATION_STATES[result.state])
    if result.other is not None:
        flash(
            _(
                "Upheld. Application %(other)s of the firm is open, and the rules ran again on that one; this one "
                "stays closed: %(state)s.",
                other=result.other,
                state=state,
            ),
            "warning",
        )
    elif result.state == stages.LAPSED:
        flash(
            _("Upheld, but its policy year has ended: no policy can be issued. The application lapsed."), "warning"
        )
    elif result.state in (stages.INELIGIBLE, stages.REJECTED):
        flash(_("Upheld, but a rule is still not met. The application stays: %(state)s.", state=state), "warning")
    else:
        flash(_("Upheld. The application is now: %(state)s.", state=state), "success")


def _missing_source() -> str:
    return _("A source is missing, so the rules cannot run. Nothing was saved; try again once it is imported")


def _erased() -> str:
    return _("A person of this case was erased, so the rules cannot run again. Nothing was saved")
