"""The same decision for several cases: the ticked ones listed, one form, and what became of each."""

from flask import make_response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from portal.applications import queries, reviews
from portal.applications.forms import TogetherForm
from portal.applications.names import STATE_KINDS, STATE_NAMES
from portal.common import clock, roles
from portal.common.web import actor, close_reading, instance, open_to, reading
from portal.desk.batch import Seen, decide_all, entries_in_question, outcomes_for
from portal.desk.blueprint import desk
from portal.desk.names import reason_tags
from portal.desk.places import asked
from portal.desk.queue_filter import QueueFilter
from portal.desk.queue_queries import Queue, QueueRow

MOST_TOGETHER = 50  # cases that one decision can be for


@desk.get("/queue/together")
@open_to(*roles.DECIDES_APPLICATIONS)
def together() -> str:
    """The ticked cases, and the form that decides them all; where they differ, why they cannot be."""
    rows = _rows(list(dict.fromkeys(request.args.getlist("case")))[:MOST_TOGETHER])
    return _confirm(rows, TogetherForm(formdata=None), {row.number: row.decision_id or "" for row in rows})


@desk.post("/queue/together")
@open_to(*roles.DECIDES_APPLICATIONS)
def decide_together() -> BaseResponse:
    """Decide each of them in a transaction of its own, and tell what became of each; sent twice it is the same."""
    seen = _seen()
    rows = _rows([case.number for case in seen])
    form = TogetherForm()
    # What can be chosen follows from the cases that stand as they were; those that moved on are told of below.
    unmoved = [
        row for row in rows if row.decision_id in {case.decision_id for case in seen} and outcomes_for([row])
    ]
    form.offer(outcomes_for(unmoved) or (reviews.APPROVE, reviews.SET_ASIDE, reviews.REJECT))
    if (unmoved and not outcomes_for(unmoved)) or not form.validate():
        return make_response(_confirm(rows, form, {case.number: case.decision_id for case in seen}), 422)
    entries = {row.number: entries_in_question(row) for row in rows}
    results = decide_all(instance(), actor(), seen, form.outcome.data, form.reason.data, entries)
    close_reading()  # each case has moved: read again
    found = [queries.find_application(reading(), one.number) for one in results]
    page = render_template(
        "desk/decide_together.html",
        results=[(one, application) for one, application in zip(results, found, strict=True) if application],
        done=sum(one.outcome == "done" for one in results),
        wanted=asked(),
        states=STATE_NAMES,
        state_kinds=STATE_KINDS,
    )
    return make_response(page)


def _seen() -> list[Seen]:
    """What was sent: each case with the decision that stood on the page."""
    pairs = zip(request.form.getlist("case"), request.form.getlist("seen"), strict=False)
    return list(dict.fromkeys(Seen(number, decision) for number, decision in pairs))[:MOST_TOGETHER]


def _rows(numbers: list[str]) -> list[QueueRow]:
    """These cases as they stand now, in the order of the queue."""
    queue = Queue(reading(), QueueFilter(view="all"), actor().id, clock.today())
    return queue.rows_of(numbers)


def _confirm(rows: list[QueueRow], form: TogetherForm, seen: dict[str, str]) -> str:
    outcomes = outcomes_for(rows)
    hints = form.offer(outcomes)
    return render_template(
        "desk/together.html",
        rows=[(row, reason_tags(row), seen.get(row.number, "")) for row in rows],
        possible=bool(outcomes),
        form=form,
        hints=hints,
        wanted=asked(),
        longest_reason=reviews.LONGEST_REASON,
    )
