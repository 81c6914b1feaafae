"""Keeping terms by fingerprint, and recording that a provisional value has been confirmed."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.programme.records import TermsConfirmation, TermsVersion
from portal.scheme.claim_terms import ClaimTerms, claim_terms_text, load_claim_terms, parse_claim_terms
from portal.scheme.terms import Terms, available_terms, load_terms, parse_terms, terms_text


class NothingToConfirm(Exception):
    """No provisional value of this scheme has this path, or it is confirmed already."""


def shipped_texts() -> dict[str, tuple[str, str]]:
    """The scheme and text of all terms that ship, those of enrolment and those of claims, by fingerprint."""
    found = {load_terms(key).fingerprint: (key, terms_text(key)) for key in available_terms()}
    return found | {load_claim_terms(key).fingerprint: (key, claim_terms_text(key)) for key in available_terms()}


def keep_terms(instance: Instance, who: Actor) -> int:
    """Keep the text of every scheme's present terms, and claim terms, by fingerprint; how many were new."""
    roles.require(who, roles.MANAGES_TERMS, "keep terms")
    with instance.database.locked() as session:
        known = set(session.execute(select(TermsVersion.fingerprint)).scalars())
        fresh = {one: kept for one, kept in shipped_texts().items() if one not in known}
        if not fresh:
            return 0
        schemes = sorted({scheme for scheme, _text in fresh.values()})
        with audit.audited(session, who, "terms.keep", schemes=schemes):
            for fingerprint, (scheme, text) in fresh.items():
                session.add(TermsVersion(fingerprint=fingerprint, scheme=scheme, text=text, kept_at=clock.now()))
        return len(fresh)


def terms_by_fingerprint(session: Session, fingerprint: str) -> Terms:
    """The terms a decision was made under, from the text kept in the database."""
    terms = parse_terms(_kept_text(session, fingerprint))
    _require_same(terms, fingerprint)
    return terms


def claim_terms_by_fingerprint(session: Session, fingerprint: str) -> ClaimTerms:
    """The claim terms an assessment was made under, from the text kept in the database."""
    terms = parse_claim_terms(_kept_text(session, fingerprint))
    _require_same(terms, fingerprint)
    return terms


def _kept_text(session: Session, fingerprint: str) -> str:
    kept = session.get(TermsVersion, fingerprint)
    if kept is None:
        raise LookupError(f"no terms are kept under the fingerprint {fingerprint}")
    return kept.text


def _require_same(terms: Terms | ClaimTerms, fingerprint: str) -> None:
    if terms.fingerprint != fingerprint:
        raise LookupError(f"the text kept under {fingerprint} no longer gives that fingerprint")


def confirmed_paths(session: Session, scheme: str, by: date | None = None) -> set[str]:
    """The paths of values that the operator has confirmed for this scheme's present terms, of both kinds.

    With `by`, those that were confirmed at the end of that day.
    """
    present = (load_terms(scheme).fingerprint, load_claim_terms(scheme).fingerprint)
    query = select(TermsConfirmation.path).where(
        TermsConfirmation.scheme == scheme, TermsConfirmation.fingerprint.in_(present)
    )
    if by is not None:
        query = query.where(TermsConfirmation.confirmed_on <= by)
    return set(session.execute(query).scalars())


def confirm_value(instance: Instance, who: Actor, scheme: str, path: str, reference: str) -> None:
    """Record that a provisional value holds, with the notice or letter that says so."""
    roles.require(who, roles.MANAGES_TERMS, "confirm a value")
    subject = f"terms {scheme} {path}"
    with audit.write(instance.database, who, "terms.confirm", subject) as session:
        fingerprint = _fingerprint_of_provisional(scheme, path)
        if fingerprint is None or path in confirmed_paths(session, scheme):
            raise NothingToConfirm(path)
        session.add(
            TermsConfirmation(
                id=str(ULID()),
                scheme=scheme,
                path=path,
                fingerprint=fingerprint,
                confirmed_on=clock.today(),
                confirmed_by=who.id,
                reference=reference,
            )
        )


def _fingerprint_of_provisional(scheme: str, path: str) -> str | None:
    """The fingerprint of the terms in which this value is provisional; enrolment and claims share no path."""
    both: tuple[Terms | ClaimTerms, ...] = (load_terms(scheme), load_claim_terms(scheme))
    found = (terms for terms in both if path in {value.path for value in terms.provisional})
    return next((terms.fingerprint for terms in found), None)
