"""Every movement balances, whatever its amounts, and a mirrored one undoes it."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.ledger import accounts
from portal.ledger.accounts import Account, Held, LineInput, NegativeMovement, Place
from portal.scheme.money import Money

PLACE = Place("policy", "obligor", "claim")
ANY_MACHINE = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # how busy it is proves nothing
CENTS = st.integers(min_value=0, max_value=10**14).map(lambda minor: Money.from_minor(minor, "USD"))


def sums(lines: list[LineInput]) -> Counter[str]:
    """What each account gets, in cents."""
    found: Counter[str] = Counter()
    for one in lines:
        found[one.account] += one.amount.minor
    return found


@ANY_MACHINE
@given(amount=CENTS, unpaid=CENTS, firm=CENTS, costs=CENTS, held=st.sampled_from(Held))
def test_every_recipe_balances_and_is_undone_by_its_mirror(
    amount: Money, unpaid: Money, firm: Money, costs: Money, held: Held
) -> None:
    for lines in (
        accounts.approval_lines(PLACE, amount),
        accounts.reversal_lines(PLACE, amount, unpaid),
        accounts.payment_lines(PLACE, amount),
        accounts.payment_failed_lines(PLACE, amount),
        accounts.set_off_lines(PLACE, amount),
        accounts.repayment_lines(PLACE, amount),
        accounts.recovery_lines(PLACE, held, amount, firm, costs),
        accounts.remittance_lines(PLACE, amount),
        accounts.pay_out_lines(PLACE, amount),
        accounts.waiver_lines(PLACE, amount),
    ):
        assert len(lines) >= 2
        assert sum(sums(lines).values()) == 0
        assert sum(sums([*lines, *accounts.mirrored(lines)]).values()) == 0
        assert not any(sums([*lines, *accounts.mirrored(lines)]).values())


@ANY_MACHINE
@given(amount=CENTS, unpaid=CENTS)
def test_a_reversal_takes_back_what_is_payable_first_and_the_firm_owes_the_rest(
    amount: Money, unpaid: Money
) -> None:
    found = sums(accounts.reversal_lines(PLACE, amount, unpaid))
    assert found[Account.INDEMNITY] == -amount.minor
    assert found[Account.PAYABLE] == min(amount, unpaid).minor
    assert found[Account.OWED_BY_FIRM] == max(0, amount.minor - unpaid.minor)


@ANY_MACHINE
@given(underwriter=CENTS, firm=CENTS, costs=CENTS, held=st.sampled_from(Held))
def test_a_recovery_never_touches_the_indemnity_and_its_credits_are_the_whole_of_it(
    underwriter: Money, firm: Money, costs: Money, held: Held
) -> None:
    found = sums(accounts.recovery_lines(PLACE, held, underwriter, firm, costs))
    whole = underwriter.minor + firm.minor + costs.minor
    assert Account.INDEMNITY not in found
    assert found[Account.RECOVERED] + found[Account.FIRM_SHARE] + found[Account.COSTS] == -whole
    assert found[Account.WITH_FIRM] == (underwriter.minor if held is Held.FIRM else 0)


def test_a_movement_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(NegativeMovement):
        accounts.payment_lines(PLACE, Money.of("-0.01", "USD"))
