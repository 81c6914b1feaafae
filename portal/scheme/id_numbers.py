"""Identity numbers of 18 characters (GB 11643): validity, and comparison with a masked one."""

import unicodedata
from datetime import date
from enum import Enum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_FULL, _OLD = 18, 15
_MASK = "*"


class Likeness(Enum):
    """How a number as listed relates to a person's valid number."""

    SAME = "same"
    FITS = "fits"
    DIFFERS = "differs"
    NO_IDENTITY_NUMBER = "no identity number"


def normal_number(text: str | None) -> str:
    """The number in half-width capitals without spaces and hyphens; empty for none."""
    if not text:
        return ""
    return "".join(unicodedata.normalize("NFKC", text).replace("-", "").split()).upper()


def is_valid_identity_number(text: str | None) -> bool:
    """Whether ``text`` has 18 characters, a birth date that existed and the right check character.

    The district is not checked: districts are renamed and merged, and a number keeps the one it was born
    with.
    """
    number = normal_number(text)
    if len(number) != _FULL or not number.isascii() or not number[:17].isdigit():
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17] == _CHECK_CHARACTERS[total % 11]


def fits_mask(mask: str, number: str) -> bool:
    """Whether every visible character of ``mask`` (``3502031979****0012``) is that of ``number``."""
    return likeness(mask, number) in (Likeness.SAME, Likeness.FITS)


def likeness(listed: str | None, number: str) -> Likeness:
    """Compare a number as a list gives it with a person's valid 18-character ``number``.

    A listed number may be masked, also with its masked part shortened to fewer signs than it hides, or be
    the 15-digit form in use until 1999 (no century, no check character). Anything else, say a passport's
    number, is no identity number and so excludes nobody.
    """
    theirs, ours = _with_mask(normal_number(listed)), normal_number(number)
    if not theirs or not _is_identity_pattern(theirs):
        return Likeness.NO_IDENTITY_NUMBER
    if theirs == ours:
        return Likeness.SAME
    if len(theirs) == _OLD:
        ours = ours[:6] + ours[8:17] if ours[6:8] == "19" else ""
    if len(theirs) in (_FULL, _OLD):
        fits = len(theirs) == len(ours) and all(
            shown in (_MASK, true) for shown, true in zip(theirs, ours, strict=True)
        )
    else:
        head, tail = theirs[: theirs.index(_MASK)], theirs[theirs.rindex(_MASK) + 1 :]
        fits = len(head) + len(tail) <= _FULL and ours.startswith(head) and ours.endswith(tail)
    return Likeness.FITS if fits else Likeness.DIFFERS


def _with_mask(number: str) -> str:
    """One sign for every masked character; an X before the last place can only be a mask."""
    full_length = len(number) in (_FULL, _OLD)
    return "".join(
        _MASK if not sign.isalnum() or (full_length and sign == "X" and place < _FULL - 1) else sign
        for place, sign in enumerate(number)
    )


def _is_identity_pattern(number: str) -> bool:
    shown = number.replace(_MASK, "")
    digits = shown[:-1] if number.endswith("X") else shown
    if not number.isascii() or (digits and not digits.isdigit()):
        return False
    return len(number) in (_FULL, _OLD) or (_MASK in number and len(number) < _FULL)
