"""Signing in, in two ways on one page, and out."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from portal import areas
from portal.accounts import codes, devices, exporters, forms, signing
from portal.accounts.blueprint import accounts
from portal.accounts.names import waiting
from portal.accounts.records import Account
from portal.accounts.sign_in import begin_session, end_session, has_ended
from portal.common import clock, roles
from portal.common.keys import CannotOpen
from portal.common.preferences import locale_name, safe_next
from portal.common.web import actor, instance, open_to, open_to_all, reading

MOBILE, EMAIL = "mobile", "email"
ASKED = "asked_code"  # in the session between asking for a code and entering it
PLACE = "session.asked_code"


@dataclass(frozen=True)
class Asked:
    """A code that this browser asked for: for which mobile, under which subject, and when."""

    mobile: str
    subject: str
    at: datetime

    @property
    def holds(self) -> bool:
        """Whether the code may still be good."""
        return clock.now() < self.at + codes.LASTS


@accounts.route("/sign-in", methods=["GET", "POST"])
@open_to_all
def sign_in() -> BaseResponse:
    """A mobile that a code is sent to, or e-mail and password; then on to the page that was wanted."""
    if current_user.is_authenticated and request.method == "GET":
        return onward(current_user.role)
    return _by_mobile() if _way() == MOBILE else _by_email()


@accounts.route("/sign-in/code", methods=["GET", "POST"])
@open_to_all
def enter_code() -> BaseResponse:
    """The code that was sent; the right one signs in, and makes the account of a mobile that has none."""
    asked = _asked()
    if asked is None:
        return redirect(_sign_in_url(MOBILE))
    form = forms.CodeForm()
    code, wait = (422 if form.is_submitted() else 200), None
    if form.validate_on_submit():
        admitted = None
        try:
            admitted = exporters.admit_by_code(
                instance(), asked.mobile, form.code.data, asked.subject, request.remote_addr, locale_name()
            )
            form.code.errors = [_("This code is not right, or no longer. Check it, or ask for a new one")]
        except signing.TooManyAttempts as closed:
            code, wait, form.form_errors = 429, closed.minutes, [too_many(closed)]
        except exporters.AccountClosed:
            form.form_errors = [_("This account is closed. Write or telephone to the desk if that surprises you")]
        if admitted is not None:
            return signed_in(admitted)
    page = render_template(
        "accounts/enter_code.html",
        form=form,
        mobile=codes.masked_mobile(asked.mobile),
        minutes=codes.LASTS.seconds // 60,
        other=_sign_in_url(MOBILE),
        again=url_for("accounts.send_again", next=request.args.get("next")),
    )
    return _answer(page, code, wait)


@accounts.post("/sign-in/code/again")
@open_to_all
def send_again() -> BaseResponse:
    """Send another code to the same mobile; the one before it ends."""
    asked = _asked()
    if asked is None:
        return redirect(_sign_in_url(MOBILE))
    try:
        _send(asked.mobile, asked)
    except codes.TooManyCodes as closed:
        flash(too_many_codes(closed), "warning")
    else:
        flash(_("A new code is on its way. The one before it no longer counts."), "success")
    return redirect(_code_url())


@accounts.post("/sign-out")
@open_to(*roles.STAFF_ROLES, roles.Role.EXPORTER)
def sign_out() -> BaseResponse:
    """Sign out of this browser."""
    signing.sign_out(instance(), actor(), current_user.session_token)
    end_session()
    flash(_("You are signed out."))
    return redirect(url_for("accounts.sign_in"))


def onward(role: roles.Role) -> BaseResponse:
    """To the page that was wanted, if it is one of this role's side of the portal, else to its first page."""
    target = safe_next(request.args.get("next"))
    elsewhere = target.startswith("/desk/" if role is roles.Role.EXPORTER else "/my/")
    return redirect(url_for(areas.home_of(role)) if target == "/" or elsewhere else target)


def signed_in(admitted: signing.Admitted) -> BaseResponse:
    """Begin the session of somebody just admitted, make the browser known, and lead on."""
    device = _device()
    begin_session(admitted)
    answer = onward(roles.Role(admitted.account.role))
    answer.set_cookie(
        devices.COOKIE,
        devices.cookie_of(instance().keys, admitted.account.id, device),
        max_age=devices.LASTS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def too_many(closed: signing.TooManyAttempts) -> str:
    """That signing in is closed for a while, in words."""
    return _("Too many attempts. Wait %(minutes)s minutes, then try again", minutes=closed.minutes)


def too_many_codes(closed: codes.TooManyCodes) -> str:
    """That no code is sent for a while, in words."""
    return _("No more codes for now. Wait %(time)s, then ask again", time=waiting(closed.minutes))


def _by_mobile() -> BaseResponse:
    form = forms.MobileForm()
    code, wait = (422 if form.is_submitted() else 200), None
    if form.validate_on_submit():
        mobile = codes.normal_mobile(form.mobile.data)
        before = _asked()
        same = before if before is not None and before.mobile == mobile else None
        try:
            _send(mobile, same)
        except codes.TooManyCodes as closed:
            if same is not None and same.holds:  # pressed twice, or gone back: the code that was sent is good
                return redirect(_code_url())
            code, wait, form.mobile.errors = 429, closed.minutes, [too_many_codes(closed)]
        else:
            return redirect(_code_url())
    return _answer(_page(form, MOBILE), code, wait)


def _by_email() -> BaseResponse:
    form = forms.SignInForm()
    code, wait = (422 if form.is_submitted() else 200), None
    if form.validate_on_submit():
        admitted = None
        try:
            admitted = signing.sign_in(
                instance(), form.email.data, form.password.data, request.remote_addr, _device(), locale_name()
            )
            form.form_errors = [_("The e-mail or the password is not right. Check both and try again")]
        except signing.TooManyAttempts as closed:
            code, wait, form.form_errors = 429, closed.minutes, [too_many(closed)]
        if admitted is not None:
            return signed_in(admitted)
    return _answer(_page(form, EMAIL), code, wait)


def _page(form: FlaskForm, way: str) -> str:
    return render_template(
        "accounts/sign_in.html",
        form=form,
        way=way,
        by_mobile=_sign_in_url(MOBILE),
        by_email=_sign_in_url(EMAIL),
        ended=request.method == "GET" and has_ended(),
    )


def _answer(page: str, code: int, wait: int | None) -> BaseResponse:
    answer = make_response(page, code)
    if wait is not None:
        answer.headers["Retry-After"] = str(wait * 60)
    return answer


def _way() -> str:
    """By mobile or by e-mail: as chosen; else what was posted, what this browser did before, who comes there."""
    chosen = request.args.get("by")
    if chosen in (MOBILE, EMAIL):
        return chosen
    if request.method == "POST":
        return MOBILE if "mobile" in request.form else EMAIL
    if safe_next(request.args.get("next")).startswith("/desk/"):
        return EMAIL
    device = _device()
    account = reading().get(Account, device.account_id) if device is not None else None
    return EMAIL if account is not None and account.mobile_index is None else MOBILE


def _device() -> devices.Device | None:
    return devices.device_of(instance().keys, request.cookies.get(devices.COOKIE))


def _send(mobile: str, before: Asked | None) -> None:
    """Send the code and note, sealed, what the next page must know: the number stands in no address or page."""
    subject = exporters.ask_for_code(
        instance(), mobile, request.remote_addr, locale_name(), _device(), before.subject if before else None
    )
    kept = f"{mobile} {int(clock.now().timestamp())} {subject}"
    session[ASKED] = base64.b64encode(instance().keys.seal_bytes(PLACE, kept.encode())).decode()


def _asked() -> Asked | None:
    sealed = session.get(ASKED)
    if sealed is None:
        return None
    try:
        kept = instance().keys.open_bytes(PLACE, base64.b64decode(sealed)).decode()
    except CannotOpen:  # the keys are not those of this cookie any more: it must be asked for again
        return None
    mobile, at, subject = kept.split(" ", 2)
    return Asked(mobile, subject, datetime.fromtimestamp(int(at), UTC))


def _sign_in_url(way: str) -> str:
    return url_for("accounts.sign_in", by=way, next=request.args.get("next"))


def _code_url() -> str:
    return url_for("accounts.enter_code", next=request.args.get("next"))
