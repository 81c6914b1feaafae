"""The words of recoveries and of excesses, for firms and for staff."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.ledger.accounts import Held
from portal.recoveries.excesses import CLAW_BACK, WAIVE
from portal.scheme import stages

RECOVERY_STATES: dict[str, LazyString] = {
    stages.TOLD: _l("Told, not looked at yet"),
    stages.RECORDED: _l("Recorded"),
    stages.REVERSED: _l("Reversed"),
    stages.REFUSED: _l("Not recorded"),
}
RECOVERY_KINDS = {
    stages.TOLD: "refer",
    stages.RECORDED: "pass",
    stages.REVERSED: "ended",
    stages.REFUSED: "fail",
}

RECEIPT_STATES: dict[str, LazyString] = {
    stages.TOLD: _l("Told, not looked at yet"),
    stages.COUNTED: _l("Counted as a payment"),
    stages.STRUCK: _l("Struck out"),
}
RECEIPT_KINDS = {stages.TOLD: "refer", stages.COUNTED: "pass", stages.STRUCK: "ended"}

HELD_BY: dict[str, LazyString] = {
    Held.FIRM.value: _l("The firm"),
    Held.UNDERWRITER.value: _l("The underwriter"),
}

REFUSALS: dict[str, LazyString] = {
    "not_found": _l("The advice does not show this money. Send the bank’s advice and tell us anew."),
    "other_sum": _l("The advice shows another sum. Tell us the sum that it shows."),
    "other_claim": _l("The money belongs to another claim. Tell us of it there."),
    "told_already": _l("This money is recorded already. You need do nothing."),
    "became_payment": _l("It is counted as a payment: the indemnity it touches is not approved now."),
}
"""What the firm reads when what it told was not recorded."""

EXCESS_STATES: dict[str, LazyString] = {
    stages.OPEN: _l("Nothing proposed yet"),
    stages.PROPOSED: _l("Waits for a second person"),
    stages.DONE: _l("Decided"),
    stages.GONE: _l("Gone: nothing is above the cap any more"),
}
EXCESS_KINDS = {
    stages.OPEN: "refer",
    stages.PROPOSED: "refer",
    stages.DONE: "pass",
    stages.GONE: "ended",
}
OUTCOMES: dict[str, LazyString] = {
    CLAW_BACK: _l("Claw it back"),
    WAIVE: _l("Waive it"),
}
OUTCOME_HINTS: dict[str, LazyString] = {
    CLAW_BACK: _l("The newest indemnities come down to the cap; what was paid of them the firm owes."),
    WAIVE: _l("The indemnities stay. Nothing more is approved for this buyer in the policy year."),
}
