"""Links by mail: asking for one, and setting a password by it."""

from flask import flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts import actions, exporters, forms, links
from portal.accounts.blueprint import accounts
from portal.accounts.names import waiting
from portal.accounts.passwords import LONGEST, SHORTEST, PasswordRefused
from portal.accounts.sign_in_pages import signed_in
from portal.common.preferences import locale_name
from portal.common.web import instance, open_to_all, people, reading

OPENED_LINK = "opened_link"  # in the session between opening a one-time link and setting the password


@accounts.route("/sign-up", methods=["GET", "POST"])
@open_to_all
def sign_up() -> BaseResponse:
    """Ask for the link that makes an exporter's account with an e-mail address."""
    return _ask("accounts/sign_up.html")


@accounts.route("/forgotten", methods=["GET", "POST"])
@open_to_all
def forgotten() -> BaseResponse:
    """Ask for a link to set the password, of staff too."""
    return _ask("accounts/forgotten.html")


@accounts.get("/link-on-its-way")
@open_to_all
def link_asked() -> str:
    """What happens now, in the same words for every address."""
    return render_template("accounts/link_asked.html", minutes=links.LASTS.seconds // 60)


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
    form = forms.NewPasswordForm()
    try:
        fields, new = _whose(token)
        if form.validate_on_submit():
            try:
                return _sign_up(token, form) if new else _set(token, form)
            except PasswordRefused as refused:
                form.password.errors = [forms.refusal_of(refused, form.password.data)]
    except actions.LinkInvalid:
        return make_response(render_template("accounts/link_invalid.html"), 410)
    page = render_template(
        "accounts/set_password.html", form=form, fields=fields, new=new, least=SHORTEST, most=LONGEST
    )
    return make_response(page, 422 if form.is_submitted() else 200)


def _ask(template: str) -> BaseResponse:
    form = forms.EmailForm()
    code, wait = (422 if form.is_submitted() else 200), 0
    if form.validate_on_submit():
        try:
            links.ask_for_link(instance(), form.email.data, request.remote_addr, locale_name())
        except links.TooManyLinks as closed:
            code, wait = 429, closed.minutes
            form.email.errors = [too_many_links(closed)]
        else:
            return redirect(url_for("accounts.link_asked"))
    answer = make_response(render_template(template, form=form), code)
    if wait:
        answer.headers["Retry-After"] = str(wait * 60)
    return answer


def too_many_links(closed: links.TooManyLinks) -> str:
    """That no link is sent for a while, in words."""
    return _("No more mails for now. Wait %(time)s, then ask again", time=waiting(closed.minutes))


def _whose(token: str) -> tuple[dict[str, str], bool]:
    """The fields of the account whose password a link sets, or of the one that it makes: then True."""
    try:
        account = actions.usable_link(reading(), token)
    except actions.LinkInvalid:
        return {"email": links.usable_sign_up(reading(), instance().keys, token)}, True
    return people().read(account.person_id, account.sealed), False


def _set(token: str, form: forms.NewPasswordForm) -> BaseResponse:
    actions.set_password(instance(), token, form.password.data)
    session.pop(OPENED_LINK)
    flash(_("Your password is set. Sign in with it now."), "success")
    return redirect(url_for("accounts.sign_in", by="email"))


def _sign_up(token: str, form: forms.NewPasswordForm) -> BaseResponse:
    admitted = exporters.sign_up(instance(), token, form.password.data, locale_name())
    answer = signed_in(admitted)
    flash(_("Your account is made, and you are signed in."), "success")
    return answer
