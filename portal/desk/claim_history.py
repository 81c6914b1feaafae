"""What happened to a claim, as its page at the desk tells it: each step with its words and its papers."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from portal.applications.history import who_is
from portal.claims import assessment_codes as codes
from portal.claims.claim_names import (
    ASSIGNMENT_REFUSALS,
    END_SENTENCES,
    GROUND_NAMES,
    RELEASE_REFUSALS,
    SUSPENSION_SENTENCES,
)
from portal.claims.disputes import in_dispute, said_of_dispute
from portal.claims.mine import event_words, events_of
from portal.claims.records import Claim, ClaimEvent
from portal.common import formats
from portal.common.web import people
from portal.documents.queries import ShownDocument, documents

EVENT_NAMES: Mapping[str, LazyString] = {
    "filed": _l("Filed"),
    "complete": _l("Documents complete"),
    "answered": _l("The firm answered"),
    "request_closed": _l("Request taken back"),
    "disposed": _l("Rejected goods disposed of"),
    "disputed": _l("The firm tells that the buyer disputes the debt"),
    "suspended": _l("Suspended"),
    "judged": _l("Judgment or award handed in"),
    "reopened": _l("Reopened"),
    "excused": _l("Delay excused"),
    "assignment_told": _l("Assignment to a bank told"),
    "assignment_recorded": _l("Assignment recorded"),
    "assignment_refused": _l("Assignment refused"),
    "release_handed_in": _l("Bank’s release handed in"),
    "release_turned_back": _l("Bank’s release turned back"),
    "assignment_released": _l("Assignment released"),
    "proposed": _l("Assessed and proposed"),
    "sent_back": _l("Sent back to be assessed again"),
    "approved": _l("Approved by a second person"),
    "agreed": _l("The firm agrees"),
    "objected": _l("The firm objects"),
    "objection_declined": _l("Objection declined"),
    "reversed": _l("Indemnity reversed"),
    "clawed_back": _l("Clawed back down to the cap"),
    "paid": _l("Paid"),
    "payment_failed": _l("Payment failed"),
    "payment_ordered": _l("Payment ordered"),
    "payment_dropped": _l("Payment order dropped"),
    "set_off": _l("Set off against what the firm owes"),
    "payment_barred": _l("An exclusion bars the payment"),
    "payment_free": _l("No exclusion bars the payment any more"),
    "withdrawn": _l("Withdrawn"),
    "closed": _l("Closed"),
    "remark": _l("The firm left a word"),
}
"""What happened to a claim, as the desk reads it."""


def history_of(session: Session, claim: Claim, known: dict[str, str]) -> list[dict[str, Any]]:
    """Every step of a claim, the oldest first; `known` are the names of those who took them."""
    events = events_of(session, claim.id)
    papers = documents(session, (one for event in events for one in event.documents.split()), people())
    return [_step(one, known, papers) for one in events]


def dispute_said(session: Session, claim: Claim) -> list[dict[str, Any]]:
    """What the firm said of the dispute that is open now, and of how it ended (`judged`)."""
    said = said_of_dispute(session, claim) if in_dispute(claim) else []
    papers = documents(session, (one for event in said for one in event.documents.split()), people())
    return [
        {
            "title": str(EVENT_NAMES[one.kind]),
            "on": formats.day(one.on),
            "words": event_words(people(), one),
            "papers": [papers[paper] for paper in one.documents.split() if paper in papers],
            "judged": one.kind == "judged",
        }
        for one in said
    ]


def _step(one: ClaimEvent, known: dict[str, str], papers: Mapping[str, ShownDocument]) -> dict[str, Any]:
    notes = [_("By %(who)s", who=who_is(one.by, known))]
    sentence = _code_words(one.kind, one.code)
    notes += [part for part in (sentence, event_words(people(), one)) if part]
    return {
        "state": "done",
        "title": str(EVENT_NAMES.get(one.kind, one.kind)),
        "when": formats.moment(one.at),
        "note": " · ".join(notes),
        "papers": [papers[paper] for paper in one.documents.split() if paper in papers],
    }


def _code_words(kind: str, code: str | None) -> str:
    known: dict[str, Any] = {
        "excused": codes.EXCUSES,
        "sent_back": codes.SEND_BACK,
        "reversed": codes.REVERSALS,
        "suspended": SUSPENSION_SENTENCES,
        "reopened": END_SENTENCES,
        "objected": GROUND_NAMES,
        "objection_declined": codes.OBJECTION_ANSWERS,
        "assignment_refused": ASSIGNMENT_REFUSALS,
        "release_turned_back": RELEASE_REFUSALS,
    }
    if kind == "proposed" and code == codes.FAST:
        return _("at once, by the fast lane")
    if kind == "sent_back" and code == codes.STALE:
        return _("what it rests on had changed")
    words = known.get(kind, {}).get(code or "")
    return str(words) if words is not None else ""
