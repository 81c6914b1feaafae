"""What the bank answers: taken once, told where it differs, settled by a person, and what follows from it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.claims.filing import withdraw_claim
from portal.claims.moves import StaleClaim
from portal.claims.records import Claim, Shipment
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.queries import owed_on_claim, owed_to_payee, paid_on_claim
from portal.messages.records import Message
from portal.payments import ordering, results, settling
from portal.payments.result_files import RESULT_HEADINGS
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.claims.firm_stories import reading_english
from tests.claims.stories import claim_of
from tests.ledger.stories import agreed, approved, holds, reversed_approval, workbook
from tests.payments.batches import (
    SUM,
    line_of,
    member_again,
    ordered,
    paid_row,
    released,
    told,
)
from tests.policies.stories import on_day
from tests.samples import SCHEME


@pytest.fixture
def reference(instance: Instance, officer: Actor, approver: Actor, claim: str) -> str:
    """The payment of the claim, on its way to the bank: its reference."""
    return f"{released(instance, officer, approver, claim)}-0001"


@pytest.fixture
def paid(instance: Instance, officer: Actor, reference: str) -> str:
    """A payment that the bank has made."""
    told(instance, officer, paid_row(reference))
    return reference


@pytest.fixture
def paid_and_reversed(instance: Instance, claim: str, paid: str) -> str:
    """A payment that was made, and whose indemnity was reversed on 10 October 2022."""
    reversed_approval(instance, claim, date(2022, 10, 10))
    return paid


def codes(done: results.Imported) -> list[str | None]:
    """What was found of each row that could be read."""
    return [one.code for one in done.rows]


def came_back(reference: str) -> tuple[object, ...]:
    """A row that says that the payee's bank sent the money back."""
    return (reference, SUM, "USD", "", "", "退回", "账户已销")


def test_the_same_file_twice_changes_nothing(instance: Instance, officer: Actor, reference: str) -> None:
    data = workbook([one.name for one in RESULT_HEADINGS], [paid_row(reference)])
    with on_day(date(2022, 9, 27)):
        first = results.import_results(instance, officer, data, "a.xlsx")
        again = results.import_results(instance, officer, data, "b.xlsx")
    assert (first.again, again.again, again.id) == (False, True, first.id)
    both = told(instance, officer, paid_row(reference), paid_row("P2022-99999-0001"))
    assert codes(both) == ["known", "unknown_reference"]
    assert holds(instance)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("P2022-00001-0001", "32000.01", "USD", "2022-09-27", "BK001", "成功"), "other_amount"),
        (("P2022-00001-0001", SUM, "EUR", "2022-09-27", "BK001", "成功"), "other_currency"),
        (("P2022-00001-0001", SUM, "USD", "2022-09-25", "BK001", "成功"), "date_before_order"),
        (("P2022-00001-0002", SUM, "USD", "2022-09-27", "BK001", "成功"), "unknown_reference"),
    ],
)
def test_what_differs_from_the_order_is_told_and_not_taken(
    instance: Instance, officer: Actor, claim: str, reference: str, row: tuple[object, ...], code: str
) -> None:
    assert reference == "P2022-00001-0001"
    done = told(instance, officer, row)
    assert [one.code for one in done.differing] == [code]
    assert claim_of(instance, claim).state == stages.PAYING
    if code != "unknown_reference":
        assert line_of(instance, reference) == (stages.ORDERED, code)
    assert holds(instance)


def test_a_batch_that_nobody_released_takes_no_result(instance: Instance, officer: Actor, claim: str) -> None:
    number = ordered(instance, officer, claim)
    done = told(instance, officer, paid_row(f"{number}-0001"))
    assert codes(done) == ["not_released"]


def test_paid_twice_is_told_and_booked_once(instance: Instance, officer: Actor, claim: str, paid: str) -> None:
    done = told(instance, officer, paid_row(paid, serial="BK002"))
    assert codes(done) == ["paid_twice"]
    assert line_of(instance, paid) == (stages.PAID, "paid_twice")
    with instance.database.reading() as session:
        assert paid_on_claim(session, claim_of(instance, claim).id).text == SUM
    assert holds(instance)


def test_good_rows_count_beside_bad_ones(instance: Instance, officer: Actor, claim: str, reference: str) -> None:
    done = told(
        instance,
        officer,
        ("", SUM, "USD", "2022-09-27", "BK001", "成功", ""),
        (reference, SUM, "USD", "2022-09-27", "BK001", "也许", ""),
        (reference, SUM, "USD", "2022-09-28", "BK001", "成功", ""),
        paid_row(reference),
    )
    assert [one.row.number for one in done.rejected] == [2, 3, 4]
    assert claim_of(instance, claim).state == stages.PAID


def test_a_failed_payment_goes_back_to_agreed_and_is_payable_again(
    instance: Instance, officer: Actor, approver: Actor, claim: str, reference: str
) -> None:
    told(instance, officer, (reference, SUM, "USD", "", "", "失败", "账号有误"))
    assert line_of(instance, reference)[0] == stages.FAILED
    assert claim_of(instance, claim).state == stages.AGREED
    with instance.database.reading() as session:
        assert "claim_payment_failed" in set(session.execute(select(Message.kind)).scalars())
    again = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{again}-0001"))
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_a_payment_that_came_back_days_later_is_payable_again(
    instance: Instance, officer: Actor, claim: str, paid: str
) -> None:
    done = told(instance, officer, came_back(paid), on=date(2022, 9, 29))
    assert codes(done) == ["came_back"]
    found = claim_of(instance, claim)
    assert found.state == stages.AGREED
    with instance.database.reading() as session:
        assert owed_to_payee(session, found.id).text == SUM
    assert codes(told(instance, officer, paid_row(paid), ("x", 1, "USD"))) == ["known"]
    assert holds(instance)


def test_an_approver_settles_what_the_bank_left_in_question(
    instance: Instance, officer: Actor, approver: Actor, claim: str, reference: str
) -> None:
    told(instance, officer, paid_row(reference, amount="31985.00"))
    with on_day(date(2022, 9, 28)):
        for _twice in range(2):
            settling.settle_line(
                instance,
                approver,
                reference,
                stages.ORDERED,
                settling.WENT_OUT,
                "银行扣了手续费，已补足。",
                date(2022, 9, 28),
                "BK009",
            )
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


@pytest.mark.usefixtures("paid_and_reversed")
def test_a_claim_on_which_the_firm_owes_money_is_not_withdrawn(instance: Instance, claim: str) -> None:
    with on_day(date(2022, 10, 11)), pytest.raises(StaleClaim):
        withdraw_claim(instance, member_again(instance), claim)
    assert claim_of(instance, claim).state == stages.ASSESSING


@pytest.mark.usefixtures("paid_and_reversed")
def test_withdrawing_is_not_offered_on_a_claim_on_which_the_firm_owes_money(
    app: Flask, instance: Instance, claim: str
) -> None:
    with on_day(date(2022, 10, 11)):
        client, here = reading_english(app), f"/my/claims/{claim}"
        assert f"{here}/withdraw" not in text_of(client.get(here))
        for asks in (client.get, client.post):
            assert asks(f"{here}/withdraw").location == here
            assert "what was paid on it and reversed is set off" in text_of(client.get(here))
    assert claim_of(instance, claim).state == stages.ASSESSING


@pytest.mark.usefixtures("paid_and_reversed")
def test_what_was_paid_and_reversed_is_set_off_against_the_next_indemnity(
    instance: Instance, officer: Actor, claim: str
) -> None:
    agreed(instance, approved(instance, claim, date(2022, 10, 12), {"INV-2022-001": 3_000_000}))
    with on_day(date(2022, 10, 14)):
        assert ordering.make_batch(instance, officer, SCHEME, [claim]) is None
    found = claim_of(instance, claim)
    assert found.state == stages.PAID
    with instance.database.reading() as session:
        assert owed_on_claim(session, found.id).text == "8000.00"
        assert owed_to_payee(session, found.id).text == "0.00"
    assert holds(instance)


def test_a_payment_that_comes_back_after_its_indemnity_was_reversed_is_owed_by_nobody(
    instance: Instance, officer: Actor, claim: str, paid_and_reversed: str
) -> None:
    done = told(instance, officer, came_back(paid_and_reversed), on=date(2022, 10, 11))
    assert codes(done) == ["came_back"]
    found = claim_of(instance, claim)
    assert found.state == stages.ASSESSING
    with instance.database.reading() as session:
        assert owed_on_claim(session, found.id).text == owed_to_payee(session, found.id).text == "0.00"
    assert holds(instance)


def test_a_payment_that_comes_back_while_another_is_ordered_is_paid_after_it(
    instance: Instance, officer: Actor, approver: Actor, claim: str, paid_and_reversed: str
) -> None:
    with audit.write(instance.database, approver, "demo.loaded") as session:
        own = select(Shipment).join(Claim, Claim.id == Shipment.claim_id).where(Claim.number == claim)
        session.execute(own).scalar_one().amount_minor = 5_000_000
    agreed(instance, approved(instance, claim, date(2022, 10, 12)))
    second = released(instance, officer, approver, claim)  # 8,000.00, the rest was set off
    told(instance, officer, came_back(paid_and_reversed), on=date(2022, 10, 13))
    assert claim_of(instance, claim).state == stages.PAYING
    told(instance, officer, paid_row(f"{second}-0001", "8000.00", "BK002"), on=date(2022, 10, 14))
    found = claim_of(instance, claim)
    assert found.state == stages.AGREED
    with instance.database.reading() as session:
        assert owed_to_payee(session, found.id).text == SUM
        assert paid_on_claim(session, found.id).text == "8000.00"
    assert holds(instance)


def test_a_line_that_was_noted_is_settled_later_in_the_same_words(
    instance: Instance, officer: Actor, approver: Actor, claim: str, reference: str
) -> None:
    told(instance, officer, paid_row(reference, amount="31985.00"))
    with on_day(date(2022, 9, 28)):
        why = "已电话询问银行。"
        settling.settle_line(instance, approver, reference, stages.ORDERED, settling.LOOKED_INTO, why)
        settling.settle_line(instance, approver, reference, stages.ORDERED, settling.DID_NOT, why)
    assert line_of(instance, reference)[0] == stages.FAILED
    assert claim_of(instance, claim).state == stages.AGREED


def test_one_number_of_the_bank_settles_one_payment(
    instance: Instance, officer: Actor, approver: Actor, claim: str, paid: str
) -> None:
    told(instance, officer, came_back(paid), on=date(2022, 9, 28))
    second = released(instance, officer, approver, claim)
    with on_day(date(2022, 9, 29)), pytest.raises(settling.ReferenceTaken):
        settling.settle_line(
            instance,
            approver,
            f"{second}-0001",
            stages.ORDERED,
            settling.WENT_OUT,
            "银行说已付出。",
            date(2022, 9, 29),
            "BK001",
        )
    assert line_of(instance, f"{second}-0001")[0] == stages.ORDERED
