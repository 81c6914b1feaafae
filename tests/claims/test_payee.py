"""The account for payment: the firm's own, checked plainly, sealed and masked; everybody is told of changes."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from portal.claims import payees
from portal.claims.mine import NotConfirmed
from portal.claims.payees import BadAccount, set_payee
from portal.claims.records import Payee
from portal.common.audit import AuditEntry
from portal.common.bank_accounts import AccountInput, tidied
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import NotAllowed
from tests.accounts.pages import text_of
from tests.appeals.stories import member, told
from tests.claims.firm_stories import ACCOUNT, officer, reading_english, trail_holds, unconfirm
from tests.claims.stories import claimed, insured
from tests.people import WU_GUOLIANG
from tests.policies.stories import on_day
from tests.samples import HARBOUR

ON = date(2022, 8, 22)


def payees_of(instance: Instance) -> list[Payee]:
    """Every account on record, oldest first."""
    with instance.database.reading() as session:
        return list(session.execute(select(Payee).order_by(Payee.recorded_at, Payee.id)).scalars())


def test_an_account_is_sealed_and_everybody_confirmed_is_told_each_time(instance: Instance) -> None:
    who = insured(instance)
    colleague = member(instance, WU_GUOLIANG, HARBOUR)
    number = claimed(instance, who)
    with on_day(ON):
        first = set_payee(instance, who, number, ACCOUNT)
        assert set_payee(instance, who, number, ACCOUNT) == first
        second = set_payee(instance, who, number, ACCOUNT._replace(account="4250099999999901"))
    [old, new] = payees_of(instance)
    assert (old.id, old.replaced_by, new.id, new.replaced_by) == (first, second, second, None)
    assert ACCOUNT.account not in old.sealed
    assert {one.account_id for one in told(instance, "payee_set")} == {who.id, colleague.id}
    assert {one.account_id for one in told(instance, "payee_changed")} == {who.id, colleague.id}
    trail_holds(instance)


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"holder": "厦门别家示例有限公司"}, "holder", "holder_other"),
        ({"holder": ""}, "holder", "holder_missing"),
        ({"bank": ""}, "bank", "bank_missing"),
        ({"bank_code": "12345"}, "bank_code", "bank_code_bad"),
        ({"account": ""}, "account", "account_missing"),
        ({"account": "1234567"}, "account", "account_bad"),
        ({"account": "00000000000"}, "account", "account_bad"),
        ({"account": "DE89370400440532013001"}, "account", "account_bad"),
    ],
)
def test_an_account_that_cannot_be_right_is_told_by_its_field(
    instance: Instance, changed: dict[str, str], field: str, code: str
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with pytest.raises(BadAccount) as bad:
        set_payee(instance, who, number, ACCOUNT._replace(**changed))
    assert bad.value.wrong == {field: code}


def test_spaces_dashes_and_brackets_do_not_matter_and_an_iban_may_be_given() -> None:
    given = tidied(" 厦门港湾示例贸易有限责任公司 ", "某银行", "bkch cnbj 73a", "DE89 3704-0044 0532 0130 00")
    assert (given.bank_code, given.account) == ("BKCHCNBJ73A", "DE89370400440532013000")
    assert payees.faults(given, (HARBOUR.name,)) == {}


def test_before_it_is_confirmed_nobody_names_an_account(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    unconfirm(instance, who)
    with pytest.raises(NotConfirmed):
        set_payee(instance, who, number, ACCOUNT)
    with on_day(ON):
        answer = reading_english(app).get(f"/my/claims/{number}/payee")
    assert answer.status_code == 403
    assert "See how to confirm it" in text_of(answer)


def test_pages_show_four_places_and_the_whole_number_only_an_officer_whose_look_is_on_record(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    here = f"/my/claims/{number}/payee"
    with on_day(ON):
        client = reading_english(app)
        bad = client.post(here, data={**ACCOUNT._asdict(), "account": "12"})
        assert bad.status_code == 422
        assert "8 to 34 digits" in text_of(bad)
        assert client.post(here, data=ACCOUNT._asdict()).status_code == 303
        page = text_of(client.get(here))
    assert "8901" in page
    assert ACCOUNT.account not in page
    [payee] = payees_of(instance)
    with pytest.raises(NotAllowed):
        payees.look_at_payee(instance, who, payee.id)
    assert payees.look_at_payee(instance, officer(instance), payee.id)["account"] == ACCOUNT.account
    with instance.database.reading() as session:
        looks = select(AuditEntry.outcome).where(AuditEntry.action == "claims.look_payee")
        assert session.execute(looks).scalars().all() == ["looked"]
        assert payees.shown_payee(People(session, instance.keys), payee)["ends"] == "8901"


def test_an_account_is_of_the_firm_and_serves_its_next_claim(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    kept = set_payee(instance, who, number, AccountInput(*ACCOUNT))
    with instance.database.reading() as session:
        found = payees.payee_of_firm(session, HARBOUR.uscc)
        assert found is not None
        assert (found.id, found.claim_id) == (kept, None)
