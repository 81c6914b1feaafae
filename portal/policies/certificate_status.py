"""What anybody who holds a certificate may know of it: in force, ended or replaced, and the masked holder."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.policies.queries import state_on
from portal.policies.records import Certificate, Policy
from portal.scheme import stages

REPLACED = "replaced"
HIDDEN = "****"  # as long for every name, so that it does not tell how long the name is


class Status(NamedTuple):
    """A certificate on a day: `state` is in_force, ended or replaced."""

    state: str
    holder: str


def certificate_status(session: Session, token: str, on: date) -> Status | None:
    """The status of the certificate with this token; None for a token that was never given out.

    A policy that was withdrawn or annulled has simply ended: why is nobody's business who holds the paper.
    """
    query = (
        select(Certificate.replaced_at, Policy)
        .join(Policy, Policy.id == Certificate.policy_id)
        .where(Certificate.token == token)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    replaced_at, policy = row
    state = stages.IN_FORCE if state_on(policy, on) == stages.IN_FORCE else stages.ENDED
    return Status(REPLACED if replaced_at is not None else state, masked_holder(policy.firm_name))


def masked_holder(name: str) -> str:
    """A firm's name with only its first and last character: 厦****司. Of a name of one or two the first."""
    return f"{name[0]}{HIDDEN}{name[-1]}" if len(name) > 2 else f"{name[:1]}{HIDDEN}"
