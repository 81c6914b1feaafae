"""A worksheet in words: one set of lines in either language, and each rule names the lines it uses."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from portal.claims.worksheet_words import LABELS, lines
from portal.scheme import indemnity as indemnities
from portal.scheme import recovery as recoveries
from portal.scheme.allocation import PAYMENT, RESALE, InvoiceInput, MoneyIn
from portal.scheme.conversion import Rate
from portal.scheme.indemnity import indemnity
from portal.scheme.money import Money
from portal.scheme.recovery import share
from portal.scheme.worksheet import Worksheet
from tests.scheme.claims_invented import ARTICLES, CAP, RATIO, usd

JULY = date(2022, 7, 31)
NBSP = "\u00a0"


@pytest.fixture
def worksheet() -> Worksheet:
    rate = Rate("EUR", "USD", date(2022, 7, 29), Decimal("1.0198"))
    invoices = [
        InvoiceInput("1", "INV-014", usd("46400.00"), JULY),
        InvoiceInput("2", "INV-009", Money.of("1000.33", "EUR"), JULY, rate),
    ]
    money = [
        MoneyIn("p", PAYMENT, "1", JULY, usd("9000.00")),
        MoneyIn("r", RESALE, "2", JULY, Money.of("100.00", "EUR")),
    ]
    return indemnity(invoices, money, RATIO, 10, CAP, usd("8000.00"), usd("500.00"), ARTICLES).worksheet


def test_the_lines_say_what_they_are_and_how_they_come_about(app: Flask, worksheet: Worksheet) -> None:
    with app.test_request_context():
        shown = [(one.number, one.label, one.amount_text, one.rule) for one in lines(worksheet, "en")]
    assert shown == [
        ("1.1", "Invoice INV-014", "46,400.00", "as recognised"),
        ("1.2", "Invoice INV-009", f"EUR{NBSP}1,000.33", "as recognised"),
        (
            "1.3",
            f"Rate of 29{NBSP}Jul{NBSP}2022, EUR into USD",
            f"×{NBSP}1.0198",
            "due date or assessment date, whichever is earlier",
        ),
        ("1.4", "in the scheme’s currency", "1,020.136534", "1.2 × 1.3"),
        ("1", "Recognised invoices", "47,420.136534", "1.1, 1.4 added up"),
        ("2.1", "Paid on invoice INV-014", "−9,000.00", "named by the remittance, else the oldest due date first"),
        ("2", "Payments by the buyer", "−9,000.00", "the same as 2.1"),
        ("3.1", "Resale, invoice INV-009", f"−EUR{NBSP}100.00", "laid on its own invoice"),
        ("3.2", "in the scheme’s currency", "−101.98", "3.1 × 1.3"),
        ("3", "Resale proceeds", "−101.98", "the same as 3.2"),
        ("4", "Other credits", "0.00", "none"),
        ("5", "Recognised loss", "38,318.156534", "1 less 2, 3, 4, not below 0"),
        ("6", "Share that is paid", f"×{NBSP}80%", "by the terms"),
        ("7", "Off for being late", "−10%", "for each started period, the worst delay only"),
        ("8", "Share that is left", f"×{NBSP}70%", "6 less 7, not below 0"),
        ("9", "Before the cap", "26,822.7095738", "5 × 8"),
        ("10", "Cap per buyer or bank", "50,000.00", "by the terms"),
        ("11", "Approved in this policy year before", "−8,000.00", "for this buyer or bank, from the ledger"),
        ("12", "Of it reversed", "500.00", "for this buyer or bank, from the ledger"),
        ("13", "Approved and not reversed", "−7,500.00", "11 less 12"),
        ("14", "Room left", "42,500.00", "10 less 13, not below 0"),
        ("15", "Before rounding", "26,822.7095738", "the smaller of 9 and 14"),
        ("16", "Indemnity", "26,822.71", "15 rounded half up to the cent, only here"),
    ]


def test_in_chinese_the_same_lines_have_the_same_numbers_and_amounts(app: Flask, worksheet: Worksheet) -> None:
    with app.test_request_context():
        chinese, english = lines(worksheet, "zh"), lines(worksheet, "en")
    assert [(one.key, one.number, one.article) for one in chinese] == [
        (one.key, one.number, one.article) for one in english
    ]
    texts = {one.key: (one.label, one.amount_text, one.rule) for one in chinese}
    assert texts["loss"] == ("认定损失", "38,318.156534", "1 减 2、3、4，不低于 0")
    assert texts["ratio"] == ("赔付比例", f"×{NBSP}80{NBSP}%", "按方案")
    assert texts["indemnity"][0] == "赔款"


def test_a_result_is_strong_a_part_of_a_sum_is_a_detail_and_a_provisional_line_says_so(
    app: Flask, worksheet: Worksheet
) -> None:
    with app.test_request_context():
        shown = lines(worksheet)
    assert [one.key for one in shown if one.strong] == ["loss", "before_cap", "room", "indemnity"]
    assert {one.number for one in shown if one.detail} == {"1.1", "1.2", "1.3", "1.4", "2.1", "3.1", "3.2"}
    assert {one.key for one in shown if one.provisional} == {step.key for step in worksheet if step.provisional}
    assert all(one.article for one in shown)


def test_a_recovery_is_told_in_the_same_way(app: Flask) -> None:
    sheet = share(
        usd("1000.00"), usd("100.00"), usd("500.00"), usd("8000.00"), usd("10000.00"), ARTICLES
    ).worksheet
    with app.test_request_context():
        shown = {one.key: (one.number, one.label, one.amount_text, one.rule) for one in lines(sheet, "en")}
    assert shown["underwriter"] == (
        "9",
        "Share of the underwriter",
        "320.00",
        "6 × 7 ÷ 8, rounded half up to the cent",
    )
    assert shown["firm"] == ("10", "Share of the firm", "80.00", "6 less 9")
    assert shown["costs_taken"] == ("5", "Costs that come off", "−600.00", "the smaller of 1 and 4")


def test_every_line_that_the_rulebook_writes_has_its_words() -> None:
    told = {*LABELS, "invoice", "payment", "resale_of", "credit", "rate"}
    assert told == {*indemnities.SOURCES, *recoveries.SOURCES}


def test_what_is_converted_lessens_the_result_like_the_line_it_comes_from(app: Flask) -> None:
    due = date(2022, 7, 1)
    invoice = InvoiceInput("1", "INV-1", Money.of("1000.00", "EUR"), due, Rate("EUR", "USD", due, Decimal("1.05")))
    resold = MoneyIn("r", RESALE, "1", due, Money.of("400.00", "EUR"))
    sheet = indemnity([invoice], [resold], RATIO, 0, CAP, usd("0.00"), usd("0.00"), ARTICLES).worksheet
    with app.test_request_context("/"):
        amounts = [line.amount_text for line in lines(sheet)]
    assert "1,050.00" in amounts
    assert "\u2212420.00" in amounts
    assert "420.00" not in amounts
