"""Accounts of staff: making them, one-time links, passwords, disabling and enabling."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts import passwords
from portal.accounts.records import Account, OneTimeLink
from portal.accounts.sessions import close_sessions
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import People
from portal.common.roles import STAFF_ROLES, Actor, Role

ACTIVE, DISABLED = "active", "disabled"
LINK_LASTS = timedelta(days=7)


class Link(NamedTuple):
    """A one-time link just made: its account, and the token that is nowhere kept in clear."""

    account_id: str
    token: str


class AccountProblem(Exception):
    """Something about an account stands in the way; the text says what, in one line without personal data."""


class BadEmail(AccountProblem):
    """This is no e-mail address."""


class UnknownRole(AccountProblem):
    """No account of staff can have this role."""


class AccountExists(AccountProblem):
    """The e-mail address already belongs to an account that is disabled or has another role."""


class UnknownAccount(AccountProblem):
    """There is no such account."""


class LinkInvalid(AccountProblem):
    """The one-time link is unknown, used, replaced or expired; which of them is not told."""


class CannotDisable(AccountProblem):
    """An administrator may disable neither himself nor the last active administrator."""


def normal_email(text: str) -> str:
    """An e-mail address in the one form that is kept; raises `BadEmail`. Asks no other host."""
    try:
        # A municipality's inner network may use names that the internet does not know, as in .local.
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise BadEmail(str(error)) from error
    return found.normalized.lower()


def email_index(keys: Keys, email: str) -> str:
    """The keyed index under which the account of an e-mail address is found."""
    return keys.index_of("account.email", email)


def link_hash(token: str) -> str:
    """What is kept of a one-time link's token."""
    return sha256(token.encode()).hexdigest()


def add_staff(instance: Instance, who: Actor, email: str, role: str, name: str = "") -> Link:
    """Make an account of staff and a link, valid 7 days, by which its owner sets the password.

    Adding the same e-mail with the same role again gives a fresh link and ends older ones. Raises `BadEmail`,
    `UnknownRole`, or `AccountExists` when the address has another role or its account is disabled.
    """
    roles.require(who, roles.MANAGES_STAFF, "add staff")
    address = normal_email(email)
    wanted = _staff_role(role)
    index = email_index(instance.keys, address)
    with instance.database.locked() as session:
        found = session.execute(select(Account).where(Account.email_index == index)).scalar_one_or_none()
        if found is not None:
            _same_account(found, wanted)
            with audit.audited(session, who, "accounts.new_link", f"account {found.id}"):
                return _fresh_link(session, found)
        with audit.audited(session, who, "accounts.add", role=str(wanted)) as entry:
            sealer = People(session, instance.keys).person("email", address)
            account = Account(
                id=str(ULID()),
                person_id=sealer.person_id,
                email_index=index,
                sealed=sealer.seal_fields({"email": address, "name": name.strip()}),
                role=str(wanted),
                state=ACTIVE,
                password_hash=None,
                session_version=1,
                created_at=clock.now(),
            )
            entry.subject = f"account {account.id}"
            session.add(account)
            session.flush()
            return _fresh_link(session, account)


def new_link(instance: Instance, who: Actor, account_id: str) -> Link:
    """A fresh one-time link for an active account; older ones end. The old password works until then."""
    roles.require(who, roles.MANAGES_STAFF, "make a link")
    with audit.write(instance.database, who, "accounts.new_link", f"account {account_id}") as session:
        account = load_account(session, account_id)
        if account.state != ACTIVE:
            raise AccountExists("the account is disabled: enable it before making a link")
        return _fresh_link(session, account)


def usable_link(session: Session, token: str) -> Account:
    """The account whose password this link may set now; raises `LinkInvalid`. Does not use the link."""
    link = session.get(OneTimeLink, link_hash(token))
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise LinkInvalid("this link is unknown, used, replaced or expired")
    account = load_account(session, link.account_id)
    if account.state != ACTIVE:
        raise LinkInvalid("this link is unknown, used, replaced or expired")
    return account


def set_password(instance: Instance, token: str, password: str) -> None:
    """Set the password by a one-time link, which is used up; every open session of the account ends.

    Raises `LinkInvalid`, or `passwords.PasswordRefused`, which leaves the link unused.
    """
    with instance.database.reading() as session:
        account = usable_link(session, token)
        fields = People(session, instance.keys).read(account.person_id, account.sealed)
    passwords.check_password(password, fields.get("email", ""))
    kept = passwords.hashed(password)  # slow on purpose, so outside the lock
    with instance.database.locked() as session:
        account = usable_link(session, token)
        who = Actor(account.id, Role(account.role))
        with audit.audited(session, who, "accounts.set_password", f"account {account.id}"):
            end_links(session, account.id, used=link_hash(token))
            close_sessions(session, account.id)
            account.password_hash = kept
            account.session_version += 1


def disable_account(instance: Instance, who: Actor, account_id: str) -> None:
    """Disable an account: its sessions and links end at once. `CannotDisable`; again changes nothing."""
    roles.require(who, roles.MANAGES_STAFF, "disable an account")
    if who.id == account_id:
        raise CannotDisable("an administrator cannot disable the own account")
    with instance.database.locked() as session:
        account = load_account(session, account_id)
        if account.state == DISABLED:
            return
        if account.role == Role.ADMINISTRATOR and not other_administrators(session, account_id):
            raise CannotDisable("the last active administrator cannot be disabled")
        with audit.audited(session, who, "accounts.disable", f"account {account_id}"):
            end_links(session, account_id)
            close_sessions(session, account_id)
            account.state = DISABLED
            account.session_version += 1


def enable_account(instance: Instance, who: Actor, account_id: str) -> None:
    """Enable a disabled account again, with the password it had; again changes nothing."""
    roles.require(who, roles.MANAGES_STAFF, "enable an account")
    with instance.database.locked() as session:
        account = load_account(session, account_id)
        if account.state == ACTIVE:
            return
        if not People(session, instance.keys).read(account.person_id, account.sealed):
            raise UnknownAccount("the person of this account has been erased")
        with audit.audited(session, who, "accounts.enable", f"account {account_id}"):
            account.state = ACTIVE


def _staff_role(role: str) -> Role:
    if role not in set(STAFF_ROLES):
        raise UnknownRole(f"no account of staff can have the role {role!r}: choose {', '.join(STAFF_ROLES)}")
    return Role(role)


def _same_account(found: Account, wanted: Role) -> None:
    if found.role != wanted:
        raise AccountExists(f"this e-mail address already has an account in the role {found.role}")
    if found.state != ACTIVE:
        raise AccountExists("this e-mail address already has an account, which is disabled: enable it")


def load_account(session: Session, account_id: str) -> Account:
    """The account of this id; raises `UnknownAccount`."""
    account = session.get(Account, account_id)
    if account is None:
        raise UnknownAccount("there is no such account")
    return account


def _fresh_link(session: Session, account: Account) -> Link:
    end_links(session, account.id)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_hash=link_hash(token),
            account_id=account.id,
            expires_at=clock.now() + LINK_LASTS,
            used_at=None,
        )
    )
    return Link(account.id, token)


def end_links(session: Session, account_id: str, used: str | None = None) -> None:
    """End every open link of an account; the one just used is marked so, the others expire now."""
    moment = clock.now()
    query = select(OneTimeLink).where(
        OneTimeLink.account_id == account_id, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > moment
    )
    for link in session.execute(query).scalars():
        if link.token_hash == used:
            link.used_at = moment
        else:
            link.expires_at = moment


def other_administrators(session: Session, account_id: str) -> int:
    """How many others can sign in as administrator; one who never set a password cannot."""
    query = select(func.count()).where(
        Account.role == Role.ADMINISTRATOR,
        Account.state == ACTIVE,
        Account.password_hash.is_not(None),
        Account.id != account_id,
    )
    return session.execute(query).scalar_one()
