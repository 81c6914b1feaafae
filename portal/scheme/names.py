"""Keys under which differently written names of one firm, person or place are equal.

Equal keys never settle anything against a firm: a person looks. Names that merely look alike have other keys.
"""

import unicodedata
from collections.abc import Collection
from functools import lru_cache

from portal.scheme.places import CITIES, PLACE_NAMES, PROVINCE_NAMES, PROVINCE_TITLES, PROVINCES_ONLY

_LONGEST_PLACE = max(map(len, PLACE_NAMES))
_MIDDLE_DOTS = "·•‧∙⋅・●"
# Control and format characters (zero-width spaces, say) are as invisible as spaces are.
_DROPPED_CATEGORIES = ("P", "Z", "C")


class _Kept(dict[int, int | None]):
    """Which signs a key keeps, looked up in Unicode's categories once for each sign."""

    def __missing__(self, sign: int) -> int | None:
        dropped = unicodedata.category(chr(sign))[0] in _DROPPED_CATEGORIES
        kept = self[sign] = None if dropped else sign
        return kept


_KEPT = _Kept()
_WITHOUT_DOTS = dict.fromkeys(map(ord, _MIDDLE_DOTS))


def _compact(text: str) -> str:
    """NFKC, without spaces, brackets and punctuation."""
    return unicodedata.normalize("NFKC", text).translate(_KEPT)


def name_key(name: str, place_names: Collection[str] = PLACE_NAMES) -> str:
    """The key of a firm's name: 厦门市恒达（集团）有限责任公司 and 厦门恒达集团有限公司 share one.

    NFKC, without spaces, brackets and punctuation; 市 or 省 dropped once after the place name it begins
    with (so 厦门市市艾森 keeps its second 市), and after a city that follows a province; 有限责任公司 read
    as 有限公司. ``place_names`` are full names such as 厦门市. The key of a name without any letter is
    empty and equals none.
    """
    rest = _compact(name)
    place = _leading_place(rest, place_names)
    key = place[:-1]
    rest = rest[len(place) :]
    if place in PROVINCE_NAMES:
        city = _leading_place(rest, place_names)
        key += city[:-1]
        rest = rest[len(city) :]
    return (key + rest).replace("有限责任公司", "有限公司")


def _leading_place(name: str, place_names: Collection[str]) -> str:
    for length in range(min(_LONGEST_PLACE, len(name)), 1, -1):
        if name[:length] in place_names:
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

    A place that names no known city is given back without spaces and punctuation, and without a last 市 or
    省.
    """
    text = _compact(place)
    for title in (*PROVINCE_TITLES, *PROVINCES_ONLY):
        rest = text.removeprefix(title)
        if rest != text and (_leading_place(rest, PLACE_NAMES) or rest in CITIES):
            text = rest
            break
    city = _leading_place(text, PLACE_NAMES)
    if city.endswith("市"):
        return city[:-1]
    return text[:-1] if text.endswith(("市", "省")) and len(text) > 1 else text


def names_a_city(place: str) -> bool:
    """Whether a place of registration says which city it is: a province or a bare district does not."""
    key = place_key(place)
    return key in CITIES or not (
        not key or key in PROVINCES_ONLY or key in PROVINCE_TITLES or key.endswith(("区", "县"))
    )
