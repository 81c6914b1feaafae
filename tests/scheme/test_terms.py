"""Terms files: strict to load, dated, and changed only on purpose."""

import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.findings import RULE_CODES
from portal.scheme.money import Money
from portal.scheme.terms import (
    AfterCrossingCap,
    BeforeFirstTerms,
    CoverStarts,
    TermsError,
    UnknownTerms,
    available_terms,
    load_terms,
    parse_terms,
    terms_text,
)

SNAPSHOT = Path(__file__).with_name("terms_fingerprints.toml")
TEXT = terms_text("xiamen-2022")


def test_terms_change_only_on_purpose() -> None:
    present: dict[str, object] = {key: load_terms(key).fingerprint for key in available_terms()}
    present["claims"] = {key: load_claim_terms(key).fingerprint for key in available_terms()}
    kept = tomllib.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert present == kept, (
        "terms changed: stored decisions keep theirs; if meant, write the new fingerprints down"
    )


def test_three_schemes_ship() -> None:
    assert available_terms() == ("xiamen-2021", "xiamen-2022", "xiamen-continued")
    with pytest.raises(UnknownTerms, match=r"atlantis.*xiamen-2022"):
        load_terms("atlantis")
    with pytest.raises(UnknownTerms):
        terms_text("../terms/xiamen-2022")


def test_the_published_terms_on_a_day_of_2022() -> None:
    terms = load_terms("xiamen-2022")
    held = terms.on(date(2022, 3, 1))
    assert (terms.city, terms.city_en, terms.currency, terms.first_date) == (
        "厦门",
        "Xiamen",
        "USD",
        date(2022, 1, 1),
    )
    assert (held.policy_year, held.base_year) == (2022, 2021)
    assert (held.period_start, held.period_end) == (date(2022, 1, 1), date(2022, 12, 31))
    assert (held.window_start, held.window_end) == (date(2022, 1, 1), date(2022, 12, 31))
    assert held.programme_end == date(2023, 12, 31)
    assert held.cap == Money.of("6000000.00", "USD")
    assert held.obligor_cap == Money.of("50000.00", "USD")
    assert (held.indemnity_ratio, held.premium_rate) == (Decimal("0.80"), Decimal("0.0004"))
    assert len(held.declarations) == 3


def test_the_base_year_of_2022_is_published_and_that_of_2023_is_not() -> None:
    terms = load_terms("xiamen-2022")
    paths_2022 = {value.path for value in terms.on(date(2022, 12, 31)).provisional}
    held_2023 = terms.on(date(2023, 1, 1))
    assert "base_year_lag" not in paths_2022
    assert "base_year_lag" in {value.path for value in held_2023.provisional}
    assert (held_2023.policy_year, held_2023.base_year) == (2023, 2022)
    assert not {"export_cap", "indemnity_ratio", "programme_end"} & paths_2022


@pytest.mark.parametrize("key", ["xiamen-2021", "xiamen-2022", "xiamen-continued"])
def test_when_cover_starts_and_whether_it_continues_are_provisional(key: str) -> None:
    terms = load_terms(key)
    held = terms.on(terms.first_date)
    assert held.cover_starts is CoverStarts.DAY_OF_ISSUE
    assert held.after_crossing_cap is AfterCrossingCap.CONTINUES
    assert {"cover_starts", "after_crossing_cap"} <= {value.path for value in held.provisional}


def test_the_cap_before_2022_was_lower() -> None:
    held = load_terms("xiamen-2021").on(date(2021, 7, 1))
    assert held.cap == Money.of("3000000.00", "USD")
    assert "programme_end" in {value.path for value in held.provisional}


def test_the_continued_scheme_has_no_end_and_nothing_in_it_is_settled() -> None:
    terms = load_terms("xiamen-continued")
    held = terms.on(date(2031, 5, 4))
    assert (held.policy_year, held.base_year, held.programme_end) == (2031, 2030, None)
    assert (held.window_start, held.window_end) == (date(2031, 1, 1), date(2031, 12, 31))
    assert all(value.provisional for value in terms.values())


def test_the_last_day_that_a_calendar_has_is_a_day_like_others() -> None:
    terms = load_terms("xiamen-continued")
    assert (terms.on(date.max).policy_year, terms.on(date.max).period_end) == (9999, date.max)
    summer = parse_terms(terms_text("xiamen-continued").replace('"01-01"', '"07-01"'))
    assert summer.on(date.max).period_start == date(9999, 7, 1)


def test_terms_may_be_a_key() -> None:
    assert {load_terms("xiamen-2022"): 1}[parse_terms(TEXT)] == 1


def test_what_is_kept_of_days_asked_for_stays_bounded() -> None:
    terms = parse_terms(terms_text("xiamen-continued"))
    for days in range(10_000):
        terms.on(date(2024, 1, 1) + timedelta(days=days))
    assert len(terms._resolved) <= 4096


def test_every_provisional_value_gives_its_reason_in_both_languages() -> None:
    for key in available_terms():
        for value in load_terms(key).provisional:
            assert value.reason.endswith("。")
            assert value.reason_en.endswith(".")


def test_a_day_before_the_first_terms_is_an_error_that_names_scheme_and_both_days() -> None:
    with pytest.raises(BeforeFirstTerms) as raised:
        load_terms("xiamen-2022").on(date(2021, 12, 31))
    assert str(raised.value) == "xiamen-2022 has no terms on 2021-12-31: its first terms are of 2022-01-01"
    assert (raised.value.asked, raised.value.first_date) == (date(2021, 12, 31), date(2022, 1, 1))


def test_after_the_programmes_end_the_last_policy_year_stands() -> None:
    terms = load_terms("xiamen-2022")
    assert terms.on(date(2025, 6, 1)) == terms.on(date(2023, 12, 31))


def test_every_day_of_a_programme_lies_in_its_own_policy_year_and_years_follow_without_a_hole() -> None:
    terms, day = load_terms("xiamen-2022"), date(2022, 1, 1)
    while day <= date(2023, 12, 31):
        held = terms.on(day)
        assert held.period_start <= day <= held.period_end
        assert terms.on(held.period_end).policy_year == held.policy_year
        day += timedelta(days=1)


def test_every_rule_has_an_article_and_only_rules_have() -> None:
    held = load_terms("xiamen-2022").on(date(2022, 3, 1))
    assert all(held.article(code).startswith("统保方案（厦门，2022–2023）·") for code in RULE_CODES)
    with pytest.raises(KeyError):
        held.article("mood")


def test_all_values_are_listed_with_date_article_and_reason() -> None:
    values = load_terms("xiamen-2022").values()
    caps = [value for value in values if value.path == "export_cap"]
    assert [(cap.starts_on, cap.value, cap.provisional) for cap in caps] == [
        (date(2022, 1, 1), "6000000.00", None)
    ]
    assert all(value.article for value in values)
    assert len([value for value in values if value.path == "base_year_lag"]) == 2


def test_the_fingerprint_follows_what_the_file_says_not_its_layout() -> None:
    same = parse_terms("# a remark\n" + TEXT.replace("\n\n", "\n\n\n"))
    other = parse_terms(TEXT.replace('"6000000.00"', '"6000000.01"'))
    assert same.fingerprint == load_terms("xiamen-2022").fingerprint != other.fingerprint


def test_a_policy_year_may_begin_in_the_middle_of_a_calendar_year() -> None:
    text = TEXT.replace('"01-01"', '"07-01"').replace('"12-31"', '"09-30"')
    terms = parse_terms(text)
    held = terms.on(date(2022, 8, 1))
    assert (held.policy_year, held.period_start, held.period_end) == (2022, date(2022, 7, 1), date(2023, 6, 30))
    assert (held.window_start, held.window_end) == (date(2022, 7, 1), date(2022, 9, 30))
    first = terms.on(date(2022, 2, 1))
    assert (first.policy_year, first.period_start, first.period_end) == (2021, date(2022, 1, 1), date(2022, 6, 30))
    assert terms.on(date(2023, 8, 1)).period_end == date(2023, 12, 31)


def _replaced(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


CAP = '[[export_cap]]\nfrom = 2022-01-01\nvalue = "6000000.00"\narticle = "统保方案（厦门，2022–2023）·参保条件二"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_replaced('currency = "USD"', 'currency = "USD"\ncolour = "red"'), "unknown colour"),
        (_replaced('currency = "USD"\n', ""), "currency missing"),
        (_replaced('currency = "USD"', 'currency = "dollars"'), "no currency code"),
        (_replaced(CAP, CAP.rsplit("\n", 1)[0]), "export_cap, value 1: article missing"),
        (_replaced(CAP, CAP + "\nnote = 1"), "export_cap, value 1: unknown note"),
        (_replaced(CAP, CAP + "\n\n" + CAP), "does not come after"),
        (_replaced(CAP, CAP.replace('"6000000.00"', "6000000.0")), "a text is wanted"),
        (_replaced(CAP, CAP.replace("6000000.00", "6e6")), "no amount"),
        (_replaced(CAP, CAP.replace("6000000.00", "-1.00")), "below zero"),
        (_replaced(CAP, CAP.replace("2022-01-01", '"2022-01-01"')), "a date is wanted"),
        (_replaced(CAP, CAP.replace("2022-01-01", "2022-02-01")), "unlike dates"),
        (
            _replaced(CAP, "").replace('currency = "USD"', 'currency = "USD"\nexport_cap = []'),
            "array of dated values",
        ),
        (_replaced('value = "12-31"', 'value = "02-29"'), "no day of every year"),
        (_replaced('value = "12-31"', 'value = "Dec 31"'), "month and day"),
        (_replaced('value = "0.80"', 'value = "80"'), "more than the whole"),
        (_replaced("value = 1\n", "value = -1\n"), "whole number"),
        (_replaced("value = 2023-12-31", 'value = "never"'), "a date is wanted"),
        (_replaced('"contents_true"]', '"own_contracts_and_goods"]'), "stands twice"),
        (
            _replaced("[articles]\nregistered_in_municipality = ", "[articles]\nregistered = "),
            "unknown registered",
        ),
        (_replaced('en = "Xiamen"\n', ""), "en missing"),
        (
            _replaced('value = "day_of_issue"', 'value = "day_of_application"'),
            "cover_starts, value 1: value: day_of_application is unknown; known is day_of_issue",
        ),
        (_replaced('value = "day_of_issue"', "value = 1"), "cover_starts, value 1: value: a text is wanted"),
        (
            _replaced('value = "continues"', 'value = "ends"'),
            "after_crossing_cap, value 1: value: ends is unknown; known is continues",
        ),
        ("= nonsense", "not a terms file"),
    ],
)
def test_a_terms_file_is_read_strictly(text: str, message: str) -> None:
    with pytest.raises(TermsError, match=message):
        parse_terms(text)
