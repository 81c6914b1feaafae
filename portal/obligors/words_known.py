"""The words that names of firms share: legal forms, ordinary words, countries, numbers, loaded once.

The lists are data (`words/*.toml`); the names of countries come from Babel, in the languages that trade partners
write them in.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import pycountry
from babel import Locale

from portal.obligors.letters import HAN, letters
from portal.scheme.places import CITIES, MUNICIPALITIES, PROVINCES_ONLY

# In which languages a country may stand in a name: "Danone Nederland", "Bosch Türkiye", "索尼中国".
_COUNTRY_LANGUAGES = (
    "en", "zh", "zh_Hant", "de", "fr", "es", "pt", "it", "nl", "da", "nb", "sv", "fi", "pl", "cs", "hu", "ro",
    "tr", "ru", "uk", "ar", "ja", "ko", "vi", "id",
)  # fmt: skip
_ALSO_CALLED = {
    "US": ("us", "usa", "united states of america"),
    "GB": ("uk", "great britain", "england", "britain"),
    "AE": ("uae", "emirates"),
    "CN": ("prc", "people republic of china", "peoples republic of china"),
    "KR": ("korea",),
    "RU": ("russian federation",),
    "NL": ("holland",),
    "HK": ("hk", "hong kong", "hongkong", "香港"),
    "MO": ("macau", "macao", "澳门", "澳門"),
    "TW": ("taiwan", "台湾", "臺灣", "台灣"),
    "VN": ("viet nam",),
    "TR": ("turkiye",),
}


@dataclass(frozen=True)
class Form:
    """A legal form: its short written form, and what sorts of entity it makes ("any": it does not say)."""

    key: str
    kinds: frozenset[str]


@dataclass(frozen=True)
class KnownWords:
    """Everything that is known of words, keyed by the letters that `letters` makes of them."""

    forms: Mapping[tuple[str, ...], Form]
    long_forms: Mapping[str, Form]  # written in one, for spelling mistakes
    longest_form: int
    weights: Mapping[str, float]
    linking: frozenset[str]  # small words that are not small at the beginning
    abbreviations: Mapping[str, str]  # also ordinary words of other languages, by what they mean
    numbers: Mapping[str, int]
    countries: Mapping[tuple[str, ...], str]
    longest_country: int
    han: Mapping[str, tuple[str, str]]  # a word in Chinese characters: what it is, and its value


PROVINCE_NAMES = frozenset(PROVINCES_ONLY) | frozenset(MUNICIPALITIES)
PLACE_WEIGHT = 0.3  # of a Chinese city that a name begins with
LONG_FORM = 12  # letters from which a legal form is recognised in spite of a spelling mistake


def _toml(name: str) -> dict[str, dict[str, object]]:
    text = resources.files("portal.obligors").joinpath("words", name).read_text("utf-8")
    return tomllib.loads(text)


@cache
def known() -> KnownWords:
    """The known words, read when the first name is folded."""
    han: dict[str, tuple[str, str]] = {}
    forms: dict[tuple[str, ...], Form] = {}
    for key, entry in _toml("legal_forms.toml").items():
        form = Form(key, frozenset(str(entry["kind"]).split()))
        written = entry["written"]
        assert isinstance(written, list)
        for one in written:
            if HAN.search(one):
                han[one] = ("form", key)
            forms.setdefault(tuple(letters(one).split()), form)
    common = _toml("common_words.toml")
    weights: dict[str, float] = {}
    for tier in ("light", "region", "common", "small", "linking"):
        weight = float(str(common[tier]["weight"]))
        for one in str(common[tier]["words"]).split():
            if HAN.search(one):
                han.setdefault(one, ("word", str(weight)))
            else:
                weights.setdefault(letters(one), weight)
    meanings = {str(k): str(v) for k, v in common["meanings"].items()}
    for place in CITIES | PROVINCE_NAMES:
        han.setdefault(place, ("word", str(PLACE_WEIGHT)))
    countries = _countries(han)
    return KnownWords(
        forms=forms,
        long_forms={"".join(k): f for k, f in forms.items() if len("".join(k)) >= LONG_FORM},
        longest_form=max(map(len, forms)),
        weights=weights,
        linking=frozenset(letters(one) for one in str(common["linking"]["words"]).split()),
        abbreviations={letters(k): str(v) for k, v in {**common["abbreviations"], **meanings}.items()},
        numbers={k: int(str(v)) for k, v in common["numbers"].items()},
        countries=countries,
        longest_country=max(map(len, countries)),
        han=han,
    )


def _countries(han: dict[str, tuple[str, str]]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    codes = {country.alpha_2 for country in pycountry.countries}
    for language in _COUNTRY_LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code not in codes:
                continue
            if language in ("zh", "zh_Hant", "ja"):
                if len(name) > 1:
                    han.setdefault(name, ("country", code))
            else:
                words = tuple(letters(re.sub(r"\(.*\)", "", name)).split())
                if words and sum(map(len, words)) > 3:
                    found.setdefault(words, code)
    for code, names in _ALSO_CALLED.items():
        for name in names:
            if HAN.search(name):
                han[name] = ("country", code)
            else:
                found[tuple(letters(name).split())] = code
    return found
