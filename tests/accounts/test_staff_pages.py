"""The administrator's list of staff, and the command that makes accounts."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.actions import (
    CannotDisable,
    add_staff,
    disable_account,
    enable_account,
    new_link,
    set_password,
)
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, Role
from portal.factory import create_app
from tests.accounts.pages import heading_of, in_english, text_of
from tests.accounts.test_signing_in import account_of, entries, try_to_sign_in
from tests.claims.deciding import ASSESSED, filed
from tests.claims.desk_pages import desk_of
from tests.claims.stories import insured
from tests.conftest import signed_in
from tests.people import GUAN_LI, JIANG_YAN, LIN_ZHIYAO, STAFF
from tests.policies.stories import on_day

NEW_PERSON = {"name": "新人", "email": "new.person@example.com", "role": "auditor"}


@pytest.fixture
def administrator(app: Flask) -> FlaskClient:
    """The administrator, signed in, reading English."""
    return in_english(signed_in(app, GUAN_LI))


def test_the_list_shows_everybody_with_role_and_state(administrator: FlaskClient) -> None:
    page = text_of(administrator.get("/desk/staff"))
    for person in STAFF:
        assert person.name in page
        assert person.email in page
    assert page.count("can sign in") >= len(STAFF)


def test_a_link_begins_as_the_operator_set_it_whatever_the_request_says_of_its_host(instance: Instance) -> None:
    app = create_app(replace(instance.settings, portal_url="https://tongbao.example"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    client = signed_in(app, GUAN_LI)
    answer = client.post("/desk/staff/add", data=NEW_PERSON)
    shown = text_of(client.get(answer.location))
    assert 'value="https://tongbao.example/set-password/' in shown


def test_adding_a_person_shows_the_link_once_and_it_works(administrator: FlaskClient, app: Flask) -> None:
    answer = administrator.post("/desk/staff/add", data=NEW_PERSON)
    assert answer.status_code == 302
    shown = text_of(administrator.get(answer.location))
    found = re.search(r'value="http://[^"]*(/set-password/[^"]+)"', shown)
    assert found is not None
    assert "/set-password/" not in text_of(administrator.get(answer.location)), "shown only once"
    client = app.test_client()
    form = {"password": "a new password", "again": "a new password"}
    client.get(found.group(1))
    assert client.post("/set-password", data=form).status_code == 302
    assert try_to_sign_in(client, NEW_PERSON["email"], "a new password") == 302


def test_adding_wants_name_address_and_role_each_told_beside_its_field(administrator: FlaskClient) -> None:
    page = text_of(administrator.post("/desk/staff/add", data={"email": "nobody"}))
    assert "3 things to put right" in page
    for words in ("Enter the name", "This is no e-mail address", "Choose a role"):
        assert page.count(words) == 2


def test_adding_an_address_that_has_another_role_says_so(administrator: FlaskClient) -> None:
    answer = administrator.post("/desk/staff/add", data={**NEW_PERSON, "email": LIN_ZHIYAO.email})
    assert answer.status_code == 422
    assert "This e-mail already has an account" in text_of(answer)


def test_disabling_asks_first_and_enabling_brings_the_person_back(
    administrator: FlaskClient, app: Flask, instance: Instance
) -> None:
    address = f"/desk/staff/{account_of(instance, LIN_ZHIYAO).id}"
    assert heading_of(text_of(administrator.get(f"{address}/disable"))) == "Disable the account of 林知遥?"
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 302
    assert administrator.post(f"{address}/disable").status_code == 302
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 422
    assert administrator.post(f"{address}/enable").status_code == 302
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 302


def test_whoever_disables_an_account_reads_beforehand_how_much_work_it_has(app: Flask, instance: Instance) -> None:
    number = filed(instance, insured(instance))
    with on_day(ASSESSED):
        officer, other = (account_of(instance, one).id for one in (JIANG_YAN, LIN_ZHIYAO))
        answer = desk_of(app, JIANG_YAN).post(
            f"/desk/queue/claim/{number}/holder", data={"had": "", "step": "take"}
        )
        assert answer.status_code == 302
        client = in_english(signed_in(app, GUAN_LI))
        page = text_of(client.get(f"/desk/staff/{officer}/disable"))
        assert "The person has now:" in page
        assert "<li>Claim: 1</li>" in page
        assert page.count("<li>Claim: ") == 1
        assert "The person has now:" not in text_of(client.get(f"/desk/staff/{other}/disable"))


def test_disabling_twice_is_one_entry(instance: Instance) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    disable_account(instance, COMMAND, account.id)
    disable_account(instance, COMMAND, account.id)
    assert len(entries(instance, "accounts.disable")) == 1


def test_an_administrator_cannot_disable_the_own_account(administrator: FlaskClient, instance: Instance) -> None:
    answer = administrator.post(f"/desk/staff/{account_of(instance, GUAN_LI).id}/disable")
    assert answer.status_code == 422
    assert "You cannot disable your own account" in text_of(answer)
    assert administrator.get("/desk/staff").status_code == 200


def test_the_last_administrator_who_can_sign_in_cannot_be_disabled(instance: Instance) -> None:
    guan = account_of(instance, GUAN_LI)
    second = add_staff(instance, COMMAND, "second@example.com", Role.ADMINISTRATOR)
    other = Actor(second.account_id, Role.ADMINISTRATOR)
    with pytest.raises(CannotDisable):
        disable_account(instance, other, guan.id)
    set_password(instance, second.token, "a password of the second")
    disable_account(instance, other, guan.id)


def test_a_new_link_for_a_disabled_account_is_refused_in_words(
    administrator: FlaskClient, instance: Instance
) -> None:
    account = account_of(instance, LIN_ZHIYAO)
    disable_account(instance, COMMAND, account.id)
    answer = administrator.post(f"/desk/staff/{account.id}/link", follow_redirects=True)
    assert "Enable it first, then make a link." in text_of(answer)


def test_making_a_link_leaves_the_old_password_until_it_is_used(app: Flask, instance: Instance) -> None:
    new_link(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 302


def test_enabling_an_active_account_changes_nothing(instance: Instance) -> None:
    enable_account(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    assert entries(instance, "accounts.enable") == []


def test_an_unknown_account_is_a_page_not_found(administrator: FlaskClient) -> None:
    for address in ("", "/disable"):
        assert administrator.get(f"/desk/staff/01ARZ3NDEKTSV4RRFFQ69G5FAV{address}").status_code == 404
    for address in ("/disable", "/enable", "/link"):
        assert administrator.post(f"/desk/staff/01ARZ3NDEKTSV4RRFFQ69G5FAV{address}").status_code == 404


def test_the_command_prints_the_link_on_its_last_line(app: Flask, client: FlaskClient) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(args=["staff", "add", "first@example.com", "--role", "administrator", "--name", "甲"])
    assert result.exit_code == 0, result.output
    link = result.stdout.strip().split("\n")[-1]
    assert link.startswith("/set-password/")
    assert client.get(link, follow_redirects=True).status_code == 200


def test_the_command_puts_the_portals_address_before_the_link(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_URL", "https://tongbao.example/")
    result = app.test_cli_runner().invoke(args=["staff", "add", "first@example.com", "--role", "auditor"])
    assert result.stdout.strip().split("\n")[-1].startswith("https://tongbao.example/set-password/")


@pytest.mark.parametrize(
    ("email", "role"),
    [("nobody", "reviewer"), ("new@example.com", "king"), (LIN_ZHIYAO.email, "auditor")],
)
def test_the_command_tells_what_is_wrong_in_one_line(app: Flask, email: str, role: str) -> None:
    result = app.test_cli_runner().invoke(args=["staff", "add", email, "--role", role])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().split("\n")) == 1
