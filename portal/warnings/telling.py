"""Warning firms: recorded once for each firm, buyer and cause, and told once to each account."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import CHUNK
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.scheme import stages
from portal.warnings.queries import Affected
from portal.warnings.records import Warned

PATH = "/my/warnings"
"""Where a warning leads: what all firms of the reader are warned of."""


def warn(
    session: Session,
    instance: Instance,
    message: str,
    subject: str,
    cause_kind: str,
    cause_id: str,
    found: Sequence[Affected],
) -> int:
    """Warn these firms for a cause, inside an audited block; gives how many firms were not warned before.

    Nobody is warned of the same buyer for the same cause twice, and an account is told of a cause once, however
    many firms and buyers of it are touched.
    """
    query = select(Warned.uscc, Warned.obligor_id).where(
        Warned.cause_kind == cause_kind, Warned.cause_id == cause_id
    )
    known = set(session.execute(query).all())
    new = [one for one in found if (one.uscc, one.obligor_id) not in known]
    moment = clock.now()
    for one in new:
        session.add(
            Warned(
                id=str(ULID()),
                cause_kind=cause_kind,
                cause_id=cause_id,
                uscc=one.uscc,
                obligor_id=one.obligor_id,
                warned_at=moment,
            )
        )
    session.flush()
    firms = {one.uscc for one in new}
    accounts = _accounts(session, firms)
    tell(session, instance, accounts, message, subject, PATH, once=f"{cause_kind} {cause_id}")
    return len(firms - {uscc for uscc, _obligor in known})


def _accounts(session: Session, codes: Iterable[str]) -> list[str]:
    """Everybody who is confirmed to act for one of these firms."""
    wanted = sorted(codes)
    found: list[str] = []
    for start in range(0, len(wanted), CHUNK):
        query = select(Membership.account_id).where(
            Membership.uscc.in_(wanted[start : start + CHUNK]), Membership.state == stages.CONFIRMED
        )
        found += session.execute(query.order_by(Membership.id)).scalars()
    return list(dict.fromkeys(found))
