"""The instance's keys: a small file outside the database, mode 0600, made once by `init`.

Three independent keys: `seal` wraps the keys of people and seals blobs, `index` makes the keyed index by
which equal values are found without being readable, `session` signs cookies. The key of the audit trail is
derived from `index`.
"""

import base64
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.common.database import NotInitialised


class CannotOpen(Exception):
    """A sealed value was made with another key, for another place, or has been altered."""


@dataclass(frozen=True)
class Keys:
    """The keys of one instance; `key_id` is public and stands in front of everything they seal."""

    key_id: str
    seal: bytes
    index: bytes
    session: bytes

    def seal_bytes(self, place: str, data: bytes) -> bytes:
        """Encrypt with AES-256-GCM, bound to `place` (table and column) so that it opens nowhere else."""
        return seal(self.seal, place, data)

    def open_bytes(self, place: str, data: bytes) -> bytes:
        """Undo `seal_bytes`; raises `CannotOpen`."""
        return unseal(self.seal, place, data)

    @property
    def audit(self) -> bytes:
        """The key of the audit trail: whoever has only the database cannot write an entry that holds."""
        return hmac.new(self.index, b"audit chain", sha256).digest()

    def index_of(self, kind: str, value: str) -> str:
        """The keyed index of a value: equal values of one kind give equal text, nothing can be read back."""
        return hmac.new(self.index, f"{kind}\x00{value}".encode(), sha256).hexdigest()


def seal(key: bytes, place: str, data: bytes) -> bytes:
    """AES-256-GCM with a random nonce in front; `place` is authenticated with it."""
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, data, place.encode())


def unseal(key: bytes, place: str, data: bytes) -> bytes:
    """Undo `seal`; raises `CannotOpen`."""
    try:
        return AESGCM(key).decrypt(data[:12], data[12:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen(f"a value sealed for {place} does not open with this key") from error


def make_keys(path: Path) -> Keys:
    """Make the key file if there is none, and give what it holds; an existing one is never overwritten."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(path.parent, 0o700)
        fresh = {name: base64.b64encode(os.urandom(32)).decode() for name in ("seal", "index", "session")}
        content = json.dumps({"key_id": secrets.token_hex(4), **fresh})
        # A name of its own: two inits at once must not write into, or take away, each other's file.
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two inits at once only the first can put its file there.
        with suppress(FileExistsError):
            os.link(temporary, path)
        temporary.unlink(missing_ok=True)
    return load_keys(path)


def load_keys(path: Path) -> Keys:
    """Read the key file; raises `NotInitialised` when there is none or it is unreadable."""
    try:
        content = json.loads(path.read_text())
        return Keys(
            key_id=content["key_id"],
            seal=base64.b64decode(content["seal"]),
            index=base64.b64decode(content["index"]),
            session=base64.b64decode(content["session"]),
        )
    except FileNotFoundError as error:
        raise NotInitialised("there are no keys yet: run `flask --app app init`") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotInitialised("the key file is damaged: restore it from where keys are kept") from error
