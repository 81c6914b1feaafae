"""Codes by text: six digits that prove once, within ten minutes, that whoever asks holds a mobile.

A code counts only for the purpose and the subject it was asked for. Its hash is keyed and bound to its row, so
the database alone tells no code. How many are sent to one number is counted on the codes themselves, in windows
that slide; how many one network asks for, as other attempts are.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.persons import sealer_for
from portal.accounts.records import Account, Code
from portal.common import audit, clock, outbox, rate
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.people import People, Sealer
from portal.common.roles import ANONYMOUS, Actor

SIGN_IN, ADD_MOBILE, CONFIRM_FIRM = "sign_in", "add_mobile", "confirm_firm"
DIGITS = 6
LASTS = timedelta(minutes=10)
TRIES = 5  # wrong ones with one code, then it is worth nothing
PER_MOBILE = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
PER_NETWORK, NETWORK_WINDOW = 30, 3600  # codes that one network asks for in an hour of seconds
OWN = "device "  # how the subject of a known browser begins: strangers do not use up what it may ask for
MAINLAND = re.compile(r"1[3-9][0-9]{9}")


class BadMobile(ValueError):
    """This is no mobile number of the mainland."""


class TooManyCodes(Exception):
    """No code is sent for now; `minutes` says for how long. Whether the number is known is not told."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many codes: again in {minutes} min")
        self.minutes = minutes


def normal_mobile(text: str) -> str:
    """A mainland mobile in the one form that is kept, 11 digits; raises `BadMobile`.

    Full-width digits, spaces, hyphens and +86 or 0086 before it are as people type them.
    """
    digits = re.sub(r"[\s\-‐-―()]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:\+86|0086)", "", digits)
    if MAINLAND.fullmatch(digits) is None:
        raise BadMobile("this is no mobile number of the mainland")
    return digits


def masked_mobile(mobile: str) -> str:
    """A mobile of which only the holder knows the rest, as in 138****0001."""
    return f"{mobile[:3]}****{mobile[-4:]}"


def mobile_index(keys: Keys, mobile: str) -> str:
    """The keyed index under which an account is found by its (normal) mobile."""
    return keys.index_of("account.mobile", mobile)


def account_by_mobile(session: Session, keys: Keys, mobile: str) -> Account | None:
    """The account of a (normal) mobile."""
    query = select(Account).where(Account.mobile_index == mobile_index(keys, mobile))
    return session.execute(query).scalar_one_or_none()


def send_code(
    instance: Instance,
    purpose: str,
    mobile: str,
    subject: str = "",
    address: str | None = None,
    language: str = "zh",
    who: Actor = ANONYMOUS,
) -> None:
    """Send a fresh code to a mobile; an older one for the same purpose, mobile and subject ends.

    `address` is the network address that asks. Raises `BadMobile`, and `TooManyCodes` when the mobile (1 a minute,
    5 an hour, 10 a day) or the network (30 an hour) has had its share, whether or not anybody has an account.
    """
    number = normal_mobile(mobile)
    index = mobile_index(instance.keys, number)
    with instance.database.reading() as session:
        _refuse_too_many(session, index, subject)
    network = f"codes.network {rate.client_network(address)}"
    state = rate.count(instance.database, network, PER_NETWORK, NETWORK_WINDOW)
    if not state.allowed:
        raise TooManyCodes(-(-state.retry_after // 60))
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with instance.database.locked() as session:
        _refuse_too_many(session, index, subject)
        with audit.audited(session, who, "accounts.send_code", f"mobile {index[:12]}", purpose=purpose):
            sealer = _receiver(session, instance.keys, number)
            _keep(session, instance.keys, purpose, index, subject, code)
            outbox.queue(session, sealer, outbox.SMS, number, "code", {"code": code}, language)


def check_code(session: Session, keys: Keys, purpose: str, mobile: str, subject: str, code: str) -> bool:
    """Whether this is the code that was sent, which uses it up. Call it under the write lock.

    A wrong one counts as a try, and after five the code is worth nothing; so give the answer back instead of
    raising inside the same write, which would take the try back. Raises `BadMobile`.
    """
    if not session.info.get("locked"):
        raise RuntimeError("a code is used up inside a write: use Database.locked()")
    query = _open(purpose, mobile_index(keys, normal_mobile(mobile)), subject).where(Code.tries < TRIES)
    kept = session.execute(query.order_by(Code.created_at.desc(), Code.id.desc())).scalars().first()
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", code))
    if kept is None:
        return False
    kept.tries += 1
    right = hmac.compare_digest(kept.code_hash, _hash(keys, kept.id, typed))
    if right:
        kept.used_at = clock.now()
    session.flush()
    return right


def _refuse_too_many(session: Session, index: str, subject: str) -> None:
    moment = clock.now()
    query = select(Code.created_at).where(
        Code.address_index == index, Code.created_at > moment - PER_MOBILE[-1][0]
    )
    own = subject.startswith(OWN)
    query = query.where(Code.subject == subject if own else Code.subject.not_like(f"{OWN}%"))
    sent = sorted(session.execute(query).scalars(), reverse=True)
    opens = [sent[most - 1] + window for window, most in PER_MOBILE if len(sent) >= most]
    if opens and max(opens) > moment:
        raise TooManyCodes(-(-(max(opens) - moment) // timedelta(minutes=1)))


def _keep(session: Session, keys: Keys, purpose: str, index: str, subject: str, code: str) -> None:
    """Keep the new code and end the older one; what no limit asks about any more is swept out."""
    moment = clock.now()
    session.execute(delete(Code).where(Code.created_at <= moment - PER_MOBILE[-1][0]))
    for older in session.execute(_open(purpose, index, subject)).scalars():
        older.expires_at = moment
    made = str(ULID())
    session.add(
        Code(
            id=made,
            purpose=purpose,
            address_index=index,
            subject=subject,
            code_hash=_hash(keys, made, code),
            tries=0,
            expires_at=moment + LASTS,
            used_at=None,
            created_at=moment,
        )
    )


def _open(purpose: str, index: str, subject: str) -> Select[Code]:
    return select(Code).where(
        Code.purpose == purpose,
        Code.address_index == index,
        Code.subject == subject,
        Code.used_at.is_(None),
        Code.expires_at > clock.now(),
    )


def _hash(keys: Keys, code_id: str, code: str) -> str:
    return keys.index_of("account.code", f"{code_id}.{code}")


def _receiver(session: Session, keys: Keys, mobile: str) -> Sealer:
    """Under whose key the text is sealed: the account's of this mobile, else that of whoever holds it."""
    people = People(session, keys)
    account = account_by_mobile(session, keys, mobile)
    return people.sealer(account.person_id) if account else sealer_for(people, "mobile", mobile)
