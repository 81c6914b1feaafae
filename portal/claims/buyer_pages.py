"""A firm's own buyers and banks: the room left for each, adding one, and taking one off."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims.blueprint import claims
from portal.claims.buyer_rooms import BuyerRoom, buyer_rooms, listed_for
from portal.claims.cover import policies_of
from portal.claims.held import held_shown
from portal.common import clock, rate, roles
from portal.common.kept_form import show_kept
from portal.common.web import actor, instance, open_to, reading
from portal.members.access import my_membership
from portal.members.records import Membership
from portal.obligors import actions
from portal.obligors.forms import NONE_OF_THESE, AddBuyerForm
from portal.obligors.identifiers import country_name
from portal.obligors.names import KIND_NAMES, REASON_NAMES
from portal.obligors.queries import root_of
from portal.policies.records import Policy
from portal.policies.shown import covered_to
from portal.scheme import stages

PER_ACCOUNT, PER_FIRM = 60, 120  # buyers sent in one window: nobody types more by hand
WINDOW = 60 * rate.MINUTE
TO_NOTICE = "notice"  # where one came from to add a buyer


@claims.get("/my/firms/<uscc>/buyers")
@open_to(*roles.APPLIES)
def my_buyers(uscc: str) -> str:
    """Every buyer and bank on the firm's list, each with its bar under one policy; works before any notice."""
    member = my_membership(uscc)
    policies = policies_of(reading(), member)
    policy = _wanted(policies)
    rows = buyer_rooms(reading(), member, policy, clock.today())
    last_day = covered_to(policies[-1]) if policies else None
    held = held_shown(reading(), policy) if policy else None
    warnings_of = instance().warnings_of
    return render_template(
        "claims/my_buyers.html",
        member=member,
        confirmed=member.state == stages.CONFIRMED,
        policies=list(reversed(policies)),
        policy=policy,
        ended=last_day if last_day is not None and last_day < clock.today() else None,
        held=held,
        cap_provisional=held is not None and held.articles["obligor_cap"].provisional,
        refill_provisional=held is not None and held.articles["room_refilled_by"].provisional,
        rows=rows,
        told=any(row.room for row in rows),
        kinds=KIND_NAMES,
        reasons=REASON_NAMES,
        country_name=country_name,
        warnings=warnings_of(reading(), member.uscc) if warnings_of is not None else {},
    )


@claims.route("/my/firms/<uscc>/buyers/new", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def add_buyer(uscc: str) -> BaseResponse:
    """Add a buyer or bank; where some on the firm's list look like it, first ask whether it is one of them.

    What other firms deal with never shows here: staff are asked whether two records are one.
    """
    member = my_membership(uscc)
    form = AddBuyerForm()
    if request.method == "GET":
        show_kept(form)
        return make_response(_add_page(member, form))
    wait = _too_often(uscc)
    if wait:
        form.form_errors = [_("Too many buyers in an hour. What you typed is still here: send it again later.")]
        answer = make_response(_add_page(member, form), 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    valid = form.validate()
    names = {root_of(reading(), one.obligor_id).id: one.name for one in listed_for(reading(), member)}
    alike = actions.in_question(reading(), **form.values(), known=names) if valid else []
    form.offer(alike, names)
    chosen = form.chosen.data
    offered = {one.obligor.id for one in alike}
    if not valid or (alike and chosen not in {*offered, NONE_OF_THESE}):
        return make_response(_add_page(member, form, asking=bool(alike)), 200 if valid else 422)
    try:
        made = actions.add_buyer(
            instance(), actor(), uscc, **form.values(), chosen=chosen if chosen in offered else None
        )
    except actions.BadObligor:  # what was offered is gone by now: look again
        return redirect(url_for("claims.add_buyer", uscc=uscc, then=_then()))
    if _then() == TO_NOTICE:
        return redirect(url_for("claims.new_notice", uscc=uscc, buyer=made.id))
    flash(_("On your firm’s list: %(name)s.", name=form.name.data), "success")
    return redirect(url_for("claims.my_buyers", uscc=uscc))


@claims.post("/my/firms/<uscc>/buyers/<buyer_id>/remove")
@open_to(*roles.APPLIES)
def remove_buyer(uscc: str, buyer_id: str) -> BaseResponse:
    """Take a buyer off the firm's list, where nothing was reported or approved; twice is once."""
    member = my_membership(uscc)
    policies = policies_of(reading(), member)
    for row in buyer_rooms(reading(), member, _wanted(policies), clock.today()):
        for entry in row.entries:
            if entry.id == buyer_id and not _removable(member, policies, row):
                flash(_("It stays: something was reported or approved for it."), "warning")
                return redirect(url_for("claims.my_buyers", uscc=uscc))
            if entry.id == buyer_id:
                actions.remove_buyer(instance(), actor(), uscc, buyer_id)
                flash(_("Taken off your firm’s list: %(name)s.", name=entry.name), "success")
    return redirect(url_for("claims.my_buyers", uscc=uscc))


def _removable(member: Membership, policies: list[Policy], row: BuyerRoom) -> bool:
    """Whether nothing was reported or approved for it under any policy of the firm."""
    under = [
        one
        for policy in policies
        for one in buyer_rooms(reading(), member, policy, clock.today())
        if one.obligor.id == row.obligor.id
    ]
    return all(one.removable for one in (row, *under))


def _wanted(policies: list[Policy]) -> Policy | None:
    """The policy that the address names, else the newest."""
    number = request.args.get("policy")
    if number is None:
        return policies[-1] if policies else None
    found = next((one for one in policies if one.number == number), None)
    if found is None:
        abort(404)
    return found


def _too_often(uscc: str) -> int:
    """Counts one attempt to add a buyer; seconds until the next is taken, 0 while it may go on."""
    doors = ((f"claims.buyers {actor().id}", PER_ACCOUNT), (f"claims.buyers {uscc}", PER_FIRM))
    states = [rate.count(instance().database, key, most, WINDOW) for key, most in doors]
    return max(0 if one.allowed else one.retry_after for one in states)


def _then() -> str | None:
    return TO_NOTICE if request.args.get("then") == TO_NOTICE else None


def _add_page(member: Membership, form: AddBuyerForm, asking: bool = False) -> str:
    return render_template("claims/add_buyer.html", member=member, form=form, asking=asking, then=_then())
