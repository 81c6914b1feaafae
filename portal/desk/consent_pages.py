"""One request for consent at the desk: what the firm wants beside what it is about, and answering it."""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.claims import notice_shown as shown
from portal.claims.claim_names import (
    CONSENT_AMOUNTS,
    CONSENT_KINDS,
    CONSENT_STATES,
    CONSENT_TAGS,
    consent_answers,
)
from portal.claims.consents import (
    DISCOUNT,
    GRANTED,
    NEEDS_UNTIL,
    REFUSALS,
    RESALE,
    StaleConsent,
    UnknownConsent,
    answer_consent,
    consent_of,
    consent_reason,
    consent_words,
)
from portal.claims.notice_drafts import shipments_of
from portal.claims.queries import claims_of_notice
from portal.claims.records import ConsentRequest, Notice, Receipt, Shipment
from portal.common import clock, formats, roles
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.desk.blueprint import desk
from portal.desk.claim_forms import CodedForm
from portal.documents.queries import documents
from portal.members.queries import tied_to
from portal.obligors.queries import country_name, root_of
from portal.scheme import stages


@desk.route("/consents/<number>", methods=["GET", "POST"])
@open_to(*roles.SEES_CLAIMS)
def consent(number: str) -> BaseResponse:
    """One request for consent: what the firm wants to do, what it is about, and answering it."""
    try:
        asked = consent_of(reading(), number)
    except UnknownConsent:
        abort(404)
    said = consent_answers(asked.kind)
    answers = {code: said[code] for code in (GRANTED, *REFUSALS)}
    form = CodedForm(answers, "answer", words=False)
    stale = False
    if request.method == "POST":
        roles.require(actor(), roles.ASSESSES_CLAIMS, "answer a request for consent")
        if form.validate():
            code = form.code.data
            try:
                answer_consent(instance(), actor(), number, code == GRANTED, code, form.reason.data or "")
            except StaleConsent:
                close_reading()
                asked, stale = consent_of(reading(), number), True
            else:
                flash(_("Answered, and the firm is told."), "success")
                return redirect(url_for("desk.consent", number=number))
    tied = bool(tied_to(reading(), actor().id, [asked.uscc]))
    page = render_template(
        "desk/consent.html",
        asked=asked,
        kind=CONSENT_KINDS[asked.kind],
        tag=(CONSENT_TAGS[asked.state], CONSENT_STATES[asked.state]),
        answer=said[asked.answer_code] if asked.answer_code else None,
        words=consent_words(people(), asked),
        reason=consent_reason(people(), asked),
        papers=list(documents(reading(), asked.documents.split(), people()).values()),
        days_left=(asked.due_on - clock.today()).days,
        may_answer=actor().role in roles.ASSESSES_CLAIMS and not tied and asked.state == stages.OPEN,
        tied=tied,
        form=form,
        stale=stale,
        **_concerned(asked),
    )
    turned_back = request.method == "POST"
    return make_response(page, 409 if stale else 422 if turned_back else 200)


def _concerned(asked: ConsentRequest) -> dict[str, Any]:
    """What the request is about: its loss, who owes, the claims, the invoices, and what is asked beside them."""
    session = reading()
    notice = session.get_one(Notice, asked.notice_id)
    named = session.get(Shipment, asked.shipment_id) if asked.shipment_id else None
    shipments = [named] if named is not None else shipments_of(session, notice.id)
    came_in = _came_in(asked.notice_id)
    obligor = root_of(session, notice.obligor_id or "")
    return {
        "notice": notice,
        "obligor": obligor,
        "country": country_name(obligor.country),
        "claims": {one.id: one.number for one in claims_of_notice(session, notice.id)},
        "rows": shown.shipments_sent(shipments, []),
        "unpaid": shown.totals(shipments),
        "came_in": came_in,
        "wanted": _wanted(asked, shipments, bool(came_in)),
    }


def _wanted(asked: ConsentRequest, shipments: Sequence[Shipment], some_came_in: bool) -> list[dict[str, Any]]:
    """What is asked, each beside what holds now: the sum beside what is unpaid, the new day beside the old one."""
    rows: list[dict[str, Any]] = [{"label": _("Asked on"), "value": formats.day(asked.asked_on)}]
    if asked.amount_minor is not None and asked.currency is not None:
        name = str(CONSENT_AMOUNTS.get(asked.kind, _("Amount")))
        rows.append({"label": name, "value": formats.money(asked.amount_minor, asked.currency)})
    if asked.kind in (DISCOUNT, RESALE) and asked.amount_minor is not None and asked.currency is not None:
        rows.append({"label": _("Unpaid, as reported"), "value": shown.totals(shipments)})
        if not some_came_in and {one.currency for one in shipments} == {asked.currency}:
            left = max(0, sum(one.amount_minor for one in shipments) - asked.amount_minor)
            label = _("The buyer would still owe") if asked.kind == DISCOUNT else _("Would be left unpaid")
            rows.append({"label": label, "value": formats.money(left, asked.currency)})
    if asked.until is not None:
        rows.append({"label": _("New due date"), "value": formats.day(asked.until)})
    if asked.kind in NEEDS_UNTIL and shipments:
        first, last = min(one.due_on for one in shipments), max(one.due_on for one in shipments)
        now = formats.day(first) if first == last else _(
            "%(first)s to %(last)s", first=formats.day(first), last=formats.day(last)
        )  # fmt: skip
        rows.append({"label": _("Due date until now"), "value": now})
    return rows


def _came_in(notice_id: str) -> str:
    """What came in on the whole loss since it was reported, each currency by itself; empty where nothing did."""
    query = select(Receipt).where(Receipt.notice_id == notice_id, Receipt.state != stages.STRUCK)
    sums: dict[str, int] = {}
    for one in reading().execute(query).scalars():
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor - one.costs_minor
    return _(", ").join(formats.money(minor, currency) for currency, minor in sums.items())
