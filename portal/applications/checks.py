"""What anybody may ask about a firm without sign-in: one consistent reading, the same work for every firm.

Known and unknown firms cost the same queries, and nothing that is sealed is opened, so neither the answer's
shape nor its time tells more than the verdicts do.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.corrections import Overlay, approved
from portal.applications.facts import exports_of, newest_versions
from portal.reference.records import RegistryRow
from portal.scheme.eligibility import PublicCheck, check_public, public_facts
from portal.scheme.facts import RegistryRecord
from portal.scheme.terms import Terms


def check_firm(session: Session, terms: Terms, uscc: str, day: date) -> PublicCheck:
    """Judge the firm with this code as if it applied on ``day``, by the public rules alone.

    Approved corrections count as in a decision, but are not told of: the answer names the source all the same.
    Raises :class:`portal.scheme.terms.BeforeFirstTerms`, and
    :class:`portal.scheme.eligibility.SourceMissing` inside the enrolment window.
    """
    base_year = terms.on(day).base_year
    versions = newest_versions(session, base_year)
    exports = exports_of(session, [uscc], base_year, versions.customs_id).get(uscc)
    holds = Overlay(approved(session, [uscc]).get(uscc, ()), uscc, day)
    record, total = holds.registry(_record(session, uscc)), holds.exports(exports, base_year)
    facts = public_facts(uscc, record, total, day, versions.sources)
    return check_public(facts, terms)


def _record(session: Session, uscc: str) -> RegistryRecord | None:
    """The current registry record, its representative left closed."""
    query = select(
        RegistryRow.name,
        RegistryRow.company_type,
        RegistryRow.place,
        RegistryRow.status,
        RegistryRow.absent_version,
    ).where(RegistryRow.uscc == uscc, RegistryRow.replaced_version.is_(None))
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    name, company_type, place, status, absent = found
    return RegistryRecord(name, uscc, company_type, place, status, None, absent is not None)
