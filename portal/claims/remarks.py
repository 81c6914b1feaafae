"""A word that a firm leaves with its claim, for whoever assesses it."""

from portal.claims.mine import LONGEST_WORDS, event_words, events_of, person_of, require_mine
from portal.claims.moves import StaleClaim, happened
from portal.claims.papers import TAKES_PAPERS
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor


def leave_remark(instance: Instance, who: Actor, number: str, words: str) -> None:
    """Leave a word, as long as documents can be handed in; the same again by the same person is there already.

    Raises `UnknownClaim`, `NotAllowed`, `StaleClaim`, ``ValueError`` for no words.
    """
    roles.require(who, roles.APPLIES, "leave a word with a claim")
    words = visible(words)[:LONGEST_WORDS]
    if not words:
        raise ValueError("a word of nothing")
    with instance.database.locked() as session:
        claim = require_mine(session, who, number, "leave a word with a claim").claim
        if claim.state not in TAKES_PAPERS:
            raise StaleClaim(number, claim.state)
        people = People(session, instance.keys)
        before = events_of(session, claim.id, "remark")
        if any(one.by == who.id and event_words(people, one) == words for one in before):
            return
        with audit.audited(session, who, "claims.remark", f"claim {number}"):
            happened(
                session,
                instance,
                who,
                claim,
                "remark",
                clock.today(),
                words=words,
                written_by=person_of(session, who),
            )
