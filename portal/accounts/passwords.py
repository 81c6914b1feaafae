"""Passwords: which ones are taken, and how they are kept (argon2id)."""

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200  # characters
DIFFERENT = 5  # characters at least that are not the same: 1111111111 is no password

hasher = PasswordHasher()  # argon2id with the parameters that RFC 9106 recommends where memory is short


class PasswordRefused(ValueError):
    """This password is not taken; `code` is `too_short`, `too_long`, `too_alike` or `is_email`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_password(password: str, email: str) -> None:
    """Raise `PasswordRefused` unless the password is taken.

    It has 10 to 200 characters, 5 of them different, and is not the e-mail address.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused("too_short", f"the password has {len(password)} characters, at least 10 are wanted")
    if len(password) > LONGEST:
        raise PasswordRefused("too_long", f"the password has {len(password)} characters, at most 200 are taken")
    if different(password) < DIFFERENT:
        raise PasswordRefused("too_alike", "the password has fewer than 5 different characters")
    if email and password.strip().lower() == email.lower():
        raise PasswordRefused("is_email", "the password is the e-mail address")


def different(password: str) -> int:
    """How many different characters a password has, capitals counted as small ones."""
    return len(set(unicodedata.normalize("NFKC", password).casefold()))


def hashed(password: str) -> str:
    """The argon2id hash of a password, however its characters were composed on the keyboard."""
    return hasher.hash(unicodedata.normalize("NFKC", password))


def is_right(kept: str | None, password: str) -> bool:
    """Whether the password fits the hash. Takes as long where there is none, so that time tells nothing."""
    try:
        fits = hasher.verify(kept or _dummy(), unicodedata.normalize("NFKC", password[: 4 * LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    return fits and kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return hasher.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def _dummy() -> str:
    return hasher.hash("nobody's password")
