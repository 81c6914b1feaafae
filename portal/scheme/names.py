"""Keys under which differently written names of one firm, person or place are equal.

Equal keys never settle anything against a firm: a person looks. Names that merely look alike have other keys.
"""

import unicodedata
from collections.abc import Set
from functools import lru_cache

from portal.scheme.places import CITIES, CITY_TITLES, LEVELS, PROVINCE_TITLES, PROVINCES_ONLY, Level

_LONGEST_PLACE = max(len(place) for level in LEVELS for place in (*level.titled, *level.bare))
_MIDDLE_DOTS = "·•‧∙⋅・●"
# Signs such as < | + ~ stand in names as brackets and dashes do; control and format characters (zero-width
# spaces, say) and the marks that choose a variant of a character are as invisible as spaces are.
_DROPPED_CATEGORIES = ("P", "S", "Z", "C", "Mn")


class _Kept(dict[int, int | None]):
    """Which signs a key keeps, looked up in Unicode's categories once for each sign."""

    def __missing__(self, sign: int) -> int | None:
        dropped = unicodedata.category(chr(sign)).startswith(_DROPPED_CATEGORIES)
        kept = self[sign] = None if dropped else sign
        return kept


_KEPT = _Kept()
_WITHOUT_DOTS = dict.fromkeys(map(ord, _MIDDLE_DOTS))


def _compact(text: str) -> str:
    """NFKC, without spaces, brackets, punctuation and other signs."""
    return unicodedata.normalize("NFKC", text).translate(_KEPT)


def name_key(name: str) -> str:
    """The key of a firm's name: 厦门市恒达（集团）有限责任公司 and 厦门恒达集团有限公司 share one.

    NFKC, without spaces, brackets, punctuation and other signs; 市 or 省 dropped once after each place that
    the name begins with, larger ones first (福建省泉州市晋江市 is 福建泉州晋江, and 厦门市市艾森 keeps its
    second 市); 有限责任公司 read as 有限公司. The key of a name without any letter is empty and equals none.
    """
    place, rest = _untitled_place(_compact(name), LEVELS)
    return (place + rest).replace("有限责任公司", "有限公司")


def _untitled_place(name: str, levels: tuple[Level, ...]) -> tuple[str, str]:
    """The places with 市 or 省 that ``name`` begins with, without these, and the rest; none is an empty text.

    A place without 市 or 省 counts only before one that has it (福建晋江市): of 吉林市, 吉林 is no province.
    """
    for depth, level in enumerate(levels, start=1):
        if titled := _leading_place(name, level.titled):
            below, rest = _untitled_place(name[len(titled) :], levels[depth:])
            return titled[:-1] + below, rest
        if bare := _leading_place(name, level.bare):
            below, rest = _untitled_place(name[len(bare) :], levels[depth:])
            if below:
                return bare + below, rest
    return "", name


def _leading_place(name: str, places: Set[str]) -> str:
    """The longest of ``places`` that ``name`` begins with; empty for none."""
    for length in range(min(_LONGEST_PLACE, len(name)), 1, -1):
        if name[:length] in places:
            return name[:length]
    return ""


def person_key(name: str) -> str:
    """The key of a person's name: NFKC, without spaces and middle dots, capitals and small letters alike."""
    normal = "".join(unicodedata.normalize("NFKC", name).split())
    return normal.translate(_WITHOUT_DOTS).casefold()


def uscc_key(code: str | None) -> str:
    """A unified social credit code in half-width capitals without spaces; empty for none."""
    return "".join(unicodedata.normalize("NFKC", code).split()).upper() if code else ""


@lru_cache(maxsize=4096)
def place_key(place: str) -> str:
    """The city that a place of registration names: 厦门, 厦门市, 福建省厦门市 and 厦门市思明区 are all 厦门.

    Where a city at prefecture level and a county-level city of it are named, it is the former. A place that
    names no known city is given back without spaces and punctuation, and without a last 市 or 省.
    """
    text = _compact(place)
    for title in (*PROVINCE_TITLES, *PROVINCES_ONLY):
        rest = text.removeprefix(title)
        if rest != text and (_leading_place(rest, CITY_TITLES) or rest in CITIES):
            text = rest
            break
    if city := _leading_place(text, CITY_TITLES):
        return city[:-1]
    return text[:-1] if text.endswith(("市", "省")) and len(text) > 1 else text


def names_a_city(place: str) -> bool:
    """Whether a place of registration says which city it is: a province or a bare district does not."""
    key = place_key(place)
    return key in CITIES or not (
        not key or key in PROVINCES_ONLY or key in PROVINCE_TITLES or key.endswith(("区", "县"))
    )
