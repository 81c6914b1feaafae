"""The words that claims are told apart by: risks, payment terms, and the rules that the terms choose by a word."""

from enum import StrEnum


class Risk(StrEnum):
    """What happened: why the obligor does not pay (scheme: Cover, political and commercial risks [fact])."""

    BANKRUPTCY = "bankruptcy"
    PROTRACTED_DEFAULT = "protracted_default"
    REJECTION = "rejection"
    POLITICAL = "political"
    LETTER_OF_CREDIT = "letter_of_credit"


class PaymentTerm(StrEnum):
    """How a shipment was to be paid. Under a letter of credit the obligor is the issuing bank, never the buyer."""

    OPEN_ACCOUNT = "open_account"
    DOCUMENTS_AGAINST_PAYMENT = "documents_against_payment"
    DOCUMENTS_AGAINST_ACCEPTANCE = "documents_against_acceptance"
    LETTER_OF_CREDIT = "letter_of_credit"


class PaymentsGoTo(StrEnum):
    """Which invoice a payment lessens."""

    NAMED_THEN_OLDEST = "named_then_oldest"
    """The one that the payer's remittance names, else the oldest due date first, covered or not."""


class RateDay(StrEnum):
    """At the rate of which day an invoice converts."""

    DUE_OR_ASSESSMENT = "due_or_assessment"
    """Of its due date or of the assessment date, whichever is earlier."""


class LateCounts(StrEnum):
    """Which delays lower the ratio."""

    WORST_ONLY = "worst_only"


class RoomRefilledBy(StrEnum):
    """What gives room back under the cap per obligor."""

    REVERSALS = "reversals"
    """Reversing an indemnity does, a recovery does not."""


class CostsAboveRecovery(StrEnum):
    """What becomes of costs that a recovery does not cover."""

    CARRIED = "carried"
    """They come off the next recovery."""
