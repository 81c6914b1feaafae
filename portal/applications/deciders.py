"""Who has decided a case already: nobody decides twice on one.

Setting a match aside and then clearing the same case is one decision. It is finished when the case is cleared,
rejected or has failed; if the case comes back after that, by an appeal or a new version of a source, it is for
somebody else.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.records import Decision, Review
from portal.common.roles import Actor, NotAllowed
from portal.scheme import stages


class DecidedBefore(NotAllowed):
    """This person has decided the case already; now it is for somebody else."""


def deciders_before(session: Session, application_id: str) -> set[str]:
    """The accounts that took part in a decision on this case which is finished."""
    decisions = select(Decision.id, Decision.sequence, Decision.outcome).where(
        Decision.application_id == application_id
    )
    sequences: dict[str, int] = {}
    outcomes: dict[int, str] = {}
    for decision_id, sequence, outcome in session.execute(decisions):
        sequences[decision_id] = sequence
        outcomes[sequence] = outcome
    reviews = select(Review.decision_id, Review.outcome, Review.reviewed_by).where(
        Review.application_id == application_id
    )
    finished: set[str] = set()
    taking_part: set[str] = set()
    for decision_id, outcome, who in session.execute(reviews.order_by(Review.reviewed_at, Review.id)):
        taking_part.add(who)
        after = outcomes.get(sequences[decision_id] + 1)
        if outcome != "set_aside" or after != stages.REFERRED:
            finished |= taking_part
            taking_part = set()
    return finished


def require_first_decision(session: Session, who: Actor, application_id: str, action: str) -> None:
    """Raise `DecidedBefore` when `who` took part in a finished decision on this case."""
    if who.id in deciders_before(session, application_id):
        raise DecidedBefore(who, action)
