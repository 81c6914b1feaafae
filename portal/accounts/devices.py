"""Known devices: a signed cookie by which a browser that has signed in to an account before is known again.

It lets nobody in. It only gives that browser a count of wrong passwords of its own, so that a stranger who
types wrong passwords for somebody's e-mail does not keep the owner out.
"""

import hmac
import secrets
from datetime import timedelta
from typing import NamedTuple

from portal.common import clock
from portal.common.keys import Keys

COOKIE = "known_device"
LASTS = timedelta(days=180)  # from the latest sign-in


class Device(NamedTuple):
    """A browser that has signed in to this account; `id` is random and stands for nothing else."""

    account_id: str
    id: str


def device_of(keys: Keys, cookie: str | None) -> Device | None:
    """The device that a cookie speaks of; None when it is none of ours, altered, or older than 180 days."""
    said, _dot, proof = (cookie or "").rpartition(".")
    if not hmac.compare_digest(_proof(keys, said).encode(), proof.encode()):
        return None
    account_id, device_id, since = said.split(".")
    if clock.now().timestamp() - int(since) >= LASTS.total_seconds():
        return None
    return Device(account_id, device_id)


def cookie_of(keys: Keys, account_id: str, before: Device | None) -> str:
    """The cookie after signing in. The same browser and account keep their id, and so their count."""
    same = before is not None and before.account_id == account_id
    device_id = before.id if before is not None and same else secrets.token_urlsafe(16)
    said = f"{account_id}.{device_id}.{int(clock.now().timestamp())}"
    return f"{said}.{_proof(keys, said)}"


def _proof(keys: Keys, said: str) -> str:
    return keys.index_of("account.known_device", said)
