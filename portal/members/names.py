"""Positions, states and reasons of memberships in the reader's words."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.members.actions import OPERATOR, REPRESENTATIVE
from portal.members.waiting import OTHER_REPRESENTATIVE, REFUSED_BEFORE, SECOND_CLAIM
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
    stages.LEFT: _l("Left"),
}
"""Every state in which a person may be towards a firm."""

MEMBERSHIP_KINDS: dict[str, str] = {
    stages.UNCONFIRMED: "refer",
    stages.WAITING: "refer",
    stages.ASKED: "others",
    stages.CONFIRMED: "pass",
    stages.REFUSED: "fail",
    stages.LEFT: "ended",
}
"""The look of each state's tag, as staff see it."""

WHY_WAITING_NAMES: dict[str, LazyString] = {
    SECOND_CLAIM: _l("Somebody else acts or has applied for this firm."),
    OTHER_REPRESENTATIVE: _l("The company registry names another legal representative."),
    REFUSED_BEFORE: _l("An earlier claim of this account was refused."),
}

HOW_CONFIRMED: dict[str, LazyString] = {
    "phone": _l("by a code to the telephone in an authority's file"),
    "licence": _l("by staff, from the business licence"),
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
