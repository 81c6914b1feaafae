"""The accounts of the ledger and the recipe of every movement: which lines it gives. Pure, and always balanced.

A debit is positive, a credit negative. The book is the underwriter's, kept per policy, obligor and claim:

| account | + (debit) | − (credit) | what its balance says |
|---|---|---|---|
| indemnity | approved | reversed or clawed back | the indemnity that stands; it uses the room under the cap |
| payable | paid, set off, reversed before payment | approved | −: still to be paid |
| bank | money came in | money went out | what has passed through the paying bank |
| owed_by_firm | reversed or clawed back after payment | paid back, set off | the firm has to pay it back |
| recovered | a recovery reversed | the underwriter's share | −: what recoveries brought the underwriter |
| firm_share | a recovery reversed | the firm's share | −: what recoveries brought the firm |
| costs | a recovery reversed | costs taken off first | −: what getting the money back cost |
| with_firm | underwriter's share the firm received | remitted | the firm has to remit it; below 0: too much |
| kept_by_firm | own share and costs, received or paid out | a recovery reversed | what the firm has of its own |
| over_cap | an excess was waived | the waiver lapsed | indemnity that stands above the cap, by a decision |
| waived | the waiver lapsed | an excess was waived | the other side of over_cap; no money moves |

So a recovery's credits (recovered, firm_share, costs) say whose the money is and add up to the whole of it, its
debits (bank, with_firm, kept_by_firm) say where it is. Recoveries never touch `indemnity`: they refill no room.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from portal.scheme.money import Money


class Account(StrEnum):
    """What a line is booked on; the table above says what each means."""

    INDEMNITY = "indemnity"
    PAYABLE = "payable"
    BANK = "bank"
    OWED_BY_FIRM = "owed_by_firm"
    RECOVERED = "recovered"
    FIRM_SHARE = "firm_share"
    COSTS = "costs"
    WITH_FIRM = "with_firm"
    KEPT_BY_FIRM = "kept_by_firm"
    OVER_CAP = "over_cap"
    WAIVED = "waived"


class Kind(StrEnum):
    """What an entry is."""

    APPROVAL = "approval"
    REVERSAL = "reversal"
    CLAW_BACK = "claw_back"
    WAIVER = "waiver"
    WAIVER_LAPSED = "waiver_lapsed"  # the excess it was given for shrank or went
    PAYMENT = "payment"
    PAYMENT_FAILED = "payment_failed"  # the bank gave back what it had paid
    SET_OFF = "set_off"
    REPAYMENT = "repayment"
    RECOVERY = "recovery"
    RECOVERY_REVERSAL = "recovery_reversal"
    REMITTANCE = "remittance"  # the underwriter's share arrived
    PAY_OUT = "pay_out"  # the firm's share went out


class Held(StrEnum):
    """Who received a recovery from the obligor."""

    FIRM = "firm"
    UNDERWRITER = "underwriter"


class Place(NamedTuple):
    """What a movement is about: the policy, the obligor as the claim names it, the claim."""

    policy_id: str
    obligor_id: str
    claim_id: str


class LineInput(NamedTuple):
    """One side of an entry to be made: debit positive, credit negative, in whole cents."""

    account: str
    amount: Money
    policy_id: str
    obligor_id: str
    claim_id: str


class NegativeMovement(ValueError):
    """A movement of less than nothing: the opposite movement has a recipe of its own."""


def approval_lines(place: Place, indemnity: Money) -> list[LineInput]:
    """An indemnity was approved: it stands, and is to be paid. An indemnity of nothing is on record as well."""
    return _lines(place, [(Account.INDEMNITY, indemnity)], [(Account.PAYABLE, indemnity)])


def reversal_lines(place: Place, amount: Money, unpaid: Money) -> list[LineInput]:
    """An approved indemnity, or a part of it, no longer stands; `unpaid` is what is still payable of the claim.

    What was not paid yet is payable no more, what was paid the firm owes. A claw back is the same movement.
    """
    _not_negative(unpaid)
    not_paid = min(amount, unpaid)
    debits = [(Account.PAYABLE, not_paid), (Account.OWED_BY_FIRM, amount - not_paid)]
    return _lines(place, debits, [(Account.INDEMNITY, amount)])


def payment_lines(place: Place, amount: Money) -> list[LineInput]:
    """The bank paid the firm, or the bank that its proceeds are assigned to."""
    return _lines(place, [(Account.PAYABLE, amount)], [(Account.BANK, amount)])


def payment_failed_lines(place: Place, amount: Money) -> list[LineInput]:
    """What had been paid came back from the payee's bank: it is to be paid again."""
    return _lines(place, [(Account.BANK, amount)], [(Account.PAYABLE, amount)])


def set_off_lines(place: Place, amount: Money) -> list[LineInput]:
    """What is payable on a claim meets what the firm owes on the same claim; no money moves."""
    return _lines(place, [(Account.PAYABLE, amount)], [(Account.OWED_BY_FIRM, amount)])


def repayment_lines(place: Place, amount: Money) -> list[LineInput]:
    """The firm paid back what it owed after a reversal or a claw back."""
    return _lines(place, [(Account.BANK, amount)], [(Account.OWED_BY_FIRM, amount)])


def recovery_lines(place: Place, held: Held, underwriter: Money, firm: Money, costs: Money) -> list[LineInput]:
    """The obligor paid after approval. The two shares and the costs that were taken off are the whole sum.

    Received by the firm, it keeps its share and its costs and has to remit the underwriter's; received by the
    underwriter, who bore the costs then, the firm's share is to be paid out.
    """
    credits = [(Account.RECOVERED, underwriter), (Account.FIRM_SHARE, firm), (Account.COSTS, costs)]
    if held is Held.FIRM:
        return _lines(place, [(Account.WITH_FIRM, underwriter), (Account.KEPT_BY_FIRM, firm + costs)], credits)
    return _lines(place, [(Account.BANK, underwriter + firm + costs)], credits)


def remittance_lines(place: Place, amount: Money) -> list[LineInput]:
    """The firm remitted the underwriter's share of a recovery that it had received."""
    return _lines(place, [(Account.BANK, amount)], [(Account.WITH_FIRM, amount)])


def pay_out_lines(place: Place, amount: Money) -> list[LineInput]:
    """The firm's share of a recovery that the underwriter had received was paid out to it."""
    return _lines(place, [(Account.KEPT_BY_FIRM, amount)], [(Account.BANK, amount)])


def waiver_lines(place: Place, excess: Money) -> list[LineInput]:
    """An excess over the cap, brought to light by a merge, is left as it is, with a reason and by two people."""
    return _lines(place, [(Account.OVER_CAP, excess)], [(Account.WAIVED, excess)])


def lapse_lines(place: Place, amount: Money) -> list[LineInput]:
    """So much of a waiver no longer holds: what it was given for does not stand above the cap any more."""
    return _lines(place, [(Account.WAIVED, amount)], [(Account.OVER_CAP, amount)])


def mirrored(lines: Iterable[LineInput]) -> list[LineInput]:
    """The same lines on the other side: what reverses an entry as a whole."""
    return [one._replace(amount=_zero(one.amount) - one.amount) for one in lines]


def _lines(
    place: Place, debits: list[tuple[Account, Money]], credits: list[tuple[Account, Money]]
) -> list[LineInput]:
    """The lines of a movement, those of nothing left out unless the whole movement is of nothing."""
    both = [(account, amount, amount) for account, amount in debits]
    both += [(account, amount, _zero(amount) - amount) for account, amount in credits]
    for _account, amount, _signed in both:
        _not_negative(amount)
    moved = [one for one in both if one[1].amount] or [both[0], both[len(debits)]]
    return [LineInput(account, signed, *place) for account, _amount, signed in moved]


def _zero(like: Money) -> Money:
    return Money.from_minor(0, like.currency)


def _not_negative(amount: Money) -> None:
    if amount.amount < 0:
        raise NegativeMovement(f"a movement of {amount}")
