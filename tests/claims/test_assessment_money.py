"""Money that came in, added while a claim is assessed: told field by field, taken off, struck out."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.claims.assessing import save_assessment
from portal.claims.receipts import add_receipt
from portal.claims.records import Notice
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.scheme.money import Money
from tests.accounts.pages import text_of
from tests.appeals.stories import staff
from tests.claims.deciding import ASSESSED, all_accepted, assessed, filed, own_shipments
from tests.claims.desk_pages import desk_of, draft_form, page
from tests.claims.stories import claim_of, insured, shipment
from tests.conftest import signed_in
from tests.people import QIAN_PEI
from tests.policies.stories import on_day

MONEY = {
    "step": "add",
    "kind": "payment",
    "received_on": "2022-10-14",
    "reference": "SWIFT 7",
    "amount": "9,000.00",
    "costs": "",
    "invoice": "",
}


def test_money_is_added_taken_off_and_struck_out_again(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    with on_day(ASSESSED):
        client = desk_of(app)
        url = f"/desk/claims/{number}/receipts"
        assert client.post(url, data=MONEY).status_code == 302
        assert client.post(url, data=MONEY).status_code == 422
        text = page(client, f"/desk/claims/{number}/assessment")
        assert "USD 24,800.00" in text
        receipt = text.split('name="receipt" value="')[1].split('"')[0]
        strike = {"step": "strike", "receipt": receipt, "reason": "付的是另一家的货款"}
        for _twice in range(2):
            client.post(url, data=strike)
        assert "USD 32,000.00" in page(client, f"/desk/claims/{number}/assessment")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "resale"}, "Choose the invoice"),
        ({"kind": "gift"}, "Choose what kind of money it is"),
        ({"invoice": "of another claim"}, "Choose one of the invoices, or none"),
        ({"received_on": ""}, "Enter the day on which the money came in"),
        ({"received_on": "2023-10-14"}, "The day lies in the future"),
        ({"received_on": "14.10.22"}, "“14.10.22” is no day. Enter it as in 2022-08-09"),
        ({"amount": ""}, "Enter what came in, as in 10,000.00"),
        ({"amount": "\u200b"}, "Enter what came in, as in 10,000.00"),
        ({"amount": "0"}, "Enter what came in, as in 10,000.00"),
        ({"amount": "12.345"}, "The amount 12.345 has more decimals"),
        ({"costs": "nine"}, "“nine” is no amount"),
        ({"costs": "9000.01"}, "The costs are higher than what came in"),
        ({"reference": ""}, "Enter the reference as it stands on the bank’s advice or the contract"),
        ({"reference": "—"}, "A reference has letters or digits"),
    ],
)
def test_money_that_cannot_be_is_told_beside_its_field_with_what_was_typed(
    app: Flask, instance: Instance, wrong: dict[str, str], told: str
) -> None:
    number = filed(instance, insured(instance))
    with on_day(ASSESSED):
        answer = desk_of(app).post(f"/desk/claims/{number}/receipts", data=MONEY | wrong)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "1 thing to put right" in text
    assert text.count(told) == 2  # on top of the page, and beside the field
    assert "The cell" not in text
    field = "money-on" if "received_on" in wrong else f"money-{next(iter(wrong))}"
    if "Choose the invoice" in told:
        field = "money-invoice"
    assert told in text.split(f'id="{field}-error"', 1)[1].split("</p>", 1)[0]
    kept = MONEY | wrong
    assert f'value="{kept["received_on"]}"' in text
    assert f'value="{kept["reference"]}"' in text


def test_an_empty_row_of_money_is_told_field_by_field_in_either_language(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    empty = {"step": "add", "kind": "payment", "received_on": "", "reference": "", "amount": "", "costs": ""}
    with on_day(ASSESSED):
        for client, thrice, never in (
            (desk_of(app), "3 things to put right", "The cell is empty"),
            (signed_in(app, QIAN_PEI), "还有 3 处要改", "单元格"),
        ):
            text = text_of(client.post(f"/desk/claims/{number}/receipts", data=empty))
            assert thrice in text
            assert never not in text
            assert text.count('aria-invalid="true"') == 3


def test_a_line_that_is_reduced_to_nothing_said_is_told_what_to_enter(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    (only,) = own_shipments(instance, number)
    with on_day(ASSESSED):
        for typed in ("", " ", "\u200b"):
            said = {
                f"verdict-{only.id}": "reduced",
                f"reason-{only.id}": "part_not_shown",
                f"amount-{only.id}": typed,
            }
            answer = desk_of(app).post(
                f"/desk/claims/{number}/assessment", data=draft_form(instance, number, **said)
            )
            text = text_of(answer)
            assert answer.status_code == 422
            assert "Enter what is recognised, as in 37,100.00." in text
            assert "The cell is empty" not in text


def test_a_payment_that_names_no_invoice_says_its_currency_where_there_are_several(
    app: Flask, instance: Instance
) -> None:
    number = filed(instance, insured(instance), shipments=[shipment("A-1"), shipment("A-2", currency="EUR")])
    with on_day(ASSESSED):
        client, url = desk_of(app), f"/desk/claims/{number}/receipts"
        refused = text_of(client.post(url, data=MONEY | {"currency": "JPY"}))
        assert "Choose the currency" in refused
        assert client.post(url, data=MONEY | {"currency": "EUR"}).status_code == 302
        shown = page(client, f"/desk/claims/{number}/assessment")
    assert "EUR 9,000.00" in shown


def noted(client: FlaskClient, number: str) -> list[tuple[object, str]]:
    """What the workbook of a claim says below its formulas: the reference of a sum, and where it fell."""
    book = openpyxl.load_workbook(BytesIO(client.get(f"/desk/claims/{number}/worksheet.xlsx").get_data()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    title = next(place for place, row in enumerate(rows) if row[1] == "Where the money fell")
    return [(row[1] and str(row[1]), str(row[4]).replace("\u00a0", " ")) for row in rows[title + 1 :]]


def test_the_workbook_says_of_money_that_names_no_invoice_where_it_fell_as_the_page_does(
    app: Flask, instance: Instance
) -> None:
    older = shipment("A-0", own_declaration="no", due_on=date(2022, 8, 1), amount_minor=100_000)
    number = filed(instance, insured(instance), shipments=[older, shipment("A-1")])
    who = staff(instance, QIAN_PEI)
    fell = ("USD 1,000.00 falls on A-0 of this claim", "USD 8,000.00 falls on A-1 of this claim")
    with on_day(ASSESSED):
        client = desk_of(app)
        assert client.post(f"/desk/claims/{number}/receipts", data=MONEY).status_code == 302
        save_assessment(instance, who, number, 0, all_accepted(instance, number))
        shown = page(client, f"/desk/claims/{number}/assessment")
        draft = noted(client, number)
    assert draft == [("SWIFT 7", fell[0]), (None, fell[1])]
    assert all(words in shown for words in fell)
    assessed(instance, number)
    later = Money.of("50000.00", "USD")
    with on_day(ASSESSED), audit.write(instance.database, COMMAND, "claims.add_money") as session:
        notice = session.get_one(Notice, claim_of(instance, number).notice_id)
        add_receipt(session, COMMAND, notice, "payment", ASSESSED, "SWIFT 8", later, later - later)
    with on_day(ASSESSED):
        assert noted(client, number) == draft  # a frozen sheet tells what it was made of
