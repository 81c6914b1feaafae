"""The steps of a report as they are shown: each with its form, what stands saved, and what is still to do."""

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse
from wtforms.fields.choices import SelectChoice

from portal.claims import notice_drafts as drafts
from portal.claims import notice_shown as shown
from portal.claims.buyers_offered import buyers_offered
from portal.claims.cover import policies_of
from portal.claims.entries import thousandths
from portal.claims.names import RISK_HINTS
from portal.claims.notice_clocks import clocks
from portal.claims.notice_drafts import BUYER, CHECK, STEPS, TROUBLE, OpenedNotice, UnknownNotice
from portal.claims.notice_forms import BuyerForm, NoticeStep, SendForm, SheetForm, ShipmentForm, TroubleForm
from portal.claims.shipments_sheet import HEADINGS
from portal.common import clock
from portal.common.kept_form import show_kept
from portal.common.web import actor, close_reading, instance, people, reading
from portal.members.access import my_membership
from portal.obligors.queries import countries
from portal.obligors.roots import root_of
from portal.programme.working_days import calendar
from portal.scheme import stages


def opened_step(notice_id: str, step: str) -> OpenedNotice | BaseResponse:
    """The draft; where to go instead once it was sent or given up; for anybody else there is no such page."""
    if step not in STEPS:
        abort(404)
    try:
        notice, member = drafts.own_notice(reading(), actor().id, notice_id)
        if notice.number is not None:
            return redirect(url_for("claims.my_notice", number=notice.number))
        if notice.state != stages.DRAFT:
            return redirect(url_for("claims.new_notice", uscc=member.uscc))
        return drafts.opened(reading(), people(), actor().id, notice_id, clock.today())
    except UnknownNotice:
        abort(404)


def afresh(found: OpenedNotice) -> OpenedNotice:
    """The draft as it stands after a write of this request."""
    close_reading()
    return drafts.opened(reading(), people(), actor().id, found.notice.id, clock.today())


def step_url(found: OpenedNotice, step: str) -> str:
    """Where a step of the draft stands."""
    return url_for("claims.notice_step", notice_id=found.notice.id, step=step)


def left_off() -> BaseResponse:
    """Saved, and leaving for now."""
    flash(_("Saved. Go on whenever you like, also on another device."), "success")
    return redirect(url_for("policies.my_home"))


def buyer_form(uscc: str, found: OpenedNotice | None = None, sent: bool = False) -> BuyerForm:
    """The firm's buyers to choose from; shown with what is saved, named in the address or was kept."""
    given: dict[str, Any] = {} if sent else {"formdata": None}
    data = {"obligor": request.args.get("buyer"), "event": request.args.get("event", "")}
    if found is not None:
        data = {"obligor": found.notice.obligor_id, "version": str(found.notice.version)}
    member = found.membership if found else my_membership(uscc)
    form = BuyerForm(data=data, **given)
    form.offer([SelectChoice(one.obligor_id, one.words) for one in buyers_offered(reading(), member)])
    if not sent:
        show_kept(form)
    return form


def buyer_page(uscc: str, found: OpenedNotice | None, form: BuyerForm, status: int = 200) -> BaseResponse:
    """The first step, before a draft is begun or of one."""
    member = found.membership if found else my_membership(uscc)
    policies = policies_of(reading(), member)
    page = render_template(
        "claims/new_notice.html",
        member=member,
        confirmed=member.state == stages.CONFIRMED,
        found=found,
        form=form,
        policies=policies,
        begun=[] if found else drafts.drafts_of(reading(), member),
        hints={one.obligor_id: one.hint for one in buyers_offered(reading(), member)},
        bar=shown.bar(found, BUYER, STEPS, clock.today()) if found else None,
        total=len(STEPS),
    )
    return make_response(page, status)


def trouble_form(found: OpenedNotice, sent: bool = False) -> TroubleForm:
    """What happened, as it was typed."""
    given: dict[str, Any] = {} if sent else {"formdata": None}
    form = TroubleForm(data={**found.typed, "version": str(found.notice.version)}, **given)
    form.offer(found.obligor.kind)
    return form


def shipment_form(found: OpenedNotice, sent: bool = False) -> ShipmentForm:
    """A new shipment, with what is mostly the same as in the one before; or the one that is changed."""
    given: dict[str, Any] = {} if sent else {"formdata": None}
    row_id = request.args.get("row", "") if not sent else ""
    changed = next((one for one in found.shipments if one.id == row_id), None)
    data: dict[str, Any] = {"in_transit": "no", "currency": "USD"}
    if found.shipments:
        last = drafts.row_as_typed(found.shipments[-1])
        data |= {name: last[name] for name in ("currency", "payment_term", "own_declaration")}
    if found.row and changed is None:
        data = {**data, **{name: value for name, value in found.row.items() if value}}
    if changed is not None:
        data = {**drafts.row_as_typed(changed), "row": changed.id}
    form = ShipmentForm(data={**data, "version": str(found.notice.version)}, **given)
    form.offer(found.obligor.kind)
    return form


def step_page(found: OpenedNotice, step: str, form: NoticeStep, status: int, **more: Any) -> BaseResponse:
    """A step of the draft with its form, and on shipments the rows that stand."""
    today = clock.today()
    of_step: dict[str, Any] = {}
    if step == TROUBLE:
        of_step = {"hints": RISK_HINTS}
    else:
        sheet = more.pop("sheet", None) or SheetForm(formdata=None)
        of_step = {
            "rows": shown.shipments_live(found, shown.known_policies(reading(), found), today),
            "sheet": sheet,
            "headings": HEADINGS.values(),
            "thousandths": thousandths(),
            "total_words": shown.totals(found.shipments),
            "changing": bool(getattr(form, "row", None) and form._fields["row"].data),
        }
    page = render_template(
        f"claims/notice_{step}.html",
        found=found,
        form=form,
        today=today,
        bar=shown.bar(found, step, STEPS, today),
        **of_step,
        **more,
    )
    return make_response(page, status)


def stale_page(found: OpenedNotice, step: str, form: NoticeStep) -> BaseResponse:
    """What was typed, to be saved after all, and beside it what was saved in another window meanwhile."""
    form.version.data = str(found.notice.version)
    stands = shown.stands_words(found, step)
    return step_page(found, step, form, 409, stands=stands, stood_at=found.notice.saved_at)


def check_page(found: OpenedNotice, status: int, form: SendForm | None = None) -> BaseResponse:
    """Everything read back before it is sent; where something is left to do, on to that."""
    today = clock.today()
    left = found.next_step(today)
    if left != CHECK:
        return redirect(step_url(found, left))
    session = reading()
    policies = shown.known_policies(session, found)
    rows = shown.shipments_live(found, policies, today)
    covered = [one for one in rows if not one.outside]
    if form is None:
        form = SendForm(formdata=None, data={"version": str(found.notice.version)})
    form.offer(may_claim=bool(covered))
    show_kept(form)
    counted = [one.shipment for one in covered] or found.shipments
    warnings_of = instance().warnings_of
    told = warnings_of(session, found.notice.uscc) if warnings_of is not None else {}
    report = clocks(session, found.notice, counted, (), (), today, calendar(session))[0]
    page = render_template(
        "claims/notice_check.html",
        found=found,
        form=form,
        bar=shown.bar(found, CHECK, STEPS, today),
        rows=rows,
        covered=covered,
        total_words=shown.totals(found.shipments),
        trouble=shown.trouble_facts(found.notice, found.typed.get("words", ""), step_url(found, TROUBLE)),
        obligor=shown.obligor_facts(found.obligor, found.buyer_name, dict(countries()), step_url(found, BUYER)),
        warned=shown.warnings(session, found.notice.scheme, found.obligor, today),
        told=told.get(root_of(session, found.obligor.id).id, ()),
        report=report,
        late=report.left < 0,
        today=today,
    )
    return make_response(page, status)
