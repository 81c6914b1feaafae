"""A payment that failed is reminded of until the account is put right; an assigned bank first has to consent."""

from datetime import date

import pytest

from portal.claims import assignments
from portal.claims.payees import set_payee
from portal.claims.reminders import remind
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.messages.records import Message
from tests.appeals.stories import paper, staff, told
from tests.claims.firm_stories import ACCOUNT
from tests.claims.stories import claimed, insured
from tests.claims.test_assignment import BANK
from tests.ledger.stories import agreed, approved
from tests.payments.batches import DAY, SUM, released
from tests.payments.batches import told as bank_says
from tests.people import QIAN_PEI, SHI_PING
from tests.policies.stories import on_day

AFTER = date(2022, 9, 28)  # the day after the bank's file


@pytest.fixture
def firm(instance: Instance) -> Actor:
    """Somebody of the firm."""
    return insured(instance)


@pytest.fixture
def claim(instance: Instance, firm: Actor) -> str:
    """The number of an agreed claim whose firm gave its account."""
    return agreed(instance, approved(instance, claimed(instance, firm)), firm)


def fails(instance: Instance, claim: str) -> None:
    """The claim is ordered, and the bank cannot pay it."""
    officer = staff(instance, QIAN_PEI)
    number = released(instance, officer, staff(instance, SHI_PING), claim)
    bank_says(instance, officer, (f"{number}-0001", SUM, "USD", "", "", "失败", "账号有误"))


def reminded(instance: Instance, day: date, kind: str) -> list[Message]:
    """What was told of a kind by the end of a day on which the command ran."""
    with on_day(day):
        remind(instance, COMMAND, day)
    return told(instance, kind)


def test_a_firm_is_reminded_to_put_its_account_right_until_it_has(
    instance: Instance, firm: Actor, claim: str
) -> None:
    fails(instance, claim)
    (first,) = reminded(instance, AFTER, "claim_account_reminder")
    assert (first.account_id, first.path) == (firm.id, f"/my/claims/{claim}/payee")
    with on_day(AFTER):
        set_payee(instance, firm, claim, ACCOUNT._replace(account="4250012345678902"))
    assert len(reminded(instance, date(2022, 10, 4), "claim_account_reminder")) == 1


def test_the_consent_of_an_assigned_bank_is_reminded_of_until_it_is_on_file(
    instance: Instance, firm: Actor, claim: str
) -> None:
    with on_day(DAY):
        assignments.tell_assignment(instance, firm, claim, BANK, paper())
        assignments.record_assignment(instance, staff(instance, QIAN_PEI), claim)
    fails(instance, claim)
    (first,) = reminded(instance, AFTER, "claim_release_reminder")
    assert (first.path, first.your_turn) == (f"/my/claims/{claim}/assignment", True)
    assert told(instance, "claim_account_reminder") == []
    with on_day(AFTER):
        assignments.hand_in_release(instance, firm, claim, paper("gray"))
    assert len(reminded(instance, date(2022, 10, 4), "claim_release_reminder")) == 1
