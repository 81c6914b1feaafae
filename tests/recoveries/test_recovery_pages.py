"""Recoveries and excesses through the pages, as a firm and as staff see them."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from portal.claims.records import Claim
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.ledger.accounts import Account, Kind, Place, approval_lines, payment_lines
from portal.ledger.entries import enter
from portal.ledger.queries import approved_and_reversed, balance
from portal.ledger.records import Entry
from portal.obligors.records import ExcessTask
from portal.recoveries.records import Recovery, Share
from portal.scheme import stages
from tests.accounts.pages import hidden_values, in_english
from tests.appeals.stories import staff
from tests.claims.stories import claim_of, claimed, insured, shipment
from tests.conftest import signed_in, signed_in_exporter
from tests.documents import papers
from tests.ledger.stories import approved, holds, usd, verified
from tests.people import CHEN_HAIXIA, FANG_SHEN, QIAN_PEI, SHI_PING, YE_XIAOTANG
from tests.policies.stories import on_day

DAY = date(2022, 10, 10)
MONEY = {
    "received_on": "2022-10-10",
    "reference": "SWIFT 1",
    "currency": "USD",
    "amount": "10,000.00",
    "costs": "1,000.00",
    "invoice": "",
}


@pytest.fixture
def claim(instance: Instance) -> str:
    """100,000.00 lost, 50,000.00 approved."""
    return approved(instance, claimed(instance, insured(instance), shipments=[shipment(amount_minor=10_000_000)]))


def test_a_firm_tells_of_money_and_sees_how_it_was_shared(app: Flask, instance: Instance, claim: str) -> None:
    path = f"/my/claims/{claim}/recoveries"
    with on_day(DAY):
        firm, officer = signed_in_exporter(app, CHEN_HAIXIA), signed_in(app, QIAN_PEI)
        assert firm.get(path).status_code == 200
        assert firm.post(path, data=MONEY).status_code == 422  # the bank's advice is missing
        sent = {**MONEY, "paper": (BytesIO(papers.photo()), "advice.jpg")}
        assert firm.post(path, data=sent).status_code == 302
        other = {**MONEY, "amount": "1.00", "paper": (BytesIO(papers.photo()), "advice.jpg")}
        assert firm.post(path, data=other).status_code == 409
        assert "R2022-00001" in officer.get("/desk/recoveries").get_data(as_text=True)
        recorded = officer.post("/desk/recoveries/R2022-00001/record", data={"costs": "1000"})
        assert recorded.status_code == 302
        shown = firm.get(path).get_data(as_text=True)
        assert shown.count("4,500.00") >= 2
        assert "2022-10-20" in shown
        assert "统保方案（厦门，2022–2023）·追偿款分享" in shown  # each line cites what it rests on
        assert "4,500.00" in signed_in(app, FANG_SHEN).get("/desk/recoveries/R2022-00001").get_data(as_text=True)
    assert holds(instance)


def test_nobody_else_sees_the_money_of_a_firm(app: Flask, claim: str) -> None:
    with on_day(DAY):
        assert signed_in_exporter(app, YE_XIAOTANG).get(f"/my/claims/{claim}/recoveries").status_code == 404


def test_staff_look_first_then_record_and_settle(app: Flask, instance: Instance, claim: str) -> None:
    path = f"/desk/claims/{claim}/money"
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        looked = officer.post(path, data={**MONEY, "held": "firm", "step": "look"})
        assert "4,500.00" in looked.get_data(as_text=True)
        with instance.database.reading() as session:
            assert session.execute(select(Recovery)).first() is None
        done = officer.post(path, data={**MONEY, "held": "firm", "step": "record"})
        assert done.location == "/desk/recoveries/R2022-00001"
        again = officer.post(path, data={**MONEY, "amount": "2", "costs": "", "held": "firm", "step": "record"})
        assert again.status_code == 409
        with instance.database.reading() as session:
            share = session.execute(select(Share)).scalar_one()
        settle = {"share": share.id, "on": "2022-10-10", "reference": "BANK 7"}
        at = "/desk/recoveries/R2022-00001"
        assert officer.post(f"{at}/settle", data={**settle, "on": "2022-10-09"}).status_code == 422
        assert officer.post(f"{at}/settle", data=settle).status_code == 302
        assert officer.post(f"{at}/reverse", data={"reason": "记错了"}).status_code == 403
        assert signed_in(app, SHI_PING).post(f"{at}/reverse", data={"reason": "记错了买方"}).status_code == 302
    assert holds(instance)


@pytest.mark.parametrize(
    ("held", "kept", "owed", "back"),
    [
        (
            "firm",
            "USD 4,500.00 remitted on 10 Oct 2022, reference BANK 7; the recovery is reversed since.",
            "The underwriter has this money of the firm still: USD 4,500.00 to be paid out to the firm by 20 Oct",
            "Paid out on 10 Oct 2022, reference BANK 8.",
        ),
        (
            "underwriter",
            "USD 4,500.00 paid out on 10 Oct 2022, reference BANK 7; the recovery is reversed since.",
            "The firm has this money still: USD 4,500.00 to be paid back by 20 Oct",
            "Paid back on 10 Oct 2022, reference BANK 8.",
        ),
    ],
)
def test_what_had_changed_hands_of_a_reversed_recovery_waits_until_it_is_given_back(
    app: Flask, instance: Instance, claim: str, held: str, kept: str, owed: str, back: str
) -> None:
    at, waiting = "/desk/recoveries/R2022-00001", "/desk/recoveries?view=to_settle"
    with on_day(DAY):
        officer, second = in_english(signed_in(app, QIAN_PEI)), signed_in(app, SHI_PING)
        officer.post(f"/desk/claims/{claim}/money", data={**MONEY, "held": held, "step": "record"})
        with instance.database.reading() as session:
            share = session.execute(select(Share)).scalar_one()
        first = {"share": share.id, "on": "2022-10-10", "reference": "BANK 7"}
        assert "moved on" in officer.post(f"{at}/give-back", data=first, follow_redirects=True).text
        officer.post(f"{at}/settle", data=first)
        assert "R2022-00001" not in officer.get(waiting).text
        second.post(f"{at}/reverse", data={"reason": "记错了买方"})
        pages = (
            (officer, at),
            (
                in_english(signed_in_exporter(app, CHEN_HAIXIA)),
                f"/my/claims/{claim}/recoveries",
            ),
        )
        for client, page in pages:
            shown = client.get(page).text.replace("\u00a0", " ")
            assert (kept in shown, owed in shown) == (True, True)
        assert "R2022-00001" in officer.get(waiting).text
        gone = {"share": share.id, "on": "2022-10-10", "reference": "BANK 8"}
        assert officer.post(f"{at}/give-back", data={**gone, "on": "2022-10-09"}).status_code == 422
        assert "moved on" in officer.post(f"{at}/settle", data=gone, follow_redirects=True).text
        assert pages[1][0].post(f"{at}/give-back", data=gone).status_code == 403
        for _time in range(2):
            assert officer.post(f"{at}/give-back", data=gone).status_code == 302
        other = officer.post(f"{at}/give-back", data={**gone, "reference": "BANK 9"}, follow_redirects=True)
        assert "moved on" in other.text
        for client, page in pages:
            shown = client.get(page).text.replace("\u00a0", " ")
            assert (kept in shown, owed in shown, back in shown) == (True, False, True)
        assert "R2022-00001" not in officer.get(waiting).text
    with instance.database.reading() as session:
        for account in (Account.BANK, Account.WITH_FIRM, Account.KEPT_BY_FIRM):
            assert balance(session, account, claim_of(instance, claim).id) == usd(0)
        entry = session.execute(select(Entry).where(Entry.reason == "BANK 8")).scalar_one()
        assert entry.kind == (Kind.PAY_OUT if held == "firm" else Kind.REPAYMENT)
    assert holds(instance)


def test_a_bad_sum_and_a_missing_rate_are_told(app: Flask, claim: str) -> None:
    path = f"/desk/claims/{claim}/money"
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        for bad in ({"amount": "ten"}, {"amount": "0"}, {"currency": "JPY"}, {"received_on": "2022-10-11"}):
            answer = officer.post(path, data={**MONEY, **bad, "held": "firm", "step": "record"})
            assert answer.status_code == 422, bad


def test_the_list_sorts_searches_and_goes_to_excel(app: Flask, claim: str) -> None:
    with on_day(DAY):
        officer = signed_in(app, QIAN_PEI)
        for number in ("one", "two"):
            told = {**MONEY, "reference": number, "held": "firm", "step": "record"}
            officer.post(f"/desk/claims/{claim}/money", data=told)
        page = officer.get("/desk/recoveries?view=to_settle&sort=number").get_data(as_text=True)
        assert page.index("R2022-00001") < page.index("R2022-00002")
        found = officer.get("/desk/recoveries?view=all&q=R2022-00002").get_data(as_text=True)
        assert "R2022-00002" in found
        assert "R2022-00001" not in found
        sheet = officer.get("/desk/recoveries/export?view=all&sort=number")
        book = load_workbook(BytesIO(sheet.data))
        assert [row[0].value for row in book[book.sheetnames[0]].iter_rows(min_row=2)] == [
            "R2022-00001",
            "R2022-00002",
        ]
    with on_day(date(2022, 11, 30)):
        late = signed_in(app, QIAN_PEI).get("/desk/recoveries?view=late").get_data(as_text=True)
        assert "R2022-00001" in late


def excess(instance: Instance, claim: str) -> str:
    """More stands than the cap, as after a merge: 80,000.00; the number of its task."""
    found = claim_of(instance, claim)
    who = staff(instance, SHI_PING)
    with on_day(DAY), audit.write(instance.database, who, "demo.loaded") as session:
        at = Place(found.policy_id, found.obligor_id, found.id)
        enter(session, who, Kind.APPROVAL, "merged", DAY, f"claim {claim}", approval_lines(at, usd(3_000_000)))
        task = ExcessTask(
            id="X" * 26,
            number="X2022-00001",
            serial=1,
            policy_id=found.policy_id,
            obligor_id=found.obligor_id,
            uscc=found.uscc,
            firm_name=found.firm_name,
            excess_minor=3_000_000,
            currency="USD",
            state=stages.OPEN,
            opened_on=clock.today(),
            due_on=clock.today(),
        )
        session.add(task)
    return "X2022-00001"


def looked_at(client: FlaskClient, path: str) -> dict[str, str]:
    """What the form of a decision holds, as the page shows it."""
    return hidden_values(client.get(path).get_data(as_text=True), "seen", "amounts")


@pytest.mark.parametrize(("outcome", "stands"), [("claw_back", 5_000_000), ("waive", 8_000_000)])
def test_two_people_claw_an_excess_back_or_waive_it(
    app: Flask, instance: Instance, claim: str, outcome: str, stands: int
) -> None:
    path = f"/desk/excesses/{excess(instance, claim)}"
    assert not any(one.rule == "cap" for one in verified(instance).faults)  # its task is open
    with on_day(DAY):
        officer, approver = signed_in(app, QIAN_PEI), signed_in(app, SHI_PING)
        assert officer.post(path, data={"outcome": outcome, "reason": ""}).status_code == 422
        asked = {"outcome": outcome, "reason": "两条记录是同一家买方"}
        assert officer.post(path, data=asked).status_code == 302
        assert officer.post(f"{path}/approve", data={"seen": outcome}).status_code == 403
        assert "30,000.00" in approver.get(path).get_data(as_text=True)
        looked = looked_at(approver, path)
        for _twice in range(2):
            assert approver.post(f"{path}/approve", data=looked).status_code == 302
    found = claim_of(instance, claim)
    with instance.database.reading() as session:
        up, down = approved_and_reversed(session, found.policy_id, [found.obligor_id])
        assert (up - down).minor == stands
        assert session.execute(select(ExcessTask)).scalar_one().state == stages.DONE
    assert not any(one.rule in ("cap", "balance", "reversal") for one in verified(instance).faults)


@pytest.mark.parametrize("outcome", ["claw_back", "waive"])
def test_a_decision_is_of_the_amounts_that_were_looked_at(
    app: Flask, instance: Instance, claim: str, outcome: str
) -> None:
    path, found = f"/desk/excesses/{excess(instance, claim)}", claim_of(instance, claim)
    with on_day(DAY):
        officer, approver = signed_in(app, QIAN_PEI), in_english(signed_in(app, SHI_PING))
        officer.post(path, data={"outcome": outcome, "reason": "两条记录是同一家买方"})
        looked = looked_at(approver, path)
        who = staff(instance, SHI_PING)
        with audit.write(instance.database, who, "demo.loaded") as session:
            lines = approval_lines(Place(found.policy_id, found.obligor_id, found.id), usd(1_000_000))
            enter(session, who, Kind.APPROVAL, "merged again", DAY, f"claim {claim}", lines)
        answer = approver.post(f"{path}/approve", data=looked)
        assert answer.status_code == 409
        page = answer.get_data(as_text=True)
        assert "the amounts have changed since you looked" in page
        assert "两条记录是同一家买方" in page
        assert "40,000.00" in page
        with instance.database.reading() as session:
            assert session.execute(select(ExcessTask)).scalar_one().state == stages.PROPOSED
        assert approver.post(f"{path}/approve", data={"seen": outcome}).status_code == 409
        assert approver.post(f"{path}/approve", data=looked_at(approver, path)).status_code == 302
        with instance.database.reading() as session:
            assert session.execute(select(ExcessTask)).scalar_one().state == stages.DONE


def test_what_a_claw_back_takes_from_a_paid_indemnity_is_told_to_the_firm_and_the_desk(
    app: Flask, instance: Instance, claim: str
) -> None:
    path, found = f"/desk/excesses/{excess(instance, claim)}", claim_of(instance, claim)
    who = staff(instance, SHI_PING)
    with on_day(DAY), audit.write(instance.database, who, "demo.loaded") as session:
        at = Place(found.policy_id, found.obligor_id, found.id)
        enter(session, who, Kind.PAYMENT, "paid", DAY, f"claim {claim}", payment_lines(at, usd(8_000_000)))
        session.get_one(Claim, found.id).state = stages.PAID
        session.get_one(Claim, found.id).paid_on = DAY
    with on_day(DAY):
        officer, approver = signed_in(app, QIAN_PEI), signed_in(app, SHI_PING)
        officer.post(path, data={"outcome": "claw_back", "reason": "两条记录是同一家买方"})
        approver.post(f"{path}/approve", data=looked_at(approver, path))
        page = in_english(signed_in_exporter(app, CHEN_HAIXIA)).get(f"/my/claims/{claim}").get_data(as_text=True)
        page = page.replace("\u00a0", " ")
        assert "Pay USD 30,000.00 back to the underwriter" in page
        assert "It is USD 50,000.00 now." in page
        assert "two of your buyers are one, with one cap" in page
        desk = in_english(officer).get(f"/desk/claims/{claim}").get_data(as_text=True).replace("\u00a0", " ")
        assert "The firm has to pay USD 30,000.00 back by 20 Oct 2022." in desk
        assert f'href="/desk/claims/{claim}/money"' in desk
        assert "Clawed back down to the cap" in desk


def test_whoever_proposed_an_excess_never_decides_it(app: Flask, instance: Instance, claim: str) -> None:
    path = f"/desk/excesses/{excess(instance, claim)}"
    with on_day(DAY):
        approver = signed_in(app, SHI_PING)
        approver.post(path, data={"outcome": "waive", "reason": "两条记录是同一家买方"})
        approver.post(f"{path}/approve", data={"seen": "waive"})
        with instance.database.reading() as session:
            assert session.execute(select(ExcessTask)).scalar_one().state == stages.PROPOSED
        assert approver.post(f"{path}/send-back").status_code == 302
        assert approver.get(path).status_code == 200
