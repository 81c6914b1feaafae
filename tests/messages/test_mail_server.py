"""Mails through a real SMTP server."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.common import clock
from portal.common.config import ROOT
from portal.common.instance import Instance
from portal.common.outbox import FAILED, SENDING, SENT, UNSURE, WAITING
from portal.messages.post_office import WAITS, Tally
from tests.conftest import A_MORNING
from tests.messages.letters import app_with, queued, sent_now, state_of

SENDER = "tongbao@example.com"


class Mailbox:
    """What a server got, and how it answers."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refused: dict[str, str] = {}
        self.after_data = "250 2.0.0 OK"
        self.hang_up = False
        self.taken: Callable[[], None] | None = None  # what happens once it has a mail, before it says so

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse whom it is told to refuse."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the mail, then answer, or hang up without an answer."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        if self.after_data.startswith("2"):
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        if self.taken is not None:
            self.taken()
        if self.hang_up:
            assert server.transport is not None
            server.transport.close()
        return self.after_data


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def serving(mailbox: Mailbox, port: int, **more: Any) -> Iterator[None]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def mail_settings(port: int, **more: Any) -> dict[str, Any]:
    plain = {"mail": "smtp", "mail_from": SENDER, "smtp_host": "127.0.0.1", "smtp_port": port}
    return {**plain, "smtp_starttls": False, **more}


def test_a_mail_arrives_with_its_words_and_the_deliverys_id(instance: Instance, mailbox: Mailbox) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    one = queued(instance, kind="policy_issued", number="P2022-000001", path="/my/policies/P2022-000001")
    with serving(mailbox, port):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    mail = mailbox.mails[0]
    assert mail["Message-ID"] == f"<{one}@127.0.0.1>"
    assert mail["From"] == f"Tongbao <{SENDER}>"
    assert mailbox.recipients == ["chen.haixia@example.com"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "P2022-000001" in mail["Subject"]
    assert "http://127.0.0.1:5000/my/policies/P2022-000001" in mail.get_content()
    assert state_of(instance, one).state == SENT


def test_a_refused_recipient_is_given_up_and_the_next_one_is_served(instance: Instance, mailbox: Mailbox) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    mailbox.refused["nobody@example.com"] = "550 5.1.1 no such mailbox: nobody@example.com"
    gone = queued(instance, to="nobody@example.com")
    there = queued(instance)
    with serving(mailbox, port):
        assert sent_now(app) == Tally(1, 1, 0, 0)
    assert (state_of(instance, gone).state, state_of(instance, there).state) == (FAILED, SENT)
    assert state_of(instance, gone).problem == "the mail server answered 550 5.1.1"  # and repeats no address


def test_a_mailbox_that_is_full_for_now_is_tried_again(instance: Instance, mailbox: Mailbox) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    mailbox.refused["chen.haixia@example.com"] = "452 4.2.2 mailbox full"
    one = queued(instance, kind="application_eligible", number="A2022-00001")
    with serving(mailbox, port):
        assert sent_now(app) == Tally(0, 0, 0, 1)
        mailbox.refused.clear()
        with clock.fixed(A_MORNING + WAITS[0]):
            assert sent_now(app) == Tally(1, 0, 0, 0)
    assert state_of(instance, one).attempts == 2


def test_a_server_that_is_down_gets_the_mail_once_it_is_up(instance: Instance, mailbox: Mailbox) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    one = queued(instance)
    assert sent_now(app) == Tally(0, 0, 0, 1)
    assert state_of(instance, one).problem == "no connection to the mail server: ConnectionRefusedError"
    with serving(mailbox, port), clock.fixed(A_MORNING + WAITS[0]):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    assert len(mailbox.mails) == 1


def test_a_line_that_breaks_after_the_mail_was_taken_sends_it_only_once(
    instance: Instance, mailbox: Mailbox
) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    mailbox.hang_up = True
    one = queued(instance)
    with serving(mailbox, port):
        assert sent_now(app) == Tally(0, 0, 1, 0)
        mailbox.hang_up = False
        with clock.fixed(A_MORNING + timedelta(days=2)):
            assert sent_now(app) == Tally(0, 0, 1, 0)
    assert len(mailbox.mails) == 1
    assert state_of(instance, one).state == UNSURE


def test_a_command_killed_right_after_the_server_took_the_mail_never_sends_it_twice(
    instance: Instance, mailbox: Mailbox
) -> None:
    port = free_port()
    one = queued(instance, kind="application_eligible", number="A2022-00001")
    environment = {
        **os.environ,
        "PORTAL_INSTANCE": str(instance.settings.instance),
        "PORTAL_DATABASE_URL": instance.settings.database_url,
        "PORTAL_MAIL": "smtp",
        "PORTAL_MAIL_FROM": SENDER,
        "PORTAL_SMTP_PORT": str(port),
        "PORTAL_SMTP_STARTTLS": "0",
    }
    with serving(mailbox, port):
        command = [sys.executable, "-m", "flask", "--app", "app", "messages", "send"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        mailbox.taken = process.kill  # before the server answers
        assert process.wait(60) == -signal.SIGKILL
        mailbox.taken = None
        assert state_of(instance, one).state == SENDING
        app = app_with(instance, **mail_settings(port))
        until = state_of(instance, one).lease_until
        assert until is not None
        with clock.fixed(until + timedelta(seconds=1)):
            assert sent_now(app) == Tally(0, 0, 1, 0)
    assert len(mailbox.mails) == 1
    assert state_of(instance, one).state == UNSURE


def test_a_mail_whose_words_are_refused_is_given_up(instance: Instance, mailbox: Mailbox) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    mailbox.after_data = "554 5.7.1 looks like advertising"
    one = queued(instance)
    with serving(mailbox, port):
        assert sent_now(app) == Tally(0, 1, 0, 0)
    assert state_of(instance, one).problem == "the mail server answered 554 5.7.1"


def test_an_address_in_chinese_is_sent_only_where_the_server_takes_it(
    instance: Instance, mailbox: Mailbox
) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port))
    queued(instance, to="陈海霞@example.com")
    with serving(mailbox, port, enable_SMTPUTF8=True):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    assert mailbox.recipients == ["陈海霞@example.com"]
    queued(instance, to="吴国梁@example.com")
    with serving(mailbox, port, enable_SMTPUTF8=False):
        assert sent_now(app) == Tally(0, 1, 0, 0)


def test_name_and_password_are_given_inside_tls_and_the_password_stands_in_a_file(
    instance: Instance, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    certificate = a_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    seen = []

    def check(_server: SMTP, session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        seen.append((session.ssl is not None, given.login, given.password))
        return AuthResult(success=True)

    app = app_with(
        instance, **mail_settings(port, smtp_starttls=True, smtp_user="portal", smtp_password_file=password)
    )
    queued(instance)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(mailbox, port, tls_context=context, authenticator=check, auth_required=True):
        assert sent_now(app) == Tally(1, 0, 0, 0)
    assert seen == [(True, b"portal", b"open sesame")]


def test_a_server_whose_certificate_does_not_hold_gets_nothing(
    instance: Instance, mailbox: Mailbox, tmp_path: Path
) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port, smtp_starttls=True))
    one = queued(instance)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(a_certificate(tmp_path))
    with serving(mailbox, port, tls_context=context):
        assert sent_now(app) == Tally(0, 0, 0, 1)
    assert state_of(instance, one).state == WAITING
    assert mailbox.mails == []


def test_a_server_without_tls_gets_nothing_unless_the_setting_says_so(
    instance: Instance, mailbox: Mailbox
) -> None:
    port = free_port()
    app = app_with(instance, **mail_settings(port, smtp_starttls=True))
    queued(instance)
    with serving(mailbox, port):
        assert sent_now(app) == Tally(0, 0, 0, 1)
    assert mailbox.mails == []


def a_certificate(folder: Path) -> Path:
    """A certificate of this machine's own address, made by itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "server.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path
