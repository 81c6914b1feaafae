"""Codes by text: which one counts, how long, how often, and how many are sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.codes import (
    LASTS,
    OWN,
    PER_NETWORK,
    TRIES,
    BadMobile,
    TooManyCodes,
    check_code,
    masked_mobile,
    normal_mobile,
    send_code,
)
from portal.accounts.records import Code
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from tests.accounts.exporters import wrong
from tests.accounts.test_signing_in import entries
from tests.conftest import A_MORNING
from tests.outbox import newest_words, sent

MOBILE = "13800000001"
PURPOSE, SUBJECT = "confirm_firm", "membership M2022-00001"


def send(instance: Instance, mobile: str = MOBILE, subject: str = SUBJECT, address: str = "192.0.2.1") -> str:
    send_code(instance, PURPOSE, mobile, subject, address)
    return newest_words(instance, "code", mobile)["code"]


def counts(instance: Instance, code: str, purpose: str = PURPOSE, subject: str = SUBJECT) -> bool:
    with instance.database.locked() as session:
        return check_code(session, instance.keys, purpose, MOBILE, subject, code)


@pytest.mark.parametrize(
    "typed",
    [
        "13800000001",
        "+86 138 0000 0001",
        "0086-138-0000-0001",
        "１３８０００００００１",
        " 138‑0000‑0001 ",
        "+8613800000001",
    ],
)
def test_a_mobile_is_read_as_people_type_it(typed: str) -> None:
    assert normal_mobile(typed) == "13800000001"


@pytest.mark.parametrize(
    "typed",
    ["", "1380000000", "138000000011", "12800000001", "23800000001", "05921234567", "+85213800000", "138x0000001"],
)
def test_what_is_no_mobile_of_the_mainland_is_refused(typed: str) -> None:
    with pytest.raises(BadMobile):
        normal_mobile(typed)


def test_of_a_mobile_only_its_ends_are_shown() -> None:
    assert masked_mobile(MOBILE) == "138****0001"


def test_the_code_has_six_digits_and_goes_to_the_mobile_by_text(instance: Instance) -> None:
    code = send(instance)
    (text,) = sent(instance)
    assert (text.channel, text.kind, text.address, text.language) == ("sms", "code", MOBILE, "zh")
    assert len(code) == 6
    assert code.isdigit()


def test_the_right_code_counts_once(instance: Instance) -> None:
    code = send(instance)
    assert counts(instance, code)
    assert not counts(instance, code)


def test_a_code_may_be_typed_with_spaces_and_full_width(instance: Instance) -> None:
    code = send(instance)
    assert counts(instance, f" {code[:3]} {''.join(chr(ord(digit) + 0xFEE0) for digit in code[3:])}")


def test_a_code_counts_only_for_what_it_was_asked_for(instance: Instance) -> None:
    code = send(instance)
    assert not counts(instance, code, purpose="sign_in")
    assert not counts(instance, code, subject="membership M2022-00002")
    assert counts(instance, code)


def test_a_code_ends_after_ten_minutes(instance: Instance) -> None:
    code = send(instance)
    with clock.fixed(A_MORNING + LASTS):
        assert not counts(instance, code)
    with clock.fixed(A_MORNING + LASTS - timedelta(seconds=1)):
        assert counts(instance, code)


def test_after_five_wrong_tries_the_right_code_counts_no_more(instance: Instance) -> None:
    code = send(instance)
    assert not any(counts(instance, wrong(code)) for _try in range(TRIES))
    assert not counts(instance, code)


def test_the_fifth_try_may_be_the_right_one(instance: Instance) -> None:
    code = send(instance)
    assert not any(counts(instance, wrong(code)) for _try in range(TRIES - 1))
    assert counts(instance, code)


def test_a_new_code_ends_the_older_one(instance: Instance) -> None:
    older = send(instance)
    with clock.fixed(A_MORNING + timedelta(minutes=1)):
        newer = send(instance)
        if newer != older:
            assert not counts(instance, older)
        assert counts(instance, newer)


def test_a_new_code_for_something_else_ends_none(instance: Instance) -> None:
    first = send(instance)
    with clock.fixed(A_MORNING + timedelta(minutes=1)):
        send(instance, subject="membership M2022-00002")
        assert counts(instance, first)


def waits(instance: Instance, **asked: str) -> int:
    """How many minutes one must wait for the next code."""
    with pytest.raises(TooManyCodes) as refused:
        send(instance, **asked)
    return refused.value.minutes


def test_a_mobile_gets_one_code_a_minute(instance: Instance) -> None:
    send(instance)
    assert waits(instance) == 1
    with clock.fixed(A_MORNING + timedelta(seconds=59)):
        assert waits(instance, subject="for something else") == 1
    with clock.fixed(A_MORNING + timedelta(seconds=60)):
        send(instance)


def test_a_mobile_gets_five_codes_an_hour_and_ten_a_day(instance: Instance) -> None:
    for number in range(5):
        with clock.fixed(A_MORNING + timedelta(minutes=number)):
            send(instance)
    with clock.fixed(A_MORNING + timedelta(minutes=5)):
        assert waits(instance) == 55
    for number in range(5):
        with clock.fixed(A_MORNING + timedelta(hours=1, minutes=number)):
            send(instance)
    with clock.fixed(A_MORNING + timedelta(hours=12)):
        assert waits(instance) == 12 * 60
    with clock.fixed(A_MORNING + timedelta(hours=24)):
        send(instance)
    assert len(sent(instance, "code", MOBILE)) == 11


def test_what_strangers_ask_for_does_not_use_up_the_codes_of_a_known_browser(instance: Instance) -> None:
    send(instance, subject="browser of a stranger")
    assert waits(instance, subject="browser of another") == 1
    send(instance, subject=f"{OWN}known")
    assert waits(instance, subject=f"{OWN}known") == 1


def test_a_network_gets_thirty_codes_an_hour_for_whatever_mobiles(instance: Instance) -> None:
    for number in range(PER_NETWORK):
        send(instance, mobile=f"139{number:08}")
    assert waits(instance, mobile="13700000000") == 30
    send(instance, mobile="13700000000", address="198.51.100.1")


def test_neither_code_nor_mobile_is_in_the_database_in_clear(instance: Instance) -> None:
    code = send(instance)
    counts(instance, code)
    with instance.database.reading() as session:
        kept = session.execute(select(Code)).scalars().one()
        assert code not in kept.code_hash
        assert MOBILE not in f"{kept.address_index}{kept.subject}"
    instance.database.engine.dispose()
    folder = instance.settings.instance
    assert MOBILE.encode() not in b"".join(file.read_bytes() for file in folder.glob("portal.db*"))


def test_a_code_sent_is_on_record_without_the_mobile_in_clear(instance: Instance) -> None:
    send(instance)
    (entry,) = entries(instance, "accounts.send_code")
    assert entry.actor_id == "anonymous"
    assert entry.details == '{"purpose":"confirm_firm"}'
    assert MOBILE not in entry.subject
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None


def test_codes_of_yesterday_are_swept_out(instance: Instance) -> None:
    send(instance)
    with clock.fixed(A_MORNING + timedelta(days=1)):
        send(instance)
    with instance.database.reading() as session:
        assert len(session.execute(select(Code)).all()) == 1


def test_a_code_is_used_up_only_under_the_write_lock(instance: Instance) -> None:
    with instance.database.reading() as session, pytest.raises(RuntimeError, match="inside a write"):
        check_code(session, instance.keys, PURPOSE, MOBILE, SUBJECT, "000000")
