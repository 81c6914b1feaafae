"""The parameters of the claim terms, and the documents of a claim, in the reader's words."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.common import formats
from portal.scheme.claim_words import CostsAboveRecovery, LateCounts, PaymentsGoTo, RateDay, RoomRefilledBy
from portal.scheme.terms import TermValue

CLAIM_PARAMETER_NAMES: Mapping[str, LazyString] = {
    "credit_term_months": _l("Longest credit term that is covered"),
    "notice_days": _l("Notice is due, after the due date"),
    "waiting_bankruptcy": _l("Waiting period: bankruptcy"),
    "waiting_protracted_default": _l("Waiting period: protracted default"),
    "waiting_rejection": _l("Waiting period: rejection"),
    "waiting_political": _l("Waiting period: political risk"),
    "waiting_letter_of_credit": _l("Waiting period: letter of credit"),
    "claim_months_after_notice": _l("Claim is due, after notice"),
    "claim_months_after_waiting": _l("Claim is due, after the waiting period (the later one counts)"),
    "assessment_days": _l("Assessment, once the documents are complete"),
    "payment_days": _l("Payment, after agreement"),
    "remit_days": _l("A firm remits the underwriter’s share within"),
    "repay_days": _l("A firm pays back what its indemnity went down by, within"),
    "late_points_per_period": _l("Being late: off the share paid, for each started period"),
    "late_period_days": _l("Being late: length of a period"),
    "late_points_most": _l("Being late: at most"),
    "late_counts": _l("Being late in several ways"),
    "rate_day": _l("Rate of which day"),
    "rate_lookback_days": _l("Rate: how far back, where a day has none"),
    "payments_go_to": _l("Which invoice a payment lessens"),
    "room_refilled_by": _l("What gives room back under the cap"),
    "costs_above_recovery": _l("Costs above a recovery"),
    "documents_always": _l("Documents: always"),
    "documents_bankruptcy": _l("Documents: bankruptcy"),
    "documents_protracted_default": _l("Documents: protracted default"),
    "documents_rejection": _l("Documents: rejection"),
    "documents_political": _l("Documents: political risk"),
    "documents_letter_of_credit": _l("Documents: letter of credit not honoured"),
    "documents_paid_by_letter_of_credit": _l("Documents: paid by letter of credit"),
    "documents_if_any": _l("Of these, only where there are any"),
}

DOCUMENT_NAMES: Mapping[str, LazyString] = {
    "contract": _l("Contract or order"),
    "contract_amendments": _l("Amendments of the contract"),
    "invoice": _l("Commercial invoice"),
    "delivery_proof": _l("Proof of delivery: bill of lading or other transport document"),
    "customs_declaration": _l("Customs declaration"),
    "collection_letters": _l("Letters that ask for the money"),
    "buyer_answers": _l("The buyer’s answers"),
    "debt_acknowledgement": _l("The buyer’s written acknowledgement of the debt"),
    "bankruptcy_ruling": _l("The court’s ruling on the insolvency"),
    "buyer_rejection": _l("What the buyer wrote when refusing the goods or the draft"),
    "government_measure": _l("The measure of the government"),
    "bank_refusal": _l("The bank’s refusal"),
    "letter_of_credit": _l("The letter of credit with its amendments"),
}
"""Every item that a checklist can have, by its code."""

WORD_NAMES: Mapping[str, LazyString] = {
    LateCounts.WORST_ONLY: _l("only the longest delay counts"),
    RateDay.DUE_OR_ASSESSMENT: _l("due date or assessment date, whichever is earlier"),
    PaymentsGoTo.NAMED_THEN_OLDEST: _l(
        "the one that the remittance names, else the oldest due date, covered or not"
    ),
    RoomRefilledBy.REVERSALS: _l("reversals do, recoveries do not"),
    CostsAboveRecovery.CARRIED: _l("come off the next recovery"),
}


def shown_claim_value(value: TermValue) -> str:
    """A value of the claim terms as people read it: days, months, points, words and documents by name."""
    path, text = value.path, value.value
    if path.startswith("documents_"):
        return _("; ").join(str(DOCUMENT_NAMES.get(code, code)) for code in text.split(", ") if code) or _("none")
    if text in WORD_NAMES:
        return str(WORD_NAMES[text])
    if path.startswith("waiting_"):
        return _waiting(text)
    return _counted(path)(int(text))


def _waiting(text: str) -> str:
    if text == "until_disposal":
        return _("until the goods are disposed of")
    return _months(int(text)) if int(text) else _("none")


def _counted(path: str) -> Callable[[int], str]:
    if path.startswith("late_points_"):
        return _points
    return formats.days if path.endswith("_days") else _months


def _months(number: int) -> str:
    return str(ngettext("%(num)s month", "%(num)s months", number)).replace(" ", formats.NBSP)


def _points(number: int) -> str:
    return str(ngettext("%(num)s percentage point", "%(num)s percentage points", number))
