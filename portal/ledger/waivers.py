"""What becomes of a waiver when the excess it was given for shrinks or goes: it lapses by so much, in an entry.

A waiver lets one excess over the cap stand, never the next one. Without this, an excess that a later merge brings
to light would be covered by a decision about another.
"""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.common import clock
from portal.common.roles import Actor
from portal.ledger.accounts import Account, Kind, Place, lapse_lines
from portal.ledger.entries import enter
from portal.ledger.queries import CHUNK, policies_of_year, waived
from portal.ledger.records import Entry, Line
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.scheme.buyer_cap import outlived
from portal.scheme.money import Money


def lapse_waivers(
    session: Session, who: Actor, policy_id: str, obligor_ids: Collection[str], above: Money
) -> Entry | None:
    """Let what was waived in a policy's year for one group of obligors come down to what stands above the cap.

    `above` is the excess as it stands now. The newest waivers lapse first, each where it was booked. None where
    nothing outlives its excess. Inside an audited block, under the lock.
    """
    surplus = outlived(above, waived(session, policy_id, obligor_ids))
    if not surplus.minor:
        return None
    lines = []
    for place, booked in _booked(session, policy_id, obligor_ids):
        here = min(surplus, booked)
        lines += lapse_lines(place, here)
        surplus -= here
        if not surplus.minor:
            break
    after = session.execute(select(func.max(Entry.number))).scalar_one()
    policy, root = session.get_one(Policy, policy_id), session.get_one(Obligor, next(iter(obligor_ids)))
    return enter(
        session,
        who,
        Kind.WAIVER_LAPSED,
        f"waiver lapsed {policy.number} {root.number} after {after}",
        clock.today(),
        f"obligor {root.number}",
        lines,
    )


def _booked(session: Session, policy_id: str, obligor_ids: Collection[str]) -> list[tuple[Place, Money]]:
    """Where something is still waived, and how much, the newest waiver first."""
    ids, years = list(obligor_ids), policies_of_year(session, policy_id)
    found: list[tuple[int, Place, Money]] = []
    for start in range(0, len(ids), CHUNK):
        query = (
            select(
                Line.policy_id,
                Line.obligor_id,
                Line.claim_id,
                Line.currency,
                func.sum(Line.amount_minor),
                func.max(Entry.number),
            )
            .join(Entry, Entry.id == Line.entry_id)
            .where(
                Line.account == Account.OVER_CAP,
                Line.policy_id.in_(years),
                Line.obligor_id.in_(ids[start : start + CHUNK]),
            )
            .group_by(Line.policy_id, Line.obligor_id, Line.claim_id, Line.currency)
            .having(func.sum(Line.amount_minor) > 0)
        )
        for policy, obligor, claim, currency, minor, newest in session.execute(query):
            found.append((newest, Place(policy, obligor, claim), Money.from_minor(int(minor), currency)))
    return [(place, amount) for _newest, place, amount in sorted(found, key=lambda one: -one[0])]
