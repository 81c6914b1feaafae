"""Exact amounts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.money import CurrencyMismatch, Money

cents = st.integers(-(10**15), 10**15)


def test_three_times_ten_cents_is_exactly_thirty() -> None:
    ten = Money.of("0.10", "USD")
    assert ten + ten + ten == Money.of("0.30", "USD")


@given(cents, cents)
def test_adding_and_taking_away_are_exact(a: int, b: int) -> None:
    left, right = Money.from_minor(a, "USD"), Money.from_minor(b, "USD")
    assert (left + right).minor == a + b
    assert (left - right).minor == a - b
    assert (left < right, left <= right, left > right, left >= right) == (a < b, a <= b, a > b, a >= b)


@given(cents)
def test_an_amount_survives_text(amount: int) -> None:
    money = Money.from_minor(amount, "USD")
    assert Money.of(money.text, "USD") == money


def test_equal_amounts_have_the_same_text() -> None:
    written = [Money(Decimal(text), "USD").text for text in ("5", "5.0", "5.00", "5.000", "5E+0", "0.5E+1")]
    assert set(written) == {"5.00"}
    assert Money(Decimal("-0.00"), "USD").text == "0.00"
    assert Money(Decimal("0.01875"), "USD").text == "0.01875"
    assert Money(Decimal("1E+3"), "USD").text == "1000.00"


def test_unlike_currencies_refuse_to_mix() -> None:
    dollars, yuan = Money.of("1.00", "USD"), Money.of("1.00", "CNY")
    with pytest.raises(CurrencyMismatch):
        dollars + yuan
    with pytest.raises(CurrencyMismatch):
        dollars - yuan
    with pytest.raises(CurrencyMismatch):
        assert dollars < yuan
    assert dollars != yuan


@pytest.mark.parametrize("wrong", [1.5, "1.00", 1])
def test_only_a_decimal_is_an_amount(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money(wrong, "USD")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("wrong", [1.5, True, "100"])
def test_minor_units_are_whole_numbers(wrong: object) -> None:
    with pytest.raises(TypeError):
        Money.from_minor(wrong, "USD")  # type: ignore[arg-type]  # the point of the test


def test_money_does_not_mix_with_bare_numbers() -> None:
    with pytest.raises(TypeError):
        Money.of("1.00", "USD") + Decimal("1.00")  # type: ignore[operator]  # the point of the test


@pytest.mark.parametrize("text", ["1e309", "1,000.00", "NaN", "", " 1.00", "１.00", "0x10", "1."])
def test_text_that_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        Money.of(text, "USD")


def test_a_float_is_not_read_as_text() -> None:
    with pytest.raises(TypeError):
        Money.of(6000000.24, "USD")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("amount", ["Infinity", "NaN"])
def test_an_undefined_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        Money(Decimal(amount), "USD")


@pytest.mark.parametrize("code", ["usd", "US", "", "USD "])
def test_a_malformed_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="currency"):
        Money.of("1.00", code)


def test_fractions_of_a_cent_have_no_minor_units_until_rounded_half_up() -> None:
    with pytest.raises(ValueError, match="whole number of cents"):
        _ = Money.of("0.015", "USD").minor
    assert Money.of("0.015", "USD").round_half_up().minor == 2
    assert Money.of("0.01875", "USD").round_half_up().minor == 2
    assert Money.of("26.664", "USD").round_half_up().minor == 2666


def test_the_text_for_engineers_names_the_currency() -> None:
    assert str(Money.of("6000000", "USD")) == "USD 6000000.00"
