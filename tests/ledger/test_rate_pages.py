"""The page that imports exchange rates: looked at first, imported once, and what was not taken comes back."""

from io import BytesIO

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.common.instance import Instance
from portal.ledger.rate_files import RATE_HEADINGS
from portal.ledger.records import ExchangeRate
from tests.accounts.pages import in_english, text_of
from tests.conftest import signed_in
from tests.ledger.stories import workbook
from tests.people import QIAN_PEI, SHI_PING

HEADINGS = [one.name for one in RATE_HEADINGS]
GOOD, BAD = ("EUR", "", "2022-01-17", "1.02"), ("EUR", "", "2022-01-18", "nothing")


def row(currency: str, into: str, day: str, value: str) -> list[str]:
    """A row in the order of the headings."""
    by_name = {"币种": currency, "折算币种": into, "日期": day, "汇率": value}
    return [by_name.get(name, "") for name in HEADINGS]


def kept(instance: Instance) -> int:
    """How many rates there are."""
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(ExchangeRate)).scalar_one()


def test_a_file_is_looked_at_then_imported_and_its_bad_rows_come_back(app: Flask, instance: Instance) -> None:
    client = in_english(signed_in(app, QIAN_PEI))

    def send(step: str, *rows: tuple[str, str, str, str], data: bytes | None = None) -> TestResponse:
        book = data if data is not None else workbook(HEADINGS, [row(*one) for one in rows])
        return client.post("/desk/rates/import", data={"step": step, "file": (BytesIO(book), "rates.xlsx")})

    looked = send("look", GOOD, BAD)
    assert looked.status_code == 200
    assert "Nothing is imported yet" in text_of(looked)
    assert kept(instance) == 0
    sheet = load_workbook(BytesIO(send("rejected", GOOD, BAD).data)).active
    assert sheet is not None
    cells = {cell for line in sheet.iter_rows(values_only=True) for cell in line}
    assert {"nothing", "1.02"} & cells == {"nothing"}
    assert kept(instance) == 0
    assert send("import", GOOD).headers["Location"].endswith("/desk/rates")
    assert kept(instance) == 1
    assert "Imported: 1 added" in text_of(client.get("/desk/rates"))
    again = send("import", GOOD, BAD)
    assert (again.status_code, kept(instance)) == (200, 1)
    assert "Nothing was changed" in text_of(again)
    assert send("look", data=b"no workbook").status_code == 422
    assert client.get("/desk/rates/import").status_code == 200


def test_only_a_claims_officer_imports_rates(app: Flask) -> None:
    assert signed_in(app, SHI_PING).get("/desk/rates/import").status_code == 403
