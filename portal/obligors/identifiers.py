"""The codes by which buyers and banks are known: LEI, BIC, registration numbers, countries."""

import unicodedata
from collections.abc import Sequence
from functools import cache

import pycountry
from anyascii import anyascii
from babel import Locale
from flask_babel import get_locale
from stdnum import bic as stdnum_bic
from stdnum import lei as stdnum_lei
from stdnum.exceptions import ValidationError

# As the portal's own authorities name them; the rest is as Unicode's locale data has it.
_NAMES = {
    "zh": {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾", "CN": "中国"},
    "en": {"HK": "Hong Kong, China", "MO": "Macao, China", "TW": "Taiwan, China", "CN": "China"},
}
LONGEST_REGISTRATION_NUMBER = 40


class BadIdentifier(ValueError):
    """A code that cannot be; `field` says which: country, lei, bic, registration_number."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not a valid {field}")
        self.field = field


def clean_lei(text: str | None) -> str | None:
    """An LEI of 20 signs whose check digits hold (ISO 17442); None for an empty text."""
    wanted = _compact(text)
    if not wanted:
        return None
    try:
        return str(stdnum_lei.validate(wanted))
    except ValidationError:
        raise BadIdentifier("lei") from None


def clean_bic(text: str | None) -> str | None:
    """A BIC of 8 or 11 signs (ISO 9362) whose country exists; None for an empty text."""
    wanted = _compact(text)
    if not wanted:
        return None
    try:
        code = str(stdnum_bic.validate(wanted))
    except ValidationError:
        raise BadIdentifier("bic") from None
    if code[4:6] not in country_codes() and code[4:6] != "XK":
        raise BadIdentifier("bic")
    return code


def clean_country(text: str | None) -> str:
    """An ISO 3166-1 alpha-2 code."""
    code = _compact(text)
    if code not in country_codes():
        raise BadIdentifier("country")
    return code


def clean_registration_number(text: str | None) -> str | None:
    """A registration number without spaces, dots and dashes, in capitals; None for an empty text."""
    wanted = "".join(sign for sign in _compact(text) if sign.isalnum())
    if len(wanted) > LONGEST_REGISTRATION_NUMBER:
        raise BadIdentifier("registration_number")
    return wanted or None


@cache
def country_codes() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


def country_name(code: str | None, language: str | None = None) -> str:
    """A country's name in the reader's language, or the one given; a code that is unknown as it is."""
    if not code:
        return "—"
    return _country_names(language or _language()).get(code, code)


def countries(language: str | None = None) -> Sequence[tuple[str, str]]:
    """All countries as (code, name), sorted by name as one reads it (Chinese by sound)."""
    names = _country_names(language or _language())
    return sorted(names.items(), key=_by_name)


def _by_name(pair: tuple[str, str]) -> str:
    return anyascii(pair[1]).casefold()


def _language() -> str:
    locale = get_locale()
    return locale.language if locale is not None else "en"


@cache
def _country_names(language: str) -> dict[str, str]:
    shown = "zh" if language == "zh" else "en"
    territories = Locale.parse(shown).territories
    found = {code: str(territories.get(code, code)) for code in country_codes()}
    return {**found, **_NAMES[shown]}


def _compact(text: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", text or "").split()).upper()
