"""Which documents a claim needs, by risk and payment term, as the claim terms list them [provisional]."""

from collections.abc import Iterable
from typing import NamedTuple

from portal.scheme.claim_terms import ClaimTermsOnDate
from portal.scheme.claim_words import PaymentTerm, Risk


class DocumentItem(NamedTuple):
    """One item of the checklist; not ``needed`` is what is asked for only where there is any."""

    code: str
    needed: bool


def checklist(
    terms: ClaimTermsOnDate, risk: Risk, payment_terms: PaymentTerm | Iterable[PaymentTerm]
) -> tuple[DocumentItem, ...]:
    """The items in the order of the terms, each once: always, by risk, and by the shipments' payment terms."""
    by_term = {payment_terms} if isinstance(payment_terms, PaymentTerm) else set(payment_terms)
    codes = [*terms.documents_always, *terms.documents_by_risk[risk]]
    if risk is Risk.LETTER_OF_CREDIT or PaymentTerm.LETTER_OF_CREDIT in by_term:
        codes += terms.documents_paid_by_letter_of_credit
    return tuple(DocumentItem(code, code not in terms.documents_if_any) for code in dict.fromkeys(codes))
