"""The thread that sends: it starts with a request, never by itself, and lets what is under way come to its end."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.common.instance import Instance
from portal.messages import sender as sender_module
from portal.messages.post_office import Tally
from portal.messages.sender import Sender
from tests.messages.letters import queued, texts_in


class Rounds:
    """Counts the rounds, and lets a test wait for them."""

    def __init__(self) -> None:
        self.seen = threading.Semaphore(0)
        self.fail = False

    def __call__(self, _instance: Instance, _stop: object) -> Tally:
        self.seen.release()
        if self.fail:
            raise ZeroDivisionError
        return Tally(0, 0, 0, 0)

    def wait(self) -> None:
        """Until one more round was made; fails after ten seconds."""
        assert self.seen.acquire(timeout=10)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    made = Rounds()
    monkeypatch.setattr(sender_module, "send_due", made)
    return made


@pytest.fixture
def sender(app: Flask, instance: Instance) -> Iterator[Sender]:
    app.config["SENDS_IN_TESTS"] = True
    made = Sender(app, instance)
    yield made
    made.close()


def running() -> int:
    return sum(thread.name == "post-office" for thread in threading.enumerate())


def test_outside_of_a_request_nothing_starts(sender: Sender, rounds: Rounds) -> None:
    sender.wake()
    sender.begin()
    assert running() == 0


def test_in_a_test_that_does_not_ask_for_it_nothing_starts(app: Flask, sender: Sender, rounds: Rounds) -> None:
    app.config["SENDS_IN_TESTS"] = False
    with app.test_request_context("/"):
        sender.wake()
    assert running() == 0


def test_one_thread_looks_at_the_start_and_each_time_it_is_woken(
    app: Flask, sender: Sender, rounds: Rounds
) -> None:
    with app.test_request_context("/"):
        sender.begin()
        rounds.wait()
        sender.begin()
        sender.wake()
        rounds.wait()
        assert running() == 1
    sender.close()
    assert running() == 0


def test_a_round_that_failed_holds_the_next_one_up_in_nothing(
    app: Flask, sender: Sender, rounds: Rounds, caplog: pytest.LogCaptureFixture
) -> None:
    rounds.fail = True
    with app.test_request_context("/"):
        sender.wake()
        rounds.wait()
        rounds.fail = False
        sender.wake()
        rounds.wait()
    sender.close()
    assert "stopped in the middle of a round" in caplog.text


def test_a_request_sends_what_its_write_has_queued(app: Flask, instance: Instance) -> None:
    app.config["SENDS_IN_TESTS"] = True
    served: Instance = app.extensions["tongbao"]
    done = threading.Event()
    before = served.wake_post_office
    assert before is not None

    with app.test_request_context("/"):
        queued(served, "sms")
    made: Sender = before.__self__  # type: ignore[attr-defined]
    for _try in range(100):
        if texts_in(instance):
            break
        done.wait(0.1)
    made.close()
    assert "314159" in texts_in(instance)[0]
