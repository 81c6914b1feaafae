"""The words of payments: the states of batches and lines, what is in the way, what the bank's file came to."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.payments import queries
from portal.scheme import stages

BATCH_STATES: dict[str, LazyString] = {
    stages.MADE: _l("Waits for its release"),
    stages.RELEASED: _l("At the bank"),
    stages.DONE: _l("Settled"),
    stages.DROPPED: _l("Dropped"),
}
BATCH_KINDS = {stages.MADE: "refer", stages.RELEASED: "others", stages.DONE: "pass", stages.DROPPED: "ended"}

LINE_STATES: dict[str, LazyString] = {
    stages.ORDERED: _l("Ordered"),
    stages.PAID: _l("Paid"),
    stages.FAILED: _l("Not paid"),
    stages.DROPPED: _l("Dropped"),
}
LINE_KINDS = {stages.ORDERED: "others", stages.PAID: "pass", stages.FAILED: "fail", stages.DROPPED: "ended"}

IN_THE_WAY: dict[str, LazyString] = {
    queries.NO_PAYEE: _l("no account on file"),
    queries.ASSIGNMENT_OPEN: _l("an assignment is not recorded yet"),
    queries.DISPUTED: _l("disputed"),
    queries.NOBODY_CONFIRMED: _l("nobody is confirmed to act for the firm"),
    queries.NOTHING_PAYABLE: _l("nothing is payable"),
    queries.MONEY_SINCE: _l(
        "money of before the approval was told after it: reverse the indemnity, then count "
        "the money or strike it out"
    ),
    queries.EXCESS_OPEN: _l("an excess over the cap is not decided yet"),
    queries.EXCLUDED: _l("the buyer, the bank or its country is excluded or under sanctions"),
    queries.LISTED: _l("the firm or the holder of the account is excluded or under sanctions"),
    "moved": _l("not agreed any more, or ordered already"),
}

RESULT_CODES: dict[str, LazyString] = {
    "paid": _l("paid as ordered"),
    "failed": _l("not paid"),
    "came_back": _l("had been paid and came back"),
    "known": _l("told before"),
    "unknown_reference": _l("no payment has this reference"),
    "not_released": _l("the batch is not released"),
    "dropped": _l("the batch was dropped"),
    "other_currency": _l("another currency than ordered"),
    "other_amount": _l("another sum than ordered"),
    "date_before_order": _l("paid before it was ordered"),
    "bank_reference_again": _l("the bank’s number stands for another payment"),
    "paid_twice": _l("paid a second time"),
    "paid_after_failed": _l("paid after it had failed"),
}
"""What each row of the bank's file came to."""
