"""Shipments handed in as a small workbook while a loss is reported: what is taken, what is told by its cell."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from portal.claims.shipments_sheet import HEADINGS
from portal.common.instance import Instance
from portal.common.roles import Actor
from tests.accounts.pages import in_english
from tests.claims.notice_steps import ROW, TROUBLE, go, plain, start
from tests.claims.stories import (
    NOTIFIED,
    buyer,
    insured,
)
from tests.conftest import signed_in_exporter
from tests.people import CHEN_HAIXIA
from tests.policies.stories import on_day


@pytest.fixture
def who(instance: Instance) -> Actor:
    """Chen Haixia, confirmed to act for the harbour's firm, which is insured."""
    return insured(instance)


@pytest.fixture
def firm(app: Flask, who: Actor) -> Iterator[FlaskClient]:
    """The same, signed in and reading English while it is 15 August 2022."""
    with on_day(NOTIFIED):
        yield in_english(signed_in_exporter(app, CHEN_HAIXIA))


def _book(*lines: tuple[object, ...]) -> BytesIO:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([heading.name for heading in HEADINGS.values()])
    for line in lines:
        sheet.append(list(line))
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out


def test_good_rows_of_a_workbook_are_kept_and_bad_ones_told_by_their_cell(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    go(firm, address, "trouble", **TROUBLE)
    good = ("X-1", date(2022, 5, 10), date(2022, 5, 10), date(2022, 8, 8), 1234.5, "USD", "O/A", "是", "否", None)
    bad = ("X-2", "soon", date(2022, 5, 10), date(2022, 8, 8), -1, "USD", "L/C", "maybe", "否", None)
    again = ("x 1", date(2022, 5, 10), date(2022, 5, 10), date(2022, 8, 8), 99, "EUR", "D/P", "是", "是", None)
    for _time in range(2):
        answer = firm.post(f"{address}/shipments/file", data={"file": (_book(good, bad, again), "s.xlsx")})
        assert answer.status_code == 422
        words = plain(answer)
        assert "2 rows were not taken" in words
        for told in ("B3", "“soon” is no date", "E3", "G3", "H3", "A4", "stands in row 2 already"):
            assert told in words, told
        assert "1 shipment so far" in words
    lower = firm.post(f"{address}/shipments/file", data={"file": (_book(("x-1", *good[1:])), "s.xlsx")})
    assert lower.status_code == 200  # no row is refused: the same invoice in other letters says nothing new
    assert "1 shipment so far" in plain(lower)
    assert go(firm, address, "shipments").location.endswith("/check")


@pytest.mark.parametrize("currency", ["KWD", "bhd", "TND"])
def test_of_a_currency_with_three_decimals_it_is_said_why_it_is_not_taken_and_what_to_do(
    firm: FlaskClient, instance: Instance, who: Actor, currency: str
) -> None:
    address = start(firm, buyer(instance, who))
    go(firm, address, "trouble", **TROUBLE)
    why = "Amounts with three decimals (BHD IQD JOD KWD LYD OMR TND) cannot be taken"
    mend = "Report the amount in the currency in which the contract is settled, or ask the desk."
    page = plain(firm.get(f"{address}/shipments"))
    assert why in page, "whoever looks for the currency among the others finds it said"
    assert mend in page
    typed = go(firm, address, "shipments", **{**ROW, "currency": currency, "amount": "1234.567"})
    row = (
        "X-1",
        date(2022, 5, 10),
        date(2022, 5, 10),
        date(2022, 8, 8),
        1234.567,
        currency,
        "O/A",
        "是",
        None,
        None,
    )
    sent = firm.post(f"{address}/shipments/file", data={"file": (_book(row), "s.xlsx")})
    for answer in (typed, sent):
        assert answer.status_code == 422
        assert plain(answer).count(why) == plain(answer).count(mend) > 1
        assert "Write one of" not in plain(answer)
        assert "more decimals than" not in plain(answer)
    assert "F2" in plain(sent)


def test_the_empty_workbook_is_one_that_can_be_sent_back(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    answer = firm.get(f"{address}/shipments.xlsx")
    book = load_workbook(BytesIO(answer.data))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [heading.name for heading in HEADINGS.values()]
    row = ("T-1", date(2022, 5, 10), date(2022, 5, 10), date(2022, 8, 8), 10, None, "赊销", "是", None, None)
    for place, value in enumerate(row, 1):
        sheet.cell(2, place, value)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    answer = firm.post(f"{address}/shipments/file", data={"file": (out, "t.xlsx")})
    assert answer.status_code == 200
    assert "1 shipment was added." in plain(answer)
