"""What the pages of a claim show: facts, bars, papers with their names, consents, the decision line by line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims import claim_clocks as clocks
from portal.claims.answers import approved_assessment
from portal.claims.assessment_codes import VERDICT_TOLD, reason_words
from portal.claims.assessment_inputs import judged_lines, shipments_of_claim
from portal.claims.claim_names import (
    CONSENT_AMOUNTS,
    CONSENT_KINDS,
    CONSENT_STATES,
    CONSENT_TAGS,
    consent_answers,
    item_name,
)
from portal.claims.claim_turns import ClaimTurn
from portal.claims.consents import consent_words, consents_of
from portal.claims.filing import may_withdraw
from portal.claims.held import shown_terms
from portal.claims.mine import Mine
from portal.claims.names import RISK_NAMES
from portal.claims.notice_drafts import buyer_name
from portal.claims.papers import ItemPapers
from portal.claims.records import Assessment, Claim, ConsentRequest, Shipment
from portal.claims.worksheet_words import ShownLine, lines
from portal.common.formats import day, money
from portal.common.people import People
from portal.documents.queries import ShownDocument, documents
from portal.ledger.queries import approved_and_reversed, cap_of
from portal.obligors.queries import countries, group_of, root_of
from portal.scheme import stages
from portal.scheme.buyer_cap import room
from portal.scheme.worksheet import from_canonical

Shown = dict[str, Any]
CLOCKS = ("assessment_days", "payment_days")


@dataclass(frozen=True)
class ShownPaper:
    """One paper of the checklist: its document, the earlier versions, and whether it can still be taken away."""

    id: str
    document: ShownDocument | None
    accepted: bool
    removable: bool


@dataclass(frozen=True)
class ShownItem:
    """One item of the checklist: what it is, whether it is needed, what is there and what was replaced."""

    code: str
    name: str
    needed: bool
    now: list[ShownPaper]
    before: list[ShownPaper]


@dataclass(frozen=True)
class Decided:
    """What was decided: the indemnity, the worksheet's lines, what became of each invoice, and its hash."""

    indemnity: str
    nothing: bool
    lines: Sequence[ShownLine]
    invoices: list[Shown]
    sha256: str
    until: date | None


def buyer_of(session: Session, claim: Claim) -> tuple[str, str]:
    """What the firm calls whoever owes, and the country of the record that it claimed against, merged or not."""
    obligor = root_of(session, claim.obligor_id)
    name = buyer_name(session, claim.uscc, claim.obligor_id, obligor)
    return name, dict(countries()).get(claim.country, claim.country)


def facts_of(session: Session, claim: Claim) -> list[Shown]:
    """The claim in four facts; each shipment outside cover is named at the notice."""
    name, country = buyer_of(session, claim)
    rows = shipments_of_claim(session, claim)
    sums: dict[str, int] = {}
    for one in rows:
        if not one.outside:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    unpaid = _(", ").join(money(minor, currency) for currency, minor in sums.items())
    return [
        {"label": _("Claim number"), "value": claim.number, "code": True},
        {"label": _("Who owes"), "value": name + _(", ") + country},
        {"label": _("What happened"), "value": RISK_NAMES[claim.risk]},
        {"label": _("Unpaid, as you claimed it"), "value": unpaid},
    ]


def no_room(session: Session, claim: Claim) -> bool:
    """Whether nothing is left under the cap for whoever owes, so that it would bring nothing."""
    group = group_of(session, claim.obligor_id)
    return not room(
        cap_of(session, claim.policy_id), *approved_and_reversed(session, claim.policy_id, group)
    ).minor


def bar_of(turn: ClaimTurn, today: date) -> Shown | None:
    """The days of whoever's turn it is as a bar: gone, and in all; None where nothing is counted."""
    if turn.due is None or turn.since is None or turn.due <= turn.since or today > turn.due:
        return None
    total, gone = (turn.due - turn.since).days, max(0, (today - turn.since).days)
    return {
        "value": gone,
        "cap": total,
        "value_text": _("day %(number)s", number=gone),
        "cap_text": _("%(number)s days in all", number=total),
    }


def provisional_clocks(session: Session, claim: Claim) -> bool:
    """Whether a day that the page names rests on a value that the operator has not confirmed."""
    terms = shown_terms(session, claim.scheme, clocks.held_of(session, claim).claim)
    return any(terms.cited(path).provisional for path in (*CLOCKS, f"waiting_{claim.risk}"))


def provisional_waiting(session: Session, claim: Claim) -> bool:
    """Whether the waiting period of its risk is not confirmed by the operator."""
    terms = shown_terms(session, claim.scheme, clocks.held_of(session, claim).claim)
    return terms.cited(f"waiting_{claim.risk}").provisional


def items_shown(session: Session, people: People, mine: Mine, papers: Sequence[ItemPapers]) -> list[ShownItem]:
    """The checklist with the names of the files."""
    found = documents(session, [one.document_id for item in papers for one in (*item.now, *item.before)], people)
    may_remove = mine.claim.filed_on is None

    def shown(item: ItemPapers, old: bool) -> list[ShownPaper]:
        return [
            ShownPaper(
                one.id,
                found.get(one.document_id),
                one.accepted_at is not None,
                may_remove and not old and one.accepted_at is None,
            )
            for one in (item.before if old else item.now)
        ]

    return [
        ShownItem(
            one.item.code,
            item_name(one.item.code),
            one.item.needed,
            shown(one, old=False),
            shown(one, old=True),
        )
        for one in papers
    ]


def decided(session: Session, mine: Mine) -> Decided | None:
    """What was decided about a claim, for whoever is confirmed to act for the firm."""
    assessment = approved_assessment(session, mine.claim) if mine.confirmed else None
    if assessment is None or assessment.canonical is None or assessment.canonical_sha256 is None:
        return None
    sheet = from_canonical(json.loads(assessment.canonical)["worksheet"])
    return Decided(
        indemnity=money(assessment.indemnity_minor, assessment.currency or mine.claim.currency),
        nothing=not assessment.indemnity_minor,
        lines=lines(sheet),
        invoices=_invoices(session, mine.claim, assessment),
        sha256=assessment.canonical_sha256,
        until=mine.claim.answer_due_on,
    )


def consents_shown(session: Session, people: People, notice_id: str) -> list[Shown]:
    """Every request for consent about a loss, the newest first, with its answer."""
    requests = consents_of(session, notice_id)
    papers = documents(session, [one for request in requests for one in request.documents.split()], people)
    ids = [one.shipment_id for request in requests if request.shipment_id for one in [request]]
    invoices = {one: found.invoice_number for one in ids if one and (found := session.get(Shipment, one))}
    return [_consent(people, one, papers, invoices) for one in reversed(requests)]


def _consent(
    people: People,
    request: ConsentRequest,
    papers: Mapping[str, ShownDocument],
    invoices: Mapping[str, str],
) -> Shown:
    parts = [invoices.get(request.shipment_id or "") or _("all shipments")]
    if request.amount_minor is not None:
        words = CONSENT_AMOUNTS.get(request.kind)
        sum_ = money(request.amount_minor, request.currency or "USD")
        parts.append(f"{words} {sum_}" if words else sum_)
    if request.until is not None:
        parts.append(_("until %(day)s", day=day(request.until)))
    return {
        "number": request.number,
        "kind": CONSENT_KINDS[request.kind],
        "state": CONSENT_STATES[request.state],
        "tag": CONSENT_TAGS[request.state],
        "open": request.state == stages.OPEN,
        "what": _(", ").join(parts),
        "words": consent_words(people, request) or _("erased"),
        "asked_on": request.asked_on,
        "due_on": request.due_on,
        "answer": consent_answers(request.kind)[request.answer_code] if request.answer_code else None,
        "answered_at": request.answered_at,
        "papers": [papers[one] for one in request.documents.split() if one in papers],
    }


def _invoices(session: Session, claim: Claim, assessment: Assessment) -> list[Shown]:
    """What became of each invoice: the sum that counts, and the coded reason where it is not all of it."""
    judged = judged_lines(session, assessment)
    return [
        {
            "number": one.invoice_number,
            "claimed": money(one.amount_minor, one.currency),
            "verdict": VERDICT_TOLD[judged[one.id].verdict],
            "counted": money(judged[one.id].recognised),
            "taken": judged[one.id].verdict == "accepted",
            "reason": reason_words(judged[one.id].reason or "") if judged[one.id].reason else None,
        }
        for one in shipments_of_claim(session, claim)
        if one.id in judged
    ]


def links_of(session: Session, mine: Mine) -> list[tuple[str, str]]:
    """What else a firm can do about a claim now, each with its address."""
    claim, number = mine.claim, mine.claim.number
    open_ = claim.state in stages.OPEN_CLAIM_STATES
    dispute = _("How the dispute ended") if claim.dispute else _("The buyer disputes the debt")
    shown: list[tuple[str, str, bool]] = [
        (_("Ask for consent: more time, a discount, a sale"), "claims.claim_consents", open_),
        (dispute, "claims.claim_dispute", _may_dispute(claim)),
        (_("Account to which we pay"), "claims.claim_payee", mine.confirmed and open_),
        (_("The proceeds are assigned to a bank"), "claims.claim_assignment", mine.confirmed and open_),
        (_("Withdraw the claim"), "claims.withdraw_claim", mine.confirmed and may_withdraw(session, claim)),
    ]
    return [(words, url_for(endpoint, number=number)) for words, endpoint, there in shown if there]


def _may_dispute(claim: Claim) -> bool:
    return claim.state in stages.OPEN_CLAIM_STATES and claim.state != stages.PAYING and claim.dispute != "judged"
