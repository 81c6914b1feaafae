"""What the page of an insured firm in question shows: before and after, the evidence, and the decision to make."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.queries import names_of
from portal.applications import evidence, queries, reviews
from portal.applications.deciders import deciders_before
from portal.applications.deciding import AT_ISSUE, AT_SCREENING
from portal.applications.history import who_is
from portal.applications.records import Application, Decision, ScreeningTask
from portal.applications.screening import COVER_STAYS, DONE, OPEN, SET_ASIDE, WITHDRAWN
from portal.applications.screening_actions import reason_of
from portal.applications.shown import shown_findings
from portal.common import clock, roles
from portal.common.formats import day, moment
from portal.common.web import actor, instance, people, reading
from portal.desk.earlier import earlier_of
from portal.desk.holder import held_by
from portal.desk.holding import SCREENING, able_to_hold
from portal.desk.places import asked, back_from
from portal.desk.queue_queries import Place
from portal.desk.screening_forms import COVER_REASON_NAMES, ScreeningForm
from portal.members.queries import tied_to
from portal.policies.annulment_actions import stranger
from portal.policies.records import Policy
from portal.reference.names import SOURCE_NAMES
from portal.reference.records import SourceVersion


def screening_context(
    task: ScreeningTask, form: ScreeningForm | None = None, changed: list[str] | None = None
) -> dict[str, Any]:
    """Everything the template draws; with a form that was turned back, or with what changed meanwhile.

    Showing whole identity numbers to whoever decides is recorded here.
    """
    return {**_View(task).all(form), "changed": changed}


def offer(form: ScreeningForm, task: ScreeningTask, decision: Decision) -> None:
    """Fill in what can be decided, each list entry in words, as the evidence numbers them."""
    matches = reviews.open_matches(decision)
    in_question = {entry for found in matches.values() for entry in found}
    words = {
        int(entry.entry_id): evidence.entry_words(entry, place)
        for place, entry in enumerate(evidence.entries_of(people(), decision), 1)
        if int(entry.entry_id) in in_question
    }
    form.offer(matches, words, bool(task.codes))


def outcome_words(task: ScreeningTask) -> str:
    """How a task was closed."""
    return {
        COVER_STAYS: _("Cover stays"),
        SET_ASIDE: _("The list means somebody else"),
        WITHDRAWN: _("The policy was withdrawn or annulled"),
    }[task.outcome or ""]


class _View:
    """Reads once what several parts of the page need."""

    def __init__(self, task: ScreeningTask) -> None:
        self.task = task
        self.session = reading()
        self.today = clock.today()
        self.application = self.session.get_one(Application, task.application_id)
        self.decision = self.session.get_one(Decision, task.decision_id)
        self.decisions = queries.decisions_of(self.session, self.application)
        self.may_decide = actor().role in roles.CLOSES_SCREENINGS
        self.tied = bool(tied_to(self.session, actor().id, [task.uscc]))
        self.able = able_to_hold(self.session, SCREENING, task.uscc) if self.may_decide else []
        accounts = {task.assigned_to, task.closed_by, *self.able}
        self.names = names_of(self.session, people(), {one for one in accounts if one})

    def all(self, form: ScreeningForm | None) -> dict[str, Any]:
        """The whole page."""
        task, application = self.task, self.application
        is_open = task.state == OPEN
        before = actor().id in deciders_before(self.session, application.id)
        erased = not people().read(application.representative_id, application.representative_sealed)
        decidable = is_open and self.may_decide and not (self.tied or before or erased)
        if decidable:
            form = form or ScreeningForm(formdata=None)
            offer(form, task, self.decision)
            form.seen.data = self.decision.id
        whole = decidable and actor().role in roles.SEES_IDENTITY_NUMBERS
        base_year = queries.base_year_of(application)
        table = evidence.evidence_of(self.session, people(), self.decision, base_year, whole)
        if table.full_numbers:
            reviews.note_look(instance(), actor(), application.number)
        earlier = self._before()
        return {
            "task": task,
            "application": application,
            "policy": self._policy(),
            "wanted": asked(),
            "back": back_from(Place(SCREENING, task.number)),
            "is_open": is_open,
            "version": self._version(),
            "source_names": SOURCE_NAMES,
            "rows": self._compared(earlier),
            "then": day(earlier.judged_on) if earlier else None,
            "evidence": table,
            "form": form,
            "decidable": decidable,
            "tied": is_open and self.may_decide and self.tied,
            "decided_before": is_open and self.may_decide and before,
            "erased": is_open and erased,
            "matches": reviews.open_matches(self.decision) if is_open else {},
            "longest_reason": reviews.LONGEST_REASON,
            "closed": self._closed(),
            "history": self._history(),
            "earlier": earlier_of(self.session, task.uscc, task.number, self.today),
            "days_left": (task.due_on - self.today).days,
            "held": held_by(self.task.assigned_to, self.able, self.names, self.may_decide, self.tied),
        }

    def _before(self) -> Decision | None:
        """The decision that the insured firm stood on: of the task before this one, else of the day of issue."""
        query = (
            select(ScreeningTask.decision_id)
            .where(
                ScreeningTask.application_id == self.application.id,
                ScreeningTask.state == DONE,
                ScreeningTask.opened_at < self.task.opened_at,
            )
            .order_by(ScreeningTask.opened_at.desc())
            .limit(1)
        )
        settled = self.session.execute(query).scalar()
        found = [
            one for one in self.decisions if one.id == settled or (settled is None and one.occasion == AT_ISSUE)
        ]
        return found[-1] if found else None

    def _compared(self, before: Decision | None) -> list[dict[str, Any]]:
        """Each rule in question, and any other whose answer changed: what it said then and says now."""
        questioned = self.task.codes.split()
        then = {one["code"]: one for one in self._findings(before)} if before else {}
        rows = []
        for now in self._findings(self.decision):
            old = then.get(now["code"])
            if now["code"] in questioned or (old and old["verdict"] != now["verdict"]):
                rows.append({"title": now["title"], "asked": now["code"] in questioned, "then": old, "now": now})
        return rows

    def _findings(self, decision: Decision) -> list[dict[str, Any]]:
        return shown_findings(self.session, self.application, decision, self._reason_url)

    def _reason_url(self, path: str) -> str:
        return url_for("programme.terms", _anchor=f"{self.application.scheme}-{path}")

    def _policy(self) -> dict[str, Any]:
        query = (
            select(Policy).where(Policy.application_id == self.application.id).order_by(Policy.issued_at.desc())
        )
        policy = self.session.execute(query).scalars().first()
        number = policy.number if policy else self.application.policy_number
        decides = self.task.state == OPEN and self.may_decide and not self.tied
        return {
            "number": number,
            "ends_on": policy.ends_on if policy else None,
            "url": url_for("policies.policy", number=number),
            "withdraw_url": url_for("policies.withdraw", number=number)
            if decides and actor().role in roles.RECORDS_PAPER
            else None,
            "annul_url": url_for("policies.annul", number=number)
            if decides and actor().role in roles.ANNULS_POLICIES and policy and stranger(self.session, policy)
            else None,
        }

    def _version(self) -> SourceVersion | None:
        wanted = self.task.source_version_id
        return self.session.get(SourceVersion, wanted) if wanted is not None else None

    def _closed(self) -> dict[str, Any] | None:
        task = self.task
        if task.state == OPEN or task.closed_at is None:
            return None
        said = reason_of(people(), task)
        code = COVER_REASON_NAMES.get(said.get("code", ""))
        return {
            "words": outcome_words(task),
            "who": who_is(task.closed_by or "", self.names),
            "at": task.closed_at,
            "code": code,
            "reason": said.get("reason") or (_("erased") if task.person_id else None),
        }

    def _history(self) -> list[dict[str, Any]]:
        steps = [
            {
                "state": "done",
                "title": _("Screened again: %(points)s", points=self._points(one)),
                "when": moment(one.made_at),
                "note": _("Judged on %(date)s", date=day(one.judged_on)),
            }
            for one in self.decisions
            if one.occasion == AT_SCREENING
        ]
        closed = self._closed()
        if closed is None:
            note = _("By %(date)s", date=day(self.task.due_on))
            return [*steps, {"state": "now", "title": _("A person must look"), "when": None, "note": note}]
        title = _("%(who)s: %(what)s", who=closed["who"], what=closed["words"])
        return [*steps, {"state": "done", "title": title, "when": moment(closed["at"]), "note": closed["code"]}]

    def _points(self, decision: Decision) -> str:
        found = [one["title"] for one in self._findings(decision) if one["verdict"] != "pass"]
        return _(", ").join(found) or _("every rule passes")
