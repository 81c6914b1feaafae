"""Worksheets, rates, and an assessment as bytes that replay."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.scheme.allocation import PAYMENT, InvoiceInput, MoneyIn
from portal.scheme.assessment_canonical import (
    AssessmentInputs,
    UnreadableAssessment,
    assess,
    assessment_bytes,
    inputs_from_bytes,
    replay,
    result_of,
)
from portal.scheme.conversion import NoRate, Rate, pick_rate, rate_day
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.worksheet import Operation, Sheet, evaluate, from_canonical, recalculated, to_canonical
from tests.scheme.claims_invented import ARTICLES, CAP, DAY, RATIO, usd

JULY = date(2022, 7, 31)
EUR_RATE = Rate("EUR", "USD", date(2022, 7, 29), Decimal("1.01980"))
INPUTS = AssessmentInputs(
    terms_fingerprint="a" * 64,
    claim_terms_fingerprint="b" * 64,
    judged_on=date(2023, 1, 16),
    invoices=(
        InvoiceInput("2", "INV-2207-009", usd("37100.00"), JULY, owed=usd("39600.00")),
        InvoiceInput("1", "INV-2206-014", Money.of("46400.00", "EUR"), JULY, EUR_RATE),
        InvoiceInput("3", "INV-2205-031", usd("0.00"), JULY, owed=usd("9800.00")),
    ),
    money_in=(
        MoneyIn("p", PAYMENT, None, date(2022, 10, 14), usd("10000.00")),
        MoneyIn("e", PAYMENT, "1", date(2022, 10, 20), Money.of("1000.00", "EUR")),
    ),
    ratio=RATIO,
    late_points=10,
    cap=CAP,
    approved_before=usd("8000.00"),
    reversed_before=usd("500.00"),
    articles=ARTICLES,
    facts={"claim": "C2022-00137", "lines": [["1", "accepted", None], ["2", "reduced", "short_delivery"]]},
)


def test_a_stored_assessment_gives_the_same_bytes_years_later() -> None:
    data = assessment_bytes(INPUTS)
    assert replay(data) == data
    assert result_of(data) == assess(INPUTS)
    assert inputs_from_bytes(data).facts == INPUTS.facts


def test_an_assessment_that_was_tampered_with_does_not_replay() -> None:
    data = assessment_bytes(INPUTS)
    for old, new in (
        (b'"recognised":["37100.00"', b'"recognised":["37100.01"'),
        (b'"indemnity":"', b'"indemnity":"1'),
        (b'"amount":["10000.00"', b'"amount":["10000.01"'),
    ):
        assert old in data
        assert replay(data.replace(old, new, 1)) != data.replace(old, new, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"nothing",
        b"[]",
        b'{"format":1}',
        assessment_bytes(INPUTS).replace(b'"claims-1"', b'"claims-9"'),
        assessment_bytes(INPUTS).replace(b'"format":1', b'"format":2'),
        assessment_bytes(INPUTS).replace(b'"ratio":"0.8"', b'"ratio":"most"'),
        assessment_bytes(INPUTS).replace(b'"cap":[', b'"hat":['),
    ],
)
def test_bytes_that_are_no_assessment_are_told_apart(data: bytes) -> None:
    with pytest.raises(UnreadableAssessment):
        replay(data)


def test_the_bytes_hold_the_worksheet_as_plain_values() -> None:
    content = json.loads(assessment_bytes(INPUTS))
    lines = {line["key"]: line for line in content["worksheet"]}
    assert lines["indemnity"]["value"] == content["result"]["indemnity"]
    assert (lines["rate:1"]["value"], lines["rate:1"]["currency"]) == ("1.0198", None)
    assert from_canonical(content["worksheet"]) == from_canonical(to_canonical(assess(INPUTS).worksheet))


def test_a_worksheet_is_recalculated_from_its_inputs_alone() -> None:
    sheet = assess(INPUTS).worksheet
    assert recalculated(sheet) == sheet
    wrong = tuple(replace(step, value=usd("1.00")) if step.key == "loss" else step for step in sheet)
    assert recalculated(wrong) == sheet != wrong


def test_a_line_comes_only_from_lines_before_it_and_stands_once() -> None:
    sheet = Sheet(ARTICLES, {"cap": "obligor_cap"}, "USD")
    sheet.given("cap", "cap", CAP)
    with pytest.raises(KeyError):
        sheet.computed("room", "cap", Operation.MINUS, "cap", "approved")
    with pytest.raises(ValueError, match="stands twice"):
        sheet.given("cap", "cap", CAP)


def test_amounts_and_numbers_do_not_stand_for_each_other() -> None:
    with pytest.raises(TypeError):
        evaluate(Operation.TIMES, [RATIO, CAP], "USD")
    with pytest.raises(TypeError):
        evaluate(Operation.MINUS, [CAP, RATIO], "USD")
    with pytest.raises(TypeError):
        evaluate(Operation.MINUS, [RATIO, CAP], "USD")
    with pytest.raises(CurrencyMismatch):
        evaluate(Operation.SUM, [CAP, Money.of("1.00", "EUR")], "USD")
    with pytest.raises(CurrencyMismatch):
        evaluate(Operation.PROPORTION, [CAP, Money.of("1.00", "EUR"), CAP], "USD")
    with pytest.raises(ValueError, match="computed from nothing"):
        evaluate(Operation.INPUT, [], "USD")


def test_the_rate_is_that_of_the_due_date_or_of_the_assessment_if_that_is_earlier() -> None:
    assert rate_day(JULY, date(2023, 1, 16)) == JULY
    assert rate_day(date(2023, 3, 1), date(2023, 1, 16)) == date(2023, 1, 16)


def test_a_day_without_a_rate_takes_the_last_of_seven_days_before_and_never_a_later_one() -> None:
    rates = {date(2022, 7, 24): Decimal("1.01"), date(2022, 8, 1): Decimal("1.03")}
    assert pick_rate(rates, "EUR", "USD", date(2022, 7, 31), 7) == Rate(
        "EUR", "USD", date(2022, 7, 24), Decimal("1.01")
    )
    assert pick_rate(rates, "EUR", "USD", date(2022, 8, 1), 7).value == Decimal("1.03")
    with pytest.raises(NoRate, match="no rate of EUR for 2022-07-23") as raised:
        pick_rate(rates, "EUR", "USD", date(2022, 7, 23), 7)
    assert (raised.value.currency, raised.value.day) == ("EUR", date(2022, 7, 23))


@pytest.mark.parametrize(("back", "found"), [(0, True), (7, True), (8, False)])
def test_seven_days_back_is_near_enough_and_eight_are_not(back: int, found: bool) -> None:
    rates = {date(2022, 8, 31 - back): Decimal("1.02")}
    if found:
        assert pick_rate(rates, "EUR", "USD", date(2022, 8, 31), 7).day == date(2022, 8, 31 - back)
    else:
        with pytest.raises(NoRate):
            pick_rate(rates, "EUR", "USD", date(2022, 8, 31), 7)


def test_what_is_no_rate_is_refused() -> None:
    for value in ("0", "-1.02", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="no rate of"):
            Rate("EUR", "USD", DAY, Decimal(value))
    with pytest.raises(ValueError, match="no rate of USD into USD"):
        Rate("USD", "USD", DAY, Decimal("1"))
    with pytest.raises(CurrencyMismatch):
        EUR_RATE.convert(usd("1.00"))
    assert EUR_RATE.convert(Money.of("0.01", "EUR")) == Money(Decimal("0.010198"), "USD")
