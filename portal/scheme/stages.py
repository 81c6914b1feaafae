"""Which state may follow which, for applications and policies. No other module decides this."""

from collections.abc import Mapping
from datetime import date

Table = Mapping[str, frozenset[str]]

AWAITING_SOURCE = "awaiting_source"
ELIGIBLE = "eligible"
REFERRED = "referred"
INELIGIBLE = "ineligible"
CLEARED = "cleared"
REJECTED = "rejected"
ISSUED = "issued"
LAPSED = "lapsed"
WITHDRAWN = "withdrawn"
IN_FORCE = "in_force"
ENDED = "ended"

APPLICATION: Table = {
    # A register or list is missing: nothing is decided until it is there.
    AWAITING_SOURCE: frozenset({ELIGIBLE, REFERRED, INELIGIBLE, WITHDRAWN, LAPSED}),
    ELIGIBLE: frozenset({ISSUED, INELIGIBLE, REFERRED, WITHDRAWN, LAPSED}),
    # Ineligible when the rules ran again; a reviewer clears or rejects.
    REFERRED: frozenset({CLEARED, REJECTED, INELIGIBLE, WITHDRAWN, LAPSED}),
    CLEARED: frozenset({ISSUED, INELIGIBLE, REFERRED, WITHDRAWN, LAPSED}),
    INELIGIBLE: frozenset(),
    REJECTED: frozenset(),
    # An issued application stands for its policy: when that is withdrawn, so is the application.
    ISSUED: frozenset({WITHDRAWN}),
    LAPSED: frozenset(),
    WITHDRAWN: frozenset(),
}
"""An application's states; those that nothing follows are closed."""

POLICY: Table = {
    # `ended` is not stored where dates can say it: see policy_state.
    IN_FORCE: frozenset({ENDED, WITHDRAWN}),
    ENDED: frozenset(),
    WITHDRAWN: frozenset(),
}
"""A policy's states."""

OPEN_APPLICATION_STATES: frozenset[str] = frozenset({AWAITING_SOURCE, ELIGIBLE, REFERRED, CLEARED})
"""The states in which an application still waits: for a source, a reviewer or its policy."""


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
