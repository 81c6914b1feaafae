"""Which state may follow which, for applications, policies, memberships and appeals. Nothing else decides this."""

from collections.abc import Mapping
from datetime import date

Table = Mapping[str, frozenset[str]]

AWAITING_SOURCE = "awaiting_source"
ELIGIBLE = "eligible"
REFERRED = "referred"
INELIGIBLE = "ineligible"
ASKED = "asked"
CLEARED = "cleared"
REJECTED = "rejected"
ISSUED = "issued"
LAPSED = "lapsed"
WITHDRAWN = "withdrawn"
IN_FORCE = "in_force"
ENDED = "ended"
ANNULLED = "annulled"
UNCONFIRMED = "unconfirmed"
WAITING = "waiting"
CONFIRMED = "confirmed"
REFUSED = "refused"
LEFT = "left"
OPEN = "open"
PROPOSED = "proposed"
UPHELD = "upheld"
DECLINED = "declined"

APPLICATION: Table = {
    # A register or list is missing: nothing is decided until it is there.
    AWAITING_SOURCE: frozenset({ELIGIBLE, REFERRED, INELIGIBLE, WITHDRAWN, LAPSED}),
    ELIGIBLE: frozenset({ISSUED, INELIGIBLE, REFERRED, WITHDRAWN, LAPSED}),
    # Ineligible or eligible when the rules ran again; a reviewer clears, rejects or asks the firm for more.
    REFERRED: frozenset({CLEARED, REJECTED, ASKED, ELIGIBLE, INELIGIBLE, WITHDRAWN, LAPSED}),
    # The firm has been asked: its turn, and the clock stands still.
    ASKED: frozenset({REFERRED, CLEARED, ELIGIBLE, INELIGIBLE, WITHDRAWN, LAPSED}),
    CLEARED: frozenset({ISSUED, INELIGIBLE, REFERRED, WITHDRAWN, LAPSED}),
    # Only by an appeal that was upheld, after which the rules ran again.
    INELIGIBLE: frozenset({ELIGIBLE, REFERRED}),
    REJECTED: frozenset({ELIGIBLE, REFERRED}),
    # An issued application stands for its policy: when that is withdrawn or annulled, so is the application.
    ISSUED: frozenset({WITHDRAWN, ANNULLED}),
    ANNULLED: frozenset(),
    LAPSED: frozenset(),
    WITHDRAWN: frozenset(),
}
"""An application's states."""

POLICY: Table = {
    # `ended` is not stored where dates can say it: see policy_state.
    IN_FORCE: frozenset({ENDED, WITHDRAWN, ANNULLED}),
    ENDED: frozenset(),
    WITHDRAWN: frozenset(),
    # An enrolment by somebody who does not act for the firm: as if it had never been.
    ANNULLED: frozenset(),
}
"""A policy's states."""

MEMBERSHIP: Table = {
    # The firm's own word; it may apply, and staff look once a licence is there.
    UNCONFIRMED: frozenset({WAITING, ASKED, CONFIRMED, REFUSED, LEFT}),
    # Staff come first: somebody else claims the firm, or the registry names another representative.
    WAITING: frozenset({ASKED, CONFIRMED, REFUSED, LEFT}),
    ASKED: frozenset({UNCONFIRMED, WAITING, CONFIRMED, REFUSED, LEFT}),
    CONFIRMED: frozenset({LEFT}),
    REFUSED: frozenset(),
    LEFT: frozenset(),
}
"""The states of a person's acting for a firm."""

APPEAL: Table = {
    # Upheld at once only against what a person decided: it goes back to the desk, and no fact is corrected.
    OPEN: frozenset({ASKED, PROPOSED, UPHELD, DECLINED, WITHDRAWN}),
    ASKED: frozenset({OPEN, DECLINED, WITHDRAWN}),
    # A correction is proposed and waits for a second person, who may send it back.
    PROPOSED: frozenset({UPHELD, OPEN, DECLINED, WITHDRAWN}),
    UPHELD: frozenset(),
    DECLINED: frozenset(),
    WITHDRAWN: frozenset(),
}
"""An appeal's states."""

OPEN_APPLICATION_STATES: frozenset[str] = frozenset({AWAITING_SOURCE, ELIGIBLE, REFERRED, ASKED, CLEARED})
"""The states in which an application still waits: for a source, a reviewer, the firm or its policy."""

LIVE_MEMBERSHIP_STATES: frozenset[str] = frozenset({UNCONFIRMED, WAITING, ASKED, CONFIRMED})
"""The states in which somebody acts, or says to act, for a firm."""

OPEN_APPEAL_STATES: frozenset[str] = frozenset({OPEN, ASKED, PROPOSED})
"""The states in which an appeal is not decided yet."""


class IllegalStep(ValueError):
    """A state that may not follow the present one; the text names both."""


def may_follow(table: Table, old: str, new: str) -> bool:
    """Whether ``new`` may follow ``old``; ``ValueError`` for a state that the table does not have."""
    for state in (old, new):
        if state not in table:
            raise ValueError(f"{state!r} is no state; there are {', '.join(table)}")
    return new in table[old]


def require(table: Table, old: str, new: str) -> None:
    """Refuse a step that the table does not allow with :class:`IllegalStep`."""
    if not may_follow(table, old, new):
        raise IllegalStep(f"{new} may not follow {old}")


def policy_state(on: date, ends_on: date, withdrawn_on: date | None) -> str:
    """A policy's state on a day, from its last day of cover and the day it was withdrawn, if it was.

    The last day of cover itself is still in force. A withdrawal after the end changes nothing.
    """
    if withdrawn_on is not None and withdrawn_on <= min(on, ends_on):
        return WITHDRAWN
    return ENDED if on > ends_on else IN_FORCE
