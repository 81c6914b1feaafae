"""Signing in and out, through the page."""

import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import passwords
from portal.accounts.actions import disable_account, email_index
from portal.accounts.records import Account
from portal.accounts.signing import PER_ACCOUNT
from portal.common import clock
from portal.common.audit import AuditEntry
from portal.common.config import ROOT
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from tests.accounts.pages import in_english, text_of, without_token
from tests.conftest import A_MORNING, signed_in
from tests.people import FANG_SHEN, GUAN_LI, LIN_ZHIYAO, STAFF, Staff
from tests.quick import REAL_HASHER


def account_of(instance: Instance, person: Staff) -> Account:
    """The account of one of the cast."""
    with instance.database.reading() as session:
        index = email_index(instance.keys, person.email)
        return session.execute(select(Account).where(Account.email_index == index)).scalar_one()


def entries(instance: Instance, action: str) -> list[AuditEntry]:
    """The audit entries of one action, oldest first."""
    with instance.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
        return list(session.execute(query).scalars())


def try_to_sign_in(client: FlaskClient, email: str, password: str) -> int:
    return client.post("/sign-in", data={"email": email, "password": password}).status_code


@pytest.mark.parametrize("person", STAFF, ids=lambda person: str(person.role))
def test_everybody_of_the_cast_signs_in_and_lands_on_a_page_of_their_own(app: Flask, person: Staff) -> None:
    client = app.test_client()
    answer = client.post("/sign-in", data={"email": person.email, "password": person.password})
    assert answer.status_code == 302
    assert client.get(answer.location).status_code == 200


def test_the_e_mail_may_be_written_in_capitals_and_with_spaces(client: FlaskClient) -> None:
    assert try_to_sign_in(client, f" {GUAN_LI.email.upper()} ", GUAN_LI.password) == 302


def test_a_wrong_password_and_an_unknown_e_mail_are_told_in_the_same_words(client: FlaskClient) -> None:
    in_english(client)
    wrong = client.post("/sign-in", data={"email": GUAN_LI.email, "password": "not-the-password"})
    unknown = client.post("/sign-in", data={"email": "nobody@example.com", "password": "not-the-password"})
    assert wrong.status_code == unknown.status_code == 422
    assert "The e-mail or the password is not right" in text_of(wrong)
    pages = [without_token(text_of(answer)) for answer in (wrong, unknown)]
    assert pages[0].replace(GUAN_LI.email, "-") == pages[1].replace("nobody@example.com", "-")


def test_an_empty_form_says_beside_each_field_what_is_missing(client: FlaskClient) -> None:
    page = text_of(in_english(client).post("/sign-in", data={}))
    assert page.count("Enter your e-mail address") == 2  # in the summary and beside the field
    assert page.count("Enter your password") == 2


def test_the_password_typed_never_comes_back_in_the_page(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": GUAN_LI.email, "password": "typed-but-wrong"})
    assert "typed-but-wrong" not in text_of(answer)


def test_after_ten_wrong_passwords_the_right_one_is_refused_too_until_the_window_has_passed(
    client: FlaskClient,
) -> None:
    for _attempt in range(PER_ACCOUNT):
        assert try_to_sign_in(client, GUAN_LI.email, "wrong-wrong-wrong") == 422
    closed = in_english(client).post("/sign-in", data={"email": GUAN_LI.email, "password": GUAN_LI.password})
    assert closed.status_code == 429
    assert "Wait 15 minutes" in text_of(closed)
    assert closed.headers["Retry-After"] == "900"
    with clock.fixed(A_MORNING + timedelta(minutes=15)):
        assert try_to_sign_in(client, GUAN_LI.email, GUAN_LI.password) == 302


def test_a_closed_door_looks_the_same_whether_the_password_was_right_or_the_account_exists(
    app: Flask,
) -> None:
    pages = []
    for email, last in ((GUAN_LI.email, GUAN_LI.password), ("nobody@example.com", "whatever-it-is")):
        client = app.test_client()
        for _attempt in range(PER_ACCOUNT):
            try_to_sign_in(client, email, "wrong-wrong-wrong")
        pages.append(text_of(client.post("/sign-in", data={"email": email, "password": last})).replace(email, "-"))
    assert without_token(pages[0]) == without_token(pages[1])


def test_one_address_that_tries_many_accounts_is_slowed_down(client: FlaskClient) -> None:
    codes = [try_to_sign_in(client, f"nobody-{n}@example.com", "wrong-wrong-wrong") for n in range(61)]
    assert codes == [422] * 60 + [429]
    elsewhere = client.post(
        "/sign-in",
        data={"email": GUAN_LI.email, "password": GUAN_LI.password},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == 302


def test_signing_in_rightly_again_and_again_is_never_slowed_down(app: Flask) -> None:
    for _time in range(PER_ACCOUNT + 2):
        signed_in(app, GUAN_LI)


def test_a_disabled_account_is_told_what_everybody_is_told(app: Flask, instance: Instance) -> None:
    client = in_english(app.test_client())
    disable_account(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    answer = client.post("/sign-in", data={"email": LIN_ZHIYAO.email, "password": LIN_ZHIYAO.password})
    assert answer.status_code == 422
    assert "The e-mail or the password is not right" in text_of(answer)


def test_disabling_ends_an_open_session_at_once(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    assert client.get("/me").status_code == 200
    disable_account(instance, COMMAND, account_of(instance, LIN_ZHIYAO).id)
    away = client.get("/me")
    assert away.status_code == 302
    assert urlsplit(away.location).path == "/sign-in"
    assert "Your session has ended" in text_of(in_english(client).get("/sign-in"))


def test_signing_out_ends_the_session_of_this_browser_and_is_on_record(app: Flask, instance: Instance) -> None:
    client, other = signed_in(app, LIN_ZHIYAO), signed_in(app, LIN_ZHIYAO)
    assert client.post("/sign-out").status_code == 302
    assert client.get("/me").status_code == 302
    assert other.get("/me").status_code == 200
    assert [entry.outcome for entry in entries(instance, "accounts.sign_out")] == ["done"]


def test_signing_in_begins_an_empty_session(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as before:
        before["planted"] = "by someone else"
    client.post("/sign-in", data={"email": GUAN_LI.email, "password": GUAN_LI.password})
    with client.session_transaction() as after:
        assert "planted" not in after
        assert after.permanent


def test_the_cookie_of_the_session_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"email": GUAN_LI.email, "password": GUAN_LI.password})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\t//evil.example",
        "http:evil.example",
        "javascript:alert(1)",
    ],
)
def test_signing_in_never_leads_to_another_host(client: FlaskClient, target: str) -> None:
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"email": GUAN_LI.email, "password": GUAN_LI.password}
    )
    assert answer.status_code == 302
    assert answer.location == "/desk/staff"


def test_after_signing_in_one_is_on_the_page_one_had_asked_for(app: Flask) -> None:
    client = app.test_client()
    asked = client.get("/desk/audit?outcome=refused")
    answer = client.post(asked.location, data={"email": FANG_SHEN.email, "password": FANG_SHEN.password})
    assert answer.location == "/desk/audit?outcome=refused"


def test_sign_ins_and_refusals_are_on_record_without_the_address_in_clear(
    client: FlaskClient, instance: Instance
) -> None:
    try_to_sign_in(client, GUAN_LI.email, "wrong-wrong-wrong")
    try_to_sign_in(client, GUAN_LI.email, GUAN_LI.password)
    refused, done = entries(instance, "accounts.sign_in")
    assert refused.outcome == "refused"
    assert refused.subject == f"email {email_index(instance.keys, GUAN_LI.email)[:12]}"
    assert done.outcome == "done"
    assert done.subject == f"account {account_of(instance, GUAN_LI).id}"
    assert GUAN_LI.email not in f"{refused.subject}{refused.details}{done.subject}{done.details}"


def test_a_closed_door_is_on_record_once_a_window(client: FlaskClient, instance: Instance) -> None:
    for _attempt in range(PER_ACCOUNT + 5):
        try_to_sign_in(client, GUAN_LI.email, "wrong-wrong-wrong")
    assert len(entries(instance, "accounts.lock")) == 1
    assert len(entries(instance, "accounts.sign_in")) == PER_ACCOUNT  # what a closed door refuses is no attempt


def test_a_password_kept_with_older_parameters_is_kept_anew_at_sign_in(
    client: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = account_of(instance, GUAN_LI).password_hash
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=8192))
    assert try_to_sign_in(client, GUAN_LI.email, GUAN_LI.password) == 302
    after = account_of(instance, GUAN_LI)
    assert after.password_hash != before
    assert after.password_hash is not None
    assert "m=8192,t=2" in after.password_hash
    assert try_to_sign_in(client, GUAN_LI.email, GUAN_LI.password) == 302


def test_passwords_are_kept_as_argon2id(instance: Instance) -> None:
    kept = account_of(instance, GUAN_LI).password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$")


def test_outside_of_tests_a_password_costs_whoever_guesses_64_mib_and_three_passes() -> None:
    begun = "from portal.accounts.passwords import hashed; print(hashed('long-enough-for-a-test'))"
    said = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert REAL_HASHER.check_needs_rehash(passwords.hashed("long-enough-for-a-test"))
