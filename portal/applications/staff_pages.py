"""The reviewer's desk: the queue of applications, one case with its evidence, and deciding it."""

from dataclasses import replace
from tempfile import TemporaryFile
from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications import evidence, forms, queries, reviews
from portal.applications.blueprint import applications
from portal.applications.history import history_of, who_is
from portal.applications.names import REVIEW_NAMES, STATE_KINDS, STATE_NAMES
from portal.applications.queries import (
    ALL,
    MINE,
    PER_PAGE,
    QUESTIONS,
    SOURCE,
    TODAY,
    VIEWS,
    WAITING,
    Queue,
    QueueFilter,
)
from portal.applications.records import Application, Decision
from portal.applications.sentences import question_tag, rule_title
from portal.applications.sheets import write_queue
from portal.applications.shown import questions_of, shown_findings, tags_of
from portal.common import audit, clock, formats, roles
from portal.common.codes import mask_identity_number, mask_mobile
from portal.common.people import PersonErased
from portal.common.table_sheet import send_workbook
from portal.common.web import actor, close_reading, instance, open_to, people, reading
from portal.reference.names import SOURCE_NAMES
from portal.scheme import stages
from portal.scheme.findings import RULE_CODES

WAITS = (1, 2, 5, 10, 20, 30)  # days offered in the filter


@applications.get("/desk/applications")
@open_to(*roles.DESK)
def queue() -> str:
    """One view of the applications: waiting for review, mine, waiting for a source, decided today, all."""
    wanted = QueueFilter.of(request.args)
    shown = Queue(reading(), wanted, actor().id, clock.today())
    total = shown.total()
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    rows = shown.page(page)
    holders = shown.holders()
    known = names_of(reading(), people(), {*holders, *(row.holder for row in rows if row.holder)})
    years = {row.base_year for row in rows}
    return render_template(
        "applications/queue.html",
        wanted=wanted,
        title=title_of(wanted.view),
        tabs=_tabs(shown.counts()),
        rows=[(row, tags_of(row.findings, STATE_KINDS[row.state])) for row in rows],
        total=total,
        page=page,
        per_page=PER_PAGE,
        exports_year=years.pop() if len(years) == 1 else None,
        names=known,
        states=STATE_NAMES,
        state_kinds=STATE_KINDS,
        source_names=SOURCE_NAMES,
        rule_options=_rule_options(wanted),
        district_options=[(one, one) for one in shown.districts()],
        wait_options=[(days, _at_least(days)) for days in sorted({*WAITS, int(wanted.waited or WAITS[0])})],
        holder_options=sorted(((one, who_is(one, known)) for one in holders), key=lambda pair: pair[1]),
        may_decide=_may_decide(),
    )


@applications.get("/desk/applications/export.xlsx")
@open_to(*roles.DESK)
def export() -> Response:
    """Exactly what the page of the same address shows, all its pages, as a workbook; on record."""
    wanted = QueueFilter.of(request.args)
    shown = Queue(reading(), wanted, actor().id, clock.today())
    known = names_of(reading(), people(), shown.holders())
    file = TemporaryFile()  # noqa: SIM115  # closed by the answer that sends it
    lines = write_queue(file, shown, title_of(wanted.view), shown.total(), known)
    # What was typed into the search may be a person's name, so only that there was something is on record.
    asked = {name: value for name, value in wanted.args().items() if name != "q"}
    searched = bool(wanted.q)
    audit.note(
        instance().database,
        actor(),
        "applications.export",
        f"applications {wanted.view}",
        audit.DOWNLOADED,
        lines=lines,
        asked=asked,
        searched=searched,
    )
    return send_workbook(file, f"applications-{wanted.view}-{clock.today().isoformat()}.xlsx")


@applications.get("/desk/applications/<number>")
@open_to(*roles.DESK)
def case(number: str) -> BaseResponse:
    """One application with its evidence, its history and, while it is referred, the form to decide it."""
    return make_response(_case_page(_application(number)))


@applications.post("/desk/applications/<number>")
@open_to(*roles.DECIDES_APPLICATIONS)
def decide(number: str) -> BaseResponse:
    """Decide a referred case. Whoever comes second is told what the first one did; nothing typed is lost."""
    application = _application(number)
    form = forms.DecideForm()
    following = _next_case(number)
    decision = reviews.latest_decision(reading(), application.id)
    if _is_open(application, decision, form.seen_decision.data):
        assert decision is not None  # a referred application has one
        _offer(form, decision)
        if form.validate():
            try:
                state = reviews.review(
                    instance(),
                    actor(),
                    number,
                    form.seen_decision.data,
                    form.outcome.data,
                    form.reason.data,
                    form.chosen_entries() if form.outcome.data == reviews.SET_ASIDE else (),
                )
            except reviews.StaleCase:
                pass
            except (reviews.MatchOpen, reviews.NotThisMatch):
                form.form_errors = [_("The list entries in question have changed. Look at them again")]
                return make_response(_case_page(application, form), 422)
            except PersonErased:
                form.form_errors = [_cannot_decide_erased()]
                return make_response(_case_page(application, form), 422)
            else:
                return _decided(application, state, following)
        else:
            return make_response(_case_page(application, form), 422)
    close_reading()  # what was read is no longer so: read again
    application = _application(number)
    if _sent_twice(application, form):
        return _decided(application, application.state, following)
    return make_response(_case_page(application, form, _what_changed(application, form)), 409)


@applications.post("/desk/applications/<number>/holder")
@open_to(*roles.DECIDES_APPLICATIONS)
def holder(number: str) -> BaseResponse:
    """Take a case, or hand it back; whoever had it meanwhile keeps it and is named."""
    application = _application(number)
    form = forms.TakeForm()
    to = None if request.form.get("step") == "back" else actor().id
    try:
        reviews.assign(instance(), actor(), number, to, had=form.had.data or None)
    except reviews.TakenMeanwhile as taken:
        known = names_of(reading(), people(), [taken.holder] if taken.holder else [])
        if taken.holder:
            flash(_("%(who)s has taken this case meanwhile.", who=who_is(taken.holder, known)), "warning")
        else:
            flash(_("This case was handed back meanwhile."), "warning")
    except reviews.StaleCase as stale:
        words = _("%(firm)s: %(state)s now.", firm=application.firm_name, state=STATE_NAMES[stale.state])
        flash(words, "warning")
    else:
        words = _("The case is yours.") if to else _("The case is handed back; anybody can take it.")
        flash(words, "success")
    return redirect(url_for("applications.case", number=number, **QueueFilter.of(request.args).args()))


def title_of(view: str) -> str:
    """What a view of the queue is called."""
    return {
        WAITING: _("Applications to look at"),
        MINE: _("Applications I have taken"),
        SOURCE: _("Applications waiting for a source"),
        TODAY: _("Applications decided today"),
        ALL: _("All applications"),
    }[view]


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    labels = {
        WAITING: _("To look at"),
        MINE: _("Mine"),
        SOURCE: _("Waiting for a source"),
        TODAY: _("Decided today"),
        ALL: _("All"),
    }
    return [(view, labels[view], counts[view]) for view in VIEWS if view != MINE or _may_decide()]


def _rule_options(wanted: QueueFilter) -> list[tuple[str, str]]:
    """What may be asked for: of cases that wait, what a person must look at, in the words of the tags."""
    if wanted.view in (TODAY, ALL):
        return [(code, rule_title(code)) for code in RULE_CODES]
    return [(asked, question_tag(*asked.partition(":")[::2])) for asked in QUESTIONS]


def _at_least(days: int) -> str:
    return ngettext("%(num)s day or more", "%(num)s days or more", days)


def _may_decide() -> bool:
    return actor().role in roles.DECIDES_APPLICATIONS


def _application(number: str) -> Application:
    found = queries.find_application(reading(), number)
    if found is None:
        abort(404)
    return found


def _is_open(application: Application, decision: Decision | None, seen: str | None) -> bool:
    return application.state == stages.REFERRED and decision is not None and decision.id == seen


def _offer(form: forms.DecideForm, decision: Decision) -> dict[str, str]:
    """Fill in what can be decided, each list entry in words, as the evidence numbers them."""
    matches = reviews.open_matches(decision)
    asked = {entry for found in matches.values() for entry in found}
    words = {
        int(entry.entry_id): evidence.entry_words(entry, place)
        for place, entry in enumerate(evidence.entries_of(people(), decision), 1)
        if int(entry.entry_id) in asked
    }
    return form.offer(matches, words)


def _case_page(
    application: Application, form: forms.DecideForm | None = None, changed: list[str] | None = None
) -> str:
    """The page of a case; with a form that was turned back, or with what changed while it was filled in."""
    wanted = QueueFilter.of(request.args)
    decisions = queries.decisions_of(reading(), application)
    done = queries.reviews_of(reading(), application)
    decision = decisions[-1] if decisions else None
    is_referred = application.state == stages.REFERRED
    table, found, hints = None, [], {}
    if decision is not None:
        sees_numbers = is_referred and actor().role in roles.SEES_IDENTITY_NUMBERS
        base_year = queries.base_year_of(application)
        table = evidence.evidence_of(reading(), people(), decision, base_year, sees_numbers)
        if table.full_numbers:
            reviews.note_look(instance(), actor(), application.number)
        found = shown_findings(reading(), application, decision, lambda path: _reason_url(application, path))
    decidable = is_referred and decision is not None and _may_decide() and not _representative_erased(application)
    if decidable:
        assert decision is not None
        form = form or forms.DecideForm(formdata=None)
        hints = _offer(form, decision)
        form.seen_decision.data = decision.id
    accounts = {application.entered_by, application.assigned_to or "", *(one.reviewed_by for one in done)}
    known = names_of(reading(), people(), accounts - {""})
    return render_template(
        "applications/case.html",
        application=application,
        wanted=wanted,
        place=_place_in(wanted, application.number),
        title=title_of(wanted.view),
        waited=queries.waited_days(application, clock.today()),
        decision=decision,
        evidence=table,
        findings=found,
        questions=questions_of(found),
        said=_said(application, everything=decision is None),
        missing=queries.missing_for(reading(), application) if decision is None else (),
        source_names=SOURCE_NAMES,
        state=STATE_NAMES[application.state],
        state_kind=STATE_KINDS[application.state],
        base_year=queries.base_year_of(application),
        form=form,
        hints=hints,
        decidable=decidable,
        erased=is_referred and _representative_erased(application),
        changed=changed,
        matches=reviews.open_matches(decision) if decision is not None and is_referred else {},
        holder=who_is(application.assigned_to, known) if application.assigned_to else None,
        holds=application.assigned_to == actor().id,
        may_decide=_may_decide(),
        longest_reason=reviews.LONGEST_REASON,
        history=history_of(application, decisions, done, known, reviews.reasons_of(people(), done)),
        others=queries.others_of_firm(reading(), application),
        states=STATE_NAMES,
        state_kinds=STATE_KINDS,
    )


def _reason_url(application: Application, path: str) -> str:
    return url_for("programme.terms", _anchor=f"{application.scheme}-{path}")


def _place_in(wanted: QueueFilter, number: str) -> tuple[int, int] | None:
    """Which of how many a case is in the view one came from; None if it is not in it."""
    numbers = Queue(reading(), wanted, actor().id, clock.today()).numbers()
    return (numbers.index(number) + 1, len(numbers)) if number in numbers else None


def _next_case(number: str) -> str | None:
    """The case that follows in the order of the queue one came from, the first one after the last."""
    wanted = QueueFilter.of(request.args)
    if wanted.view not in (WAITING, MINE):
        wanted = replace(QueueFilter(), sort=wanted.sort)
    numbers = Queue(reading(), wanted, actor().id, clock.today()).numbers()
    place = numbers.index(number) if number in numbers else -1
    return next((one for one in numbers[place + 1 :] + numbers[: max(place, 0)] if one != number), None)


def _decided(application: Application, state: str, following: str | None) -> BaseResponse:
    """Say what came of it and go on: to the next case, to this one if it still has to be looked at, or back."""
    args = QueueFilter.of(request.args).args()
    firm = application.firm_name
    if state == stages.REFERRED:
        flash(_("Saved. %(firm)s still has something to look at.", firm=firm), "warning")
        return redirect(url_for("applications.case", number=application.number, **args))
    words = _("Saved. %(firm)s: %(state)s.", firm=firm, state=STATE_NAMES[state])
    flash(words, "success" if state == stages.CLEARED else "info")
    if request.form.get("then") != "next":
        return redirect(url_for("applications.case", number=application.number, **args))
    if following is None:
        flash(_("That was the last one to look at."))
        return redirect(url_for("applications.queue", **args))
    return redirect(url_for("applications.case", number=following, **args))


def _sent_twice(application: Application, form: forms.DecideForm) -> bool:
    """Whether what was sent is what the same person has saved already: a button pressed twice."""
    same = [
        one
        for one in queries.reviews_of(reading(), application)
        if one.decision_id == form.seen_decision.data
        and one.reviewed_by == actor().id
        and one.outcome == form.outcome.data
    ]
    reasons = reviews.reasons_of(people(), same)
    return any(reasons[one.id] == form.reason.data for one in same)


def _what_changed(application: Application, form: forms.DecideForm) -> list[str]:
    """Who did what since the form was opened, in sentences."""
    done = [
        one for one in queries.reviews_of(reading(), application) if one.decision_id == form.seen_decision.data
    ]
    known = names_of(reading(), people(), [one.reviewed_by for one in done])
    said = [
        _(
            "%(who)s %(what)s at %(time)s.",
            who=who_is(one.reviewed_by, known),
            what=REVIEW_NAMES[one.outcome],
            time=formats.moment(one.reviewed_at),
        )
        for one in done
    ]
    latest = reviews.latest_decision(reading(), application.id)
    if not done and latest is not None and latest.id != form.seen_decision.data:
        said.append(_("The rules ran again at %(time)s.", time=formats.moment(latest.made_at)))
    return [*said, _("The application is now: %(state)s.", state=STATE_NAMES[application.state])]


def _representative_erased(application: Application) -> bool:
    return not people().read(application.representative_id, application.representative_sealed)


def _cannot_decide_erased() -> str:
    return _("A person of this case was erased, so the rules cannot run again. The case stays as it is")


def _said(application: Application, everything: bool) -> list[dict[str, Any]]:
    """Whom to ask at the firm, and with `everything` also what the evidence would show; erased people are told.

    The identity number is masked for everybody here, the mobile for whoever does not decide cases.
    """
    contact = people().read(application.contact_id, application.contact_sealed)
    mobile = contact.get("mobile")
    rows: list[dict[str, Any]] = [{"label": _("Contact"), "value": contact.get("name") or _("erased")}]
    if mobile:
        seen = mobile if _may_decide() else formats.masked(mask_mobile(mobile))
        rows.append({"label": _("Mobile"), "value": seen})
    rows.append({"label": _("E-mail"), "value": contact.get("email")})
    rows.append({"label": _("Address"), "value": application.address})
    if everything:
        one = people().read(application.representative_id, application.representative_sealed)
        number = one.get("id_number")
        rows.append(
            {
                "label": _("Legal representative"),
                "value": one.get("name") or _("erased"),
                "note": formats.masked(mask_identity_number(number)) if number else None,
            }
        )
    return [row for row in rows if row["value"]]
