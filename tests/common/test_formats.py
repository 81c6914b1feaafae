"""How values are written for people, in both languages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from portal.common import formats


@dataclass(frozen=True)
class Amount:
    minor: int
    currency: str


@contextmanager
def reading_in(language: str, path: str = "/") -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, locale_selector=lambda: language)
    formats.register(app)
    app.add_url_rule("/firms/<uscc>", "firms", lambda uscc: uscc)
    with app.test_request_context(path):
        yield


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (5_000_000, "USD", "USD\u00a050,000.00"),
        (-900_000, "USD", "USD\u00a0\u22129,000.00"),
        (1, "USD", "USD\u00a00.01"),
        (123_400, "JPY", "JPY\u00a01,234"),
        (123_450, "JPY", "JPY\u00a01,234.50"),  # half a yen, after a share of it
        (600_000_001, "CNY", "CNY\u00a06,000,000.01"),
    ],
)
def test_an_amount_shows_its_currency_its_thousands_and_a_real_minus(
    minor: int, currency: str, written: str
) -> None:
    assert formats.money(minor, currency) == written
    assert formats.money(Amount(minor, currency)) == written


def test_a_money_object_keeps_its_own_currency_whatever_the_default() -> None:
    assert formats.amount(Amount(123_400, "JPY"), "USD") == "1,234"


def test_a_float_is_refused_as_an_amount() -> None:
    with pytest.raises(TypeError, match="float"):
        formats.amount(8000.0)  # type: ignore[arg-type]  # the refusal is what is tested


def test_what_a_source_does_not_have_is_a_dash() -> None:
    written = [f(None) for f in (formats.money, formats.amount, formats.day, formats.moment, formats.count_text)]
    assert {*written, formats.percent(None), str(formats.masked(None))} == {"—"}


def test_days_are_iso_in_chinese_and_unbreakable_words_in_english() -> None:
    with reading_in("zh_Hans_CN"):
        assert (formats.day(date(2023, 2, 8)), formats.short_day(date(2023, 2, 8))) == ("2023-02-08", "02-08")
    with reading_in("en"):
        assert formats.day(date(2023, 2, 8)) == "8\u00a0Feb\u00a02023"
        assert formats.short_day(date(2023, 2, 8)) == "8\u00a0Feb"


def test_a_moment_is_told_by_the_clock_in_shanghai() -> None:
    late_in_london = datetime(2022, 5, 22, 20, 30, tzinfo=UTC)
    with reading_in("zh_Hans_CN"):
        assert formats.moment(late_in_london) == "2022-05-23\u00a004:30"
        assert formats.day(late_in_london) == "2022-05-23"
        assert formats.clock_time(late_in_london) == "04:30"
    with reading_in("en"):
        assert formats.moment(late_in_london) == "23\u00a0May\u00a02022\u00a004:30"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        formats.moment(datetime(2022, 5, 23, 4, 30, tzinfo=UTC).replace(tzinfo=None))


def test_days_count_from_today_back_and_never_forward() -> None:
    with reading_in("en"):
        today = date(2022, 5, 18)
        assert formats.days_ago(date(2022, 5, 18), today) == "today"
        assert formats.days_ago(date(2022, 5, 17), today) == "1\u00a0day\u00a0ago"
        assert formats.days_ago(date(2022, 5, 9), today) == "9\u00a0days\u00a0ago"
        with pytest.raises(ValueError, match="later"):
            formats.days_ago(date(2022, 5, 19), today)


def test_a_share_is_rounded_half_up_and_spaced_as_each_language_has_it() -> None:
    with reading_in("zh_Hans_CN"):
        assert formats.percent(Decimal("0.6875"), 1) == "68.8\u00a0%"
        assert formats.percent(Decimal("0.8"), 0) == "80\u00a0%"
    with reading_in("en"):
        assert formats.percent(Decimal("0.80"), 0) == "80%"
        assert formats.percent(Decimal("-0.05")) == "\u22125.0%"


def test_ten_thousands_are_named_on_chinese_axes_only() -> None:
    with reading_in("zh_Hans_CN"):
        assert [formats.axis_number(n) for n in (0, 3000, 1_800_000)] == ["0", "3,000", "180\u00a0万"]
    with reading_in("en"):
        assert formats.axis_number(1_800_000) == "1,800,000"


def test_a_date_in_a_sentence_stays_on_one_line_and_its_words_stay_text() -> None:
    assert formats.unbroken("<b> 2026-11-30 14:32 最迟") == (
        '&lt;b&gt; <span class="text-nowrap">2026-11-30 14:32</span> 最迟'
    )
    kept = Markup('<a href="/my/claims/C2026-00019">C2026-00019</a>')
    assert formats.unbroken(kept) == (
        '<a href="/my/claims/C2026-00019"><span class="text-nowrap">C2026-00019</span></a>'
    )
    assert formats.unbroken(None) == ""


def test_only_the_differing_characters_of_a_name_are_marked() -> None:
    assert formats.mark_differences("厦门澄屿工贸有限公司", "厦门市澄屿工贸有限责任公司") == (
        '厦门<mark class="tb-differs">市</mark>澄屿工贸有限<mark class="tb-differs">责任</mark>公司'
    )


def test_a_missing_character_is_shown_and_named() -> None:
    with reading_in("en"):
        marked = formats.mark_differences("厦门市华兴", "厦门华兴")
    assert marked == (
        '厦门<mark class="tb-differs tb-missing"><span class="visually-hidden">missing: 市</span></mark>华兴'
    )


def test_masked_characters_differ_from_nothing() -> None:
    marked = formats.mark_differences("350203197908160012", "3502031979****0012")
    assert marked == '3502031979<span class="tb-masked">****</span>0012'


def test_a_digit_that_differs_beside_a_mask_is_still_marked() -> None:
    marked = formats.mark_differences("350203197908160012", "3502031978****0012")
    assert marked == ('350203197<mark class="tb-differs">8</mark><span class="tb-masked">****</span>0012')


@given(st.text(max_size=30), st.text(max_size=30))
def test_marking_shows_every_character_of_the_other_text_and_lets_no_markup_in(left: str, right: str) -> None:
    with reading_in("en"):
        marked = formats.mark_differences(left, right)
    shown = marked
    while "tb-missing" in shown:
        start = shown.index('<mark class="tb-differs tb-missing">')
        end = shown.index("</span></mark>", start) + len("</span></mark>")
        shown = shown[:start] + shown[end:]
    for tag in ('<mark class="tb-differs">', "</mark>", '<span class="tb-masked">', "</span>"):
        shown = type(shown)(str(shown).replace(tag, ""))
    assert str(shown) == str(escape(right))


def test_markup_in_a_name_stays_text() -> None:
    assert "<b>" not in formats.mark_differences("厦门", "厦门<b>&</b>")
    assert formats.masked("<i>") == "&lt;i&gt;"


def test_the_address_keeps_its_filters_when_one_value_changes() -> None:
    with reading_in("en", "/firms/9135?q=%E5%8E%A6%E9%97%A8&page=3&sort=name"):
        assert formats.url_with(page=None, sort="-name") == "/firms/9135?q=厦门&sort=-name".replace(
            "厦门", "%E5%8E%A6%E9%97%A8"
        )


def test_an_address_cannot_be_steered_to_another_host() -> None:
    with reading_in("en", "/firms/9135?_external=1&_scheme=gopher&_anchor=x"):
        assert formats.url_with(page=2) == "/firms/9135?page=2"


def test_chinese_words_on_an_english_page_say_so_and_markup_around_them_stays() -> None:
    article = "统保方案（厦门，延续）·参保条件一"
    with reading_in("en"):
        assert formats.chinese(article) == f'<span lang="zh-Hans">{article}</span>'
        assert formats.chinese("The registry has the firm in 泉州, not in Xiamen.") == (
            'The registry has the firm in <span lang="zh-Hans">泉州</span>, not in Xiamen.'
        )
        assert formats.chinese(Markup('<a title="厦门">A&amp;B</a>')) == '<a title="厦门">A&amp;B</a>'
        assert formats.chinese("<b>厦") == '&lt;b&gt;<span lang="zh-Hans">厦</span>'
        said = "把报关单算错了，附“样本”。"
        assert formats.chinese(said) == f'<span lang="zh-Hans">{said}</span>'
        assert formats.chinese(None) == ""
    with reading_in("zh"):
        assert formats.chinese(article) == article
