"""Erasing a person destroys the key, keeps every hash, and survives the return of an older backup."""

import shutil
import stat
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.actions import CannotDisable, add_staff
from portal.common.audit import AuditEntry
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from portal.programme.people_actions import (
    ASKED_FOR,
    UnknownPerson,
    UnknownReason,
    erase_again,
    erase_person,
    erased_ids,
)
from tests.accounts.test_signing_in import account_of, try_to_sign_in
from tests.conftest import settings_in
from tests.people import GUAN_LI, LIN_ZHIYAO, XU_LAN


def test_an_erased_person_cannot_be_read_any_more_and_the_chain_holds(instance: Instance) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    assert erase_person(instance, COMMAND, account.person_id, ASKED_FOR)
    with instance.database.reading() as session:
        people = People(session, instance.keys)
        with pytest.raises(PersonErased):
            people.sealer(account.person_id)
        assert people.read(account.person_id, account.sealed) == {}
        assert verify_audit(session).first_break is None


def test_erasing_is_on_record_by_number_and_reason_only(instance: Instance) -> None:
    person = account_of(instance, LIN_ZHIYAO).person_id
    erase_person(instance, COMMAND, person, ASKED_FOR)
    with instance.database.reading() as session:
        entry = session.execute(select(AuditEntry).where(AuditEntry.action == "people.erase")).scalar_one()
    assert entry.subject == f"person {person}"
    assert entry.details == '{"reason":"asked_for"}'


def test_erasing_again_changes_nothing(instance: Instance) -> None:
    person = account_of(instance, LIN_ZHIYAO).person_id
    assert erase_person(instance, COMMAND, person, ASKED_FOR)
    assert not erase_person(instance, COMMAND, person, ASKED_FOR)
    assert erased_ids(instance.settings) == {person}
    assert (instance.settings.instance / "keys" / "erased").read_text() == f"{person}\n"


def test_an_erased_account_cannot_sign_in_and_its_address_is_free(app: Flask, instance: Instance) -> None:
    erase_person(instance, COMMAND, account_of(instance, LIN_ZHIYAO).person_id, ASKED_FOR)
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 422
    add_staff(instance, COMMAND, LIN_ZHIYAO.email, Role.AUDITOR)


def test_the_list_of_the_erased_is_for_the_owner_only(instance: Instance) -> None:
    erase_person(instance, COMMAND, account_of(instance, LIN_ZHIYAO).person_id, ASKED_FOR)
    mode = stat.S_IMODE((instance.settings.instance / "keys" / "erased").stat().st_mode)
    assert mode == 0o600


def test_a_line_cut_short_by_a_power_cut_spoils_no_other(instance: Instance) -> None:
    first, second = (account_of(instance, person).person_id for person in (LIN_ZHIYAO, XU_LAN))
    erase_person(instance, COMMAND, first, ASKED_FOR)
    with (instance.settings.instance / "keys" / "erased").open("a") as file:
        file.write(second[:9])
    erase_person(instance, COMMAND, second, ASKED_FOR)
    assert erased_ids(instance.settings) == {first, second}


def test_an_older_backup_brings_nobody_back(instance: Instance, tmp_path: Path) -> None:
    instance.database.engine.dispose()
    older = tmp_path / "older.db"
    shutil.copy(instance.settings.instance / "portal.db", older)
    account = account_of(instance, LIN_ZHIYAO)
    erase_person(instance, COMMAND, account.person_id, ASKED_FOR)
    instance.database.engine.dispose()
    for file in instance.settings.instance.glob("portal.db*"):
        file.unlink()
    shutil.copy(older, instance.settings.instance / "portal.db")
    restored = Instance(settings_in(instance.settings.instance))
    for how_many in (1, 0):
        with restored.database.locked() as session:
            assert erase_again(session, restored) == how_many
    with restored.database.reading() as session:
        assert People(session, restored.keys).read(account.person_id, account.sealed) == {}
        assert verify_audit(session).first_break is None
    restored.database.engine.dispose()


def test_the_last_administrator_cannot_be_erased(instance: Instance) -> None:
    person = account_of(instance, GUAN_LI).person_id
    with pytest.raises(CannotDisable):
        erase_person(instance, COMMAND, person, ASKED_FOR)
    assert erased_ids(instance.settings) == frozenset()


def test_unknown_people_and_reasons_are_refused(instance: Instance) -> None:
    with pytest.raises(UnknownPerson):
        erase_person(instance, COMMAND, "01ARZ3NDEKTSV4RRFFQ69G5FAV", ASKED_FOR)
    with pytest.raises(UnknownReason):
        erase_person(instance, COMMAND, account_of(instance, LIN_ZHIYAO).person_id, "a whim")


def test_a_reviewer_erases_nobody(instance: Instance) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    with pytest.raises(NotAllowed):
        erase_person(instance, Actor(account.id, Role.REVIEWER), account.person_id, ASKED_FOR)


def test_the_command_erases_and_tells_an_unknown_person_in_one_line(app: Flask, instance: Instance) -> None:
    person = account_of(instance, LIN_ZHIYAO).person_id
    runner = app.test_cli_runner()
    assert runner.invoke(args=["people", "erase", person]).exit_code == 0
    assert erased_ids(instance.settings) == {person}
    unknown = runner.invoke(args=["people", "erase", "nobody"])
    assert unknown.exit_code == 1
    assert unknown.stderr.strip().split("\n") == ["Error: there is no person nobody"]
