"""Signing in and out, and one's own password: checks that slow down whoever guesses."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import passwords
from portal.accounts.actions import ACTIVE, BadEmail, email_index, end_links, load_account, normal_email
from portal.accounts.records import Account
from portal.common import audit, rate
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import ANONYMOUS, Actor, Role

WINDOW = 15 * 60  # seconds in which failed attempts are counted
PER_ACCOUNT = 10  # failed attempts on one e-mail address
PER_ADDRESS = 60  # failed attempts from one network address, behind which a whole bureau may sit


class TooManyAttempts(Exception):
    """Signing in is closed for a while, whatever was typed; `minutes` says for how long."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many attempts: again in {minutes} min")
        self.minutes = minutes


def sign_in(instance: Instance, email: str, password: str, address: str) -> Account | None:
    """The account of this e-mail and password, or None where either is wrong or the account is disabled.

    Attempts are counted per e-mail and per network address before anything is looked at, so a closed door
    (`TooManyAttempts`) tells neither whether the account exists nor whether the password was right.
    """
    try:
        typed = normal_email(email)
    except BadEmail:
        typed = email.strip().lower()
    index = email_index(instance.keys, typed)
    counters = {f"sign_in.email {index[:40]}": PER_ACCOUNT, f"sign_in.address {address}"[:100]: PER_ADDRESS}
    _count(instance, counters, index)
    with instance.database.reading() as session:
        account = _find(session, index)
    right = passwords.is_right(account.password_hash if account else None, password)
    if account is None or not right or account.state != ACTIVE:
        audit.note(instance.database, ANONYMOUS, "accounts.sign_in", f"email {index[:12]}", audit.REFUSED)
        return None
    for key in counters:
        rate.give_back(instance.database, key, WINDOW)
    return _admit(instance, account, index, password)


def signed_out(instance: Instance, who: Actor) -> None:
    """Record that someone signed out of this browser."""
    audit.note(instance.database, who, "accounts.sign_out", f"account {who.id}", audit.DONE)


def change_password(instance: Instance, who: Actor, old: str, new: str) -> Account | None:
    """Change one's own password; None when the old one is wrong. Every other session and open link ends.

    Gives the account as it now is, for this browser's session to go on. Raises `passwords.PasswordRefused`
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
        audit.note(instance.database, who, "accounts.change_password", subject, audit.REFUSED)
        return None
    rate.give_back(instance.database, counter, WINDOW)
    passwords.check_password(new, fields.get("email", ""))
    kept = passwords.hashed(new)
    with audit.write(instance.database, who, "accounts.change_password", subject) as session:
        account = load_account(session, who.id)
        end_links(session, account.id)
        account.password_hash = kept
        account.session_version += 1
    return account


def end_sessions(instance: Instance, who: Actor) -> None:
    """Sign out everywhere: every open session of one's own account ends, this one too."""
    with audit.write(instance.database, who, "accounts.end_sessions", f"account {who.id}") as session:
        load_account(session, who.id).session_version += 1


def _count(instance: Instance, counters: dict[str, int], index: str) -> None:
    closed = 0
    for key, limit in counters.items():
        state = rate.count(instance.database, key, limit, WINDOW)
        if not state.allowed:
            closed = max(closed, state.retry_after)
            if state.number == limit + 1:  # once a window: a flood must not fill the trail
                subject = f"email {index[:12]}"
                audit.note(
                    instance.database, ANONYMOUS, "accounts.lock", subject, audit.REFUSED, by=key.split()[0]
                )
    if closed:
        raise TooManyAttempts(_minutes(closed))


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)


def _admit(instance: Instance, seen: Account, index: str, password: str) -> Account | None:
    """Record the sign-in, unless the account changed while its password was being checked."""
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
    return account


def _find(session: Session, index: str) -> Account | None:
    return session.execute(select(Account).where(Account.email_index == index)).scalar_one_or_none()
