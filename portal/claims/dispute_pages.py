"""The buyer disputes the debt: telling of it, and handing in the judgment or award."""

from flask import flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import disputes
from portal.claims.blueprint import claims
from portal.claims.claim_access import keep_for_next_try, kept_files, my_own
from portal.claims.claim_forms import DisputeForm
from portal.claims.mine import Mine, TooManyFiles
from portal.claims.moves import StaleClaim
from portal.common import roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to

BEGUN, ENDED = "begun", "ended"  # what a form tells of


@claims.get("/my/claims/<number>/dispute")
@open_to(*roles.APPLIES)
def claim_dispute(number: str) -> BaseResponse:
    """The form that fits: that the buyer disputes the debt, or how the dispute ended."""
    mine = my_own(number)
    if mine.claim.state not in disputes.TAKES_DISPUTE or mine.claim.dispute == disputes.JUDGED:
        return redirect(url_for("claims.my_claim", number=number))
    form = _form(mine, sent=False)
    show_kept(form)
    return make_response(_page(mine, form))


@claims.post("/my/claims/<number>/dispute")
@open_to(*roles.APPLIES)
@takes_documents
def tell_claim_dispute(number: str) -> BaseResponse:
    """Tell of the dispute, or of its end; what was typed stays whatever is missing."""
    mine = my_own(number)
    form = _form(mine, sent=True)
    ended = form.about.data == ENDED
    if not form.validate():
        keep_for_next_try(form, mine.claim.uscc, form.files.checked)
        return make_response(_page(my_own(number), form), 422)
    tell = disputes.hand_in_judgment if ended else disputes.tell_dispute
    try:
        tell(instance(), actor(), number, form.words.data or "", form.files.checked, form.kept_ids())
    except StaleClaim:
        close_reading()
        return make_response(_page(my_own(number), form, moved_on=True), 409)
    except TooManyFiles:
        form.files.errors = [_("These are too many files. Send at most 10")]
        return make_response(_page(mine, form), 422)
    flash(
        _("We look at what was decided, and the claim goes on.")
        if ended
        else _("We know of the dispute now, and look at whether the claim has to wait."),
        "success",
    )
    return redirect(url_for("claims.my_claim", number=number), 303)


def _form(mine: Mine, sent: bool) -> DisputeForm:
    form = DisputeForm() if sent else DisputeForm(formdata=None, about=ENDED if mine.claim.dispute else BEGUN)
    if form.about.data == ENDED:
        form.ended()
    return form


def _page(mine: Mine, form: DisputeForm, moved_on: bool = False) -> str:
    return render_template(
        "claims/claim_dispute.html",
        claim=mine.claim,
        ended=form.about.data == ENDED,
        form=form,
        kept=kept_files(form),
        moved_on=moved_on,
    )
