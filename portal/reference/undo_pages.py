"""Undoing the newest version of a source, by somebody who imports: asked for a reason first."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.common import roles
from portal.common.formats import count_text
from portal.common.roles import Role
from portal.common.web import actor, instance, open_to, reading
from portal.reference import forms, queries
from portal.reference.blueprint import reference
from portal.reference.names import SOURCE_NAMES
from portal.reference.undoing import CannotUndo, undo_version, why_not

UNDOERS = tuple(role for role in roles.UNDOES_VERSIONS if role is not Role.COMMAND)


@reference.route("/desk/sources/<source>/<int(max=2147483647):number>/undo", methods=["GET", "POST"])
@open_to(*UNDOERS)
def undo(source: str, number: int) -> BaseResponse:
    """Undo a version with a reason; what stands against it is told instead. Asking twice undoes it once."""
    version = queries.version_of(reading(), source, number)
    if version is None:
        abort(404)
    back = url_for("reference.version", source=source, number=number)
    form = forms.UndoForm()
    against = why_not(reading(), instance(), version) if version.undone_at is None else None
    if version.undone_at is not None:
        flash(_("This version is undone already; nothing was changed."))
        return redirect(back)
    if against is None and form.validate_on_submit():
        try:
            undone = undo_version(instance(), actor(), source, number, form.reason.data)
        except CannotUndo as found:
            against = found
        else:
            if undone:
                flash(_("Undone: the version before it holds again. The file can be imported again."), "success")
            else:
                flash(_("This version is undone already; nothing was changed."))
            return redirect(back)
    page = render_template(
        "reference/undo.html",
        version=version,
        source=source,
        name=SOURCE_NAMES[source],
        form=form,
        against=sentence(against) if against else None,
        back=back,
    )
    return make_response(page, 409 if against and form.is_submitted() else 422 if form.is_submitted() else 200)


def sentence(found: CannotUndo) -> str:
    """Why a version stays, with how many stand against it."""
    number = count_text(found.count)
    return {
        "not_newest": _("A newer version builds on this one. Only the newest version of a source can be undone."),
        "decided": ngettext(
            "%(count)s decision was made with this version. What a decision rests on stays; import a newer file "
            "that puts it right.",
            "%(count)s decisions were made with this version. What a decision rests on stays; import a newer file "
            "that puts it right.",
            found.count,
            count=number,
        ),
        "closed": ngettext(
            "A person closed %(count)s list entry because this version no longer has it. Import a newer file "
            "instead.",
            "A person closed %(count)s list entries because this version no longer has them. Import a newer file "
            "instead.",
            found.count,
            count=number,
        ),
    }[found.code]
