"""Signing in and out, one's own account, and the administrator's list of staff."""

from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from portal import areas
from portal.accounts import actions, devices, forms, signing
from portal.accounts.names import ROLE_NAMES, ROLE_TASKS
from portal.accounts.passwords import LONGEST, SHORTEST, PasswordRefused
from portal.accounts.queries import StaffMember, staff_members
from portal.accounts.sign_in import begin_session, end_session, has_ended
from portal.common import roles
from portal.common.preferences import safe_next
from portal.common.web import actor, instance, open_to, open_to_all, people, reading

accounts = Blueprint("accounts", __name__)

OPENED_LINK = "opened_link"  # in the session between opening a one-time link and setting the password
FRESH_LINK = "fresh_link"  # in the session between making a one-time link and showing it once


@accounts.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> BaseResponse:
    """E-mail and password; then on to the page that was wanted, or the first one of the role."""
    if current_user.is_authenticated and request.method == "GET":
        return _onward(current_user.role)
    form = forms.SignInForm()
    code, wait = 200, None
    if form.validate_on_submit():
        device = devices.device_of(instance().keys, request.cookies.get(devices.COOKIE))
        try:
            admitted = signing.sign_in(
                instance(), form.email.data, form.password.data, request.remote_addr, device
            )
        except signing.TooManyAttempts as closed:
            code, wait, admitted = 429, closed.minutes, None
            form.form_errors = [_too_many(closed)]
        if admitted is not None:
            begin_session(admitted)
            onward = _onward(roles.Role(admitted.account.role))
            return _remember_device(onward, admitted.account.id, device)
        if wait is None:
            code = 422
            form.form_errors = [_("The e-mail or the password is not right. Check both and try again")]
    elif form.is_submitted():
        code = 422
    ended = request.method == "GET" and has_ended()
    answer = make_response(render_template("accounts/sign_in.html", form=form, ended=ended), code)
    if wait is not None:
        answer.headers["Retry-After"] = str(wait * 60)
    return answer


@accounts.post("/sign-out")
@open_to(*roles.STAFF_ROLES)
def sign_out() -> BaseResponse:
    """Sign out of this browser."""
    signing.sign_out(instance(), actor(), current_user.session_token)
    end_session()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"))


@accounts.get("/set-password/<token>")
@open_to_all
def open_link(token: str) -> BaseResponse:
    """Take the token of a one-time link out of the address, before it stands in a log or a link of a page."""
    session[OPENED_LINK] = token
    answer = redirect(url_for("accounts.set_password"))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@accounts.route("/set-password", methods=["GET", "POST"])
@open_to_all
def set_password() -> BaseResponse:
    """Set a password by the link just opened. Opening the page does not use the link, so a preview cannot."""
    token = session.get(OPENED_LINK)
    if token is None:
        flash(_("Open your link once more. This browser no longer has it."), "error")
        return redirect(url_for("accounts.sign_in"))
    try:
        account = actions.usable_link(reading(), token)
        fields = people().read(account.person_id, account.sealed)
        form = forms.NewPasswordForm()
        if form.validate_on_submit():
            try:
                actions.set_password(instance(), token, form.password.data)
            except PasswordRefused as refused:
                form.password.errors = [forms.refusal_of(refused, form.password.data)]
            else:
                session.pop(OPENED_LINK)
                flash(_("Your password is set. Sign in with it now."), "success")
                return redirect(url_for("accounts.sign_in"))
    except actions.LinkInvalid:
        return make_response(render_template("accounts/link_invalid.html"), 410)
    page = render_template("accounts/set_password.html", form=form, fields=fields, least=SHORTEST, most=LONGEST)
    return make_response(page, 422 if form.is_submitted() else 200)


@accounts.route("/me", methods=["GET", "POST"])
@open_to(*roles.STAFF_ROLES)
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
            code, form.form_errors = 429, [_too_many(closed)]
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
        task=ROLE_TASKS[current_user.role],
        least=SHORTEST,
        most=LONGEST,
    )
    return make_response(page, code)


@accounts.post("/me/end-sessions")
@open_to(*roles.STAFF_ROLES)
def end_sessions() -> BaseResponse:
    """Sign out in every browser, this one too."""
    signing.end_sessions(instance(), actor())
    end_session()
    flash(_("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"))


@accounts.get("/desk/staff")
@open_to(roles.Role.ADMINISTRATOR)
def staff() -> str:
    """Every account of staff."""
    members = staff_members(reading(), people())
    return render_template("accounts/staff.html", members=members, role_names=ROLE_NAMES)


@accounts.route("/desk/staff/add", methods=["GET", "POST"])
@open_to(roles.Role.ADMINISTRATOR)
def add_staff() -> BaseResponse:
    """Make an account; its one-time link is shown once on the page that follows."""
    form = forms.AddStaffForm()
    if form.validate_on_submit():
        try:
            link = actions.add_staff(instance(), actor(), form.email.data, form.role.data, form.name.data)
        except actions.AccountExists:
            form.email.errors = [
                _("This e-mail already has an account, disabled or in another role. See the list of staff")
            ]
        else:
            return _show_link(link)
    page = render_template("accounts/add_staff.html", form=form, tasks=ROLE_TASKS)
    return make_response(page, 422 if form.is_submitted() else 200)


@accounts.get("/desk/staff/<account_id>")
@open_to(roles.Role.ADMINISTRATOR)
def staff_member(account_id: str) -> str:
    """One account, what can be done with it, and its fresh one-time link, once."""
    member = _member(account_id)
    fresh: dict[str, Any] = session.pop(FRESH_LINK, {})
    url = None
    if fresh.get("account") == account_id:
        url = url_for("accounts.open_link", token=fresh["token"], _external=True)
    return render_template(
        "accounts/staff_member.html",
        member=member,
        link=url,
        role_names=ROLE_NAMES,
        tasks=ROLE_TASKS,
        form=forms.AskForm(),
    )


@accounts.post("/desk/staff/<account_id>/link")
@open_to(roles.Role.ADMINISTRATOR)
def new_link(account_id: str) -> BaseResponse:
    """Make a fresh one-time link."""
    _member(account_id)
    try:
        return _show_link(actions.new_link(instance(), actor(), account_id))
    except actions.AccountExists:
        flash(_("This account is disabled. Enable it first, then make a link."), "error")
        return redirect(url_for("accounts.staff_member", account_id=account_id))


@accounts.route("/desk/staff/<account_id>/disable", methods=["GET", "POST"])
@open_to(roles.Role.ADMINISTRATOR)
def disable_staff(account_id: str) -> BaseResponse:
    """Ask before disabling an account, then do it."""
    member = _member(account_id)
    form = forms.AskForm()
    if form.validate_on_submit():
        try:
            actions.disable_account(instance(), actor(), account_id)
        except actions.CannotDisable:
            form.form_errors = [
                _("You cannot disable your own account, nor the last administrator who can sign in.")
            ]
        else:
            flash(_("%(name)s can no longer sign in.", name=member.name or member.email), "success")
            return redirect(url_for("accounts.staff"))
    page = render_template("accounts/disable_staff.html", member=member, form=form, role_names=ROLE_NAMES)
    return make_response(page, 422 if form.is_submitted() else 200)


@accounts.post("/desk/staff/<account_id>/enable")
@open_to(roles.Role.ADMINISTRATOR)
def enable_staff(account_id: str) -> BaseResponse:
    """Let a disabled account sign in again."""
    member = _member(account_id)
    if member.erased:
        abort(409)
    actions.enable_account(instance(), actor(), account_id)
    flash(_("%(name)s can sign in again.", name=member.name or member.email), "success")
    return redirect(url_for("accounts.staff_member", account_id=account_id))


def _onward(role: roles.Role) -> BaseResponse:
    target = safe_next(request.args.get("next"))
    return redirect(url_for(areas.home_of(role)) if target == "/" else target)


def _remember_device(answer: BaseResponse, account_id: str, before: devices.Device | None) -> BaseResponse:
    answer.set_cookie(
        devices.COOKIE,
        devices.cookie_of(instance().keys, account_id, before),
        max_age=devices.LASTS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def _too_many(closed: signing.TooManyAttempts) -> str:
    return _("Too many attempts. Wait %(minutes)s minutes, then try again", minutes=closed.minutes)


def _show_link(link: actions.Link) -> BaseResponse:
    session[FRESH_LINK] = {"account": link.account_id, "token": link.token}
    return redirect(url_for("accounts.staff_member", account_id=link.account_id))


def _member(account_id: str) -> StaffMember:
    found = staff_members(reading(), people(), account_id)
    if not found:
        abort(404)
    return found[0]
