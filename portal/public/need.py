"""Do I need it? What a bad year could cost a firm without cover, and what the scheme would pay of it.

An estimate from what the firm types, nothing else: no rating of countries or buyers, and nothing is kept.
"""

from decimal import Decimal
from typing import NamedTuple

from portal.scheme.money import Money
from portal.scheme.terms import TermsOnDate

PERCENT = Decimal(100)
WHOLE = Decimal(100)


class Need(NamedTuple):
    """The answer: `verdict` is `cannot_join`, `little`, `some` or `much`; amounts are of a year, to the cent.

    `at_risk` is what buyers owe after shipment in a year, `lost` the part that the firm says goes bad, `paid`
    what the scheme would pay of it (the ratio, at most the cap for one buyer), `biggest` the largest single
    loss that the cap still covers in full.
    """

    verdict: str
    at_risk: Money
    lost: Money
    paid: Money
    borne: Money
    biggest: Money


def assess(held: TermsOnDate, exports: Decimal, open_account: Decimal, bad_debt: Decimal, countries: int) -> Need:
    """Judge by a year's exports (in the scheme's currency), the share sold on open account and the share lost.

    Shares are percentages from 0 to 100. All bad debt is taken as one buyer's, the worst case for the cap.
    """
    currency = held.cap.currency
    at_risk = Money(exports * open_account / PERCENT, currency).round_half_up()
    lost = Money(at_risk.amount * bad_debt / PERCENT, currency).round_half_up()
    paid = min(Money(lost.amount * held.indemnity_ratio, currency), held.obligor_cap).round_half_up()
    biggest = Money(held.obligor_cap.amount / held.indemnity_ratio, currency).round_half_up()
    if exports > held.cap.amount:
        verdict = "cannot_join"
    elif open_account == 0:
        verdict = "little"
    elif open_account * 2 >= WHOLE or bad_debt > 0 or countries == 1:
        verdict = "much"
    else:
        verdict = "some"
    return Need(verdict, at_risk, lost, paid, lost - paid, biggest)
