"""Exporters' accounts at the desk: a reviewer reads, an administrator disables and enables them."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import InputRequired

from portal.accounts import actions
from portal.accounts.blueprint import accounts
from portal.accounts.forms import AskForm
from portal.common import audit, roles
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk.account_view import (
    PER_PAGE,
    ShownAccount,
    account_of_address,
    exporter_account,
    exporter_accounts,
)
from portal.members.names import MEMBERSHIP_KINDS, MEMBERSHIP_STATES, POSITION_NAMES
from portal.scheme import stages
from portal.scheme.names import uscc_key

STATES = {actions.ACTIVE: _l("can sign in"), actions.DISABLED: _l("disabled")}
CODE_LENGTH = 18  # characters of a unified social credit code


class FindAccountForm(FlaskForm):
    """Whose account: a whole mobile, e-mail address or credit code. It is posted, so that no address keeps it."""

    text = StringField(
        _l("Mobile number, e-mail or credit code, in full"),
        [InputRequired(_l("Enter a mobile number, an e-mail address or a credit code"))],
    )


@accounts.get("/desk/exporters")
@open_to(*roles.SEES_ACCOUNTS)
def exporter_list() -> str:
    """Every exporter's account, or those of one firm; by state."""
    return _list_page(FindAccountForm(formdata=None))


@accounts.post("/desk/exporters")
@open_to(*roles.SEES_ACCOUNTS)
def find_exporter() -> BaseResponse:
    """Lead to the account of a mobile or an e-mail address, which is on record, or to those of a firm."""
    form = FindAccountForm()
    if not form.validate():
        return make_response(_list_page(form), 422)
    text = form.text.data.strip()
    code = uscc_key(text)
    if len(code) == CODE_LENGTH and "@" not in text:
        return redirect(url_for("accounts.exporter_list", uscc=code))
    found = account_of_address(reading(), instance().keys, text)
    subject = f"account {found.id}" if found is not None else ""
    audit.note(instance().database, actor(), "accounts.find", subject, audit.LOOKED)
    if found is None:
        form.text.errors = [_("No exporter’s account has exactly this. Enter all of it, without a slip")]
        return make_response(_list_page(form), 422)
    return redirect(url_for("accounts.exporter_account_page", account_id=found.id))


@accounts.get("/desk/exporters/<account_id>")
@open_to(*roles.SEES_ACCOUNTS)
def exporter_account_page(account_id: str) -> str:
    """One account: masked, with its firms, and what an administrator can do."""
    return render_template("desk/account.html", **_context(_account(account_id)))


@accounts.route("/desk/exporters/<account_id>/disable", methods=["GET", "POST"])
@open_to(*roles.MANAGES_ACCOUNTS)
def disable_exporter(account_id: str) -> BaseResponse:
    """Ask before an account is disabled, with what follows, then do it."""
    found = _account(account_id)
    if AskForm().validate_on_submit():
        actions.disable_account(instance(), actor(), account_id)
        flash(_("%(name)s can no longer sign in.", name=found.called), "success")
        return redirect(url_for("accounts.exporter_account_page", account_id=account_id))
    acting = [one for one in found.memberships if one.state == stages.CONFIRMED]
    return make_response(render_template("desk/disable_account.html", account=found, acting=acting))


@accounts.post("/desk/exporters/<account_id>/enable")
@open_to(*roles.MANAGES_ACCOUNTS)
def enable_exporter(account_id: str) -> BaseResponse:
    """Let a disabled account sign in again."""
    found = _account(account_id)
    if found.erased:
        abort(409)
    actions.enable_account(instance(), actor(), account_id)
    flash(_("%(name)s can sign in again.", name=found.called), "success")
    return redirect(url_for("accounts.exporter_account_page", account_id=account_id))


def _list_page(form: FindAccountForm) -> str:
    uscc, state = uscc_key(request.args.get("uscc", "")), request.args.get("state", "")
    found = exporter_accounts(
        reading(), people(), uscc, state if state in STATES else "", request.args.get("page", 1, type=int)
    )
    return render_template(
        "desk/accounts.html",
        form=form,
        found=found,
        per_page=PER_PAGE,
        uscc=uscc,
        state=state,
        states=[(key, str(words)) for key, words in STATES.items()],
        membership_states=MEMBERSHIP_STATES,
        membership_kinds=MEMBERSHIP_KINDS,
    )


def _context(found: ShownAccount) -> dict[str, Any]:
    return {
        "account": found,
        "may_manage": actor().role in roles.MANAGES_ACCOUNTS,
        "may_open": actor().role in roles.DESK,
        "positions": POSITION_NAMES,
        "membership_states": MEMBERSHIP_STATES,
        "membership_kinds": MEMBERSHIP_KINDS,
    }


def _account(account_id: str) -> ShownAccount:
    found = exporter_account(reading(), people(), account_id)
    if found is None:
        abort(404)
    return found
