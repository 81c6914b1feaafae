"""Keeping terms by fingerprint, and recording that a provisional value has been confirmed."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.programme.records import TermsConfirmation, TermsVersion
from portal.scheme.terms import Terms, available_terms, load_terms, parse_terms, terms_text


class NothingToConfirm(Exception):
    """No provisional value of this scheme has this path, or it is confirmed already."""


def keep_terms(instance: Instance, who: Actor) -> int:
    """Keep the text of every scheme's present terms by fingerprint; how many were new."""
    roles.require(who, roles.MANAGES_TERMS, "keep terms")
    with instance.database.locked() as session:
        known = set(session.execute(select(TermsVersion.fingerprint)).scalars())
        fresh = [t for t in map(load_terms, available_terms()) if t.fingerprint not in known]
        if not fresh:
            return 0
        with audit.audited(session, who, "terms.keep", schemes=[t.key for t in fresh]):
            for terms in fresh:
                session.add(
                    TermsVersion(
                        fingerprint=terms.fingerprint,
                        scheme=terms.key,
                        text=terms_text(terms.key),
                        kept_at=clock.now(),
                    )
                )
        return len(fresh)


def terms_by_fingerprint(session: Session, fingerprint: str) -> Terms:
    """The terms a decision was made under, from the text kept in the database."""
    kept = session.get(TermsVersion, fingerprint)
    if kept is None:
        raise LookupError(f"no terms are kept under the fingerprint {fingerprint}")
    terms = parse_terms(kept.text)
    if terms.fingerprint != fingerprint:
        raise LookupError(f"the text kept under {fingerprint} no longer gives that fingerprint")
    return terms


def confirmed_paths(session: Session, scheme: str) -> set[str]:
    """The paths of provisional values that the operator has confirmed for this scheme's present terms."""
    query = select(TermsConfirmation.path).where(
        TermsConfirmation.scheme == scheme, TermsConfirmation.fingerprint == load_terms(scheme).fingerprint
    )
    return set(session.execute(query).scalars())


def confirm_value(instance: Instance, who: Actor, scheme: str, path: str, reference: str) -> None:
    """Record that a provisional value holds, with the notice or letter that says so."""
    roles.require(who, roles.MANAGES_TERMS, "confirm a value")
    terms = load_terms(scheme)
    subject = f"terms {scheme} {path}"
    with audit.write(instance.database, who, "terms.confirm", subject) as session:
        provisional = {value.path for value in terms.provisional}
        if path not in provisional or path in confirmed_paths(session, scheme):
            raise NothingToConfirm(path)
        session.add(
            TermsConfirmation(
                id=str(ULID()),
                scheme=scheme,
                path=path,
                fingerprint=terms.fingerprint,
                confirmed_on=clock.today(),
                confirmed_by=who.id,
                reference=reference,
            )
        )
