"""A firm's own page of its application: the answer, whose turn it is, the request to answer, withdrawing."""

from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import consents, firm_actions, requests
from portal.applications.answer import Answer, answer_of
from portal.applications.answer_forms import AGREEMENTS, AnswerRequestForm
from portal.applications.blueprint import applications
from portal.applications.firm_actions import Answered
from portal.applications.firm_history import firm_history
from portal.applications.names import REQUEST_ITEMS
from portal.applications.reading import Mine
from portal.applications.reading import my_application as find_mine
from portal.applications.records import Application, Consent
from portal.common import clock, roles
from portal.common.codes import mask_identity_number
from portal.common.kept_form import show_kept
from portal.common.preferences import locale_name
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.scheme import stages


@applications.get("/my/applications/<number>")
@open_to(*roles.APPLIES)
def my_application(number: str) -> BaseResponse:
    """The answer, whose turn it is and until when, what has happened, and what is asked of the firm."""
    mine = _mine(number)
    answer = answer_of(reading(), mine.application, mine.membership)
    form = None
    if answer.request is not None:
        form = AnswerRequestForm(formdata=None, request=answer.request.id)
        form.ask_for(answer.request.items.split())
        show_kept(form)
    return make_response(_page(mine, answer, form))


@applications.post("/my/applications/<number>/answer")
@open_to(*roles.APPLIES)
@takes_documents
def answer_request(number: str) -> BaseResponse:
    """Answer everything that is asked, at once; what was typed stays whatever happens, and so do papers."""
    mine = _mine(number)
    answer = answer_of(reading(), mine.application, mine.membership)
    form = AnswerRequestForm()
    request_id = form.request.data or ""
    here = redirect(url_for("applications.my_application", number=number))
    if answer.request is None or answer.request.id != request_id:
        if firm_actions.answered_already(reading(), actor(), request_id):
            return here
        return make_response(_page(mine, answer, None, stale=True), 409)
    form.ask_for(answer.request.items.split())
    if form.validate():
        given = Answered(form.typed(), form.files(), form.papers(), locale_name())
        try:
            firm_actions.answer_application(instance(), actor(), number, request_id, given)
        except requests.NotAsked:  # answered by the first of two presses, or taken back meanwhile
            return here
        flash(_("Your answer is with us. The clock goes on, and it is our turn."), "success")
        return here
    if form.files():
        form.keep(firm_actions.keep_papers(instance(), actor(), number, form.files(), form.papers()))
        close_reading()
        mine = _mine(number)
        answer = answer_of(reading(), mine.application, mine.membership)
    return make_response(_page(mine, answer, form), 422)


@applications.get("/my/applications/<number>/withdraw")
@open_to(*roles.APPLIES)
def withdraw_application(number: str) -> BaseResponse:
    """Asked once more before an application is withdrawn, with what follows."""
    mine = _mine(number)
    if not answer_of(reading(), mine.application, mine.membership).may_withdraw:
        return redirect(url_for("applications.my_application", number=number))
    return make_response(render_template("applications/withdraw_application.html", application=mine.application))


@applications.post("/my/applications/<number>/withdraw")
@open_to(*roles.APPLIES)
def withdraw_now(number: str) -> BaseResponse:
    """Withdraw it."""
    _mine(number)
    try:
        firm_actions.withdraw(instance(), actor(), number)
    except firm_actions.Closed:
        flash(_("The application was decided meanwhile, so there is nothing to withdraw."), "warning")
    else:
        flash(_("Your application is withdrawn."), "success")
    return redirect(url_for("applications.my_application", number=number))


def _mine(number: str) -> Mine:
    """The application, if whoever asks may read it; for anybody else there is no such page."""
    mine = find_mine(reading(), actor().id, number)
    if mine is None:
        abort(404)
    return mine


def _one_reason(answer: Answer) -> str | None:
    """The rule to appeal about where only one is not met; of several the firm says which."""
    failed = [str(rule["code"]) for rule in answer.rules if rule["verdict"] == "fail"]
    return failed[0] if len(failed) == 1 else None


def _page(mine: Mine, answer: Answer, form: AnswerRequestForm | None, stale: bool = False) -> str:
    application, member = mine.application, mine.membership
    licence = member.licence_id or ""
    papers = documents(reading(), [licence, *(form.papers().values() if form else ())], people())
    language = locale_name()
    asks = instance().open_appeal
    appeal = asks(reading(), application.id) if asks is not None and mine.confirmed else None
    if form is not None and requests.REPRESENTATIVE in form.items:
        for name, kind in AGREEMENTS.items():
            form[name].label.text = consents.current(kind).words(language)
    return render_template(
        "applications/my_application.html",
        application=application,
        member=member,
        answer=answer,
        form=form,
        stale=stale,
        items=[(item, REQUEST_ITEMS[item]) for item in form.items] if form else [],
        received={item: papers[one] for item, one in form.papers().items() if one in papers} if form else {},
        history=firm_history(reading(), mine, answer),
        said=_said(application, answer.confirmed),
        declared=[
            consents.current(code).words(language) if code in consents.TEXTS else code
            for code in application.declarations.split()
        ],
        licence=papers.get(licence) if application.membership_id == member.id else None,
        failed=[rule for rule in answer.rules if rule["verdict"] == "fail"],
        referred=[rule for rule in answer.rules if rule["verdict"] == "refer"],
        met=[rule for rule in answer.rules if rule["verdict"] == "pass"],
        policy_url=_address("policies.my_policy", number=application.policy_number)
        if answer.view.state in (stages.ISSUED, stages.WITHDRAWN, stages.ANNULLED) and application.policy_number
        else None,
        appeal_url=None
        if appeal or not answer.appeal_until
        else _address("appeals.file_appeal", number=application.number, about=_one_reason(answer)),
        open_appeal=(appeal, _address("appeals.my_appeal", number=appeal)) if appeal else None,
        again_url=_address("applications.apply", uscc=application.uscc) if _is_over(answer) else None,
        firm_url=_address("members.my_firm", uscc=application.uscc),
        today=clock.today(),
    )


def _is_over(answer: Answer) -> bool:
    over = (stages.INELIGIBLE, stages.REJECTED, stages.LAPSED, stages.WITHDRAWN, stages.ANNULLED)
    return answer.view.state in over


def _said(application: Application, confirmed: bool) -> list[dict[str, Any]]:
    """What the application says, with the identity number never whole; a tag beside what nobody verified yet."""
    declared = None if confirmed else _("declared, unverified")
    who = people().read(application.representative_id, application.representative_sealed)
    name: str | None = who.get("name") or _("erased")
    contact = people().read(application.contact_id, application.contact_sealed)
    if not confirmed and _named_by_another(application):
        name, who = None, {}
    number = who.get("id_number")
    reached = _(", ").join(text for text in (contact.get("mobile"), contact.get("email")) if text)
    facts = [
        (_("Firm"), application.firm_name, declared),
        (_("Credit code"), application.uscc, None),
        (_("Address"), application.address, declared),
        (_("Legal representative"), name, declared),
        (_("Identity number"), mask_identity_number(number) if number else None, declared),
        (_("Contact"), contact.get("name") or _("erased"), None),
        (_("Reached at"), reached or None, None),
    ]
    codes = {application.uscc, mask_identity_number(number) if number else ""}
    return [
        {"label": label, "value": value, "source": source, "code": value in codes}
        for label, value, source in facts
        if value
    ]


def _named_by_another(application: Application) -> bool:
    """Whether somebody else who acts for the firm has put the representative in since."""
    query = select(Consent.id).where(
        Consent.application_id == application.id,
        Consent.kind == consents.REPRESENTATIVE_NAME,
        Consent.given_by != actor().id,
    )
    return reading().execute(query.limit(1)).first() is not None


def _address(endpoint: str, **values: Any) -> str | None:
    """The address of a page of a later area, or None where this portal has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
