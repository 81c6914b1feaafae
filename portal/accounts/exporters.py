"""Accounts of exporters: made by whoever holds a mobile or an e-mail address, never by staff.

The role is given here and nowhere else. An e-mail address of staff gives no second account: a link to it sets
the password of the account that is there.
"""

import secrets

from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts import codes, links, passwords, signing
from portal.accounts.actions import ACTIVE, AccountProblem, email_index, load_account
from portal.accounts.devices import Device
from portal.accounts.persons import sealer_for
from portal.accounts.records import Account
from portal.accounts.sessions import open_session
from portal.accounts.signing import Admitted
from portal.common import audit, clock, rate
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import ANONYMOUS, Actor, Role


class AccountClosed(AccountProblem):
    """The code was right, but the account of this mobile is disabled; its holder may know."""


def account_person(session: Session, account_id: str) -> Account:
    """The account of this id, with the person whom it speaks of; raises `UnknownAccount`."""
    return load_account(session, account_id)


def ask_for_code(
    instance: Instance,
    mobile: str,
    address: str | None,
    language: str,
    device: Device | None = None,
    before: str | None = None,
) -> str:
    """Send a code for signing in; gives the subject that the same browser must bring with the code.

    The code is tied to the browser that asked (`before` is the subject it had for this mobile), so a stranger
    can neither end somebody's code nor use up its tries. Raises `codes.BadMobile`, `codes.TooManyCodes`.
    """
    number = codes.normal_mobile(mobile)
    subject = before or f"browser {secrets.token_urlsafe(16)}"
    if device is not None:
        with instance.database.reading() as session:
            account = session.get(Account, device.account_id)
        if account is not None and account.mobile_index == codes.mobile_index(instance.keys, number):
            subject = f"{codes.OWN}{device.id}"
    codes.send_code(instance, codes.SIGN_IN, number, subject, address, language)
    return subject


def admit_by_code(
    instance: Instance, mobile: str, code: str, subject: str, address: str | None, language: str
) -> Admitted | None:
    """Sign in with the code that was sent to a mobile; None when it is wrong, used, too old or tried too often.

    A mobile that has no account yet gets one, as an exporter's. Attempts of one network are counted before
    anything is looked at (`signing.TooManyAttempts`). Raises `AccountClosed` and `codes.BadMobile`.
    """
    number = codes.normal_mobile(mobile)
    known_as = f"mobile {codes.mobile_index(instance.keys, number)[:12]}"
    counter = f"sign_in.network {rate.client_network(address)}"
    signing.count_attempt(instance, {counter: signing.PER_NETWORK}, known_as)
    with instance.database.locked() as session:
        right = codes.check_code(session, instance.keys, codes.SIGN_IN, number, subject, code)
        account = codes.account_by_mobile(session, instance.keys, number)
        closed = account is not None and (account.state != ACTIVE or account.role != Role.EXPORTER)
        if not right or closed:
            with audit.audited(session, ANONYMOUS, "accounts.sign_in", known_as) as entry:
                entry.outcome = audit.REFUSED
            admitted = None
        else:
            admitted = _admit(session, instance, account, number, language)
    if right:
        rate.give_back(instance.database, counter, signing.WINDOW)
        if closed:
            raise AccountClosed("the account of this mobile is disabled")
    return admitted


def find_or_make_by_mobile(session: Session, instance: Instance, mobile: str, language: str = "zh") -> Account:
    """The account of a mobile, made as an exporter's if there is none; inside an audited block.

    The caller knows that whoever asks holds the mobile. Raises `codes.BadMobile`.
    """
    number = codes.normal_mobile(mobile)
    found = codes.account_by_mobile(session, instance.keys, number)
    return found or make_account(session, instance, str(ULID()), language, mobile=number)


def sign_up(instance: Instance, token: str, password: str, language: str) -> Admitted:
    """Make an exporter's account by a link to its e-mail address, with this password, and sign it in.

    Raises `LinkInvalid`, or `passwords.PasswordRefused`, which leaves the link unused.
    """
    with instance.database.reading() as reading:
        email = links.usable_sign_up(reading, instance.keys, token)
    passwords.check_password(password, email)
    kept = passwords.hashed(password)  # slow on purpose, so outside the lock
    account_id = str(ULID())
    who = Actor(account_id, Role.EXPORTER)
    with instance.database.locked() as session:
        email = links.usable_sign_up(session, instance.keys, token)
        with audit.audited(session, who, "accounts.sign_up", f"account {account_id}"):
            links.end_sign_ups(session, instance.keys, email)
            account = make_account(session, instance, account_id, language, email=email, password_hash=kept)
            return Admitted(account, open_session(session, account.id))


def make_account(
    session: Session,
    instance: Instance,
    account_id: str,
    language: str,
    mobile: str = "",
    email: str = "",
    password_hash: str | None = None,
) -> Account:
    """Make an exporter's account for a proven mobile or e-mail address, both normal; inside an audited block."""
    people = People(session, instance.keys)
    sealer = sealer_for(people, "mobile", mobile) if mobile else sealer_for(people, "email", email)
    account = Account(
        id=account_id,
        person_id=sealer.person_id,
        email_index=email_index(instance.keys, email or account_id),
        mobile_index=codes.mobile_index(instance.keys, mobile) if mobile else None,
        sealed=sealer.seal_fields({"mobile": mobile, "email": email}),
        role=str(Role.EXPORTER),
        state=ACTIVE,
        password_hash=password_hash,
        session_version=1,
        created_at=clock.now(),
        language=language,
    )
    session.add(account)
    session.flush()
    return account


def _admit(session: Session, instance: Instance, account: Account | None, mobile: str, language: str) -> Admitted:
    account_id = account.id if account else str(ULID())
    who = Actor(account_id, Role.EXPORTER)
    with audit.audited(session, who, "accounts.sign_in", f"account {account_id}") as entry:
        if account is None:
            entry.action = "accounts.sign_up"
            account = make_account(session, instance, account_id, language, mobile=mobile)
        elif account.language is None:
            account.language = language
        session.flush()  # the session's row wants the account's
        return Admitted(account, open_session(session, account.id))
