"""The firm's side of an appeal: filing it on one page, seeing whose turn it is, answering, taking it back."""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from portal.appeals import actions, queries
from portal.appeals.forms import AnswerForm, AppealForm
from portal.appeals.names import STATE_KINDS, STATE_NAMES, decline_sentence
from portal.appeals.records import Appeal
from portal.appeals.shown import days_left, firms_history
from portal.applications import requests
from portal.applications.appealable import codes_in_question, last_day
from portal.applications.names import REQUEST_ITEMS
from portal.applications.names import STATE_NAMES as APPLICATION_STATES
from portal.applications.queries import findings
from portal.applications.reading import my_application
from portal.applications.records import Application, Request
from portal.applications.reviews import latest_decision
from portal.applications.sentences import exporter_sentence, rule_title
from portal.applications.shown import bar_of
from portal.common import clock, roles
from portal.common.kept_form import show_kept
from portal.common.uploads import takes_documents
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.documents.queries import documents
from portal.members.access import my_membership
from portal.members.records import Membership
from portal.programme import service_levels
from portal.scheme import stages
from portal.scheme.findings import Verdict
from portal.scheme.terms import load_terms

appeals = Blueprint("appeals", __name__, url_prefix="/my")


@appeals.get("/applications/<number>/appeal")
@open_to(*roles.APPLIES)
def file_appeal(number: str) -> BaseResponse:
    """The page on which a firm says which fact is wrong; with an appeal open, that one."""
    application, member = _application(number)
    known = queries.open_appeal(reading(), application.id)
    if known is not None and member.state == stages.CONFIRMED:
        return redirect(url_for("appeals.my_appeal", number=known.number))
    form = AppealForm(formdata=None)
    choices = _offer(form, application)
    about = [code for code in request.args.getlist("about") if code in choices]
    form.codes.data = about or (list(choices) if len(choices) == 1 else [])
    show_kept(form)
    return make_response(_file_page(application, member, form))


@appeals.post("/applications/<number>/appeal")
@open_to(*roles.APPLIES)
@takes_documents
def send_appeal(number: str) -> BaseResponse:
    """File the appeal. What was typed stays whatever happens, and so do papers that were taken."""
    application, member = _application(number)
    if member.state != stages.CONFIRMED:  # before anything is compared: which choices hold would tell what failed
        return make_response(_file_page(application, member, AppealForm(formdata=None)), 403)
    form = AppealForm()
    _offer(form, application)
    who = actor()
    kept = form.kept.data.split() if form.kept.data else []
    if not form.validate():
        if form.papers.checked:
            kept = actions.keep_papers(instance(), who, application.uscc, form.papers.checked, kept)
            close_reading()
            application, member = _application(number)
        form.kept.data = " ".join(kept)
        return make_response(_file_page(application, member, form), 422)
    try:
        filed = actions.file(instance(), who, number, form.codes.data, form.words.data, form.papers.checked, kept)
    except actions.AlreadyFiled as already:
        return make_response(_file_page(application, member, form, already=already.number), 409)
    except actions.NotPossible:
        close_reading()
        application, member = _application(number)
        return make_response(_file_page(application, member, form), 409)
    flash(_("Your appeal %(number)s is with us.", number=filed), "success")
    return redirect(url_for("appeals.my_appeal", number=filed))


@appeals.get("/appeals/<number>")
@open_to(*roles.APPLIES)
def my_appeal(number: str) -> BaseResponse:
    """One appeal of a firm: whose turn it is, until when, what was said, and what came of it."""
    return make_response(_appeal_page(*_appeal(number)))


@appeals.post("/appeals/<number>")
@open_to(*roles.APPLIES)
@takes_documents
def answer_request(number: str) -> BaseResponse:
    """Answer what the firm was asked for on its appeal."""
    appeal, member = _appeal(number)
    form = AnswerForm()
    asked = requests.open_request(reading(), requests.APPEAL, appeal.id)
    if asked is not None and asked.id == form.request.data and appeal.state == stages.ASKED:
        _require(form, asked)
        if not form.validate():
            return make_response(_appeal_page(appeal, member, form), 422)
        words = requests.EXPLAIN if requests.EXPLAIN in asked.items.split() else asked.items.split()[0]
        fields = {words: form.words.data or ""}
        try:
            actions.answer(instance(), actor(), number, asked.id, fields, form.papers.checked)
        except actions.StaleAppeal:
            pass
        else:
            flash(_("Your answer is with us."), "success")
            return redirect(url_for("appeals.my_appeal", number=number))
    close_reading()
    appeal, member = _appeal(number)
    if actions.answered_already(reading(), actor(), form.request.data or ""):
        return redirect(url_for("appeals.my_appeal", number=number))
    return make_response(_appeal_page(appeal, member, form, stale=True), 409)


@appeals.get("/appeals/<number>/withdraw")
@open_to(*roles.APPLIES)
def withdraw_appeal(number: str) -> BaseResponse:
    """Asked once more before an appeal is taken back."""
    appeal, _member = _appeal(number)
    if appeal.state not in stages.OPEN_APPEAL_STATES:
        return redirect(url_for("appeals.my_appeal", number=number))
    application = reading().get_one(Application, appeal.application_id)
    until = last_day(reading(), application)
    again = until if until is not None and until >= clock.today() else None
    return make_response(
        render_template("appeals/withdraw_appeal.html", appeal=appeal, application=application, again=again)
    )


@appeals.post("/appeals/<number>/withdraw")
@open_to(*roles.APPLIES)
def take_back(number: str) -> BaseResponse:
    """Take the appeal back."""
    appeal, _member = _appeal(number)
    try:
        actions.withdraw(instance(), actor(), appeal.number)
    except actions.StaleAppeal:
        flash(_("The appeal was decided meanwhile, so it cannot be withdrawn any more."), "warning")
    else:
        flash(_("Your appeal is withdrawn."), "success")
    return redirect(url_for("appeals.my_appeal", number=number))


def _application(number: str) -> tuple[Application, Membership]:
    """An application that the reader may read, and how they act for its firm; else there is no such page."""
    mine = my_application(reading(), actor().id, number)
    if mine is None:
        abort(404)
    return mine.application, mine.membership


def _appeal(number: str) -> tuple[Appeal, Membership]:
    """An appeal of a firm that the reader is confirmed to act for; for anybody else there is no such page."""
    appeal = queries.find_appeal(reading(), number)
    if appeal is None:
        abort(404)
    member = my_membership(appeal.uscc)
    if member.state != stages.CONFIRMED:
        abort(404)
    return appeal, member


def _offer(form: AppealForm, application: Application) -> list[str]:
    decision = latest_decision(reading(), application.id)
    codes = codes_in_question(decision) if decision is not None else ()
    form.offer([(code, rule_title(code)) for code in codes], application.state == stages.INELIGIBLE)
    return list(codes)


def _file_page(application: Application, member: Membership, form: AppealForm, already: str | None = None) -> str:
    today = clock.today()
    until = last_day(reading(), application)
    confirmed = member.state == stages.CONFIRMED
    decision = latest_decision(reading(), application.id) if confirmed else None
    found = {one.code: one for one in findings(decision)}
    asked = codes_in_question(decision) if decision is not None else ()
    period_end = load_terms(application.scheme).on(application.applied_on).period_end
    kept = documents(reading(), (form.kept.data or "").split(), people())
    return render_template(
        "appeals/file_appeal.html",
        application=application,
        confirmed=confirmed,
        form=form,
        already=already,
        until=until,
        days_left=(until - today).days if until else None,
        hints={code: exporter_sentence(found[code]) for code in asked},
        bars=[bar for code in asked if (bar := bar_of(found[code]))],
        kept=[one for one in kept.values() if one.handed_in_by == actor().id],
        year_over=period_end < today,
        period_end=period_end,
        review_days=service_levels.days(reading(), service_levels.REVIEW_DAYS, today),
    )


def _require(form: AnswerForm, asked: Request) -> None:
    items = asked.items.split()
    form.require(papers=any(item in requests.FILES for item in items), words=requests.EXPLAIN in items)


def _appeal_page(appeal: Appeal, _member: Membership, form: AnswerForm | None = None, stale: bool = False) -> str:
    application = reading().get_one(Application, appeal.application_id)
    asked = requests.open_request(reading(), requests.APPEAL, appeal.id)
    if asked is not None and form is None:
        form = AnswerForm(formdata=None)
        show_kept(form)
        form.request.data = asked.id
    decision = latest_decision(reading(), application.id)
    failed = [one for one in findings(decision) if one.verdict is Verdict.FAIL]
    other = queries.other_open_application(reading(), application)
    papers = documents(reading(), queries.documents_of(reading(), appeal), people())
    until = last_day(reading(), application)
    return render_template(
        "appeals/my_appeal.html",
        appeal=appeal,
        application=application,
        application_state=APPLICATION_STATES[application.state],
        asked=asked,
        items=[REQUEST_ITEMS[item] for item in asked.items.split()] if asked else [],
        wants_papers=asked is not None and any(item in requests.FILES for item in asked.items.split()),
        form=form,
        stale=stale,
        days_left=days_left(appeal),
        answer_days_left=(asked.due_on - clock.today()).days if asked else None,
        state=STATE_NAMES[appeal.state],
        state_kind=STATE_KINDS[appeal.state],
        declined=decline_sentence(appeal.decline_code) if appeal.decline_code else None,
        failed=[exporter_sentence(one) for one in failed],
        other=other,
        codes=[rule_title(code) for code in appeal.codes.split()],
        words=queries.words_of(people(), appeal),
        papers=list(papers.values()),
        history=firms_history(reading(), appeal),
        again=until if until is not None and until >= clock.today() else None,
        open=appeal.state in stages.OPEN_APPEAL_STATES,
    )
