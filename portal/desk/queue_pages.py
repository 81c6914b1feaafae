"""The queue of the desk: one list of everything that waits, taking a case, and the list as a workbook."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.applications.names import STATE_NAMES
from portal.applications.sentences import question_tag, rule_title
from portal.common import audit, clock, roles
from portal.common.table_sheet import send_workbook, workbook_file
from portal.common.web import actor, instance, open_to, people, reading
from portal.desk import holding
from portal.desk.batch import batch_key
from portal.desk.blueprint import desk
from portal.desk.claim_filter import ClaimFilter
from portal.desk.names import FIRM_QUESTION_NAMES, KIND_NAMES, reason_tags, state_tag
from portal.desk.places import ENDPOINTS, title_of
from portal.desk.queue_filter import (
    AFFECTED,
    ALL,
    APPEALS,
    ASKED,
    BY_TODAY,
    FIRM_QUESTIONS,
    FIRMS,
    LATE,
    MINE,
    OF_SEVERAL_KINDS,
    QUESTIONS,
    SOON,
    SOON_DAYS,
    SOURCE,
    TODAY,
    VIEWS,
    WAITING,
    QueueFilter,
)
from portal.desk.queue_queries import PER_PAGE, Queue
from portal.desk.queue_sheet import write_queue
from portal.reference.names import SOURCE_NAMES
from portal.scheme.findings import RULE_CODES

WAITS = (1, 2, 5, 10, 20, 30)  # days offered in the filter
HOLDERS = tuple(dict.fromkeys(role for kind in holding.KINDS.values() for role in kind.roles))
TAKES_FROM_QUEUE = {role for kind in KIND_NAMES for role in holding.KINDS[kind].roles}


@desk.get("/queue")
@open_to(*roles.DESK)
def queue() -> str:
    """One view of what there is to do, or of the applications that are done."""
    wanted = QueueFilter.of(request.args)
    shown = Queue(reading(), wanted, actor().id, clock.today())
    total = shown.total()
    page = max(1, min(request.args.get("page", 1, type=int), -(-total // PER_PAGE)))
    rows = shown.page(page)
    holders = shown.holders()
    seen = {*holders, *(row.holder for row in rows if row.holder)}
    known = holding.marked(reading(), names_of(reading(), people(), seen))
    years = {row.base_year for row in rows if row.base_year}
    return render_template(
        "desk/queue.html",
        wanted=wanted,
        title=title_of(wanted.view),
        tabs=_tabs(shown.counts()),
        rows=[
            {
                "case": row,
                "tags": reason_tags(row),
                "state": state_tag(row),
                "url": url_for(ENDPOINTS[row.kind], number=row.number, **wanted.args()),
                "tickable": _may_decide() and batch_key(row) is not None,
            }
            for row in rows
        ],
        total=total,
        page=page,
        per_page=PER_PAGE,
        exports_year=years.pop() if len(years) == 1 else None,
        names=known,
        states=STATE_NAMES,
        source_names=SOURCE_NAMES,
        kind_options=_kind_options(wanted),
        rule_options=_rule_options(wanted),
        district_options=[(one, one) for one in shown.districts()],
        wait_options=[(days, _at_least(days)) for days in sorted({*WAITS, int(wanted.waited or WAITS[0])})],
        due_options=due_options(),
        holder_options=sorted(((one, who_is(one, known)) for one in holders), key=lambda pair: pair[1]),
        may_decide=_may_decide(),
        unanswered=_unanswered() if wanted == QueueFilter() else 0,
    )


@desk.get("/queue/export.xlsx")
@open_to(*roles.DESK)
def export() -> Response:
    """Exactly what the page of the same address shows, all its pages, as a workbook; on record."""
    wanted = QueueFilter.of(request.args)
    shown = Queue(reading(), wanted, actor().id, clock.today())
    known = names_of(reading(), people(), shown.holders())
    title = title_of(wanted.view)
    file, lines = workbook_file(lambda out: write_queue(out, shown, title, shown.total(), known))
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
    return send_workbook(file, f"queue-{wanted.view}-{clock.today().isoformat()}.xlsx")


@desk.get("/applications")
@open_to(*roles.DESK)
def old_queue() -> BaseResponse:
    """Where the queue used to be: addresses that people kept lead to where it is now."""
    asked = request.query_string.decode(errors="replace")
    return redirect(url_for("desk.queue") + (f"?{asked}" if asked else ""), 301)


@desk.post("/queue/<kind>/<number>/holder")
@open_to(*HOLDERS)
def hold(kind: str, number: str) -> BaseResponse:
    """Take a case, hand it over, or put it back; whoever had it meanwhile keeps it and is named."""
    if kind not in holding.KINDS:
        abort(404)
    step = request.form.get("step")
    to = None if step == "back" else request.form.get("to", "") if step == "over" else actor().id
    try:
        holding.assign(instance(), actor(), kind, number, to, had=request.form.get("had") or None)
    except holding.UnknownCase:
        abort(404)
    except holding.TakenMeanwhile as taken:
        known = names_of(reading(), people(), [taken.holder] if taken.holder else [])
        if taken.holder:
            flash(_("%(who)s has taken this case meanwhile.", who=who_is(taken.holder, known)), "warning")
        else:
            flash(_("This case was handed back meanwhile."), "warning")
    except holding.NoLongerHeld:
        flash(_("%(number)s has moved on: nobody has to take it any more.", number=number), "warning")
    except holding.CannotHold:
        flash(_("The case stays where it is: choose somebody who may decide it."), "error")
    else:
        words = {
            None: _("The case is handed back; anybody can take it."),
            actor().id: _("The case is yours."),
        }
        flash(words.get(to) or _("The case is handed over."), "success")
    wanted = ClaimFilter.of(request.args) if kind == holding.CLAIM else QueueFilter.of(request.args)
    return redirect(url_for(ENDPOINTS[kind], number=number, **wanted.args()))


def _unanswered() -> int:
    """How many firms were asked for something and let its last day pass."""
    return Queue(reading(), QueueFilter(view=ASKED, due=LATE), actor().id, clock.today()).total()


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    labels = {
        WAITING: _("To look at"),
        MINE: _("Mine"),
        ASKED: _("The firm’s turn"),
        FIRMS: _("Firms"),
        APPEALS: _("Appeals"),
        AFFECTED: _("Insured"),
        SOURCE: _("Waiting for a source"),
        TODAY: _("Decided today"),
        ALL: _("All"),
    }
    return [
        (view, labels[view], counts[view]) for view in VIEWS if view != MINE or actor().role in TAKES_FROM_QUEUE
    ]


def _kind_options(wanted: QueueFilter) -> list[tuple[str, str]]:
    return [(kind, str(KIND_NAMES[kind])) for kind in KIND_NAMES] if wanted.view in OF_SEVERAL_KINDS else []


def _rule_options(wanted: QueueFilter) -> list[tuple[str, str]]:
    """What may be asked for: of cases that wait, what a person must look at, in the words of the tags."""
    firms = [(code, str(FIRM_QUESTION_NAMES[code])) for code in FIRM_QUESTIONS]
    if wanted.view == FIRMS:
        return firms
    if wanted.view in (TODAY, ALL, APPEALS, AFFECTED):
        return [(code, rule_title(code)) for code in RULE_CODES]
    questions = [(asked, question_tag(*asked.partition(":")[::2])) for asked in QUESTIONS]
    return questions + firms if wanted.view in OF_SEVERAL_KINDS else questions


def due_options() -> list[tuple[str, str]]:
    """What can be asked for of due days, in words."""
    return [
        (LATE, _("overdue")),
        (BY_TODAY, _("today or overdue")),
        (SOON, ngettext("within %(num)s day", "within %(num)s days", SOON_DAYS)),
    ]


def _at_least(days: int) -> str:
    return ngettext("%(num)s day or more", "%(num)s days or more", days)


def _may_decide() -> bool:
    return actor().role in roles.DECIDES_APPLICATIONS
