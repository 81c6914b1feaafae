"""The indemnity: every example of the scheme, money laid on invoices, and currencies that never mix."""

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from portal.scheme.allocation import CREDIT, PAYMENT, RESALE, InvoiceInput, MoneyIn, allocate
from portal.scheme.conversion import Rate
from portal.scheme.indemnity import Indemnity, indemnity, simple_indemnity
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.worksheet import recalculated
from tests.scheme.claims_invented import ARTICLES, CAP, RATIO, usd
from tests.scheme.invented import CASES

EXAMPLES = tomllib.loads((CASES / "indemnity.toml").read_text(encoding="utf-8"))["case"]
JUNE, JULY, AUGUST = date(2022, 6, 30), date(2022, 7, 31), date(2022, 8, 31)
EUR_RATE = Rate("EUR", "USD", date(2022, 7, 29), Decimal("1.0198"))


def invoice(key: str, recognised: str, due_on: date = JULY, owed: str | None = None) -> InvoiceInput:
    return InvoiceInput(key, f"INV-{key}", usd(recognised), due_on, None, usd(owed) if owed else None)


def paid(key: str, amount: str, named: str | None = None, kind: str = PAYMENT) -> MoneyIn:
    return MoneyIn(key, kind, named, AUGUST, usd(amount))


def judged(
    invoices: list[InvoiceInput], money: list[MoneyIn], late: int = 0, approved: str = "0.00", back: str = "0.00"
) -> Indemnity:
    return indemnity(invoices, money, RATIO, late, CAP, usd(approved), usd(back), ARTICLES)


def line(result: Indemnity, key: str) -> str:
    value = next(step.value for step in result.worksheet if step.key == key)
    return value.text if isinstance(value, Money) else str(value)


def laid(invoices: list[InvoiceInput], money: list[MoneyIn]) -> dict[tuple[str, str], str]:
    return {(piece.money, piece.invoice): piece.amount.text for piece in allocate(invoices, money).pieces}


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["name"])
def test_an_example_gives_what_the_scheme_says(case: dict[str, Any]) -> None:
    given = {kind: list(map(usd, case.get(kind, []))) for kind in ("invoices", "payments", "resale", "credits")}
    already = usd(case.get("already", "0.00"))
    result = simple_indemnity(**given, already=already, ratio=RATIO, cap=CAP, articles=ARTICLES)
    found = {
        "loss": result.recognised_loss.text,
        "before_cap": result.before_cap.text,
        "room": result.room.text,
        "indemnity": result.indemnity.text,
    }
    wanted = {name: case[name] for name in found if name in case}
    assert {name: found[name] for name in wanted} == wanted
    assert recalculated(result.worksheet) == result.worksheet


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda case: case["name"])
def test_an_example_gives_the_same_invoice_by_invoice(case: dict[str, Any]) -> None:
    """With all the money on one invoice the way over single invoices must come to the same indemnity."""
    total = sum((Decimal(amount) for amount in case["invoices"]), Decimal(0))
    money = [
        paid(f"{kind} {number}", amount, "1", kind)
        for kind, name in ((PAYMENT, "payments"), (RESALE, "resale"), (CREDIT, "credits"))
        for number, amount in enumerate(case.get(name, []))
    ]
    result = judged([invoice("1", str(total))], money, approved=case.get("already", "0.00"))
    assert result.indemnity.text == case["indemnity"]


def test_the_worksheet_has_the_ten_lines_of_the_picture_and_the_result() -> None:
    result = judged(
        [invoice("014", "46400.00"), invoice("009", "37100.00", owed="39600.00")],
        [paid("p", "9000.00", "014"), paid("r", "4500.00", "009", RESALE)],
    )
    main = ("invoices", "payments", "resale", "credits", "loss", "ratio", "before_cap", "cap", "approved", "room")
    assert [line(result, key) for key in main] == [
        "83500.00", "9000.00", "4500.00", "0.00", "70000.00", "0.80", "56000.00", "50000.00", "0.00", "50000.00",
    ]  # fmt: skip
    assert result.indemnity == usd("50000.00")


def test_a_reversal_gives_room_back_and_stands_in_the_worksheet() -> None:
    result = judged([invoice("1", "40000.00")], [], approved="50000.00", back="20000.00")
    assert (result.room, result.indemnity) == (usd("20000.00"), usd("20000.00"))
    assert (line(result, "reversed"), line(result, "standing")) == ("20000.00", "30000.00")


def test_being_late_lowers_the_ratio_and_never_below_zero() -> None:
    assert judged([invoice("1", "10000.00")], [], late=10).indemnity == usd("7000.00")
    assert judged([invoice("1", "10000.00")], [], late=30).indemnity == usd("5000.00")
    assert judged([invoice("1", "10000.00")], [], late=90).indemnity == usd("0.00")


def test_a_payment_goes_to_the_invoice_that_the_remittance_names() -> None:
    invoices = [invoice("old", "1000.00", JUNE), invoice("new", "1000.00", AUGUST)]
    assert laid(invoices, [paid("p", "400.00", "new")]) == {("p", "new"): "400.00"}


def test_without_a_name_it_goes_to_the_oldest_due_date_covered_or_not() -> None:
    outside, inside = invoice("out", "0.00", JUNE, owed="600.00"), invoice("in", "1000.00", JULY)
    assert laid([inside, outside], [paid("p", "900.00")]) == {("p", "out"): "600.00", ("p", "in"): "300.00"}
    assert judged([inside, outside], [paid("p", "900.00")]).recognised_loss == usd("700.00")


def test_what_a_named_invoice_does_not_owe_goes_on_to_the_oldest_due_date() -> None:
    invoices = [invoice("b", "1000.00", JULY), invoice("a", "1000.00", JUNE), invoice("c", "100.00", AUGUST)]
    assert laid(invoices, [paid("p", "1500.00", "c")]) == {
        ("p", "c"): "100.00",
        ("p", "a"): "1000.00",
        ("p", "b"): "400.00",
    }


def test_resale_and_credits_stay_on_their_own_invoice() -> None:
    invoices = [invoice("a", "1000.00", JUNE), invoice("b", "1000.00", JULY)]
    money = [paid("r", "1300.00", "a", RESALE), paid("c", "50.00", "b", CREDIT)]
    found = allocate(invoices, money)
    assert found.surplus == {"r": usd("300.00")}
    assert judged(invoices, money).recognised_loss == usd("950.00")


def test_money_that_nobody_owes_is_told_and_lessens_nothing() -> None:
    found = allocate([invoice("a", "100.00")], [paid("p", "150.00"), paid("q", "10.00")])
    assert found.surplus == {"p": usd("50.00"), "q": usd("10.00")}


def test_the_order_in_which_money_is_entered_changes_nothing() -> None:
    invoices = [invoice("a", "1000.00", JUNE), invoice("b", "1000.00", JULY), invoice("c", "0.00", JUNE, "500.00")]
    money = [paid("1", "700.00"), paid("2", "900.00", "b"), paid("3", "250.00", "a", RESALE), paid("4", "300.00")]
    assert judged(invoices, money) == judged(invoices, money[::-1])


def test_a_notice_under_two_policies_counts_each_sum_once() -> None:
    first, second = invoice("2022", "1000.00", JUNE), invoice("2023", "2000.00", JULY)
    money = [paid("p", "1500.00")]
    under_first = judged([first, replace(second, recognised=usd("0.00"), owed=usd("2000.00"))], money)
    under_second = judged([replace(first, recognised=usd("0.00"), owed=usd("1000.00")), second], money)
    assert (line(under_first, "payments"), line(under_second, "payments")) == ("1000.00", "500.00")
    assert under_first.recognised_loss + under_second.recognised_loss == usd("1500.00")


def test_money_on_a_reduced_invoice_lessens_no_more_than_was_recognised() -> None:
    result = judged([invoice("a", "600.00", owed="1000.00")], [paid("p", "800.00")])
    assert (line(result, "payments"), result.recognised_loss.text) == ("600.00", "0.00")


def test_an_invoice_and_its_money_convert_at_one_rate() -> None:
    foreign = InvoiceInput("e", "E-1", Money.of("1000.00", "EUR"), JULY, EUR_RATE)
    money = [MoneyIn("p", PAYMENT, "e", AUGUST, Money.of("250.00", "EUR"))]
    result = judged([foreign, invoice("a", "100.00")], money)
    assert result.recognised_loss == Money(Decimal("750") * Decimal("1.0198") + 100, "USD")
    rate = next(step for step in result.worksheet if step.code == "rate")
    assert (rate.parameter("day"), rate.parameter("currency"), rate.parameter("into")) == (
        "2022-07-29",
        "EUR",
        "USD",
    )


def test_half_a_cent_of_a_conversion_is_rounded_once_at_the_end() -> None:
    foreign = InvoiceInput("e", "E-1", Money.of("0.01", "EUR"), JULY, Rate("EUR", "USD", JULY, Decimal("1.875")))
    result = judged([foreign], [])
    assert (result.recognised_loss.text, result.indemnity.text) == ("0.01875", "0.02")


def test_an_invoice_without_a_rate_is_an_error_and_never_taken_at_one() -> None:
    with pytest.raises(CurrencyMismatch, match="no rate of EUR into USD"):
        judged([InvoiceInput("e", "E-1", Money.of("1000.00", "EUR"), JULY)], [])
    wrong = InvoiceInput("e", "E-1", Money.of("1000.00", "GBP"), JULY, EUR_RATE)
    with pytest.raises(CurrencyMismatch):
        judged([wrong], [])


def test_money_never_lessens_an_invoice_of_another_currency() -> None:
    foreign = InvoiceInput("e", "E-1", Money.of("100.00", "EUR"), JUNE, EUR_RATE)
    found = allocate([foreign, invoice("a", "100.00")], [paid("p", "150.00")])
    assert {piece.invoice for piece in found.pieces} == {"a"}
    assert found.surplus == {"p": usd("50.00")}
    with pytest.raises(CurrencyMismatch, match="for an invoice in EUR"):
        allocate([foreign], [paid("p", "10.00", "e")])
    with pytest.raises(CurrencyMismatch, match="no invoice is in USD"):
        allocate([foreign], [paid("p", "10.00")])


@pytest.mark.parametrize(
    ("invoices", "money", "message"),
    [
        ([invoice("a", "1.00"), invoice("a", "2.00")], [], "stands twice"),
        ([invoice("a", "1.00")], [paid("p", "1.00"), paid("p", "1.00")], "stands twice"),
        ([invoice("a", "1.00")], [paid("p", "1.00", "b")], "names the invoice b, which is not there"),
        ([invoice("a", "1.00")], [paid("p", "-1.00")], "USD -1.00 of kind payment"),
        ([invoice("a", "1.00")], [paid("p", "1.00", "a", "gift")], "of kind gift"),
        ([invoice("a", "1.00")], [paid("p", "1.00", None, RESALE)], "resale p names no invoice"),
        ([invoice("a", "2.00", owed="1.00")], [], "USD 2.00 recognised of USD 1.00 owed on a"),
        ([invoice("a", "-1.00")], [], "USD -1.00 recognised"),
    ],
)
def test_what_cannot_be_laid_is_refused(invoices: list[InvoiceInput], money: list[MoneyIn], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        allocate(invoices, money)


def test_a_ratio_cap_or_reversal_that_cannot_be_is_refused() -> None:
    invoices = [invoice("a", "1.00")]
    with pytest.raises(ValueError, match="ratio"):
        indemnity(invoices, [], Decimal("1.1"), 0, CAP, usd("0.00"), usd("0.00"), ARTICLES)
    with pytest.raises(ValueError, match="whole number of cents"):
        indemnity(invoices, [], RATIO, 0, usd("50000.005"), usd("0.00"), usd("0.00"), ARTICLES)
    with pytest.raises(ValueError, match="reversed"):
        judged(invoices, [], approved="10.00", back="10.01")
    with pytest.raises(ValueError, match="below zero"):
        simple_indemnity([usd("-1.00")], [], [], [], usd("0.00"), RATIO, CAP, ARTICLES)


def test_every_line_names_its_article_and_whether_it_is_provisional() -> None:
    result = judged([invoice("a", "1000.00")], [paid("p", "10.00")], late=10)
    assert all(step.article.startswith("统保方案（厦门，2022–2023）·") for step in result.worksheet)
    provisional = {step.code for step in result.worksheet if step.provisional}
    assert provisional == {"payment", "late", "ratio_left", "cap", "approved"}
