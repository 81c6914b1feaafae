"""What the page of one application shows: gathered here, drawn by its template."""

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.accounts.queries import names_of
from portal.applications import evidence, queries, requests, reviews
from portal.applications.deciders import deciders_before
from portal.applications.forms import DecideForm
from portal.applications.history import history_of, who_is
from portal.applications.names import REQUEST_ITEMS, STATE_KINDS, STATE_NAMES
from portal.applications.records import Application, Decision, Draft, Request
from portal.applications.set_asides import set_asides_of
from portal.applications.shown import questions_of, shown_findings
from portal.common import clock, formats, roles
from portal.common.codes import mask_identity_number, mask_mobile
from portal.common.web import actor, instance, people, reading
from portal.desk.earlier import earlier_of
from portal.desk.holder import held_by
from portal.desk.holding import APPLICATION, able_to_hold
from portal.desk.lookalikes import look_alikes
from portal.desk.places import asked, back_from
from portal.desk.queue_queries import Place
from portal.documents.queries import ShownDocument, documents
from portal.members.names import MEMBERSHIP_KINDS, MEMBERSHIP_STATES, POSITION_NAMES
from portal.members.queries import tied_to
from portal.members.records import Membership
from portal.members.shown import is_certain
from portal.reference.names import SOURCE_NAMES
from portal.scheme import stages
from portal.scheme.terms import load_terms


def may_decide() -> bool:
    """Whether whoever is asking decides applications."""
    return actor().role in roles.DECIDES_APPLICATIONS


def representative_erased(application: Application) -> bool:
    """Whether the rules cannot run again, because the legal representative's values are gone."""
    return not people().read(application.representative_id, application.representative_sealed)


def offer(form: DecideForm, decision: Decision) -> dict[str, str]:
    """Fill in what can be decided, each list entry in words, as the evidence numbers them."""
    matches = reviews.open_matches(decision)
    in_question = {entry for found in matches.values() for entry in found}
    words = {
        int(entry.entry_id): evidence.entry_words(entry, place)
        for place, entry in enumerate(evidence.entries_of(people(), decision), 1)
        if int(entry.entry_id) in in_question
    }
    return form.offer(matches, words)


def case_context(
    application: Application, form: DecideForm | None = None, changed: list[str] | None = None
) -> dict[str, Any]:
    """Everything the template draws; with a form that was turned back, or with what changed meanwhile.

    Showing whole identity numbers to whoever decides is recorded here.
    """
    view = _CaseView(application)
    return {
        **view.about(),
        **view.deciding(form),
        **view.around(),
        "changed": changed,
    }


class _CaseView:
    """Reads once what several parts of the page need."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.session = reading()
        self.today = clock.today()
        self.decisions = queries.decisions_of(self.session, application)
        self.decision = self.decisions[-1] if self.decisions else None
        self.reviews = queries.reviews_of(self.session, application)
        self.requests = requests.requests_of(self.session, requests.APPLICATION, application.id)
        self.consents = queries.consents_of(self.session, application)
        self.referred = application.state == stages.REFERRED
        self.erased = representative_erased(application)
        self.tied = bool(tied_to(self.session, actor().id, [application.uscc]))
        self.entries = evidence.entries_of(people(), self.decision) if self.decision else ()
        self.asides = set_asides_of(self.session, people(), application, self.entries)
        self.able = able_to_hold(self.session, APPLICATION, application.uscc) if may_decide() else []
        accounts = {application.entered_by, application.assigned_to, *self.able}
        accounts |= {one.reviewed_by for one in self.reviews} | {one.reviewed_by for one in self.asides}
        accounts |= {who for one in self.requests for who in (one.asked_by, one.answered_by)}
        accounts |= {one.given_by for one in self.consents}
        self.names = names_of(self.session, people(), {one for one in accounts if one})

    def about(self) -> dict[str, Any]:
        """The case itself: what the rules found, on what evidence, and what has happened."""
        application, decision = self.application, self.decision
        table, found = None, []
        base_year = queries.base_year_of(application)
        if decision is not None:
            whole = self.referred and not self.tied and actor().role in roles.SEES_IDENTITY_NUMBERS
            table = evidence.evidence_of(self.session, people(), decision, base_year, whole)
            if table.full_numbers:
                reviews.note_look(instance(), actor(), application.number)
            found = shown_findings(self.session, application, decision, self._reason_url)
        return {
            "application": application,
            "decision": decision,
            "evidence": table,
            "findings": found,
            "questions": questions_of(found),
            "base_year": base_year,
            "waited": queries.waited_days(application, self.today),
            "days_left": (application.due_on - self.today).days if application.due_on else None,
            "due_certain": is_certain(self.session, application.due_on),
            "over": self._year_over(),
            "period_end": load_terms(application.scheme).on(application.applied_on).period_end,
            "state": STATE_NAMES[application.state],
            "state_kind": STATE_KINDS[application.state],
            "missing": queries.missing_for(self.session, application) if decision is None else (),
            "source_names": SOURCE_NAMES,
            "said": _said(application, everything=decision is None),
            "applicant": self._applicant(),
            "history": history_of(
                application,
                self.decisions,
                self.reviews,
                self.names,
                reviews.reasons_of(people(), self.reviews),
                self.requests,
                self.consents,
            ),
        }

    def deciding(self, form: DecideForm | None) -> dict[str, Any]:
        """Whether, and with what form, whoever is asking decides the case."""
        application, decision = self.application, self.decision
        before = actor().id in deciders_before(self.session, application.id)
        mine = self.referred and may_decide()
        decidable = mine and decision is not None and not (self.erased or self.tied or before)
        hints: dict[str, str] = {}
        if decidable:
            assert decision is not None
            form = form or DecideForm(formdata=None)
            hints = offer(form, decision)
            form.seen_decision.data = decision.id
        return {
            "form": form,
            "hints": hints,
            "decidable": decidable,
            "tied": self.tied,
            "decided_before": mine and before,
            "erased": self.referred and self.erased,
            "matches": reviews.open_matches(decision) if decision is not None and self.referred else {},
            "may_decide": may_decide(),
            "longest_reason": reviews.LONGEST_REASON,
            "wanted": asked(),
            "back": back_from(Place(APPLICATION, application.number)),
            "held": held_by(application.assigned_to, self.able, self.names, may_decide(), self.tied),
        }

    def around(self) -> dict[str, Any]:
        """What bears on the case from outside: papers, requests, earlier decisions, names that look alike."""
        application = self.application
        shown = documents(self.session, self._document_ids(), people())
        answered = {document for one in self.requests for document in one.documents.split()}
        licence = self._licence(shown)
        looks = application.state in stages.OPEN_APPLICATION_STATES
        name, uscc = application.firm_name, application.uscc
        return {
            "papers": [one for one in shown.values() if one.counts and one != licence and one.id not in answered],
            "licence": licence,
            "typed": self._typed(),
            "requests": [self._request(one, shown) for one in self.requests],
            "set_asides": self._set_asides(),
            "earlier": earlier_of(self.session, uscc, application.number, self.today),
            "look_alikes": look_alikes(self.session, name, uscc, self.today) if looks else [],
        }

    def _set_asides(self) -> list[dict[str, Any]]:
        return [
            {
                "words": evidence.entry_words(one.entry, one.place),
                "who": who_is(one.reviewed_by, self.names),
                "at": one.reviewed_at,
                "number": one.number,
                "reason": one.reason or _("erased"),
            }
            for one in self.asides
        ]

    def _reason_url(self, path: str) -> str:
        return url_for("programme.terms", _anchor=f"{self.application.scheme}-{path}")

    def _year_over(self) -> bool:
        is_open = self.application.state in stages.OPEN_APPLICATION_STATES
        return is_open and queries.year_is_over(self.application, self.today)

    def _applicant(self) -> dict[str, Any] | None:
        """Who applied on line, and how it stands with their acting for the firm."""
        member = self._member()
        if member is None:
            return None
        return {
            "number": member.number,
            "position": POSITION_NAMES[member.position],
            "tag": (MEMBERSHIP_KINDS[member.state], MEMBERSHIP_STATES[member.state]),
        }

    def _member(self) -> Membership | None:
        wanted = self.application.membership_id
        return self.session.get(Membership, wanted) if wanted else None

    def _document_ids(self) -> list[str]:
        """The licence of whoever applied, what came with the application, and with each answer."""
        member = self._member()
        sent = self.session.query(Draft.licence_id).filter(Draft.application_id == self.application.id)
        ids = [member.licence_id if member else None, *(licence for (licence,) in sent)]
        for request in self.requests:
            ids += request.documents.split()
        return [one for one in ids if one]

    def _licence(self, shown: dict[str, ShownDocument]) -> ShownDocument | None:
        """The newest licence that still counts: what is typed is compared with it."""
        found = [one for one in shown.values() if one.kind == "licence" and one.counts]
        return max(found, key=lambda one: one.handed_in_at, default=None)

    def _typed(self) -> list[dict[str, Any]]:
        """What the licence must say too."""
        application = self.application
        one = people().read(application.representative_id, application.representative_sealed)
        return [
            {"label": _("Firm name"), "value": application.firm_name},
            {"label": _("Unified social credit code"), "value": application.uscc, "code": True},
            {"label": _("Legal representative"), "value": one.get("name") or _("erased")},
        ]

    def _request(self, one: Request, shown: dict[str, ShownDocument]) -> dict[str, Any]:
        items = one.items.split()
        return {
            "items": [str(REQUEST_ITEMS[item]) for item in items],
            "open": one.answered_at is None and one.closed_at is None,
            "asked_at": one.asked_at,
            "asked_by": who_is(one.asked_by, self.names),
            "due_on": one.due_on,
            "days_left": (one.due_on - self.today).days,
            "note": requests.note_of(people(), one),
            "answered_at": one.answered_at,
            "answered_by": who_is(one.answered_by, self.names) if one.answered_by else None,
            "closed_at": one.closed_at,
            "answer": [
                (str(REQUEST_ITEMS[item]), text)
                for item, text in requests.answer_fields(people(), one).items()
                if item in items
            ],
            "documents": [shown[doc] for doc in one.documents.split() if doc in shown],
        }


def _said(application: Application, everything: bool) -> list[dict[str, Any]]:
    """Whom to ask at the firm, and with `everything` also what the evidence would show; erased people are told.

    The identity number is masked for everybody here, the mobile for whoever does not decide cases.
    """
    contact = people().read(application.contact_id, application.contact_sealed)
    mobile = contact.get("mobile")
    rows: list[dict[str, Any]] = [{"label": _("Contact"), "value": contact.get("name") or _("erased")}]
    if mobile:
        seen = mobile if may_decide() else formats.masked(mask_mobile(mobile))
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
