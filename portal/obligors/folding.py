"""What stands in a name: its own words, its ordinary words, countries, numbers and legal forms.

Folding brings together what is written differently: case, accents, scripts, punctuation, abbreviations and legal
forms. It never drops a number, a country or a legal form: those keep entities apart.
"""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from portal.obligors.letters import HAN, latin, letters, writes_consonants_only
from portal.obligors.words_known import LONG_FORM, Form, known

OWN, COUNTRY, NUMBER = "own", "country", "number"
OWN_WEIGHT, COUNTRY_WEIGHT = 1.0, 0.6
NUMBER_WEIGHT = 0.3  # of a series at the end, all its numbers together
LEADING_NUMBER_WEIGHT = 0.6  # "Three Oaks" is a name, not the third of a series
SLIPS_IN_FORM = 2  # letters that may differ in a long legal form
KEY_LENGTH = 200  # characters of a stored key
LEADING_FORM = 3  # letters from which a legal form is read at the beginning of a name too
_ROMAN = re.compile(r"x{0,3}(ix|iv|v?i{0,3})")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: its text, how much it says about which firm it is, and what sort of word."""

    text: str
    weight: float
    sort: str = OWN
    sound: str = ""  # Latin letters of a word in Chinese characters

    @property
    def small(self) -> bool:
        """Whether it says nothing by itself (the, and, de)."""
        return self.weight < 0.1


@dataclass(frozen=True)
class Folded:
    """A name taken apart."""

    words: tuple[Word, ...]
    forms: tuple[Form, ...] = field(default=())
    consonants_only: bool = False

    @property
    def joined(self) -> str:
        """All words written in one."""
        return "".join(word.sound or word.text for word in self.words if not word.small)


@lru_cache(maxsize=20_000)
def fold(name: str) -> Folded:
    """Take a name apart; one without letters or digits has no words."""
    plain = letters(name).split()
    tokens = _initials_joined([part for token in plain for part in _apart(token)])
    rest, forms = _without_forms(tokens)
    return Folded(tuple(_words(rest)), tuple(forms), writes_consonants_only(name))


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """The key under which two names are the same name: words in their order, then `#` and the legal forms.

    Numbers, series, countries and legal forms stay, Chinese characters too: nothing that could tell two entities
    apart is lost. Longer than `KEY_LENGTH`, its end is a digest. A name without letters has the empty key.
    """
    tokens = _initials_joined([part for token in letters(name).split() for part in _apart(token)])
    rest, forms = _without_forms(tokens)
    if not rest:
        return ""
    key = " ".join([*rest, *(f"#{form.key}" for form in forms)])
    if len(key) <= KEY_LENGTH:
        return key
    return key[: KEY_LENGTH - 33] + "~" + sha256(key.encode()).hexdigest()[:32]


def _apart(token: str) -> list[str]:
    """A run of Chinese characters, parted at the words that are known; anything else as it is."""
    if not HAN.match(token):
        return [token]
    han, meanings, parts, own = known().han, known().abbreviations, list[str](), ""
    at = 0
    while at < len(token):
        for length in range(min(10, len(token) - at), 1, -1):
            if token[at : at + length] in han or token[at : at + length] in meanings:
                break
        else:
            own, at = own + token[at], at + 1
            continue
        parts += [own, token[at : at + length]]
        own, at = "", at + length
    return [part for part in [*parts, own] if part]


def _initials_joined(tokens: list[str]) -> list[str]:
    """Single letters beside one another are one word, with or without an "and" between: L & H is lh."""
    result: list[str] = []
    run: list[str] = []
    for word in [*tokens, ""]:
        initial = len(word) == 1 and word.isalpha() and word.isascii()
        if initial or (word == "and" and run and run[-1] != "and"):
            run.append(word)
        else:
            last = [run.pop()] if run and run[-1] == "and" else []
            initials = [one for one in run if one != "and"]
            result += ["".join(initials)] if len(initials) > 1 else run
            result += [*last, word]
            run = []
    return [word for word in result if word]


def _without_forms(tokens: list[str]) -> tuple[list[str], list[Form]]:
    """The tokens without the legal forms at their end and beginning, and the forms; something always stays."""
    rest, forms = list(tokens), list[Form]()
    while found := _form_at_end(rest):
        length, form = found
        if length >= len(rest):
            break
        rest = rest[:-length]
        forms.append(form)
    while found := _form_at_beginning(rest):
        length, form = found
        if length >= len(rest):
            break
        rest = rest[length:]
        forms.append(form)
    while len(rest) > 1 and rest[-1] == "and":
        rest.pop()
    return rest, _told(forms)


def _told(forms: list[Form]) -> list[Form]:
    """The forms once each, in a fixed order; "company" only where nothing else is said."""
    once = sorted(set(forms), key=_key_of)
    return [form for form in once if "any" not in form.kinds]


def _key_of(form: Form) -> str:
    return form.key


def _form_at_end(tokens: list[str]) -> tuple[int, Form] | None:
    words = known()
    for length in range(min(words.longest_form, len(tokens)), 0, -1):
        last = tuple(tokens[-length:])
        if form := words.forms.get(last):
            return length, form
        written = "".join(last)
        if len(written) >= LONG_FORM and len(tokens) > length:
            nearest = process.extractOne(
                written, words.long_forms.keys(), scorer=Levenshtein.distance, score_cutoff=SLIPS_IN_FORM
            )
            if nearest is not None:
                return length, words.long_forms[nearest[0]]
    return None


def _form_at_beginning(tokens: list[str]) -> tuple[int, Form] | None:
    words = known()
    for length in range(min(words.longest_form, len(tokens)), 0, -1):
        first = tuple(tokens[:length])
        form = words.forms.get(first)
        if form is not None and (len("".join(first)) >= LEADING_FORM or first in _SHORT_LEADING):
            return length, form
    return None


_SHORT_LEADING = frozenset({("pt",), ("ao",), ("cv",), ("ip",), ("at",), ("公司",), ("sc",)})


def _words(tokens: list[str]) -> list[Word]:
    words, found = known(), list[Word]()
    at = 0
    while at < len(tokens):
        for length in range(min(words.longest_country, len(tokens) - at), 0, -1):
            code = words.countries.get(tuple(tokens[at : at + length]))
            if code is not None:
                found.append(Word(f"@{code}", COUNTRY_WEIGHT, COUNTRY))
                at += length
                break
        else:
            found.extend(_word(tokens[at], first=at == 0, last=at == len(tokens) - 1))
            at += 1
    return _numbers_added(found)


def _word(token: str, first: bool, last: bool) -> list[Word]:
    words = known()
    if HAN.match(token):
        if token in words.abbreviations:
            return [Word(one, words.weights.get(one, OWN_WEIGHT)) for one in words.abbreviations[token].split()]
        what, value = words.han.get(token, (OWN, ""))
        if what == COUNTRY:
            return [Word(f"@{value}", COUNTRY_WEIGHT, COUNTRY)]
        weight = float(value) if what == "word" else OWN_WEIGHT
        return [Word(token, weight, OWN, latin(token))]
    if token.isdigit():
        weight = LEADING_NUMBER_WEIGHT if first else NUMBER_WEIGHT
        return [Word(token.lstrip("0") or "0", weight, NUMBER)]
    if token in words.numbers:
        return [Word(str(words.numbers[token]), LEADING_NUMBER_WEIGHT if first else NUMBER_WEIGHT, NUMBER)]
    if not first and (last or len(token) > 1) and (roman := _roman(token)):
        return [Word(str(roman), NUMBER_WEIGHT, NUMBER)]
    if token in words.abbreviations:
        return [Word(one, words.weights.get(one, OWN_WEIGHT)) for one in words.abbreviations[token].split()]
    if first and token in words.linking:
        return [Word(token, OWN_WEIGHT)]
    return [Word(token, words.weights.get(token, OWN_WEIGHT))]


def _roman(token: str) -> int:
    """The value of a Roman number below 40; 0 for anything else."""
    if not _ROMAN.fullmatch(token):
        return 0
    values = [_ROMAN_DIGITS[sign] for sign in token]
    return sum(-v if v < max(values[n:]) else v for n, v in enumerate(values))


def _numbers_added(found: list[Word]) -> list[Word]:
    """Tens followed by units are one number (forty four is 44); the numbers of a series share one weight."""
    result: list[Word] = []
    for word in found:
        before = result[-1] if result else None
        if (
            word.sort == NUMBER
            and before is not None
            and before.sort == NUMBER
            and len(word.text) == 1
            and len(before.text) == 2
            and before.text[-1] == "0"
        ):
            result[-1] = Word(before.text[0] + word.text, before.weight, NUMBER)
        else:
            result.append(word)
    series = sum(word.sort == NUMBER and word.weight == NUMBER_WEIGHT for word in result)
    if series < 2:
        return result
    return [
        replace(word, weight=NUMBER_WEIGHT / series)
        if word.sort == NUMBER and word.weight == NUMBER_WEIGHT
        else word
        for word in result
    ]
