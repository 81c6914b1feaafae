"""Claims in the firm's words: states, consents, disputes, assignments, objections, and what happened."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.applications.requests import EXPLAIN
from portal.claims import consents
from portal.programme.claim_names import DOCUMENT_NAMES
from portal.scheme import stages

CLAIM_STATES: Mapping[str, LazyString] = {
    stages.PREPARING: _l("Documents to be handed in"),
    stages.ASSESSING: _l("Being assessed"),
    stages.ASKED: _l("Something is asked of you"),
    stages.SUSPENDED: _l("Waiting for a judgment"),
    stages.PROPOSED: _l("With a second person"),
    stages.APPROVED: _l("Decided, waiting for your answer"),
    stages.OBJECTED: _l("Objection being looked at"),
    stages.AGREED: _l("Agreed, to be paid"),
    stages.PAYING: _l("Payment on its way"),
    stages.PAID: _l("Paid"),
    stages.CLOSED: _l("Closed"),
    stages.WITHDRAWN: _l("Withdrawn"),
}
"""Every state of a claim, as its firm reads it."""

CLAIM_TAGS: Mapping[str, str] = {
    stages.PREPARING: "yours",
    stages.ASKED: "yours",
    stages.APPROVED: "yours",
    stages.PAID: "pass",
    stages.CLOSED: "ended",
    stages.WITHDRAWN: "ended",
    stages.SUSPENDED: "ended",
}
"""The look of a state's tag where it is not that of others' turn."""

CONSENT_KINDS: Mapping[str, LazyString] = {
    consents.EXTENSION: _l("Give more time to pay"),
    consents.DISCOUNT: _l("Give a discount"),
    consents.INSTALMENTS: _l("Let it be paid in instalments"),
    consents.RESALE: _l("Sell the goods to somebody else"),
    consents.RETURN: _l("Take the goods back"),
}

CONSENT_HINTS: Mapping[str, LazyString] = {
    consents.EXTENSION: _l("Say until when."),
    consents.DISCOUNT: _l("Say how much less you would take."),
    consents.INSTALMENTS: _l("Say by when the last one is paid, and how many there are."),
    consents.RESALE: _l("Say to whom and at which price."),
    consents.RETURN: _l("Say what the way back costs."),
}

CONSENT_AMOUNTS: Mapping[str, LazyString] = {
    consents.DISCOUNT: _l("Discount"),
    consents.RESALE: _l("Price"),
    consents.RETURN: _l("Costs"),
}
"""What the amount of a request is, by its kind; of others it is just an amount."""

CONSENT_STATES: Mapping[str, LazyString] = {
    stages.OPEN: _l("Being looked at"),
    stages.GRANTED: _l("Consented"),
    stages.REFUSED: _l("Not consented"),
    stages.TAKEN_BACK: _l("Taken back"),
}

CONSENT_TAGS: Mapping[str, str] = {
    stages.OPEN: "others",
    stages.GRANTED: "pass",
    stages.REFUSED: "fail",
    stages.TAKEN_BACK: "ended",
}

CONSENT_ANSWERS: Mapping[str, LazyString] = {
    consents.GRANTED: _l("Consented as you asked."),
    "not_shown": _l("The papers do not show why this is needed. Add what the buyer wrote and ask again."),
    "too_little": _l("Too little would be left of the debt. Ask for more and ask again."),
    "buyer_can_pay": _l("The buyer can pay as agreed, so nothing of the debt is given up."),
    "worse_than_waiting": _l("This would leave more loss than waiting does."),
}
"""The answers that read the same whatever was asked for; all of them: `consent_answers`."""

OTHER_WAYS: Mapping[str, LazyString] = {
    consents.EXTENSION: _l(
        "Another way is better than more time: ask for instalments, or to sell the goods if you still hold them."
    ),
    consents.DISCOUNT: _l(
        "Another way is better than giving some of it up: ask for more time or for instalments."
    ),
    consents.INSTALMENTS: _l(
        "Another way is better than instalments: ask for one later day for all of it, or to sell the goods if you "
        "still hold them."
    ),
    consents.RESALE: _l(
        "Another way is better than selling: ask for more time for the buyer, or to take the goods back."
    ),
    consents.RETURN: _l("Another way is better than taking the goods back: ask to sell them to somebody else."),
}
"""What is better, by what was asked for."""


def consent_answers(kind: str) -> Mapping[str, LazyString]:
    """Every answer to a request for consent of a kind, as the firm reads it."""
    return {**CONSENT_ANSWERS, "other_way": OTHER_WAYS[kind]}


SUSPENSION_SENTENCES: Mapping[str, LazyString] = {
    "buyer_disputes": _l("The buyer says that it does not owe the money."),
    "proceedings_run": _l("A court or an arbitration tribunal is deciding on the debt."),
}

END_SENTENCES: Mapping[str, LazyString] = {
    "judgment": _l("A judgment or an award is there."),
    "settlement": _l("The dispute was settled."),
    "no_dispute": _l("There is nothing in dispute that the claim would have to wait for."),
}

ASSIGNMENT_REFUSALS: Mapping[str, LazyString] = {
    "deed_unclear": _l("The deed cannot be read or is not signed."),
    "deed_other_claim": _l("The deed is about another claim."),
    "account_unlike_deed": _l("The account is not the one that stands in the deed."),
}

RELEASE_REFUSALS: Mapping[str, LazyString] = {
    "release_unclear": _l("The release cannot be read or lacks the bank’s stamp."),
    "release_other_claim": _l("The release is of another claim or another deed."),
    "release_other_bank": _l("The release is not of the bank that the proceeds are assigned to."),
}

GROUND_NAMES: Mapping[str, LazyString] = {
    "invoice_counts": _l("An invoice should count, or count for more"),
    "amount_wrong": _l("An amount is wrong"),
    "money_wrong": _l("Money was taken off that did not come in"),
    "late_excused": _l("Being late should be excused"),
    "room_wrong": _l("What was paid for this buyer before is wrong"),
    "rate_wrong": _l("The exchange rate is wrong"),
    "other": _l("Something else"),
}

CLOSED_SENTENCES: Mapping[str, LazyString] = {
    "nothing_payable": _l("There was nothing to be paid."),
}

ACCOUNT_FAULTS: Mapping[str, LazyString] = {
    "holder_missing": _l("Enter who holds the account"),
    "holder_other": _l("The account must be in the name of your firm, as it stands in the registry"),
    "bank_missing": _l("Enter the bank with its branch"),
    "bank_code_bad": _l("A bank code has 12 digits (CNAPS), or 8 or 11 characters (SWIFT)"),
    "account_missing": _l("Enter the account number"),
    "account_unlike_before": _l(
        "This is not the account that was assigned to. Another one counts only after the bank’s release"
    ),
    "account_bad": _l(
        "This cannot be an account number: use 8 to 34 digits, and compare each with the bank’s paper"
    ),
}

HAPPENED: Mapping[str, LazyString] = {
    "filed": _l("You filed the claim"),
    "answered": _l("You answered"),
    "request_closed": _l("The request was taken back"),
    "disposed": _l("The rejected goods were disposed of"),
    "disputed": _l("You told of a dispute with the buyer"),
    "suspended": _l("The claim waits for the dispute"),
    "judged": _l("You handed in the judgment or award"),
    "reopened": _l("The claim goes on"),
    "excused": _l("The delay is excused"),
    "assignment_told": _l("You told of an assignment to a bank"),
    "assignment_recorded": _l("The assignment is recorded"),
    "assignment_refused": _l("The assignment was not recorded"),
    "release_handed_in": _l("You handed in the bank’s release"),
    "release_turned_back": _l("The bank’s release was turned back"),
    "assignment_released": _l("The bank’s release is recorded"),
    "proposed": _l("The underwriter assessed it"),
    "approved": _l("A second person approved it"),
    "agreed": _l("You agreed to the amount"),
    "objected": _l("You objected"),
    "objection_declined": _l("Your objection was declined"),
    "reversed": _l("The decision was taken back"),
    "clawed_back": _l("The indemnity went down: two of your buyers are one, with one cap"),
    "paid": _l("Paid"),
    "payment_failed": _l("The bank could not pay"),
    "withdrawn": _l("You withdrew the claim"),
    "closed": _l("The claim was closed"),
    "remark": _l("You left a word"),
}
"""What happened to a claim, as its firm reads it. What is not in here is for staff only."""


def item_name(code: str) -> str:
    """What one item of the checklist, or of a request, is called."""
    if code == EXPLAIN:
        return _("An explanation in your own words")
    return str(DOCUMENT_NAMES[code]) if code in DOCUMENT_NAMES else code
