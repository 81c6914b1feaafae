"""Who acts for a firm, at the desk: the licence beside what was said and the registry, and deciding it."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications import confirming, ending, requests
from portal.applications.history import who_is
from portal.common import formats, roles
from portal.common.people import PersonErased
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.desk.holding import MEMBERSHIP
from portal.desk.membership_forms import ASK, MembershipForm
from portal.desk.membership_view import membership_context
from portal.desk.places import asked, following
from portal.desk.queue_queries import Place
from portal.members.names import MEMBERSHIP_STATES
from portal.members.queries import find_membership, reviews_of
from portal.members.records import Membership
from portal.scheme import stages


@desk.get("/memberships/<number>")
@open_to(*roles.DESK)
def membership(number: str) -> BaseResponse:
    """One claim to act for a firm, and while it is open the form to decide it."""
    return make_response(_page(_membership(number)))


@desk.post("/memberships/<number>")
@open_to(*roles.DECIDES_MEMBERSHIPS)
def decide_membership(number: str) -> BaseResponse:
    """Confirm, refuse or ask. Whoever comes second is told what the first one did; nothing typed is lost."""
    found = _membership(number)
    form = MembershipForm()
    then = following(Place(MEMBERSHIP, number))
    if found.state in confirming.TO_DECIDE and confirming.seen_of(found) == form.seen.data:
        if not form.validate():
            return make_response(_page(found, form), 422)
        try:
            _act(number, form)
        except confirming.StaleMembership:
            pass
        except confirming.LicenceNeeded:
            form.form_errors = [_("There is no licence to confirm from. Ask for it")]
            return make_response(_page(found, form), 422)
        except confirming.RepresentativeDiffers as differs:
            form.representative.errors = [
                _(
                    "The firm declared %(name)s as representative; the licence names another. Ask, or refuse",
                    name=differs.declared,
                )
            ]
            return make_response(_page(found, form), 422)
        except PersonErased:
            form.form_errors = [_("The person of this claim was erased, so nothing can be decided on it")]
            return make_response(_page(found, form), 422)
        else:
            return _decided(number, then)
    close_reading()  # what was read is no longer so: read again
    found = _membership(number)
    if _sent_twice(found, form):
        return _decided(number, then)
    return make_response(_page(found, form, _what_changed(found)), 409)


def _act(number: str, form: MembershipForm) -> None:
    seen, outcome, reason = form.seen.data, form.outcome.data, form.reason.data or ""
    if outcome == confirming.CONFIRM:
        confirming.confirm_by_licence(instance(), actor(), number, seen, form.representative.data, reason)
    elif outcome == confirming.REFUSE:
        confirming.refuse(instance(), actor(), number, seen, form.code.data, reason)
    else:
        confirming.ask(instance(), actor(), number, seen, form.items.data, reason)


def _page(found: Membership, form: MembershipForm | None = None, changed: list[str] | None = None) -> str:
    return render_template("desk/membership.html", **membership_context(found, form, changed))


def _membership(number: str) -> Membership:
    found = find_membership(reading(), number)
    if found is None:
        abort(404)
    return found


def _decided(number: str, then: str | None) -> BaseResponse:
    """Say what came of it and go on: to the next case, or to this one as it stands now."""
    close_reading()
    found = _membership(number)
    words = _("Saved. %(firm)s: %(state)s.", firm=found.firm_name, state=MEMBERSHIP_STATES[found.state])
    flash(words, "success" if found.state == stages.CONFIRMED else "info")
    args = asked().args()
    if request.form.get("then") != "next":
        return redirect(url_for("desk.membership", number=number, **args))
    if then is None:
        flash(_("That was the last one to look at."))
        return redirect(url_for("desk.queue", **args))
    return redirect(then)


def _sent_twice(found: Membership, form: MembershipForm) -> bool:
    """Whether what was sent is what the same person has saved already: a button pressed twice."""
    outcome = form.outcome.data
    if outcome == ASK:
        made = requests.open_request(reading(), requests.MEMBERSHIP, found.id)
        wanted = set(form.items.data or [])
        return made is not None and made.asked_by == actor().id and set(made.items.split()) == wanted
    after = {confirming.CONFIRM: stages.CONFIRMED, confirming.REFUSE: stages.REFUSED}.get(outcome or "")
    done = reviews_of(reading(), [found.id])
    return bool(done) and found.state == after and done[-1].reviewed_by == actor().id


def _what_changed(found: Membership) -> list[str]:
    """Who did what since the form was opened, in sentences."""
    done = reviews_of(reading(), [found.id])
    made = requests.open_request(reading(), requests.MEMBERSHIP, found.id)
    accounts = [*(one.reviewed_by for one in done), *([made.asked_by] if made else [])]
    known = names_of(reading(), people(), accounts)
    said = []
    for one in done:
        who, time = who_is(one.reviewed_by, known), formats.moment(one.reviewed_at)
        if one.outcome == confirming.CONFIRM:
            said.append(_("%(who)s confirmed it at %(time)s.", who=who, time=time))
        elif one.outcome == ending.END:
            said.append(_("%(who)s ended it at %(time)s.", who=who, time=time))
        else:
            said.append(_("%(who)s refused it at %(time)s.", who=who, time=time))
    if made is not None:
        who, time = who_is(made.asked_by, known), formats.moment(made.asked_at)
        said.append(_("%(who)s asked for more at %(time)s.", who=who, time=time))
    if not said:
        said.append(_("The person handed in another licence, answered, or was confirmed another way."))
    return [*said, _("It is now: %(state)s.", state=MEMBERSHIP_STATES[found.state])]
