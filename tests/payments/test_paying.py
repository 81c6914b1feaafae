"""From agreed claims to a paid one: a batch, its release, and what the bank says of it."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from ulid import ULID

from portal.accounts.exporters import find_or_make_by_mobile
from portal.accounts.records import Account
from portal.claims.claim_turns import around
from portal.claims.filing import withdraw_claim
from portal.claims.moves import StaleClaim
from portal.claims.records import Assignment, Claim, Shipment
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, Actor, Role
from portal.documents.actions import EVIDENCE, keep
from portal.ledger.queries import owed_on_claim, owed_to_payee, paid_on_claim
from portal.messages.records import Message
from portal.payments import ordering, queries, results, settling
from portal.payments.order_sheet import write_order
from portal.payments.result_files import RESULT_HEADINGS
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.recoveries.receiving import Told, tell_of
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.appeals.stories import paper, staff
from tests.claims.firm_stories import reading_english
from tests.claims.stories import claim_of, claimed, insured
from tests.ledger.stories import agreed, approved, holds, payee, reversed_approval, usd, workbook
from tests.people import CHEN_HAIXIA, QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import SCHEME

DAY = date(2022, 9, 26)
SUM = "32000.00"  # 80 % of 40,000.00


@pytest.fixture
def officer(instance: Instance) -> Actor:
    """The claims officer."""
    return staff(instance, QIAN_PEI)


@pytest.fixture
def approver(instance: Instance) -> Actor:
    """The approver."""
    return staff(instance, SHI_PING)


@pytest.fixture
def claim(instance: Instance) -> str:
    """The number of an agreed claim whose firm gave its account."""
    who = insured(instance)
    return agreed(instance, approved(instance, claimed(instance, who)), who)


def ordered(instance: Instance, officer: Actor, *numbers: str) -> str:
    """A batch of these claims."""
    with on_day(DAY):
        made = ordering.make_batch(instance, officer, SCHEME, numbers)
    assert made is not None
    return made


def released(instance: Instance, officer: Actor, approver: Actor, *numbers: str) -> str:
    """A batch of these claims on its way to the bank."""
    number = ordered(instance, officer, *numbers)
    with on_day(DAY):
        ordering.release_batch(instance, approver, number, seen(instance, number))
    return number


def seen(instance: Instance, number: str) -> str:
    """The check hash of a batch."""
    with instance.database.reading() as session:
        return ordering.batch_of(session, number).content_sha256


def told(
    instance: Instance, officer: Actor, *rows: tuple[object, ...], on: date = date(2022, 9, 27)
) -> results.Imported:
    """A result file of the bank, imported."""
    with on_day(on):
        return results.import_results(
            instance, officer, workbook([one.name for one in RESULT_HEADINGS], rows), "results.xlsx"
        )


def paid_row(
    reference: str, amount: object = SUM, serial: str = "BK001", day: object = "2022-09-27"
) -> tuple[object, ...]:
    """A row that says that the bank paid."""
    return (reference, amount, "USD", day, serial, "成功", "")


def line_of(instance: Instance, reference: str) -> tuple[str, str | None]:
    """The state of a line and the difference noted on it."""
    with instance.database.reading() as session:
        line = queries.line_of_reference(session, reference)
        assert line is not None
        return line.state, line.difference


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


def test_the_same_file_twice_changes_nothing(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    data = workbook([one.name for one in RESULT_HEADINGS], [paid_row(f"{number}-0001")])
    with on_day(date(2022, 9, 27)):
        first = results.import_results(instance, officer, data, "a.xlsx")
        again = results.import_results(instance, officer, data, "b.xlsx")
    assert (first.again, again.again, again.id) == (False, True, first.id)
    assert [
        one.code for one in told(instance, officer, paid_row(f"{number}-0001"), paid_row("P2022-99999-0001")).rows
    ] == [
        "known",
        "unknown_reference",
    ]
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
    instance: Instance, officer: Actor, approver: Actor, claim: str, row: tuple[object, ...], code: str
) -> None:
    number = released(instance, officer, approver, claim)
    assert number == "P2022-00001"
    done = told(instance, officer, row)
    assert [one.code for one in done.differing] == [code]
    assert claim_of(instance, claim).state == stages.PAYING
    if code != "unknown_reference":
        assert line_of(instance, f"{number}-0001") == (stages.ORDERED, code)
    assert holds(instance)


def test_a_batch_that_nobody_released_takes_no_result(instance: Instance, officer: Actor, claim: str) -> None:
    number = ordered(instance, officer, claim)
    done = told(instance, officer, paid_row(f"{number}-0001"))
    assert [one.code for one in done.rows] == ["not_released"]


def test_paid_twice_is_told_and_booked_once(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    done = told(instance, officer, paid_row(f"{number}-0001", serial="BK002"))
    assert [one.code for one in done.rows] == ["paid_twice"]
    assert line_of(instance, f"{number}-0001") == (stages.PAID, "paid_twice")
    with instance.database.reading() as session:
        assert paid_on_claim(session, claim_of(instance, claim).id).text == SUM
    assert holds(instance)


def test_good_rows_count_beside_bad_ones(instance: Instance, officer: Actor, approver: Actor, claim: str) -> None:
    number = released(instance, officer, approver, claim)
    done = told(
        instance,
        officer,
        ("", SUM, "USD", "2022-09-27", "BK001", "成功", ""),
        (f"{number}-0001", SUM, "USD", "2022-09-27", "BK001", "也许", ""),
        (f"{number}-0001", SUM, "USD", "2022-09-28", "BK001", "成功", ""),
        paid_row(f"{number}-0001"),
    )
    assert [one.row.number for one in done.rejected] == [2, 3, 4]
    assert claim_of(instance, claim).state == stages.PAID


def test_a_failed_payment_goes_back_to_agreed_and_is_payable_again(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, (f"{number}-0001", SUM, "USD", "", "", "失败", "账号有误"))
    assert line_of(instance, f"{number}-0001")[0] == stages.FAILED
    assert claim_of(instance, claim).state == stages.AGREED
    with instance.database.reading() as session:
        assert "claim_payment_failed" in set(session.execute(select(Message.kind)).scalars())
    again = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{again}-0001"))
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_a_payment_that_came_back_days_later_is_payable_again(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    done = told(
        instance, officer, (f"{number}-0001", SUM, "USD", "", "", "退回", "账户已销"), on=date(2022, 9, 29)
    )
    assert [one.code for one in done.rows] == ["came_back"]
    found = claim_of(instance, claim)
    assert found.state == stages.AGREED
    with instance.database.reading() as session:
        assert owed_to_payee(session, found.id).text == SUM
    assert [one.code for one in told(instance, officer, paid_row(f"{number}-0001"), ("x", 1, "USD")).rows] == [
        "known"
    ]
    assert holds(instance)


def test_an_approver_settles_what_the_bank_left_in_question(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001", amount="31985.00"))
    with on_day(date(2022, 9, 28)):
        for _twice in range(2):
            settling.settle_line(
                instance,
                approver,
                f"{number}-0001",
                stages.ORDERED,
                settling.WENT_OUT,
                "银行扣了手续费，已补足。",
                date(2022, 9, 28),
                "BK009",
            )
    assert claim_of(instance, claim).state == stages.PAID
    assert holds(instance)


def test_a_claim_on_which_the_firm_owes_money_is_not_withdrawn(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    reversed_approval(instance, claim, date(2022, 10, 10))
    with on_day(date(2022, 10, 11)), pytest.raises(StaleClaim):
        withdraw_claim(instance, member_again(instance), claim)
    assert claim_of(instance, claim).state == stages.ASSESSING


def test_withdrawing_is_not_offered_on_a_claim_on_which_the_firm_owes_money(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    reversed_approval(instance, claim, date(2022, 10, 10))
    with on_day(date(2022, 10, 11)):
        client, here = reading_english(app), f"/my/claims/{claim}"
        assert f"{here}/withdraw" not in text_of(client.get(here))
        for asks in (client.get, client.post):
            assert asks(f"{here}/withdraw").location == here
            assert "what was paid on it and reversed is set off" in text_of(client.get(here))
    assert claim_of(instance, claim).state == stages.ASSESSING


def test_what_was_paid_and_reversed_is_set_off_against_the_next_indemnity(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    reversed_approval(instance, claim, date(2022, 10, 10))
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
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    reversed_approval(instance, claim, date(2022, 10, 10))
    back = (f"{number}-0001", SUM, "USD", "", "", "退回", "账户已销")
    assert [one.code for one in told(instance, officer, back, on=date(2022, 10, 11)).rows] == ["came_back"]
    found = claim_of(instance, claim)
    assert found.state == stages.ASSESSING
    with instance.database.reading() as session:
        assert owed_on_claim(session, found.id).text == owed_to_payee(session, found.id).text == "0.00"
    assert holds(instance)


def test_a_payment_that_comes_back_while_another_is_ordered_is_paid_after_it(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    first = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{first}-0001"))
    reversed_approval(instance, claim, date(2022, 10, 10))
    with audit.write(instance.database, approver, "demo.loaded") as session:
        found = session.execute(select(Claim).where(Claim.number == claim)).scalar_one()
        session.execute(
            select(Shipment).where(Shipment.claim_id == found.id)
        ).scalar_one().amount_minor = 5_000_000
    agreed(instance, approved(instance, claim, date(2022, 10, 12)))
    second = released(instance, officer, approver, claim)  # 8,000.00, the rest was set off
    back = (f"{first}-0001", SUM, "USD", "", "", "退回", "账户已销")
    told(instance, officer, back, on=date(2022, 10, 13))
    assert claim_of(instance, claim).state == stages.PAYING
    told(instance, officer, paid_row(f"{second}-0001", "8000.00", "BK002"), on=date(2022, 10, 14))
    found = claim_of(instance, claim)
    assert found.state == stages.AGREED
    with instance.database.reading() as session:
        assert owed_to_payee(session, found.id).text == SUM
        assert paid_on_claim(session, found.id).text == "8000.00"
    assert holds(instance)


def test_a_line_that_was_noted_is_settled_later_in_the_same_words(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001", amount="31985.00"))
    with on_day(date(2022, 9, 28)):
        why, reference = "已电话询问银行。", f"{number}-0001"
        settling.settle_line(instance, approver, reference, stages.ORDERED, settling.LOOKED_INTO, why)
        settling.settle_line(instance, approver, reference, stages.ORDERED, settling.DID_NOT, why)
    assert line_of(instance, f"{number}-0001")[0] == stages.FAILED
    assert claim_of(instance, claim).state == stages.AGREED


def test_one_number_of_the_bank_settles_one_payment(
    instance: Instance, officer: Actor, approver: Actor, claim: str
) -> None:
    first = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{first}-0001"))
    told(instance, officer, (f"{first}-0001", SUM, "USD", "", "", "退回", ""), on=date(2022, 9, 28))
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


def member_again(instance: Instance) -> Actor:
    """Chen, who acts for the harbour's firm already."""
    with instance.database.locked() as session:
        return Actor(find_or_make_by_mobile(session, instance, CHEN_HAIXIA.mobile).id, Role.EXPORTER)


def assign(instance: Instance, number: str, payee_id: str, state: str = stages.RECORDED) -> None:
    """The proceeds of a claim are assigned to a bank."""
    who = member_again(instance)
    with audit.write(instance.database, who, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        deed = keep(session, instance, who, claim.uscc, EVIDENCE, paper())
        session.add(
            Assignment(
                id=str(ULID()),
                claim_id=claim.id,
                payee_id=payee_id,
                document_id=deed.id,
                state=state,
                told_by=who.id,
                told_at=clock.now(),
            )
        )


def sheet_of(instance: Instance, number: str) -> str:
    """Every cell of a batch's order, as text."""
    out = BytesIO()
    with instance.database.reading() as session:
        batch = ordering.batch_of(session, number)
        write_order(out, batch, queries.lines_of(session, batch.id), People(session, instance.keys))
    return "\n".join(str(cell.value) for row in load_workbook(BytesIO(out.getvalue()))["付款"] for cell in row)
