"""Settings, all from the environment; the defaults run on one machine with nothing prepared."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import click

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL_URL = "http://127.0.0.1:5000"  # where `python app.py` listens
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
FILE, HTTP, SMTP = "file", "http", "smtp"


class BadSetting(click.ClickException):
    """A setting cannot be what it says; the text names it and what it may be, in one line without secrets."""

    exit_code = 2


@dataclass(frozen=True)
class Post:
    """How texts and mails leave: `sms` is file or http, `mail` file or smtp; files lie in instance/outbox.

    The gateway's token and the mail server's password are secrets: the first comes from the environment, the
    second from a file that is read each time, so that it can be changed without a restart.
    """

    sms: str = FILE
    sms_url: str = ""
    sms_token: str = field(default="", repr=False)
    mail: str = FILE
    mail_from: str = "tongbao@localhost"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    smtp_starttls: bool = True


@dataclass(frozen=True)
class Settings:
    """Where this instance keeps its things and how it is reached.

    `instance` is the folder of keys, embedded database and uploads; `database_url` any SQLAlchemy address of
    SQLite or PostgreSQL; `https` marks cookies Secure; `proxies` is how many trusted proxies stand in front;
    `portal_url` begins the addresses in texts and mails, without a slash at its end.
    """

    instance: Path
    database_url: str
    https: bool = False
    proxies: int = 0
    portal_url: str = LOCAL_URL
    post: Post = Post()

    @property
    def keys_file(self) -> Path:
        """The keys, made by `init`, mode 0600, never in the database and never in a backup."""
        return self.instance / "keys" / "portal.json"

    @property
    def outbox(self) -> Path:
        """Where texts and mails lie as files while no gateway and no mail server is named."""
        return self.instance / "outbox"


def settings_from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the PORTAL_… variables, each described in the README; raises `BadSetting` for one that cannot be."""
    given = os.environ if environment is None else environment
    instance = Path(given.get("PORTAL_INSTANCE") or ROOT / "instance").resolve()
    return Settings(
        instance=instance,
        database_url=given.get("PORTAL_DATABASE_URL") or f"sqlite:///{instance / 'portal.db'}",
        https=given.get("PORTAL_HTTPS") == "1",
        proxies=_number(given, "PORTAL_PROXIES", 0),
        portal_url=_web_address("PORTAL_URL", given.get("PORTAL_URL") or LOCAL_URL).rstrip("/"),
        post=_post(given),
    )


def _post(given: Mapping[str, str]) -> Post:
    sms = _one_of(given, "PORTAL_SMS", (FILE, HTTP))
    mail = _one_of(given, "PORTAL_MAIL", (FILE, SMTP))
    url = given.get("PORTAL_SMS_URL") or ""
    if sms == HTTP:
        # The token and people's numbers go there: in clear only to this very machine.
        parts = urlsplit(_web_address("PORTAL_SMS_URL", url))
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise BadSetting("PORTAL_SMS_URL must begin with https:// unless it is on this machine")
    sender = given.get("PORTAL_MAIL_FROM") or Post.mail_from
    if mail == SMTP and not given.get("PORTAL_MAIL_FROM"):
        raise BadSetting("PORTAL_MAIL=smtp needs PORTAL_MAIL_FROM, the address that mails come from")
    host = given.get("PORTAL_SMTP_HOST") or Post.smtp_host
    user = given.get("PORTAL_SMTP_USER") or ""
    starttls = given.get("PORTAL_SMTP_STARTTLS") != "0"
    if user and not starttls and host not in LOOPBACK:
        raise BadSetting("PORTAL_SMTP_STARTTLS=0 would send the password in clear: only without PORTAL_SMTP_USER")
    password_file = given.get("PORTAL_SMTP_PASSWORD_FILE")
    return Post(
        sms=sms,
        sms_url=url,
        sms_token=given.get("PORTAL_SMS_TOKEN") or "",
        mail=mail,
        mail_from=sender,
        smtp_host=host,
        smtp_port=_number(given, "PORTAL_SMTP_PORT", Post.smtp_port),
        smtp_user=user,
        smtp_password_file=Path(password_file).resolve() if password_file else None,
        smtp_starttls=starttls,
    )


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = given.get(name) or allowed[0]
    if value not in allowed:
        raise BadSetting(f"{name} must be {' or '.join(allowed)}")
    return value


def _number(given: Mapping[str, str], name: str, otherwise: int) -> int:
    text = given.get(name) or str(otherwise)
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise BadSetting(f"{name} must be a whole number")
    return int(text)


def _web_address(name: str, text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(f"{name} must be an address that begins with http:// or https://")
    return text
