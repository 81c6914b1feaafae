"""How the disputes of a claim ended, and on what that rests, for whoever approves."""

from typing import Any

from flask_babel import gettext as _

from portal.accounts.queries import names_of
from portal.applications.history import who_is
from portal.claims.claim_names import END_SENTENCES
from portal.claims.mine import event_words, events_of
from portal.claims.records import Claim
from portal.common import formats
from portal.common.web import people, reading
from portal.documents.queries import documents


def disputes_ended(claim: Claim) -> list[dict[str, Any]]:
    """Every dispute that ended, the oldest first: the sentence, who let the claim go on, why, and the papers."""
    session = reading()
    events = events_of(session, claim.id, "reopened")
    names = names_of(session, people(), {one.by for one in events})
    papers = documents(session, (one for event in events for one in event.documents.split()), people())
    return [
        {
            "sentence": str(END_SENTENCES.get(one.code or "", "")),
            "on": formats.day(one.on),
            "by": _("By %(who)s", who=who_is(one.by, names)),
            "words": event_words(people(), one),
            "papers": [papers[paper] for paper in one.documents.split() if paper in papers],
        }
        for one in events
    ]
