"""Links by mail: what somebody asks for who has no account yet, forgot the password or names a new address.

Whether an address has an account is told only to whoever reads its mails: every request is counted, recorded and
answered alike.
"""

import json
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.actions import ACTIVE, LinkInvalid, email_index, link_hash, normal_email
from portal.accounts.persons import sealer_for
from portal.accounts.records import Account, OneTimeLink, SignUpLink
from portal.common import audit, clock, outbox, rate
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import People
from portal.common.roles import ANONYMOUS, Actor

LASTS = timedelta(minutes=60)  # of a link that somebody asked for; one that staff hand over lasts 7 days
WINDOW = 3600  # seconds
PER_ADDRESS = 5  # links to one address in a window
PER_NETWORK = 30  # links that one network asks for in a window


class TooManyLinks(Exception):
    """No link is sent for now; `minutes` says for how long. Whether the address is known is not told."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many links: again in {minutes} min")
        self.minutes = minutes


def ask_for_link(instance: Instance, email: str, address: str | None = None, language: str = "zh") -> None:
    """Mail a link, good for 60 minutes, by which whoever reads this address sets a password.

    An active account gets one for its own password, staff too, and links that it has go on counting: a stranger
    who asks must not end one that was handed over. An address without account gets one that makes an exporter's
    account. A disabled account gets none. Raises `BadEmail`, and `TooManyLinks` by address and network.
    """
    typed = normal_email(email)
    index = email_index(instance.keys, typed)
    _count(instance, index, address)
    token = secrets.token_urlsafe(32)
    with instance.database.locked() as session:
        account = session.execute(select(Account).where(Account.email_index == index)).scalar_one_or_none()
        with audit.audited(session, ANONYMOUS, "accounts.ask_for_link", f"email {index[:12]}"):
            people = People(session, instance.keys)
            if account is None:
                sealer, kind = sealer_for(people, "email", typed), "sign_up"
                _keep(session, instance.keys, token, typed)
            elif account.state == ACTIVE:
                sealer, kind = people.sealer(account.person_id), "set_password"
                language = account.language or language
                session.add(
                    OneTimeLink(
                        token_hash=link_hash(token),
                        account_id=account.id,
                        expires_at=clock.now() + LASTS,
                        used_at=None,
                    )
                )
            else:
                return
            words = {"path": f"/set-password/{token}"}
            outbox.queue(session, sealer, outbox.EMAIL, typed, kind, words, language)


def ask_to_add_email(instance: Instance, who: Actor, email: str, address: str | None, language: str) -> None:
    """Mail a link, good for 60 minutes, by which the account that asks gets this address.

    Nothing leaves for an address that has an account, and the page says the same. Raises as `ask_for_link` does.
    """
    typed = normal_email(email)
    index = email_index(instance.keys, typed)
    _count(instance, index, address)
    token = secrets.token_urlsafe(32)
    with audit.write(instance.database, who, "accounts.ask_to_add_email", f"account {who.id}") as session:
        if session.execute(select(Account.id).where(Account.email_index == index)).first() is not None:
            return
        sealer = sealer_for(People(session, instance.keys), "email", typed)
        _keep(session, instance.keys, token, typed, who.id)
        words = {"path": f"/me/email/{token}"}
        outbox.queue(session, sealer, outbox.EMAIL, typed, "add_email", words, language)


def usable_sign_up(session: Session, keys: Keys, token: str, account_id: str = "") -> str:
    """The e-mail address that this link proves, for a new account or to be added to this one; `LinkInvalid`.

    Does not use the link. An address that has got an account meanwhile is proven no more.
    """
    link = session.get(SignUpLink, link_hash(token))
    if link is None or link.expires_at <= clock.now():
        raise LinkInvalid("this link is unknown, used, replaced or expired")
    kept: dict[str, str] = json.loads(keys.open_bytes(_place(link.token_hash), link.address_sealed))
    taken = session.execute(select(Account.id).where(Account.email_index == link.address_index)).first()
    if kept["account"] != account_id or taken is not None:
        raise LinkInvalid("this link is unknown, used, replaced or expired")
    return kept["email"]


def end_sign_ups(session: Session, keys: Keys, email: str) -> None:
    """End every open link that would prove this (normal) address."""
    session.execute(delete(SignUpLink).where(SignUpLink.address_index == email_index(keys, email)))


def _keep(session: Session, keys: Keys, token: str, email: str, account_id: str = "") -> None:
    """Keep a link for an address without account; those whose end has passed are swept out."""
    session.execute(delete(SignUpLink).where(SignUpLink.expires_at <= clock.now()))
    hashed = link_hash(token)
    said = json.dumps({"email": email, "account": account_id})
    session.add(
        SignUpLink(
            token_hash=hashed,
            address_index=email_index(keys, email),
            address_sealed=keys.seal_bytes(_place(hashed), said.encode()),
            expires_at=clock.now() + LASTS,
        )
    )


def _place(token_hash: str) -> str:
    return f"sign_up_links.{token_hash}"


def _count(instance: Instance, index: str, address: str | None) -> None:
    counters = {
        f"links.network {rate.client_network(address)}": PER_NETWORK,
        f"links.email {index[:40]}": PER_ADDRESS,
    }
    for key, limit in counters.items():
        state = rate.count(instance.database, key, limit, WINDOW)
        if not state.allowed:
            raise TooManyLinks(-(-state.retry_after // 60))
