"""Positions, states and reasons of memberships in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.members.actions import OPERATOR, REPRESENTATIVE
from portal.members.waiting import ENDED_BEFORE, OTHER_REPRESENTATIVE, REFUSED_BEFORE, SECOND_CLAIM
from portal.scheme import stages

POSITION_NAMES: dict[str, LazyString] = {
    OPERATOR: _l("Operator"),
    REPRESENTATIVE: _l("Legal representative"),
}

POSITION_HINTS: dict[str, LazyString] = {
    OPERATOR: _l("You handle the insurance for the firm."),
    REPRESENTATIVE: _l("Your name stands on the business licence."),
}

MEMBERSHIP_STATES: dict[str, LazyString] = {
    stages.UNCONFIRMED: _l("Not confirmed yet"),
    stages.WAITING: _l("Staff look first"),
    stages.ASKED: _l("Asked for more"),
    stages.CONFIRMED: _l("Confirmed"),
    stages.REFUSED: _l("Refused"),
    stages.ENDED: _l("Acts for it no more"),
    stages.LEFT: _l("Left"),
}
"""Every state in which a person may be towards a firm."""

MEMBERSHIP_KINDS: dict[str, str] = {
    stages.UNCONFIRMED: "refer",
    stages.WAITING: "refer",
    stages.ASKED: "others",
    stages.CONFIRMED: "pass",
    stages.REFUSED: "fail",
    stages.ENDED: "ended",
    stages.LEFT: "ended",
}
"""The look of each state's tag, as staff see it."""

WHY_WAITING_NAMES: dict[str, LazyString] = {
    SECOND_CLAIM: _l("Somebody else acts or has applied for this firm."),
    OTHER_REPRESENTATIVE: _l("The company registry names another legal representative."),
    REFUSED_BEFORE: _l("An earlier claim of this account was refused."),
    ENDED_BEFORE: _l("This account acted for the firm before, and that was ended."),
}

HOW_CONFIRMED: dict[str, LazyString] = {
    "phone": _l("by a code to the telephone in an authority's file"),
    "licence": _l("by staff from the business licence"),
    "invitation": _l("by invitation"),
}

OTHER_FIRM, OTHER_PERSON, NOT_GENUINE, DOES_NOT_ACT, NO_LICENCE = (
    "other_firm",
    "other_person",
    "not_genuine",
    "does_not_act",
    "no_licence",
)
REFUSALS: dict[str, LazyString] = {
    OTHER_FIRM: _l("The licence is that of another firm."),
    OTHER_PERSON: _l("The licence names another legal representative than you did."),
    NOT_GENUINE: _l("The licence could not be verified."),
    DOES_NOT_ACT: _l("The firm says that you do not act for it."),
    NO_LICENCE: _l("No licence was handed in."),
}
"""Why staff refuse somebody, in the sentence that the person reads."""

LEFT_FIRM, OWN_WISH, REMOVED = "left_firm", "own_wish", "removed"
ENDINGS: dict[str, LazyString] = {
    LEFT_FIRM: _l("You no longer work for the firm."),
    OWN_WISH: _l("You asked us to end it."),
    REMOVED: _l("Somebody who acts for the firm took you off it."),
}
"""Why it ended that somebody acts for a firm: what was done meanwhile holds."""

TAKEN_BACK: dict[str, LazyString] = {code: REFUSALS[code] for code in (DOES_NOT_ACT, NOT_GENUINE)}
"""Why a confirmation is taken back: it should never have been."""
