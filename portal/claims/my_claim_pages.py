"""One claim as its firm reads it: whose turn it is, each step with its limit; answering, withdrawing."""

from flask import current_app, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import requests
from portal.applications.firm_actions import answered_already
from portal.claims import claim_view as view
from portal.claims import filing
from portal.claims.asked import answer_claim, asked_of, handed_in_since, keep_files
from portal.claims.assignments import latest_assignment
from portal.claims.blueprint import claims
from portal.claims.claim_access import first_confirmed, my_own
from portal.claims.claim_forms import AnswerClaimForm, DisposedForm
from portal.claims.claim_names import CLAIM_STATES, CLAIM_TAGS, item_name
from portal.claims.claim_turns import around, turn_of, waits_for_disposal
from portal.claims.cover import policies_of
from portal.claims.letters import letters_of
from portal.claims.mine import Mine, TooManyFiles
from portal.claims.moves import StaleClaim
from portal.claims.notice_clocks import claim_until
from portal.claims.notice_drafts import shipments_of
from portal.claims.papers import papers_of
from portal.claims.payees import payee_for, shown_payee
from portal.claims.progress import timeline_of
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.programme.underwriter_accounts import account_of
from portal.programme.working_days import calendar
from portal.scheme import stages

BEFORE_DECIDED = (stages.PREPARING, stages.ASSESSING, stages.ASKED, stages.SUSPENDED, stages.PROPOSED)


@claims.get("/my/claims/<number>")
@open_to(*roles.APPLIES)
def my_claim(number: str) -> BaseResponse:
    """Whose turn it is, the facts, every step with its limit, and what the firm can do."""
    mine = my_own(number)
    form = _answer_form(mine, sent=False)
    if form is not None:
        show_kept(form)
    return make_response(_page(mine, form))


@claims.post("/my/claims/<number>/answer")
@open_to(*roles.APPLIES)
@takes_documents
def answer_claim_request(number: str) -> BaseResponse:
    """Answer everything that is asked at once; files that came are handed in whatever else is missing."""
    mine = my_own(number)
    form = _answer_form(mine, sent=True)
    here = redirect(url_for("claims.my_claim", number=number), 303)
    asked = asked_of(reading(), mine.claim)
    if form is None or asked is None or form.request.data != asked.id:
        sent = AnswerClaimForm()
        if answered_already(reading(), actor(), sent.request.data or ""):
            return here
        return make_response(_page(mine, form, stale=True), 409)
    if form.validate():
        try:
            answer_claim(instance(), actor(), number, asked.id, form.said(), form.files())
        except requests.NotAsked:  # answered by the first of two presses, or taken back meanwhile
            return here
        except TooManyFiles:
            form.form_errors = [_("These are too many files. Send at most 10 for each document")]
        else:
            flash(_("Your answer is with us. The clock goes on, and it is our turn."), "success")
            return here
    if form.files():
        keep_files(instance(), actor(), number, form.files())
        close_reading()
        mine = my_own(number)
    return make_response(_page(mine, form), 422)


@claims.post("/my/claims/<number>/disposed")
@open_to(*roles.APPLIES)
def goods_disposed(number: str) -> BaseResponse:
    """Tell on which day rejected goods were disposed of."""
    mine = my_own(number)
    form = DisposedForm()
    form.validate()
    first = min(one.shipped_on for one in shipments_of(reading(), mine.notice.id))
    on = form.day(first)
    if on is None:
        return make_response(_page(mine, _answer_form(mine, sent=False), disposed=form), 422)
    try:
        filing.tell_disposed(instance(), actor(), number, on)
    except StaleClaim:
        flash(_("Nothing was changed: the day stands already, or the claim has moved on."), "warning")
    else:
        flash(_("Thank you. The claim no longer waits for that."), "success")
    return redirect(url_for("claims.my_claim", number=number), 303)


@claims.get("/my/claims/<number>/withdraw")
@open_to(*roles.APPLIES)
def withdraw_claim(number: str) -> BaseResponse:
    """Asked once more before a claim is withdrawn, with until when it can be claimed again."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Withdraw claim %(number)s?", number=number))
    if not filing.may_withdraw(reading(), mine.claim):
        return _not_withdrawn(mine)
    page = render_template(
        "claims/withdraw_claim.html", claim=mine.claim, until=_claim_until(mine), today=clock.today()
    )
    return make_response(page)


@claims.post("/my/claims/<number>/withdraw")
@open_to(*roles.APPLIES)
def withdraw_claim_now(number: str) -> BaseResponse:
    """Withdraw it."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Withdraw claim %(number)s?", number=number))
    try:
        filing.withdraw_claim(instance(), actor(), number)
    except StaleClaim:
        close_reading()
        return _not_withdrawn(my_own(number))
    flash(_("The claim is withdrawn."), "success")
    return redirect(url_for("claims.my_claim", number=number), 303)


def _not_withdrawn(mine: Mine) -> BaseResponse:
    """Back at a claim that cannot be withdrawn, with why."""
    if mine.claim.state in filing.WITHDRAWABLE:
        said = _(
            "This claim cannot be withdrawn: what was paid on it and reversed is set off against what it brings."
        )
    else:
        said = _("The claim moved on meanwhile, so it cannot be withdrawn any more.")
    flash(said, "warning")
    return redirect(url_for("claims.my_claim", number=mine.claim.number), 303)


@claims.post("/my/claims/<number>/again")
@open_to(*roles.APPLIES)
def claim_anew(number: str) -> BaseResponse:
    """Claim again what was withdrawn."""
    mine = my_own(number)
    if not mine.confirmed:
        return first_confirmed(mine, _("Claim %(number)s", number=number))
    try:
        fresh = filing.claim_again(instance(), actor(), number)
    except StaleClaim:
        flash(_("The report is closed, so nothing can be claimed from it. Report the loss anew."), "warning")
        return redirect(url_for("claims.my_claim", number=number), 303)
    flash(_("Claim %(number)s is open. The documents you handed in are with it.", number=fresh), "success")
    return redirect(url_for("claims.my_claim", number=fresh), 303)


def _answer_form(mine: Mine, sent: bool) -> AnswerClaimForm | None:
    """The form for what is asked now, if anything is."""
    asked = asked_of(reading(), mine.claim)
    if asked is None:
        return None
    kind = AnswerClaimForm.of(asked.items.split())
    form = kind() if sent else kind(formdata=None, request=asked.id)
    form.there = frozenset(handed_in_since(reading(), mine.claim, asked))
    return form


def _claim_until(mine: Mine) -> object:
    member = mine.member
    rows = shipments_of(reading(), mine.notice.id)
    return claim_until(mine.notice, rows, policies_of(reading(), member), calendar(reading()))


def _page(
    mine: Mine,
    form: AnswerClaimForm | None,
    stale: bool = False,
    disposed: DisposedForm | None = None,
) -> str:
    session, today, claim = reading(), clock.today(), mine.claim
    papers = papers_of(session, claim)
    beside = around(session, [claim])[claim.id]
    turn = turn_of(claim, beside, today, mine.confirmed)
    asked = asked_of(session, claim)
    came = handed_in_since(session, claim, asked) if asked else {}
    names = documents(session, [one.document_id for some in came.values() for one in some], people())
    payee = payee_for(session, claim) if mine.confirmed and not beside.deed else None
    open_ = claim.state in stages.OPEN_CLAIM_STATES
    return render_template(
        "claims/my_claim.html",
        claim=claim,
        notice=mine.notice,
        confirmed=mine.confirmed,
        state=CLAIM_STATES[claim.state],
        state_tag=CLAIM_TAGS.get(claim.state, "others"),
        turn=turn,
        left=(turn.due - today).days if turn.due else None,
        bar=view.bar_of(turn, today),
        claim_facts=view.facts_of(session, claim),
        steps=timeline_of(session, mine, turn, papers, today),
        provisional_days=view.provisional_clocks(session, claim) and open_,
        decided=view.decided(session, mine),
        deed_refused=mine.confirmed and open_ and _deed_refused(mine),
        no_room=mine.confirmed and claim.state in BEFORE_DECIDED and view.no_room(session, claim),
        form=form,
        items=[(item, item_name(item)) for item in form.items] if form else [],
        received={
            item: [names[one.document_id] for one in some if one.document_id in names]
            for item, some in came.items()
        },
        stale=stale,
        disposed=(disposed or DisposedForm(formdata=None)) if waits_for_disposal(claim) and open_ else None,
        payee=shown_payee(people(), payee) if payee else None,
        to_bank=payee is not None and payee.kind == "bank",
        links=view.links_of(reading(), mine),
        again=claim.state == stages.WITHDRAWN and mine.notice.state in (stages.WATCHED, stages.CLAIMED),
        until=_claim_until(mine) if claim.state == stages.WITHDRAWN else None,
        to_pay=turn.yours and claim.state in (stages.PAID, stages.CLOSED),
        pay_to=account_of(session, claim.scheme, today),
        letter_url=_address("claims.my_letter", mine) if mine.confirmed else None,
        letters=letters_of(session, claim) if mine.confirmed else [],
        recoveries_url=_address("recoveries.my_recoveries", mine) if mine.confirmed else None,
        today=today,
    )


def _deed_refused(mine: Mine) -> bool:
    """Whether the last assignment that the firm told of was not recorded, and none was told since."""
    latest = latest_assignment(reading(), mine.claim.id)
    return latest is not None and latest.state == stages.REFUSED


def _address(endpoint: str, mine: Mine) -> str | None:
    """The address of a page of a later area, or None where this portal has no such page."""
    there = endpoint in current_app.view_functions
    return url_for(endpoint, number=mine.claim.number) if there else None
