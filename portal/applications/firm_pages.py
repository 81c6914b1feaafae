"""A firm as its own people see it: who acts for it, confirming that, answering staff, changing, leaving."""

from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.codes import TooManyCodes
from portal.accounts.records import Account
from portal.accounts.signing import TooManyAttempts
from portal.applications import confirming, ending, firm_changes, firm_forms, requests
from portal.applications.consequences import open_or_insured
from portal.applications.names import REQUEST_ITEMS
from portal.applications.reading import known_of
from portal.applications.records import Application
from portal.applications.seen import CHECKING
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.preferences import locale_name
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, open_to_all, people, reading
from portal.documents.queries import documents as shown_documents
from portal.members import forms, invitations
from portal.members.access import my_confirmed_membership, my_membership
from portal.members.blueprint import members
from portal.members.names import (
    ENDINGS,
    HOW_CONFIRMED,
    MEMBERSHIP_STATES,
    POSITION_NAMES,
    REFUSALS,
    WHY_WAITING_NAMES,
)
from portal.members.queries import members_of, membership, reviews_of
from portal.members.records import Membership
from portal.members.shown import is_certain, open_invitations, shown_members
from portal.members.waiting import ENDED_BEFORE, REFUSED_BEFORE
from portal.scheme import stages

INVITED = "invitation"  # a cookie of these pages alone: it outlasts signing in, which empties the session
INVITED_LASTS = 86_400  # seconds
OWN_DOING = (REFUSED_BEFORE, ENDED_BEFORE)


@members.get("/my/firms/<uscc>")
@open_to(*roles.APPLIES)
def my_firm(uscc: str) -> BaseResponse:
    """Whose turn it is with who acts for the firm, its licence, its people, and what one can do."""
    found = membership(reading(), actor().id, uscc)
    if found is None:
        return _no_longer(uscc)
    licence = found.licence_id or ""
    confirmed = found.state == stages.CONFIRMED
    asked = requests.open_request(reading(), requests.MEMBERSHIP, found.id)
    phone = None if confirmed else confirming.code_mobile(reading(), people(), found)
    page = render_template(
        "members/my_firm.html",
        found=found,
        position=POSITION_NAMES[found.position],
        state=MEMBERSHIP_STATES[found.state],
        confirmed=confirmed,
        how=HOW_CONFIRMED.get(found.confirmed_how or ""),
        # Only what is one's own doing: that somebody else claims the firm, or whom the registry names, would be
        # told to whoever claims a firm to find it out.
        why=[WHY_WAITING_NAMES[code] for code in found.why_waiting.split() if code in OWN_DOING],
        due_certain=is_certain(reading(), found.due_on),
        asked=asked,
        asked_items=[REQUEST_ITEMS[item] for item in asked.items.split()] if asked else [],
        today=clock.today(),
        phone=confirming.masked_to_two(phone) if phone else None,
        licence=shown_documents(reading(), [licence], people()).get(licence),
        team=shown_members(reading(), people(), members_of(reading(), uscc), actor().id, confirmed),
        invited=open_invitations(reading(), people(), uscc) if confirmed else [],
        positions=POSITION_NAMES,
        states=MEMBERSHIP_STATES,
        removable=ending.removable(reading(), found),
        can_change=confirmed and bool(firm_changes.concerned_applications(reading(), uscc)),
        current=_current(found),
    )
    return make_response(page)


@members.get("/my/firms/<uscc>/code")
@open_to(*roles.APPLIES)
def confirm_code(uscc: str) -> BaseResponse:
    """Where a code would go to; and the field for it."""
    return _code_page(uscc, firm_forms.ConfirmCodeForm(formdata=None), 200)


@members.post("/my/firms/<uscc>/code/send")
@open_to(*roles.APPLIES)
def send_confirm_code(uscc: str) -> BaseResponse:
    """Send the code to the mobile of an authority's file."""
    my_membership(uscc)
    try:
        mobile = confirming.send_confirmation_code(instance(), actor(), uscc, request.remote_addr, locale_name())
    except confirming.NoFilePhone:
        flash(_("No authority's file has a mobile of this firm. Hand in the licence instead."), "warning")
        return redirect(url_for("members.my_firm", uscc=uscc))
    except TooManyCodes as closed:
        words = _(
            "A code is on its way already, or too many were sent. Wait %(minutes)s minutes", minutes=closed.minutes
        )
        flash(words, "warning")
    else:
        flash(_("A code went to %(mobile)s. It counts for 10 minutes.", mobile=mobile), "success")
    return redirect(url_for("members.confirm_code", uscc=uscc, sent=1))


@members.post("/my/firms/<uscc>/code")
@open_to(*roles.APPLIES)
def enter_confirm_code(uscc: str) -> BaseResponse:
    """The code that was sent; the right one confirms."""
    found = my_membership(uscc)
    form = firm_forms.ConfirmCodeForm()
    if not form.validate():
        return _code_page(uscc, form, 422)
    try:
        confirmed = confirming.confirm_by_code(instance(), actor(), uscc, form.code.data)
    except TooManyAttempts as closed:
        words = _("Too many attempts. Wait %(minutes)s minutes, then try again", minutes=closed.minutes)
        form.form_errors = [words]
        page = _code_page(uscc, form, 429)
        page.headers["Retry-After"] = str(closed.minutes * 60)
        return page
    if confirmed:
        flash(_("It is confirmed that you act for %(firm)s.", firm=found.firm_name), "success")
        return redirect(url_for("members.my_firm", uscc=uscc))
    form.code.errors = [_("This code is not right, or no longer. Check it, or ask for a new one")]
    return _code_page(uscc, form, 422)


@members.route("/my/firms/<uscc>/answer", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
@takes_documents
def answer(uscc: str) -> BaseResponse:
    """Answer, in place, everything that staff ask about acting for the firm."""
    found = my_membership(uscc)
    asked = requests.open_request(reading(), requests.MEMBERSHIP, found.id)
    if asked is None:
        flash(_("Nothing is asked of you any more."))
        return redirect(url_for("members.my_firm", uscc=uscc))
    items = asked.items.split()
    form = firm_forms.AnswerForm()
    form.ask_for(items, locale_name())
    if form.validate_on_submit():
        fields, files = form.answered()
        try:
            firm_changes.answer_membership(instance(), actor(), uscc, fields, files, locale_name())
        except requests.NotAnswered as left:
            form.mark(left.items)
        except requests.NotAsked:  # answered by the first of two presses
            return redirect(url_for("members.my_firm", uscc=uscc))
        else:
            flash(_("Your answer is here. It is the staff's turn again."), "success")
            return redirect(url_for("members.my_firm", uscc=uscc))
    elif not form.is_submitted():
        show_kept(form)
    licence = found.licence_id or ""
    page = render_template(
        "members/answer.html",
        found=found,
        form=form,
        asked=asked,
        items=[REQUEST_ITEMS[item] for item in items],
        kept=shown_documents(reading(), [licence], people()).get(licence),
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@members.route("/my/firms/<uscc>/representative", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
@takes_documents
def change_representative(uscc: str) -> BaseResponse:
    """Name the firm's new legal representative."""
    found = my_confirmed_membership(uscc)
    if not firm_changes.concerned_applications(reading(), uscc):
        flash(_("Nothing to change: the next application asks for the representative."))
        return redirect(url_for("members.my_firm", uscc=uscc))
    form = firm_forms.RepresentativeForm(locale_name(), clock.today())
    if form.validate_on_submit() and form.licence.checked is not None:
        firm_changes.change_representative(
            instance(),
            actor(),
            uscc,
            form.name.data,
            form.number.data,
            form.licence.checked,
            locale_name(),
        )
        flash(_("The new representative is recorded, and the rules ran again."), "success")
        return redirect(url_for("members.my_firm", uscc=uscc))
    if not form.is_submitted():
        show_kept(form)
    page = render_template("members/change_representative.html", found=found, form=form)
    return make_response(page, 422 if form.is_submitted() else 200)


@members.route("/my/firms/<uscc>/leave", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def leave(uscc: str) -> BaseResponse:
    """Ask before somebody leaves a firm, say what then happens, and do it."""
    found = membership(reading(), actor().id, uscc)
    if found is None:
        return redirect(url_for("policies.my_home"))
    form = forms.AskForm()
    if form.validate_on_submit():
        ending.leave_firm(instance(), actor(), uscc)
        flash(_("You no longer act for %(firm)s.", firm=found.firm_name), "success")
        return redirect(url_for("policies.my_home"))
    others = [one for one in members_of(reading(), uscc, confirmed=True) if one.account_id != actor().id]
    page = render_template(
        "members/leave.html",
        found=found,
        last=found.state == stages.CONFIRMED and not others,
        confirmed=found.state == stages.CONFIRMED,
    )
    return make_response(page)


@members.route("/my/firms/<uscc>/people/<number>/remove", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def remove_colleague(uscc: str, number: str) -> BaseResponse:
    """Ask before a colleague is taken off the firm, say what then happens, and do it."""
    found = my_confirmed_membership(uscc)
    if number not in ending.removable(reading(), found):
        flash(_("Nobody to take off: this person no longer acts for the firm, or you did not invite them."))
        return redirect(url_for("members.my_firm", uscc=uscc))
    team = shown_members(reading(), people(), members_of(reading(), uscc), actor().id, whole=True)
    other = next(one for one in team if one.membership.number == number)
    form = forms.AskForm()
    if form.validate_on_submit():
        ending.remove_colleague(instance(), actor(), uscc, number)
        flash(_("%(name)s no longer acts for the firm, and was told.", name=other.name or number), "success")
        return redirect(url_for("members.my_firm", uscc=uscc))
    page = render_template(
        "members/remove_colleague.html",
        found=found,
        other=other,
        position=POSITION_NAMES[other.membership.position],
    )
    return make_response(page)


@members.get("/invitation/<token>")
@open_to_all
def open_invitation(token: str) -> BaseResponse:
    """Take the token of an invitation out of the address, and keep it through the sign-in."""
    answer = redirect(url_for("members.invitation"))
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.set_cookie(
        INVITED,
        token,
        max_age=INVITED_LASTS,
        path=url_for("members.invitation"),
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


@members.get("/invitation")
@open_to_all
def invitation() -> BaseResponse:
    """For which firm one is invited; signed in, to be accepted."""
    token = request.cookies.get(INVITED, "")
    if not token:
        return _invitation_page("not_opened", 200)
    who = actor()
    if who.role in roles.APPLIES:
        before = invitations.accepted_by(reading(), token, who.id)
        if before is not None:
            return redirect(_after_accepting(before))
    try:
        found = invitations.invitation_of(reading(), token)
    except invitations.InvitationInvalid as invalid:
        return _invitation_page(invalid.why, 404 if invalid.why == invitations.UNKNOWN else 410)
    if who.role in roles.APPLIES:
        account = reading().get_one(Account, who.id)
        if not invitations.is_for(people(), found, account):
            return _invitation_page(invitations.FOR_ANOTHER, 403, found)
    return _invitation_page("", 200, found)


@members.post("/invitation")
@open_to(*roles.APPLIES)
def accept_invitation() -> BaseResponse:
    """Act for the firm from now on."""
    try:
        found = confirming.accept_invitation(instance(), actor(), request.cookies.get(INVITED, ""))
    except invitations.InvitationInvalid:
        return redirect(url_for("members.invitation"))  # which says why
    if found.state == stages.CONFIRMED:
        flash(_("It is confirmed that you act for %(firm)s.", firm=found.firm_name), "success")
    close_reading()  # what was read before is no longer so: read again
    return redirect(_after_accepting(found))


def _invitation_page(why: str, status: int, found: invitations.Invitation | None = None) -> BaseResponse:
    address = ""
    if found is not None:
        address = invitations.masked_address(people(), found)
    page = render_template(
        "members/invitation.html",
        why=why,
        found=found,
        address=address,
        position=POSITION_NAMES[found.position] if found is not None else "",
        may_accept=actor().role in roles.APPLIES and not why,
        sign_in_url=url_for("accounts.sign_in", next=url_for("members.invitation")),
    )
    return make_response(page, status)


def _after_accepting(found: Membership) -> str:
    """To the policy that waits to be acknowledged, where the firm has one; else to the firm."""
    if found.state != stages.CONFIRMED:
        return url_for("members.my_firm", uscc=found.uscc)
    query = select(Application.policy_number).where(
        Application.uscc == found.uscc, Application.state == stages.ISSUED, Application.policy_number.is_not(None)
    )
    number = reading().execute(query.order_by(Application.entered_at.desc()).limit(1)).scalar()
    if number is not None:
        return url_for("policies.my_policy", number=number)
    return url_for("members.my_firm", uscc=found.uscc)


def _current(found: Membership) -> Application | None:
    """The application that this person may know of and on which something hangs: open, or insured.

    Before confirming, one that has failed unseen hangs on like any other that is being checked.
    """
    newest = select(Application).where(Application.uscc == found.uscc).order_by(Application.entered_at.desc())
    current = reading().execute(newest.where(open_or_insured()).limit(1))
    if found.state == stages.CONFIRMED:
        return current.scalar()
    own = reading().execute(newest.where(Application.membership_id == found.id)).scalars()
    hangs = {CHECKING, stages.ISSUED, *stages.OPEN_APPLICATION_STATES}
    seen = (one for one in own if known_of(reading(), one, confirmed=False).view.state in hangs)
    return next((one for one in seen if one.policy_year >= clock.today().year), None)


def _no_longer(uscc: str) -> BaseResponse:
    """The page of a firm that one was refused for or taken off, with the coded reason; none for anybody else."""
    query = select(Membership).where(
        Membership.uscc == uscc,
        Membership.account_id == actor().id,
        Membership.state.in_({stages.REFUSED, stages.ENDED}),
    )
    last = reading().execute(query.order_by(Membership.id.desc()).limit(1)).scalar()
    if last is None:
        abort(404)
    said: dict[str, Any] = {}
    for review in reviews_of(reading(), [last.id]):
        said = people().read(review.person_id, review.reason_sealed)
    reason = {**REFUSALS, **ENDINGS}.get(said.get("code", ""))
    page = render_template("members/refused.html", found=last, reason=reason)
    return make_response(page)


def _code_page(uscc: str, form: firm_forms.ConfirmCodeForm, status: int) -> BaseResponse:
    found = my_membership(uscc)
    mobile = confirming.code_mobile(reading(), people(), found)
    if mobile is None or found.state == stages.CONFIRMED:
        return redirect(url_for("members.my_firm", uscc=uscc))
    page = render_template(
        "members/confirm_code.html",
        found=found,
        form=form,
        mobile=confirming.masked_to_two(mobile),
        sent=bool(request.args.get("sent")) or form.is_submitted(),
    )
    return make_response(page, status)
