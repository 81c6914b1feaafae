"""Buyers and banks at the desk: finding one, all that is known of it, and whether two that look alike are one."""

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import audit, clock, roles
from portal.common.table_sheet import send_workbook, workbook_file
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk import obligor_list as views
from portal.desk.blueprint import desk
from portal.desk.obligor_forms import DifferentForm, ReasonForm
from portal.desk.obligor_list import PER_PAGE, ObligorFilter, ObligorList
from portal.desk.obligor_sheet import write_obligors
from portal.desk.obligor_view import aside_form, likeness, lookalike_context, obligor_context
from portal.members.queries import TiedToFirm
from portal.obligors import answering, queries, setting_aside
from portal.obligors.identifiers import country_name
from portal.obligors.names import KIND_NAMES, LOOKALIKE_TAGS, WHY_NAMES
from portal.obligors.records import Lookalike
from portal.scheme import stages


@desk.get("/obligors")
@open_to(*roles.SEES_CLAIMS)
def obligors() -> str:
    """Records of buyers and banks, or the look-alikes that wait for an answer or have one."""
    wanted = ObligorFilter.of(request.args)
    shown = ObligorList(reading(), wanted, actor().id)
    total = shown.total()
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    pairs = [] if wanted.view == views.RECORDS else shown.pairs(page)
    holders = names_of(reading(), people(), {one.asked.assigned_to for one in pairs if one.asked.assigned_to})
    return render_template(
        "desk/obligors.html",
        wanted=wanted,
        tabs=_tabs(shown.counts()),
        records=list(shown.records(page)) if wanted.view == views.RECORDS else [],
        pairs=pairs,
        holders=holders,
        total=total,
        page=page,
        per_page=PER_PAGE,
        kinds=KIND_NAMES,
        why=WHY_NAMES,
        states=LOOKALIKE_TAGS,
        country_name=country_name,
        countries=sorted(((one, country_name(one)) for one in shown.countries()), key=_by_name),
        today=clock.today(),
        likeness=likeness,
        title=view_title(wanted.view),
    )


@desk.get("/obligors/export.xlsx")
@open_to(*roles.SEES_CLAIMS)
def export_obligors() -> Response:
    """Exactly what the page of the same address shows, all its pages, as a workbook; on record."""
    wanted = ObligorFilter.of(request.args)
    shown = ObligorList(reading(), wanted, actor().id)
    file, lines = workbook_file(lambda out: write_obligors(out, shown, view_title(wanted.view)))
    audit.note(
        instance().database,
        actor(),
        "obligors.export",
        f"obligors {wanted.view}",
        audit.DOWNLOADED,
        lines=lines,
        asked=wanted.args(),
    )
    return send_workbook(file, f"obligors-{wanted.view}-{clock.today().isoformat()}.xlsx")


@desk.get("/obligors/<number>")
@open_to(*roles.SEES_CLAIMS)
def obligor(number: str) -> str:
    """Everything that is known of one buyer or bank, and what people decided about it."""
    found = queries.find_obligor(reading(), number)
    if found is None:
        abort(404)
    return render_template("desk/obligor.html", **obligor_context(found))


@desk.post("/obligors/<number>/exclusions/<int:entry>")
@open_to(*roles.SETS_EXCLUSIONS_ASIDE)
def set_exclusion_aside(number: str, entry: int) -> BaseResponse:
    """An excluded party with a like name is not this one."""
    found = queries.find_obligor(reading(), number)
    if found is None:
        abort(404)
    form = aside_form(entry, sent=True)
    if not form.validate():
        context = obligor_context(found)
        context["aside_forms"][entry] = form
        return make_response(render_template("desk/obligor.html", **context), 422)
    try:
        setting_aside.set_exclusion_aside(instance(), actor(), number, entry, form.reason.data)
    except setting_aside.NotLikeByName:
        flash(
            _("Nothing was changed: the entry is another by now, or more than a like name speaks for it."),
            "warning",
        )
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with it: somebody else answers."), "error")
    else:
        flash(_("Set aside for this buyer or bank and this entry only. A changed entry asks again."), "success")
    return redirect(url_for("desk.obligor", number=number))


@desk.post("/obligors/<number>/exclusions/<int:entry>/again")
@open_to(*roles.SETS_EXCLUSIONS_ASIDE)
def take_set_aside_back(number: str, entry: int) -> BaseResponse:
    """An excluded party that was set aside is this one after all."""
    found = queries.find_obligor(reading(), number)
    if found is None:
        abort(404)
    form = aside_form(entry, "again", sent=True)
    if not form.validate():
        context = obligor_context(found)
        context["again_forms"][entry] = form
        return make_response(render_template("desk/obligor.html", **context), 422)
    try:
        setting_aside.take_set_aside_back(instance(), actor(), number, entry, form.reason.data)
    except (setting_aside.NotLikeByName, setting_aside.NotSetAside):
        flash(_("Nothing was changed: the entry is another by now, or it counts already."), "warning")
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with it: somebody else answers."), "error")
    else:
        flash(_("The entry counts again. Nothing is approved or paid while it holds."), "success")
    return redirect(url_for("desk.obligor", number=number))


@desk.get("/lookalikes/<number>")
@open_to(*roles.SEES_CLAIMS)
def lookalike(number: str) -> str:
    """Two obligors side by side, and while nobody has answered the ways to answer."""
    return _page(_asked(number), DifferentForm(formdata=None))


@desk.post("/lookalikes/<number>")
@open_to(*roles.MINDS_OBLIGORS)
def answer_lookalike(number: str) -> BaseResponse:
    """The two are different. That they are the same is said by merging them."""
    asked = _asked(number)
    form = DifferentForm()
    if not form.validate():
        return make_response(_page(asked, form), 422) if asked.state == stages.OPEN else _moved_on(number, form)
    try:
        answering.answer_lookalike(instance(), actor(), number, form.code.data or "", form.reason.data or "")
    except answering.StaleLookalike:
        return _moved_on(number, form)
    except TiedToFirm:
        return _tied(number)
    flash(_("Answered: they are two. What waited for it can go on."), "success")
    return redirect(url_for("desk.obligors", view=views.LOOKALIKES))


@desk.post("/lookalikes/<number>/again")
@open_to(*roles.MINDS_OBLIGORS)
def ask_lookalike_again(number: str) -> BaseResponse:
    """The answer was wrong: the pair is open again."""
    asked = _asked(number)
    form = ReasonForm()
    if not form.validate():
        return make_response(_page(asked, None, form), 422)
    try:
        answering.ask_again(instance(), actor(), number, form.reason.data)
    except answering.StaleLookalike:
        return _moved_on(number, None)
    except TiedToFirm:
        return _tied(number)
    flash(_("The question is open again. Nothing is approved for either until it is answered."), "success")
    return redirect(url_for("desk.lookalike", number=number))


def view_title(view: str) -> str:
    """The heading of a view."""
    return {
        views.RECORDS: _("Buyers and banks"),
        views.LOOKALIKES: _("Look-alikes"),
        views.MINE: _("My look-alikes"),
        views.ANSWERED: _("Answered look-alikes"),
    }[view]


def _by_name(pair: tuple[str, str]) -> str:
    return pair[1]


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    labels = {
        views.RECORDS: _("All"),
        views.LOOKALIKES: _("Look-alikes"),
        views.MINE: _("Mine"),
        views.ANSWERED: _("Answered"),
    }
    mine = actor().role in roles.MINDS_OBLIGORS
    return [(view, labels[view], counts[view]) for view in views.VIEWS if view != views.MINE or mine]


def _asked(number: str) -> Lookalike:
    found = queries.find_lookalike(reading(), number)
    if found is None:
        abort(404)
    return found


def _page(
    asked: Lookalike, form: DifferentForm | None, again: ReasonForm | None = None, moved_on: bool = False
) -> str:
    return render_template("desk/lookalike.html", **lookalike_context(asked, form, again), moved_on=moved_on)


def _moved_on(number: str, form: DifferentForm | None) -> BaseResponse:
    close_reading()  # what was read is no longer so
    return make_response(_page(_asked(number), form, moved_on=True), 409)


def _tied(number: str) -> BaseResponse:
    flash(_("You are tied to a firm that deals with one of them: somebody else answers."), "error")
    return redirect(url_for("desk.lookalike", number=number))
