"""Asking for consent on a loss, and reading the answers: reached from the notice and from each of its claims."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import consents
from portal.claims.blueprint import claims
from portal.claims.claim_access import keep_for_next_try, kept_files, my_own
from portal.claims.claim_forms import ConsentForm
from portal.claims.claim_names import CONSENT_HINTS
from portal.claims.claim_view import consents_shown
from portal.claims.mine import TooManyFiles
from portal.claims.notice_drafts import UnknownNotice, buyer_name, shipments_of
from portal.claims.records import Notice
from portal.claims.sending import notice_of_member
from portal.common import roles
from portal.common.kept_form import show_kept
from portal.common.roles import NotAllowed
from portal.common.uploads import takes_documents
from portal.common.web import actor, instance, open_to, people, reading
from portal.obligors.queries import root_of
from portal.scheme import stages


@claims.get("/my/claims/<number>/consents")
@open_to(*roles.APPLIES)
def claim_consents(number: str) -> BaseResponse:
    """Consents belong to the loss: its page."""
    return redirect(url_for("claims.notice_consents", number=my_own(number).notice.number))


@claims.get("/my/notices/<number>/consents")
@open_to(*roles.APPLIES)
def notice_consents(number: str) -> BaseResponse:
    """What was asked for and answered, and the form to ask for more."""
    notice = _mine(number)
    form = _form(notice, sent=False)
    show_kept(form)
    return make_response(_page(notice, form))


@claims.post("/my/notices/<number>/consents")
@open_to(*roles.APPLIES)
@takes_documents
def ask_for_consent(number: str) -> BaseResponse:
    """Ask; what was typed and the papers stay whatever is missing."""
    notice = _mine(number)
    form = _form(notice, sent=True)
    if not form.validate():
        keep_for_next_try(form, notice.uscc, form.files.checked)
        return make_response(_page(_mine(number), form), 422)
    try:
        made = consents.ask_consent(
            instance(), actor(), number, form.wanted(), form.files.checked, form.kept_ids()
        )
    except consents.StaleConsent:
        flash(_("The report is closed, so nothing was asked."), "warning")
        return redirect(url_for("claims.notice_consents", number=number), 303)
    except TooManyFiles:
        form.files.errors = [_("These are too many files. Send at most 10")]
        return make_response(_page(notice, form), 422)
    flash(_("Request %(number)s is with us. Do nothing before we answer.", number=made), "success")
    return redirect(url_for("claims.notice_consents", number=number), 303)


@claims.post("/my/consents/<number>/take-back")
@open_to(*roles.APPLIES)
def take_consent_back(number: str) -> BaseResponse:
    """Take a request back that is not answered yet."""
    try:
        request = consents.consent_of_member(reading(), actor(), number)
    except consents.UnknownConsent:
        abort(404)
    notice = reading().get_one(Notice, request.notice_id)
    try:
        consents.take_back_consent(instance(), actor(), number)
    except consents.StaleConsent:
        flash(_("It was answered meanwhile. The answer stands below."), "warning")
    else:
        flash(_("Request %(number)s is taken back.", number=number), "success")
    return redirect(url_for("claims.notice_consents", number=notice.number), 303)


def _mine(number: str) -> Notice:
    try:
        return notice_of_member(reading(), actor(), number)[0]
    except (UnknownNotice, NotAllowed):
        abort(404)


def _form(notice: Notice, sent: bool) -> ConsentForm:
    form = ConsentForm() if sent else ConsentForm(formdata=None)
    form.offer(shipments_of(reading(), notice.id))
    return form


def _page(notice: Notice, form: ConsentForm) -> str:
    assert notice.obligor_id is not None  # it was sent, and so is complete
    obligor = root_of(reading(), notice.obligor_id)
    return render_template(
        "claims/notice_consents.html",
        notice=notice,
        form=form,
        hints={kind: str(words) for kind, words in CONSENT_HINTS.items()},
        kept=kept_files(form),
        shown=consents_shown(reading(), people(), notice.id),
        may_ask=notice.state in (stages.WATCHED, stages.CLAIMED),
        buyer=buyer_name(reading(), notice.uscc, notice.obligor_id, obligor),
    )
