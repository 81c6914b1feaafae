"""What is queued is sent once: retried while surely not sent, left to a person when nobody can tell."""

import os
import stat
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import update

from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.outbox import EMAIL, FAILED, SENDING, SENT, SMS, UNSURE, WAITING, Delivery, queue, queue_again
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.messages import post_office
from portal.messages.carriers import Carrier, Letter, MaybeSent, NotSent
from portal.messages.post_office import LEASE, WAITS, Tally, send_due
from tests.conftest import A_MORNING
from tests.messages.letters import MOBILE, app_with, mails_in, queued, sent_now, state_of, texts_in


class Pretended:
    """A carrier that writes down what it was given and answers as it is told."""

    name = "pretended"
    repeatable = False

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.given: list[Letter] = []

    def carry(self, letter: Letter) -> None:
        self.given.append(letter)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Pretended:
    made = Pretended()
    by: dict[str, Carrier] = {SMS: made, EMAIL: made}
    monkeypatch.setattr(post_office, "carriers", lambda _settings: by)
    return made


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


def at(later: timedelta) -> AbstractContextManager[None]:
    return clock.fixed(A_MORNING + later)


def test_a_text_is_a_file_that_only_its_owner_reads_and_says_the_code(app: Flask, instance: Instance) -> None:
    text = queued(instance, SMS)
    mail = queued(instance, EMAIL)
    assert sent_now(app) == Tally(sent=2, failed=0, unsure=0, waiting=0)
    path = instance.settings.outbox / f"{text}.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert texts_in(instance)[0].splitlines()[0] == MOBILE
    assert "314159" in texts_in(instance)[0]
    letter = mails_in(instance)[0]
    assert letter["Message-ID"] == f"<{mail}@127.0.0.1>"
    assert "314159" in letter.get_content()


def test_nothing_is_sent_a_second_time(app: Flask, instance: Instance, carrier: Pretended) -> None:
    queued(instance)
    assert sent_now(app).sent == 1
    assert sent_now(app) == Tally(0, 0, 0, 0)
    assert len(carrier.given) == 1


def test_once_it_is_sent_only_the_address_stays(app: Flask, instance: Instance) -> None:
    one = state_of(instance, queued(instance))
    sent_now(app)
    after = state_of(instance, one.id)
    with instance.database.reading() as session:
        fields = People(session, instance.keys).read(after.person_id, after.sealed)
    assert set(fields) == {"address"}


def test_a_text_is_written_in_the_language_of_whoever_gets_it(app: Flask, instance: Instance) -> None:
    with instance.database.locked() as session:
        sealer = People(session, instance.keys).person("address", MOBILE)
        with audit.audited(session, COMMAND, "demo.start"):
            for language in ("en", "zh"):
                queue(session, sealer, SMS, MOBILE, "code", {"code": "1"}, language)
    sent_now(app)
    english, chinese = texts_in(instance)
    assert "[Tongbao]" in english
    assert "good for 10 minutes" in english
    assert chinese != english


def test_what_was_surely_not_sent_is_tried_again_ever_later_and_then_given_up(
    app: Flask, instance: Instance, carrier: Pretended
) -> None:
    one = queued(instance, kind="application_eligible", number="A2022-00001")
    carrier.answers = [NotSent("down")] * 10
    later, tries = timedelta(), []
    for wait in WAITS:
        with at(later):
            assert sent_now(app) == Tally(0, 0, 0, 1)
        assert state_of(instance, one).next_try_at == A_MORNING + later + wait
        with at(later + wait - timedelta(seconds=1)):
            assert sent_now(app).waiting == 1
        later += wait
        tries.append(len(carrier.given))
    assert tries == [1, 2, 3, 4, 5]
    with at(later):
        assert sent_now(app) == Tally(sent=0, failed=1, unsure=0, waiting=0)
    assert (state_of(instance, one).state, state_of(instance, one).problem) == (FAILED, "down")


def test_a_refusal_for_good_is_not_tried_again(app: Flask, instance: Instance, carrier: Pretended) -> None:
    one = queued(instance)
    carrier.answers = [NotSent("no such mailbox", for_good=True)]
    assert sent_now(app).failed == 1
    assert state_of(instance, one).state == FAILED


def test_a_carrier_that_takes_nothing_is_asked_once_and_the_others_keep_their_tries(
    app: Flask, instance: Instance, carrier: Pretended
) -> None:
    ids = [queued(instance, EMAIL) for _ in range(3)]
    text = queued(instance, SMS)
    carrier.answers = [NotSent("down", all_of_them=True), None]
    assert sent_now(app) == Tally(sent=1, failed=0, unsure=0, waiting=3)
    assert [state_of(instance, one).attempts for one in ids] == [1, 0, 0]
    assert state_of(instance, text).state == SENT


def test_what_was_handed_over_without_an_answer_is_left_to_a_person(
    app: Flask, instance: Instance, carrier: Pretended
) -> None:
    one = queued(instance)
    carrier.answers = [MaybeSent("no answer")]
    assert sent_now(app) == Tally(0, 0, 1, 0)
    with at(timedelta(days=1)):
        assert sent_now(app).unsure == 1
    assert len(carrier.given) == 1
    assert state_of(instance, one).state == UNSURE


def test_a_sender_killed_after_handing_over_never_lets_it_be_sent_twice(
    app: Flask, instance: Instance, carrier: Pretended, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = queued(instance)

    def killed(*_args: object, **_more: object) -> str:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(post_office, "_said", killed)
        with pytest.raises(Killed):
            sent_now(app)
    assert state_of(instance, one).state == SENDING
    with at(LEASE - timedelta(seconds=1)):
        assert sent_now(app) == Tally(0, 0, 0, 0)  # its sender may still be at it
    with at(LEASE + timedelta(seconds=1)):
        assert sent_now(app) == Tally(0, 0, 1, 0)
    assert len(carrier.given) == 1
    assert state_of(instance, one).problem == post_office.LOST


def test_a_file_whose_writer_was_killed_is_there_once_and_counts_as_sent(
    app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = queued(instance, SMS)

    def killed(*_args: object, **_more: object) -> str:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(post_office, "_said", killed)
        with pytest.raises(Killed):
            sent_now(app)
    before = texts_in(instance)
    with at(LEASE + timedelta(seconds=1)):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    assert texts_in(instance) == before
    assert [path.name for path in instance.settings.outbox.iterdir()] == [f"{one}.txt"]


def test_a_gateways_text_that_was_lost_is_not_sent_again_because_files_are_chosen_now(
    app: Flask, instance: Instance
) -> None:
    one = queued(instance, SMS)
    with instance.database.beside(1000) as connection:
        lost = update(Delivery).values(state=SENDING, problem="http", lease_until=A_MORNING - LEASE)
        connection.execute(lost)
    assert sent_now(app) == Tally(0, 0, 1, 0)
    assert state_of(instance, one).state == UNSURE


def test_a_sender_that_was_slower_than_its_lease_may_still_say_that_it_sent(
    app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = queued(instance)

    class Slow(Pretended):
        def carry(self, letter: Letter) -> None:
            with at(LEASE + timedelta(seconds=1)):
                post_office._look_after_the_lost(instance.database, {EMAIL: self})
            assert state_of(instance, one).state == UNSURE

    monkeypatch.setattr(post_office, "carriers", lambda _settings: {SMS: Slow(), EMAIL: Slow()})
    assert sent_now(app) == Tally(1, 0, 0, 0)
    assert state_of(instance, one).state == SENT


def test_a_sender_says_nothing_more_of_what_a_person_has_sent_again(
    app: Flask, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = queued(instance)

    class Overtaken(Pretended):
        def carry(self, letter: Letter) -> None:
            with instance.database.locked() as session:
                queue_again(session, session.get_one(Delivery, one))

    monkeypatch.setattr(post_office, "carriers", lambda _settings: {SMS: Overtaken(), EMAIL: Overtaken()})
    stop = iter([False, True])
    with app.app_context():
        send_due(instance, lambda: next(stop))
    assert state_of(instance, one).state == WAITING


def test_a_code_that_comes_too_late_is_not_sent(app: Flask, instance: Instance, carrier: Pretended) -> None:
    one = queued(instance)
    with at(timedelta(minutes=10, seconds=1)):
        assert sent_now(app) == Tally(0, 1, 0, 0)
    assert carrier.given == []
    assert state_of(instance, one).problem == "too late to be of use"


def test_an_erased_person_gets_nothing_more(app: Flask, instance: Instance, carrier: Pretended) -> None:
    one = state_of(instance, queued(instance))
    with audit.write(instance.database, COMMAND, "people.erase") as session:
        People(session, instance.keys).destroy(one.person_id)
    assert sent_now(app) == Tally(0, 1, 0, 0)
    assert carrier.given == []


def test_words_that_do_not_fit_hold_nobody_else_up(app: Flask, instance: Instance, carrier: Pretended) -> None:
    broken = queued(instance, kind="application_eligible", nothing="x")
    whole = queued(instance)
    assert sent_now(app) == Tally(1, 1, 0, 0)
    assert state_of(instance, broken).problem == "cannot be written: UnknownWords"
    assert state_of(instance, whole).state == SENT


def test_two_senders_at_once_send_each_one_once(
    either_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Pretended()
    by: dict[str, Carrier] = {SMS: made, EMAIL: made}
    monkeypatch.setattr(post_office, "carriers", lambda _settings: by)
    app = app_with(either_instance)
    ids = [queued(either_instance, to=f"somebody{n}@example.com") for n in range(12)]
    together, told = Barrier(4), []

    def run() -> None:
        with app.app_context():
            together.wait(10)
            told.append(send_due(app.extensions["tongbao"]).sent)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    app.extensions["tongbao"].database.engine.dispose()
    assert sorted(letter.id for letter in made.given) == sorted(ids)
    assert sum(told) == 12


def test_a_folder_that_cannot_be_written_to_is_tried_again(app: Flask, instance: Instance) -> None:
    instance.settings.outbox.write_text("a file where the folder should be")
    one = queued(instance)
    assert sent_now(app) == Tally(0, 0, 0, 1)
    os.unlink(instance.settings.outbox)
    with at(WAITS[0]):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    assert state_of(instance, one).state == SENT


def test_the_command_tells_what_was_sent_and_what_stands(app: Flask, instance: Instance) -> None:
    queued(instance)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["messages", "send"]).output == "messages: sent 1 failed 0 unsure 0 waiting 0\n"
    assert runner.invoke(args=["messages", "send"]).output == "messages: sent 0 failed 0 unsure 0 waiting 0\n"


def test_the_words_need_an_app(instance: Instance) -> None:
    with pytest.raises(RuntimeError, match="app context"):
        send_due(instance)
