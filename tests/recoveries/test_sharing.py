"""Money that comes in after an approval: shared, remitted, carried, reversed, and never counted twice."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import inspect, select

from portal.claims.receipts import MoneyKnown
from portal.claims.records import Claim, Receipt, Shipment
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from portal.ledger.accounts import Account, Held
from portal.ledger.queries import approved_and_reversed, balance, to_remit
from portal.ledger.rate_import import import_rates
from portal.ledger.rates import NoRate
from portal.messages.records import Message
from portal.policies.records import Policy
from portal.recoveries import receiving, settling
from portal.recoveries.receiving import Told
from portal.recoveries.records import Recovery, Share
from portal.recoveries.sharing import NoInvoice
from portal.scheme import stages
from portal.scheme.money import Money
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import paper, staff
from tests.claims.stories import claim_of, claimed, insured, shipment
from tests.conftest import signed_in
from tests.ledger.stories import APPROVED_ON, approved, holds, usd, workbook
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day
from tests.samples import HARBOUR

RECEIVED = date(2022, 10, 10)


@pytest.fixture
def officer(instance: Instance) -> Actor:
    """The claims officer."""
    return staff(instance, QIAN_PEI)


@pytest.fixture
def firm(instance: Instance) -> Actor:
    """Somebody of the firm."""
    return insured(instance)


@pytest.fixture
def claim(instance: Instance, firm: Actor) -> str:
    """A claim of 100,000.00 lost, of which 50,000.00 was approved: the cap."""
    return approved(instance, claimed(instance, firm, shipments=[shipment(amount_minor=10_000_000)]))


def money(
    minor: int = 1_000_000,
    costs: int = 0,
    reference: str = "SWIFT 20221010-1",
    on: date = RECEIVED,
    held: Held = Held.FIRM,
    shipment_id: str | None = None,
    currency: str = "USD",
) -> Told:
    """Money received, in cents."""
    amounts = Money.from_minor(minor, currency), Money.from_minor(costs, currency)
    return Told(on, reference, *amounts, shipment_id, held)


def record(instance: Instance, who: Actor, claim: str, told: Told, day: date | None = None) -> receiving.Recorded:
    """Recorded by staff on the day on which it came, or on another."""
    with on_day(day or told.received_on):
        return receiving.record(instance, who, claim, told)


def shares_of(instance: Instance, number: str | None) -> list[tuple[int, int, int]]:
    """Of each share: costs, underwriter's and firm's, in cents; that of a claim first."""
    with instance.database.reading() as session:
        query = select(Share).join(Recovery, Recovery.id == Share.recovery_id).where(Recovery.number == number)
        found = session.execute(query.order_by(Share.claim_id.is_(None))).scalars()
        return [(one.costs_minor, one.underwriter_minor, one.firm_minor) for one in found]


def test_the_example_of_the_scheme_is_shared_to_the_cent(instance: Instance, officer: Actor, claim: str) -> None:
    done = record(instance, officer, claim, money(1_000_000, costs=100_000))
    assert shares_of(instance, done.recovery) == [(100_000, 450_000, 450_000)]
    with instance.database.reading() as session:
        assert to_remit(session, HARBOUR.uscc) == usd(450_000)
        told = session.execute(select(Message.kind)).scalars().all()
        assert "recovery_to_remit" in told
    assert holds(instance)


def test_recoveries_do_not_refill_the_room(instance: Instance, officer: Actor, claim: str) -> None:
    record(instance, officer, claim, money())
    found = claim_of(instance, claim)
    with instance.database.reading() as session:
        approved_sum, reversed_sum = approved_and_reversed(session, found.policy_id, [found.obligor_id])
    assert (approved_sum, reversed_sum) == (usd(5_000_000), usd(0))


def test_money_of_before_the_approval_is_a_payment(instance: Instance, officer: Actor, claim: str) -> None:
    done = record(instance, officer, claim, money(on=date(2022, 9, 19)), day=RECEIVED)
    assert done.recovery is None
    with instance.database.reading() as session:
        receipt = session.execute(select(Receipt)).scalar_one()
        assert (receipt.id, receipt.state, receipt.kind) == (done.receipt_id, stages.COUNTED, "payment")
    assert holds(instance)


def test_money_of_the_day_of_the_approval_is_a_recovery(instance: Instance, officer: Actor, claim: str) -> None:
    assert record(instance, officer, claim, money(on=APPROVED_ON), day=RECEIVED).recovery == "R2022-00001"


@pytest.mark.parametrize("typed", ["SWIFT 20221010-1", "swift20221010 1", "ＳＷＩＦＴ　２０２２１０１０－１"])
def test_the_same_money_is_never_recorded_twice(
    instance: Instance, officer: Actor, claim: str, typed: str
) -> None:
    record(instance, officer, claim, money())
    with pytest.raises(MoneyKnown):
        record(instance, officer, claim, money(2_000_000, reference=typed))
    with pytest.raises(MoneyKnown):
        record(instance, officer, claim, money(reference=typed, on=date(2022, 9, 1)), day=RECEIVED)
    assert holds(instance)


def test_a_payment_is_never_a_recovery_as_well(instance: Instance, officer: Actor, claim: str) -> None:
    record(instance, officer, claim, money(on=date(2022, 9, 1)), day=RECEIVED)
    with pytest.raises(MoneyKnown):
        record(instance, officer, claim, money())


def test_recording_twice_gives_the_same_recovery(instance: Instance, officer: Actor, claim: str) -> None:
    assert record(instance, officer, claim, money()) == record(instance, officer, claim, money())
    assert len(shares_of(instance, "R2022-00001")) == 1


def test_costs_above_the_recovery_carry_to_the_next_one(instance: Instance, officer: Actor, claim: str) -> None:
    first = record(instance, officer, claim, money(100_000, costs=150_000))
    assert shares_of(instance, first.recovery) == [(100_000, 0, 0)]
    second = record(instance, officer, claim, money(1_050_000, reference="second", on=date(2022, 10, 20)))
    assert shares_of(instance, second.recovery) == [(50_000, 500_000, 500_000)]
    assert holds(instance)


def test_a_recovery_after_the_end_of_the_policy_year_is_shared_alike(
    instance: Instance, officer: Actor, claim: str
) -> None:
    done = record(instance, officer, claim, money(on=date(2023, 6, 1)))
    assert shares_of(instance, done.recovery) == [(0, 500_000, 500_000)]
    assert holds(instance)


def test_what_nobody_owes_any_more_is_the_firms(instance: Instance, officer: Actor, claim: str) -> None:
    done = record(instance, officer, claim, money(11_000_000))
    assert shares_of(instance, done.recovery) == [(0, 5_000_000, 5_000_000), (0, 0, 1_000_000)]
    assert holds(instance)


def test_an_uncovered_invoice_that_is_due_first_takes_its_part(
    instance: Instance, officer: Actor, firm: Actor
) -> None:
    number = claimed(
        instance,
        firm,
        shipments=[
            shipment("INV-A", amount_minor=500_000, due_on=date(2022, 7, 20), own_declaration="no"),
            shipment("INV-B", amount_minor=1_000_000),
        ],
    )
    approved(instance, number, recognised={"INV-B": 1_000_000})
    done = record(instance, officer, number, money(800_000))
    # 5,000.00 to the older invoice that no cover holds, 3,000.00 shared eight to two.
    assert shares_of(instance, done.recovery) == [(0, 240_000, 60_000), (0, 0, 500_000)]
    named = shipment_id(instance, number, "INV-B")
    second = record(instance, officer, number, money(200_000, reference="two", shipment_id=named))
    assert shares_of(instance, second.recovery) == [(0, 160_000, 40_000)]
    assert holds(instance)


def test_a_recovery_in_another_currency_converts_at_its_receipt_date(
    instance: Instance, officer: Actor, firm: Actor
) -> None:
    rates(instance, officer, ("EUR", "2022-10-07", "1.1"), ("EUR", "2022-08-08", "1.0"))
    number = claimed(instance, firm, shipments=[shipment(currency="EUR", amount_minor=1_000_000)])
    approved(instance, number)
    done = record(instance, officer, number, money(100_000, currency="EUR"))
    assert shares_of(instance, done.recovery) == [(0, 88_000, 22_000)]
    with instance.database.reading() as session:
        found = session.execute(select(Recovery)).scalar_one()
        assert (found.rate, found.rate_on) == ("1.1", date(2022, 10, 7))
    assert holds(instance)


def test_a_missing_rate_is_an_error_and_nothing_is_recorded(
    instance: Instance, officer: Actor, firm: Actor
) -> None:
    rates(instance, officer, ("EUR", "2022-08-08", "1.0"))
    number = claimed(instance, firm, shipments=[shipment(currency="EUR", amount_minor=1_000_000)])
    approved(instance, number)
    with pytest.raises(NoRate):
        record(instance, officer, number, money(100_000, currency="EUR"))
    with instance.database.reading() as session:
        assert session.execute(select(Recovery)).first() is None


def test_money_in_a_currency_of_no_invoice_is_refused(instance: Instance, officer: Actor, claim: str) -> None:
    with pytest.raises(NoInvoice):
        record(instance, officer, claim, money(currency="JPY"))


def test_the_firm_tells_and_staff_record_with_the_agreed_costs(
    instance: Instance, officer: Actor, firm: Actor, claim: str
) -> None:
    with on_day(RECEIVED):
        told = receiving.tell_of(instance, firm, claim, money(costs=500_000), paper())
        again = receiving.tell_of(instance, firm, claim, money(costs=500_000), paper())
        assert told == again
        assert told.recovery is not None
        assert shares_of(instance, told.recovery) == []
        receiving.record_told(instance, officer, told.recovery, usd(100_000))
        receiving.record_told(instance, officer, told.recovery, usd(100_000))
    assert shares_of(instance, told.recovery) == [(100_000, 450_000, 450_000)]
    assert holds(instance)


def test_nobody_else_tells_for_a_firm(instance: Instance, claim: str) -> None:
    with on_day(RECEIVED), pytest.raises(NotAllowed):
        receiving.tell_of(instance, Actor("somebody", Role.EXPORTER), claim, money(), None)


def test_what_was_refused_can_be_told_again(instance: Instance, officer: Actor, firm: Actor, claim: str) -> None:
    with on_day(RECEIVED):
        first = receiving.tell_of(instance, firm, claim, money(), None)
        receiving.refuse_told(instance, officer, first.recovery or "", "other_sum")
        second = receiving.tell_of(instance, firm, claim, money(2_000_000), None)
    assert second.recovery == "R2022-00002"


def test_a_remitted_share_is_booked_once(instance: Instance, officer: Actor, claim: str) -> None:
    record(instance, officer, claim, money())
    with instance.database.reading() as session:
        share = session.execute(select(Share)).scalar_one()
        assert share.due_on == date(2022, 10, 20)
    with on_day(date(2022, 10, 18)):
        for _twice in range(2):
            settling.settle(instance, officer, share.id, date(2022, 10, 17), "BANK 77")
    with instance.database.reading() as session:
        assert to_remit(session, HARBOUR.uscc) == usd(0)
        assert balance(session, Account.BANK, claim_of(instance, claim).id) == usd(500_000)
    assert holds(instance)


def test_the_firms_share_is_paid_out_where_the_underwriter_was_paid(
    instance: Instance, officer: Actor, claim: str
) -> None:
    record(instance, officer, claim, money(costs=100_000, held=Held.UNDERWRITER))
    claim_id = claim_of(instance, claim).id
    with instance.database.reading() as session:
        share = session.execute(select(Share)).scalar_one()
        assert balance(session, Account.BANK, claim_id) == usd(1_000_000)
    with on_day(RECEIVED):
        settling.settle(instance, officer, share.id, RECEIVED, "OUT 1")
    with instance.database.reading() as session:
        assert balance(session, Account.BANK, claim_id) == usd(550_000)
        assert balance(session, Account.KEPT_BY_FIRM, claim_id) == usd(450_000)
    assert holds(instance)


def test_a_wrong_recovery_is_reversed_by_another_and_its_reference_is_free(
    instance: Instance, officer: Actor, claim: str
) -> None:
    done = record(instance, officer, claim, money())
    assert done.recovery is not None
    both = Actor(officer.id, staff(instance, SHI_PING).role)
    with on_day(RECEIVED):
        with pytest.raises(settling.SamePerson):
            settling.reverse(instance, both, done.recovery, "记错了买方")
        for _twice in range(2):
            settling.reverse(instance, staff(instance, SHI_PING), done.recovery, "记错了买方")
    with instance.database.reading() as session:
        assert to_remit(session, HARBOUR.uscc) == usd(0)
    assert holds(instance)
    again = record(instance, officer, claim, money(600_000))
    assert shares_of(instance, again.recovery) == [(0, 300_000, 300_000)]
    assert holds(instance)


def shipment_id(instance: Instance, claim: str, number: str) -> str:
    """The id of a shipment of a claim's notice."""
    with instance.database.reading() as session:
        query = select(Shipment.id).where(
            Shipment.notice_id == claim_of(instance, claim).notice_id, Shipment.invoice_number == number
        )
        return session.execute(query).scalar_one()


def rates(instance: Instance, officer: Actor, *rows: tuple[str, str, str]) -> None:
    """Exchange rates into US dollars."""
    with on_day(date(2022, 10, 30)):
        import_rates(instance, officer, workbook(("币种", "日期", "汇率"), rows), "rates.xlsx")


def test_what_falls_on_a_claim_not_approved_yet_is_a_payment_to_it(
    instance: Instance, officer: Actor, firm: Actor, claim: str
) -> None:
    older = waiting_claim(instance, claim)
    # 40,000.00 to the older invoice, whose claim waits for its approval, then 10,000.00 shared by halves.
    done = record(instance, officer, claim, money(5_000_000, costs=500_000))
    assert shares_of(instance, done.recovery) == [(100_000, 450_000, 450_000)]
    with instance.database.reading() as session:
        receipt = session.execute(select(Receipt)).scalar_one()
        assert (receipt.amount_minor, receipt.costs_minor) == (4_000_000, 400_000)
        assert (receipt.shipment_id, receipt.state) == (older, stages.COUNTED)
    assert holds(instance)
    with on_day(RECEIVED):
        settling.reverse(instance, staff(instance, SHI_PING), done.recovery or "", "记错了买方")
    with instance.database.reading() as session:
        assert session.execute(select(Receipt)).scalar_one().state == stages.STRUCK
    assert holds(instance)


def test_the_pages_say_where_every_part_of_a_sum_went(
    app: Flask, instance: Instance, officer: Actor, firm: Actor, claim: str
) -> None:
    waiting_claim(instance, claim)
    done = record(instance, officer, claim, money(5_000_000, costs=500_000))
    with on_day(RECEIVED):
        client = in_english(signed_in(app, QIAN_PEI))
        page = text_of(client.get(f"/desk/recoveries/{done.recovery}")).replace("\u00a0", " ")
        for words, amount in (
            ("A payment to claim C2022-00099, not approved then", "USD 40,000.00"),
            (f"Shared on claim {claim}", "USD 10,000.00"),
            ("Total", "USD 50,000.00"),
        ):
            assert f'<dt>{words}</dt><dd class="tb-num">{amount}</dd>' in page, words
        seen = text_of(client.get(f"/desk/claims/{claim}/approval")).replace("\u00a0", " ")
        assert "Nothing of it falls on this claim" in seen
        assert "USD 36,000.00 falls on INV-OLD of claim C2022-00099, due on 1 Jul 2022" in seen


def test_money_that_names_an_invoice_not_approved_yet_is_a_payment_as_a_whole(
    instance: Instance, officer: Actor, firm: Actor, claim: str
) -> None:
    older = waiting_claim(instance, claim)
    done = record(instance, officer, claim, money(300_000, shipment_id=older))
    assert done.recovery is None
    with instance.database.reading() as session:
        receipt = session.execute(select(Receipt)).scalar_one()
        assert (receipt.id, receipt.shipment_id, receipt.amount_minor) == (done.receipt_id, older, 300_000)
    assert holds(instance)


def waiting_claim(instance: Instance, claim: str) -> str:
    """A second claim of the same notice that nobody approved, with an older invoice; the invoice's id."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        first = session.execute(select(Claim).where(Claim.number == claim)).scalar_one()
        other_policy = session.execute(select(Policy.id).where(Policy.id != first.policy_id)).scalars().first()
        columns = {one.key: getattr(first, one.key) for one in inspect(Claim).mapper.column_attrs}
        changed = {
            "id": "0" * 26,
            "number": "C2022-00099",
            "serial": 99,
            "policy_id": other_policy,
            "state": stages.ASSESSING,
            "approved_on": None,
            "approved_minor": None,
        }
        session.add(Claim(**{**columns, **changed}))
        session.flush()
        own = session.execute(select(Shipment).where(Shipment.claim_id == first.id)).scalars().first()
        assert own is not None
        held = {one.key: getattr(own, one.key) for one in inspect(Shipment).mapper.column_attrs}
        older = {"id": "1" * 26, "claim_id": "0" * 26, "invoice_number": "INV-OLD", "invoice_key": "INVOLD"}
        due = {"due_on": date(2022, 7, 1), "amount_minor": 4_000_000, "position": 9}
        session.add(Shipment(**{**held, **older, **due}))
    return "1" * 26
