"""One-time links, setting and changing a password."""

import logging
import re
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
from portal.common.config import ROOT
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from tests.accounts.pages import in_english, open_link, text_of
from tests.accounts.test_signing_in import account_of, try_to_sign_in
from tests.conftest import A_MORNING, signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO

NEW = "a new password of mine"


def test_a_link_sets_the_password_and_is_used_up(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "New.Person@Example.com", Role.REVIEWER, "新人")
    form = {"password": NEW, "again": NEW}
    assert open_link(client, link.token) == 200
    assert open_link(client, link.token) == 200, "opening the page must not use the link"
    assert client.post("/set-password", data=form).location == "/sign-in?by=email"
    with client.session_transaction() as kept:
        assert link.token not in str(dict(kept)), "a used link is forgotten"
    assert open_link(client, link.token) == 410
    assert client.post("/set-password", data=form).status_code == 410
    assert try_to_sign_in(client, "new.person@example.com", NEW) == 302


def test_a_link_ends_after_seven_days(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    with clock.fixed(A_MORNING + timedelta(days=7) - timedelta(seconds=1)):
        assert open_link(client, link.token) == 200
    with clock.fixed(A_MORNING + timedelta(days=7)):
        answer = client.post("/set-password", data={"password": NEW, "again": NEW})
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


def test_a_link_opens_a_page_whose_address_and_links_hold_no_token(
    client: FlaskClient, instance: Instance
) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    opened = client.get(f"/set-password/{link.token}")
    assert (opened.status_code, opened.location) == (302, "/set-password")
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert opened.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in opened.headers["Set-Cookie"]
    page = client.get("/set-password")
    assert page.status_code == 200
    assert link.token not in text_of(page)


def test_the_page_of_a_link_works_behind_https_where_forms_are_checked_by_their_referer(
    app: Flask, instance: Instance
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    client = app.test_client()
    page = client.get(f"/set-password/{link.token}", base_url="https://localhost", follow_redirects=True)
    # With no-referrer on this page a browser would send none, and its form would be refused.
    assert page.headers["Referrer-Policy"] == "same-origin"
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text_of(page))
    assert found is not None
    form = {"password": NEW, "again": NEW, "csrf_token": found.group(1)}
    here = "https://localhost/set-password"
    assert client.post("/set-password", base_url="https://localhost", data=form).status_code == 400
    sent = client.post("/set-password", base_url="https://localhost", data=form, headers={"Referer": here})
    assert sent.status_code == 302


def test_without_a_link_the_page_asks_to_open_it_once_more(client: FlaskClient) -> None:
    in_english(client)
    for answer in (client.get("/set-password"), client.post("/set-password")):
        assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert "Open your link once more." in text_of(client.get("/sign-in"))


def test_no_token_of_a_link_comes_into_the_log(
    client: FlaskClient, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    token = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER).token
    with caplog.at_level(logging.INFO, logger="portal"):
        assert client.post(f"/set-password/{token}").status_code == 405
        assert client.get(f"/set-password/{token}/").status_code == 404
    assert len(caplog.records) == 2
    assert token not in caplog.text


def test_the_portal_as_it_is_run_writes_no_addresses_into_a_log() -> None:
    recipe = (ROOT / "Makefile").read_text()
    assert "gunicorn app:app" in recipe
    assert "access-log" not in recipe


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ninechars", "too_short"),
        ("x" * 201, "too_long"),
        ("New.Person@example.com", "is_email"),
        ("1111111111", "too_alike"),
        ("abcdABCDabcd", "too_alike"),
        ("ａbcdabcdab", "too_alike"),
    ],
)
def test_a_password_that_is_not_taken_leaves_the_link_unused(instance: Instance, password: str, code: str) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    with pytest.raises(PasswordRefused) as refused:
        set_password(instance, link.token, password)
    assert refused.value.code == code
    set_password(instance, link.token, "tenletters")


def test_two_unlike_passwords_are_told_beside_the_second(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    open_link(client, link.token)
    answer = in_english(client).post("/set-password", data={"password": NEW, "again": NEW + "x"})
    assert answer.status_code == 422
    assert text_of(answer).count("The two passwords differ") == 2


def test_a_short_password_is_told_with_its_length(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    open_link(client, link.token)
    answer = in_english(client).post("/set-password", data={"password": "short", "again": "short"})
    assert answer.status_code == 422
    assert "The password has 5 characters. Use at least 10" in text_of(answer)


def test_five_different_characters_are_enough_and_four_are_told(client: FlaskClient, instance: Instance) -> None:
    link = add_staff(instance, COMMAND, "new.person@example.com", Role.REVIEWER)
    open_link(in_english(client), link.token)
    answer = client.post("/set-password", data={"password": "1234123412", "again": "1234123412"})
    assert answer.status_code == 422
    assert "The password has only 4 different characters. Use at least 5" in text_of(answer)
    assert client.post("/set-password", data={"password": "1234512345", "again": "1234512345"}).status_code == 302


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
    open_link(client, link.token)
    client.post("/set-password", data={"password": NEW, "again": NEW})
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
