"""The policy as a document: what it says, and that its words keep to their version."""

from datetime import date
from hashlib import sha256

import pytest

from portal.policies import wording
from portal.policies.document import document_of, examples
from portal.policies.records import Policy
from portal.scheme.terms import available_terms, load_terms
from tests.policies.papers import a_policy

# Whoever changes a word of the policy gives wording.VERSION the next number, and writes the new hash here.
WORDS = ("2", "0241ecd35bbf86971ded0256380f4888e548506b894f6d09681b60475d9309db")


# The fingerprint of the first version's document of the invented policy: firms have acknowledged such documents.
FIRST_DOCUMENT = "f39151b6e49779d94d7af8f05c07335d9e1f39420c1517f897ef4e743fd36454"


def words() -> str:
    """Everything wording.py says, in one text."""
    return repr([(name, getattr(wording, name)) for name in sorted(vars(wording)) if name.isupper()])


def test_the_words_of_the_policy_keep_to_their_version() -> None:
    assert (wording.VERSION, sha256(words().encode()).hexdigest()) == WORDS


def test_what_was_acknowledged_in_the_first_version_keeps_every_word_of_it() -> None:
    acknowledged = a_policy()
    acknowledged.document_version, acknowledged.acknowledged_on = "1", date(2022, 5, 24)
    on_paper = a_policy()
    on_paper.acknowledged_on = date(2022, 5, 24)
    terms = load_terms("xiamen-2022")
    assert document_of(acknowledged, terms).fingerprint == FIRST_DOCUMENT
    assert document_of(on_paper, terms).fingerprint == FIRST_DOCUMENT
    assert document_of(a_policy(), terms).version == wording.VERSION
    assert "go to the desk" in document_of(acknowledged, terms).en.trouble[1]
    assert "on this site at once" in document_of(a_policy(), terms).en.trouble[1]


@pytest.mark.parametrize("key", available_terms())
def test_the_example_reckons_the_share_first_and_then_the_cap(key: str) -> None:
    terms = load_terms(key)
    small, exact, large = examples(terms.on(terms.first_date))
    assert (small.loss, small.paid, small.borne) == ("10,000.00", "8,000.00", "2,000.00")
    assert (exact.loss, exact.share, exact.paid) == ("62,500.00", "50,000.00", "50,000.00")
    assert (large.loss, large.share, large.paid, large.borne) == (
        "100,000.00",
        "80,000.00",
        "50,000.00",
        "50,000.00",
    )


def test_both_languages_say_the_same_number_of_things() -> None:
    document = document_of(a_policy(), load_terms("xiamen-2022"))
    assert len(document.zh.exclusions) == len(document.en.exclusions) == len(wording.EXCLUSIONS)
    assert len(document.zh.trouble) == len(document.en.trouble) == 3
    assert document.zh.covered == "2022-05-23 至 2022-12-31"
    assert document.en.covered == "23\xa0May\xa02022 to 31\xa0Dec\xa02022"
    assert "80\xa0%" in document.zh.order
    assert "80% of the loss" in document.en.order


def test_the_same_policy_gives_the_same_fingerprint_and_any_change_another() -> None:
    terms = load_terms("xiamen-2022")
    first = document_of(a_policy(), terms).fingerprint
    assert document_of(a_policy(), terms).fingerprint == first
    assert document_of(a_policy(firm_name="厦门别名示例有限公司"), terms).fingerprint != first
    assert document_of(a_policy(), load_terms("xiamen-2022")).canonical.encode()[:1] == b"{"


def test_neither_exports_nor_premium_stand_in_the_document() -> None:
    policy = a_policy()
    text = document_of(policy, load_terms("xiamen-2022")).canonical
    assert policy.exports_minor == 128_640_000
    for told in ("1286400", "1,286,400", "514.56", "0.0004", "0.04", "premium", "保费"):
        assert told not in text, told


def test_a_policy_that_covers_the_whole_year_says_that_there_is_no_gap() -> None:
    policy: Policy = a_policy(starts="2022-01-01")
    document = document_of(policy, load_terms("xiamen-2022"))
    assert (document.zh.uncovered, document.zh.why_gap) == (wording.NO_GAP.zh, None)
