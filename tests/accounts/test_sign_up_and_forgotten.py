"""Making an account by e-mail, and setting a forgotten password: one answer for every address."""

import logging
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.actions import add_staff, disable_account, email_index, new_link
from portal.accounts.links import LASTS, PER_ADDRESS, PER_NETWORK, ask_for_link
from portal.accounts.records import Account, SignUpLink
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Role
from portal.programme.people_actions import erase_person
from tests.accounts.exporters import fields_of
from tests.accounts.pages import heading_of, in_english, open_link, text_of
from tests.accounts.test_signing_in import account_of, entries, try_to_sign_in
from tests.conftest import A_MORNING, signed_in
from tests.outbox import newest_words, sent
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO

NEW = {"password": "a new password of mine", "again": "a new password of mine"}
EMAIL = CHEN_HAIXIA.email
WAYS = ["/sign-up", "/forgotten"]


def asked(client: FlaskClient, instance: Instance, email: str, way: str = "/sign-up") -> str:
    """Ask for a link on a page; the path of the newest mail to this address."""
    answer = client.post(way, data={"email": email})
    assert (answer.status_code, answer.location) == (302, "/link-on-its-way")
    kind = "sign_up" if not accounts_of(instance, email) else "set_password"
    return newest_words(instance, kind, email)["path"]


def accounts_of(instance: Instance, email: str) -> list[Account]:
    with instance.database.reading() as session:
        query = select(Account).where(Account.email_index == email_index(instance.keys, email))
        return list(session.execute(query).scalars())


def signs_up(client: FlaskClient, path: str) -> int:
    """Open the link and set a password; the status of the last answer."""
    client.get(path)
    return client.post("/set-password", data=NEW).status_code


@pytest.mark.parametrize("way", WAYS)
def test_an_address_without_account_gets_a_link_that_makes_one_as_an_exporter(
    app: Flask, instance: Instance, way: str
) -> None:
    client = in_english(app.test_client())
    path = asked(client, instance, EMAIL, way)
    assert heading_of(text_of(client.get(path, follow_redirects=True))) == "Make your account"
    assert accounts_of(instance, EMAIL) == [], "opening the link must not use it"
    answer = client.post("/set-password", data=NEW)
    assert answer.location == "/my"
    assert "Your account is made, and you are signed in." in text_of(client.get("/my"))
    (account,) = accounts_of(instance, EMAIL)
    assert (account.role, account.state, account.language, account.mobile_index) == (
        "exporter",
        "active",
        "en",
        None,
    )
    assert fields_of(instance, account) == {"email": EMAIL}
    assert [entry.subject for entry in entries(instance, "accounts.sign_up")] == [f"account {account.id}"]
    assert try_to_sign_in(app.test_client(), EMAIL, NEW["password"]) == 302
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None


def test_the_mail_of_an_unknown_address_comes_in_the_language_of_the_page(
    client: FlaskClient, instance: Instance
) -> None:
    asked(client, instance, EMAIL)
    asked(in_english(client), instance, EMAIL)
    assert [(mail.channel, mail.language) for mail in sent(instance)] == [("email", "zh"), ("email", "en")]


@pytest.mark.parametrize("way", WAYS)
def test_an_account_of_staff_gets_a_link_for_its_own_password_and_stays_what_it_is(
    app: Flask, instance: Instance, way: str
) -> None:
    before = account_of(instance, LIN_ZHIYAO)
    client = in_english(app.test_client())
    path = asked(client, instance, LIN_ZHIYAO.email, way)
    assert heading_of(text_of(client.get(path, follow_redirects=True))) == "Set your password"
    assert client.post("/set-password", data=NEW).location == "/sign-in?by=email"
    after = account_of(instance, LIN_ZHIYAO)
    assert (after.id, after.role) == (before.id, "reviewer")
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, NEW["password"]) == 302
    assert entries(instance, "accounts.sign_up") == []


def test_the_old_password_counts_until_the_new_one_is_set(app: Flask, instance: Instance) -> None:
    open_session = signed_in(app, LIN_ZHIYAO)
    path = asked(app.test_client(), instance, LIN_ZHIYAO.email, "/forgotten")
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 302
    assert open_session.get("/me").status_code == 200
    assert signs_up(app.test_client(), path) == 302
    assert try_to_sign_in(app.test_client(), LIN_ZHIYAO.email, LIN_ZHIYAO.password) == 422
    assert open_session.get("/me").status_code == 302


@pytest.mark.parametrize("email", [LIN_ZHIYAO.email, EMAIL])
@pytest.mark.parametrize("minutes", [59, 60])
def test_a_link_that_was_asked_for_ends_after_an_hour(
    client: FlaskClient, instance: Instance, email: str, minutes: int
) -> None:
    path = asked(client, instance, email)
    with clock.fixed(A_MORNING + timedelta(minutes=minutes)):
        assert open_link(client, path.rpartition("/")[2]) == (200 if minutes < 60 else 410)


@pytest.mark.parametrize("email", [LIN_ZHIYAO.email, EMAIL])
def test_a_link_works_once_and_says_how_to_get_another(app: Flask, instance: Instance, email: str) -> None:
    path = asked(app.test_client(), instance, email)
    assert signs_up(app.test_client(), path) == 302
    again = in_english(app.test_client())
    answer = again.get(path, follow_redirects=True)
    assert answer.status_code == 410
    page = text_of(answer)
    assert heading_of(page) == "This link no longer works"
    assert 'href="/forgotten"' in page
    assert again.post("/set-password", data=NEW).status_code == 410


def test_a_second_link_of_the_same_address_makes_no_second_account(app: Flask, instance: Instance) -> None:
    first = asked(app.test_client(), instance, EMAIL)
    second = asked(app.test_client(), instance, EMAIL)
    assert signs_up(app.test_client(), second) == 302
    assert signs_up(app.test_client(), first) == 410
    assert len(accounts_of(instance, EMAIL)) == 1


def test_an_address_that_becomes_staff_meanwhile_makes_no_exporter(app: Flask, instance: Instance) -> None:
    path = asked(app.test_client(), instance, EMAIL)
    client = app.test_client()
    client.get(path)
    add_staff(instance, COMMAND, EMAIL, Role.AUDITOR)
    assert client.post("/set-password", data=NEW).status_code == 410
    assert [account.role for account in accounts_of(instance, EMAIL)] == ["auditor"]


def test_whoever_asks_for_somebody_elses_link_ends_none_that_staff_handed_over(
    app: Flask, instance: Instance
) -> None:
    handed_over = new_link(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    asked(app.test_client(), instance, LIN_ZHIYAO.email, "/forgotten")
    assert open_link(app.test_client(), handed_over.token) == 200


def test_setting_the_password_by_one_link_ends_the_others(app: Flask, instance: Instance) -> None:
    first = asked(app.test_client(), instance, LIN_ZHIYAO.email)
    second = asked(app.test_client(), instance, LIN_ZHIYAO.email)
    assert signs_up(app.test_client(), first) == 302
    assert signs_up(app.test_client(), second) == 410


def test_every_address_is_answered_alike_and_a_disabled_account_gets_no_mail(
    app: Flask, instance: Instance
) -> None:
    disable_account(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    pages = []
    for email in (LIN_ZHIYAO.email, "guan.li@example.com", EMAIL):
        answer = app.test_client().post("/forgotten", data={"email": email}, follow_redirects=True)
        pages.append((answer.status_code, text_of(answer)))
    assert pages[0] == pages[1] == pages[2]
    assert "If this address can be used" in text_of(in_english(app.test_client()).get("/link-on-its-way"))
    assert [mail.address for mail in sent(instance)] == ["guan.li@example.com", EMAIL]
    assert len(entries(instance, "accounts.ask_for_link")) == 3


def test_a_link_of_an_account_disabled_meanwhile_does_not_work(client: FlaskClient, instance: Instance) -> None:
    path = asked(client, instance, LIN_ZHIYAO.email, "/forgotten")
    disable_account(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    assert signs_up(client, path) == 410


def test_an_address_gets_five_mails_an_hour_whether_or_not_it_has_an_account(
    app: Flask, instance: Instance
) -> None:
    for email in (LIN_ZHIYAO.email, EMAIL):
        client = in_english(app.test_client())
        for _time in range(PER_ADDRESS):
            asked(client, instance, email)
        answer = client.post("/sign-up", data={"email": email})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "1800"
        assert text_of(answer).count("No more mails for now. Wait 30 minutes") == 2
        assert len(sent(instance, address=email)) == PER_ADDRESS


def test_a_network_gets_thirty_mails_an_hour(client: FlaskClient, instance: Instance) -> None:
    for number in range(PER_NETWORK):
        ask_for_link(instance, f"nobody-{number}@example.com", "127.0.0.1")
    assert client.post("/sign-up", data={"email": EMAIL}).status_code == 429
    elsewhere = client.post("/sign-up", data={"email": EMAIL}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 302


@pytest.mark.parametrize("way", WAYS)
def test_what_is_no_address_is_told_beside_the_field(client: FlaskClient, instance: Instance, way: str) -> None:
    answer = in_english(client).post(way, data={"email": "nobody"})
    assert answer.status_code == 422
    assert text_of(answer).count("This is no e-mail address") == 2
    assert sent(instance) == []


def test_a_password_that_is_not_taken_leaves_the_link_unused(client: FlaskClient, instance: Instance) -> None:
    client.get(asked(client, instance, EMAIL))
    answer = client.post("/set-password", data={"password": EMAIL, "again": EMAIL})
    assert answer.status_code == 422
    assert accounts_of(instance, EMAIL) == []
    assert client.post("/set-password", data=NEW).status_code == 302


def test_neither_token_nor_address_is_kept_or_logged_in_clear(
    client: FlaskClient, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="portal"):
        token = asked(client, instance, EMAIL).rpartition("/")[2]
        assert open_link(client, token + "x") == 410
    assert token not in caplog.text
    assert EMAIL not in caplog.text
    instance.database.engine.dispose()
    kept = b"".join(file.read_bytes() for file in instance.settings.instance.glob("portal.db*"))
    assert token.encode() not in kept
    assert EMAIL.encode() not in kept


def test_links_whose_end_has_passed_are_swept_out(client: FlaskClient, instance: Instance) -> None:
    asked(client, instance, EMAIL)
    with clock.fixed(A_MORNING + LASTS):
        asked(client, instance, "another@example.com")
    with instance.database.reading() as session:
        assert session.execute(select(func.count()).select_from(SignUpLink)).scalar_one() == 1


def test_an_erased_persons_address_makes_a_new_account_of_another_person(app: Flask, instance: Instance) -> None:
    signs_up(app.test_client(), asked(app.test_client(), instance, EMAIL))
    (account,) = accounts_of(instance, EMAIL)
    erase_person(instance, COMMAND, account.person_id, "asked_for")
    signs_up(app.test_client(), asked(app.test_client(), instance, EMAIL))
    (fresh,) = accounts_of(instance, EMAIL)
    assert fresh.person_id != account.person_id
