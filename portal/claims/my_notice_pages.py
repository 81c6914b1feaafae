"""One notice as its firm reads it: what to do now, the clocks, the estimate; claiming, settling, withdrawing."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import notice_drafts as drafts
from portal.claims import notice_shown as shown
from portal.claims import sending
from portal.claims.blueprint import claims
from portal.claims.cover import policies_of
from portal.claims.estimates import estimate
from portal.claims.held import notice_terms, shown_terms
from portal.claims.names import NOTICE_STATES, NOTICE_TAGS
from portal.claims.notice_clocks import claim_until, clocks
from portal.claims.notice_drafts import UnknownNotice
from portal.claims.opening import NothingCovered
from portal.claims.queries import claims_of_notice, sent_on
from portal.claims.records import Notice
from portal.common import clock, roles
from portal.common.roles import NotAllowed
from portal.common.web import actor, instance, open_to, people, reading
from portal.members.records import Membership
from portal.obligors.queries import countries, root_of
from portal.programme.claim_names import DOCUMENT_NAMES
from portal.programme.working_days import calendar
from portal.scheme import stages
from portal.scheme.claim_documents import checklist
from portal.scheme.claim_words import PaymentTerm, Risk


@claims.get("/my/notices/<number>")
@open_to(*roles.APPLIES)
def my_notice(number: str) -> BaseResponse:
    """What follows from a notice, and what the firm can do; a draft is gone on with."""
    try:
        draft, member = drafts.own_notice(reading(), actor().id, number)
    except UnknownNotice:
        pass
    else:
        if draft.state != stages.DRAFT:
            sent = url_for("claims.my_notice", number=draft.number) if draft.number else None
            return redirect(sent or url_for("claims.new_notice", uscc=member.uscc))
        found = drafts.opened(reading(), people(), actor().id, number, clock.today())
        step = found.next_step(clock.today())
        return redirect(url_for("claims.notice_step", notice_id=number, step=step))
    return make_response(_page(*_mine(number)))


@claims.post("/my/notices/<number>/claim")
@open_to(*roles.APPLIES)
def claim_mine(number: str) -> BaseResponse:
    """Claim what was only watched."""
    _mine(number)
    try:
        sent = sending.claim_notice(instance(), actor(), number)
    except NothingCovered:
        flash(_("Every shipment lies outside cover, so there is nothing to claim."), "warning")
    except sending.NotNow:
        flash(_("This notice is closed; nothing was changed."), "warning")
    else:
        if len(sent.claims) == 1:
            flash(_("Claim %(number)s is open. Hand in the documents next.", number=sent.claims[0]), "success")
            return redirect(url_for("claims.my_claim", number=sent.claims[0]), 303)
        flash(_("The claims are open, one for each policy. Hand in the documents next."), "success")
    return redirect(url_for("claims.my_notice", number=number), 303)


@claims.route("/my/notices/<number>/settle", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def settle_mine(number: str) -> BaseResponse:
    """Asked once more before a notice is closed because the buyer has paid."""
    return _closing(number, "settle")


@claims.route("/my/notices/<number>/withdraw", methods=["GET", "POST"])
@open_to(*roles.APPLIES)
def withdraw_notice_mine(number: str) -> BaseResponse:
    """Asked once more before a notice is taken back."""
    return _closing(number, "withdraw")


def _closing(number: str, how: str) -> BaseResponse:
    notice, member = _mine(number)
    if member.state != stages.CONFIRMED:
        abort(404)
    if request.method == "POST":
        try:
            if how == "settle":
                sending.settle_notice(instance(), actor(), number)
                flash(_("Closed: the buyer has paid. You can report again whenever you must."), "success")
            else:
                sending.withdraw_notice(instance(), actor(), number)
                flash(_("The notice is withdrawn."), "success")
        except sending.NotNow:
            flash(_("It is claimed by now. Say it with the claim instead."), "warning")
        return redirect(url_for("claims.my_notice", number=number), 303)
    if notice.state != stages.WATCHED:
        return redirect(url_for("claims.my_notice", number=number))
    rows = drafts.shipments_of(reading(), notice.id)
    until = claim_until(notice, rows, policies_of(reading(), member), calendar(reading()))
    page = render_template("claims/close_notice.html", notice=notice, how=how, until=until, today=clock.today())
    return make_response(page)


def _mine(number: str) -> tuple[Notice, Membership]:
    """A notice that the reader may read; for anybody else there is no such page."""
    try:
        return sending.notice_of_member(reading(), actor(), number)
    except (UnknownNotice, NotAllowed):
        abort(404)


def _page(notice: Notice, member: Membership) -> str:
    session, today, days = reading(), clock.today(), calendar(reading())
    assert notice.obligor_id is not None  # it was sent, and so is complete
    assert notice.risk is not None
    obligor = root_of(session, notice.obligor_id)
    name = drafts.buyer_name(session, notice.uscc, notice.obligor_id, obligor)
    shipments = drafts.shipments_of(session, notice.id)
    policies = policies_of(session, member)
    opened = claims_of_notice(session, notice.id)
    confirmed = member.state == stages.CONFIRMED
    live = notice.state in (stages.WATCHED, stages.CLAIMED)
    terms = shown_terms(session, notice.scheme, notice_terms(notice.scheme, sent_on(notice)))
    items = checklist(
        terms,
        Risk(notice.risk),
        {PaymentTerm(one.payment_term) for one in shipments},
    )
    until = claim_until(notice, shipments, policies, days)
    return render_template(
        "claims/my_notice.html",
        notice=notice,
        confirmed=confirmed,
        live=live,
        name=name,
        state=NOTICE_STATES[notice.state],
        state_tag=NOTICE_TAGS[notice.state],
        clocks=clocks(session, notice, shipments, policies, opened, today, days),
        rows=shown.shipments_sent(shipments, policies),
        covered=any(not one.outside for one in shipments),
        total_words=shown.totals(shipments),
        estimates=shown.estimates_shown(estimate(session, notice, today)) if live and confirmed else [],
        documents=[(str(DOCUMENT_NAMES[one.code]), one.needed) for one in items],
        documents_provisional=any(
            terms.cited(path).provisional for path in ("documents_always", f"documents_{notice.risk}")
        ),
        facts=[
            shown.obligor_facts(obligor, name, dict(countries())),
            *shown.trouble_facts(notice, drafts.words_of(people(), notice)),
        ],
        claims=[one for one in opened if one.state != stages.WITHDRAWN],
        until=until,
        left=(until - today).days if until else None,
        warned=shown.warnings(session, notice.scheme, obligor, today) if live else [],
        today=today,
    )
