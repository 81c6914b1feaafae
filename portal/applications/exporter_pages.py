"""Applying on the web: a few short pages, saved as one goes, read back, sent once."""

import logging
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import applying, drafts
from portal.applications.applying_forms import (
    DeclarationsForm,
    FirmForm,
    RepresentativeForm,
    SendForm,
    StepForm,
    declarations_form,
)
from portal.applications.applying_shown import customs_shown, licence_shown, read_back, saved_words
from portal.applications.blueprint import applications
from portal.applications.drafts import CHECK, DECLARATIONS, FIRM, STEPS, Opened
from portal.applications.queries import find_application
from portal.applications.reading import open_to_member
from portal.applications.screening import issued_at_once
from portal.common import clock, roles
from portal.common.codes import mask_identity_number
from portal.common.errors import new_reference
from portal.common.kept_form import show_kept
from portal.common.preferences import locale_name
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.members.access import my_membership
from portal.members.actions import add_licence, remove_licence
from portal.scheme import stages
from portal.scheme.terms import BeforeFirstTerms

log = logging.getLogger("portal")
LEAVE, REMOVE = "leave", "remove"  # what a button of a step does besides going on
TEMPLATES = {step: f"applications/step_{step}.html" for step in STEPS}


@applications.get("/my/firms/<uscc>/apply")
@open_to(*roles.APPLIES)
def apply(uscc: str) -> BaseResponse:
    """Go to the first step that is not done; or to the application that the firm has already."""
    found = _opened(uscc)
    return _elsewhere(found) or redirect(_step_url(found, found.next_step(clock.today())))


@applications.get("/my/firms/<uscc>/apply/<step>")
@open_to(*roles.APPLIES)
def step(uscc: str, step: str) -> BaseResponse:
    """One step with what stands saved, or what is known beforehand."""
    if step not in STEPS:
        abort(404)
    found = _opened(uscc)
    elsewhere = _elsewhere(found)
    if elsewhere is not None:
        return elsewhere
    if step == CHECK:
        return _read_back_page(found, 200)
    form = _form(found, step)
    show_kept(form)
    return _step_page(found, form, 200)


@applications.post("/my/firms/<uscc>/apply/<step>")
@open_to(*roles.APPLIES)
@takes_documents
def save(uscc: str, step: str) -> BaseResponse:
    """Save a step as it was typed, and go on if nothing is left to do on it; the last step sends."""
    if step not in STEPS:
        abort(404)
    if step == CHECK:
        return _send(uscc)
    found = _opened(uscc)
    applied = _applied(found)
    if applied is not None:
        return redirect(applied)
    form = _form(found, step, sent=True)
    then = request.form.get("then", "")
    form.validate()  # the token and the file; the values are looked at once they are saved
    if isinstance(form, RepresentativeForm):
        _keep_licence(form, uscc, then)
    try:
        draft = applying.open_draft(instance(), actor(), uscc)
        applying.save_step(
            instance(),
            actor(),
            draft.id,
            form.seen_version,
            step,
            form.values(),
            form.ticked(),
            locale_name(),
        )
    except applying.StaleDraft:
        return _stale_page(_afresh(uscc), form)
    except (applying.DraftSent, applying.UnknownDraft):
        return redirect(url_for("applications.apply", uscc=uscc))
    found = _afresh(uscc)
    if then == LEAVE and not form.errors:
        flash(_("Saved. Go on whenever you like, also on another device."), "success")
        return redirect(url_for("policies.my_home"))
    if then == REMOVE:
        return redirect(_step_url(found, step))
    if not form.mark(found, clock.today()):
        form.version.data = str(found.version)
        return _step_page(found, form, 422)
    return _elsewhere(found) or redirect(_step_url(found, found.next_step(clock.today())))


def _send(uscc: str) -> BaseResponse:
    form = SendForm()
    if not form.validate() or not (form.version.data or "").isdecimal():
        return redirect(url_for("applications.apply", uscc=uscc))
    my_membership(uscc)
    if request.form.get("then") == LEAVE:
        flash(_("Saved. Go on whenever you like, also on another device."), "success")
        return redirect(url_for("policies.my_home"))
    try:
        number = applying.send(instance(), actor(), form.draft.data or "", int(form.version.data))
    except applying.NotComplete as left:
        flash(_("Something is left to do on this step before you can send."), "warning")
        return redirect(url_for("applications.step", uscc=uscc, step=left.step))
    except applying.StaleDraft:
        flash(_("Something was changed in another window. Check it once more, then send."), "warning")
        return _read_back_page(_afresh(uscc), 409)
    except applying.AlreadyApplied as applied:
        number = applied.number
    except (applying.EnrolmentClosed, applying.StaffFirst, applying.UnknownDraft):
        return redirect(url_for("applications.apply", uscc=uscc))  # which says why
    return redirect(_answer_url(number, issue=True), 303)


def _answer_url(number: str, issue: bool = False) -> str:
    """Where the answer to an application stands: its policy if there is one, else its own page."""
    close_reading()
    application = find_application(reading(), number)
    if application is None:
        abort(404)
    if issue and issued_at_once(application):  # one from a file waits for staff to issue it
        _issue(number)
        return _answer_url(number)
    if application.state == stages.ISSUED and application.policy_number:
        return url_for("policies.my_policy", number=application.policy_number)
    return url_for("applications.my_application", number=number)


def _issue(number: str) -> None:
    """Issue the policy at once. The application stands already: whatever goes wrong here must not hide that."""
    issue_at_once = instance().issue_at_once
    if issue_at_once is None:
        return
    try:
        issue_at_once(number)
    except Exception as error:
        reference = new_reference()
        log.error("%s the policy of %s was not issued at once", reference, number, exc_info=error)
        words = _(
            "Your application is here and meets the conditions. The policy is not issued yet; it follows by "
            "itself. If it is not there tomorrow, quote %(reference)s.",
            reference=reference,
        )
        flash(words, "warning")


def _opened(uscc: str) -> Opened:
    membership = my_membership(uscc)
    try:
        return drafts.opened(reading(), people(), membership, clock.today())
    except BeforeFirstTerms:
        abort(404)


def _afresh(uscc: str) -> Opened:
    """The draft as it stands after a write of this request."""
    close_reading()
    return _opened(uscc)


def _applied(found: Opened) -> str | None:
    """The address of the application beside which no other can be made, if the reader may know of it."""
    other = drafts.in_the_way(reading(), found.membership, found.on_date, clock.today())
    if other is None or not open_to_member(found.membership, other):
        return None
    return _answer_url(other.number)


def _elsewhere(found: Opened) -> BaseResponse | None:
    """Where no step is shown: the firm has applied, or enrolment is closed today."""
    applied = _applied(found)
    if applied is not None:
        return redirect(applied)
    if not drafts.enrolment_is_open(found.on_date, clock.today()):
        page = render_template("applications/closed.html", found=found, on_date=found.on_date, today=clock.today())
        return make_response(page)
    return None


def _step_url(found: Opened, step: str) -> str:
    return url_for("applications.step", uscc=found.membership.uscc, step=step)


def _form(found: Opened, step: str, sent: bool = False) -> StepForm:
    """The form of a step: as it was sent, else with what stands saved or is known beforehand."""
    data: dict[str, Any] = {**found.entries.part(drafts.STEP_ENTRIES[step]), "version": str(found.version)}
    given: dict[str, Any] = {} if sent else {"formdata": None}
    if step == FIRM:
        return FirmForm(data=data, **given)
    if step == DECLARATIONS:
        ticked = dict.fromkeys(found.declared, True)
        codes = found.on_date.declarations
        return declarations_form(codes, locale_name(), data={**data, **ticked}, **given)
    if data["own"] and not data["representative"]:
        data["representative"] = found.entries.contact
    data |= {
        "own": bool(data["own"]),
        "number": drafts.shown_number(found),
        "other_document": bool(data["other_document"]),
        "agree_name": found.agreed_to("representative_name") is not None,
        "agree_number": found.agreed_to("representative_number") is not None,
    }
    form = RepresentativeForm(data=data, **given)
    form.word(locale_name())
    return form


def _keep_licence(form: RepresentativeForm, uscc: str, then: str) -> None:
    """A licence that is right is kept at once, whatever else is wrong with the step."""
    if then == REMOVE:
        remove_licence(instance(), actor(), uscc)
    elif form.licence.checked is not None:
        add_licence(instance(), actor(), uscc, form.licence.checked)


def _step_page(found: Opened, form: StepForm, status: int, **more: Any) -> BaseResponse:
    page = render_template(
        TEMPLATES[form.step],
        found=found,
        form=form,
        bar=_bar(found, form.step),
        registered=found.registry is not None,
        confirmed=found.membership.state == stages.CONFIRMED,
        declared_by=found.entries.contact,
        **_of_step(found, form),
        **more,
    )
    return make_response(page, status)


def _of_step(found: Opened, form: StepForm) -> dict[str, Any]:
    """What only one of the steps shows."""
    if isinstance(form, FirmForm):
        return {"customs": customs_shown(reading(), found, clock.today())}
    if isinstance(form, DeclarationsForm):
        return {"boxes": form.boxes()}
    carried = mask_identity_number(found.carried.number) if found.carried else ""
    return {"licence": licence_shown(reading(), people(), found), "carried_number": carried}


def _stale_page(found: Opened, form: StepForm) -> BaseResponse:
    """What was typed, to be saved after all, and beside it what was saved in another window meanwhile."""
    form.version.data = str(found.version)
    return _step_page(found, form, 409, stands=saved_words(found, form), stood_at=found.saved_at)


def _read_back_page(found: Opened, status: int) -> BaseResponse:
    left = found.next_step(clock.today())
    if left != CHECK:
        return redirect(_step_url(found, left))
    other = drafts.in_the_way(reading(), found.membership, found.on_date, clock.today())
    page = render_template(
        TEMPLATES[CHECK],
        found=found,
        form=SendForm(
            formdata=None, data={"draft": found.draft.id if found.draft else "", "version": found.version}
        ),
        bar=_bar(found, CHECK),
        staff_first=other is not None,
        waits=found.membership.state != stages.CONFIRMED and bool(found.membership.why_waiting),
        shown=read_back(reading(), people(), found, clock.today()),
    )
    return make_response(page, status)


def _bar(found: Opened, step: str) -> dict[str, Any]:
    """The step header: where one is, what is done, when it was saved, and the way back."""
    place = STEPS.index(step)
    today = clock.today()
    states = ["now" if one == step else "done" if found.is_done(one, today) else "future" for one in STEPS]
    back = _step_url(found, STEPS[place - 1]) if place else url_for("members.my_firm", uscc=found.membership.uscc)
    return {"number": place + 1, "total": len(STEPS), "states": states, "back": back, "saved_at": found.saved_at}
