"""Findings in words: everything for staff, no more than the verdict for the public."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel

from portal.applications.sentences import (
    exporter_sentence,
    public_sentence,
    rule_title,
    sentence,
    short_reason,
    source_text,
)
from portal.scheme.eligibility import PUBLIC_CODES, RULE_CODES, decide
from portal.scheme.findings import Finding, Source, Verdict
from portal.scheme.terms import load_terms
from tests.scheme.invented import NUMBER, USCC, cases, facts

FILES = ("registration.toml", "exports.toml", "lists.toml", "enrolment.toml")


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    app = Flask("portal")
    Babel(app, default_locale="en")
    with app.test_request_context():
        yield


def _finding(code: str, scheme: str = "xiamen-2022", **given: Any) -> Finding:
    return decide(facts(**given), load_terms(scheme)).findings[RULE_CODES.index(code)]


def _said(code: str, **given: Any) -> str:
    return sentence(_finding(code, **given)).replace("\u00a0", " ")


def _all_findings() -> list[Finding]:
    every = [case for file in FILES for case in cases(file)]
    return [_finding(case["rule"], case.get("terms", "xiamen-2022"), **case.get("given", {})) for case in every]


def test_above_the_cap_the_sentence_gives_the_total_the_distance_and_the_cap() -> None:
    assert _said("exports_within_cap", exports="6212340.00").startswith(
        "Exports in 2021 were USD 6,212,340.00, USD 212,340.00 above the cap of USD 6,000,000.00."
    )


def test_at_the_cap_the_sentence_says_exactly() -> None:
    assert _said("exports_within_cap", exports="6000000.00").endswith("exactly at the cap.")


def test_another_city_is_named_beside_the_one_wanted() -> None:
    assert _said("registered_in_municipality", place="泉州") == (
        "The registry has the firm in 泉州, not in Xiamen. It can enrol once it is registered in Xiamen."
    )


def test_a_late_application_says_by_how_many_days() -> None:
    said = _said("within_enrolment_window", applied_on=date(2024, 1, 2), year=2022)
    assert said.startswith("Applied on 2 Jan 2024, 2 days after the programme ended on 31 Dec 2023.")


def test_open_declarations_are_counted() -> None:
    assert _said("declarations_complete", declarations=("contents_true",), declared_by="") == (
        "2 declarations are not ticked: tick them to enrol. The declarations carry no name: say who makes them."
    )


def test_the_registrys_representative_is_told_apart_from_the_declared_one() -> None:
    said = _said("representative_not_listed", registered_representative="林知远", entries=[{"person": "林知远"}])
    assert said.endswith("This is the representative whom the registry names, not the declared one.")


def test_every_case_has_a_sentence_a_tag_and_a_firms_sentence() -> None:
    for finding in _all_findings():
        for text in (sentence(finding), exporter_sentence(finding)):
            assert text.endswith("."), finding
            assert "%(" not in text
            assert "None" not in text
        assert short_reason(finding)


def test_a_pass_and_a_fail_of_one_rule_never_read_alike() -> None:
    said: dict[tuple[str, str], set[Verdict]] = {}
    for finding in _all_findings():
        said.setdefault((finding.code, sentence(finding)), set()).add(finding.verdict)
    assert not [key for key, verdicts in said.items() if len(verdicts) > 1]


def test_the_public_sentence_says_nothing_but_the_verdict() -> None:
    said: dict[tuple[str, Verdict], set[str]] = {}
    for finding in _all_findings():
        if finding.code in PUBLIC_CODES:
            said.setdefault((finding.code, finding.verdict), set()).add(public_sentence(finding))
    assert all(len(sentences) == 1 for sentences in said.values())
    assert not [text for texts in said.values() for text in texts if any(sign.isdigit() for sign in text)]


def test_a_rule_that_is_not_public_has_no_public_sentence() -> None:
    for code in set(RULE_CODES) - set(PUBLIC_CODES):
        with pytest.raises(ValueError, match="not told"):
            public_sentence(_finding(code))


def test_the_firm_hears_of_lists_only_that_there_is_a_question() -> None:
    by_code = exporter_sentence(_finding("firm_not_listed", entries=[{"uscc": USCC}]))
    by_name = exporter_sentence(_finding("firm_not_listed", entries=[{"name": "厦门鹭杉进出口有限公司"}]))
    assert by_code == by_name
    assert by_code.startswith("There is a question")
    by_number = exporter_sentence(
        _finding("representative_not_listed", entries=[{"person": "陈若舟", "number": NUMBER}])
    )
    by_namesake = exporter_sentence(_finding("representative_not_listed", entries=[{"person": "陈若舟"}]))
    assert by_number == by_namesake != by_code


def test_the_firm_hears_its_own_distance() -> None:
    finding = _finding("exports_within_cap", exports="6000000.01")
    assert exporter_sentence(finding) == sentence(finding)


@pytest.mark.parametrize(
    ("code", "given", "tag"),
    [
        ("representative_not_listed", {"entries": [{"person": "陈若舟"}]}, "Same name on a list"),
        ("firm_not_listed", {"entries": [{"name": "厦门鹭杉进出口有限公司"}]}, "Same name key on a list"),
        ("independent_legal_person", {"name": "岚屿陶瓷厂", "type": ""}, "Legal form unclear"),
        ("exports_above_zero", {"exports": "none"}, "No customs record"),
        ("exports_within_cap", {"exports": "none"}, "No customs record"),
        ("registration_active", {"status": "清算"}, "Registration status unclear"),
        ("registered_in_municipality", {"record": "none"}, "No registry record"),
        ("registered_in_municipality", {"record": "absent"}, "Gone from the registry"),
        ("registered_in_municipality", {"place": "福建省"}, "Place of registration unclear"),
        ("exports_within_cap", {"exports": "6000000.01"}, "Above the cap"),
        ("exports_within_cap", {}, "Base-year exports within the cap"),
    ],
)
def test_a_tag_says_what_to_look_at(code: str, given: dict[str, Any], tag: str) -> None:
    assert short_reason(_finding(code, **given)) == tag


def test_every_rule_has_its_own_title() -> None:
    assert len({rule_title(code) for code in RULE_CODES}) == len(RULE_CODES)


def test_a_source_is_named_with_its_version_if_it_has_one() -> None:
    assert source_text(Source("registry", 3)) == "Company registry, version 3"
    assert source_text(Source("declared_unverified", None)) == "Declared by the firm, unverified"
    for kind in ("customs", "lists", "policies", "terms", "application"):
        assert source_text(Source(kind, None))
