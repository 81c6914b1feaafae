"""Whoever is tied to a firm moves no money of it: neither orders nor results, neither recoveries nor excesses."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.common.instance import Instance
from portal.ledger.records import Entry
from portal.obligors.records import ExcessTask
from portal.payments import ordering, queries
from portal.payments.records import BankResult
from portal.payments.result_files import RESULT_HEADINGS
from portal.recoveries.records import Recovery
from portal.scheme import stages
from tests.appeals.stories import staff, tie
from tests.claims.stories import claim_of, claimed, insured
from tests.conftest import signed_in
from tests.ledger.stories import agreed, approved, holds, workbook
from tests.payments.batches import ordered, released, seen
from tests.people import FANG_YUNING, JIANG_YAN, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.recoveries.test_recovery_pages import excess
from tests.samples import HARBOUR, SCHEME

DAY = date(2022, 9, 27)


@pytest.fixture
def claim(instance: Instance) -> str:
    """An agreed claim whose firm gave its account."""
    who = insured(instance)
    return agreed(instance, approved(instance, claimed(instance, who)), who)


def results_of(reference: str) -> dict[str, object]:
    """A result file that says that this payment was made, and one that nobody knows."""
    rows = [
        ("P2022-09999-0001", "1.00", "USD", "2022-09-27", "BK0", "成功", ""),
        (reference, "32000.00", "USD", "2022-09-27", "BK1", "成功", ""),
    ]
    file = workbook([one.name for one in RESULT_HEADINGS], rows)
    return {"file": (BytesIO(file), "results.xlsx"), "step": "import"}


def count(instance: Instance, column: object) -> int:
    """How many rows there are."""
    with instance.database.reading() as session:
        return session.execute(select(func.count(column))).scalar_one()  # type: ignore[arg-type]  # a column


def test_a_result_file_with_a_tied_firm_is_left_whole_to_somebody_else(
    app: Flask, instance: Instance, claim: str
) -> None:
    number = released(instance, staff(instance, QIAN_PEI), staff(instance, SHI_PING), claim)
    tie(instance, QIAN_PEI, HARBOUR)
    with on_day(DAY):
        refused = signed_in(app, QIAN_PEI).post("/desk/payments/results", data=results_of(f"{number}-0001"))
        assert refused.status_code == 409
        page = refused.get_data(as_text=True)
        assert "另一位理赔人员" in page
        assert claim_of(instance, claim).firm_name not in page
        assert claim_of(instance, claim).state == stages.PAYING
        assert (count(instance, BankResult.id), count(instance, Entry.id)) == (0, 1)
        taken = signed_in(app, JIANG_YAN).post("/desk/payments/results", data=results_of(f"{number}-0001"))
        assert taken.status_code == 200
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_a_tied_person_neither_orders_nor_releases_nor_drops(app: Flask, instance: Instance, claim: str) -> None:
    tie(instance, QIAN_PEI, HARBOUR)
    with on_day(DAY):
        asked = {"scheme": SCHEME, "claims": [claim]}
        assert signed_in(app, QIAN_PEI).post("/desk/payments/new", data=asked).status_code == 409
    number = ordered(instance, staff(instance, JIANG_YAN), claim)
    with on_day(DAY):
        path = f"/desk/payments/{number}"
        dropped = signed_in(app, QIAN_PEI).post(f"{path}/drop", follow_redirects=True).get_data(as_text=True)
        assert "未作废" in dropped
    with instance.database.reading() as session:
        assert ordering.batch_of(session, number).state == stages.MADE


def test_a_tied_approver_neither_releases_nor_settles(app: Flask, instance: Instance, claim: str) -> None:
    number = ordered(instance, staff(instance, QIAN_PEI), claim)
    tie(instance, SHI_PING, HARBOUR)
    with on_day(DAY):
        asked = {"seen": seen(instance, number)}
        path = f"/desk/payments/{number}"
        client = signed_in(app, SHI_PING)
        answer = client.post(f"{path}/release", data=asked, follow_redirects=True).get_data(as_text=True)
        assert "未放行" in answer
        assert signed_in(app, FANG_YUNING).post(f"{path}/release", data=asked).status_code == 302
        settled = client.post(
            f"/desk/payments/lines/{number}-0001",
            data={
                "seen": "ordered",
                "outcome": "paid",
                "paid_on": "2022-09-27",
                "bank_reference": "BK1",
                "reason": "银行来电确认",
            },
        )
        assert settled.status_code == 409
        assert "另一位审批人员" in settled.get_data(as_text=True)
    with instance.database.reading() as session:
        line = queries.line_of_reference(session, f"{number}-0001")
        assert line is not None
        assert line.state == stages.ORDERED


MONEY = {
    "received_on": "2022-09-27",
    "reference": "SWIFT 1",
    "currency": "USD",
    "amount": "10,000.00",
    "costs": "",
    "invoice": "",
    "held": "firm",
    "step": "record",
}


def test_a_tied_person_records_no_money_and_reads_why(app: Flask, instance: Instance, claim: str) -> None:
    tie(instance, QIAN_PEI, HARBOUR)
    with on_day(DAY):
        answer = signed_in(app, QIAN_PEI).post(f"/desk/claims/{claim}/money", data=MONEY)
    assert answer.status_code == 403
    assert "与此事涉及的企业有关联" in answer.get_data(as_text=True)
    assert count(instance, Recovery.id) == 0


def test_a_tied_person_proposes_nothing_about_an_excess(app: Flask, instance: Instance, claim: str) -> None:
    path = f"/desk/excesses/{excess(instance, claim)}"
    tie(instance, QIAN_PEI, HARBOUR)
    with on_day(DAY):
        asked = {"outcome": "waive", "reason": "两条记录是同一家买方"}
        assert signed_in(app, QIAN_PEI).post(path, data=asked).status_code == 403
    with instance.database.reading() as session:
        assert session.execute(select(ExcessTask.state)).scalar_one() == stages.OPEN


def test_a_tied_approver_reverses_no_recovery(app: Flask, instance: Instance, claim: str) -> None:
    with on_day(DAY):
        signed_in(app, QIAN_PEI).post(f"/desk/claims/{claim}/money", data=MONEY)
    tie(instance, SHI_PING, HARBOUR)
    with on_day(DAY):
        path = "/desk/recoveries/R2022-00001/reverse"
        answer = signed_in(app, SHI_PING).post(path, data={"reason": "记错了买方"})
    assert answer.status_code == 403
    with instance.database.reading() as session:
        assert session.execute(select(Recovery.state)).scalar_one() == stages.RECORDED
