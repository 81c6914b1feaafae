"""Who carries texts and mails out of the portal: files in a folder, an SMS gateway, or a mail server.

A carrier says one of three things: it is sent (nothing raised), it is surely not sent (`NotSent`), or nobody can
tell (`MaybeSent`), as when the line broke after everything had been handed over. Only what is surely not sent is
tried again by itself.
"""

import json
import os
import re
import secrets
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.policy import SMTPUTF8
from email.utils import format_datetime, formataddr
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, NamedTuple, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from portal.common import clock
from portal.common.config import FILE, HTTP, SMTP, Settings
from portal.common.outbox import EMAIL, SMS

GATEWAY_WAITS = 10  # seconds for the SMS gateway to answer
SERVER_WAITS = 20  # seconds for each answer of the mail server
TRY_AGAIN_LATER = frozenset({408, 425, 429, 503})  # a gateway that says so has not taken the text


class Letter(NamedTuple):
    """One text or mail, ready to leave; a text has no subject."""

    id: str
    address: str
    subject: str
    text: str


class NotSent(Exception):
    """Surely not sent. `for_good`: trying again cannot help. `all_of_them`: the carrier takes nothing just now."""

    def __init__(self, problem: str, for_good: bool = False, all_of_them: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.for_good = for_good
        self.all_of_them = all_of_them


class MaybeSent(Exception):
    """It was handed over, and no answer came: sending it again might send it twice."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Carrier(Protocol):
    """Carries one letter at a time. A `repeatable` one may be given the same letter twice without harm."""

    name: str
    repeatable: bool

    def carry(self, letter: Letter) -> None:
        """Send it; raises `NotSent` or `MaybeSent`."""


def carriers(settings: Settings) -> dict[str, Carrier]:
    """The carrier of each channel, as the settings name them."""
    post = settings.post
    sender = formataddr(("Tongbao", post.mail_from))
    return {
        SMS: Gateway(post.sms_url, post.sms_token) if post.sms == HTTP else TextFiles(settings.outbox),
        EMAIL: MailServer(settings)
        if post.mail == SMTP
        else MailFiles(settings.outbox, sender, settings.portal_url),
    }


class TextFiles:
    """Text messages as files, one each, mode 0600: the first line is the number."""

    name = FILE
    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def carry(self, letter: Letter) -> None:
        """Write `<id>.txt`."""
        _write_once(self.folder, f"{letter.id}.txt", f"{letter.address}\n\n{letter.text}\n".encode())


class MailFiles:
    """Mails as files, one each, mode 0600, as a mail program opens them and as anybody reads them."""

    name = FILE
    repeatable = True

    def __init__(self, folder: Path, sender: str, portal_url: str) -> None:
        self.folder = folder
        self.sender = sender
        self.portal_url = portal_url

    def carry(self, letter: Letter) -> None:
        """Write `<id>.eml`."""
        message = _message(letter, self.sender, self.portal_url, "8bit")
        _write_once(self.folder, f"{letter.id}.eml", message.as_bytes(policy=SMTPUTF8.clone(linesep="\n")))


def _write_once(folder: Path, name: str, data: bytes) -> None:
    """The whole file or none: it gets its name when it is complete, and a second time changes nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / f".{name}.{secrets.token_hex(8)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # it was sent before, by a sender that could not say so any more
                os.link(temporary, folder / name)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NotSent(f"the file cannot be written: {error.strerror}", all_of_them=True) from error


class _NoRedirect(HTTPRedirectHandler):
    """The token goes where the setting says and nowhere else."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        """Never follow."""


class Gateway:
    """An SMS gateway: one JSON POST for each text, `{"id", "to", "text"}`, with a bearer token.

    The id also stands in Idempotency-Key, so that a gateway that knows it can refuse a repetition.
    """

    name = HTTP
    repeatable = False

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._opener = build_opener(_NoRedirect)

    def carry(self, letter: Letter) -> None:
        """Hand it over; only 2xx means sent."""
        body = json.dumps({"id": letter.id, "to": letter.address, "text": letter.text}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": letter.id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        # The settings refuse any address that is not of the web.
        request = Request(self.url, body, headers, method="POST")  # noqa: S310
        try:
            answer: HTTPResponse
            with self._opener.open(request, timeout=GATEWAY_WAITS) as answer:
                answer.read(1024)
        except HTTPError as error:
            error.close()
            raise _gateway_said(error.code) from error
        except URLError as error:
            reason = error.reason
            if isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLError | TimeoutError):
                raise NotSent(
                    f"no connection to the gateway: {type(reason).__name__}", all_of_them=True
                ) from error
            raise MaybeSent("the connection to the gateway broke") from error
        except (OSError, HTTPException) as error:
            raise MaybeSent("the gateway took it and did not answer") from error


def _gateway_said(status: int) -> NotSent | MaybeSent:
    problem = f"the gateway answered {status}"
    if status in TRY_AGAIN_LATER or status in (401, 403):  # a wrong token is mended by the operator
        return NotSent(problem, all_of_them=True)
    if status >= 500:
        return MaybeSent(problem)
    return NotSent(problem, for_good=True)


class MailServer:
    """A mail server, spoken to by SMTP: STARTTLS with a certificate that holds, then name and password if set."""

    name = SMTP
    repeatable = False

    def __init__(self, settings: Settings) -> None:
        self.post = settings.post
        self.portal_url = settings.portal_url

    def carry(self, letter: Letter) -> None:
        """Hand it over. Until the words themselves leave, whatever goes wrong means: surely not sent."""
        plain = letter.address.isascii()
        sender = formataddr(("Tongbao", self.post.mail_from))
        message = _message(letter, sender, self.portal_url, "base64")
        data = message.as_bytes(policy=SMTP_POLICY if plain else SMTPUTF8)
        with self._connected() as server:
            if not plain and not server.has_extn("smtputf8"):
                raise NotSent("the mail server takes no such address", for_good=True)
            _accept(*server.mail(self.post.mail_from, () if plain else ("SMTPUTF8",)))
            _accept(*server.rcpt(letter.address))
            try:
                answer = server.data(data)
            except smtplib.SMTPDataError as error:
                _accept(error.smtp_code, error.smtp_error)
                raise
            except (OSError, smtplib.SMTPException) as error:
                raise MaybeSent("the mail server took it and did not answer") from error
            _accept(*answer)
            # It is sent: that the server does not say goodbye properly changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        own_name = urlsplit(self.portal_url).hostname or "localhost"
        server = None
        try:
            server = smtplib.SMTP(self.post.smtp_host, self.post.smtp_port, own_name, timeout=SERVER_WAITS)
            if self.post.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if self.post.smtp_user:
                server.login(self.post.smtp_user, self._password())
            else:
                server.ehlo_or_helo_if_needed()
            yield server
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(_server_problem(error), all_of_them=True) from error
        finally:
            if server is not None:
                server.close()

    def _password(self) -> str:
        if self.post.smtp_password_file is None:
            return ""
        return self.post.smtp_password_file.read_text().strip()


def _server_problem(error: OSError | smtplib.SMTPException) -> str:
    """What went wrong before anything was handed over, without repeating what the server says of people."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    return f"no connection to the mail server: {type(error).__name__}"


def _accept(status: int, said: bytes | str) -> None:
    """Go on only if the server says yes; 5xx is for good, anything else may be better later."""
    if 200 <= status < 300:
        return
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", text)
    detail = f" {enhanced[0]}" if enhanced else ""
    raise NotSent(f"the mail server answered {status}{detail}", for_good=500 <= status < 600)


def _message(letter: Letter, sender: str, portal_url: str, encoding: str) -> EmailMessage:
    """The mail; its Message-ID is the delivery's id, so that two copies could be told from two mails."""
    message = EmailMessage(policy=SMTPUTF8)
    message["From"] = sender
    message["To"] = letter.address
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.id}@{urlsplit(portal_url).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte=encoding)
    return message
