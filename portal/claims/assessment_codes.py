"""The reasons that staff choose from when they assess, approve, reverse or excuse; the firm reads these sentences.

What staff write beside a code is for staff and auditors; a firm only ever reads the sentence of the code.
"""

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

OPEN, ACCEPTED, REDUCED, REFUSED = "open", "accepted", "reduced", "refused"
VERDICTS = (ACCEPTED, REDUCED, REFUSED)
PERSON, FAST = "person", "fast"

VERDICT_TOLD: Mapping[str, LazyString] = {
    OPEN: _l("not looked at"),
    ACCEPTED: _l("accepted"),
    REDUCED: _l("reduced"),
    REFUSED: _l("not recognised"),
}


class Reason(NamedTuple):
    """One reason: its sentence, and which verdicts it can stand for."""

    words: LazyString
    verdicts: tuple[str, ...]


_BOTH = (REDUCED, REFUSED)
LINE_REASONS: Mapping[str, Reason] = {
    "delivered_less": Reason(_l("The proof of delivery shows less than the invoice."), (REDUCED,)),
    "contract_price": Reason(_l("The contract has a lower price than the invoice."), (REDUCED,)),
    "part_paid": Reason(_l("Part of the invoice was paid before it was reported."), (REDUCED,)),
    "agreed_deduction": Reason(_l("A deduction was agreed with the buyer with consent."), (REDUCED,)),
    "not_covered_part": Reason(
        _l("The invoice holds charges that are not covered, such as interest or penalties."), (REDUCED,)
    ),
    "declared_less": Reason(_l("The customs declaration shows less than the invoice."), (REDUCED,)),
    "part_not_shown": Reason(_l("Part of the amount is not shown by the documents."), (REDUCED,)),
    "consent_missing": Reason(
        _l("Payment was extended, a discount was given, or goods were sold or taken back without consent."), _BOTH
    ),
    "before_cover": Reason(_l("The goods were shipped before cover began."), (REFUSED,)),
    "after_cover": Reason(_l("The goods were shipped after cover ended."), (REFUSED,)),
    "no_policy": Reason(_l("The firm had no policy when the goods were shipped."), (REFUSED,)),
    "credit_term_too_long": Reason(_l("The credit term is longer than one year."), (REFUSED,)),
    "not_own_declaration": Reason(_l("The firm did not declare the goods to customs itself."), (REFUSED,)),
    "not_shipped": Reason(_l("The goods were not shipped."), (REFUSED,)),
    "not_own_contract": Reason(_l("The firm did not sign the contract itself."), (REFUSED,)),
    "other_debtor": Reason(_l("Somebody else than the buyer or bank reported owes the invoice."), (REFUSED,)),
    "paid_in_full": Reason(_l("The invoice was paid in full."), (REFUSED,)),
    "claimed_before": Reason(_l("The invoice was claimed before."), (REFUSED,)),
    "debt_not_owed": Reason(_l("By judgment or award the buyer does not owe the invoice."), _BOTH),
    "firms_breach": Reason(
        _l("The firm did not do what the contract asked of it, so the buyer need not pay."), _BOTH
    ),
    "not_shown": Reason(_l("The documents do not show that the invoice is owed."), (REFUSED,)),
}
"""Why a line is not taken as it stands."""

SEND_BACK: Mapping[str, LazyString] = {
    "amount_unclear": _l("An amount does not follow from the documents"),
    "reason_unfit": _l("A reason does not fit what the documents show"),
    "payment_missing": _l("A payment or other money is missing from the calculation"),
    "document_missing": _l("A document is missing or does not show what it should"),
    "question_open": _l("A question about buyer, cover or invoices is open"),
    "other": _l("Something else, in words"),
}
"""Why an approver gives an assessment back; staff only."""
STALE = "changed"
"""Given back because what it rests on changed meanwhile."""

OBJECTION = "objection"
REVERSALS: Mapping[str, LazyString] = {
    "money_came_before": _l("The buyer had paid before the indemnity was approved."),
    "wrong_amount": _l("The amount was calculated from a wrong figure."),
    "not_covered": _l("What was indemnified lies outside cover."),
    "indemnified_twice": _l("The same loss was indemnified twice."),
    "judgment": _l("A judgment or an award has decided otherwise on the debt."),
    OBJECTION: _l("The objection was right."),
    "wrong_buyer": _l("The loss is another buyer’s or bank’s."),
}
"""Why an approved indemnity is taken back; the firm reads it."""
JUDGMENT = "judgment"

EXCUSES: Mapping[str, LazyString] = {
    "not_the_firm": _l("The delay was not the firm’s doing."),
    "force_majeure": _l("Something that nobody could prevent kept the firm from it."),
    "learned_late": _l("The firm could not know of it earlier."),
    "portal_down": _l("The portal could not be reached."),
    "no_harm": _l("The delay did not worsen the loss."),
}
"""Why being late is excused; the firm reads it."""

OBJECTION_ANSWERS: Mapping[str, LazyString] = {
    "nothing_new": _l("The objection brings nothing that was not looked at before."),
    "documents_say_so": _l("The documents show what the decision says."),
    "outside_cover": _l("What the objection is about lies outside cover."),
    "cap_reached": _l("More than the room left under the cap cannot be paid."),
    "terms_say_so": _l("The terms leave no other result."),
}
"""Why an objection is declined; the firm reads it."""

CHANGES: Mapping[str, LazyString] = {
    "room": _l("the room left for this buyer or bank"),
    "money": _l("the money that came in"),
    "lines": _l("the invoices and what is recognised of them"),
    "rates": _l("an exchange rate"),
    "late": _l("whether being late is excused"),
    "terms": _l("the terms"),
}
"""What may change between assessing and approving, in staff's words."""


def reason_words(code: str) -> LazyString:
    """The sentence of a line's reason; `KeyError` for no such code."""
    return LINE_REASONS[code].words


def fits(code: str, verdict: str) -> bool:
    """Whether a reason can stand for a verdict."""
    return code in LINE_REASONS and verdict in LINE_REASONS[code].verdicts
