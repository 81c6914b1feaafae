"""Ordering payments: two people, the account as it stands, and what holds a payment back."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from portal.accounts.records import Account
from portal.claims.claim_turns import around
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor
from portal.ledger.queries import owed_to_payee, paid_on_claim
from portal.messages.records import Message
from portal.payments import ordering, queries
from portal.payments.order_sheet import write_order
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.recoveries.receiving import Told, tell_of
from portal.scheme import stages
from tests.accounts.pages import in_english
from tests.appeals.stories import staff
from tests.claims.firm_stories import unconfirm
from tests.claims.stories import claim_of, claimed, insured
from tests.conftest import signed_in
from tests.ledger.stories import agreed, approved, holds, payee, usd
from tests.payments.batches import (
    DAY,
    SUM,
    assign,
    member_again,
    ordered,
    paid_row,
    released,
    seen,
    sheet_of,
    told,
)
from tests.people import OUYANG_MU, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import SCHEME, SILENT


def test_an_agreed_claim_is_ordered_released_by_another_and_paid(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    assert claim_of(instance, claim).state == stages.PAYING
    done = told(instance, officer, paid_row(f"{number}-0001"))
    assert [one.code for one in done.rows] == ["paid"]
    found = claim_of(instance, claim)
    assert (found.state, found.paid_on) == (stages.PAID, date(2022, 9, 27))
    with instance.database.reading() as session:
        assert owed_to_payee(session, found.id).minor == 0
        assert paid_on_claim(session, found.id).text == SUM
        assert ordering.batch_of(session, number).state == stages.DONE
        assert "claim_paid" in set(session.execute(select(Message.kind)).scalars())
    assert holds(instance)


def test_whoever_ordered_a_batch_never_releases_it(instance: Instance, officer: Actor, claim: str) -> None:
    number = ordered(instance, officer, claim)
    both = Actor(officer.id, staff(instance, SHI_PING).role)
    with pytest.raises(ordering.SamePerson):
        ordering.release_batch(instance, both, number, seen(instance, number))


def test_ordering_twice_gives_the_same_batch(instance: Instance, officer: Actor, claim: str) -> None:
    assert ordered(instance, officer, claim) == ordered(instance, officer, claim)


def test_a_claim_in_a_batch_is_not_ordered_by_another(instance: Instance, officer: Actor, claim: str) -> None:
    ordered(instance, officer, claim)
    with pytest.raises(ordering.NotReady) as refused:
        ordering.make_batch(instance, Actor("another", officer.role), SCHEME, [claim])
    assert refused.value.claims == {claim: ("moved",)}


def test_a_dropped_batch_gives_its_claims_back(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = ordered(instance, officer, claim)
    ordering.drop_batch(instance, officer, number)
    assert claim_of(instance, claim).state == stages.AGREED
    with pytest.raises(ordering.StaleBatch):
        ordering.release_batch(instance, approver, number, seen(instance, number))
    assert ordered(instance, officer, claim) != number
    assert holds(instance)


def test_without_an_account_nothing_is_ordered(instance: Instance, officer: Actor) -> None:
    who = insured(instance)
    number = agreed(instance, approved(instance, claimed(instance, who)))
    with pytest.raises(ordering.NotReady) as refused:
        ordering.make_batch(instance, officer, SCHEME, [number])
    assert refused.value.claims == {number: (queries.NO_PAYEE,)}


def test_an_account_changed_before_the_release_holds_it_back(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = ordered(instance, officer, claim)
    payee(instance, member_again(instance), claim, "999")
    with pytest.raises(ordering.StaleBatch) as stale:
        ordering.release_batch(instance, approver, number, seen(instance, number))
    assert stale.value.claims == (claim,)


def test_an_account_that_went_with_the_erased_person_who_gave_it_holds_back_its_own_claim_only(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    batch = ordered(instance, officer, claim)
    with instance.database.reading() as session:
        person_id = session.get_one(Account, member_again(instance).id).person_id
    erase_person(instance, COMMAND, person_id, ASKED_FOR)
    with pytest.raises(ordering.StaleBatch) as stale:
        ordering.release_batch(instance, approver, batch, seen(instance, batch))
    assert stale.value.claims == (claim,)
    ordering.drop_batch(instance, officer, batch)
    with pytest.raises(ordering.NotReady) as refused:
        ordering.make_batch(instance, officer, SCHEME, [claim])
    assert refused.value.claims == {claim: (queries.NO_PAYEE,)}
    with instance.database.reading() as session:
        assert not around(session, [claim_of(instance, claim)])[claim_of(instance, claim).id].payee


def test_an_account_erased_after_the_release_is_left_out_of_the_order_and_the_others_are_paid(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    other_firm = insured(instance, OUYANG_MU, SILENT)
    other = agreed(instance, approved(instance, claimed(instance, other_firm, firm=SILENT)), other_firm)
    number = released(instance, officer, approver, claim, other)
    with instance.database.reading() as session:
        person_id = session.get_one(Account, other_firm.id).person_id
    erase_person(instance, COMMAND, person_id, ASKED_FOR)
    with on_day(DAY):
        desk = in_english(signed_in(app, QIAN_PEI))
        book = load_workbook(BytesIO(desk.get(f"/desk/payments/{number}/order.xlsx").data))
        said = "the order goes without it"
        assert desk.get(f"/desk/payments/{number}").get_data(as_text=True).count(said) == 1
        assert [row[7] for row in book["付款"].iter_rows(min_row=2, values_only=True)] == [
            f"出口信用保险赔款 {claim}"
        ]
        checked = [tuple(row[:2]) for row in book["核对"].iter_rows(values_only=True)]
        assert ("笔数", 1) in checked
        assert ("合计", float(SUM)) in checked
        assert [str(row[1]).split()[0] for row in checked if row[0] == "未列入"] == [f"{number}-0002"]


def test_an_account_changed_after_the_release_leaves_the_line_as_ordered(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    payee(instance, member_again(instance), claim, "999")
    assert "0012345678901234567" in sheet_of(instance, number)
    told(instance, officer, paid_row(f"{number}-0001"))
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_assigned_proceeds_are_paid_to_the_bank(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    who = member_again(instance)
    bank = payee(instance, who, claim, "8888", kind="bank")
    assign(instance, claim, bank)
    number = released(instance, officer, approver, claim)
    assert "8888" in sheet_of(instance, number)
    told(instance, officer, paid_row(f"{number}-0001"))
    with instance.database.reading() as session:
        assert "claim_paid_to_bank" in set(session.execute(select(Message.kind)).scalars())


def test_an_assignment_that_nobody_recorded_yet_holds_the_payment_back(
    instance: Instance, officer: Actor, claim: str
) -> None:
    bank = payee(instance, member_again(instance), claim, "8888", kind="bank")
    assign(instance, claim, bank, stages.TOLD)
    with pytest.raises(ordering.NotReady) as refused:
        ordering.make_batch(instance, officer, SCHEME, [claim])
    assert refused.value.claims == {claim: (queries.ASSIGNMENT_OPEN,)}


def test_money_of_before_the_approval_told_after_it_holds_the_payment_back(
    instance: Instance, officer: Actor, claim: str
) -> None:
    told_of = Told(date(2022, 9, 1), "SWIFT 4711", usd(1_000_000), usd(0))
    with on_day(DAY):
        assert tell_of(instance, member_again(instance), claim, told_of, None).recovery is None
        with pytest.raises(ordering.NotReady) as refused:
            ordering.make_batch(instance, officer, SCHEME, [claim])
    assert refused.value.claims == {claim: (queries.MONEY_SINCE,)}


def test_what_comes_up_between_ordering_and_releasing_holds_the_batch_back(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    batch = ordered(instance, officer, claim)
    told_of = Told(date(2022, 9, 1), "SWIFT 4711", usd(1_000_000), usd(0))
    with on_day(DAY):
        assert tell_of(instance, member_again(instance), claim, told_of, None).recovery is None
        with pytest.raises(ordering.Hindered) as refused:
            ordering.release_batch(instance, approver, batch, seen(instance, batch))
        assert refused.value.claims == {claim: (queries.MONEY_SINCE,)}
        unconfirm(instance, member_again(instance))
        page = in_english(signed_in(app, SHI_PING))
        data = {"seen": seen(instance, batch)}
        answer = page.post(f"/desk/payments/{batch}/release", data=data, follow_redirects=True)
        text = answer.get_data(as_text=True)
        assert "money of before the approval was told after it" in text
        assert "nobody is confirmed to act for the firm" in text
    with instance.database.reading() as session:
        assert ordering.batch_of(session, batch).state == stages.MADE
    ordering.drop_batch(instance, officer, batch)


def test_an_account_that_the_bank_refused_is_shown_with_its_note_and_not_ticked_until_another_is_given(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    batch = released(instance, officer, approver, claim)
    told(instance, officer, (f"{batch}-0001", SUM, "USD", "2022-09-27", "", "失败", "账号户名不符"))
    ticked = f'value="{claim}" id="claim-{claim}" checked'
    with on_day(date(2022, 9, 28)):
        client = in_english(signed_in(app, QIAN_PEI))
        page = client.get("/desk/payments/new").get_data(as_text=True)
        assert "账号户名不符" in page
        assert f"{batch}-0001" in page
        assert "the bank could not pay to this very account" in page
        assert ticked not in page
        payee(instance, member_again(instance), claim, "999")
        page = client.get("/desk/payments/new").get_data(as_text=True)
        assert "账号户名不符" in page
        assert "another account since the bank could not pay" in page
        assert ticked in page


def test_the_order_keeps_account_numbers_as_text_and_formulas_dead(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    out = BytesIO()
    with instance.database.reading() as session:
        batch = ordering.batch_of(session, number)
        write_order(out, batch, queries.lines_of(session, batch.id), People(session, instance.keys))
    book = load_workbook(BytesIO(out.getvalue()))
    row = list(book["付款"][2])
    assert [cell.value for cell in row[:5]] == [
        f"{number}-0001",
        "=演示公司",
        "演示银行",
        "000123456789",
        "0012345678901234567",
    ]
    assert {cell.data_type for cell in row[:5]} == {"s"}
    assert row[5].value == 32000
    totals = {line[0].value: line[1].value for line in book["核对"]}
    assert (totals["合计"], totals["核对码"]) == (32000, seen(instance, number))
