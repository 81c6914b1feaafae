"""Facts that a correction changed: the same rules over them, frozen with their word, and nothing without one."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from portal.scheme.canonical import corrected_facts, decision_bytes, facts_from_bytes
from portal.scheme.corrected import CONCERNS, FACTS
from portal.scheme.eligibility import RULE_CODES, Decision, decide
from portal.scheme.facts import CorrectedFact, Facts
from portal.scheme.findings import Finding, Outcome, Source, Verdict
from portal.scheme.terms import load_terms
from tests.scheme.invented import facts

TERMS = load_terms("xiamen-2022")
APPROVED_ON = date(2022, 3, 8)


def commit(ref: str, field: str, value: str) -> str:
    """A stand-in for a commitment that can be opened again."""
    return f"{ref}/{field}/{value[::-1]}"


def opened(ref: str, field: str, commitment: str) -> str:
    """Undo `commit`."""
    return commitment.removeprefix(f"{ref}/{field}/")[::-1]


def sealed(ref: str, field: str, value: str) -> str:
    """The stand-in by which the digests below were made."""
    return f"sealed:{ref}:{field}:{len(value)}"


def corrected(fact: str, number: int = 3, which: str | None = None, was: str | None = None) -> CorrectedFact:
    """A correction of this fact."""
    return CorrectedFact(fact, which, number, APPROVED_ON, was)


def with_corrections(*ones: CorrectedFact, **given: Any) -> Facts:
    """The invented case with these corrections."""
    return replace(facts(**given), corrected=tuple(ones))


def finding(decision: Decision, code: str) -> Finding:
    """The finding of one rule."""
    return decision.findings[RULE_CODES.index(code)]


@pytest.mark.parametrize(
    ("case", "digest"),
    [
        (
            facts(
                registered_representative="林知远",
                registered_number="11010519491231002X",
                entries=[
                    {"entry_id": "b", "person": "陈若舟", "number": "3502031979****0015"},
                    {"entry_id": "a", "name": "厦门鹭杉进出口有限公司"},
                ],
            ),
            "29af6f70422ab8b23d9636290504c834ec3b7374a11226e725e63469b4e79a93",
        ),
        (
            facts(exports="6212340.00", place="泉州市", record="absent", declarations=()),
            "d8db8f4cb149da6aadd92ae5dec1fa3b9c291c3df58038f3e714b9c686c65bad",
        ),
    ],
)
def test_a_case_without_a_correction_has_the_bytes_it_had_before_there_were_any(case: Facts, digest: str) -> None:
    data = decision_bytes(case, decide(case, TERMS), sealed)
    assert sha256(data).hexdigest() == digest
    assert "corrected" not in json.loads(data)["facts"]
    assert corrected_facts(data) == ()


def test_a_corrected_total_is_judged_like_any_other_and_names_the_correction() -> None:
    case = with_corrections(corrected("exports", 7, "2021", "6212340.00"), exports="5900000.00")
    decision = decide(case, TERMS)
    assert decision.outcome is Outcome.ELIGIBLE
    assert finding(decision, "exports_within_cap").source == Source("correction", 7)
    assert finding(decision, "exports_above_zero").source == Source("correction", 7)
    assert finding(decision, "registration_active").source == Source("registry", 3)


def test_a_corrected_total_that_is_still_above_the_cap_still_fails() -> None:
    case = with_corrections(corrected("exports", 7, "2021", "6212340.00"), exports="6000000.01")
    assert decide(case, TERMS).failed == ("exports_within_cap",)


def test_every_fact_that_can_be_corrected_concerns_a_rule() -> None:
    assert set(CONCERNS) == set(FACTS)
    assert {code for codes in CONCERNS.values() for code in codes} <= set(RULE_CODES)


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact != "entry_removed"])
def test_only_the_rules_that_use_a_fact_name_its_correction(fact: str) -> None:
    plain = decide(facts(), TERMS)
    decision = decide(with_corrections(corrected(fact, 9)), TERMS)
    for before, after in zip(plain.findings, decision.findings, strict=True):
        if after.code in CONCERNS[fact]:
            assert after == before._replace(source=Source("correction", 9))
        else:
            assert after == before


def test_a_removed_entry_is_the_source_once_nothing_else_stands_against_the_firm() -> None:
    removed = {"entry_id": "4", "uscc": facts().uscc, "removed_on": date(2022, 2, 1)}
    case = with_corrections(corrected("entry_removed", 5, "4"), entries=[removed])
    decision = decide(case, TERMS)
    assert finding(decision, "firm_not_listed").source == Source("correction", 5)
    assert finding(decision, "representative_not_listed").source.kind == "lists"


def test_another_entry_that_still_fails_is_said_by_the_lists() -> None:
    removed = {"entry_id": "4", "uscc": facts().uscc, "removed_on": date(2022, 2, 1)}
    other = {"entry_id": "5", "uscc": facts().uscc}
    found = finding(
        decide(with_corrections(corrected("entry_removed", 5, "4"), entries=[removed, other]), TERMS),
        "firm_not_listed",
    )
    assert (found.verdict, found.source.kind) == (Verdict.FAIL, "lists")


def test_of_two_corrections_of_one_rule_the_newer_one_is_named() -> None:
    case = with_corrections(corrected("name", 4), corrected("company_type", 6))
    assert finding(decide(case, TERMS), "independent_legal_person").source == Source("correction", 6)


def test_a_decision_with_corrections_is_replayed_to_the_same_bytes() -> None:
    case = with_corrections(
        corrected("status", 8, None, "注销"), corrected("exports", 7, "2021", None), exports="1.00"
    )
    data = decision_bytes(case, decide(case, TERMS), commit)
    again = facts_from_bytes(data, opened)
    assert decision_bytes(again, decide(again, TERMS), commit) == data
    assert set(corrected_facts(data)) == set(case.corrected)


def test_the_order_in_which_corrections_were_found_never_changes_the_bytes() -> None:
    one, two = corrected("status", 8), corrected("exports", 7, "2021")
    first, second = with_corrections(one, two), with_corrections(two, one)
    assert decision_bytes(first, decide(first, TERMS), commit) == decision_bytes(
        second, decide(second, TERMS), commit
    )
