"""Binding a firm, its licence, and inviting people to act for it."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.common import roles
from portal.common.codes import normalise_uscc
from portal.common.kept_form import show_kept
from portal.common.preferences import locale_name
from portal.common.problems import CellProblem
from portal.common.uploads import takes_documents
from portal.common.web import actor, instance, open_to, people, reading
from portal.documents.queries import documents as shown_documents
from portal.members import actions, forms, invitations
from portal.members.access import my_confirmed_membership, my_membership
from portal.members.blueprint import members
from portal.members.names import POSITION_HINTS
from portal.members.queries import membership, registered_name
from portal.scheme import stages


@members.get("/my/firms/new")
@open_to(*roles.APPLIES)
def bind() -> BaseResponse:
    """First the code; once it is right, the registry's name of the firm, to say for whom one acts."""
    find = forms.FindFirmForm(reading(), formdata=request.args if "uscc" in request.args else None)
    if "uscc" not in request.args or not find.validate():
        return make_response(render_template("members/bind.html", find=find))
    if membership(reading(), actor().id, find.code) is not None:
        return redirect(url_for("members.my_firm", uscc=find.code))
    claim = forms.ClaimForm(formdata=None, uscc=find.code)
    show_kept(claim)
    return _claim_page(claim, find.code, 200)


@members.post("/my/firms/new")
@open_to(*roles.APPLIES)
def claim() -> BaseResponse:
    """Bind the firm; then on to the application, or to its page where staff come first."""
    form = forms.ClaimForm()
    try:
        code = normalise_uscc(form.uscc.data or "")
    except CellProblem:
        return redirect(url_for("members.bind", uscc=form.uscc.data or ""))
    valid = form.validate()
    if registered_name(reading(), code) is None:
        valid = form.require_name() and valid
    if not valid:
        return _claim_page(form, code, 422)
    try:
        made = actions.claim(instance(), actor(), code, form.firm_name.data or "", form.position.data)
    except actions.TooManyClaims:
        form.form_errors = [_("You have added very many firms today. Go on tomorrow, or write to the desk")]
        return _claim_page(form, code, 429)
    if made.state == stages.UNCONFIRMED:
        return redirect(url_for("applications.apply", uscc=made.uscc))
    return redirect(url_for("members.my_firm", uscc=made.uscc))


@members.route("/my/firms/<uscc>/licence", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
@takes_documents
def licence(uscc: str) -> BaseResponse:
    """Hand in the licence, or another in its place."""
    found = my_membership(uscc)
    form = forms.LicenceForm()
    if form.validate_on_submit() and form.licence.checked is not None:
        actions.add_licence(instance(), actor(), uscc, form.licence.checked)
        flash(_("The licence is here."), "success")
        return redirect(url_for("members.my_firm", uscc=uscc))
    kept = shown_documents(reading(), [found.licence_id or ""], people()).get(found.licence_id or "")
    page = render_template("members/licence.html", found=found, form=form, kept=kept)
    return make_response(page, 422 if form.is_submitted() else 200)


@members.route("/my/firms/<uscc>/licence/remove", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def remove_licence(uscc: str) -> BaseResponse:
    """Ask before taking the licence back, then do it."""
    found = my_membership(uscc)
    if found.licence_id is None or found.state == stages.CONFIRMED:
        return redirect(url_for("members.my_firm", uscc=uscc))
    form = forms.AskForm()
    if form.validate_on_submit():
        actions.remove_licence(instance(), actor(), uscc)
        flash(_("The licence is removed."), "success")
        return redirect(url_for("members.my_firm", uscc=uscc))
    return make_response(render_template("members/remove_licence.html", found=found))


@members.route("/my/firms/<uscc>/invite", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def invite(uscc: str) -> BaseResponse:
    """Invite somebody to act for the firm; the link leaves by text or mail."""
    found = my_confirmed_membership(uscc)
    form = forms.InviteForm()
    if form.validate_on_submit():
        try:
            actions.invite(
                instance(),
                actor(),
                uscc,
                form.name.data,
                form.address.data,
                form.position.data,
                locale_name(),
            )
        except invitations.AlreadyActs:
            form.address.errors = [_("Whoever has this address acts for the firm already")]
        except invitations.TooManyInvitations:
            form.form_errors = [_("You have invited very many people today. Go on tomorrow")]
        else:
            flash(_("The invitation to %(name)s is on its way.", name=form.name.data), "success")
            return redirect(url_for("members.my_firm", uscc=uscc))
    elif not form.is_submitted():
        show_kept(form)
    page = render_template(
        "members/invite.html", found=found, form=form, days=invitations.LASTS.days, hints=POSITION_HINTS
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@members.post("/my/firms/<uscc>/invitations/<invitation_id>/revoke")
@open_to(*roles.APPLIES)
def revoke_invitation(uscc: str, invitation_id: str) -> BaseResponse:
    """Take an invitation back."""
    my_confirmed_membership(uscc)
    actions.revoke(instance(), actor(), uscc, invitation_id)
    flash(_("The invitation is taken back; its link no longer works."), "success")
    return redirect(url_for("members.my_firm", uscc=uscc))


def _claim_page(form: forms.ClaimForm, code: str, status: int) -> BaseResponse:
    page = render_template(
        "members/claim.html",
        form=form,
        uscc=code,
        registered=registered_name(reading(), code),
        hints=POSITION_HINTS,
    )
    return make_response(page, status)
