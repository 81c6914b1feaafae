"""May this firm enrol? Every rule runs, every rule answers, and the answers decide.

Any `fail` makes the case ineligible, else any `refer` makes it referred, else it is eligible. A rule that
comes to other results gets a new function and a new version here; the old version stays, so that decisions
stored under it can be replayed.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from portal.scheme.corrected import attributed
from portal.scheme.facts import Exports, Facts, Person, RegistryRecord, SourceVersions
from portal.scheme.findings import (
    PUBLIC_CODES,
    RULE_CODES,
    WITHIN_ENROLMENT_WINDOW,
    Finding,
    Outcome,
    Source,
    Verdict,
)
from portal.scheme.rules.enrolment import declarations_complete, not_already_enrolled, within_enrolment_window
from portal.scheme.rules.exports import exports_above_zero, exports_within_cap
from portal.scheme.rules.lists import firm_not_listed, representative_not_listed
from portal.scheme.rules.registration import (
    independent_legal_person,
    registered_in_municipality,
    registration_active,
)
from portal.scheme.terms import Terms, TermsOnDate

__all__ = [
    "PUBLIC_CODES",
    "RULEBOOKS",
    "RULES_VERSION",
    "RULE_CODES",
    "Decision",
    "PublicCheck",
    "SourceMissing",
    "check_public",
    "decide",
    "missing_sources",
    "public_facts",
    "public_findings",
]


class Decision(NamedTuple):
    """The outcome, one finding per rule in the order of ``RULE_CODES``, and by which rules and terms."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    rules_version: str
    terms_fingerprint: str

    @property
    def failed(self) -> tuple[str, ...]:
        """The codes of the rules that failed."""
        return tuple(finding.code for finding in self.findings if finding.verdict is Verdict.FAIL)

    @property
    def referred(self) -> tuple[str, ...]:
        """The codes of the rules that a person must look at."""
        return tuple(finding.code for finding in self.findings if finding.verdict is Verdict.REFER)


class PublicCheck(NamedTuple):
    """What may be told of a firm without sign-in: the findings told, what they alone come to, the rules left out.

    ``outcome`` is provisional: a rule that was left out can still refer the firm or make it ineligible.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]


class SourceMissing(ValueError):
    """A source is missing, so nothing is decided: an empty table must never read as "not listed"."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        """Keep the names of the missing sources."""
        super().__init__(f"nothing is decided without {', '.join(missing)}")
        self.missing = missing


Rule = Callable[[Facts, TermsOnDate], Finding]
Rulebook = Callable[[Facts, Terms], Decision]


def missing_sources(sources: SourceVersions) -> tuple[str, ...]:
    """Which of ``registry``, ``customs`` and ``lists`` are not there.

    ``sources.customs`` is the version that contains the base year, and ``None`` when no version does.
    """
    there = (("registry", sources.registry), ("customs", sources.customs), ("lists", sources.lists))
    return tuple([name for name, version in there if version is None])


def public_findings(decision: Decision) -> tuple[Finding, ...]:
    """The findings whose verdict may be told without sign-in; only the window's if that failed.

    Outside the window no more is told, as two schemes with two caps on one day would bracket a firm's total.
    Verdicts only: the values stay between the portal and the firm.
    """
    return _told(decision.findings)


def _told(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    public = tuple([finding for finding in findings if finding.code in PUBLIC_CODES])
    window = tuple([finding for finding in public if finding.code == WITHIN_ENROLMENT_WINDOW])
    return public if all(finding.verdict is Verdict.PASS for finding in window) else window


def _terms_of(facts: Facts, terms: Terms) -> TermsOnDate:
    if facts.judged_on < facts.applied_on:
        raise ValueError(f"judged on {facts.judged_on}, before the application of {facts.applied_on}")
    on_date = terms.on(facts.applied_on)
    if facts.exports is not None and facts.exports.year != on_date.base_year:
        raise ValueError(f"exports of {facts.exports.year} where the base year is {on_date.base_year}")
    return on_date


def _outcome(findings: Sequence[Finding]) -> Outcome:
    verdicts = [finding.verdict for finding in findings]
    if Verdict.FAIL in verdicts:
        return Outcome.INELIGIBLE
    return Outcome.REFERRED if Verdict.REFER in verdicts else Outcome.ELIGIBLE


def _rulebook(version: str, rules: tuple[Rule, ...]) -> Rulebook:
    def run(facts: Facts, terms: Terms) -> Decision:
        if missing := missing_sources(facts.sources):
            raise SourceMissing(missing)
        on_date = _terms_of(facts, terms)
        findings = tuple([rule(facts, on_date) for rule in rules])
        if facts.corrected:
            findings = tuple([attributed(finding, facts) for finding in findings])
        return Decision(_outcome(findings), findings, version, terms.fingerprint)

    return run


RULES_VERSION = "1"
"""The version by which new cases are decided."""

RULEBOOKS: dict[str, Rulebook] = {
    "1": _rulebook(
        "1",
        (
            registered_in_municipality,
            registration_active,
            independent_legal_person,
            exports_above_zero,
            exports_within_cap,
            firm_not_listed,
            representative_not_listed,
            not_already_enrolled,
            within_enrolment_window,
            declarations_complete,
        ),
    ),
}
"""Every version that ever decided a case, callable as :func:`decide` is."""


def decide(facts: Facts, terms: Terms) -> Decision:
    """Decide one case by the present rules.

    Raises :class:`SourceMissing`; :class:`portal.scheme.terms.BeforeFirstTerms` for an application of a day
    before the scheme's first terms; ``ValueError`` for facts that contradict themselves (judged before the
    application, exports of another year than the base year).
    """
    return RULEBOOKS[RULES_VERSION](facts, terms)


_PUBLIC_RULES: tuple[Rule, ...] = (
    registered_in_municipality,
    registration_active,
    independent_legal_person,
    exports_above_zero,
    exports_within_cap,
    within_enrolment_window,
)
"""The present rules of ``PUBLIC_CODES``, in the same order."""

_NOBODY = Person("", "", None)


def public_facts(
    uscc: str,
    registry: RegistryRecord | None,
    exports: Exports | None,
    applied_on: date,
    sources: SourceVersions,
) -> Facts:
    """The facts of a check without sign-in: nothing is declared, and no list or policy is looked at."""
    return Facts(
        uscc=uscc,
        declared_name="",
        representative=_NOBODY,
        registry=registry,
        exports=exports,
        list_entries=(),
        live_policy=None,
        declared_by=None,
        declarations=(),
        applied_on=applied_on,
        judged_on=applied_on,
        sources=sources,
    )


def check_public(facts: Facts, terms: Terms) -> PublicCheck:
    """Judge by the rules of ``PUBLIC_CODES`` alone, for somebody who is not signed in.

    Of ``facts`` only what :func:`public_facts` takes is looked at. Outside the window the window's finding is
    the whole answer and needs no source; inside, every source must be there as for a decision, the lists too:
    while nothing can be decided, no outcome is told either. Raises what :func:`decide` raises.
    """
    on_date = _terms_of(facts, terms)
    findings = _told([_without_declared(rule(facts, on_date), facts) for rule in _PUBLIC_RULES])
    missing = missing_sources(facts.sources)
    if missing and any(finding.code != WITHIN_ENROLMENT_WINDOW for finding in findings):
        raise SourceMissing(missing)
    told = {finding.code for finding in findings}
    return PublicCheck(_outcome(findings), findings, tuple(code for code in RULE_CODES if code not in told))


def _without_declared(finding: Finding, facts: Facts) -> Finding:
    """Name the registry as the source also where it has no name of the firm: nothing else was looked at.

    Otherwise the source would tell a firm without a record from one whose record is unclear.
    """
    if finding.source.kind != "declared_unverified":
        return finding
    return finding._replace(source=Source("registry", facts.sources.registry))
