"""The worksheet as a workbook: recalculated by another program, its formulas come to the portal's cent."""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import formulas
import openpyxl
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.claims.money_laid import MoneyNote
from portal.claims.worksheet_sheet import write_worksheet
from portal.scheme.allocation import CREDIT, PAYMENT, RESALE, InvoiceInput, MoneyIn
from portal.scheme.conversion import Rate
from portal.scheme.indemnity import indemnity, simple_indemnity
from portal.scheme.money import Money
from portal.scheme.recovery import share
from portal.scheme.worksheet import Operation, Worksheet
from tests.scheme.claims_invented import ARTICLES, CAP, RATIO, usd

JULY = date(2022, 7, 29)
EXAMPLES = tomllib.loads((Path(__file__).parent.parent / "scheme/cases/indemnity.toml").read_text())["case"]
NOTHING = usd("0.00")


def recalculated(
    app: Flask, folder: Path, worksheet: Worksheet, notes: Sequence[MoneyNote] = ()
) -> dict[str, Decimal]:
    """Every line's amount by its key as a spreadsheet program reckons it from the written workbook."""
    path = folder / "sheet.xlsx"
    with app.test_request_context(), path.open("wb") as out:
        cells = write_worksheet(out, worksheet, "C2022-00001", [("Firm", "厦门某某有限公司")], notes)
    model = formulas.ExcelModel().loads(str(path)).finish()
    solution: Any = model.calculate()
    name = openpyxl.load_workbook(path).sheetnames[0].upper()
    return {key: Decimal(str(solution[f"'[sheet.xlsx]{name}'!{cell}"].value[0, 0])) for key, cell in cells.items()}


def simple(example: dict[str, Any]) -> Worksheet:
    """The worksheet of one of the examples; amounts in USD."""
    names = ("invoices", "payments", "resale", "credits")
    invoices, payments, resale, credits = ([usd(one) for one in example.get(name, [])] for name in names)
    already = usd(example.get("already", "0.00"))
    return simple_indemnity(invoices, payments, resale, credits, already, RATIO, CAP, ARTICLES).worksheet


def assert_same_to_the_cent(app: Flask, folder: Path, worksheet: Worksheet) -> None:
    found = recalculated(app, folder, worksheet)
    for step in worksheet:
        told = step.value.amount if isinstance(step.value, Money) else step.value
        assert abs(found[step.key] - told) < Decimal("0.000001"), step.key
    last = worksheet[-1]
    assert isinstance(last.value, Money)
    assert Money(found[last.key].quantize(Decimal("0.01")), last.value.currency) == last.value
    assert abs(found[last.key] - last.value.amount) < Decimal("0.000000001")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_every_example_of_the_scheme_recalculates_to_the_cent(
    app: Flask, tmp_path: Path, example: dict[str, Any]
) -> None:
    worksheet = simple(example)
    assert worksheet[-1].value == usd(example["indemnity"])
    assert_same_to_the_cent(app, tmp_path, worksheet)


def converted(amount: str, rate: str, payment: str | None = None, late: int = 0) -> Worksheet:
    """The worksheet of an invoice in euros, and perhaps a payment on it."""
    used = Rate("EUR", "USD", JULY, Decimal(rate))
    invoices = [InvoiceInput("1", "INV-014", Money.of(amount, "EUR"), JULY, used)]
    money = [MoneyIn("p", PAYMENT, "1", JULY, Money.of(payment, "EUR"))] if payment else []
    return indemnity(invoices, money, RATIO, late, CAP, usd("8000.00"), usd("500.00"), ARTICLES).worksheet


def test_a_conversion_with_a_payment_and_a_delay_recalculates_to_the_cent(app: Flask, tmp_path: Path) -> None:
    assert_same_to_the_cent(app, tmp_path, converted("41237.89", "1.01983", "1003.07", late=20))


@pytest.mark.parametrize(
    ("amount", "rate", "comes_to"),
    [
        ("1", "0.00625", "0.01"),  # half a cent
        ("1", "0.00624", "0.00"),
        ("6000000", "0.0068", "32640.00"),
        ("9191176", "0.0068", "50000.00"),  # 49,999.99744 before rounding
        ("9191177", "0.0068", "50000.00"),  # the first yen that the cap takes off
    ],
)
def test_a_loss_in_yen_comes_to_the_cent_of_the_schemes_currency_in_every_sheet(
    app: Flask, tmp_path: Path, amount: str, rate: str, comes_to: str
) -> None:
    used = Rate("JPY", "USD", JULY, Decimal(rate))
    invoice = InvoiceInput("1", "INV-JP", Money.of(amount, "JPY"), JULY, used)
    worksheet = indemnity([invoice], [], RATIO, 0, CAP, NOTHING, NOTHING, ARTICLES).worksheet
    assert worksheet[-1].value == usd(comes_to)
    assert_same_to_the_cent(app, tmp_path, worksheet)


@pytest.mark.parametrize(
    ("amount", "rate", "comes_to"),
    [
        ("0.01", "1.875", "0.02"),
        ("1.01", "1.25", "1.01"),
        ("100.05", "1.0125", "81.04"),
        ("0.01", "1.8749", "0.01"),
    ],
)
def test_a_half_cent_is_rounded_up_as_in_the_portal(
    app: Flask, tmp_path: Path, amount: str, rate: str, comes_to: str
) -> None:
    worksheet = converted(amount, rate)
    assert worksheet[-1].value == usd(comes_to)
    assert_same_to_the_cent(app, tmp_path, worksheet)


def test_the_shares_of_a_recovery_recalculate_to_the_cent(app: Flask, tmp_path: Path) -> None:
    shares = share(usd("10000.01"), usd("1000.00"), usd("33.33"), usd("50000.00"), usd("99999.99"), ARTICLES)
    assert any(step.operation is Operation.PROPORTION for step in shares.worksheet)
    assert_same_to_the_cent(app, tmp_path, shares.worksheet)


AMOUNTS = st.integers(min_value=0, max_value=20_000_000).map(lambda minor: Money.from_minor(minor, "EUR"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(AMOUNTS, min_size=1, max_size=4),
    st.lists(AMOUNTS, max_size=3),
    st.integers(min_value=1, max_value=99_999_999),
    st.sampled_from([0, 10, 30]),
    st.integers(min_value=0, max_value=60_000_00),
)
def test_any_claim_recalculates_to_the_cent(
    app: Flask, tmp_path: Path, amounts: list[Money], paid: list[Money], rate: int, late: int, before: int
) -> None:
    used = Rate("EUR", "USD", JULY, Decimal(rate).scaleb(-7))
    invoices = [InvoiceInput(str(n), f"INV-{n}", one, JULY, used) for n, one in enumerate(amounts)]
    kinds = [PAYMENT, RESALE, CREDIT]
    money = [MoneyIn(str(n), kind, "0", JULY, one) for n, (kind, one) in enumerate(zip(kinds, paid, strict=False))]
    approved = Money.from_minor(before, "USD")
    sheet = indemnity(invoices, money, RATIO, late, CAP, approved, NOTHING, ARTICLES).worksheet
    found = recalculated(app, tmp_path, sheet)
    last = sheet[-1].value
    assert isinstance(last, Money)
    assert Money(found[sheet[-1].key].quantize(Decimal("0.01")), "USD") == last


def test_what_was_typed_never_becomes_a_formula(app: Flask) -> None:
    invoices = [InvoiceInput("1", '=HYPERLINK("http://example.com")', usd("100.00"), JULY)]
    sheet = indemnity(invoices, [], RATIO, 0, CAP, NOTHING, NOTHING, ARTICLES).worksheet
    out = BytesIO()
    with app.test_request_context():
        write_worksheet(out, sheet, "=1+1", [("=2", "=3")])
    written = openpyxl.load_workbook(BytesIO(out.getvalue())).worksheets[0]
    live = [cell.value for row in written.iter_rows() for cell in row if cell.data_type == "f"]
    assert live
    assert all("HYPERLINK" not in str(one) and str(one) not in ("=1+1", "=2", "=3") for one in live)


def test_where_money_fell_stands_below_the_sheet_and_no_formula_rests_on_it(app: Flask, tmp_path: Path) -> None:
    worksheet = converted("41237.89", "1.01983", "1003.07")
    notes = [
        MoneyNote("=SWIFT 7", ("EUR 1,003.07 falls on INV-014 of this claim", "EUR 2.00: nobody owes it")),
        MoneyNote("SWIFT 8", ("Nothing of it falls on this claim",)),
    ]
    plain = recalculated(app, tmp_path, worksheet)
    assert recalculated(app, tmp_path, worksheet, notes) == plain
    rows = list(openpyxl.load_workbook(tmp_path / "sheet.xlsx").worksheets[0].iter_rows(values_only=True))
    below = [(row[1], row[4]) for row in rows[-4:]]
    assert below == [
        ("款项去向", None),
        ("=SWIFT 7", "EUR 1,003.07 falls on INV-014 of this claim"),
        (None, "EUR 2.00: nobody owes it"),
        ("SWIFT 8", "Nothing of it falls on this claim"),
    ]
    assert rows[-5][1] is None  # apart from what the portal came to
    assert rows[-6][1] == "与本表相差"


def test_the_sheet_tells_the_portals_own_result_and_that_nothing_differs(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    worksheet = simple({"invoices": ["80000.00"], "payments": ["15000.00"], "resale": ["20000.00"]})
    with app.test_request_context(), path.open("wb") as out:
        write_worksheet(out, worksheet, "C2022-00001", [])
    sheet = openpyxl.load_workbook(path).worksheets[0]
    told, difference = sheet.cell(sheet.max_row - 1, 3), sheet.cell(sheet.max_row, 3)
    assert told.value == 36000
    solution: Any = formulas.ExcelModel().loads(str(path)).finish().calculate()
    place = f"'[sheet.xlsx]{sheet.title.upper()}'!{difference.coordinate}"
    assert solution[place].value[0, 0] == 0
