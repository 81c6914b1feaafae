"""Everything that the page of one claim shows at the desk."""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.accounts.queries import names_of
from portal.applications import requests
from portal.applications.history import who_is
from portal.claims import assessment_codes as codes
from portal.claims import notice_drafts as drafts
from portal.claims import notice_shown, papers
from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.assignments import latest_assignment
from portal.claims.barring import TO_PAY
from portal.claims.checking import can_ask_for
from portal.claims.claim_names import (
    ASSIGNMENT_REFUSALS,
    CONSENT_KINDS,
    CONSENT_STATES,
    CONSENT_TAGS,
    RELEASE_REFUSALS,
    SUSPENSION_SENTENCES,
    consent_answers,
    item_name,
)
from portal.claims.consents import consents_of
from portal.claims.fast_lane import WHY_NOT, why_not
from portal.claims.letters import letters_of
from portal.claims.mine import events_of
from portal.claims.names import RISK_NAMES
from portal.claims.proposing import assessors_of, newest_assessment, unaccepted
from portal.claims.questions import EXCLUDED, questions_of
from portal.claims.records import Claim, Notice
from portal.claims.repaying import repayment_of
from portal.common import clock, formats, roles
from portal.common.web import actor, people, reading
from portal.desk import holding
from portal.desk.assigned_account import assigned_account
from portal.desk.claim_filter import ClaimFilter
from portal.desk.claim_forms import AlikeForm, AskForm, CodedForm, ReopenForm
from portal.desk.claim_history import dispute_said, history_of
from portal.desk.claim_names import ALIKE_ANSWERS, ALIKE_WHY, BARS, PAYMENT_BARRED, VIEW_NAMES, state_tag
from portal.desk.claim_queue import PER_PAGE, ClaimQueue
from portal.desk.holder import held_by
from portal.desk.objection_view import objection_shown
from portal.documents.queries import ShownDocument, documents
from portal.ledger.queries import owed_on_claim
from portal.ledger.shown import claim_balances, claim_ledger
from portal.members.queries import tied_to
from portal.obligors.queries import country_name, group_of
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.scheme import stages


@dataclass
class Forms:
    """The forms that were sent, if any; the page makes the others anew."""

    ask: AskForm | None = None
    excuse: CodedForm | None = None
    suspend: CodedForm | None = None
    reopen: ReopenForm | None = None
    assignment: CodedForm | None = None
    release: CodedForm | None = None
    decline: CodedForm | None = None
    reverse: CodedForm | None = None
    alike: CodedForm | None = None

    def sent(self) -> Any:
        """The one that was sent."""
        return next((one for one in vars(self).values() if one is not None), None)


def forms_for(session_claim: Claim) -> dict[str, Any]:
    """Every form of the page, empty."""
    items = [(code, item_name(code)) for code in can_ask_for(reading(), session_claim)]
    blank: dict[str, Any] = {"formdata": None}
    return {
        "ask": AskForm(items, **blank),
        "excuse": CodedForm(codes.EXCUSES, "excuse", **blank),
        "suspend": CodedForm(SUSPENSION_SENTENCES, "suspend", words=False, **blank),
        "reopen": ReopenForm(**blank),
        "assignment": CodedForm(ASSIGNMENT_REFUSALS, "assignment", words=False, **blank),
        "release": CodedForm(RELEASE_REFUSALS, "release", words=False, **blank),
        "decline": CodedForm(codes.OBJECTION_ANSWERS, "decline", **blank),
        "reverse": CodedForm(codes.REVERSALS, "reverse", **blank),
        "alike": AlikeForm(**blank),
    }


class ClaimCase:
    """One claim, read for whoever looks at it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.session = reading()
        self.today = clock.today()
        self.notice = self.session.get_one(Notice, claim.notice_id)
        self.policy = self.session.get_one(Policy, claim.policy_id)
        self.newest = newest_assessment(self.session, claim.id)
        self.questions = questions_of(self.session, claim, self.today)
        self.tied = bool(tied_to(self.session, actor().id, [claim.uscc]))
        self.assesses = actor().role in roles.ASSESSES_CLAIMS and not self.tied
        worked = actor().id in assessors_of(self.session, claim.id)
        self.approves = actor().role in roles.APPROVES_CLAIMS and not self.tied and not worked

    def page(self, forms: Forms | None = None, moved_on: bool = False, account: str | None = None) -> str:
        """The page; with a form that was turned back, told that the claim has moved on, or an account in full."""
        given = forms or Forms()
        known = self._names()
        items = papers.papers_of(self.session, self.claim)
        shown_papers = documents(
            self.session, (p.document_id for one in items for p in (*one.now, *one.before)), people()
        )
        every = forms_for(self.claim) | {name: form for name, form in vars(given).items() if form is not None}
        shipments = shipments_of_claim(self.session, self.claim)
        asked = requests.open_request(self.session, requests.CLAIM, self.claim.id)
        assignment = latest_assignment(self.session, self.claim.id)
        if every["reverse"].seen.data is None and self.newest is not None:
            every["reverse"].seen.data = self.newest.canonical_sha256
        return render_template(
            "desk/claim.html",
            claim=self.claim,
            notice=self.notice,
            policy=self.policy,
            obligor=self.questions.root,
            country=country_name(self.questions.root.country),
            state=state_tag(self.claim.state),
            days_left=self._days_left(),
            facts=self._facts(),
            trouble=notice_shown.trouble_facts(
                self.notice, drafts.words_of(people(), self.notice), for_staff=True
            ),
            rows=notice_shown.shipments_sent(shipments, [self.policy]),
            items=items,
            item_name=item_name,
            papers=shown_papers,
            unaccepted=unaccepted(self.session, self.claim),
            questions=self.questions,
            alike=self._alike(known),
            merged=self.page_merges(),
            bars=self._bars(),
            to_pay=self.claim.state in TO_PAY,
            consents=[self._consent(one) for one in consents_of(self.session, self.notice.id)],
            asked=asked,
            asked_left=(asked.due_on - self.today).days if asked else None,
            answers=self._answers(known),
            assignment=assignment,
            assigned=assigned_account(self.session, people(), assignment, account),
            in_full=account is not None,
            history=history_of(self.session, self.claim, known),
            newest=self.newest,
            newest_by=who_is(self.newest.assessed_by, known) if self.newest and self.newest.assessed_by else None,
            letters=letters_of(self.session, self.claim),
            ledger=claim_ledger(self.session, people(), self.claim.id),
            balances=claim_balances(self.session, self.claim.id),
            today=self.today,
            pays_back=repayment_of(
                self.session, self.claim, owed_on_claim(self.session, self.claim.id, self.claim.currency)
            ),
            objection=objection_shown(self.session, self.claim),
            dispute=dispute_said(self.session, self.claim),
            kept=self._kept(every["reopen"]),
            fast_lane=self._fast_lane(),
            forms=every,
            given=given,
            sent=given.sent(),
            moved_on=moved_on,
            assesses=self.assesses,
            approves=self.approves,
            tied=self.tied,
            held=self._held(known),
            back=self._back(),
            asked_args=ClaimFilter.of(request.args).args(),
        )

    def _names(self) -> dict[str, str]:
        """The names of everybody whom the page speaks of."""
        events = events_of(self.session, self.claim.id)
        every = {one.by for one in events} | {self.claim.assigned_to, self.claim.late_excused_by}
        every |= {one.answer.answered_by for one in self.questions.alike if one.answer}
        if self.newest is not None:
            every |= {self.newest.assessed_by, self.newest.approver, self.newest.decided_by}
        for one in requests.requests_of(self.session, requests.CLAIM, self.claim.id):
            every |= {one.asked_by, one.answered_by}
        return names_of(self.session, people(), {one for one in every if one})

    def _days_left(self) -> int | None:
        claim = self.claim
        if claim.due_on is None or claim.paused_on is not None or claim.state not in stages.OPEN_CLAIM_STATES:
            return None
        return (claim.due_on - self.today).days

    def _facts(self) -> list[dict[str, Any]]:
        claim = self.claim
        late = claim.late_points
        rows: list[dict[str, Any]] = [
            {"label": _("Amount claimed"), "value": formats.money(claim.amount_minor, claim.currency)},
            {"label": _("Risk"), "value": str(RISK_NAMES[claim.risk])},
            {"label": _("Policy"), "value": claim.policy_id and self.policy.number, "code": True},
            {"label": _("Reported on"), "value": formats.day(self.notice.notified_on)},
            {"label": _("Waiting period until"), "value": formats.day(claim.waiting_until)},
            {"label": _("Filed on"), "value": formats.day(claim.filed_on)},
            {"label": _("Documents there since"), "value": formats.day(claim.complete_on)},
        ]
        if late:
            words = _("%(points)s points off the share, unless excused", points=late)
            rows.append({"label": _("Late"), "value": words})
        elif claim.late_excused_by is not None:
            rows.append({"label": _("Late"), "value": _("excused"), "note": claim.late_reason})
        if claim.approved_minor is not None:
            rows.append({"label": _("Indemnity"), "value": formats.money(claim.approved_minor, claim.currency)})
        if claim.answer_due_on is not None:
            rows.append({"label": _("The firm answers by"), "value": formats.day(claim.answer_due_on)})
        return rows

    def page_merges(self) -> list[dict[str, Any]]:
        """Records that were merged into this buyer: the room was reckoned anew."""
        names = {
            one.id: one.name
            for one in (
                self.session.get_one(Obligor, key) for key in group_of(self.session, self.claim.obligor_id)
            )
        }
        return [
            {
                "number": one.number,
                "on": formats.day(clock.day_of(one.merged_at)),
                "name": names.get(one.merged_id, "—"),
            }
            for one in self.questions.merges
        ]

    def _alike(self, known: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "pair": f"{one.own.id}:{one.other.id}",
                "own": one.own.invoice_number,
                "other": one.other.invoice_number,
                "amount": formats.money(one.other.amount_minor, one.other.currency),
                "shipped_on": formats.day(one.other.shipped_on),
                "notice": one.notice.number,
                "why": [ALIKE_WHY[why] for why in one.why],
                "said": ALIKE_ANSWERS[one.answer.code] if one.answer else None,
                "by": who_is(one.answer.answered_by, known) if one.answer else None,
                "reason": one.answer.reason if one.answer else None,
            }
            for one in self.questions.alike
        ]

    def _bars(self) -> list[str]:
        """What keeps it from being approved; of an approved one, what keeps it from being paid."""
        if self.claim.state not in TO_PAY:
            return [str(BARS[code]) for code in self.questions.bars]
        found = [str(BARS[EXCLUDED])] if EXCLUDED in self.questions.bars else []
        return found or ([str(PAYMENT_BARRED)] if self.claim.barred_on else [])

    def _consent(self, one: Any) -> dict[str, Any]:
        return {
            "number": one.number,
            "kind": CONSENT_KINDS[one.kind],
            "on": formats.day(one.asked_on),
            "due": formats.day(one.due_on) if one.state == stages.OPEN else None,
            "tag": (CONSENT_TAGS[one.state], CONSENT_STATES[one.state]),
            "answer": consent_answers(one.kind)[one.answer_code] if one.answer_code else None,
        }

    def _answers(self, known: dict[str, str]) -> list[dict[str, Any]]:
        found = []
        for one in requests.requests_of(self.session, requests.CLAIM, self.claim.id):
            said = requests.answer_fields(people(), one)
            found.append(
                {
                    "items": [item_name(item) for item in one.items.split()],
                    "asked": formats.moment(one.asked_at),
                    "asked_by": who_is(one.asked_by, known),
                    "note": requests.note_of(people(), one),
                    "answered": formats.moment(one.answered_at) if one.answered_at else None,
                    "closed": formats.moment(one.closed_at) if one.closed_at else None,
                    "said": [(item_name(item), text) for item, text in said.items()],
                }
            )
        return found

    def _kept(self, form: ReopenForm) -> list[ShownDocument]:
        """The papers that came with a try to reopen that has to be put right."""
        found = documents(self.session, form.kept_ids(), people()).values()
        return [one for one in found if one.handed_in_by == actor().id]

    def _fast_lane(self) -> dict[str, Any] | None:
        if self.claim.state != stages.ASSESSING:
            return None
        reasons = why_not(self.session, self.claim, self.today)
        return {"open": not reasons, "why": [str(WHY_NOT[code]) for code in reasons]}

    def _held(self, known: dict[str, str]) -> dict[str, Any]:
        kind = holding.KINDS[holding.CLAIM]
        may_take = actor().role in kind.roles and self.claim.state in kind.states
        able = holding.able_to_hold(self.session, holding.CLAIM, self.claim.uscc) if may_take else []
        names = holding.marked(self.session, known | names_of(self.session, people(), able))
        return held_by(self.claim.assigned_to, able, names, may_take, self.tied)

    def _back(self) -> dict[str, str]:
        """The list that the claim was opened from, at its page, and the claim after it there.

        After a claim that is not in the list, because it was just decided, comes the first of what is left.
        """
        wanted = ClaimFilter.of(request.args)
        numbers = ClaimQueue(self.session, wanted, actor().id, self.today).numbers()
        title, args = str(VIEW_NAMES[wanted.view]), dict(wanted.args())
        place = numbers.index(self.claim.number) + 1 if self.claim.number in numbers else 0
        words = (
            _("%(list)s, %(place)s of %(total)s", list=title, place=place, total=len(numbers))
            if place
            else _("Claims: %(view)s", view=title)
        )
        at = {"page": str(-(-place // PER_PAGE))} if place > PER_PAGE else {}
        back = {"url": url_for("desk.claims", **{**args, **at}), "words": words}
        if place < len(numbers):
            back["next"] = url_for("desk.claim", number=numbers[place], **args)
        return back
