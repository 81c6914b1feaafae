"""The accounts to which firms remit and pay back, scheme by scheme: setting one, and confirming it."""

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import clock, roles
from portal.common.preferences import locale_name
from portal.common.web import actor, instance, open_to, people, reading
from portal.programme import underwriter_accounts as accounts
from portal.programme.account_forms import AccountForm, ConfirmForm
from portal.programme.current import current_scheme
from portal.programme.pages import programme
from portal.scheme.terms import Terms, UnknownTerms, available_terms, load_terms


@programme.get("/desk/underwriter-accounts")
@open_to(*roles.SEES_TERMS)
def underwriter_accounts() -> str:
    """By scheme the account that counts today, and the one that waits to be confirmed or to begin."""
    today, who = clock.today(), actor()
    current = current_scheme(today).key
    order = sorted(available_terms(), key=lambda key: (key == current, load_terms(key).first_date), reverse=True)
    rows = {key: accounts.accounts_of_scheme(reading(), key) for key in order}
    acting = {one.set_by for found in rows.values() for one in found}
    acting |= {one.confirmed_by for found in rows.values() for one in found if one.confirmed_by}
    shown = []
    for key in order:
        newest = rows[key][0] if rows[key] else None
        waiting = newest if newest is not None and newest.confirmed_at is None else None
        shown.append(
            {
                "key": key,
                "title": _title(load_terms(key)),
                "holds": accounts.account_of(reading(), key, today),
                "waiting": waiting,
                "rows": rows[key],
                "may_confirm": waiting is not None
                and who.role in roles.CONFIRMS_UNDERWRITER_ACCOUNT
                and waiting.set_by != who.id,
            }
        )
    return render_template(
        "programme/underwriter_accounts.html",
        schemes=shown,
        names=names_of(reading(), people(), acting),
        may_set=who.role in roles.SETS_UNDERWRITER_ACCOUNT,
        confirm=ConfirmForm(formdata=None),
        today=today,
    )


@programme.route("/desk/underwriter-accounts/<scheme>", methods=["GET", "POST"])
@open_to(*roles.SETS_UNDERWRITER_ACCOUNT)
def set_underwriter_account(scheme: str) -> BaseResponse:
    """Set the account of a scheme from a day on; somebody else confirms it."""
    terms = _terms(scheme)
    form = AccountForm()
    if form.validate_on_submit():
        accounts.set_account(
            instance(), actor(), scheme, form.given(), form.starts_on.data, form.reference.data or ""
        )
        flash(_("Set. Firms read it once somebody else has confirmed it."), "success")
        return redirect(url_for("programme.underwriter_accounts", _anchor=scheme))
    if not form.is_submitted():
        form.starts_on.data = clock.today()
    page = render_template("programme/set_underwriter_account.html", form=form, title=_title(terms))
    return make_response(page, 422 if form.is_submitted() else 200)


@programme.post("/desk/underwriter-accounts/<scheme>/confirm")
@open_to(*roles.CONFIRMS_UNDERWRITER_ACCOUNT)
def confirm_underwriter_account(scheme: str) -> BaseResponse:
    """Confirm the account that was looked at, as another person than who set it."""
    _terms(scheme)
    form = ConfirmForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        accounts.confirm_account(instance(), actor(), scheme, form.seen.data or "")
    except accounts.SamePerson:
        flash(_("You set it. Somebody else confirms it."), "error")
    except accounts.StaleAccount:
        flash(
            _("Nothing was changed: another account was set, or this one confirmed. See how it stands."), "warning"
        )
    else:
        flash(_("Confirmed. From its day on firms read it wherever they are to pay."), "success")
    return redirect(url_for("programme.underwriter_accounts", _anchor=scheme))


def _terms(scheme: str) -> Terms:
    try:
        return load_terms(scheme)
    except UnknownTerms:
        abort(404)


def _title(terms: Terms) -> str:
    return terms.title if locale_name() == "zh" else terms.title_en
