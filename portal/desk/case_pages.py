"""The page of one application at the desk: looking at it, deciding it, asking the firm for more."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications import asking, queries, requests, reviews
from portal.applications.blueprint import applications
from portal.applications.forms import DecideForm
from portal.applications.history import who_is
from portal.applications.names import REVIEW_NAMES, STATE_NAMES
from portal.applications.records import Application
from portal.common import formats, roles
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.case_view import case_context, offer
from portal.desk.holding import APPLICATION
from portal.desk.places import asked, following
from portal.desk.queue_queries import Place
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing


@applications.get("/desk/applications/<number>")
@open_to(*roles.DESK)
def case(number: str) -> BaseResponse:
    """One application with its evidence, its history and, while it is referred, the form to decide it."""
    return make_response(_page(_application(number)))


@applications.post("/desk/applications/<number>")
@open_to(*roles.DECIDES_APPLICATIONS)
def decide(number: str) -> BaseResponse:
    """Decide a referred case, or ask its firm for more. Whoever comes second is told; nothing typed is lost."""
    application = _application(number)
    form = DecideForm()
    then = following(Place(APPLICATION, number))
    decision = reviews.latest_decision(reading(), application.id)
    if application.state == stages.REFERRED and decision is not None and decision.id == form.seen_decision.data:
        offer(form, decision)
        if not form.validate():
            return make_response(_page(application, form), 422)
        try:
            state = _act(number, form)
        except reviews.StaleCase:
            pass
        except (reviews.MatchOpen, reviews.NotThisMatch):
            form.form_errors = [_("The list entries in question have changed. Look at them again")]
            return make_response(_page(application, form), 422)
        except PersonErased:
            form.form_errors = [
                _("A person of this case was erased, so the rules cannot run again. The case stays as it is")
            ]
            return make_response(_page(application, form), 422)
        except SourceMissing:
            form.form_errors = [_("A source is missing, so the rules cannot run again. The case stays as it is")]
            return make_response(_page(application, form), 422)
        else:
            return _decided(application, state, then)
    close_reading()  # what was read is no longer so: read again
    application = _application(number)
    if _sent_twice(application, form):
        return _decided(application, application.state, then)
    return make_response(_page(application, form, _what_changed(application, form)), 409)


@applications.post("/desk/applications/<number>/stop-waiting")
@open_to(*roles.DECIDES_APPLICATIONS)
def stop_waiting(number: str) -> BaseResponse:
    """Take the request to the firm back: the case is to be decided again, on what is there."""
    application = _application(number)
    try:
        asking.stop_waiting(instance(), actor(), number)
    except reviews.StaleCase as stale:
        words = _("%(firm)s: %(state)s now.", firm=application.firm_name, state=STATE_NAMES[stale.state])
        flash(words, "warning")
    else:
        flash(_("The request is taken back. The case is to be decided again."), "success")
    return redirect(url_for("applications.case", number=number, **asked().args()))


def _act(number: str, form: DecideForm) -> str:
    """Do what the form says and give the state afterwards."""
    seen, outcome = form.seen_decision.data, form.outcome.data
    if outcome == asking.ASK:
        asking.ask_firm(instance(), actor(), number, seen, form.items.data, form.reason.data or "")
        return stages.ASKED
    entries = form.chosen_entries() if outcome == reviews.SET_ASIDE else ()
    return reviews.review(instance(), actor(), number, seen, outcome, form.reason.data, entries)


def _page(application: Application, form: DecideForm | None = None, changed: list[str] | None = None) -> str:
    return render_template("applications/case.html", **case_context(application, form, changed))


def _application(number: str) -> Application:
    found = queries.find_application(reading(), number)
    if found is None:
        abort(404)
    return found


def _decided(application: Application, state: str, then: str | None) -> BaseResponse:
    """Say what came of it and go on: to the next case, to this one if it still has to be looked at, or back."""
    args = asked().args()
    here = url_for("applications.case", number=application.number, **args)
    firm = application.firm_name
    if state == stages.REFERRED:
        flash(_("Saved. %(firm)s still has something to look at.", firm=firm), "warning")
        return redirect(here)
    words = _("Saved. %(firm)s: %(state)s.", firm=firm, state=STATE_NAMES[state])
    flash(words, "success" if state in (stages.CLEARED, stages.ISSUED) else "info")
    if request.form.get("then") != "next":
        return redirect(here)
    if then is None:
        flash(_("That was the last one to look at."))
        return redirect(url_for("desk.queue", **args))
    return redirect(then)


def _sent_twice(application: Application, form: DecideForm) -> bool:
    """Whether what was sent is what the same person has saved already: a button pressed twice."""
    seen, outcome, reason = form.seen_decision.data, form.outcome.data, form.reason.data
    if outcome != asking.ASK:
        return reviews.saved_already(
            reading(), people(), actor(), application.number, seen or "", outcome or "", reason or ""
        )
    made = requests.open_request(reading(), requests.APPLICATION, application.id)
    return (
        made is not None and made.asked_by == actor().id and set(made.items.split()) == set(form.items.data or [])
    )


def _what_changed(application: Application, form: DecideForm) -> list[str]:
    """Who did what since the form was opened, in sentences."""
    done = [
        one for one in queries.reviews_of(reading(), application) if one.decision_id == form.seen_decision.data
    ]
    made = requests.open_request(reading(), requests.APPLICATION, application.id)
    known = names_of(reading(), people(), [*(one.reviewed_by for one in done), *([made.asked_by] if made else [])])
    said = [
        _(
            "%(who)s %(what)s at %(time)s.",
            who=who_is(one.reviewed_by, known),
            what=REVIEW_NAMES[one.outcome],
            time=formats.moment(one.reviewed_at),
        )
        for one in done
    ]
    if made is not None:
        who, time = who_is(made.asked_by, known), formats.moment(made.asked_at)
        said.append(_("%(who)s asked the firm for more at %(time)s.", who=who, time=time))
    latest = reviews.latest_decision(reading(), application.id)
    if not said and latest is not None and latest.id != form.seen_decision.data:
        said.append(_("The rules ran again at %(time)s.", time=formats.moment(latest.made_at)))
    return [*said, _("The application is now: %(state)s.", state=STATE_NAMES[application.state])]
