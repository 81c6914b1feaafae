"""Signing in and out, and one's own password: checks that slow down whoever guesses."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.actions import ACTIVE, BadEmail, email_index, end_links, load_account, normal_email
from portal.accounts.devices import Device
from portal.accounts.records import Account
from portal.accounts.sessions import close_session, close_sessions, open_session
from portal.common import audit, rate
from portal.common.database import was_busy
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import ANONYMOUS, Actor, Role

WINDOW = 15 * 60  # seconds in which failed attempts are counted
PER_ACCOUNT = 10  # failed attempts on one e-mail address from one network, or from one known device
PER_NETWORK = 60  # failed attempts from one network, behind which a whole bureau may sit
PER_EMAIL = 100  # failed attempts on one e-mail address from everywhere; a known device is not held up by it


NOTE_WAITS = 500  # milliseconds that a refusal waits to be recorded

log = logging.getLogger("portal")


class Admitted(NamedTuple):
    """Someone just signed in: the account, and the id of the open session for this browser's cookie."""

    account: Account
    session_token: str


class TooManyAttempts(Exception):
    """Signing in is closed for a while, whatever was typed; `minutes` says for how long."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many attempts: again in {minutes} min")
        self.minutes = minutes


def sign_in(
    instance: Instance,
    email: str,
    password: str,
    address: str | None,
    device: Device | None = None,
    language: str = "zh",
) -> Admitted | None:
    """Sign in with e-mail and password; None where either is wrong or the account is disabled.

    Attempts are counted before anything is looked at, so a closed door (`TooManyAttempts`) tells neither
    whether the account exists nor whether the password was right. They count by e-mail and network, by
    network, and by e-mail; those of a device that has signed in to this very account before by the device.
    An exporter's messages come in `language` from then on, if none was chosen before.
    """
    try:
        typed = normal_email(email)
    except BadEmail:
        typed = email.strip().lower()
    index = email_index(instance.keys, typed)
    counters = _counters(instance, index, rate.client_network(address), device)
    count_attempt(instance, counters, f"email {index[:12]}")
    with instance.database.reading() as session:
        account = _find(session, index)
    right = passwords.is_right(account.password_hash if account else None, password)
    if account is None or not right or account.state != ACTIVE:
        subject = f"email {index[:12]}"
        with _or_in_the_log("accounts.sign_in", subject):
            audit.note(instance.database, ANONYMOUS, "accounts.sign_in", subject, audit.REFUSED, NOTE_WAITS)
        return None
    for key in counters:
        rate.give_back(instance.database, key, WINDOW)
    return _admit(instance, account, index, password, language)


def sign_out(instance: Instance, who: Actor, session_token: str) -> None:
    """Sign out of this browser: its session ends, for a copy of its cookie too."""
    with audit.write(instance.database, who, "accounts.sign_out", f"account {who.id}") as session:
        close_session(session, session_token)


def change_password(instance: Instance, who: Actor, old: str, new: str) -> Admitted | None:
    """Change one's own password; None when the old one is wrong. Every session and open link ends.

    Gives a fresh session for this browser to go on with. Raises `passwords.PasswordRefused`
    for a new password that is not taken, and `TooManyAttempts`: whoever finds an open session must not
    try out passwords in it.
    """
    subject = f"account {who.id}"
    counter = f"change_password {who.id}"
    state = rate.count(instance.database, counter, PER_ACCOUNT, WINDOW)
    if not state.allowed:
        raise TooManyAttempts(_minutes(state.retry_after))
    with instance.database.reading() as session:
        seen = load_account(session, who.id)
        fields = People(session, instance.keys).read(seen.person_id, seen.sealed)
    if not passwords.is_right(seen.password_hash, old):
        with _or_in_the_log("accounts.change_password", subject):
            audit.note(instance.database, who, "accounts.change_password", subject, audit.REFUSED, NOTE_WAITS)
        return None
    rate.give_back(instance.database, counter, WINDOW)
    passwords.check_password(new, fields.get("email", ""))
    kept = passwords.hashed(new)
    with audit.write(instance.database, who, "accounts.change_password", subject) as session:
        account = load_account(session, who.id)
        end_links(session, account.id)
        account.password_hash = kept
        account.session_version += 1
        close_sessions(session, account.id)
        token = open_session(session, account.id)
    return Admitted(account, token)


def end_sessions(instance: Instance, who: Actor) -> None:
    """Sign out everywhere: every open session of one's own account ends, this one too."""
    with audit.write(instance.database, who, "accounts.end_sessions", f"account {who.id}") as session:
        load_account(session, who.id).session_version += 1
        close_sessions(session, who.id)


def _counters(instance: Instance, index: str, network: str, device: Device | None) -> dict[str, int]:
    """What an attempt counts under, with the limits, the closest one first."""
    if device is not None:
        with instance.database.reading() as session:
            account = session.get(Account, device.account_id)
        if account is not None and account.email_index == index:
            return {f"sign_in.device {device.id}": PER_ACCOUNT}
    return {
        f"sign_in.email_network {index[:40]} {network}": PER_ACCOUNT,
        f"sign_in.network {network}": PER_NETWORK,
        f"sign_in.email {index[:40]}": PER_EMAIL,
    }


def count_code(instance: Instance, who: Actor) -> None:
    """Count one code that somebody who is signed in enters; `right_code` takes it off again when it is right.

    Whoever finds an open session must not try out codes in it. Raises `TooManyAttempts`.
    """
    count_attempt(instance, {_typed(who): PER_ACCOUNT}, f"account {who.id}", who)


def right_code(instance: Instance, who: Actor) -> None:
    """The code that was counted last was right, and only wrong ones are limited."""
    rate.give_back(instance.database, _typed(who), WINDOW)


def _typed(who: Actor) -> str:
    return f"code.typed {who.id}"


def count_attempt(instance: Instance, counters: dict[str, int], subject: str, who: Actor = ANONYMOUS) -> None:
    """Count an attempt under each key until one is closed: what is refused there must not use up the wider limits.

    Raises `TooManyAttempts`; the entry that says so names `subject`, and by which kind of key it closed.
    """
    for key, limit in counters.items():
        state = rate.count(instance.database, key, limit, WINDOW)
        if not state.allowed:
            if state.number == limit + 1:  # once a window: a flood must not fill the trail
                with _or_in_the_log("accounts.lock", subject):
                    by = key.split()[0]
                    audit.note(instance.database, who, "accounts.lock", subject, audit.REFUSED, NOTE_WAITS, by=by)
            raise TooManyAttempts(_minutes(state.retry_after))


@contextmanager
def _or_in_the_log(action: str, subject: str) -> Iterator[None]:
    """What cannot be recorded while a long import writes stands in the log: guesses must not hold threads."""
    try:
        yield
    except OperationalError as error:
        if not was_busy(error):
            raise
        log.warning("refused but not recorded, the database is busy: %s of %s", action, subject)


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def _admit(instance: Instance, seen: Account, index: str, password: str, language: str) -> Admitted | None:
    """Open a session and record the sign-in, unless the account changed while its password was being checked."""
    stale = seen.password_hash is not None and passwords.needs_rehash(seen.password_hash)
    renewed = passwords.hashed(password) if stale else None
    who = Actor(seen.id, Role(seen.role))
    with audit.write(instance.database, who, "accounts.sign_in", f"account {seen.id}") as session:
        account = _find(session, index)
        if account is None or account.state != ACTIVE or account.password_hash != seen.password_hash:
            session.info["entry"].outcome = audit.REFUSED
            return None
        if renewed is not None:
            account.password_hash = renewed
        if account.role == Role.EXPORTER and account.language is None:
            account.language = language
        token = open_session(session, account.id)
    return Admitted(account, token)


def _find(session: Session, index: str) -> Account | None:
    return session.execute(select(Account).where(Account.email_index == index)).scalar_one_or_none()
