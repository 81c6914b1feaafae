"""What exporters see and change of their own account."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.codes import account_by_mobile
from portal.accounts.queries import names_of
from portal.accounts.signing import PER_ACCOUNT, WINDOW
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from tests.accounts.exporters import accounts_of_mobile, fields_of, wrong
from tests.accounts.pages import heading_of, in_english, open_link, text_of
from tests.accounts.test_sign_up_and_forgotten import NEW, accounts_of
from tests.accounts.test_signing_in import entries, try_to_sign_in
from tests.conftest import A_MORNING, sign_in_by_code, signed_in, signed_in_exporter
from tests.outbox import newest_words, sent
from tests.people import CHEN_HAIXIA, GUAN_LI, LIN_ZHIYAO, WU_GUOLIANG, YE_XIAOTANG

OTHER_MOBILE = "13900000009"
PAGES = ("/me/details", "/me/mobile", "/me/mobile/code", "/me/email", "/me/email-asked", "/me/password")


@pytest.fixture
def chen(app: Flask) -> FlaskClient:
    """陈海霞, signed in, reading English."""
    return in_english(signed_in_exporter(app, CHEN_HAIXIA))


def change_mobile(client: FlaskClient, instance: Instance, mobile: str) -> str:
    """Name a new mobile; the code that went to it."""
    assert client.post("/me/mobile", data={"mobile": mobile}).location == "/me/mobile/code"
    return newest_words(instance, "code", mobile)["code"]


def change_email(client: FlaskClient, instance: Instance, email: str) -> str:
    """Name a new address; the path of the link that went to it."""
    assert client.post("/me/email", data={"email": email}).location == "/me/email-asked"
    return newest_words(instance, "add_email", email)["path"]


def test_the_page_shows_what_the_account_holds_and_where_to_change_it(chen: FlaskClient) -> None:
    page = text_of(chen.get("/me"))
    assert heading_of(page) == "My account"
    assert CHEN_HAIXIA.mobile in page
    assert "none: you sign in by a code" in page
    for address in ("/me/details", "/me/mobile", "/me/email", "/me/password"):
        assert f'href="{address}"' in page
        assert chen.get(address).status_code == 200


def test_staff_do_not_change_their_account_on_the_pages_of_exporters(app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    assert client.get("/me").status_code == 200
    assert {client.get(address).status_code for address in PAGES} == {403}


def test_name_and_language_are_changed_and_others_read_the_name(chen: FlaskClient, instance: Instance) -> None:
    assert chen.post("/me/details", data={"name": "  陈 海霞 ", "language": "en"}).location == "/me"
    page = text_of(chen.get("/me"))
    assert "陈 海霞" in page
    assert "English" in page
    (account,) = accounts_of_mobile(instance, CHEN_HAIXIA.mobile)
    assert account.language == "en"
    with instance.database.reading() as session:
        assert names_of(session, People(session, instance.keys), [account.id]) == {account.id: "陈 海霞"}
        assert verify_audit(session).first_break is None
    assert [entry.actor_id for entry in entries(instance, "accounts.change_own")] == [account.id]


@pytest.mark.parametrize("name", ["", "   ", "长" * 61])
def test_a_name_that_is_none_or_too_long_is_told_beside_the_field(chen: FlaskClient, name: str) -> None:
    answer = chen.post("/me/details", data={"name": name, "language": "zh"})
    assert answer.status_code == 422
    assert text_of(answer).count("Use at most 60 characters" if name.strip() else "Enter the name") == 2


def test_without_a_name_others_read_the_masked_mobile(chen: FlaskClient, instance: Instance) -> None:
    (account,) = accounts_of_mobile(instance, CHEN_HAIXIA.mobile)
    with instance.database.reading() as session:
        assert names_of(session, People(session, instance.keys), [account.id]) == {account.id: "138****0001"}


def test_a_new_mobile_counts_once_its_code_is_entered(app: Flask, chen: FlaskClient, instance: Instance) -> None:
    code = change_mobile(chen, instance, OTHER_MOBILE)
    assert chen.post("/me/mobile/code", data={"code": wrong(code)}).status_code == 422
    assert accounts_of_mobile(instance, OTHER_MOBILE) == []
    assert chen.post("/me/mobile/code", data={"code": code}).location == "/me"
    assert OTHER_MOBILE in text_of(chen.get("/me"))
    (account,) = accounts_of_mobile(instance, OTHER_MOBILE)
    assert accounts_of_mobile(instance, CHEN_HAIXIA.mobile) == []
    assert fields_of(instance, account)["mobile"] == OTHER_MOBILE
    told = sent(instance, "address_changed")
    assert [(text.channel, text.address) for text in told] == [("sms", CHEN_HAIXIA.mobile)]
    outcomes = [entry.outcome for entry in entries(instance, "accounts.change_mobile")]
    assert outcomes == ["refused", "done"]


def test_whoever_tries_out_codes_for_a_new_mobile_is_told_to_wait_and_may_go_on_then(
    chen: FlaskClient, instance: Instance
) -> None:
    code = change_mobile(chen, instance, OTHER_MOBILE)
    tries = [chen.post("/me/mobile/code", data={"code": wrong(code)}).status_code for _time in range(PER_ACCOUNT)]
    assert tries == [422] * PER_ACCOUNT
    closed = chen.post("/me/mobile/code", data={"code": code})
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0
    assert "Too many attempts. Wait" in text_of(closed)
    (entry,) = entries(instance, "accounts.lock")
    assert (entry.outcome, entry.details) == ("refused", '{"by":"code.typed"}')
    with clock.fixed(clock.now() + timedelta(seconds=WINDOW)):
        later = change_mobile(chen, instance, OTHER_MOBILE)
        assert chen.post("/me/mobile/code", data={"code": later}).location == "/me"


def test_whoever_gets_the_old_mobile_later_is_another_person(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    code = change_mobile(chen, instance, OTHER_MOBILE)
    chen.post("/me/mobile/code", data={"code": code})
    signed_in_exporter(app, CHEN_HAIXIA)
    (later,), (before,) = (accounts_of_mobile(instance, one) for one in (CHEN_HAIXIA.mobile, OTHER_MOBILE))
    assert later.id != before.id
    assert later.person_id != before.person_id


def test_the_mobile_of_another_account_is_told_only_to_whoever_holds_it(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    signed_in_exporter(app, WU_GUOLIANG)
    with clock.fixed(A_MORNING + timedelta(minutes=2)):
        code = change_mobile(chen, instance, WU_GUOLIANG.mobile)
        assert "another account" not in text_of(chen.post("/me/mobile/code", data={"code": wrong(code)}))
        answer = chen.post("/me/mobile/code", data={"code": code})
    assert answer.status_code == 422
    assert "This number belongs to another account." in text_of(answer)
    with instance.database.reading() as session:
        found = account_by_mobile(session, instance.keys, WU_GUOLIANG.mobile)
    assert found is not None
    assert fields_of(instance, found)["mobile"] == WU_GUOLIANG.mobile


def test_the_mobile_one_has_needs_no_code(chen: FlaskClient, instance: Instance) -> None:
    answer = chen.post("/me/mobile", data={"mobile": CHEN_HAIXIA.mobile})
    assert answer.status_code == 422
    assert text_of(answer).count("This is the number you have now.") == 2


def test_naming_the_same_new_mobile_twice_leads_to_the_code_that_was_sent(
    chen: FlaskClient, instance: Instance
) -> None:
    assert change_mobile(chen, instance, OTHER_MOBILE) == change_mobile(chen, instance, OTHER_MOBILE)
    with chen.session_transaction() as kept:
        assert OTHER_MOBILE not in str(dict(kept))
        kept.pop("new_mobile")
    answer = chen.post("/me/mobile", data={"mobile": OTHER_MOBILE})
    assert answer.status_code == 429
    assert chen.get("/me/mobile/code").location == "/me/mobile"


def test_an_e_mail_address_counts_once_its_link_is_opened_and_confirmed(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    path = change_email(chen, instance, CHEN_HAIXIA.email)
    assert heading_of(text_of(chen.get(path))) == f"Use {CHEN_HAIXIA.email} for this account?"
    assert accounts_of(instance, CHEN_HAIXIA.email) == [], "opening the link must not use it"
    assert chen.post(path).location == "/me"
    (account,) = accounts_of(instance, CHEN_HAIXIA.email)
    assert account.id == accounts_of_mobile(instance, CHEN_HAIXIA.mobile)[0].id
    assert chen.get(path).status_code == 410
    second = change_email(chen, instance, "chen.new@example.com")
    assert chen.post(second).location == "/me"
    assert [mail.address for mail in sent(instance, "address_changed")] == [CHEN_HAIXIA.email]
    assert accounts_of(instance, CHEN_HAIXIA.email) == []


def test_with_an_e_mail_address_a_first_password_is_set_by_link_and_then_changed(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    assert "add an e-mail address first" in text_of(chen.get("/me/password"))
    chen.post(change_email(chen, instance, CHEN_HAIXIA.email))
    assert chen.post("/me/password").location == "/link-on-its-way"
    other = app.test_client()
    open_link(other, newest_words(instance, "set_password", CHEN_HAIXIA.email)["path"].rpartition("/")[2])
    assert other.post("/set-password", data=NEW).status_code == 302
    assert try_to_sign_in(other, CHEN_HAIXIA.email, NEW["password"]) == 302
    newer = {"old": NEW["password"], "password": "still another password", "again": "still another password"}
    assert other.post("/me/password", data={**newer, "old": "not-the-old-one"}).status_code == 422
    assert other.post("/me/password", data=newer).location == "/me"
    assert try_to_sign_in(app.test_client(), CHEN_HAIXIA.email, "still another password") == 302


def test_another_account_does_not_get_the_address_by_the_link(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    path = change_email(chen, instance, CHEN_HAIXIA.email)
    other = in_english(signed_in_exporter(app, YE_XIAOTANG))
    for answer in (other.get(path), other.post(path)):
        assert answer.status_code == 410
        assert "If you asked in another account, sign in to that one" in text_of(answer)
    assert open_link(app.test_client(), path.rpartition("/")[2]) == 410, "nor does it make an account"
    assert app.test_client().get(path).location.startswith("/sign-in?next=/me/email/")
    assert chen.post(path).location == "/me"


def test_the_address_of_another_account_gets_no_link_and_the_page_says_the_same(
    chen: FlaskClient, instance: Instance
) -> None:
    answer = chen.post("/me/email", data={"email": GUAN_LI.email})
    assert answer.location == "/me/email-asked"
    assert sent(instance, "add_email") == []


def test_an_address_taken_before_the_link_is_opened_stays_with_whoever_has_it(
    app: Flask, chen: FlaskClient, instance: Instance
) -> None:
    first = change_email(chen, instance, CHEN_HAIXIA.email)
    other = signed_in_exporter(app, YE_XIAOTANG)
    assert other.post(change_email(other, instance, CHEN_HAIXIA.email)).location == "/me"
    assert chen.post(first).status_code == 410


def test_signing_out_everywhere_ends_every_session(app: Flask, chen: FlaskClient) -> None:
    elsewhere = signed_in_exporter(app, CHEN_HAIXIA)
    assert chen.post("/me/end-sessions").location == "/sign-in"
    assert chen.get("/me").status_code == elsewhere.get("/me").status_code == 302
    sign_in_by_code(chen, CHEN_HAIXIA)
    assert chen.get("/me").status_code == 200
