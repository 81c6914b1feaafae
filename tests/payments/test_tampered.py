"""What `ledger verify` says when somebody changed approvals or payments behind the portal's back."""

import pytest
from flask import Flask
from sqlalchemy import text

from portal.common.instance import Instance
from tests.appeals.stories import staff
from tests.claims.stories import claimed, insured
from tests.ledger.stories import agreed, approved, holds
from tests.payments.batches import paid_row, released, told
from tests.people import QIAN_PEI, SHI_PING

TAMPERED = {
    "two people: entry 1": "UPDATE assessments SET decided_by = assessed_by",
    "booked for another than who approved": "UPDATE ledger_entries SET approved_by = 'x' WHERE kind = 'approval'",
    "does not say who assessed": "UPDATE assessments SET assessed_by = NULL",
    "is approved and not in the ledger": "UPDATE ledger_entries SET kind = 'set_off' WHERE kind = 'approval'",
    "is paid without an approval that stands": "UPDATE ledger_entries SET kind = 'set_off' WHERE number = 1",
    "is paid and not in the ledger": "UPDATE ledger_entries SET once = 'x' WHERE kind = 'payment'",
    "has no line of a batch": "UPDATE ledger_entries SET once = 'x' WHERE kind = 'payment' ",
    "and the ledger has it as paid": "UPDATE payment_lines SET state = 'ordered'",
    "is another sum in the ledger": "UPDATE ledger_lines SET amount_minor = amount_minor / 2 WHERE entry_id = "
    "(SELECT id FROM ledger_entries WHERE kind = 'payment')",
    "cents are still payable": "UPDATE ledger_lines SET amount_minor = amount_minor / 2 WHERE entry_id = "
    "(SELECT id FROM ledger_entries WHERE kind = 'payment') ",
    "does not hold the lines that its hash stands for": "UPDATE payment_lines SET reference = reference || 'x'",
    "does not add up to its total": "UPDATE payment_batches SET total_minor = total_minor + 1",
    "ordered and released by the same person": "UPDATE payment_batches SET released_by = made_by",
    "cents approved, the ledger 3200000": "UPDATE claims SET approved_minor = 1",
    "is agreed and to be paid, and the ledger has all of it as paid": "UPDATE claims SET state = 'agreed'",
    "is being paid, and no order of it is open": "UPDATE claims SET state = 'paying'",
    "is proposed, and the ledger has an approval": "UPDATE claims SET state = 'proposed'",
    "is closed, and": "UPDATE claims SET state = 'closed'; "
    "UPDATE ledger_lines SET amount_minor = amount_minor / 2 "
    "WHERE entry_id = (SELECT id FROM ledger_entries WHERE kind = 'payment')",
    "books": "UPDATE ledger_lines SET amount_minor = amount_minor * 2 WHERE entry_id = "
    "(SELECT id FROM ledger_entries WHERE kind = 'approval')",
}


@pytest.mark.parametrize("named", TAMPERED)
def test_a_changed_approval_or_payment_is_named_and_the_command_fails(
    app: Flask, instance: Instance, named: str
) -> None:
    who = insured(instance)
    claim = agreed(instance, approved(instance, claimed(instance, who)), who)
    officer, approver = staff(instance, QIAN_PEI), staff(instance, SHI_PING)
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"))
    assert holds(instance)
    with instance.database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = OFF"))
        for statement in TAMPERED[named].split("; "):
            connection.execute(text(statement))
        connection.commit()
    done = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (done.exit_code, named in done.stderr) == (1, True), done.output
