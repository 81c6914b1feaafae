"""Which state may follow which, from an application to a claim and its payment. Nothing else decides this."""

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
DRAFT = "draft"
WATCHED = "watched"
CLAIMED = "claimed"
SETTLED = "settled"
DROPPED = "dropped"
PREPARING = "preparing"
ASSESSING = "assessing"
SUSPENDED = "suspended"
APPROVED = "approved"
OBJECTED = "objected"
AGREED = "agreed"
PAYING = "paying"
PAID = "paid"
CLOSED = "closed"
SUBMITTED = "submitted"
RETURNED = "returned"
REVERSED = "reversed"
GRANTED = "granted"
TAKEN_BACK = "taken_back"
SAME = "same"
DIFFERENT = "different"
MADE = "made"
RELEASED = "released"
DONE = "done"
ORDERED = "ordered"
FAILED = "failed"
TOLD = "told"
COUNTED = "counted"
STRUCK = "struck"
RECORDED = "recorded"
GONE = "gone"
ENTERED = "entered"

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
    # Ended: somebody left the firm without leaving here. Refused: the confirmation was a mistake from the start.
    CONFIRMED: frozenset({LEFT, ENDED, REFUSED}),
    REFUSED: frozenset(),
    ENDED: frozenset(),
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

NOTICE: Table = {
    DRAFT: frozenset({WATCHED, CLAIMED, DROPPED}),
    # The firm watches: the buyer may still pay. Claimed later, settled, or no longer feared.
    WATCHED: frozenset({CLAIMED, SETTLED, WITHDRAWN}),
    # Back to watching when every claim of it was withdrawn.
    CLAIMED: frozenset({WATCHED, SETTLED}),
    SETTLED: frozenset(),
    WITHDRAWN: frozenset(),
    DROPPED: frozenset(),
}
"""The states of a notice of probable loss."""

CLAIM: Table = {
    # The firm gathers its documents; nothing runs against it but the day until which it must file.
    PREPARING: frozenset({ASSESSING, SUSPENDED, WITHDRAWN}),
    ASSESSING: frozenset({ASKED, SUSPENDED, PROPOSED, WITHDRAWN}),
    ASKED: frozenset({ASSESSING, SUSPENDED, WITHDRAWN}),
    # The buyer disputes the debt: nothing is decided until a judgment or an award, then it is reopened.
    SUSPENDED: frozenset({PREPARING, ASSESSING, WITHDRAWN}),
    # A second person approves or sends back.
    PROPOSED: frozenset({APPROVED, ASSESSING}),
    # The firm agrees or objects; what was approved may be reversed, and is then assessed anew.
    APPROVED: frozenset({AGREED, OBJECTED, ASSESSING, CLOSED}),
    OBJECTED: frozenset({APPROVED, ASSESSING}),
    AGREED: frozenset({PAYING, CLOSED, ASSESSING}),
    # Ordered at the paying bank; a failed payment comes back.
    PAYING: frozenset({PAID, AGREED}),
    PAID: frozenset({AGREED, ASSESSING, CLOSED}),
    # Nothing was to be paid, or everything is settled; a judgment or a wrong indemnity may reopen it.
    CLOSED: frozenset({ASSESSING}),
    WITHDRAWN: frozenset(),
}
"""A claim's states."""

ASSESSMENT: Table = {
    DRAFT: frozenset({SUBMITTED, DROPPED}),
    SUBMITTED: frozenset({APPROVED, RETURNED}),
    RETURNED: frozenset(),
    APPROVED: frozenset({REVERSED}),
    REVERSED: frozenset(),
    DROPPED: frozenset(),
}
"""An assessment's states; one that was returned or reversed is followed by another."""

CONSENT: Table = {
    OPEN: frozenset({GRANTED, REFUSED, TAKEN_BACK}),
    GRANTED: frozenset(),
    REFUSED: frozenset(),
    TAKEN_BACK: frozenset(),
}
"""The states of a request for consent."""

ASSIGNMENT: Table = {
    TOLD: frozenset({RECORDED, REFUSED}),
    RECORDED: frozenset({RELEASED}),
    RELEASED: frozenset(),
    REFUSED: frozenset(),
}
"""The states of an assignment of proceeds; while it is recorded the payee stays."""

RECEIPT: Table = {
    TOLD: frozenset({COUNTED, STRUCK}),
    COUNTED: frozenset({STRUCK}),
    STRUCK: frozenset(),
}
"""The states of money that lessens a loss."""

BATCH: Table = {
    MADE: frozenset({RELEASED, DROPPED}),
    RELEASED: frozenset({DONE}),
    DONE: frozenset(),
    DROPPED: frozenset(),
}
"""A payment batch's states."""

PAYMENT: Table = {
    ORDERED: frozenset({PAID, FAILED, DROPPED}),
    # What was paid may come back from the payee's bank days later.
    PAID: frozenset({FAILED}),
    FAILED: frozenset(),
    DROPPED: frozenset(),
}
"""The states of one line of a payment batch."""

RECOVERY: Table = {
    TOLD: frozenset({RECORDED, REFUSED}),
    RECORDED: frozenset({REVERSED}),
    REVERSED: frozenset(),
    REFUSED: frozenset(),
}
"""A recovery's states."""

LOOKALIKE: Table = {
    OPEN: frozenset({SAME, DIFFERENT}),
    # Undoing a merge, or finding an answer wrong, asks again.
    SAME: frozenset({OPEN}),
    DIFFERENT: frozenset({OPEN}),
}
"""The states of two obligors that look alike."""

EXCESS: Table = {
    OPEN: frozenset({PROPOSED, GONE}),
    PROPOSED: frozenset({OPEN, DONE, GONE}),
    DONE: frozenset(),
    GONE: frozenset(),
}
"""The states of a task about an excess over the cap."""

EVENT: Table = {
    ENTERED: frozenset({CONFIRMED, ENDED}),
    CONFIRMED: frozenset({ENDED}),
    ENDED: frozenset(),
}
"""The states of an event that touches many firms."""

OPEN_CLAIM_STATES: frozenset[str] = frozenset(
    {PREPARING, ASSESSING, ASKED, SUSPENDED, PROPOSED, APPROVED, OBJECTED, AGREED, PAYING}
)
"""The states in which a claim is still on its way."""

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
