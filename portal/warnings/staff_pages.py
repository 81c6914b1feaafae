"""Events and obligors that several firms reported, at the desk: entered, confirmed, ended, and who was warned."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.claims.names import NOTICE_STATES, NOTICE_TAGS, RISK_NAMES
from portal.common import clock, roles
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.members.queries import TiedToFirm
from portal.obligors.identifiers import country_name
from portal.obligors.queries import find_obligor
from portal.obligors.records import Obligor
from portal.obligors.roots import root_of
from portal.scheme import stages
from portal.warnings import actions, names, queries
from portal.warnings.blueprint import warnings
from portal.warnings.forms import ConcernForm, EventForm, SeenForm
from portal.warnings.records import Event


@warnings.get("/desk/events")
@open_to(*roles.SEES_CLAIMS)
def events() -> str:
    """Every event, those that wait for a second person first."""
    page = _page_asked()
    shown, total = queries.events_page(reading(), page)
    roots = queries.roots_of(reading(), [one.obligor_id for one in shown if one.obligor_id])
    return render_template(
        "warnings/events.html",
        events=[(one, _where(one, roots)) for one in shown],
        total=total,
        page=page,
        per_page=queries.PER_PAGE,
        names=names,
        may_enter=actor().role in roles.ENTERS_EVENTS,
    )


@warnings.route("/desk/events/new", methods=["GET", "POST"])
@open_to(*roles.ENTERS_EVENTS)
def new_event() -> BaseResponse:
    """Enter an event; another person confirms it before anybody is warned."""
    asked = request.args.get("obligor", "")
    usual = {"obligor": asked, "kind": names.INSOLVENCY if asked else None}
    form = EventForm(data=usual)
    if form.validate_on_submit():
        try:
            number = actions.enter_event(
                instance(),
                actor(),
                form.kind.data,
                form.country.data or None,
                form.obligor.data or None,
                form.happened_on.data,
                form.measure_code,
                form.source.data,
            )
        except actions.BadEvent as error:
            if error.field != "obligor":
                raise
            form.obligor.errors = [
                _("There is no buyer or bank of this number. Look it up under buyers and banks")
            ]
        else:
            flash(_("Entered. Another person confirms it, then the firms are warned."), "success")
            return redirect(url_for("warnings.event", number=number), 303)
    return make_response(render_template("warnings/new_event.html", form=form), 422 if form.errors else 200)


@warnings.get("/desk/events/<number>")
@open_to(*roles.SEES_CLAIMS)
def event(number: str) -> str:
    """An event: whom it would warn, or whom it warned and who filed."""
    return _event_page(_event(number))


@warnings.post("/desk/events/<number>/confirm")
@open_to(*roles.ENTERS_EVENTS)
def confirm_event(number: str) -> BaseResponse:
    """Confirm what another person entered; the firms that were shown are warned. A second time only says so."""
    if _event(number).state != stages.ENTERED:
        return _confirmed_before(url_for("warnings.event", number=number))
    try:
        warned = actions.confirm_event(instance(), actor(), number, SeenForm().seen.data or "")
    except actions.SamePerson:
        flash(_("You entered this event yourself: another person confirms it."), "error")
    except actions.StaleWarning:
        close_reading()
        return make_response(_event_page(_event(number), moved_on=True), 409)
    else:
        flash(ngettext("%(num)s firm is warned.", "%(num)s firms are warned.", warned), "success")
    return redirect(url_for("warnings.event", number=number), 303)


@warnings.post("/desk/events/<number>/end")
@open_to(*roles.ENTERS_EVENTS)
def end_event(number: str) -> BaseResponse:
    """The event is over, or was a mistake."""
    _event(number)
    actions.end_event(instance(), actor(), number)
    flash(_("Ended. Firms are no longer warned of it."), "success")
    return redirect(url_for("warnings.event", number=number), 303)


@warnings.get("/desk/concerns")
@open_to(*roles.SEES_CLAIMS)
def concerns() -> str:
    """The buyers and banks that several firms reported, most firms first."""
    page = _page_asked()
    shown, total = queries.reported_by_several(reading(), page)
    return render_template(
        "warnings/concerns.html",
        shown=shown,
        total=total,
        page=page,
        per_page=queries.PER_PAGE,
        country_name=country_name,
    )


@warnings.get("/desk/concerns/<number>")
@open_to(*roles.SEES_CLAIMS)
def concern(number: str) -> str:
    """What firms reported of one buyer or bank, and who would be warned."""
    return _concern_page(_obligor(number), ConcernForm(formdata=None))


@warnings.post("/desk/concerns/<number>")
@open_to(*roles.MINDS_OBLIGORS)
def confirm_concern(number: str) -> BaseResponse:
    """Confirm the concern: the other firms that deal with it are warned."""
    obligor, form = _obligor(number), ConcernForm()
    if queries.open_concern(reading(), obligor.id) is not None:
        return _confirmed_before(url_for("warnings.concern", number=number))
    if not form.validate():
        return make_response(_concern_page(obligor, form), 422)
    try:
        warned = actions.confirm_concern(instance(), actor(), number, form.reason.data, form.seen.data or "")
    except actions.NotSeveral:
        flash(_("Fewer than two firms have reported it by now: nobody is warned."), "error")
    except actions.StaleWarning:
        close_reading()
        return make_response(_concern_page(_obligor(number), form, moved_on=True), 409)
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with it: somebody else confirms."), "error")
    else:
        flash(ngettext("%(num)s firm is warned.", "%(num)s firms are warned.", warned), "success")
    return redirect(url_for("warnings.concern", number=number), 303)


@warnings.post("/desk/concerns/<number>/end")
@open_to(*roles.MINDS_OBLIGORS)
def end_concern(number: str) -> BaseResponse:
    """The trouble is over."""
    _obligor(number)
    try:
        actions.end_concern(instance(), actor(), number)
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with it: somebody else ends it."), "error")
    else:
        flash(_("Ended. Firms are no longer warned of it."), "success")
    return redirect(url_for("warnings.concern", number=number), 303)


def _confirmed_before(page: str) -> BaseResponse:
    """Nothing was done: a colleague was quicker, or the button was pressed twice. The page says what stands."""
    flash(_("It was dealt with already. Below is how it stands."), "warning")
    return redirect(page, 303)


def _event_page(found: Event, moved_on: bool = False) -> str:
    roots = queries.roots_of(reading(), [found.obligor_id] if found.obligor_id else [])
    waits = found.state == stages.ENTERED
    affected = queries.affected_by_event(reading(), found, clock.today()) if waits else []
    by = [one for one in (found.entered_by, found.confirmed_by, found.ended_by) if one]
    return render_template(
        "warnings/event.html",
        event=found,
        where=_where(found, roots),
        obligor=roots.get(found.obligor_id or ""),
        names=names,
        staff=names_of(reading(), people(), set(by)),
        waits=waits,
        affected=affected,
        warned=[] if waits else queries.warned_of(reading(), queries.EVENT, found.id),
        form=SeenForm(formdata=None, seen=queries.digest(affected)),
        mine=found.entered_by == actor().id,
        may_enter=actor().role in roles.ENTERS_EVENTS,
        country_name=country_name,
        moved_on=moved_on,
    )


def _concern_page(obligor: Obligor, form: ConcernForm, moved_on: bool = False) -> str:
    standing = queries.open_concern(reading(), obligor.id)
    reports = queries.reports_of(reading(), obligor.id)
    affected = [] if standing else queries.affected_by_concern(reading(), obligor.id, clock.today())
    form.seen.data = queries.digest(affected)
    known = queries.concerns_of(reading(), obligor.id)
    by = {one for past in known for one in (past.confirmed_by, past.ended_by) if one}
    return render_template(
        "warnings/concern.html",
        obligor=obligor,
        country=country_name(obligor.country),
        standing=standing,
        events=[one.reason.split()[-1] for one in known if one.automatic and one.ended_at is None],
        reports=reports,
        firms=len({one.uscc for one in reports}),
        several=queries.SEVERAL,
        affected=affected,
        warned=queries.warned_of(reading(), queries.CONCERN, standing.id) if standing else [],
        past=known,
        staff=names_of(reading(), people(), by),
        risks=RISK_NAMES,
        states=NOTICE_STATES,
        tags=NOTICE_TAGS,
        form=form,
        may_confirm=actor().role in roles.MINDS_OBLIGORS,
        moved_on=moved_on,
    )


def _where(found: Event, roots: dict[str, Obligor]) -> str:
    return roots[found.obligor_id].name if found.obligor_id else country_name(found.country)


def _page_asked() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _event(number: str) -> Event:
    found = queries.find_event(reading(), number)
    if found is None:
        abort(404)
    return found


def _obligor(number: str) -> Obligor:
    found = find_obligor(reading(), number)
    if found is None:
        abort(404)
    return root_of(reading(), found.id)
