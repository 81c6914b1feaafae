"""Ending, at the desk, that somebody acts for a firm: what follows is said first, then why."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.accounts.records import Account
from portal.applications import confirming, ending
from portal.applications.records import Application
from portal.common import roles
from portal.common.cells import visible
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.members.names import ENDINGS, MEMBERSHIP_STATES, POSITION_NAMES, TAKEN_BACK
from portal.members.queries import find_membership, members_of, reviews_of, tied_to
from portal.members.records import Membership
from portal.members.shown import name_of
from portal.policies.records import Policy
from portal.scheme import stages


def _tidy(text: str | None) -> str | None:
    return visible(text) if text else text


class EndingForm(FlaskForm):
    """Why it ends: the sentence that the person reads, and a reason for staff. `seen` is what was looked at."""

    seen = HiddenField()
    code = RadioField(
        _l("Why does it end?"),
        choices=[SelectChoice(code, {**ENDINGS, **TAKEN_BACK}[code]) for code in ending.BY_STAFF],
        validate_choice=False,
    )
    reason = TextAreaField(_l("Reason"), filters=[_tidy])

    def validate(self, extra_validators: Any = None) -> bool:
        """What is missing is told beside its field."""
        valid = bool(super().validate(extra_validators))
        if self.code.data not in ending.BY_STAFF:
            self.code.errors = [_("Choose the reason that the person reads")]
            valid = False
        if len(self.reason.data or "") < confirming.SHORTEST_REASON:
            self.reason.errors = [_("Write in a few words what you looked at")]
            valid = False
        elif len(self.reason.data or "") > confirming.LONGEST_REASON:
            words = _("The reason is too long. Use at most %(most)s characters", most=confirming.LONGEST_REASON)
            self.reason.errors = [words]
            valid = False
        return valid


@desk.route("/memberships/<number>/end", methods=["GET", "POST"])
@open_to(*roles.DECIDES_MEMBERSHIPS)
def end_membership(number: str) -> BaseResponse:
    """Ask, with what follows, before it ends that somebody acts for a firm; sent twice, it ends once."""
    found = _membership(number)
    form = EndingForm()
    if not form.is_submitted():
        if found.state != stages.CONFIRMED or tied_to(reading(), actor().id, [found.uscc]):
            return redirect(url_for("desk.membership", number=number))
        form.seen.data = confirming.seen_of(found)
        return make_response(_page(found, form))
    if found.state == stages.CONFIRMED and not form.validate():
        return make_response(_page(found, form), 422)
    try:
        ending.end_by_staff(instance(), actor(), number, form.seen.data, form.code.data, form.reason.data or "")
    except PersonErased:
        form.form_errors = [_("The person of this claim was erased, so nothing can be decided on it")]
        return make_response(_page(found, form), 422)
    except (confirming.StaleMembership, confirming.ReasonNeeded, ending.UnknownEnding):
        close_reading()  # what was read is no longer so: read again
        found = _membership(number)
        if not _ended_by_reader(found):
            return make_response(_page(found, form, moved_on=True), 409)
    flash(_("%(firm)s: this person no longer acts for the firm, and was told.", firm=found.firm_name), "success")
    return redirect(url_for("desk.membership", number=number))


def _membership(number: str) -> Membership:
    found = find_membership(reading(), number)
    if found is None:
        abort(404)
    return found


def _ended_by_reader(found: Membership) -> bool:
    done = reviews_of(reading(), [found.id])
    return bool(done) and done[-1].outcome == ending.END and done[-1].reviewed_by == actor().id


def _page(found: Membership, form: EndingForm, moved_on: bool = False) -> str:
    session = reading()
    others = [one for one in members_of(session, found.uscc, confirmed=True) if one.id != found.id]
    accepted = ending.invited_by(session, found)
    return render_template(
        "desk/end_membership.html",
        found=found,
        form=form,
        moved_on=moved_on,
        state=MEMBERSHIP_STATES[found.state],
        position=POSITION_NAMES[found.position],
        name=name_of(people(), session.get_one(Account, found.account_id), whole=True),
        last=not others,
        invited=[one for one in others if one.account_id in accepted],
        waiting=_open_applications(found),
        policies=_policies_in_force(found),
        longest_reason=confirming.LONGEST_REASON,
    )


def _open_applications(found: Membership) -> list[str]:
    """The numbers of what this person applied for and is not decided."""
    query = select(Application.number).where(
        Application.membership_id == found.id, Application.state.in_(stages.OPEN_APPLICATION_STATES)
    )
    return list(reading().execute(query.order_by(Application.number)).scalars())


def _policies_in_force(found: Membership) -> list[str]:
    """The numbers of the firm's policies in force."""
    query = select(Policy.number).where(Policy.uscc == found.uscc, Policy.state == stages.IN_FORCE)
    return list(reading().execute(query.order_by(Policy.number)).scalars())
