"""Texts through an SMS gateway: what it says decides between sent, again later, given up and unsure."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from portal.common.instance import Instance
from portal.common.outbox import FAILED, SENT, SMS, UNSURE, WAITING
from tests.messages.letters import MOBILE, app_with, queued, sent_now, state_of
from tests.messages.test_mail_server import free_port


class Asked(BaseHTTPRequestHandler):
    """A gateway that keeps what it was sent."""

    server: "Gateway"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), json.loads(body)))
        if self.server.answers == 0:
            self.close_connection = True
            return
        self.send_response(self.server.answers)
        if self.server.answers == 302:
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class Gateway(HTTPServer):
    """Answers with one status, 0 for hanging up."""

    answers = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[tuple[dict[str, str], dict[str, str]]] = []


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    thread = Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_text_goes_out_as_one_post_with_its_token_and_its_id(instance: Instance, gateway: Gateway) -> None:
    url = f"http://127.0.0.1:{gateway.server_port}/send"
    app = app_with(instance, sms="http", sms_url=url, sms_token="secret")
    one = queued(instance, SMS)
    assert sent_now(app).sent == 1
    headers, body = gateway.asked[0]
    assert headers["Authorization"] == "Bearer secret"
    assert headers["Idempotency-Key"] == body["id"] == one
    assert body["to"] == MOBILE
    assert "314159" in body["text"]
    assert state_of(instance, one).state == SENT


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (202, SENT),
        (400, FAILED),
        (422, FAILED),
        (401, WAITING),
        (429, WAITING),
        (503, WAITING),
        (500, UNSURE),
        (504, UNSURE),
        (0, UNSURE),
    ],
)
def test_only_what_the_gateway_surely_did_not_take_is_tried_again(
    instance: Instance, gateway: Gateway, status: int, state: str
) -> None:
    app = app_with(instance, sms="http", sms_url=f"http://127.0.0.1:{gateway.server_port}/")
    gateway.answers = status
    one = queued(instance, SMS)
    sent_now(app)
    assert state_of(instance, one).state == state
    assert len(gateway.asked) == 1


def test_the_token_never_follows_the_gateway_elsewhere(instance: Instance, gateway: Gateway) -> None:
    app = app_with(instance, sms="http", sms_url=f"http://127.0.0.1:{gateway.server_port}/", sms_token="x")
    gateway.answers = 302
    queued(instance, SMS)
    sent_now(app)
    assert len(gateway.asked) == 1


def test_a_gateway_that_is_down_is_tried_again(instance: Instance) -> None:
    app = app_with(instance, sms="http", sms_url=f"http://127.0.0.1:{free_port()}/")
    one = queued(instance, SMS)
    sent_now(app)
    assert state_of(instance, one).state == WAITING
