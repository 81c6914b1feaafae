"""One's own account: of staff on one page, of exporters a page for each thing that can be changed."""

import base64

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts import actions, codes, forms, links, own_account, signing
from portal.accounts.blueprint import accounts
from portal.accounts.link_pages import too_many_links
from portal.accounts.names import ROLE_NAMES, ROLE_TASKS
from portal.accounts.passwords import LONGEST, SHORTEST, PasswordRefused
from portal.accounts.records import Account
from portal.accounts.sign_in import begin_session, end_session
from portal.accounts.sign_in_pages import too_many, too_many_codes
from portal.common import roles
from portal.common.keys import CannotOpen
from portal.common.preferences import locale_name
from portal.common.web import actor, instance, open_to, reading

EXPORTER = roles.Role.EXPORTER
NEW_MOBILE = "new_mobile"  # in the session between naming a new mobile and entering its code
PLACE = "session.new_mobile"


@accounts.route("/me", methods=["GET", "POST"])
@open_to(*roles.STAFF_ROLES, EXPORTER)
def me() -> BaseResponse:
    """One's own account: name, role, changing the password, signing out everywhere."""
    if current_user.role is EXPORTER:
        if request.method == "POST":
            return redirect(url_for("accounts.my_password"))
        return make_response(render_template("accounts/my_account.html", has_password=_has_password()))
    return _change_password(
        "accounts/me.html", role=ROLE_NAMES[current_user.role], task=ROLE_TASKS[current_user.role]
    )


@accounts.post("/me/end-sessions")
@open_to(*roles.STAFF_ROLES, EXPORTER)
def end_sessions() -> BaseResponse:
    """Sign out in every browser, this one too."""
    signing.end_sessions(instance(), actor())
    end_session()
    flash(_("You are signed out everywhere."))
    return redirect(url_for("accounts.sign_in"))


@accounts.route("/me/details", methods=["GET", "POST"])
@open_to(EXPORTER)
def my_details() -> BaseResponse:
    """The exporter's name, and the language of texts and mails."""
    form = forms.DetailsForm(data={"name": current_user.name, "language": current_user.language})
    if form.validate_on_submit():
        try:
            own_account.change_details(instance(), actor(), form.name.data, form.language.data)
        except own_account.BadName:
            form.name.errors = [_("Enter the name")]
        else:
            return _changed()
    return _form("accounts/my_details.html", form)


@accounts.route("/me/password", methods=["GET", "POST"])
@open_to(EXPORTER)
def my_password() -> BaseResponse:
    """Changing the exporter's password, or having a link sent to set the first one."""
    if _has_password():
        return _change_password("accounts/my_password.html", has_password=True)
    form = forms.AskForm()
    if form.validate_on_submit() and current_user.email:
        try:
            links.ask_for_link(instance(), current_user.email, request.remote_addr, locale_name())
        except links.TooManyLinks as closed:
            form.form_errors = [too_many_links(closed)]
            return _form("accounts/my_password.html", form, closed.minutes, has_password=False)
        return redirect(url_for("accounts.link_asked"))
    return _form("accounts/my_password.html", form, has_password=False)


@accounts.route("/me/mobile", methods=["GET", "POST"])
@open_to(EXPORTER)
def my_mobile() -> BaseResponse:
    """Naming a new mobile: a code goes to it."""
    form = forms.MobileForm()
    if form.validate_on_submit():
        mobile = codes.normal_mobile(form.mobile.data)
        if mobile == current_user.mobile:
            form.mobile.errors = [_("This is the number you have now. Enter the new one")]
        else:
            try:
                own_account.ask_to_change_mobile(instance(), actor(), mobile, request.remote_addr, locale_name())
            except codes.TooManyCodes as closed:
                if mobile != _new_mobile():  # else pressed twice: the code that was sent is good
                    form.mobile.errors = [too_many_codes(closed)]
                    return _form("accounts/my_mobile.html", form, closed.minutes)
            session[NEW_MOBILE] = base64.b64encode(instance().keys.seal_bytes(PLACE, mobile.encode())).decode()
            return redirect(url_for("accounts.my_mobile_code"))
    return _form("accounts/my_mobile.html", form)


@accounts.route("/me/mobile/code", methods=["GET", "POST"])
@open_to(EXPORTER)
def my_mobile_code() -> BaseResponse:
    """The code that went to the new mobile; the right one makes it the account's."""
    mobile = _new_mobile()
    if mobile is None:
        return redirect(url_for("accounts.my_mobile"))
    form = forms.CodeForm()
    wait = 0
    if form.validate_on_submit():
        try:
            if own_account.change_mobile(instance(), actor(), mobile, form.code.data):
                session.pop(NEW_MOBILE)
                return _changed()
            form.code.errors = [_("This code is not right, or no longer. Check it, or ask for a new one")]
        except signing.TooManyAttempts as closed:
            wait, form.form_errors = closed.minutes, [too_many(closed)]
        except own_account.AddressTaken:
            form.form_errors = [
                _("This number belongs to another account. Sign out and sign in with it, or use another number.")
            ]
    return _form(
        "accounts/my_mobile_code.html",
        form,
        wait,
        mobile=codes.masked_mobile(mobile),
        minutes=codes.LASTS.seconds // 60,
    )


@accounts.route("/me/email", methods=["GET", "POST"])
@open_to(EXPORTER)
def my_email() -> BaseResponse:
    """Naming a new e-mail address: a link goes to it."""
    form = forms.EmailForm()
    if form.validate_on_submit():
        if actions.normal_email(form.email.data) == current_user.email:
            form.email.errors = [_("This is the address you have now. Enter the new one")]
        else:
            try:
                links.ask_to_add_email(instance(), actor(), form.email.data, request.remote_addr, locale_name())
            except links.TooManyLinks as closed:
                form.email.errors = [too_many_links(closed)]
                return _form("accounts/my_email.html", form, closed.minutes)
            return redirect(url_for("accounts.my_email_asked"))
    return _form("accounts/my_email.html", form)


@accounts.get("/me/email-asked")
@open_to(EXPORTER)
def my_email_asked() -> str:
    """What happens now, in the same words for every address."""
    return render_template("accounts/my_email_asked.html", minutes=links.LASTS.seconds // 60)


@accounts.route("/me/email/<token>", methods=["GET", "POST"])
@open_to(EXPORTER)
def confirm_email(token: str) -> BaseResponse:
    """Confirm the address to which the link went; opening the page does not use the link.

    The token may stand in the address: it is worth nothing but to the account that asked for it, signed in.
    """
    form = forms.AskForm()
    try:
        email = links.usable_sign_up(reading(), instance().keys, token, actor().id)
        if form.validate_on_submit():
            own_account.change_email(instance(), actor(), token)
            return _changed()
    except actions.LinkInvalid:
        return make_response(
            render_template("accounts/link_invalid.html", again=url_for("accounts.my_email")), 410
        )
    return _form("accounts/confirm_email.html", form, email=email)


def _changed() -> BaseResponse:
    flash(_("Changed."), "success")
    return redirect(url_for("accounts.me"))


def _form(template: str, form: FlaskForm, wait: int = 0, **more: object) -> BaseResponse:
    """A page with its form; 422 when it came back with something to put right, 429 when one must wait."""
    code = 429 if wait else 422 if form.is_submitted() else 200
    answer = make_response(render_template(template, form=form, **more), code)
    if wait:
        answer.headers["Retry-After"] = str(wait * 60)
    return answer


def _change_password(template: str, **more: object) -> BaseResponse:
    form = forms.ChangePasswordForm()
    wait = 0
    if form.validate_on_submit():
        try:
            admitted = signing.change_password(instance(), actor(), form.old.data, form.password.data)
        except PasswordRefused as refused:
            form.password.errors = [forms.refusal_of(refused, form.password.data)]
        except signing.TooManyAttempts as closed:
            wait, form.form_errors = closed.minutes, [too_many(closed)]
        else:
            if admitted is not None:
                begin_session(admitted)
                flash(_("Your password is changed. Other browsers are signed out."), "success")
                return redirect(url_for("accounts.me"))
            form.old.errors = [_("This is not the password you have now. Enter it again")]
    return _form(template, form, wait, least=SHORTEST, most=LONGEST, **more)


def _has_password() -> bool:
    return reading().get_one(Account, actor().id).password_hash is not None


def _new_mobile() -> str | None:
    sealed = session.get(NEW_MOBILE)
    if sealed is None:
        return None
    try:
        return instance().keys.open_bytes(PLACE, base64.b64decode(sealed)).decode()
    except CannotOpen:  # the keys are not those of this cookie any more: it must be named again
        return None
