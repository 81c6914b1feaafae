"""Recoveries: costs first, shares that add up to the cent, invoice by invoice and claim by claim."""

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.recovery import (
    ClaimBasis,
    OpenInvoice,
    Part,
    Shares,
    allocate_recovery,
    is_recovery,
    share,
    share_recovery,
    split,
)
from portal.scheme.worksheet import recalculated
from tests.scheme.claims_invented import ARTICLES, cents, usd
from tests.scheme.invented import CASES

EXAMPLES = tomllib.loads((CASES / "recoveries.toml").read_text(encoding="utf-8"))["case"]
JUNE, JULY, AUGUST = date(2022, 6, 30), date(2022, 7, 31), date(2022, 8, 31)
NONE = usd("0.00")
HALF = ClaimBasis(usd("50000.00"), usd("100000.00"))
FULL = ClaimBasis(usd("8000.00"), usd("10000.00"))
amounts = st.integers(0, 10_000_000)


def open_invoice(key: str, owed: str, recognised: str, claim: str | None, due_on: date = JULY) -> OpenInvoice:
    return OpenInvoice(key, due_on, usd(owed), usd(recognised), claim)


def total(shares: Shares) -> Money:
    return shares.costs_taken + shares.underwriter + shares.firm


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["name"])
def test_a_recovery_is_shared_as_its_case_says(case: dict[str, Any]) -> None:
    given_ = ("recovered", "costs", "shortfall_before", "indemnity", "loss")
    recovered, costs, shortfall, indemnity, loss = (usd(case.get(name, "0.00")) for name in given_)
    found = share(recovered, costs, shortfall, indemnity, loss, ARTICLES)
    for name in ("costs_taken", "underwriter", "firm", "shortfall_after"):
        if name in case:
            assert getattr(found, name) == usd(case[name]), name
    assert total(found) == usd(case["recovered"])
    assert recalculated(found.worksheet) == found.worksheet


def test_money_is_a_recovery_from_the_day_of_approval_on_and_a_payment_before() -> None:
    approved = date(2023, 2, 8)
    days = [approved + timedelta(days=n) for n in (-1, 0, 1)]
    assert [is_recovery(day, approved) for day in days] == [False, True, True]
    assert not is_recovery(approved, None)


def test_a_recovery_goes_to_the_named_invoice_else_to_the_oldest_due_date_covered_or_not() -> None:
    invoices = [
        open_invoice("late", "500.00", "500.00", "C2", AUGUST),
        open_invoice("uninsured", "300.00", "0.00", None, JUNE),
        open_invoice("early", "400.00", "400.00", "C1", JULY),
    ]
    assert allocate_recovery(usd("600.00"), None, invoices) == (
        Part("uninsured", None, usd("300.00")),
        Part("early", "C1", usd("300.00")),
    )
    assert allocate_recovery(usd("600.00"), "late", invoices) == (
        Part("late", "C2", usd("500.00")),
        Part("uninsured", None, usd("100.00")),
    )


def test_what_was_not_recognised_of_an_invoice_and_what_nobody_owes_is_uninsured() -> None:
    found = allocate_recovery(usd("1200.00"), None, [open_invoice("a", "1000.00", "600.00", "C1")])
    assert found == (
        Part("a", "C1", usd("600.00")),
        Part("a", None, usd("400.00")),
        Part(None, None, usd("200.00")),
    )


def test_a_recovery_over_two_claims_and_an_uninsured_part_adds_up() -> None:
    parts = [Part("a", "C1", usd("1000.00")), Part("b", "C2", usd("1000.00")), Part("c", None, usd("1000.00"))]
    found = share_recovery(parts, usd("100.00"), NONE, {"C1": HALF, "C2": FULL}, ARTICLES)
    assert [found[claim].costs_taken.text for claim in ("C1", "C2", None)] == ["33.34", "33.33", "33.33"]
    assert (found["C1"].underwriter, found["C2"].underwriter) == (usd("483.33"), usd("773.34"))
    assert (found[None].underwriter, found[None].firm) == (NONE, usd("966.67"))
    assert total(found["C1"]) + total(found["C2"]) + total(found[None]) == usd("3000.00")


def test_several_invoices_of_a_claim_are_one_part_of_it() -> None:
    parts = [Part("a", "C1", usd("600.00")), Part("b", "C1", usd("400.00"))]
    found = share_recovery(parts, NONE, NONE, {"C1": HALF}, ARTICLES)
    assert (found["C1"].underwriter, found["C1"].firm) == (usd("500.00"), usd("500.00"))


def test_a_shortfall_is_carried_until_a_later_recovery_bears_it() -> None:
    first = share(usd("300.00"), usd("1000.00"), NONE, FULL.indemnity, FULL.recognised_loss, ARTICLES)
    second = share(
        usd("500.00"), usd("50.00"), first.shortfall_after, FULL.indemnity, FULL.recognised_loss, ARTICLES
    )
    third = share(usd("500.00"), NONE, second.shortfall_after, FULL.indemnity, FULL.recognised_loss, ARTICLES)
    assert [one.shortfall_after.text for one in (first, second, third)] == ["700.00", "250.00", "0.00"]
    assert (third.underwriter, third.firm) == (usd("200.00"), usd("50.00"))


def test_an_indemnity_that_rounding_lifted_above_a_loss_of_less_than_a_cent_takes_no_more_than_there_is() -> None:
    found = share(usd("0.01"), NONE, NONE, usd("0.01"), Money.of("0.00625", "USD"), ARTICLES)
    assert (found.underwriter, found.firm) == (usd("0.01"), NONE)


@pytest.mark.parametrize(
    ("parts", "costs", "shortfall", "message"),
    [
        ([], NONE, NONE, "has a part"),
        ([Part("a", "C1", usd("1.00"))], usd("-0.01"), NONE, "below zero"),
        ([Part("a", "C1", usd("1.00"))], NONE, usd("-0.01"), "below zero"),
        ([Part("a", "C1", usd("-1.00"))], NONE, NONE, "below zero"),
        ([Part("a", "C1", usd("0.001"))], NONE, NONE, "whole number of cents"),
    ],
)
def test_a_recovery_that_cannot_be_is_refused(
    parts: list[Part], costs: Money, shortfall: Money, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        share_recovery(parts, costs, shortfall, {"C1": HALF}, ARTICLES)


def test_an_indemnity_above_the_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="for a loss of"):
        share(usd("10.00"), NONE, NONE, usd("10.01"), usd("10.00"), ARTICLES)


def test_currencies_of_a_recovery_never_mix() -> None:
    euro = Money.of("10.00", "EUR")
    with pytest.raises(CurrencyMismatch):
        allocate_recovery(euro, None, [open_invoice("a", "1.00", "1.00", "C1")])
    with pytest.raises(CurrencyMismatch):
        share_recovery([Part("a", "C1", euro)], NONE, NONE, {"C1": HALF}, ARTICLES)
    with pytest.raises(ValueError, match="not there"):
        allocate_recovery(usd("1.00"), "b", [open_invoice("a", "1.00", "1.00", "C1")])


@given(amounts, amounts, amounts, amounts, st.integers(0, 100))
def test_shares_and_costs_always_add_up_to_the_recovery(
    recovered: int, costs: int, shortfall: int, loss: int, percent: int
) -> None:
    indemnity = cents(loss * percent // 100)
    found = share(cents(recovered), cents(costs), cents(shortfall), indemnity, cents(loss), ARTICLES)
    assert total(found) == cents(recovered)
    assert found.costs_taken + found.shortfall_after == cents(costs + shortfall)
    assert NONE <= found.underwriter <= cents(recovered) - found.costs_taken
    assert found.firm >= NONE


bases = st.tuples(st.integers(1, 10_000_000), st.integers(0, 80)).map(
    lambda pair: ClaimBasis(cents(pair[0] * pair[1] // 100), cents(pair[0]))
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["C1", "C2", "C3", None]), st.integers(1, 9_999_999)), min_size=1, max_size=6
    ),
    amounts,
    amounts,
    st.fixed_dictionaries({"C1": bases, "C2": bases, "C3": bases}),
)
def test_a_recovery_over_many_claims_adds_up_with_its_costs_and_what_they_leave(
    parts: list[tuple[str | None, int]], costs: int, shortfall: int, claims: dict[str, ClaimBasis]
) -> None:
    made = [Part(str(number), claim, cents(minor)) for number, (claim, minor) in enumerate(parts)]
    found = share_recovery(made, cents(costs), cents(shortfall), claims, ARTICLES)
    recovered = sum(minor for _claim, minor in parts)
    assert sum(total(one).minor for one in found.values()) == recovered
    assert sum(one.costs_taken.minor for one in found.values()) == min(recovered, costs + shortfall)
    assert sum(one.shortfall_after.minor for one in found.values()) == max(costs + shortfall - recovered, 0)
    assert all(min(one.underwriter.minor, one.firm.minor) >= 0 for one in found.values())


@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 1_000_000), min_size=1, max_size=8))
def test_cents_are_split_without_a_rest_and_never_a_cent_off_the_proportion(
    total: int, weights: list[int]
) -> None:
    found = split(total, weights)
    assert sum(found) == total
    whole = sum(weights)
    if whole:
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(found, weights, strict=True))


@given(
    st.lists(
        st.tuples(st.integers(1, 100_000), st.integers(0, 100), st.sampled_from(["C1", "C2"])),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 1_000_000),
    st.integers(0, 5),
)
def test_a_recovery_is_laid_out_whole_and_no_invoice_takes_more_than_it_is_owed(
    raw: list[tuple[int, int, str]], recovered: int, named: int
) -> None:
    invoices = [
        OpenInvoice(
            str(number), JULY + timedelta(days=number % 3), cents(owed), cents(owed * percent // 100), claim
        )
        for number, (owed, percent, claim) in enumerate(raw)
    ]
    parts = allocate_recovery(cents(recovered), str(named) if named < len(raw) else None, invoices)
    assert sum(part.amount.minor for part in parts) == recovered
    for invoice in invoices:
        mine = [part for part in parts if part.invoice == invoice.key]
        assert sum(part.amount.minor for part in mine) <= invoice.owed.minor
        assert sum(part.amount.minor for part in mine if part.claim) <= invoice.recognised.minor
