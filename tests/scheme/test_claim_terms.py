"""Claim terms: strict to load, dated, cited, and beside those of enrolment, not among them."""

from datetime import date

import pytest

from portal.scheme.cited import Cited
from portal.scheme.claim_terms import (
    LINE_CODES,
    Waiting,
    claim_terms_text,
    load_claim_terms,
    parse_claim_terms,
    worksheet_articles,
)
from portal.scheme.claim_words import Risk
from portal.scheme.indemnity import SOURCES
from portal.scheme.recovery import SOURCES as RECOVERY_SOURCES
from portal.scheme.terms import BeforeFirstTerms, TermsError, UnknownTerms, available_terms, load_terms

TEXT = claim_terms_text("xiamen-2022")
DAY = date(2022, 8, 15)
NOTICE = "[[notice_days]]\nfrom = 2022-01-01\nvalue = "
PERIOD = "[[late_period_days]]\nfrom = 2022-01-01\nvalue = "


@pytest.mark.parametrize("key", available_terms())
def test_every_scheme_has_claim_terms_from_its_first_day(key: str) -> None:
    assert load_claim_terms(key).first_date == load_terms(key).first_date


def test_a_scheme_without_claim_terms_is_named() -> None:
    with pytest.raises(UnknownTerms, match=r"atlantis.*xiamen-2022"):
        load_claim_terms("atlantis")


def test_the_numbers_are_those_of_the_scheme() -> None:
    held = load_claim_terms("xiamen-2022").on(DAY)
    assert (held.notice_days, held.assessment_days, held.payment_days) == (30, 30, 10)
    assert (held.claim_months_after_notice, held.claim_months_after_waiting) == (6, 2)
    assert (held.late_points_per_period, held.late_period_days, held.late_points_most) == (10, 30, 30)
    assert (held.credit_term_months, held.rate_lookback_days) == (12, 7)
    assert held.waiting == {
        Risk.BANKRUPTCY: Waiting(0, False),
        Risk.REJECTION: Waiting(0, True),
        Risk.PROTRACTED_DEFAULT: Waiting(4, False),
        Risk.POLITICAL: Waiting(4, False),
        Risk.LETTER_OF_CREDIT: Waiting(4, False),
    }


def test_only_the_credit_term_is_published() -> None:
    values = load_claim_terms("xiamen-2022").values()
    assert {value.path for value in values if value.provisional is None} == {"credit_term_months"}
    assert all(value.article.startswith("统保方案（厦门，2022–2023）·") for value in values)


@pytest.mark.parametrize("key", ["xiamen-2021", "xiamen-continued"])
def test_nothing_is_settled_outside_the_published_years(key: str) -> None:
    assert all(value.provisional for value in load_claim_terms(key).values())


def test_every_provisional_value_gives_its_reason_in_both_languages() -> None:
    for key in available_terms():
        for value in load_claim_terms(key).provisional:
            assert value.reason.endswith("。")
            assert value.reason_en.endswith(".")


def test_no_parameter_of_claims_shares_its_name_with_one_of_enrolment() -> None:
    for key in available_terms():
        enrolment = {value.path for value in load_terms(key).values()}
        assert not enrolment & {value.path for value in load_claim_terms(key).values()}


def test_a_day_before_the_first_terms_is_an_error() -> None:
    with pytest.raises(BeforeFirstTerms, match="2021-12-31"):
        load_claim_terms("xiamen-2022").on(date(2021, 12, 31))


def test_a_later_value_holds_from_its_day_and_the_earlier_one_before() -> None:
    later = '[[notice_days]]\nfrom = 2023-01-01\nvalue = 45\narticle = "补充通知"\n\n'
    assert f"{NOTICE}30" in TEXT
    at = TEXT.index("# Waiting period from")
    terms = parse_claim_terms(TEXT[:at] + later + TEXT[at:])
    assert [terms.on(day).notice_days for day in (date(2022, 12, 31), date(2023, 1, 1))] == [30, 45]
    assert terms.on(date(2023, 1, 1)).cited("notice_days") == Cited("补充通知", False)
    assert terms.fingerprint != load_claim_terms("xiamen-2022").fingerprint


def test_the_fingerprint_follows_what_the_file_says_not_its_layout() -> None:
    same = parse_claim_terms("# a remark\n" + TEXT.replace("\n\n", "\n\n\n"))
    assert same.fingerprint == load_claim_terms("xiamen-2022").fingerprint


def test_every_line_of_a_worksheet_has_an_article_and_says_whether_it_is_provisional() -> None:
    articles = worksheet_articles(load_terms("xiamen-2022"), load_claim_terms("xiamen-2022").on(DAY), DAY)
    assert {*SOURCES.values(), *RECOVERY_SOURCES.values()} <= articles.keys()
    assert not articles["indemnity_ratio"].provisional
    assert articles["obligor_cap"].provisional
    assert all(articles[code].article for code in LINE_CODES)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('key = "xiamen-2022"', 'key = "xiamen-2022"\ncolour = "red"', "unknown colour"),
        ("[[notice_days]]\nfrom = 2022-01-01", "[[notice_days]]\nfrom = 2022-02-01", "unlike dates"),
        (f"{NOTICE}30", f"{NOTICE}-1", "notice_days, value 1: value: a whole number"),
        ('value = "until_disposal"', 'value = "until_sold"', "whole number"),
        ('value = "worst_only"', 'value = "all"', "all is unknown; known is worst_only"),
        ('value = "carried"', 'value = "lost"', "lost is unknown; known is carried"),
        ('["bank_refusal"]', '["bank_refusal", "bank_refusal"]', "stands twice"),
        ('rounding = "统保方案（厦门，2022–2023）·赔款计算"\n', "", "rounding missing"),
        (f"{PERIOD}30", f"{PERIOD}0", "late_period_days, value 1: value: a period has at least a day"),
        ("# Xiamen", "= nonsense", "not a claim terms file"),
    ],
)
def test_a_claim_terms_file_is_read_strictly(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(TermsError, match=message):
        parse_claim_terms(TEXT.replace(old, new, 1))
