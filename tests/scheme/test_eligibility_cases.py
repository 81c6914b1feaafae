"""Every case of the case files, and what holds for a decision as a whole."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from portal.scheme.eligibility import (
    PUBLIC_CODES,
    RULE_CODES,
    RULEBOOKS,
    RULES_VERSION,
    SourceMissing,
    decide,
    missing_sources,
    public_findings,
)
from portal.scheme.facts import Exports, SourceVersions
from portal.scheme.findings import Finding, Outcome, Source, Verdict
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.terms import BeforeFirstTerms, load_terms
from tests.scheme.invented import NUMBER, cases, facts

TERMS = load_terms("xiamen-2022")
FILES = ("registration.toml", "exports.toml", "lists.toml", "enrolment.toml")
ALL_CASES = [case for file in FILES for case in cases(file)]


def _finding(code: str, **given: Any) -> Finding:
    return next(finding for finding in decide(facts(**given), TERMS).findings if finding.code == code)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case['rule']}: {case['name']}")
def test_a_rule_answers_as_its_case_says(case: dict[str, Any]) -> None:
    decision = decide(facts(**case.get("given", {})), load_terms(case.get("terms", "xiamen-2022")))
    finding = decision.findings[RULE_CODES.index(case["rule"])]

    assert finding.code == case["rule"]
    assert finding.verdict == case["verdict"]
    for name, wanted in case.get("value", {}).items():
        assert finding.value[name] == (None if wanted == "" else wanted), name
    if "source" in case:
        assert finding.source.kind == case["source"]


def test_every_rule_has_cases_for_every_verdict_it_can_give() -> None:
    covered = {(case["rule"], case["verdict"]) for case in ALL_CASES}
    never_refer = {"not_already_enrolled", "within_enrolment_window", "declarations_complete"}
    wanted = {
        (code, verdict.value)
        for code in RULE_CODES
        for verdict in Verdict
        if verdict is not Verdict.REFER or code not in never_refer
    }
    assert wanted <= covered


def test_the_invented_number_is_the_one_the_case_file_names() -> None:
    assert NUMBER == "350203197908160015"


def test_a_firm_that_passes_every_rule_is_eligible() -> None:
    decision = decide(facts(), TERMS)
    assert decision.outcome is Outcome.ELIGIBLE
    assert (decision.failed, decision.referred) == ((), ())
    assert decision.terms_fingerprint == TERMS.fingerprint


def test_every_rule_answers_once_in_the_order_of_the_scheme_even_when_all_is_wrong() -> None:
    decision = decide(
        facts(record="none", exports="none", declarations=(), live_policy="P1", declared_name="岚屿分行"), TERMS
    )
    assert tuple(finding.code for finding in decision.findings) == RULE_CODES
    assert decision.outcome is Outcome.INELIGIBLE
    assert decision.failed == ("independent_legal_person", "not_already_enrolled", "declarations_complete")
    assert decision.referred == (
        "registered_in_municipality",
        "registration_active",
        "exports_above_zero",
        "exports_within_cap",
    )


def test_one_referral_refers_and_a_failure_outweighs_it() -> None:
    assert decide(facts(exports="none"), TERMS).outcome is Outcome.REFERRED
    assert decide(facts(exports="none", live_policy="P1"), TERMS).outcome is Outcome.INELIGIBLE


def test_every_finding_names_its_source_its_version_and_its_article() -> None:
    decision = decide(facts(), TERMS)
    sources = [finding.source for finding in decision.findings]
    assert sources == [
        *[Source("registry", 3)] * 3,
        *[Source("customs", 2)] * 2,
        *[Source("lists", 5)] * 2,
        Source("policies", None),
        Source("application", None),
        Source("declared_unverified", None),
    ]
    assert [finding.article.rsplit("·", 1)[1] for finding in decision.findings] == [
        *["参保条件一"] * 3,
        *["参保条件二"] * 2,
        *["参保条件三"] * 2,
        "保单期间",
        "参保期限",
        "保障范围",
    ]


def test_findings_hold_no_personal_value() -> None:
    decision = decide(
        facts(
            registered_representative="林知远",
            entries=[{"person": "陈若舟", "number": NUMBER}, {"person": "林知远", "entry_id": "e2"}],
        ),
        TERMS,
    )
    written = repr(decision.findings)
    for personal in ("陈若舟", "林知远", "苏映川", NUMBER):
        assert personal not in written


def test_without_a_source_nothing_is_decided() -> None:
    assert missing_sources(SourceVersions(None, 1, None)) == ("registry", "lists")
    assert missing_sources(SourceVersions(1, 1, 1)) == ()
    with pytest.raises(SourceMissing, match="customs") as raised:
        decide(replace(facts(), sources=SourceVersions(1, None, 1)), TERMS)
    assert raised.value.missing == ("customs",)


def test_a_day_before_the_first_terms_is_an_error_that_names_both_days() -> None:
    with pytest.raises(BeforeFirstTerms, match=r"xiamen-2022 .*2021-12-31.*2022-01-01"):
        decide(facts(applied_on=date(2021, 12, 31)), TERMS)


def test_facts_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="before the application"):
        decide(facts(judged_on=date(2022, 2, 28)), TERMS)
    with pytest.raises(ValueError, match="the base year is 2021"):
        decide(facts(year=2020), TERMS)
    with pytest.raises(CurrencyMismatch):
        decide(replace(facts(), exports=Exports(2021, Money.of("1.00", "EUR"), 1)), TERMS)
    with pytest.raises(ValueError, match="below zero"):
        facts(exports="-0.01")
    with pytest.raises(ValueError, match="0 lines"):
        Exports(2021, Money.of("1.00", "USD"), 0)


def test_the_present_rules_stay_callable_by_their_version() -> None:
    assert RULEBOOKS[RULES_VERSION](facts(), TERMS) == decide(facts(), TERMS)
    assert decide(facts(), TERMS).rules_version == RULES_VERSION


def test_without_sign_in_only_registry_export_and_window_rules_are_told() -> None:
    told = public_findings(decide(facts(), TERMS))
    assert tuple(finding.code for finding in told) == PUBLIC_CODES
    assert len(PUBLIC_CODES) == 6


def test_outside_the_window_only_the_window_is_told() -> None:
    told = public_findings(decide(facts(applied_on=date(2024, 1, 1), year=2022), TERMS))
    assert [finding.code for finding in told] == ["within_enrolment_window"]


def test_a_legal_form_is_judged_by_what_the_registry_says_of_type() -> None:
    assert _finding("independent_legal_person").value["type"] == "有限责任公司"
