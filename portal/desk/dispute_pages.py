"""A disputed claim at the desk: letting it wait for a judgment or an award, and letting it go on."""

from flask import flash, make_response
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import disputes
from portal.claims.claim_names import SUSPENSION_SENTENCES
from portal.claims.mine import TooManyFiles
from portal.common import roles
from portal.common.people import PersonErased
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to
from portal.desk.blueprint import desk
from portal.desk.claim_case import ClaimCase, Forms
from portal.desk.claim_forms import CodedForm, ReopenForm
from portal.desk.claim_pages import back_to, decide, erased, find_claim


@desk.post("/claims/<number>/suspend")
@open_to(*roles.ASSESSES_CLAIMS)
def suspend_claim(number: str) -> BaseResponse:
    """Let the claim wait for a judgment or an award."""
    form = CodedForm(SUSPENSION_SENTENCES, "suspend", words=False)

    def suspend() -> None:
        disputes.suspend(instance(), actor(), number, form.code.data)

    return decide(number, Forms(suspend=form), form, suspend, _("The claim waits for a judgment or an award."))


@desk.post("/claims/<number>/reopen")
@open_to(*roles.ASSESSES_CLAIMS)
@takes_documents
def reopen_claim(number: str) -> BaseResponse:
    """End the dispute: the claim goes on, by a judgment that is on record or for a reason in words."""
    find_claim(number)
    form = ReopenForm()
    if not form.validate():
        return _put_right(number, form)
    code, reason, files, kept = form.code.data, form.reason.data, form.files.checked, form.kept_ids()
    try:
        disputes.reopen(instance(), actor(), number, code, reason, files, kept)
    except disputes.JudgmentMissing:
        form.files.errors = [_("Add the judgment or the award, or choose another reason")]
        return _put_right(number, form)
    except TooManyFiles:
        return _too_many(number, form)
    except PersonErased:
        erased()
    else:
        flash(_("The claim goes on."), "success")
    return back_to(number)


def _put_right(number: str, form: ReopenForm) -> BaseResponse:
    """The page with what is to be put right; papers that came are kept, so that nobody chooses them again."""
    if form.files.checked:
        try:
            kept = disputes.keep_for_reopening(instance(), actor(), number, form.files.checked, form.kept_ids())
        except TooManyFiles:
            return _too_many(number, form)
        form.kept.data = " ".join(kept)
        close_reading()
    return make_response(ClaimCase(find_claim(number)).page(Forms(reopen=form)), 422)


def _too_many(number: str, form: ReopenForm) -> BaseResponse:
    form.files.errors = [_("With what the firm handed in these are too many files. Together they may be 10")]
    return make_response(ClaimCase(find_claim(number)).page(Forms(reopen=form)), 422)
