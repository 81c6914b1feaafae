"""The objection that somebody at the desk has to weigh: its ground, its words and its papers."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.claims.answers import objection_to_weigh
from portal.claims.claim_names import GROUND_NAMES
from portal.claims.mine import event_words
from portal.claims.records import Claim
from portal.common import formats
from portal.common.web import people
from portal.documents.queries import documents
from portal.scheme import stages


def objection_shown(session: Session, claim: Claim) -> dict[str, Any] | None:
    """The newest objection while it is looked at, and again while the claim is assessed anew because of it."""
    found = objection_to_weigh(session, claim)
    if found is None:
        return None
    waits = claim.state == stages.OBJECTED
    return {
        "title": _("The firm objects") if waits else _("What the firm objected, and was right about"),
        "ground": GROUND_NAMES[found.code] if found.code else "",
        "words": event_words(people(), found),
        "papers": list(documents(session, found.documents.split(), people()).values()),
        "on": formats.day(found.on),
    }
