"""A decision as bytes: what is frozen, and what a replay must give again, byte for byte.

JSON in UTF-8 with sorted keys and no spaces. It holds facts, findings, and by which rules and terms; no
sentences, and in place of every personal value a commitment that only the keeper of that person's key can
open. List entries, declarations and corrections are stored in sorted order, so that the order in which they were
found never changes the bytes. A case without any correction has no word of corrections in its bytes.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from portal.scheme.eligibility import Decision
from portal.scheme.facts import CorrectedFact, Exports, Facts, ListEntry, Person, RegistryRecord, SourceVersions
from portal.scheme.findings import Finding, Outcome
from portal.scheme.money import Money

FORMAT = 1
"""Version of this layout. A change of layout gets a new number, and the old one stays readable."""

Commit = Callable[[str, str, str], str]
"""``(person's ref, field, value) -> commitment``; ``field`` is ``name`` or ``id_number``."""
OpenValue = Callable[[str, str, str], str]
"""``(person's ref, field, commitment) -> value``; may raise when the person is erased."""


class UnreadableDecision(ValueError):
    """The bytes are no decision of a known layout."""


class DecisionHeader(NamedTuple):
    """What a stored decision says without opening any personal value."""

    rules_version: str
    terms_fingerprint: str
    outcome: Outcome
    failed: tuple[str, ...]
    referred: tuple[str, ...]


def decision_bytes(facts: Facts, decision: Decision, commit: Commit) -> bytes:
    """The canonical bytes of a decision on ``facts``; ``commit`` gives the same for the same arguments."""
    return _dump(
        {
            "format": FORMAT,
            "rules": decision.rules_version,
            "terms": decision.terms_fingerprint,
            "outcome": decision.outcome.value,
            "findings": [_finding(finding) for finding in decision.findings],
            "facts": _facts(facts, commit),
        }
    ).encode()


def read_header(data: bytes) -> DecisionHeader:
    """The outcome, and by which rules and terms; :class:`UnreadableDecision` for other bytes."""
    content = _load(data)
    verdicts = [(finding["code"], finding["verdict"]) for finding in content["findings"]]
    return DecisionHeader(
        rules_version=content["rules"],
        terms_fingerprint=content["terms"],
        outcome=Outcome(content["outcome"]),
        failed=tuple(code for code, verdict in verdicts if verdict == "fail"),
        referred=tuple(code for code, verdict in verdicts if verdict == "refer"),
    )


def rest_on_same_facts(data: bytes, other: bytes) -> bool:
    """Whether two stored decisions rest on the same facts, whatever the day judged and the versions looked at.

    Raises :class:`UnreadableDecision`. No personal value is opened: the same one has the same commitment.
    """
    known, new = (_load(one)["facts"] for one in (data, other))
    return {**known, "judged_on": None, "sources": None} == {**new, "judged_on": None, "sources": None}


def facts_from_bytes(data: bytes, open_value: OpenValue) -> Facts:
    """The facts of a stored decision, to decide them again.

    What ``open_value`` raises for an erased person comes through; :class:`UnreadableDecision` if the bytes
    are no decision.
    """
    raw = _load(data)["facts"]
    registry, exports = raw["registry"], raw["exports"]
    return Facts(
        uscc=raw["uscc"],
        declared_name=raw["declared_name"],
        representative=_opened(raw["representative"], open_value),
        registry=None
        if registry is None
        else RegistryRecord(
            name=registry["name"],
            uscc=registry["uscc"],
            company_type=registry["company_type"],
            place=registry["place"],
            status=registry["status"],
            representative=_opened_if_any(registry["representative"], open_value),
            absent=registry["absent"],
        ),
        exports=None
        if exports is None
        else Exports(exports["year"], Money.of(exports["total"], exports["currency"]), exports["lines"]),
        list_entries=tuple(_entry_from(entry, open_value) for entry in raw["list_entries"]),
        live_policy=raw["live_policy"],
        declared_by=_opened_if_any(raw["declared_by"], open_value),
        declarations=tuple(raw["declarations"]),
        applied_on=date.fromisoformat(raw["applied_on"]),
        judged_on=date.fromisoformat(raw["judged_on"]),
        sources=SourceVersions(**raw["sources"]),
        corrected=tuple(_corrected_from(one) for one in raw.get("corrected", ())),
    )


def _dump(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


# What json gives back is untyped; the layout is checked by its format number and by the bytes of a replay.
def _load(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except ValueError as error:
        raise UnreadableDecision("the bytes are no JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UnreadableDecision(f"the bytes are no decision of format {FORMAT}")
    return content


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "verdict": finding.verdict.value,
        "value": finding.value,
        "source": {"kind": finding.source.kind, "version": finding.source.version},
        "article": finding.article,
    }


def _facts(facts: Facts, commit: Commit) -> dict[str, object]:
    registry, exports, sources = facts.registry, facts.exports, facts.sources
    return {
        "uscc": facts.uscc,
        "declared_name": facts.declared_name,
        "representative": _sealed(facts.representative, commit),
        "registry": registry
        and {
            "name": registry.name,
            "uscc": registry.uscc,
            "company_type": registry.company_type,
            "place": registry.place,
            "status": registry.status,
            "representative": _sealed(registry.representative, commit),
            "absent": registry.absent,
        },
        "exports": exports
        and {
            "year": exports.year,
            "total": exports.total.text,
            "currency": exports.total.currency,
            "lines": exports.lines,
        },
        "list_entries": sorted((_entry(entry, commit) for entry in facts.list_entries), key=_entry_order),
        "live_policy": facts.live_policy,
        "declared_by": _sealed(facts.declared_by, commit),
        "declarations": sorted(set(facts.declarations)),
        "applied_on": facts.applied_on.isoformat(),
        "judged_on": facts.judged_on.isoformat(),
        "sources": {"registry": sources.registry, "customs": sources.customs, "lists": sources.lists},
        **({"corrected": sorted(map(_corrected, facts.corrected), key=_dump)} if facts.corrected else {}),
    }


def corrected_facts(data: bytes) -> tuple[CorrectedFact, ...]:
    """The corrections that a stored decision rests on; :class:`UnreadableDecision` for other bytes."""
    return tuple(_corrected_from(one) for one in _load(data)["facts"].get("corrected", ()))


def _corrected(one: CorrectedFact) -> dict[str, object]:
    return {
        "fact": one.fact,
        "which": one.which,
        "number": one.number,
        "approved_on": one.approved_on.isoformat(),
        "was": one.was,
    }


def _corrected_from(raw: Mapping[str, Any]) -> CorrectedFact:
    return CorrectedFact(
        fact=raw["fact"],
        which=raw["which"],
        number=raw["number"],
        approved_on=date.fromisoformat(raw["approved_on"]),
        was=raw["was"],
    )


def _entry(entry: ListEntry, commit: Commit) -> dict[str, object]:
    return {
        "entry_id": entry.entry_id,
        "name": entry.name,
        "uscc": entry.uscc,
        "person": _sealed(entry.person, commit),
        "list_type": entry.list_type,
        "listed_on": entry.listed_on.isoformat(),
        "removed_on": entry.removed_on and entry.removed_on.isoformat(),
        "set_aside": sorted(entry.set_aside),
    }


def _entry_order(entry: Mapping[str, object]) -> tuple[str, str]:
    return str(entry["entry_id"]), _dump(entry)


def _entry_from(raw: Mapping[str, Any], open_value: OpenValue) -> ListEntry:
    return ListEntry(
        entry_id=raw["entry_id"],
        name=raw["name"],
        uscc=raw["uscc"],
        person=_opened_if_any(raw["person"], open_value),
        list_type=raw["list_type"],
        listed_on=date.fromisoformat(raw["listed_on"]),
        removed_on=None if raw["removed_on"] is None else date.fromisoformat(raw["removed_on"]),
        set_aside=tuple(raw["set_aside"]),
    )


def _sealed(person: Person | None, commit: Commit) -> dict[str, object] | None:
    if person is None:
        return None
    number = person.id_number
    return {
        "ref": person.ref,
        "name": commit(person.ref, "name", person.name),
        "id_number": None if number is None else commit(person.ref, "id_number", number),
    }


def _opened(raw: Mapping[str, Any], open_value: OpenValue) -> Person:
    ref, number = raw["ref"], raw["id_number"]
    return Person(
        ref,
        open_value(ref, "name", raw["name"]),
        None if number is None else open_value(ref, "id_number", number),
    )


def _opened_if_any(raw: Mapping[str, Any] | None, open_value: OpenValue) -> Person | None:
    return None if raw is None else _opened(raw, open_value)
