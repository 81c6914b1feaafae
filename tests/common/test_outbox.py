"""What is queued stands exactly when the write that queued it stands."""

import pytest
from sqlalchemy import func, select

from portal.common import audit
from portal.common.instance import Instance
from portal.common.outbox import SMS, Delivery, queue
from portal.common.people import People
from portal.common.roles import COMMAND
from tests.messages.letters import MOBILE, queued, state_of


def count(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(Delivery)).scalar_one()


def test_a_write_that_is_taken_back_takes_its_text_back_and_wakes_nobody(instance: Instance) -> None:
    woken: list[int] = []
    instance.wake_post_office = lambda: woken.append(1)

    def fail_after_queueing() -> None:
        with instance.database.locked() as session:
            sealer = People(session, instance.keys).person("address", MOBILE)
            with audit.audited(session, COMMAND, "demo.start"):
                queue(session, sealer, SMS, MOBILE, "code", {"code": "1"}, "zh")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_queueing()
    assert count(instance) == 0
    assert woken == []


def test_the_post_office_is_woken_after_the_commit_and_only_when_something_was_queued(instance: Instance) -> None:
    seen: list[int] = []
    instance.wake_post_office = lambda: seen.append(1)
    with audit.write(instance.database, COMMAND, "demo.start"):
        pass
    assert seen == []
    queued(instance)
    assert seen == [1]


def test_nothing_is_queued_outside_of_a_write(instance: Instance) -> None:
    with instance.database.locked() as session:
        sealer = People(session, instance.keys).person("address", MOBILE)
        with audit.audited(session, COMMAND, "demo.start"):
            pass
    with instance.database.reading() as session, pytest.raises(RuntimeError, match="inside a write"):
        queue(session, sealer, SMS, MOBILE, "code", {"code": "1"}, "zh")


def test_the_same_is_queued_once_whatever_became_of_it(instance: Instance) -> None:
    for code in ("1", "2"):
        with instance.database.locked() as session:
            sealer = People(session, instance.keys).person("address", MOBILE)
            with audit.audited(session, COMMAND, "demo.start"):
                queue(session, sealer, SMS, MOBILE, "code", {"code": code}, "zh", once="the same")
    assert count(instance) == 1


def test_neither_the_address_nor_the_words_can_be_read_in_the_database(instance: Instance) -> None:
    stored = state_of(instance, queued(instance, SMS, code="271828")).sealed
    assert MOBILE not in stored
    assert "271828" not in stored


def test_a_channel_that_is_not_there_is_refused(instance: Instance) -> None:
    with pytest.raises(ValueError, match="pigeon"):
        queued(instance, "pigeon")
