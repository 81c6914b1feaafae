"""An entry balances, is made once, and is never changed; and what `ledger verify` finds when somebody tampers."""

from datetime import date

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.accounts import Account, Kind, LineInput, Place, approval_lines, payment_lines, waiver_lines
from portal.ledger.entries import Changed, NotBalanced, enter, lines_of
from portal.ledger.queries import indemnity_of_claim, owed_by_firm, owed_to_payee
from portal.ledger.records import Entry
from portal.ledger.reversing import NothingToReverse, reverse_lines
from portal.scheme.money import Money
from tests.appeals.stories import staff
from tests.claims.stories import claim_of, claimed, insured, shipment
from tests.ledger.stories import agreed, approved, holds, reversed_approval, usd, verified
from tests.people import SHI_PING
from tests.policies.stories import on_day
from tests.samples import HARBOUR

DAY = date(2022, 9, 20)


@pytest.fixture
def approver(instance: Instance) -> Actor:
    """The approver."""
    return staff(instance, SHI_PING)


@pytest.fixture
def claim(instance: Instance) -> str:
    """An approved claim: 32,000.00."""
    return approved(instance, claimed(instance, insured(instance)))


def place(instance: Instance, number: str) -> Place:
    """What entries of a claim are about."""
    found = claim_of(instance, number)
    return Place(found.policy_id, found.obligor_id, found.id)


def test_the_same_thing_is_entered_once(instance: Instance, approver: Actor, claim: str) -> None:
    at = place(instance, claim)
    with audit.write(instance.database, approver, "demo.loaded") as session:
        first = enter(session, approver, Kind.PAYMENT, "one", DAY, "claim x", payment_lines(at, usd(100)))
        again = enter(session, approver, Kind.PAYMENT, "one", DAY, "claim x", payment_lines(at, usd(999)))
        assert first.id == again.id
        assert [line.amount_minor for line in lines_of(session, again.id)] == [100, -100]


@pytest.mark.parametrize(
    "amounts",
    [(), (("USD", 100),), (("USD", 100), ("USD", -99)), (("USD", 100), ("EUR", -100))],
    ids=["nothing", "one side", "not balanced", "two currencies"],
)
def test_lines_that_do_not_balance_make_no_entry(
    instance: Instance, approver: Actor, claim: str, amounts: tuple[tuple[str, int], ...]
) -> None:
    at = place(instance, claim)
    lines = [LineInput(Account.BANK, Money.from_minor(minor, held), *at) for held, minor in amounts]
    with pytest.raises(NotBalanced), audit.write(instance.database, approver, "demo.loaded") as session:
        enter(session, approver, Kind.PAYMENT, "bad", DAY, "claim x", lines)


def test_nothing_in_the_ledger_is_ever_changed(instance: Instance, approver: Actor, claim: str) -> None:
    with pytest.raises(Changed), audit.write(instance.database, approver, "demo.loaded") as session:
        session.query(Entry).one().subject = "another"
    with pytest.raises(Changed), audit.write(instance.database, approver, "demo.loaded") as session:
        session.delete(lines_of(session, session.query(Entry).one().id)[0])


def test_a_reversal_before_the_payment_leaves_nothing_to_pay(instance: Instance, claim: str) -> None:
    reversed_approval(instance, claim)
    found = claim_of(instance, claim)
    with instance.database.reading() as session:
        assert indemnity_of_claim(session, found.id) == usd(0)
        assert owed_to_payee(session, found.id) == usd(0)
        assert owed_by_firm(session, HARBOUR.uscc) == usd(0)
    assert holds(instance)


def test_a_reversal_after_the_payment_is_owed_by_the_firm(instance: Instance, approver: Actor, claim: str) -> None:
    with audit.write(instance.database, approver, "demo.loaded") as session:
        lines = payment_lines(place(instance, claim), usd(3_200_000))
        enter(session, approver, Kind.PAYMENT, "paid", DAY, "claim x", lines)
    reversed_approval(instance, claim)
    with instance.database.reading() as session:
        assert owed_by_firm(session, HARBOUR.uscc) == usd(3_200_000)
        assert owed_to_payee(session, claim_of(instance, claim).id) == usd(0)


def test_an_approval_is_reversed_once_only(instance: Instance, claim: str) -> None:
    reversed_approval(instance, claim)
    with instance.database.reading() as session:
        first, reversal = session.query(Entry).order_by(Entry.number).all()
        for entry in (first, reversal):
            with pytest.raises(NothingToReverse):
                reverse_lines(session, entry)


def test_reversing_gives_the_room_back(instance: Instance) -> None:
    who = insured(instance)
    first = claimed(instance, who, shipments=[shipment(amount_minor=10_000_000)])
    approved(instance, first)
    second = claimed(
        instance, who, claim_of(instance, first).obligor_id, [shipment("INV-9", amount_minor=10_000_000)]
    )
    approved(instance, second)
    assert claim_of(instance, second).approved_minor == 0
    reversed_approval(instance, first)
    reversed_approval(instance, second)
    approved(instance, second)
    assert claim_of(instance, second).approved_minor == 5_000_000
    assert holds(instance)


def run(app: Flask) -> Result:
    """`ledger verify` on the app's instance."""
    return app.test_cli_runner().invoke(args=["ledger", "verify"])


def test_the_command_counts_and_exits_0_when_all_holds(app: Flask, instance: Instance, claim: str) -> None:
    agreed(instance, claim)
    done = run(app)
    assert (done.exit_code, done.output) == (0, "ledger: entries 1 claims 1 faults 0\n")


TAMPERED = {
    "balance: entry 1": "UPDATE ledger_lines SET amount_minor = amount_minor + 1 WHERE account = 'payable'",
    "currency: entry 1": "UPDATE ledger_lines SET currency = 'EUR' WHERE account = 'payable'",
    "two people": "UPDATE assessments SET assessed_by = decided_by",
    "worksheet": "UPDATE assessments SET canonical = canonical || ' '",
    "the assessment": "UPDATE assessments SET indemnity_minor = indemnity_minor - 1",
    "has no approved assessment": "UPDATE assessments SET state = 'returned'",
    "above the cap": "UPDATE ledger_lines SET amount_minor = amount_minor * 2",
    "under another policy": "UPDATE ledger_lines SET policy_id = "
    "(SELECT id FROM policies WHERE id <> ledger_lines.policy_id)",
    "is missing": "UPDATE ledger_entries SET number = 2",
    "is paid without": "UPDATE claims SET state = 'paid'; DELETE FROM ledger_lines",
}


@pytest.mark.parametrize("named", TAMPERED)
def test_every_kind_of_fault_is_named_and_the_command_fails(
    app: Flask, instance: Instance, claim: str, named: str
) -> None:
    with instance.database.engine.begin() as connection:
        for statement in TAMPERED[named].split(";"):
            connection.execute(text(statement))
    done = run(app)
    assert done.exit_code == 1
    assert named in done.stderr


def test_an_excess_fails_without_its_task_and_is_listed_when_waived(
    app: Flask, instance: Instance, approver: Actor, claim: str
) -> None:
    at = place(instance, claim)
    with on_day(DAY), audit.write(instance.database, approver, "demo.loaded") as session:
        lines = approval_lines(at, usd(3_000_000))
        enter(session, approver, Kind.APPROVAL, "over", DAY, "claim x", lines)
    assert any(one.rule == "cap" for one in verified(instance).faults)
    with on_day(DAY), audit.write(instance.database, approver, "demo.loaded") as session:
        enter(session, approver, Kind.WAIVER, "waived", DAY, "excess x", waiver_lines(at, usd(1_200_000)))
    found = verified(instance)
    assert not any(one.rule == "cap" for one in found.faults)
    assert [(one.over, one.waived) for one in found.excesses] == [(usd(1_200_000), usd(1_200_000))]
    assert "above the cap" in run(app).output
