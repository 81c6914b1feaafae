"""Everything that the page of one appeal shows at the desk."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.accounts.queries import names_of
from portal.appeals import desk_actions, queries
from portal.appeals.names import STATE_KINDS, STATE_NAMES
from portal.appeals.proposals import Standing, Tried, correctable, standing, still_stands, try_out, what_stands
from portal.appeals.records import Appeal
from portal.appeals.shown import (
    days_left,
    items_text,
    people_of,
    said_value,
    shown_correction,
    staffs_history,
)
from portal.applications import requests
from portal.applications.correction_words import fact_name
from portal.applications.evidence import entry_words, evidence_of
from portal.applications.history import who_is
from portal.applications.names import STATE_KINDS as APPLICATION_KINDS
from portal.applications.names import STATE_NAMES as APPLICATION_STATES
from portal.applications.queries import base_year_of
from portal.applications.records import Application, Correction
from portal.applications.reviews import LONGEST_REASON, latest_decision, note_look
from portal.applications.sentences import rule_title, sentence
from portal.applications.shown import shown_findings
from portal.common import clock, roles
from portal.common.codes import mask_identity_number
from portal.common.people import PersonErased
from portal.common.web import actor, instance, people, reading
from portal.desk import holding
from portal.desk.appeal_forms import ApproveForm, AskForm, CorrectionForm, DeclineForm, ReasonForm
from portal.desk.holder import held_by
from portal.desk.places import asked as asked_queue
from portal.desk.places import back_from, following
from portal.desk.queue_queries import Place
from portal.documents.queries import ShownDocument, documents
from portal.members.queries import tied_to
from portal.scheme import corrected as mended
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing
from portal.scheme.findings import REPRESENTATIVE_NOT_LISTED
from portal.scheme.terms import load_terms

OUTCOME_KINDS = {"eligible": "pass", "referred": "refer", "ineligible": "fail"}


@dataclass
class Forms:
    """The forms that were sent, if any; the page makes the others anew."""

    correction: CorrectionForm | None = None
    decline: DeclineForm | None = None
    ask: AskForm | None = None
    uphold: ReasonForm | None = None
    send_back: ReasonForm | None = None

    def sent(self) -> Any:
        """The one that was sent."""
        every = (self.correction, self.decline, self.ask, self.uphold, self.send_back)
        return next((form for form in every if form is not None), None)


class AppealCase:
    """One appeal, read for whoever looks at it."""

    def __init__(self, appeal: Appeal) -> None:
        self.appeal = appeal
        self.application = reading().get_one(Application, appeal.application_id)
        self.decision = latest_decision(reading(), self.application.id)
        self.stands: Standing | None = None
        with suppress(PersonErased):  # the page says so, and that no rule can run again
            self.stands = standing(reading(), people(), self.application, clock.today())
        codes = desk_actions.in_question(reading(), self.application)
        self.correctable = correctable(self.stands, codes) if self.stands is not None else []
        self.papers = documents(reading(), queries.documents_of(reading(), appeal), people())

    def offer(self, form: CorrectionForm, what: str) -> None:
        """Fit the form to the fact: what it is called, which entries and papers there are."""
        assert self.stands is not None  # nothing is correctable without
        entries = [(one.entry_id, entry_words(one, place)) for place, one in enumerate(self.stands.entries, 1)]
        form.offer(
            what,
            entries if what == mended.ENTRY_REMOVED else [],
            [(one.id, self._paper(one)) for one in self.papers.values()],
        )
        form.value.label.text = self._value_label(what)

    def page(
        self,
        forms: Forms,
        tried: Tried | None = None,
        trying: Correction | None = None,
        moved_on: bool = False,
    ) -> str:
        """The page; with a correction that is tried out, or after somebody else came first."""
        appeal, application = self.appeal, self.application
        known = names_of(reading(), people(), people_of(reading(), appeal))
        proposed = queries.proposed(reading(), appeal.id)
        if proposed is not None and self.stands is not None:
            tried = self._try(proposed)
        full_numbers = self._sees_numbers()
        asked = requests.open_request(reading(), requests.APPEAL, appeal.id)
        evidence = None
        if self.decision is not None:
            evidence = evidence_of(reading(), people(), self.decision, base_year_of(application), full_numbers)
        if full_numbers:
            note_look(instance(), actor(), application.number)
        here = Place(holding.APPEAL, appeal.number)
        return render_template(
            "desk/appeal.html",
            appeal=appeal,
            application=application,
            application_state=APPLICATION_STATES[application.state],
            application_kind=APPLICATION_KINDS[application.state],
            state=STATE_NAMES[appeal.state],
            state_kind=STATE_KINDS[appeal.state],
            back=back_from(here),
            following=following(here),
            asked_args=asked_queue().args(),
            days_left=days_left(appeal),
            words=queries.words_of(people(), appeal),
            codes=[rule_title(code) for code in appeal.codes.split()],
            papers=list(self.papers.values()),
            asked=asked,
            asked_items=items_text(asked) if asked else "",
            evidence=evidence,
            findings=self._findings(),
            now=self._now(full_numbers),
            correctable=[(what, fact_name(what)) for what in self.correctable],
            proposed=shown_correction(people(), proposed, full_numbers) if proposed else None,
            proposed_why=desk_actions.reasons_of(people(), proposed).get("reason") if proposed else None,
            proposed_by=who_is(proposed.proposed_by, known) if proposed else None,
            proposed_paper=self.papers.get(proposed.evidence_id) if proposed else None,
            still_stands=proposed is None
            or (self.stands is not None and still_stands(self.stands, people(), proposed)),
            trying=shown_correction(people(), trying, full_numbers) if trying else None,
            tried=self._tried_rows(tried) if tried else None,
            unchanged=self._unchanged(tried) if tried else None,
            outcome=self._outcome(tried.after.outcome) if tried else None,
            forms=forms,
            decline_form=forms.decline or DeclineForm(formdata=None),
            ask_form=forms.ask or AskForm(formdata=None),
            uphold_form=forms.uphold or ReasonForm(formdata=None),
            approve_form=self._with_number(ApproveForm(formdata=None), proposed),
            back_form=self._with_number(forms.send_back or ReasonForm(formdata=None), proposed),
            sent=forms.sent(),
            why_not=self._why_not(proposed),
            erased=self.stands is None,
            year_over=load_terms(application.scheme).on(application.applied_on).period_end < clock.today(),
            other=queries.other_open_application(reading(), application),
            moved_on=moved_on,
            longest_reason=LONGEST_REASON,
            held=self._held(known),
            history=staffs_history(reading(), people(), appeal, known),
        )

    def _with_number(self, form: Any, proposed: Correction | None) -> Any:
        if proposed is not None:
            form.correction.data = str(proposed.number)
        return form

    def _sees_numbers(self) -> bool:
        """Whole identity numbers stand on the page of an open appeal about the representative, and only there."""
        return (
            self.appeal.state in stages.OPEN_APPEAL_STATES
            and REPRESENTATIVE_NOT_LISTED in desk_actions.in_question(reading(), self.application)
            and actor().role in roles.SEES_IDENTITY_NUMBERS
        )

    def _findings(self) -> list[dict[str, Any]]:
        if self.decision is None:
            return []
        scheme = self.application.scheme
        return shown_findings(
            reading(),
            self.application,
            self.decision,
            lambda path: url_for("programme.terms", _anchor=f"{scheme}-{path}"),
        )

    def _now(self, full_numbers: bool) -> list[dict[str, Any]]:
        """What the sources say today of each fact that can be corrected."""
        if self.stands is None:
            return []
        rows = []
        for what in self.correctable:
            if what == mended.ENTRY_REMOVED:
                rows += [
                    {
                        "label": entry_words(one, place),
                        "value": said_value(what, one.removed_on.isoformat())
                        if one.removed_on
                        else _("not removed"),
                    }
                    for place, one in enumerate(self.stands.entries, 1)
                ]
                continue
            value = said_value(what, what_stands(self.stands, people(), what, None))
            if what == mended.REPRESENTATIVE_NUMBER:
                number = self.stands.said.representative.id_number or ""
                value = number if full_numbers else mask_identity_number(number)
            rows.append({"label": fact_name(what), "value": value})
        return rows

    def _try(self, correction: Correction) -> Tried | None:
        assert self.stands is not None  # the caller looked
        try:
            return try_out(reading(), people(), self.stands, correction)
        except SourceMissing:
            return None

    def _tried_rows(self, tried: Tried) -> list[dict[str, Any]]:
        """The rules that come out otherwise: before and after."""
        return [
            {
                "title": rule_title(before.code),
                "before": (str(before.verdict), sentence(before)),
                "after": (str(after.verdict), sentence(after)),
            }
            for before, after in zip(tried.before.findings, tried.after.findings, strict=True)
            if before != after
        ]

    def _unchanged(self, tried: Tried) -> str:
        same = sum(one == two for one, two in zip(tried.before.findings, tried.after.findings, strict=True))
        open_ones = [
            rule_title(two.code)
            for one, two in zip(tried.before.findings, tried.after.findings, strict=True)
            if one == two and str(two.verdict) != "pass"
        ]
        said = ngettext("%(num)s rule stays as it is.", "%(num)s rules stay as they are.", same)
        return said + ((" " + _("Still not met: %(rules)s.", rules=_("; ").join(open_ones))) if open_ones else "")

    def _outcome(self, outcome: str) -> tuple[str, str]:
        return OUTCOME_KINDS[str(outcome)], str(APPLICATION_STATES[str(outcome)])

    def _why_not(self, proposed: Correction | None) -> str | None:
        """Why the reader decides nothing here; None where they may."""
        who = actor()
        if tied_to(reading(), who.id, [self.appeal.uscc]):
            return _("You are tied to this firm, so somebody else decides about it.")
        if not desk_actions.may_decide(reading(), who, self.appeal):
            return _("You have decided this case before, so somebody else decides on the appeal.")
        if proposed is not None and proposed.proposed_by == who.id:
            return _("You proposed this correction, so somebody else decides on it.")
        allowed = roles.APPROVES_CORRECTIONS if proposed is not None else roles.DECIDES_APPEALS
        return None if who.role in allowed else _("Your role reads appeals and decides none.")

    def _held(self, known: dict[str, str]) -> dict[str, Any]:
        kind = holding.KINDS[holding.APPEAL]
        may_take = actor().role in kind.roles and self.appeal.state in kind.states
        able = holding.able_to_hold(reading(), holding.APPEAL, self.appeal.uscc) if may_take else []
        names = known | names_of(reading(), people(), able)
        return held_by(
            self.appeal.assigned_to,
            able,
            names,
            may_take,
            bool(tied_to(reading(), actor().id, [self.appeal.uscc])),
        )

    def _paper(self, paper: ShownDocument) -> str:
        return paper.name or _("Paper")

    def _value_label(self, what: str) -> str:
        if what == mended.EXPORTS:
            year = base_year_of(self.application)
            return _("Total of %(year)s that is right, in USD", year=year)
        if what == mended.REPRESENTATIVE_NUMBER:
            return _("The right identity number, whole")
        return _("%(fact)s that is right", fact=fact_name(what))
