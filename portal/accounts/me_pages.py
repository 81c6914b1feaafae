"""One's own account."""

from flask import flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts import forms, signing
from portal.accounts.blueprint import accounts
from portal.accounts.names import ROLE_NAMES, ROLE_TASKS
from portal.accounts.passwords import LONGEST, SHORTEST, PasswordRefused
from portal.accounts.sign_in import begin_session, end_session
from portal.accounts.sign_in_pages import too_many
from portal.common import roles
from portal.common.web import actor, instance, open_to


@accounts.route("/me", methods=["GET", "POST"])
@open_to(*roles.STAFF_ROLES, roles.Role.EXPORTER)
def me() -> BaseResponse:
    """One's own account: name, role, changing the password, signing out everywhere."""
    form = forms.ChangePasswordForm()
    code = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            admitted = signing.change_password(instance(), actor(), form.old.data, form.password.data)
        except PasswordRefused as refused:
            form.password.errors = [forms.refusal_of(refused, form.password.data)]
        except signing.TooManyAttempts as closed:
            code, form.form_errors = 429, [too_many(closed)]
        else:
            if admitted is not None:
                begin_session(admitted)
                flash(_("Your password is changed. Other browsers are signed out."), "success")
                return redirect(url_for("accounts.me"))
            form.old.errors = [_("This is not the password you have now. Enter it again")]
    page = render_template(
        "accounts/me.html",
        form=form,
        role=ROLE_NAMES[current_user.role],
        task=ROLE_TASKS.get(current_user.role),
        least=SHORTEST,
        most=LONGEST,
    )
    return make_response(page, code)


@accounts.post("/me/end-sessions")
@open_to(*roles.STAFF_ROLES, roles.Role.EXPORTER)
def end_sessions() -> BaseResponse:
    """Sign out in every browser, this one too."""
    signing.end_sessions(instance(), actor())
    end_session()
    flash(_("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"))
