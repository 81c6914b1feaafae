"""What the rulebook tells of a firm without sign-in."""

from dataclasses import replace
from datetime import date

import pytest

from portal.scheme.eligibility import SourceMissing, check_public, decide, public_facts, public_findings
from portal.scheme.facts import Exports, Facts, RegistryRecord, SourceVersions
from portal.scheme.findings import PUBLIC_CODES, RULE_CODES, WITHIN_ENROLMENT_WINDOW, Outcome, Source, Verdict
from portal.scheme.money import Money
from portal.scheme.terms import BeforeFirstTerms, load_terms
from tests.scheme.invented import DAY, USCC, facts

TERMS = load_terms("xiamen-2022")
ALL_SOURCES = SourceVersions(registry=3, customs=2, lists=5)
RECORD = RegistryRecord("厦门鹭杉进出口有限公司", USCC, "有限责任公司", "厦门", "存续", None, absent=False)
OUTSIDE = date(2024, 1, 1)


def exports(total: str) -> Exports:
    return Exports(2021, Money.of(total, "USD"), 1)


def asked(
    registry: RegistryRecord | None = RECORD,
    total: str | None = "1250000.00",
    day: date = DAY,
    sources: SourceVersions = ALL_SOURCES,
    uscc: str = USCC,
) -> Facts:
    return public_facts(uscc, registry, exports(total) if total is not None else None, day, sources)


def verdicts(given: Facts) -> dict[str, Verdict]:
    return {finding.code: finding.verdict for finding in check_public(given, TERMS).findings}


def test_the_public_rules_are_told_in_the_order_of_the_scheme_and_the_others_are_named_as_left_out() -> None:
    check = check_public(asked(), TERMS)
    assert tuple(finding.code for finding in check.findings) == PUBLIC_CODES
    assert check.left_out == (
        "firm_not_listed",
        "representative_not_listed",
        "not_already_enrolled",
        "declarations_complete",
    )
    assert check.outcome is Outcome.ELIGIBLE


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"place": "泉州"},
        {"status": "吊销，未注销"},
        {"exports": "0.00"},
        {"exports": "6000000.00"},
        {"exports": "6000000.01"},
        {"exports": "none"},
        {"record": "absent"},
        {"name": "厦门鹭杉服装厂", "type": "外商投资企业"},
    ],
)
def test_a_verdict_told_without_sign_in_is_the_one_that_a_decision_comes_to(case: dict[str, str]) -> None:
    full = facts(**case)
    given = public_facts(full.uscc, full.registry, full.exports, full.applied_on, full.sources)
    assert check_public(given, TERMS).findings == public_findings(decide(full, TERMS))


@pytest.mark.parametrize(("total", "verdict"), [("6000000.00", Verdict.PASS), ("6000000.01", Verdict.FAIL)])
def test_the_cap_holds_to_the_cent(total: str, verdict: Verdict) -> None:
    assert verdicts(asked(total=total))["exports_within_cap"] is verdict


def test_a_firm_that_nobody_knows_is_referred_by_every_rule_but_the_window() -> None:
    check = check_public(asked(registry=None, total=None), TERMS)
    assert check.outcome is Outcome.REFERRED
    assert {finding.code for finding in check.findings if finding.verdict is Verdict.REFER} == {*PUBLIC_CODES} - {
        WITHIN_ENROLMENT_WINDOW
    }


def test_a_firm_without_a_record_names_the_same_sources_as_one_with_a_record() -> None:
    known = check_public(asked(), TERMS).findings
    unknown = check_public(asked(registry=None, total=None), TERMS).findings
    assert [finding.source for finding in known] == [finding.source for finding in unknown]
    assert known[2].source == Source("registry", 3)


def test_the_code_of_an_individual_business_fails_without_any_record() -> None:
    assert verdicts(asked(registry=None, uscc="92350200MA0TEST010"))["independent_legal_person"] is Verdict.FAIL


@pytest.mark.parametrize("missing", ["registry", "customs", "lists"])
def test_nothing_is_told_while_a_source_is_missing(missing: str) -> None:
    with pytest.raises(SourceMissing) as raised:
        check_public(asked(sources=replace(ALL_SOURCES, **{missing: None})), TERMS)
    assert raised.value.missing == (missing,)


def test_outside_the_window_only_that_is_told_and_no_source_is_needed() -> None:
    given = asked(None, None, OUTSIDE, SourceVersions(None, None, None))
    check = check_public(given, TERMS)
    assert [(finding.code, finding.verdict) for finding in check.findings] == [
        (WITHIN_ENROLMENT_WINDOW, Verdict.FAIL)
    ]
    assert check.outcome is Outcome.INELIGIBLE
    assert check.left_out == tuple(code for code in RULE_CODES if code != WITHIN_ENROLMENT_WINDOW)


def test_outside_the_window_a_firm_above_the_cap_and_one_below_are_told_the_same() -> None:
    answers = []
    for total in ("1.00", "9000000.00"):
        given = public_facts(USCC, RECORD, Exports(2022, Money.of(total, "USD"), 1), OUTSIDE, ALL_SOURCES)
        answers.append(check_public(given, TERMS))
    assert answers[0] == answers[1]


def test_a_day_before_the_first_terms_is_an_error() -> None:
    with pytest.raises(BeforeFirstTerms):
        check_public(asked(total=None, day=date(2021, 12, 31)), TERMS)


def test_exports_of_another_year_than_the_base_year_are_an_error() -> None:
    with pytest.raises(ValueError, match="base year is 2022"):
        check_public(asked(day=date(2023, 3, 1)), TERMS)
