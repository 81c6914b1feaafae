"""Confirming who acts for a firm by a code to the telephone of an authority's file."""

from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.signing import PER_ACCOUNT
from portal.common.instance import Instance
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.members.applying import FILE_PHONE, apply, enrolled_by_file
from tests.members.binding import (
    bind,
    exporter,
    memberships,
    newest,
)
from tests.outbox import newest_words, sent
from tests.people import WU_GUOLIANG
from tests.samples import (
    HARBOUR,
)


def test_a_code_to_the_phone_of_an_authoritys_file_confirms(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    assert "*********42" in text_of(chen.get(firm))
    assert FILE_PHONE not in text_of(chen.get(f"{firm}/code"))
    assert chen.post(f"{firm}/code/send").status_code == 302
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    assert chen.post(f"{firm}/code", data={"code": code}).location == firm
    found = newest(instance)
    assert (found.state, found.confirmed_how) == (stages.CONFIRMED, "phone")
    assert "by a code to the telephone in an authority" in text_of(chen.get(firm))


def test_a_wrong_code_confirms_nobody_and_five_end_it(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    chen.post(f"{firm}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _try in range(5):
        answer = chen.post(f"{firm}/code", data={"code": wrong})
        assert answer.status_code == 422
        assert "This code is not right, or no longer" in text_of(answer)
    assert chen.post(f"{firm}/code", data={"code": code}).status_code == 422
    assert newest(instance).state == stages.UNCONFIRMED


def test_whoever_tries_out_codes_is_told_to_wait(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    firm = f"/my/firms/{HARBOUR.uscc}"
    chen.post(f"{firm}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    tries = [chen.post(f"{firm}/code", data={"code": wrong}).status_code for _time in range(PER_ACCOUNT)]
    assert tries == [422] * PER_ACCOUNT
    closed = chen.post(f"{firm}/code", data={"code": code})
    assert closed.status_code == 429
    assert int(closed.headers["Retry-After"]) > 0
    assert "Too many attempts. Wait" in text_of(closed)
    assert newest(instance).state == stages.UNCONFIRMED


def test_a_code_counts_only_for_whoever_asked_for_it(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    enrolled_by_file(instance)
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    chen.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    assert wu.post(f"/my/firms/{HARBOUR.uscc}/code", data={"code": code}).status_code == 422
    assert newest(instance).state == stages.WAITING


def test_a_second_code_within_a_minute_is_not_sent(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance)
    for _press in range(2):
        chen.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    assert len(sent(instance, "code", FILE_PHONE)) == 1


def test_the_phone_of_an_unconfirmed_web_application_confirms_nobody(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    apply(app, mobile="13900000009")
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    firm = f"/my/firms/{HARBOUR.uscc}"
    for client in (chen, wu):
        assert "Confirm by a code" not in text_of(client.get(firm))
        assert client.get(f"{firm}/code").location == firm
        client.post(f"{firm}/code/send")
        assert client.post(f"{firm}/code", data={"code": "000000"}).status_code == 302
    assert not sent(instance, "code", "13900000009")
    assert not any(one.state == stages.CONFIRMED for one in memberships(instance))


def test_a_file_without_a_mobile_offers_no_code(chen: FlaskClient, instance: Instance) -> None:
    enrolled_by_file(instance, mobile="0592-5551234")
    assert "Confirm by a code" not in text_of(chen.get(f"/my/firms/{HARBOUR.uscc}"))


def test_whoever_is_confirmed_brings_another_unconfirmed_claim_before_staff(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    enrolled_by_file(instance)
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    wu.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    code = newest_words(instance, "code", FILE_PHONE)["code"]
    wu.post(f"/my/firms/{HARBOUR.uscc}/code", data={"code": code})
    first, second = memberships(instance)
    assert (first.state, first.why_waiting) == (stages.WAITING, "second_claim")
    assert second.state == stages.CONFIRMED
