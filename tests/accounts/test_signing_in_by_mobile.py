"""Signing in by a code to a mobile, through the pages."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.accounts.codes import LASTS, TRIES
from portal.accounts.devices import COOKIE
from portal.accounts.exporters import find_or_make_by_mobile
from portal.accounts.records import Account
from portal.accounts.signing import PER_NETWORK
from portal.common import audit, clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Role
from portal.programme.people_actions import erase_person
from tests.accounts.exporters import accounts_of_mobile, ask_for_code, enter, fields_of, wrong
from tests.accounts.pages import in_english, text_of, without_token
from tests.accounts.test_signing_in import entries
from tests.conftest import A_MORNING, signed_in, signed_in_exporter
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, EXPORTERS, LIN_ZHIYAO, YE_XIAOTANG, Exporter

MOBILE = CHEN_HAIXIA.mobile


@pytest.mark.parametrize("person", EXPORTERS, ids=lambda person: person.name)
def test_every_exporter_of_the_cast_signs_in_and_lands_on_the_firms(app: Flask, person: Exporter) -> None:
    client = signed_in_exporter(app, person)
    assert client.get("/sign-in").location == "/my"
    assert client.get("/my").status_code == 200


def test_a_mobile_without_account_gets_one_as_an_exporter(client: FlaskClient, instance: Instance) -> None:
    code = ask_for_code(client, instance, MOBILE)
    assert accounts_of_mobile(instance, MOBILE) == [], "only the right code makes it"
    assert enter(client, wrong(code)) == 422
    assert accounts_of_mobile(instance, MOBILE) == []
    assert enter(client, code) == 302
    (account,) = accounts_of_mobile(instance, MOBILE)
    assert (account.role, account.state, account.password_hash) == ("exporter", "active", None)
    assert fields_of(instance, account) == {"mobile": MOBILE}
    (entry,) = entries(instance, "accounts.sign_up")
    assert entry.subject == f"account {account.id}"
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None


def test_that_the_code_makes_an_account_is_said_before_it_is_entered(
    client: FlaskClient, instance: Instance
) -> None:
    in_english(client)
    assert "Entering the code makes one for this number." in text_of(client.get("/sign-in"))
    ask_for_code(client, instance, MOBILE)
    assert "the right code makes one" in text_of(client.get("/sign-in/code"))


def test_signing_in_again_is_the_same_account(app: Flask, instance: Instance) -> None:
    signed_in_exporter(app, CHEN_HAIXIA)
    (first,) = accounts_of_mobile(instance, MOBILE)
    signed_in_exporter(app, CHEN_HAIXIA)
    (second,) = accounts_of_mobile(instance, MOBILE)
    assert first.id == second.id
    assert len(entries(instance, "accounts.sign_up")) == 1


def test_pages_tell_nobody_whether_a_mobile_has_an_account(app: Flask, instance: Instance) -> None:
    signed_in_exporter(app, CHEN_HAIXIA)
    pages = []
    for mobile in (MOBILE, YE_XIAOTANG.mobile):
        with clock.fixed(A_MORNING + timedelta(minutes=1)):
            client = app.test_client()
            code = ask_for_code(client, instance, mobile)
            shown = [client.get("/sign-in/code"), client.post("/sign-in/code", data={"code": wrong(code)})]
            texts = [without_token(text_of(page)).replace(wrong(code), "the code") for page in shown]
            pages.append([text.replace(mobile[-4:], "----") for text in texts])
    assert pages[0] == pages[1]


def test_the_code_counts_once_and_for_ten_minutes(app: Flask, instance: Instance) -> None:
    client, other = app.test_client(), app.test_client()
    code = ask_for_code(client, instance, MOBILE)
    with client.session_transaction() as kept, other.session_transaction() as copied:
        copied.update(kept)
    with clock.fixed(A_MORNING + LASTS):
        assert enter(client, code) == 422
    assert enter(client, code) == 302
    assert enter(other, code) == 422


def test_a_code_that_ran_out_of_tries_is_told_like_a_wrong_one(client: FlaskClient, instance: Instance) -> None:
    code = ask_for_code(in_english(client), instance, MOBILE)
    for _try in range(TRIES):
        assert enter(client, wrong(code)) == 422
    answer = client.post("/sign-in/code", data={"code": code})
    assert answer.status_code == 422
    assert text_of(answer).count("This code is not right, or no longer") == 2  # in the summary, beside the field
    assert len(entries(instance, "accounts.sign_in")) == TRIES + 1


def test_a_code_counts_only_in_the_browser_that_asked_for_it(app: Flask, instance: Instance) -> None:
    client, stranger = app.test_client(), app.test_client()
    code = ask_for_code(client, instance, MOBILE)
    assert stranger.post("/sign-in/code", data={"code": code}).location == "/sign-in?by=mobile"
    with clock.fixed(A_MORNING + timedelta(minutes=1)):
        theirs = ask_for_code(stranger, instance, MOBILE)
        for _try in range(TRIES):
            enter(stranger, wrong(theirs))
        assert enter(client, code) == 302, "a stranger neither ends it nor uses up its tries"


def test_asking_twice_within_a_minute_leads_to_the_code_that_was_sent(
    client: FlaskClient, instance: Instance
) -> None:
    code = ask_for_code(client, instance, MOBILE)
    assert ask_for_code(client, instance, MOBILE) == code
    assert len(sent(instance, "code", MOBILE)) == 1
    assert enter(client, code) == 302


def test_another_browser_is_told_to_wait(app: Flask, instance: Instance) -> None:
    ask_for_code(app.test_client(), instance, MOBILE)
    answer = in_english(app.test_client()).post("/sign-in?by=mobile", data={"mobile": MOBILE})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert text_of(answer).count("No more codes for now. Wait 1 minute, then ask again") == 2


def test_a_long_wait_is_told_in_hours(app: Flask, instance: Instance) -> None:
    client = in_english(app.test_client())
    for number in range(10):
        with clock.fixed(A_MORNING + timedelta(minutes=20 * number)):
            ask_for_code(client, instance, MOBILE)
    with clock.fixed(A_MORNING + timedelta(hours=4)):
        answer = client.post("/sign-in?by=mobile", data={"mobile": MOBILE})
    assert answer.status_code == 429
    assert "Wait 20 hours, then ask again" in text_of(answer)


def test_another_code_can_be_sent_from_the_page_and_ends_the_first(
    client: FlaskClient, instance: Instance
) -> None:
    in_english(client)
    first = ask_for_code(client, instance, MOBILE)
    client.post("/sign-in/code/again")
    assert "No more codes for now" in text_of(client.get("/sign-in/code"))
    with clock.fixed(A_MORNING + timedelta(minutes=1)):
        assert client.post("/sign-in/code/again").location == "/sign-in/code"
        assert "A new code is on its way" in text_of(client.get("/sign-in/code"))
        older, newer = (text.words["code"] for text in sent(instance, "code", MOBILE))
        assert older == first
        if older != newer:
            assert enter(client, older) == 422
        assert enter(client, newer) == 302


def test_strangers_who_ask_for_codes_keep_no_known_browser_out(app: Flask, instance: Instance) -> None:
    known = signed_in_exporter(app, CHEN_HAIXIA)
    known.post("/sign-out")
    with clock.fixed(A_MORNING + timedelta(minutes=2)):
        ask_for_code(app.test_client(), instance, MOBILE)
        assert app.test_client().post("/sign-in?by=mobile", data={"mobile": MOBILE}).status_code == 429
        assert enter(known, ask_for_code(known, instance, MOBILE)) == 302


def test_one_network_that_tries_codes_is_slowed_down(client: FlaskClient, instance: Instance) -> None:
    in_english(client)
    code = ask_for_code(client, instance, MOBILE)
    assert [enter(client, wrong(code)) for _try in range(PER_NETWORK)] == [422] * PER_NETWORK
    answer = client.post("/sign-in/code", data={"code": code})
    assert answer.status_code == 429
    assert "Too many attempts. Wait 15 minutes" in text_of(answer)


def test_after_signing_in_one_is_on_the_page_one_had_asked_for(client: FlaskClient, instance: Instance) -> None:
    asked = client.get("/me/details").location
    sent_to = client.post(asked, data={"mobile": MOBILE}).location
    assert sent_to == "/sign-in/code?next=/me/details"
    code = sent(instance, "code", MOBILE)[-1].words["code"]
    assert client.post(sent_to, data={"code": code}).location == "/me/details"


def test_an_exporter_is_not_led_to_the_desk(client: FlaskClient, instance: Instance) -> None:
    client.post("/sign-in?by=mobile&next=/desk/audit", data={"mobile": MOBILE})
    code = sent(instance, "code", MOBILE)[-1].words["code"]
    assert client.post("/sign-in/code?next=/desk/audit", data={"code": code}).location == "/my"


def test_the_account_of_a_disabled_exporter_is_closed_and_whoever_has_the_code_is_told(
    app: Flask, instance: Instance
) -> None:
    client = signed_in_exporter(app, CHEN_HAIXIA)
    (account,) = accounts_of_mobile(instance, MOBILE)
    with audit.write(instance.database, COMMAND, "accounts.disable", f"account {account.id}") as session:
        session.get_one(Account, account.id).state = "disabled"
    assert client.get("/me").status_code == 302
    with clock.fixed(A_MORNING + timedelta(minutes=2)):
        other = in_english(app.test_client())
        code = ask_for_code(other, instance, MOBILE)
        assert "This account is closed" not in text_of(other.post("/sign-in/code", data={"code": wrong(code)}))
        answer = other.post("/sign-in/code", data={"code": code})
    assert answer.status_code == 422
    assert "This account is closed" in text_of(answer)


def test_an_account_of_staff_is_not_entered_by_a_code(client: FlaskClient, instance: Instance) -> None:
    """Staff have no mobile in their accounts; should one ever come there, it opens nothing."""
    with audit.write(instance.database, COMMAND, "test") as session:
        find_or_make_by_mobile(session, instance, MOBILE).role = str(Role.REVIEWER)
    assert enter(client, ask_for_code(client, instance, MOBILE)) == 422


def test_an_erased_persons_mobile_makes_a_new_account(app: Flask, instance: Instance) -> None:
    signed_in_exporter(app, CHEN_HAIXIA)
    (account,) = accounts_of_mobile(instance, MOBILE)
    erase_person(instance, COMMAND, account.person_id, "asked_for")
    assert accounts_of_mobile(instance, MOBILE) == []
    signed_in_exporter(app, CHEN_HAIXIA)
    (fresh,) = accounts_of_mobile(instance, MOBILE)
    assert fresh.id != account.id
    assert fresh.person_id != account.person_id


def test_what_is_no_mobile_is_told_beside_the_field(client: FlaskClient, instance: Instance) -> None:
    answer = in_english(client).post("/sign-in?by=mobile", data={"mobile": "138"})
    assert answer.status_code == 422
    assert text_of(answer).count("This is no mobile number of the mainland") == 2
    assert text_of(client.post("/sign-in?by=mobile", data={})).count("Enter your mobile number") == 2
    assert sent(instance) == []


def test_the_mobile_stands_in_no_address_and_the_cookie_does_not_hold_it_in_clear(
    client: FlaskClient, instance: Instance
) -> None:
    ask_for_code(client, instance, MOBILE)
    with client.session_transaction() as kept:
        assert MOBILE not in str(dict(kept))
    shown = text_of(client.get("/sign-in/code"))
    assert MOBILE not in shown
    assert "138****0001" in shown
    assert 'autocomplete="one-time-code"' in shown
    assert 'inputmode="numeric"' in shown


def test_both_ways_are_links_that_work_without_scripts(client: FlaskClient) -> None:
    page = text_of(client.get("/sign-in?next=/me"))
    assert 'href="/sign-in?by=mobile&amp;next=/me"' in page
    assert 'href="/sign-in?by=email&amp;next=/me"' in page
    assert 'name="mobile"' in page
    assert 'name="password"' in text_of(client.get("/sign-in?by=email"))


def test_staff_and_known_browsers_are_shown_their_own_way_first(app: Flask, client: FlaskClient) -> None:
    assert 'name="password"' in text_of(client.get("/sign-in?next=/desk/staff"))
    for known, field in (
        (signed_in_exporter(app, CHEN_HAIXIA), "mobile"),
        (signed_in(app, LIN_ZHIYAO), "password"),
    ):
        known.post("/sign-out")
        assert known.get_cookie(COOKIE) is not None
        assert f'name="{field}"' in text_of(known.get("/sign-in")), (
            "a known browser is shown the way it took before"
        )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_messages_come_in_the_language_of_the_first_sign_in(app: Flask, instance: Instance, language: str) -> None:
    client = app.test_client()
    client.get(f"/preferences/language/{language}")
    assert enter(client, ask_for_code(client, instance, MOBILE)) == 302
    assert accounts_of_mobile(instance, MOBILE)[0].language == language
    assert sent(instance, "code", MOBILE)[0].language == language


def test_a_language_that_was_chosen_stays_and_one_that_was_not_is_set_at_sign_in(
    app: Flask, instance: Instance
) -> None:
    signed_in_exporter(app, CHEN_HAIXIA)
    with clock.fixed(A_MORNING + timedelta(minutes=2)):
        client = in_english(app.test_client())
        enter(client, ask_for_code(client, instance, MOBILE))
    assert accounts_of_mobile(instance, MOBILE)[0].language == "zh"
    with instance.database.beside(1000) as connection:
        connection.execute(update(Account).values(language=None))
    with clock.fixed(A_MORNING + timedelta(minutes=4)):
        client = in_english(app.test_client())
        enter(client, ask_for_code(client, instance, MOBILE))
    assert accounts_of_mobile(instance, MOBILE)[0].language == "en"
