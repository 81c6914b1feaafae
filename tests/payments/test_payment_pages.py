"""Payments through the pages: ordered, released by another, taken to the bank, and its results brought in."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.common.instance import Instance
from portal.payments.result_files import RESULT_HEADINGS
from portal.scheme import stages
from tests.claims.stories import claim_of, claimed, insured
from tests.conftest import signed_in
from tests.ledger.stories import agreed, approved, holds, workbook
from tests.people import FANG_SHEN, LIN_ZHIYAO, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import SCHEME

DAY = date(2022, 9, 26)


@pytest.fixture
def claim(instance: Instance) -> str:
    """An agreed claim whose firm gave its account."""
    who = insured(instance)
    return agreed(instance, approved(instance, claimed(instance, who)), who)


def text_of(client: FlaskClient, path: str) -> str:
    """A page's text."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_two_people_and_the_bank_bring_an_indemnity_to_the_firm(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(DAY):
        officer, approver = signed_in(app, QIAN_PEI), signed_in(app, SHI_PING)
        assert claim in text_of(officer, "/desk/payments/new")
        made = officer.post("/desk/payments/new", data={"scheme": SCHEME, "claims": [claim]})
        assert made.location == "/desk/payments/P2022-00001"
        assert officer.get("/desk/payments/P2022-00001/order.xlsx").status_code == 404
        assert officer.post("/desk/payments/P2022-00001/release").status_code == 403
        page = text_of(approver, "/desk/payments/P2022-00001")
        seen = page.split('name="seen" type="hidden" value="')[1].split('"')[0]
        released = approver.post("/desk/payments/P2022-00001/release", data={"seen": seen})
        assert released.status_code == 302
        order = officer.get("/desk/payments/P2022-00001/order.xlsx")
        assert load_workbook(BytesIO(order.data))["付款"]["E2"].value == "0012345678901234567"
    rows = [("P2022-00001-0001", "32000.00", "USD", "2022-09-27", "BK1", "成功", ""), ("", 1, "USD")]
    file = workbook([one.name for one in RESULT_HEADINGS], rows)
    with on_day(date(2022, 9, 28)):
        officer = signed_in(app, QIAN_PEI)
        sent = {"file": (BytesIO(file), "r.xlsx"), "step": "import"}
        answer = officer.post("/desk/payments/results", data=sent)
        assert answer.status_code == 200
        assert "P2022-00001-0001" in answer.get_data(as_text=True)
        sheet = {"file": (BytesIO(file), "r.xlsx"), "step": "rejected"}
        assert (officer.post("/desk/payments/results", data=sheet).mimetype or "").endswith("sheet")
        assert "BK1" in text_of(signed_in(app, FANG_SHEN), "/desk/payments/P2022-00001")
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_a_difference_is_shown_and_settled_by_an_approver(app: Flask, instance: Instance, claim: str) -> None:
    with on_day(DAY):
        officer, approver = signed_in(app, QIAN_PEI), signed_in(app, SHI_PING)
        officer.post("/desk/payments/new", data={"scheme": SCHEME, "claims": [claim]})
        page = text_of(approver, "/desk/payments/P2022-00001")
        seen = page.split('name="seen" type="hidden" value="')[1].split('"')[0]
        approver.post("/desk/payments/P2022-00001/release", data={"seen": seen})
        row = ("P2022-00001-0001", "31985.00", "USD", "2022-09-26", "BK1", "成功", "")
        file = workbook([one.name for one in RESULT_HEADINGS], [row])
        officer.post("/desk/payments/results", data={"file": (BytesIO(file), "r.xlsx"), "step": "import"})
        assert "31,985.00" in text_of(officer, "/desk/payments")
        path = "/desk/payments/lines/P2022-00001-0001"
        assert officer.get(path).status_code == 403
        wanting = approver.post(path, data={"seen": "ordered", "outcome": "paid", "reason": ""})
        assert wanting.status_code == 422
        whole = {
            "seen": "ordered",
            "outcome": "paid",
            "paid_on": "2022-09-26",
            "bank_reference": "BK1",
            "reason": "银行扣费后已补足",
        }
        assert approver.post(path, data={**whole, "seen": "paid"}).status_code == 409
        assert approver.post(path, data=whole).status_code == 302
    assert claim_of(instance, claim).state == stages.PAID


def test_ordering_what_moved_meanwhile_says_so(app: Flask, instance: Instance, claim: str) -> None:
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        officer.post("/desk/payments/new", data={"scheme": SCHEME, "claims": [claim]})
        assert officer.post("/desk/payments/P2022-00001/drop").status_code == 302
        agreed(instance, claim)
        answer = officer.post("/desk/payments/new", data={"scheme": SCHEME, "claims": [claim, "C2022-09999"]})
        assert answer.status_code == 409
        assert "C2022-09999" in answer.get_data(as_text=True)
        assert officer.post("/desk/payments/new", data={"scheme": SCHEME}).status_code == 422


def test_reviewers_see_no_payments(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    assert client.get("/desk/payments").status_code == 403
    assert client.get("/desk/rates").status_code == 403


def test_rates_are_imported_by_page_with_the_bad_rows_told(app: Flask) -> None:
    client = signed_in(app, QIAN_PEI)
    file = workbook(("币种", "日期", "汇率"), [("EUR", "2022-03-01", "1.1"), ("EUR", "x", "1.1")])
    looked = client.post("/desk/rates/import", data={"file": (BytesIO(file), "r.xlsx"), "step": "look"})
    assert looked.status_code == 200
    assert "1.1" not in text_of(client, "/desk/rates")
    done = client.post("/desk/rates/import", data={"file": (BytesIO(file), "r.xlsx"), "step": "import"})
    assert done.status_code == 200
    assert "B3" in done.get_data(as_text=True)
    assert "1.1" in text_of(client, "/desk/rates?currency=EUR&sort=currency")
    assert client.post("/desk/rates/import", data={"step": "import"}).status_code == 422
    broken = {"file": (BytesIO(b"no workbook"), "r.xlsx"), "step": "import"}
    assert client.post("/desk/rates/import", data=broken).status_code == 422
