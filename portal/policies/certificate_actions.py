"""Certificates: the random token of a policy's public page, made when first asked for, replaced with a reason."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.members.queries import require_untied
from portal.policies.actions import NotPossible
from portal.policies.readers import my_policy
from portal.policies.records import Certificate, Policy
from portal.reference.records import RegistryRow
from portal.scheme import stages

TOKEN_BYTES = 16  # 128 bits
NAME_CHANGED, WRONG_HANDS, MISTAKE = "name_changed", "wrong_hands", "mistake"
REASONS = (NAME_CHANGED, WRONG_HANDS, MISTAKE)


def newest_certificate(session: Session, policy_id: str) -> Certificate | None:
    """The certificate of a policy that no other has replaced."""
    query = select(Certificate).where(Certificate.policy_id == policy_id, Certificate.replaced_at.is_(None))
    return session.execute(query).scalar_one_or_none()


def my_certificate(instance: Instance, who: Actor, number: str) -> str:
    """The token of a policy's certificate for a member, made now if there is none yet.

    Raises `NotAllowed` for a policy that this account may not read, and `NotPossible("not_in_force")` for one
    that was withdrawn or annulled: nothing shall be shown around that says otherwise.
    """
    roles.require(who, roles.APPLIES, "take a certificate")
    with instance.database.reading() as session:
        policy = _readable(session, who, number)
        found = newest_certificate(session, policy.id)
    if found is not None:
        return found.token
    with instance.database.locked() as session:
        policy = _readable(session, who, number)
        found = newest_certificate(session, policy.id)  # two may have asked at one moment
        return found.token if found is not None else _make(session, who, policy)


def replace_certificate(instance: Instance, who: Actor, number: str, reason: str) -> None:
    """Make a policy's certificate anew; whoever scans the old one reads that it was replaced.

    With `name_changed` the policy takes the name that the registry has now. Raises `NotPossible`:
    `no_certificate` when none was ever taken, `same_name`, or `not_in_force`; `TiedToFirm`; `ValueError` for an
    unknown reason.
    """
    roles.require(who, roles.RECORDS_PAPER, "replace a certificate")
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is no reason; there are {', '.join(REASONS)}")
    with instance.database.locked() as session:
        policy = session.execute(select(Policy).where(Policy.number == number)).scalar_one_or_none()
        if policy is None:
            raise NotPossible("unknown", number)
        require_untied(session, who, policy.uscc, "replace a certificate")
        if policy.state != stages.IN_FORCE:
            raise NotPossible("not_in_force", number)
        old = newest_certificate(session, policy.id)
        if old is None:
            raise NotPossible("no_certificate", number)
        name = _registry_name(session, policy.uscc) if reason == NAME_CHANGED else None
        if reason == NAME_CHANGED and name in (None, policy.firm_name):
            raise NotPossible("same_name", number)
        with audit.audited(session, who, "policies.replace_certificate", f"policy {number}", reason=reason):
            old.replaced_at = clock.now()
            if name is not None:
                policy.firm_name = name
            session.flush()
            session.add(_fresh(policy))


def _readable(session: Session, who: Actor, number: str) -> Policy:
    found = my_policy(session, who.id, number)
    if found is None:
        raise NotAllowed(who, "take a certificate")
    if found.policy.state != stages.IN_FORCE:
        raise NotPossible("not_in_force", number)
    return found.policy


def _registry_name(session: Session, uscc: str) -> str | None:
    """The firm's name in the registry now; None where the registry has no record of it."""
    query = select(RegistryRow.name).where(
        RegistryRow.uscc == uscc, RegistryRow.replaced_version.is_(None), RegistryRow.absent_version.is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def _make(session: Session, who: Actor, policy: Policy) -> str:
    with audit.audited(session, who, "policies.certificate", f"policy {policy.number}"):
        made = _fresh(policy)
        session.add(made)
        return made.token


def _fresh(policy: Policy) -> Certificate:
    return Certificate(
        id=str(ULID()),
        policy_id=policy.id,
        token=secrets.token_hex(TOKEN_BYTES),
        made_at=clock.now(),
        replaced_at=None,
    )
