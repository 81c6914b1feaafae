"""What a firm types when it applies, and what each of it must be; faults are told in words that mend them."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date

from portal.accounts.actions import BadEmail, normal_email
from portal.accounts.codes import BadMobile, normal_mobile
from portal.common.cells import clean
from portal.common.problems import N_ as _n
from portal.common.problems import Problem, ProblemError, Sentence, add_sentences
from portal.scheme.id_numbers import is_valid_identity_number, normal_number

LONGEST_PERSON, LONGEST_FIRM, LONGEST_ADDRESS, LONGEST_NUMBER = 100, 200, 500, 40  # characters
IDENTITY_PLACES = 18
YES = "yes"

_COPY_CARD = _n("Copy it from the identity card.")
_OTHER_KIND = _n("If it is no identity card of the mainland, tick that it is another document.")

add_sentences(
    {
        "entry_sign": Sentence(_n("“%(sign)s” cannot stand here."), _n("Leave it out.")),
        "entry_long": Sentence(
            _n("This has %(length)s characters; at most %(limit)s fit."), _n("Shorten what can be shortened.")
        ),
        "person_missing": Sentence(_n("A name is missing."), _n("Enter it as it stands on the identity card.")),
        "firm_missing": Sentence(_n("The firm’s name is missing."), _n("Enter it as on the business licence.")),
        "reach_missing": Sentence(
            _n("Nothing is here by which you can be reached."), _n("Enter a mobile number or an e-mail address.")
        ),
        "mobile_length": Sentence(
            _n("The mobile number has %(length)s digits now; 11 are wanted."), _n("Put it right digit by digit.")
        ),
        "mobile_wrong": Sentence(
            _n("“%(value)s” is no mobile number of the mainland."),
            _n("Enter 11 digits that begin with 13 to 19, or leave it empty and enter an e-mail address."),
        ),
        "email_wrong": Sentence(_n("“%(value)s” is no e-mail address."), _n("Enter it as in name@example.com.")),
        "number_missing": Sentence(
            _n("The number of the document is missing."), _n("Enter the 18 characters of the identity card.")
        ),
        "number_short": Sentence(
            _n("The identity number has %(length)s characters now; 18 are wanted."),
            _n("%(missing)s are missing; add them."),
        ),
        "number_one_short": Sentence(
            _n("The identity number has 17 characters now; 18 are wanted."), _n("Add the one that is missing.")
        ),
        "number_old": Sentence(
            _n("The identity number has 15 digits, as on the old cards."), _n("Enter the 18 of the present card.")
        ),
        "number_long": Sentence(
            _n("The identity number has %(length)s characters now; 18 are wanted."),
            _n("%(over)s too many; take them out."),
        ),
        "number_sign": Sentence(
            _n("In place %(place)s of the identity number stands “%(sign)s”; only digits, and X last."),
            _OTHER_KIND,
        ),
        "number_day": Sentence(
            _n("Places 7 to 14 of the identity number are the day of birth; %(day)s is no day."), _COPY_CARD
        ),
        "number_check": Sentence(
            _n("The last character of the identity number does not fit the others: one of them is wrong."),
            _COPY_CARD,
        ),
        "document_number_sign": Sentence(
            _n("The number of the document holds “%(sign)s”; only letters and digits stand in one."),
            _n("Copy it from the document."),
        ),
        "document_number_short": Sentence(
            _n("The number of the document has %(length)s characters; at least 5 are wanted."),
            _n("Copy it from the document."),
        ),
    }
)  # fmt: skip


class EntryProblem(ProblemError):
    """What was typed cannot be taken as it is."""


def _problem(code: str, **said: str) -> EntryProblem:
    return EntryProblem(Problem(code, said))


@dataclass(frozen=True)
class Entries:
    """Everything that is typed in an application. Values stay as typed until a step is found right."""

    firm_name: str = ""  # asked only where the registry does not know the firm
    address: str = ""
    contact: str = ""
    mobile: str = ""
    email: str = ""
    own: str = ""  # YES: whoever applies is the legal representative
    representative: str = ""
    other_document: str = ""  # YES: the number is of a passport or permit, no identity card of the mainland
    number: str = ""

    def part(self, names: tuple[str, ...]) -> dict[str, str]:
        """Some of the values by name."""
        return {name: value for name, value in asdict(self).items() if name in names}


ENTRY_NAMES = tuple(one.name for one in fields(Entries))


def person_name(text: str) -> str:
    """A person's name; rare characters stay, signs that are no letters (an emoji) are refused."""
    return _tidy(text, LONGEST_PERSON) or _missing("person_missing")


def firm_name(text: str) -> str:
    """A firm's name as on its licence."""
    return _tidy(text, LONGEST_FIRM) or _missing("firm_missing")


def address(text: str) -> str:
    """An address, which may be left out."""
    return _tidy(text, LONGEST_ADDRESS)


def mobile(text: str) -> str:
    """A mainland mobile, 11 digits, or nothing."""
    if not clean(text):
        return ""
    try:
        return normal_mobile(text)
    except BadMobile as error:
        digits = "".join(sign for sign in unicodedata.normalize("NFKC", clean(text)) if sign not in " -()")
        if digits.isdecimal() and digits.startswith("1") and len(digits) != 11:
            raise _problem("mobile_length", length=str(len(digits))) from error
        raise _problem("mobile_wrong", value=clean(text)[:LONGEST_NUMBER]) from error


def email(text: str) -> str:
    """An e-mail address, or nothing."""
    if not clean(text):
        return ""
    try:
        return normal_email(clean(text))
    except BadEmail as error:
        raise _problem("email_wrong", value=clean(text)[:LONGEST_NUMBER]) from error


def identity_number(text: str, today: date) -> str:
    """A valid identity number of 18 characters (GB 11643) of somebody born by `today`."""
    number = normal_number(clean(text))
    if not number:
        raise _problem("number_missing")
    for place, sign in enumerate(number):
        last = place == min(len(number), IDENTITY_PLACES) - 1
        if not (sign.isascii() and sign.isdigit()) and not (sign == "X" and last):
            raise _problem("number_sign", place=str(place + 1), sign=sign)
    length = len(number)
    if length == 15:
        raise _problem("number_old")
    if length == IDENTITY_PLACES - 1:
        raise _problem("number_one_short")
    if length < IDENTITY_PLACES:
        raise _problem("number_short", length=str(length), missing=str(IDENTITY_PLACES - length))
    if length > IDENTITY_PLACES:
        raise _problem("number_long", length=str(length), over=str(length - IDENTITY_PLACES))
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    try:
        day_exists = date.fromisoformat(born) <= today
    except ValueError:
        day_exists = False
    if not day_exists:
        raise _problem("number_day", day=born)
    if not is_valid_identity_number(number):
        raise _problem("number_check")
    return number


def document_number(text: str) -> str:
    """The number of a passport or permit; nothing about it can be checked, so a person may have to look."""
    number = normal_number(clean(text))
    if not number:
        raise _problem("number_missing")
    for sign in number:
        if not (sign.isascii() and sign.isalnum()):
            raise _problem("document_number_sign", sign=sign)
    if len(number) < 5:
        raise _problem("document_number_short", length=str(len(number)))
    if len(number) > LONGEST_NUMBER:
        raise _problem("entry_long", length=str(len(number)), limit=str(LONGEST_NUMBER))
    return number


def read(entries: Entries, today: date, registered: bool) -> tuple[Entries, dict[str, EntryProblem]]:
    """The entries in the form in which they are kept, and what is wrong with those that stay as typed."""
    checks: dict[str, Callable[[str], str]] = {
        "firm_name": (lambda _text: "") if registered else firm_name,
        "address": address,
        "contact": person_name,
        "mobile": mobile,
        "email": email,
        "own": _yes,
        "representative": person_name,
        "other_document": _yes,
        "number": document_number if entries.other_document else lambda text: identity_number(text, today),
    }
    values, wrong = {}, {}
    for name, check in checks.items():
        typed = getattr(entries, name)
        try:
            values[name] = check(typed)
        except EntryProblem as problem:
            values[name], wrong[name] = typed, problem
    if not values["mobile"] and not values["email"] and not {"mobile", "email"} & set(wrong):
        wrong["mobile"] = _problem("reach_missing")
    return Entries(**values), wrong


def bounded(values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, as it may be kept before it is right: only what can be seen, and not long."""
    return {name: _seen(value)[:LONGEST_ADDRESS] for name, value in values.items() if name in ENTRY_NAMES}


def _seen(text: str) -> str:
    """Without control and format signs; what stands for no letter stays, to be told."""
    kept = ("" if unicodedata.category(sign) in ("Cf", "Cs") else sign for sign in text)
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in kept if sign).split())


def _yes(text: str) -> str:
    return YES if text else ""


def _missing(code: str) -> str:
    raise _problem(code)


def _tidy(text: str, limit: int) -> str:
    for sign in text:
        if not sign.isspace() and not all(_may_stand(one) for one in unicodedata.normalize("NFKC", sign)):
            raise _problem("entry_sign", sign=sign)
    kept = clean(text)
    if len(kept) > limit:
        raise _problem("entry_long", length=str(len(kept)), limit=str(limit))
    return kept


def _may_stand(sign: str) -> bool:
    """Letters of any script and their marks, digits, punctuation, and what cannot be seen, which is taken out."""
    category = unicodedata.category(sign)
    return category[0] in "LMNPZ" or category in ("Cc", "Cf") or sign in "+|~^`´"
