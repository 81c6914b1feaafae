"""What exporters change of their own account: name, language of messages, mobile and e-mail address.

A new mobile or address counts once its holder has proven it. The old one is told, so that whoever changes it in a
session left open does not do so unseen.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from portal.accounts import codes, links, signing
from portal.accounts.actions import AccountProblem, email_index, end_links, load_account
from portal.accounts.codes import ADD_MOBILE, mobile_index, normal_mobile
from portal.accounts.records import Account
from portal.common import audit, outbox, roles
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor

LANGUAGES = ("zh", "en")
LONGEST_NAME = 60  # characters


class AddressTaken(AccountProblem):
    """The mobile is proven, but another account has it; its holder may know."""


class BadName(AccountProblem):
    """A name has 1 to 60 characters."""


def change_details(instance: Instance, who: Actor, name: str, language: str) -> None:
    """Change the name that others see and the language (zh, en) of texts and mails. Raises `BadName`."""
    roles.require(who, roles.APPLIES, "change an exporter's account")
    kept = " ".join(name.split())
    if not 0 < len(kept) <= LONGEST_NAME:
        raise BadName(f"a name has 1 to {LONGEST_NAME} characters")
    if language not in LANGUAGES:
        raise ValueError(f"there is no language {language!r}")
    with audit.write(instance.database, who, "accounts.change_own", f"account {who.id}") as session:
        account = load_account(session, who.id)
        _write(session, instance, account, {"name": kept})
        account.language = language


def ask_to_change_mobile(instance: Instance, who: Actor, mobile: str, address: str | None, language: str) -> None:
    """Send a code to the mobile that is to be this account's. Raises `codes.BadMobile`, `codes.TooManyCodes`."""
    roles.require(who, roles.APPLIES, "change an exporter's account")
    codes.send_code(instance, ADD_MOBILE, mobile, who.id, address, language, who)


def change_mobile(instance: Instance, who: Actor, mobile: str, code: str) -> bool:
    """Make this the account's mobile, by the code sent to it; False when the code is not right, or no longer.

    Raises `AddressTaken` once the code was right, `codes.BadMobile`, and `signing.TooManyAttempts`.
    """
    roles.require(who, roles.APPLIES, "change an exporter's account")
    number = normal_mobile(mobile)
    signing.count_code(instance, who)
    index = mobile_index(instance.keys, number)
    with instance.database.locked() as session:
        right = codes.check_code(session, instance.keys, ADD_MOBILE, number, who.id, code)
        other = codes.account_by_mobile(session, instance.keys, number)
        taken = other is not None and other.id != who.id
        with audit.audited(session, who, "accounts.change_mobile", f"account {who.id}") as entry:
            if not right or taken:
                entry.outcome = audit.REFUSED
            elif other is None:
                account = load_account(session, who.id)
                before = _write(session, instance, account, {"mobile": number})
                account.mobile_index = index
                if "mobile" in before:
                    _tell(session, instance, account, outbox.SMS, before["mobile"])
    if right:
        signing.right_code(instance, who)
    if right and taken:
        raise AddressTaken("this mobile belongs to another account")
    return right


def change_email(instance: Instance, who: Actor, token: str) -> str:
    """Make the address that this link proves the account's; gives it. Links to set the password end.

    Raises `LinkInvalid`, also for a link that another account asked for.
    """
    roles.require(who, roles.APPLIES, "change an exporter's account")
    with instance.database.locked() as session:
        email = links.usable_sign_up(session, instance.keys, token, who.id)
        with audit.audited(session, who, "accounts.change_email", f"account {who.id}"):
            account = load_account(session, who.id)
            before = _write(session, instance, account, {"email": email})
            account.email_index = email_index(instance.keys, email)
            links.end_sign_ups(session, instance.keys, email)
            end_links(session, account.id)
            if "email" in before:
                _tell(session, instance, account, outbox.EMAIL, before["email"])
    return email


def _write(session: Session, instance: Instance, account: Account, changed: Mapping[str, str]) -> dict[str, str]:
    """Seal the fields of an account anew with these; gives what they were before."""
    sealer = People(session, instance.keys).sealer(account.person_id)
    before = sealer.open_fields(account.sealed)
    account.sealed = sealer.seal_fields({**before, **changed})
    return before


def _tell(session: Session, instance: Instance, account: Account, channel: str, old: str) -> None:
    """Tell the old mobile or address that another one stands in its place."""
    sealer = People(session, instance.keys).sealer(account.person_id)
    outbox.queue(session, sealer, channel, old, "address_changed", {}, account.language or "zh")
