"""The administrator's list of staff."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts import actions, forms
from portal.accounts.blueprint import accounts
from portal.accounts.names import ROLE_NAMES, ROLE_TASKS
from portal.accounts.queries import StaffMember, staff_members
from portal.common import roles
from portal.common.web import actor, instance, open_to, people, reading, whole_address

FRESH_LINK = "fresh_link"  # in the session between making a one-time link and showing it once


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
        url = whole_address(url_for("accounts.open_link", token=fresh["token"]))
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
    work_of = instance().work_of
    page = render_template(
        "accounts/disable_staff.html",
        member=member,
        form=form,
        role_names=ROLE_NAMES,
        work=work_of(reading(), account_id) if work_of is not None else (),
    )
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


def _show_link(link: actions.Link) -> BaseResponse:
    session[FRESH_LINK] = {"account": link.account_id, "token": link.token}
    return redirect(url_for("accounts.staff_member", account_id=link.account_id))


def _member(account_id: str) -> StaffMember:
    found = staff_members(reading(), people(), account_id)
    if not found:
        abort(404)
    return found[0]
