"""Claims in the words of the desk: views, states, what bars an approval, and what is left to be done."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.claims import invoice_looks, proposing, questions
from portal.claims.barring import TO_PAY
from portal.claims.desk_names import STATE_KINDS, STATE_NAMES
from portal.desk.claim_filter import (
    ALL,
    ANSWER,
    APPROVE,
    ASKED,
    ASSESS,
    MINE,
    PAY,
    PREPARING,
    SUSPENDED,
)
from portal.desk.claim_queue import ClaimRow
from portal.scheme import stages

VIEW_NAMES: Mapping[str, LazyString] = {
    ASSESS: _l("To assess"),
    APPROVE: _l("To approve"),
    MINE: _l("Mine"),
    ASKED: _l("Firm asked"),
    SUSPENDED: _l("Suspended"),
    ANSWER: _l("Firm to agree"),
    PAY: _l("To be paid"),
    PREPARING: _l("Not filed yet"),
    ALL: _l("All"),
}
VIEW_SUBS: Mapping[str, LazyString] = {
    ASSESS: _l("Filed claims, those due first. What firms still have to file stands under its own tab."),
    APPROVE: _l("Proposed indemnities and objections: for somebody who did not assess the claim."),
    MINE: _l("The claims that you have taken, and those given to you to approve."),
    ASKED: _l("What firms were asked for. The clock stands still until they answer."),
    SUSPENDED: _l("The buyer disputes the debt. Nothing is decided until a judgment or an award."),
    ANSWER: _l("Decided claims whose firm has not agreed or objected yet."),
    PAY: _l("Agreed indemnities, until the paying bank has paid them."),
    PREPARING: _l("Firms are gathering the documents of these claims."),
    ALL: _l("Every claim in every state."),
}

PAYMENT_BARRED = _l(
    "The firm, or who holds the account, is excluded or under sanctions. Look before it is ordered."
)
BARS: Mapping[str, LazyString] = {
    questions.LOOKALIKES: _l("A look-alike of the buyer or bank is not answered yet. Answer it, then approve."),
    questions.EXCLUDED: _l("The buyer or its country is excluded or under sanctions today."),
    questions.NOBODY_CONFIRMED: _l("Nobody is confirmed to act for the firm. Confirm somebody first."),
    questions.DISPUTED: _l("The buyer disputes the debt. Suspend the claim, or find that nothing is in dispute."),
    questions.ANNULLED: _l("The policy was annulled, as if it had never been."),
    questions.INVOICE_TWICE: _l(
        "An invoice is recognised in another approved claim of the firm already. Give it back to be refused here."
    ),
    questions.INVOICE_SAME: _l(
        "Two invoices that a person called one are both recognised. Give it back, so that only one of them counts."
    ),
}
"""Why nothing can be approved now."""

LEFT: Mapping[str, LazyString] = {
    proposing.NO_LINES: _l("The claim has no shipment."),
    proposing.OPEN_LINES: _l("An invoice is not looked at yet: accept, reduce or do not recognise each."),
    proposing.OPEN_MONEY: _l("Money that the firm told of is not checked: count it, or strike it out."),
    proposing.DOCUMENTS: _l("A needed document is not accepted yet. Accept it, or ask the firm for a better one."),
    proposing.WAITING: _l("The waiting period still runs."),
    proposing.DISPOSAL: _l("The rejected goods are not disposed of yet."),
    proposing.DISPUTE: _l("The buyer disputes the debt."),
}
"""What is left to be done before a claim can be proposed."""

LINE_PROBLEMS: Mapping[str, LazyString] = {
    "verdict": _l("Accept, reduce or do not recognise this invoice."),
    "reason_missing": _l("Choose the reason; the firm reads it."),
    "reason_unfit": _l("This reason does not fit what you chose. Choose another."),
    "amount_missing": _l("Enter what is recognised, as in 37,100.00."),
    "amount_zero": _l("An amount of 0 is none at all: choose not to recognise it."),
    "amount_too_high": _l("This is not less than what was reported: choose accept, or enter less."),
    "outside_cover": _l("This shipment lies outside cover by the rules. It cannot be recognised."),
}
"""What is wrong with a line of an assessment."""

ALIKE_WHY: Mapping[str, LazyString] = {
    invoice_looks.NUMBER: _l("the numbers merely look the same"),
    invoice_looks.GOODS: _l("amount, invoice day and shipment day are the same"),
}
"""Why two invoices look like one."""

ALIKE_ANSWERS: Mapping[str, LazyString] = {
    invoice_looks.DIFFERENT: _l("They are two invoices"),
    invoice_looks.SAME: _l("It is one invoice, reported twice"),
}
"""What a person says of two invoices that look like one."""


def state_tag(state: str) -> tuple[str, str]:
    """The state of a claim: kind of tag, words."""
    return STATE_KINDS.get(state, "others"), str(STATE_NAMES[state])


def row_tags(row: ClaimRow) -> list[tuple[str, str]]:
    """What stands out about a claim in a list, in a few words each: (kind of tag, words)."""
    tags: list[tuple[str, str]] = []
    if row.fast:
        tags.append(("source", _("fast lane")))
    if row.claim.dispute:
        tags.append(("refer", _("judgment handed in") if row.claim.dispute == "judged" else _("disputed")))
    if row.claim.late_points:
        tags.append(("refer", _("late")))
    if row.consents:
        tags.append(("refer", _("consent asked")))
    if row.claim.barred_on is not None and row.claim.state in TO_PAY:
        tags.append(("fail", _("payment barred")))
    if row.assignment == stages.TOLD:
        tags.append(("refer", _("assignment to record")))
    elif row.assignment == stages.RECORDED:
        tags.append(("source", _("paid to a bank")))
    if row.tied:
        tags.append(("ended", _("You are tied to it")))
    return tags
