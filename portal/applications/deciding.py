"""Running the rules over an application and freezing the decision; and replaying what was frozen."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications.facts import Case
from portal.applications.records import Application, Decision
from portal.common import clock
from portal.common.keys import CannotOpen
from portal.common.people import People, PersonErased
from portal.programme.actions import terms_by_fingerprint
from portal.scheme import eligibility
from portal.scheme.canonical import UnreadableDecision, decision_bytes, facts_from_bytes, read_header
from portal.scheme.facts import Facts, Person
from portal.scheme.terms import Terms, load_terms

AT_APPLICATION, AT_REVIEW, AT_ISSUE = "application", "review", "issue"
AT_SCREENING, AT_CONFIRMATION, AT_APPEAL, AT_ANSWER = "screening", "confirmation", "appeal", "answer"


class Decided(NamedTuple):
    """A decision of the rules and its frozen form, ready to be stored."""

    decision: eligibility.Decision
    columns: dict[str, Any]


def case_of(application: Application, people: People) -> Case:
    """Open an application into what the rules need of it; raises `PersonErased`."""
    representative = people.sealer(application.representative_id).open_fields(application.representative_sealed)
    contact = people.sealer(application.contact_id).open_fields(application.contact_sealed)
    declared_by = Person(application.contact_id, contact["name"], None) if contact.get("name") else None
    return Case(
        application_id=application.id,
        policy_year=application.policy_year,
        base_year=load_terms(application.scheme).on(application.applied_on).base_year,
        uscc=application.uscc,
        firm_name=application.firm_name,
        representative=Person(
            application.representative_id, representative["name"], representative.get("id_number")
        ),
        declared_by=declared_by,
        declarations=tuple(application.declarations.split()),
        applied_on=application.applied_on,
    )


def open_cases(applications: Sequence[Application], people: People) -> dict[str, Case]:
    """Open many applications, by id. Those of an erased person stay out: nobody can decide them any more."""
    people.load(ref for a in applications for ref in (a.representative_id, a.contact_id))
    opened = {}
    for application in applications:
        with suppress(PersonErased):
            opened[application.id] = case_of(application, people)
    return opened


def freeze(
    people: People, application_id: str, facts: Facts, terms: Terms, occasion: str, sequence: int
) -> Decided:
    """Decide and freeze: canonical bytes, what queries need of them, and the sealed personal values."""
    decision = eligibility.decide(facts, terms)
    sealed: dict[tuple[str, str, str], str] = {}

    def commit(ref: str, name: str, value: str) -> str:
        sealer = people.sealer(ref)
        commitment = sealer.commit(name, value)
        if (ref, name, commitment) not in sealed:
            sealed[ref, name, commitment] = sealer.seal(f"decision.{name}", value)
        return commitment

    data = decision_bytes(facts, decision, commit)
    return Decided(
        decision,
        {
            "id": str(ULID()),
            "application_id": application_id,
            "sequence": sequence,
            "occasion": occasion,
            "made_at": clock.now(),
            **_repeated(facts, decision),
            "canonical": data.decode(),
            "canonical_sha256": sha256(data).hexdigest(),
            "sealed": json.dumps([[*key, value] for key, value in sealed.items()]),
        },
    )


def _repeated(facts: Facts, decision: eligibility.Decision) -> dict[str, Any]:
    """The columns that only repeat what the canonical bytes say, for queries."""
    sources = facts.sources
    return {
        "judged_on": facts.judged_on,
        "outcome": str(decision.outcome),
        "failed": " ".join(decision.failed),
        "referred": " ".join(decision.referred),
        "exports_minor": facts.exports.total.minor if facts.exports else None,
        "rules_version": decision.rules_version,
        "terms_fingerprint": decision.terms_fingerprint,
        "registry_version": sources.registry,
        "customs_version": sources.customs,
        "lists_version": sources.lists,
    }


def opened_facts(people: People, decision: Decision, erased: str | None = None) -> Facts:
    """The facts a stored decision was made on; raises `PersonErased` once one of its people is erased.

    With `erased`, that text stands in place of an erased person's values instead: for showing, never to decide.
    """
    sealed = {(ref, name, commitment): value for ref, name, commitment, value in json.loads(decision.sealed)}

    def open_value(ref: str, name: str, commitment: str) -> str:
        try:
            sealer = people.sealer(ref)
        except PersonErased:
            if erased is None:
                raise
            return erased
        if (ref, name, commitment) not in sealed:
            raise CannotOpen(f"decision {decision.id} keeps no {name} of {ref}")
        value = sealer.open(f"decision.{name}", sealed[ref, name, commitment])
        if sealer.commit(name, value) != commitment:
            raise CannotOpen(f"decision {decision.id}: the {name} of {ref} is not the one committed to")
        return value

    return facts_from_bytes(decision.canonical.encode(), open_value)


def findings_of(decision: Decision) -> list[dict[str, Any]]:
    """The findings as frozen: code, verdict, value, source, article; no person's key is needed."""
    findings: list[dict[str, Any]] = json.loads(decision.canonical)["findings"]
    return findings


@dataclass
class Replay:
    """The result of replaying: how many decisions came out the same, erased, or different (and which)."""

    same: int = 0
    erased: int = 0
    differ: list[str] = field(default_factory=list)


def replay_all(session: Session, people: People) -> Replay:
    """Recompute every stored decision from its frozen facts, by its own rules and terms, and compare bytes."""
    result = Replay()
    terms: dict[str, Terms] = {}
    query = select(Decision).order_by(Decision.id).execution_options(yield_per=500)
    for part in session.execute(query).scalars().partitions():
        people.load(ref for decision in part for ref in _refs(decision))
        for decision in part:
            verdict = _replay(session, people, decision, terms)
            if verdict == "same":
                result.same += 1
            elif verdict == "erased":
                result.erased += 1
            else:
                result.differ.append(decision.id)
            session.expunge(decision)
    return result


def _replay(session: Session, people: People, decision: Decision, terms: dict[str, Terms]) -> str:
    try:
        try:
            return "same" if _replays(session, people, decision, terms) else "differ"
        except PersonErased:
            return "erased" if _intact(decision) else "differ"
    except (CannotOpen, UnreadableDecision, LookupError, ValueError):
        return "differ"  # what was stored is no longer a decision that can be made


def _refs(decision: Decision) -> Iterator[str]:
    try:
        yield from (row[0] for row in json.loads(decision.sealed))
    except (ValueError, IndexError, TypeError):
        return  # altered; replaying it will say so


def _replays(session: Session, people: People, decision: Decision, terms: dict[str, Terms]) -> bool:
    facts = opened_facts(people, decision)
    header = read_header(decision.canonical.encode())
    if header.terms_fingerprint not in terms:
        terms[header.terms_fingerprint] = terms_by_fingerprint(session, header.terms_fingerprint)
    rules = eligibility.RULEBOOKS[header.rules_version]
    again = rules(facts, terms[header.terms_fingerprint])
    data = decision_bytes(facts, again, lambda ref, name, value: people.sealer(ref).commit(name, value))
    repeated = _repeated(facts, again)
    return (
        data == decision.canonical.encode()
        and _intact(decision)
        and all(getattr(decision, name) == value for name, value in repeated.items())
    )


def _intact(decision: Decision) -> bool:
    """What can be checked without opening anyone's values: the bytes have their hash and say what the row says."""
    data = decision.canonical.encode()
    header = read_header(data)
    return (
        sha256(data).hexdigest() == decision.canonical_sha256
        and str(header.outcome) == decision.outcome
        and " ".join(header.failed) == decision.failed
        and " ".join(header.referred) == decision.referred
    )
