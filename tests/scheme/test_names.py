"""Keys of names and places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.county_cities import COUNTY_CITIES
from portal.scheme.names import name_key, names_a_city, person_key, place_key, uscc_key
from portal.scheme.places import CITIES, PROVINCE_TITLES

SAME = [
    ("厦门市恒达（集团）有限责任公司", "厦门恒达集团有限公司"),
    ("厦门市恒达(集团)有限责任公司", "厦门 恒达 集团 有限公司"),
    ("福建省岚屿陶瓷有限公司", "福建岚屿陶瓷有限公司"),
    ("福建省厦门市岚屿陶瓷有限公司", "福建厦门岚屿陶瓷有限公司"),
    ("上海市岚屿陶瓷有限公司", "上海岚屿陶瓷有限公司"),
    ("（厦门）岚屿陶瓷有限公司", "厦门岚屿陶瓷有限公司"),
    ("厦门岚屿·潮声有限公司", "厦门岚屿潮声有限公司"),
    ("ＡＢＣ（厦门）有限公司", "ABC厦门有限公司"),
    ("厦门岚屿\u200b有限公司", "厦门岚屿有限公司"),
    ("厦门岚\U000e0100屿￣有限公司", "厦门岚屿有限公司"),
    ("厦门岚屿有限责任公司泉州分公司", "厦门岚屿有限公司泉州分公司"),
    *((f"{city}市岚屿陶瓷有限公司", f"{city}岚屿陶瓷有限公司") for city in sorted(COUNTY_CITIES)),
    ("福建省晋江市岚屿陶瓷有限公司", "福建晋江岚屿陶瓷有限公司"),
    ("福建晋江市岚屿陶瓷有限公司", "福建晋江岚屿陶瓷有限公司"),
    ("福建厦门市岚屿陶瓷有限公司", "福建厦门岚屿陶瓷有限公司"),
    ("泉州市晋江市岚屿陶瓷有限公司", "泉州晋江岚屿陶瓷有限公司"),
    ("福建省泉州市晋江市岚屿陶瓷有限公司", "福建泉州晋江岚屿陶瓷有限公司"),
    ("广西壮族自治区南宁市岚屿有限公司", "广西壮族自治区南宁岚屿有限公司"),
    ("吉林吉林市岚屿有限公司", "吉林省吉林市岚屿有限公司"),
    ("吉林市岚屿有限公司", "吉林岚屿有限公司"),
    *(
        (f"厦门岚{sign}屿有限公司", "厦门岚屿有限公司")
        for sign in "<>＜＞|+＋=~～^＾`｀$￥《》〈〉「」【】_-—/&@#%*©°"
    ),
]
DIFFERENT = [
    ("厦门华兴有限公司", "厦门华星有限公司"),
    ("厦门市市艾森有限公司", "厦门艾森有限公司"),
    ("厦门岚屿有限公司", "岚屿有限公司"),
    ("厦门岚屿有限公司", "厦门岚屿股份有限公司"),
    ("市政工程有限公司", "政工程有限公司"),
    ("省心家政有限公司", "心家政有限公司"),
    ("海南市政工程有限公司", "海南政工程有限公司"),
    ("岚屿厦门市有限公司", "岚屿厦门有限公司"),
    ("晋江市市艾森有限公司", "晋江艾森有限公司"),
    ("津市岚屿有限公司", "津岚屿有限公司"),
    ("芒市岚屿有限公司", "芒岚屿有限公司"),
    ("福建市政工程有限公司", "福建政工程有限公司"),
    ("晋江岚屿有限公司", "岚屿有限公司"),
    ("岚屿晋江市有限公司", "岚屿晋江有限公司"),
    ("晋江市厦门市岚屿有限公司", "晋江厦门岚屿有限公司"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_names_written_differently_share_a_key(left: str, right: str) -> None:
    assert name_key(left) == name_key(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_names_of_different_firms_have_different_keys(left: str, right: str) -> None:
    assert name_key(left) != name_key(right)


def test_only_one_character_is_dropped_after_the_place() -> None:
    assert name_key("厦门市市艾森有限公司") == "厦门市艾森有限公司"
    assert name_key("津市市市艾森有限公司") == "津市市艾森有限公司"
    assert name_key("吉林吉林市市艾森有限公司") == "吉林吉林市艾森有限公司"


def test_a_name_without_letters_has_an_empty_key() -> None:
    assert name_key("（ ）—·<+|~$") == ""


@given(st.text(max_size=30))
def test_spaces_and_brackets_never_change_a_key(name: str) -> None:
    assert name_key(f" {name} ") == name_key(name)
    assert name_key(f"（{name}）") == name_key(name)


@pytest.mark.parametrize(
    ("left", "right"), [("陈若舟", "陈 若舟"), ("阿依·古丽", "阿依古丽"), ("ANA LIM", "Ana Lim"), ("Ａna", "ana")]
)
def test_a_person_written_differently_has_one_key(left: str, right: str) -> None:
    assert person_key(left) == person_key(right)


def test_people_who_merely_look_alike_have_different_keys() -> None:
    assert person_key("陈若舟") != person_key("陈若州")


def test_a_code_is_compared_in_half_width_capitals() -> None:
    assert uscc_key(" 91350200ma0ｔest01x ") == "91350200MA0TEST01X"
    assert uscc_key(None) == ""


@pytest.mark.parametrize(
    "place", ["厦门", "厦门市", " 厦门市 ", "福建省厦门市", "福建厦门", "厦门市思明区", "厦门（市）"]
)
def test_a_city_has_one_key(place: str) -> None:
    assert place_key(place) == "厦门"


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("吉林省吉林市", "吉林"),
        ("上海市浦东新区", "上海"),
        ("内蒙古自治区包头市", "包头"),
        ("晋江市", "晋江"),
        ("浙江省义乌市", "义乌"),
        ("福建省泉州市晋江市", "泉州"),
        ("晋江市罗山街道", "晋江"),
    ],
)
def test_other_places_have_the_key_of_their_city(place: str, key: str) -> None:
    assert place_key(place) == key


@pytest.mark.parametrize("place", ["福建省", "福建", "思明区", "", "内蒙古自治区", "（）"])
def test_some_places_name_no_city(place: str) -> None:
    assert not names_a_city(place)


@pytest.mark.parametrize("place", ["厦门", "泉州市", "吉林", "晋江市", "北京市"])
def test_other_places_do(place: str) -> None:
    assert names_a_city(place)


def test_the_table_of_places_is_whole() -> None:
    assert len(PROVINCE_TITLES) == 28
    assert len(CITIES) > 290
    assert {"厦门", "泉州", "漳州", "福州", "深圳", "北京"} <= CITIES
    assert not [city for city in CITIES if city.endswith(("市", "省")) or len(city) < 2]


def test_the_table_of_county_level_cities_is_whole() -> None:
    assert len(COUNTY_CITIES) > 397  # those of today; names and lists keep some that became districts
    assert {"晋江", "石狮", "南安", "福清", "龙海", "义乌", "昆山", "津市", "双河", "仙桃"} <= COUNTY_CITIES
    assert not COUNTY_CITIES & CITIES
    assert not [city for city in sorted(COUNTY_CITIES) if len(city) < 2]
