"""Which facts an approved correction may change, and which findings then rest on it.

A correction never decides anything: the same rules run over the corrected facts, and the findings that used
them name the correction as their source. Nobody overrides a fail; a wrong fact is mended, and judged again.
"""

from portal.scheme.facts import CorrectedFact, Facts, ListEntry
from portal.scheme.findings import (
    EXPORTS_ABOVE_ZERO,
    EXPORTS_WITHIN_CAP,
    FIRM_NOT_LISTED,
    INDEPENDENT_LEGAL_PERSON,
    REGISTERED_IN_MUNICIPALITY,
    REGISTRATION_ACTIVE,
    REPRESENTATIVE_NOT_LISTED,
    Finding,
    Source,
    Verdict,
)

EXPORTS = "exports"
PLACE = "place"
STATUS = "status"
COMPANY_TYPE = "company_type"
NAME = "name"
ENTRY_REMOVED = "entry_removed"
REPRESENTATIVE_NUMBER = "representative_number"

FACTS: tuple[str, ...] = (EXPORTS, PLACE, STATUS, COMPANY_TYPE, NAME, ENTRY_REMOVED, REPRESENTATIVE_NUMBER)
"""Every fact that can be corrected. The first five and the removal are a source's, the last is the firm's own."""

OF_REGISTRY: tuple[str, ...] = (PLACE, STATUS, COMPANY_TYPE, NAME)
"""Those that the company registry says."""

CONCERNS: dict[str, tuple[str, ...]] = {
    EXPORTS: (EXPORTS_ABOVE_ZERO, EXPORTS_WITHIN_CAP),
    PLACE: (REGISTERED_IN_MUNICIPALITY,),
    STATUS: (REGISTRATION_ACTIVE,),
    COMPANY_TYPE: (INDEPENDENT_LEGAL_PERSON,),
    NAME: (INDEPENDENT_LEGAL_PERSON,),
    ENTRY_REMOVED: (FIRM_NOT_LISTED, REPRESENTATIVE_NOT_LISTED),
    REPRESENTATIVE_NUMBER: (REPRESENTATIVE_NOT_LISTED,),
}
"""The rules whose value shows the fact."""

CORRECTION = "correction"
"""The kind of a source that is a correction; its version is the correction's number."""


def attributed(finding: Finding, facts: Facts) -> Finding:
    """The finding, naming as its source the newest correction that it rests on, if it rests on any."""
    numbers = [corrected.number for corrected in facts.corrected if _rests_on(finding, corrected, facts)]
    return finding._replace(source=Source(CORRECTION, max(numbers))) if numbers else finding


def _rests_on(finding: Finding, corrected: CorrectedFact, facts: Facts) -> bool:
    if finding.code not in CONCERNS[corrected.fact]:
        return False
    if corrected.fact != ENTRY_REMOVED:
        return True
    # Whatever still fails or refers is another entry, which the lists say and no correction.
    entry = next((one for one in facts.list_entries if one.entry_id == corrected.which), None)
    return finding.verdict is Verdict.PASS and entry is not None and _speaks_of(entry, finding.code)


def _speaks_of(entry: ListEntry, code: str) -> bool:
    if code == REPRESENTATIVE_NOT_LISTED:
        return entry.person is not None
    return entry.name is not None or entry.uscc is not None
