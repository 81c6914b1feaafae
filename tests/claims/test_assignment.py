"""Proceeds assigned to a bank: from the recording on the payee stays until the bank's release is on file."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.records import Account
from portal.claims import assignments, payees
from portal.claims.answers import agree
from portal.claims.assignments import AlreadyAssigned, NoAssignment, ReleaseMissing
from portal.claims.mine import NotConfirmed
from portal.claims.payees import BadAccount, PayeeHeld, set_payee
from portal.claims.records import Payee
from portal.common.audit import AuditEntry
from portal.common.bank_accounts import AccountInput
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, NotAllowed
from portal.programme.people_actions import ASKED_FOR, erase_person
from tests.accounts.pages import in_english, text_of
from tests.appeals.stories import paper, told
from tests.applications.desk import hidden
from tests.claims.deciding import APPROVED, assessment_of, decided
from tests.claims.firm_stories import ACCOUNT, officer, reading_english, trail_holds, unconfirm
from tests.claims.stories import claim_of, claimed, insured
from tests.conftest import signed_in
from tests.documents import papers as sample
from tests.people import FANG_SHEN, OUYANG_MU, QIAN_PEI
from tests.policies.stories import on_day

ON = date(2022, 8, 22)
BANK = AccountInput("示例银行股份有限公司厦门分行", "示例银行厦门分行", "", "9558800000000001")


def paid_to(instance: Instance, number: str) -> Payee | None:
    """To whom a claim would be paid now."""
    with instance.database.reading() as session:
        return payees.payee_for(session, claim_of(instance, number))


def test_from_the_recording_on_the_bank_is_paid_until_its_release_is_on_file(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        own = set_payee(instance, who, number, ACCOUNT)
        told_id = assignments.tell_assignment(instance, who, number, BANK, paper())
        assert assignments.tell_assignment(instance, who, number, BANK, paper()) == told_id
        with pytest.raises(AlreadyAssigned):
            assignments.tell_assignment(instance, who, number, BANK._replace(account="9558800000000002"), paper())
        with pytest.raises(PayeeHeld):
            set_payee(instance, who, number, ACCOUNT._replace(account="4250099999999901"))
        assignments.record_assignment(instance, officer(instance), number)
        assignments.record_assignment(instance, officer(instance), number)
        now = paid_to(instance, number)
        assert now is not None
        assert (now.kind, now.claim_id) == ("bank", claim_of(instance, number).id)
        with pytest.raises(PayeeHeld):
            set_payee(instance, who, number, ACCOUNT)
        with pytest.raises(ReleaseMissing):
            assignments.release_assignment(instance, officer(instance), number)
        assignments.hand_in_release(instance, who, number, paper("gray"))
        with pytest.raises(PayeeHeld):
            set_payee(instance, who, number, ACCOUNT)
        assignments.release_assignment(instance, officer(instance), number)
        assignments.release_assignment(instance, officer(instance), number)
        back = paid_to(instance, number)
    assert back is not None
    assert back.id == own
    assert len(told(instance, "assignment_recorded")) == len(told(instance, "assignment_released")) == 1
    trail_holds(instance)


def test_what_is_not_recorded_is_told_with_its_reason_and_can_be_told_anew(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        assignments.tell_assignment(instance, who, number, BANK, paper())
        assignments.refuse_assignment(instance, officer(instance), number, "deed_unclear")
        with pytest.raises(NoAssignment):
            assignments.record_assignment(instance, officer(instance), number)
        page = text_of(reading_english(app).get(f"/my/claims/{number}/assignment"))
        assert "The deed cannot be read or is not signed." in page
        assert told(instance, "assignment_refused")[0].your_turn
        own = "As it stands the indemnity goes to your firm’s own account."
        assert own in text_of(reading_english(app).get(f"/my/claims/{number}"))
        assignments.tell_assignment(instance, who, number, BANK, paper("gray"))
        assert own not in text_of(reading_english(app).get(f"/my/claims/{number}"))
        assignments.record_assignment(instance, officer(instance), number)


def test_only_a_confirmed_member_assigns_and_only_an_officer_records(instance: Instance) -> None:
    unsure = insured(instance)
    number = claimed(instance, unsure)
    unconfirm(instance, unsure)
    with pytest.raises(NotConfirmed):
        assignments.tell_assignment(instance, unsure, number, BANK, paper())
    with pytest.raises(NotAllowed):
        assignments.record_assignment(instance, unsure, number)


def test_an_account_without_a_number_and_an_assignment_without_its_deed_are_not_taken(instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with pytest.raises(BadAccount):
        assignments.tell_assignment(instance, who, number, BANK._replace(account=""), paper())
    with pytest.raises(ValueError, match="without its deed"):
        assignments.tell_assignment(instance, who, number, BANK, None)


def test_by_the_page_the_deed_need_not_be_chosen_again(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    here = f"/my/claims/{number}/assignment"
    with on_day(ON):
        client = reading_english(app)
        photo = (BytesIO(sample.photo()), "deed.jpg")
        bad = client.post(here, data={**BANK._asdict(), "account": "", "deed": photo})
        assert bad.status_code == 422
        page = text_of(bad)
        assert "Enter the account number" in page
        assert "deed.jpg" in page
        good = client.post(here, data={**BANK._asdict(), "kept": hidden(page, "kept")})
        assert good.status_code == 303
        page = text_of(client.get(here))
        assert "being looked at" in page
        assert BANK.account not in page
        held = text_of(client.get(f"/my/claims/{number}/payee"))
        assert "The proceeds of this claim are assigned to a bank" in held


def test_who_records_it_compares_the_account_with_the_deed_and_the_whole_number_is_a_recorded_look(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    with on_day(ON):
        assignments.tell_assignment(instance, who, number, BANK, paper())
        desk = in_english(signed_in(app, QIAN_PEI))
        page = text_of(desk.get(f"/desk/claims/{number}"))
        for piece in (BANK.holder, BANK.bank, "*" + BANK.account[-4:]):
            assert piece in page
        assert BANK.account not in page
        here = f"/desk/claims/{number}/assignment"
        assert BANK.account in text_of(desk.post(here, data={"step": "look"}))
        assert in_english(signed_in(app, FANG_SHEN)).post(here, data={"step": "look"}).status_code == 403
    with instance.database.reading() as session:
        looks = select(AuditEntry.outcome).where(AuditEntry.action == "claims.look_payee")
        assert session.execute(looks).scalars().all() == ["looked"]


def test_while_the_deed_is_looked_at_the_firm_reads_that_nothing_is_paid(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    number = decided(instance, who)
    with on_day(APPROVED):
        set_payee(instance, who, number, ACCOUNT)
        agree(instance, who, number, assessment_of(instance, number).canonical_sha256 or "")
        client = reading_english(app)
        assert f"*{ACCOUNT.account[-4:]}" in text_of(client.get(f"/my/claims/{number}"))
        assignments.tell_assignment(instance, who, number, BANK, paper())
        page = text_of(client.get(f"/my/claims/{number}"))
    assert "We look at the deed of assignment" in page
    assert "The payment is being prepared" not in page
    assert f"*{ACCOUNT.account[-4:]}" not in page


def test_an_account_that_went_with_an_erased_person_is_given_anew_by_a_colleague(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    here = f"/my/claims/{number}/assignment"
    with on_day(ON):
        assignments.tell_assignment(instance, who, number, BANK, paper())
        assignments.record_assignment(instance, officer(instance), number)
        insured(instance, OUYANG_MU)
        with instance.database.reading() as session:
            person_id = session.get_one(Account, who.id).person_id
        erase_person(instance, COMMAND, person_id, ASKED_FOR)
        client = reading_english(app, OUYANG_MU)
        assert "Give the account once more" in text_of(client.get(here))
        assert "Give it once more at the assignment" in text_of(client.get(f"/my/claims/{number}/payee"))
        other = client.post(here, data={**BANK._asdict(), "account": "6222020200099887766"})
        assert (other.status_code, "not the account that was assigned to" in text_of(other)) == (409, True)
        assert client.post(here, data=BANK._asdict()).status_code == 303
        page = text_of(client.get(here))
        assert ("Give the account once more" in page, "*" + BANK.account[-4:] in page) == (False, True)
    now = paid_to(instance, number)
    with instance.database.reading() as session:
        assert now is not None
        assert People(session, instance.keys).read(now.person_id, now.sealed)["account"] == BANK.account
    trail_holds(instance)


def test_a_release_is_turned_back_with_a_reason_and_the_firm_hands_in_another(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    number = claimed(instance, who)
    here, mine = f"/desk/claims/{number}", f"/my/claims/{number}/assignment"
    wrong = {"step": "turn_back", "release-code": "release_other_bank"}
    why = "The release is not of the bank that the proceeds are assigned to."
    with on_day(ON):
        assignments.tell_assignment(instance, who, number, BANK, paper())
        assignments.record_assignment(instance, officer(instance), number)
        desk, firm = in_english(signed_in(app, QIAN_PEI)), reading_english(app)
        with pytest.raises(ReleaseMissing):
            assignments.turn_release_back(instance, officer(instance), number, "release_unclear")
        assignments.hand_in_release(instance, who, number, paper("gray"))
        assert "Turn the release back" in text_of(desk.get(here))
        assert desk.post(f"{here}/assignment", data={"step": "turn_back"}).status_code == 422
        assert desk.post(f"{here}/assignment", data={**wrong, "release-code": "other"}).status_code == 422
        assert in_english(signed_in(app, FANG_SHEN)).post(f"{here}/assignment", data=wrong).status_code == 403
        for _time in range(2):
            assert desk.post(f"{here}/assignment", data=wrong).status_code == 302
        assert len(told(instance, "release_turned_back")) == 1
        assert told(instance, "release_turned_back")[0].your_turn
        page = text_of(desk.get(here))
        assert ("Bank’s release turned back" in page, why in page) == (True, True)
        assert "Turn the release back" not in page
        page = text_of(firm.get(mine))
        assert (why in page, "We look at it. Until then the bank is paid." in page) == (True, False)
        assert why in text_of(firm.get(f"/my/claims/{number}"))
        with pytest.raises(ReleaseMissing):
            assignments.release_assignment(instance, officer(instance), number)
        with pytest.raises(PayeeHeld):
            set_payee(instance, who, number, ACCOUNT)
        assignments.hand_in_release(instance, who, number, paper("white"))
        page = text_of(firm.get(mine))
        assert (why in page, "We look at it. Until then the bank is paid." in page) == (False, True)
        assignments.release_assignment(instance, officer(instance), number)
    with instance.database.reading() as session:
        turned = select(AuditEntry.outcome).where(AuditEntry.action == "claims.turn_release_back")
        assert len(session.execute(turned).scalars().all()) == 1
    trail_holds(instance)
