"""An excess over the cap at the desk: what it is made of, and what two people make of it."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.common import clock, roles
from portal.common.formats import money
from portal.common.web import actor, instance, open_to, people, reading
from portal.obligors.records import ExcessTask, Merge
from portal.obligors.roots import root_of
from portal.policies.records import Policy
from portal.recoveries import excesses, forms, names, queries
from portal.recoveries.blueprint import recoveries
from portal.reference.queries import clamped
from portal.scheme import stages

TO_DECIDE, DECIDED = "open", "decided"


@recoveries.get("/desk/excesses")
@open_to(*roles.SEES_CLAIMS)
def excess_list() -> str:
    """The excesses that are not decided yet, the first due first, or those that are, the newest first."""
    view = DECIDED if request.args.get("view") == DECIDED else TO_DECIDE
    counts = queries.excess_counts(reading())
    total = counts[view == TO_DECIDE]
    page = clamped(request.args.get("page", 1, type=int), total, queries.PER_PAGE)
    return render_template(
        "recoveries/excess_list.html",
        view=view,
        tabs=[
            {
                "label": label,
                "count": counts[one == TO_DECIDE],
                "url": url_for("recoveries.excess_list", view=one if one == DECIDED else None),
                "active": one == view,
            }
            for one, label in ((TO_DECIDE, _("To decide")), (DECIDED, _("Settled")))
        ],
        rows=queries.excesses_page(reading(), view == TO_DECIDE, page),
        total=total,
        page=page,
        per_page=queries.PER_PAGE,
        states=names.EXCESS_STATES,
        kinds=names.EXCESS_KINDS,
        today=clock.today(),
    )


@recoveries.route("/desk/excesses/<number>", methods=["GET", "POST"])
@open_to(*roles.SEES_CLAIMS)
def excess(number: str) -> BaseResponse:
    """One excess; whoever minds obligors proposes what becomes of it, an approver decides."""
    task = _task(number)
    form = forms.ExcessForm()
    may_propose = actor().role in roles.MINDS_OBLIGORS
    if form.is_submitted() and not may_propose:
        abort(403)
    stale = False
    if form.validate_on_submit():
        try:
            excesses.propose(instance(), actor(), number, form.outcome.data, form.reason.data or "")
        except excesses.StaleExcess:
            stale = True
        else:
            flash(_("Proposed. A second person decides."), "success")
            return redirect(url_for("recoveries.excess", number=number))
    page = _page(task, form if may_propose else None, stale)
    return make_response(page, 409 if stale else 422 if form.is_submitted() else 200)


@recoveries.post("/desk/excesses/<number>/approve")
@open_to(*roles.APPROVES_CLAIMS)
def approve_excess(number: str) -> BaseResponse:
    """Decide as proposed, by another person than who proposed it."""
    _task(number)
    form = forms.DecideForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        excesses.approve(instance(), actor(), number, form.seen.data or "", form.amounts.data or "")
    except excesses.OtherAmounts:
        return make_response(_page(_task(number), None, stale=False, other_amounts=True), 409)
    except excesses.SamePerson:
        flash(_("You proposed it. Somebody else decides."), "error")
    except excesses.StaleExcess:
        flash(_("Nothing was changed: something else is proposed by now."), "warning")
    except excesses.BeingPaid as error:
        flash(
            _("Claim %(number)s is at the bank. Wait for what the bank says, then decide.", number=error.claim),
            "error",
        )
    else:
        flash(_("Decided."), "success")
    return redirect(url_for("recoveries.excess", number=number))


@recoveries.post("/desk/excesses/<number>/send-back")
@open_to(*roles.APPROVES_CLAIMS)
def send_excess_back(number: str) -> BaseResponse:
    """Do not follow the proposal: the task is open again."""
    _task(number)
    try:
        excesses.send_back(instance(), actor(), number)
    except excesses.StaleExcess:
        flash(_("Nothing was changed: something else is proposed by now."), "warning")
    else:
        flash(_("Sent back."), "success")
    return redirect(url_for("recoveries.excess", number=number))


def _task(number: str) -> ExcessTask:
    try:
        return excesses.excess_of(reading(), number)
    except excesses.UnknownExcess:
        abort(404)


def _page(task: ExcessTask, form: forms.ExcessForm | None, stale: bool, other_amounts: bool = False) -> str:
    now = excesses.standing(reading(), task)
    root = root_of(reading(), task.obligor_id)
    merge = reading().get(Merge, task.merge_id) if task.merge_id else None
    acting = {one for one in (task.proposed_by, task.approved_by) if one}
    decides = actor().role in roles.APPROVES_CLAIMS and task.state == stages.PROPOSED
    return render_template(
        "recoveries/excess.html",
        task=task,
        stale=stale,
        other_amounts=other_amounts,
        state=names.EXCESS_STATES[task.state],
        kind=names.EXCESS_KINDS[task.state],
        outcomes=names.OUTCOMES,
        hints=names.OUTCOME_HINTS,
        obligor=root,
        merge=merge,
        policy=reading().get_one(Policy, task.policy_id),
        cap=money(now.cap),
        standing=money(now.approved - now.reversed),
        over=money(now.excess),
        none_left=not now.excess.minor,
        claims=[(claim, money(indemnity)) for claim, indemnity in now.claims],
        taken=[(one.claim, money(one.amount), money(one.unpaid)) for one in excesses.taken(reading(), now)],
        who=names_of(reading(), people(), acting),
        form=form if task.state == stages.OPEN else None,
        decide=forms.DecideForm(formdata=None, seen=task.outcome, amounts=excesses.seen_of(reading(), task, now))
        if decides
        else None,
        own=task.proposed_by == actor().id,
        days_left=(task.due_on - clock.today()).days,
    )
