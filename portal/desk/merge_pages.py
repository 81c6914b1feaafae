"""Merging two obligors, seen beforehand and confirmed with a reason; and undoing it."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims import merging
from portal.common import roles
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.desk.obligor_forms import MergeForm, ReasonForm
from portal.desk.obligor_view import obligor_facts
from portal.members.queries import TiedToFirm
from portal.obligors import queries
from portal.obligors.names import EXCESS_TAGS, SAME_NAMES
from portal.obligors.records import ExcessTask, Merge, Obligor
from portal.obligors.roots import LIVE


@desk.get("/merges/new")
@open_to(*roles.MINDS_OBLIGORS)
def new_merge() -> BaseResponse:
    """What making one of two obligors does to each firm's room; nothing is stored by looking.

    Without a second one: the ones that one may mean.
    """
    if "kept" not in request.args:
        return redirect(url_for("desk.obligors"))
    kept = _obligor(request.args["kept"])
    wanted = request.args.get("merged", "").strip().upper()
    if not wanted:
        return make_response(_choose(kept, None))
    merged = queries.find_obligor(reading(), wanted)
    if merged is None or merged.id == kept.id or merged.state != LIVE or kept.state != LIVE:
        return make_response(_choose(kept, wanted), 422)
    return make_response(_page(kept, merged, MergeForm(formdata=None)))


@desk.post("/merges/new")
@open_to(*roles.MINDS_OBLIGORS)
def merge_obligors() -> BaseResponse:
    """Merge, if what it does is still what was shown."""
    kept = _obligor(request.args.get("kept", ""))
    merged = _obligor(request.args.get("merged", "").strip().upper())
    form = MergeForm()
    if not form.validate():
        return make_response(_page(kept, merged, form), 422)
    try:
        made = merging.merge(
            instance(), actor(), kept.number, merged.number, form.code.data, form.reason.data, form.seen.data or ""
        )
    except merging.StaleMerge:
        close_reading()  # what was read is no longer so
        page = _page(_obligor(kept.number), _obligor(merged.number), form, moved_on=True)
        return make_response(page, 409)
    except merging.CannotMerge as refused:
        words = {
            "same": _("They are one already."),
            "undone_first": _("One of them was merged meanwhile. Start from what it became."),
        }
        flash(words[refused.code], "warning")
        return redirect(url_for("desk.obligor", number=kept.number))
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with one of them: somebody else decides."), "error")
        return redirect(url_for("desk.obligor", number=kept.number))
    flash(_("Merged. From now on both count as %(name)s.", name=kept.name), "success")
    return redirect(url_for("desk.merge", number=made.number))


@desk.get("/merges/<number>")
@open_to(*roles.SEES_CLAIMS)
def merge(number: str) -> str:
    """One merge: why, what it did, and while it stands the way to undo it."""
    return _merge_page(_merge(number), ReasonForm(formdata=None))


@desk.post("/merges/<number>/undo")
@open_to(*roles.MINDS_OBLIGORS)
def undo_merge(number: str) -> BaseResponse:
    """Undo a merge, for a reason; pressed twice it is undone once."""
    found = _merge(number)
    form = ReasonForm()
    if not form.validate():
        return make_response(_merge_page(found, form), 422)
    try:
        merging.undo_merge(instance(), actor(), number, form.reason.data)
    except merging.StaleMerge:
        flash(_("Not undone: what was merged leads elsewhere by now."), "error")
    except TiedToFirm:
        flash(_("You are tied to a firm that deals with one of them: somebody else decides."), "error")
    else:
        flash(_("Undone. The two are two again, and whether they are one is asked again."), "success")
    return redirect(url_for("desk.merge", number=number))


def _obligor(number: str) -> Obligor:
    found = queries.find_obligor(reading(), number)
    if found is None:
        abort(404)
    return found


def _merge(number: str) -> Merge:
    found = queries.find_merge(reading(), number)
    if found is None:
        abort(404)
    return found


def _choose(kept: Obligor, wrong: str | None) -> str:
    """The obligors that look like this one, to choose from, or a number to type."""
    alike = queries.search(
        reading(),
        kept.name,
        kept.country,
        kept.registration_number,
        kept.lei,
        kept.bic,
        beside=queries.group_of(reading(), kept.id),
    )
    return render_template(
        "desk/choose_merge.html",
        kept=kept,
        alike=alike.best,
        more=alike.more,
        wrong=wrong,
        country_name=queries.country_name,
    )


def _page(kept: Obligor, merged: Obligor, form: MergeForm, moved_on: bool = False) -> str:
    found = merging.effects(reading(), kept.id, merged.id)
    form.seen.data = merging.seen(found)
    return render_template(
        "desk/new_merge.html",
        kept=kept,
        merged=merged,
        kept_facts=obligor_facts(kept),
        merged_facts=obligor_facts(merged),
        effects=found,
        excesses=[one for one in found if one.excess.minor],
        form=form,
        moved_on=moved_on,
    )


def _merge_page(found: Merge, form: ReasonForm) -> str:
    session = reading()
    kept, merged = session.get_one(Obligor, found.kept_id), session.get_one(Obligor, found.merged_id)
    tasks = select(ExcessTask).where(ExcessTask.merge_id == found.id).order_by(ExcessTask.serial)
    names = names_of(session, people(), {one for one in (found.merged_by, found.undone_by) if one})
    context: dict[str, Any] = {
        "found": found,
        "kept": kept,
        "merged": merged,
        "effects": merging.effects_of(found),
        "tasks": session.execute(tasks).scalars().all(),
        "excess_tags": EXCESS_TAGS,
        "code": str(SAME_NAMES.get(found.reason_code, found.reason_code)),
        "who": who_is(found.merged_by, names),
        "undone_by": who_is(found.undone_by, names) if found.undone_by else None,
        "undoable": found.undone_at is None and merged.merged_into == kept.id,
        "may_mind": actor().role in roles.MINDS_OBLIGORS,
        "form": form,
    }
    return render_template("desk/merge.html", **context)
