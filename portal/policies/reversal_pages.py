"""What staff do rarely to a policy, each with a reason: annulling it, and making its certificate anew."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.common import roles
from portal.common.web import actor, instance, open_to, reading
from portal.policies import certificate_actions, forms
from portal.policies.actions import NotPossible
from portal.policies.annulment_actions import annul as annul_policy
from portal.policies.annulment_actions import stranger
from portal.policies.blueprint import policies
from portal.policies.queries import policy_case
from portal.scheme import stages


@policies.route("/desk/policies/<number>/annul", methods=["GET", "POST"])
@open_to(*roles.ANNULS_POLICIES)
def annul(number: str) -> BaseResponse:
    """Ask, with what follows, before a policy is annulled; sent twice, it is annulled once."""
    case = policy_case(reading(), number)
    if case is None:
        abort(404)
    form = forms.ReasonForm()
    if form.validate_on_submit():
        try:
            annul_policy(instance(), actor(), number, form.reason.data)
        except NotPossible as error:
            flash(_not_annulled(error), "warning")
        else:
            flash(_("The policy is annulled: it never covered anything. The firm can apply itself."), "success")
        return redirect(url_for("policies.policy", number=number))
    if not form.is_submitted() and not may_annul(case.policy.state, number):
        flash(_not_annulled(NotPossible("not_by_stranger", number)), "warning")
        return redirect(url_for("policies.policy", number=number))
    page = render_template("policies/annul.html", policy=case.policy, application=case.application, form=form)
    return make_response(page, 422 if form.is_submitted() else 200)


@policies.post("/desk/policies/<number>/certificate")
@open_to(*roles.RECORDS_PAPER)
def replace_certificate(number: str) -> BaseResponse:
    """Make the certificate anew; whoever holds the old one reads that it was replaced."""
    form = forms.ReplaceForm()
    if not form.validate_on_submit():
        flash(_("Choose why the certificate is made anew."), "error")
        return redirect(url_for("policies.policy", number=number, _anchor="certificate"))
    try:
        certificate_actions.replace_certificate(instance(), actor(), number, form.reason.data)
    except NotPossible as error:
        if error.code == "unknown":
            abort(404)
        flash(_not_replaced(error), "warning")
    else:
        flash(_("The certificate is made anew. The old one says that it was replaced."), "success")
    return redirect(url_for("policies.policy", number=number, _anchor="certificate"))


def may_annul(state: str, number: str) -> bool:
    """Whether a policy can be annulled: it is in force, and whoever enrolled it does not act for the firm."""
    case = policy_case(reading(), number)
    return case is not None and state == stages.IN_FORCE and stranger(reading(), case.policy) is not None


def _not_annulled(error: NotPossible) -> str:
    if error.code == "not_in_force":
        return _("This policy is withdrawn; nothing was changed.")
    return _(
        "Only a policy of somebody who was never confirmed to act for the firm, or whose confirmation was taken "
        "back, can be annulled."
    )


def _not_replaced(error: NotPossible) -> str:
    if error.code == "same_name":
        return _("The registry has the same name as the policy; nothing was changed.")
    if error.code == "no_certificate":
        return _("No certificate was taken yet, so there is none to replace.")
    return _("This policy is no longer in force; nothing was changed.")
