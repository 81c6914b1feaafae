"""The canonical bytes of a decision: stable, without sentences, without personal values."""

import json

import pytest

from portal.scheme.canonical import UnreadableDecision, decision_bytes, facts_from_bytes, read_header
from portal.scheme.eligibility import decide
from portal.scheme.facts import Facts
from portal.scheme.terms import load_terms
from tests.scheme.invented import NUMBER, facts

TERMS = load_terms("xiamen-2022")


def _commit(ref: str, field: str, value: str) -> str:
    return f"sealed:{ref}:{field}:{len(value)}"


def _case() -> Facts:
    return facts(
        registered_representative="林知远",
        registered_number="11010519491231002X",
        entries=[
            {"entry_id": "b", "person": "陈若舟", "number": "3502031979****0015"},
            {"entry_id": "a", "name": "厦门鹭杉进出口有限公司"},
        ],
    )


def _stored(case: Facts) -> bytes:
    return decision_bytes(case, decide(case, TERMS), _commit)


def test_bytes_are_sorted_json_without_spaces_in_utf_8_with_their_format() -> None:
    text = _stored(_case()).decode("utf-8")
    content = json.loads(text)
    assert text == json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert content["format"] == 1
    assert "厦门" in text


def test_bytes_hold_commitments_in_place_of_every_personal_value() -> None:
    text = _stored(_case()).decode()
    for personal in ("陈若舟", "林知远", "苏映川", NUMBER, "11010519491231002X", "3502031979", "0015"):
        assert personal not in text
    facts_part = json.loads(text)["facts"]
    assert facts_part["representative"] == {
        "ref": "declared",
        "name": "sealed:declared:name:3",
        "id_number": "sealed:declared:id_number:18",
    }
    assert facts_part["declared_by"]["id_number"] is None
    assert facts_part["registry"]["representative"]["name"] == "sealed:registered:name:3"
    assert facts_part["list_entries"][1]["person"]["id_number"] == "sealed:list-person:id_number:18"


def test_list_entries_are_stored_in_the_order_of_their_ids() -> None:
    stored = json.loads(_stored(_case()))["facts"]["list_entries"]
    assert [entry["entry_id"] for entry in stored] == ["a", "b"]


def test_findings_are_stored_with_code_verdict_value_source_and_article_only() -> None:
    for finding in json.loads(_stored(_case()))["findings"]:
        assert finding.keys() == {"code", "verdict", "value", "source", "article"}


def test_an_erased_person_stops_the_replay_with_the_callers_own_error() -> None:
    class ErasedError(Exception):
        pass

    def refuse(ref: str, field: str, commitment: str) -> str:
        raise ErasedError(ref)

    with pytest.raises(ErasedError, match="declared"):
        facts_from_bytes(_stored(_case()), refuse)


def test_the_header_is_read_without_opening_anything() -> None:
    header = read_header(_stored(_case()))
    assert header.referred == ("firm_not_listed", "representative_not_listed")
    assert header.failed == ()


@pytest.mark.parametrize("data", [b"", b"no json", b"[]", b'{"format":2}', b"\xff\xfe"])
def test_bytes_that_are_no_decision_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDecision):
        read_header(data)
