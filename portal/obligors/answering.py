"""What people decide about two obligors that look alike: that they differ, or to ask once more.

That two are the same is decided by merging them (`claims/merging.py`), which needs to know of indemnities.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import TiedToFirm, tied_to
from portal.obligors.queries import find_lookalike, firms_with
from portal.obligors.records import Lookalike
from portal.scheme import stages

SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters
DIFFERENT_REASONS = (
    "other_registration", "other_address", "sister_company", "other_series", "firm_says_so", "other_reason",
)  # fmt: skip
SAME_REASONS = ("same_registration", "same_address", "other_spelling", "renamed", "firm_says_so", "other_reason")
WRONG_ANSWER = "answer_was_wrong"


class UnknownLookalike(LookupError):
    """There is no proposal of this number."""


class StaleLookalike(Exception):
    """Somebody else answered meanwhile."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


class BadReason(ValueError):
    """The reason is no code of the list, or its words are too short or too long."""


def answer_lookalike(instance: Instance, who: Actor, number: str, reason_code: str, reason: str) -> None:
    """Two obligors are different: what waited for the answer goes on. The same answer twice is one.

    Raises `UnknownLookalike`, `StaleLookalike`, `BadReason`, and `TiedToFirm` for whoever is tied to a firm that
    deals with either.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "answer a look-alike")
    words = checked_reason(reason_code, reason, DIFFERENT_REASONS)
    with instance.database.locked() as session:
        asked = _lookalike(session, number)
        if (asked.state, asked.answered_by, asked.reason_code) == (stages.DIFFERENT, who.id, reason_code):
            return
        if asked.state != stages.OPEN:
            raise StaleLookalike(number, asked.state)
        with audit.audited(session, who, "obligors.answer", f"lookalike {number}", answer=stages.DIFFERENT):
            require_untied_to_dealers(session, who, (asked.first_id, asked.second_id), "answer a look-alike")
            record_answer(asked, who, stages.DIFFERENT, reason_code, words)


def ask_again(instance: Instance, who: Actor, number: str, reason: str) -> None:
    """An answer of "different" is found wrong: the pair is open again, and nothing is approved meanwhile.

    Doing it twice changes nothing. Raises as `answer_lookalike` does.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "answer a look-alike")
    words = checked_reason(WRONG_ANSWER, reason, (WRONG_ANSWER,))
    with instance.database.locked() as session:
        asked = _lookalike(session, number)
        if asked.state == stages.OPEN:
            return
        if asked.state != stages.DIFFERENT:
            raise StaleLookalike(number, asked.state)
        with audit.audited(session, who, "obligors.ask_again", f"lookalike {number}", reason=words):
            require_untied_to_dealers(session, who, (asked.first_id, asked.second_id), "answer a look-alike")
            reopen(asked)


def record_answer(asked: Lookalike, who: Actor, state: str, reason_code: str, reason: str) -> None:
    """Write an answer down, if the state table allows it; inside an audited block."""
    stages.require(stages.LOOKALIKE, asked.state, state)
    asked.state = state
    asked.reason_code, asked.reason = reason_code, reason
    asked.answered_by, asked.answered_at = who.id, clock.now()


def reopen(asked: Lookalike) -> None:
    """Ask about a pair once more; inside an audited block. What was answered stays in the audit trail."""
    stages.require(stages.LOOKALIKE, asked.state, stages.OPEN)
    asked.state = stages.OPEN
    asked.reason_code = asked.reason = asked.answered_by = None
    asked.answered_at = asked.assigned_to = None


def checked_reason(code: str, words: str, allowed: Iterable[str]) -> str:
    """The words of a reason as they are kept; raises `BadReason`."""
    kept = visible(words)
    if code not in allowed or not SHORTEST_REASON <= len(kept) <= LONGEST_REASON:
        raise BadReason(code)
    return kept


def require_untied_to_dealers(session: Session, who: Actor, obligor_ids: Iterable[str], action: str) -> None:
    """Raise `TiedToFirm` when `who` is tied to a firm that deals with any of these obligors."""
    firms = {one.uscc for obligor_id in obligor_ids for one in firms_with(session, obligor_id)}
    if tied_to(session, who.id, firms):
        raise TiedToFirm(who, action)


def _lookalike(session: Session, number: str) -> Lookalike:
    found = find_lookalike(session, number)
    if found is None:
        raise UnknownLookalike(number)
    return found
