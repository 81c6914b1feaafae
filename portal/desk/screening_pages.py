"""Insured firms in question: the task, deciding it, and whom a new version of a source concerned."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications import reviews, screening_actions
from portal.applications.history import who_is
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.applications.records import Application, Decision, ScreeningTask
from portal.applications.screening import OPEN, SET_ASIDE
from portal.common import formats, roles
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.desk.holding import SCREENING
from portal.desk.places import asked, following
from portal.desk.queue_queries import Place
from portal.desk.screening_forms import ScreeningForm
from portal.desk.screening_view import offer, outcome_words, screening_context
from portal.reference.names import SOURCE_NAMES
from portal.reference.queries import PER_PAGE, affected_by, clamped, version_of
from portal.scheme.eligibility import SourceMissing


@desk.get("/screenings/<number>")
@open_to(*roles.DESK)
def screening(number: str) -> BaseResponse:
    """One insured firm in question: what changed, on what evidence, and while it is open the form to decide."""
    return make_response(_page(_task(number)))


@desk.post("/screenings/<number>")
@open_to(*roles.CLOSES_SCREENINGS)
def decide_screening(number: str) -> BaseResponse:
    """Decide. Whoever comes second is told what the first one did; nothing typed is lost."""
    task = _task(number)
    form = ScreeningForm()
    then = following(Place(SCREENING, number))
    if task.state == OPEN and form.seen.data == task.decision_id:
        offer(form, task, reading().get_one(Decision, task.decision_id))
        if not form.validate():
            return make_response(_page(task, form), 422)
        try:
            state = screening_actions.decide_task(
                instance(),
                actor(),
                number,
                form.seen.data,
                form.outcome.data,
                form.reason.data,
                form.code.data or "",
                form.chosen_entries(),
            )
        except screening_actions.StaleTask:
            pass
        except PersonErased:
            form.form_errors = [_("A person of this case was erased, so nothing can be decided on it")]
            return make_response(_page(task, form), 422)
        except SourceMissing:
            form.form_errors = [_("A source is missing, so the rules cannot run. Try again once it is imported")]
            return make_response(_page(task, form), 422)
        else:
            return _decided(number, state, then)
    close_reading()  # what was read is no longer so: read again
    task = _task(number)
    if _sent_twice(task, form):
        return _decided(number, task.state, then)
    return make_response(_page(task, form, _what_changed(task)), 409)


@desk.get("/sources/<source>/<int(max=2147483647):number>/affected")
@open_to(*roles.SEES_FIRMS)
def affected(source: str, number: int) -> str:
    """Whom a version of a source concerned: who waited and was decided anew, and who is insured."""
    version = version_of(reading(), source, number)
    if version is None:
        abort(404)
    found = affected_by(reading(), version)
    insured = request.args.get("kind") == "insured" or (bool(found.insured) and not found.waiting)
    numbers = found.insured if insured else found.waiting
    page = clamped(request.args.get("page", 1, type=int), len(numbers))
    part = numbers[(page - 1) * PER_PAGE : page * PER_PAGE]
    applications = {
        one.number: one
        for one in reading().execute(select(Application).where(Application.number.in_(part))).scalars()
    }
    ids = [one.id for one in applications.values()]
    tasks: dict[str, ScreeningTask] = {}
    if insured:
        query = (
            select(ScreeningTask).where(ScreeningTask.application_id.in_(ids)).order_by(ScreeningTask.opened_at)
        )
        tasks = {task.application_id: task for task in reading().execute(query).scalars()}
    return render_template(
        "desk/affected.html",
        source=source,
        name=SOURCE_NAMES[source],
        version=version,
        insured=insured,
        waiting_total=len(found.waiting),
        insured_total=len(found.insured),
        rows=[(applications[one], tasks.get(applications[one].id)) for one in part if one in applications],
        state_names=STATE_NAMES,
        state_kinds=STATE_KINDS,
        outcome_words=outcome_words,
        total=len(numbers),
        page=page,
        per_page=PER_PAGE,
    )


def _page(task: ScreeningTask, form: ScreeningForm | None = None, changed: list[str] | None = None) -> str:
    return render_template("desk/screening.html", **screening_context(task, form, changed))


def _task(number: str) -> ScreeningTask:
    task = screening_actions.find_task(reading(), number)
    if task is None:
        abort(404)
    return task


def _decided(number: str, state: str, then: str | None) -> BaseResponse:
    """Say what came of it and go on: to the next case, or to this one as it stands now."""
    close_reading()
    task = _task(number)
    if state == OPEN:
        flash(_("Saved. The match is set aside; something else is still in question."), "info")
    else:
        flash(_("Saved. %(firm)s: %(what)s.", firm=task.firm_name, what=outcome_words(task)), "success")
    args = asked().args()
    if request.form.get("then") != "next" or state == OPEN:
        return redirect(url_for("desk.screening", number=number, **args))
    if then is None:
        flash(_("That was the last one to look at."))
        return redirect(url_for("desk.queue", **args))
    return redirect(then)


def _sent_twice(task: ScreeningTask, form: ScreeningForm) -> bool:
    """Whether what was sent is what the same person has saved already: a button pressed twice."""
    outcome, reason = form.outcome.data or "", form.reason.data or ""
    if outcome == SET_ASIDE:
        application = reading().get_one(Application, task.application_id)
        seen = form.seen.data or ""
        return reviews.saved_already(reading(), people(), actor(), application.number, seen, outcome, reason)
    same = task.state != OPEN and task.closed_by == actor().id and task.outcome == outcome
    said = screening_actions.reason_of(people(), task)
    return same and said.get("reason") == reason and said.get("code") == form.code.data


def _what_changed(task: ScreeningTask) -> list[str]:
    """Who did what since the form was opened, in sentences."""
    if task.state == OPEN or task.closed_at is None:
        return [_("The rules ran again meanwhile: look at what is in question now.")]
    known = names_of(reading(), people(), [task.closed_by] if task.closed_by else [])
    who, time = who_is(task.closed_by or "", known), formats.moment(task.closed_at)
    return [_("%(who)s decided it at %(time)s: %(what)s.", who=who, time=time, what=outcome_words(task))]
