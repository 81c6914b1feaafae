"""Codes of firms and people: the unified social credit code checked, personal numbers masked.

The USCC follows GB 32100-2015: 18 characters, a check character last, an alphabet without I, O, S, V and Z.
"""

import re
import unicodedata

from stdnum.cn import uscc

from portal.common.cells import clean, code_text, problem, show
from portal.common.problems import N_, Sentence, add_sentences

USCC_LENGTH = 18
USCC_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
USCC_REGION = slice(2, 8)
MASK = "****"

_COPY_CODE = N_("Copy the code from the business licence.")

SENTENCES = {
    "uscc_length": Sentence(
        N_("The code “%(value)s” has a length of %(length)s; a unified social credit code has 18 characters."),
        _COPY_CODE,
    ),
    "uscc_letter": Sentence(
        N_(
            "The code “%(value)s” holds “%(letter)s” in place %(place)s, which never stands there "
            "in a credit code."
        ),
        N_(
            "Only digits stand in places 3 to 8, and the letters I, O, S, V and Z never occur: "
            "check 1, 0, 5 and 2."
        ),
    ),
    "uscc_check": Sentence(
        N_("The code “%(value)s” does not agree with its own last character, so one of its characters is wrong."),
        _COPY_CODE,
    ),
}
add_sentences(SENTENCES)


def normalise_uscc(value: object) -> str:
    """The USCC in a cell or a field: width, case and spaces put right, check character tested.

    Raises ``CellProblem`` for a blank cell, a number, a wrong length, a foreign character or a wrong check
    character.
    """
    code = "".join(unicodedata.normalize("NFKC", code_text(value, max_length=200)).upper().split())
    if len(code) != USCC_LENGTH:
        raise problem("uscc_length", value=show(code), length=str(len(code)))
    for place, letter in enumerate(code):
        in_region = USCC_REGION.start <= place < USCC_REGION.stop
        if letter not in USCC_ALPHABET or (in_region and letter.isalpha()):
            raise problem("uscc_letter", value=code, letter=letter, place=str(place + 1))
    # Only the check character is asked of stdnum: its validate() refuses codes whose second place is a
    # letter.
    if code[-1] != uscc.calc_check_digit(code[:-1]):
        raise problem("uscc_check", value=code)
    return code


def mask_identity_number(text: str) -> str:
    """An identity or document number with its middle hidden, as lists do: 3502031979****0012.

    An 18-character number keeps its first ten and last four characters, an old 15-digit one eight and three,
    a shorter (foreign) one two and two; four characters or fewer are hidden altogether.
    """
    number = clean(unicodedata.normalize("NFKC", text)).replace(" ", "").upper()
    if not number:
        return ""
    if len(number) >= 18:
        head, tail = 10, 4
    elif len(number) >= 15:
        head, tail = 8, 3
    elif len(number) >= 8:
        head, tail = 2, 2
    elif len(number) > 4:
        head, tail = 1, 1
    else:
        head, tail = 0, 0
    return number[:head] + MASK + number[len(number) - tail :]


def mask_mobile(text: str) -> str:
    """A telephone number with its middle hidden, 137****4988; a short one keeps two digits."""
    number = re.sub(r"[\s()-]", "", clean(unicodedata.normalize("NFKC", text)))
    if not number:
        return ""
    if len(number) >= 11:
        return number[: len(number) - 8] + MASK + number[-4:]
    return MASK + (number[-2:] if len(number) >= 6 else "")
