"""Notices and shipments in the reader's words: risks, payment terms, states, why a shipment lies outside cover."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.claims.records import Shipment
from portal.common.formats import day
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.claim_words import PaymentTerm, Risk

RISK_NAMES: Mapping[str, LazyString] = {
    Risk.PROTRACTED_DEFAULT: _l("The buyer does not pay"),
    Risk.BANKRUPTCY: _l("Bankrupt or insolvent"),
    Risk.REJECTION: _l("Goods or acceptance refused"),
    Risk.POLITICAL: _l("War, unrest or a measure of a government"),
    Risk.LETTER_OF_CREDIT: _l("The issuing bank does not pay or accept"),
}
"""Every risk, in the order in which it happens most often."""

RISK_HINTS: Mapping[str, LazyString] = {
    Risk.PROTRACTED_DEFAULT: _l("The goods were taken, the due date has passed, and no money came."),
    Risk.BANKRUPTCY: _l("A court or a notice says so, or the firm has stopped paying everybody."),
    Risk.REJECTION: _l("The buyer does not take the goods, or does not accept the draft."),
    Risk.POLITICAL: _l("For example money cannot be transferred, or goods may not enter."),
    Risk.LETTER_OF_CREDIT: _l("The documents were presented, and the bank refuses or delays."),
}

RISKS_OF: Mapping[str, tuple[Risk, ...]] = {
    "buyer": (Risk.PROTRACTED_DEFAULT, Risk.REJECTION, Risk.BANKRUPTCY, Risk.POLITICAL),
    "bank": (Risk.LETTER_OF_CREDIT, Risk.BANKRUPTCY, Risk.POLITICAL),
}
"""What can happen with each kind of obligor: under a letter of credit it is the issuing bank that owes."""

TERM_NAMES: Mapping[str, LazyString] = {
    PaymentTerm.OPEN_ACCOUNT: _l("Open account (O/A)"),
    PaymentTerm.DOCUMENTS_AGAINST_PAYMENT: _l("Documents against payment (D/P)"),
    PaymentTerm.DOCUMENTS_AGAINST_ACCEPTANCE: _l("Documents against acceptance (D/A)"),
    PaymentTerm.LETTER_OF_CREDIT: _l("Letter of credit (L/C)"),
}

TERMS_OF: Mapping[str, tuple[PaymentTerm, ...]] = {
    "buyer": (
        PaymentTerm.OPEN_ACCOUNT,
        PaymentTerm.DOCUMENTS_AGAINST_PAYMENT,
        PaymentTerm.DOCUMENTS_AGAINST_ACCEPTANCE,
    ),
    "bank": (PaymentTerm.LETTER_OF_CREDIT,),
}

NOTICE_STATES: Mapping[str, LazyString] = {
    stages.DRAFT: _l("Begun, not sent"),
    stages.WATCHED: _l("Reported, watched"),
    stages.CLAIMED: _l("Claimed"),
    stages.SETTLED: _l("Settled"),
    stages.WITHDRAWN: _l("Withdrawn"),
    stages.DROPPED: _l("Given up"),
}
"""Every state of a notice."""

NOTICE_TAGS: Mapping[str, str] = {
    stages.DRAFT: "yours",
    stages.WATCHED: "refer",
    stages.CLAIMED: "others",
    stages.SETTLED: "pass",
    stages.WITHDRAWN: "ended",
    stages.DROPPED: "ended",
}
"""The look of each state's tag."""


def outside_sentence(code: str, shipment: Shipment, policy: Policy | None) -> str:
    """Why a shipment lies outside cover, with the date or number that says so; `KeyError` for no such code.

    `policy` is the one nearest to the shipment, if the firm has any.
    """
    shipped, due = day(shipment.shipped_on), day(shipment.due_on)
    if code == "before_cover":
        begins = day(policy.starts_on) if policy else "—"
        return _("Shipped on %(shipped)s, before cover began on %(begins)s.", shipped=shipped, begins=begins)
    if code == "after_cover":
        ends = day(policy.withdrawn_on or policy.ends_on) if policy else "—"
        return _("Shipped on %(shipped)s, after cover ended on %(ends)s.", shipped=shipped, ends=ends)
    return {
        "no_policy": _("Shipped on %(shipped)s, when the firm had no policy.", shipped=shipped),
        "credit_term_too_long": _(
            "Shipped on %(shipped)s and due on %(due)s: the credit term is longer than one year.",
            shipped=shipped,
            due=due,
        ),
        "not_own_declaration": _("The firm did not declare these goods to customs itself."),
        "not_shipped": _(
            "The goods leave on %(shipped)s only. What is not shipped yet is not covered: keep it back.",
            shipped=shipped,
        ),
    }[code]
