"""One-time links, setting and changing a password."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.actions import (
    AccountExists,
    BadEmail,
    LinkInvalid,
    UnknownRole,
    add_staff,
    disable_account,
    new_link,
    set_password,
)
from portal.accounts.passwords import PasswordRefused
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from tests.accounts.pages import in_english, text_of
from tests.accounts.test_signing_in import account_of, try_to_sign_in
from tests.conftest import A_MORNING, signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO

NEW = "a new password of mine"


def test_a_link_sets_the_password_and_is_used_up(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "New.Person@Example.com", Role.REVIEWER, "新人")
    address = f"/set-password/{link.token}"
    assert client.get(address).status_code == 200
    assert client.get(address).status_code == 200, "opening the page must not use the link"
    assert client.post(address, data={"password": NEW, "again": NEW}).status_code == 302
    assert client.get(address).status_code == 410
    assert client.post(address, data={"password": NEW, "again": NEW}).status_code == 410
    assert try_to_sign_in(client, "new.person@example.com", NEW) == 302


def test_a_link_ends_after_seven_days(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    with clock.fixed(A_MORNING + timedelta(days=7) - timedelta(seconds=1)):
        assert client.get(f"/set-password/{link.token}").status_code == 200
    with clock.fixed(A_MORNING + timedelta(days=7)):
        answer = client.post(f"/set-password/{link.token}", data={"password": NEW, "again": NEW})
        assert answer.status_code == 410


def test_a_newer_link_ends_the_older_one(instance: Instance) -> None:
    older = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    newer = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    assert newer.account_id == older.account_id
    with pytest.raises(LinkInvalid):
        set_password(instance, older.token, NEW)
    set_password(instance, newer.token, NEW)


def test_a_link_of_a_disabled_account_does_not_work(instance: Instance) -> None:
    link = new_link(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    disable_account(instance, COMMAND, link.account_id)
    with pytest.raises(LinkInvalid):
        set_password(instance, link.token, NEW)


def test_setting_the_password_ends_every_open_session(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    set_password(instance, new_link(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id).token, NEW)
    assert client.get("/me").status_code == 302


def test_the_page_of_a_link_sends_its_address_to_no_other_host(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    answer = client.get(f"/set-password/{link.token}")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("password", "code"),
    [("ninechars", "too_short"), ("x" * 201, "too_long"), ("New.Person@example.com", "is_email")],
)
def test_a_password_that_is_not_taken_leaves_the_link_unused(instance: Instance, password: str, code: str) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    with pytest.raises(PasswordRefused) as refused:
        set_password(instance, link.token, password)
    assert refused.value.code == code
    set_password(instance, link.token, "tenletters")


def test_two_unlike_passwords_are_told_beside_the_second(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    answer = in_english(client).post(f"/set-password/{link.token}", data={"password": NEW, "again": NEW + "x"})
    assert answer.status_code == 422
    assert text_of(answer).count("The two passwords differ") == 2


def test_a_short_password_is_told_with_its_length(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    answer = in_english(client).post(f"/set-password/{link.token}", data={"password": "short", "again": "short"})
    assert answer.status_code == 422
    assert "The password has 5 characters. Use at least 10" in text_of(answer)


def test_changing_the_password_keeps_this_session_and_ends_the_others(app: Flask) -> None:
    here, elsewhere = signed_in(app, LIN_ZHIYAO), signed_in(app, LIN_ZHIYAO)
    answer = here.post("/me", data={"old": LIN_ZHIYAO.password, "password": NEW, "again": NEW})
    assert answer.status_code == 302
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, NEW) == 302


def test_changing_the_password_wants_the_one_that_holds(app: Flask) -> None:
    client = in_english(signed_in(app, LIN_ZHIYAO))
    answer = client.post("/me", data={"old": "not-the-old-one", "password": NEW, "again": NEW})
    assert answer.status_code == 422
    assert text_of(answer).count("This is not the password you have now") == 2
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 302


def test_old_passwords_cannot_be_tried_out_in_an_open_session(app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    form = {"old": "not-the-old-one", "password": NEW, "again": NEW}
    assert [client.post("/me", data=form).status_code for _time in range(11)] == [422] * 10 + [429]


def test_signing_out_everywhere_ends_every_session(app: Flask) -> None:
    here, elsewhere = signed_in(app, LIN_ZHIYAO), signed_in(app, LIN_ZHIYAO)
    assert here.post("/me/end-sessions").status_code == 302
    assert here.get("/me").status_code == elsewhere.get("/me").status_code == 302


def test_the_same_e_mail_in_another_role_is_refused(instance: Instance) -> None:
    with pytest.raises(AccountExists, match="reviewer"):
        add_staff(instance, COMMAND, LIN_ZHIYAO.email.upper(), Role.AUDITOR)


@pytest.mark.parametrize("role", ["exporter", "command", "anonymous", "king", ""])
def test_an_account_of_staff_has_a_role_of_staff(instance: Instance, role: str) -> None:
    with pytest.raises(UnknownRole, match="administrator"):
        add_staff(instance, COMMAND, "new.person@example.com", role)


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a b@example.com", "@example.com"])
def test_an_address_that_is_none_is_refused(instance: Instance, email: str) -> None:
    with pytest.raises(BadEmail):
        add_staff(instance, COMMAND, email, Role.REVIEWER)


def test_only_administrators_and_the_operator_add_staff(instance: Instance) -> None:
    reviewer = Actor(account_of(instance, LIN_ZHIYAO).id, Role.REVIEWER)
    with pytest.raises(NotAllowed):
        add_staff(instance, reviewer, "new.person@example.com", Role.REVIEWER)


def test_neither_tokens_nor_passwords_nor_addresses_are_in_the_database_in_clear(
    instance: Instance, client: FlaskClient
) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER, "新人甲")
    client.post(f"/set-password/{link.token}", data={"password": NEW, "again": NEW})
    instance.database.engine.dispose()
    folder = instance.settings.instance
    kept = b"".join(file.read_bytes() for file in folder.glob("portal.db*"))
    for secret in (link.token, NEW, "new.person@example.com", "新人甲", GUAN_LI.email):
        assert secret.encode() not in kept


def test_the_audit_trail_holds_after_all_of_it(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    client.post("/me", data={"old": LIN_ZHIYAO.password, "password": NEW, "again": NEW})
    client.post("/me/end-sessions")
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
