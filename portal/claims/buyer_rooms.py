"""The firm's buyers and banks with the room left under the cap, as the firm sees them before it files anything."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.estimates import estimate
from portal.claims.held import Held, held_by
from portal.claims.records import Claim, Notice
from portal.ledger.queries import approved_and_reversed
from portal.members.queries import members_of
from portal.members.records import Membership
from portal.obligors.queries import buyers_of, group_of, root_of, warnings_for
from portal.obligors.records import Exclusion, FirmBuyer, Obligor
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.buyer_cap import room, standing
from portal.scheme.money import Money

NOTIFIED = (stages.WATCHED, stages.CLAIMED)


class Room(NamedTuple):
    """What stands for one obligor under one policy.

    `possible` is what the estimates give for what was reported unpaid and not decided yet, before the cap and less
    the points for lateness; `over` is how much of it does not fit. `unknown`: something is owed in a currency
    whose rate is not on record.
    """

    cap: Money
    approved: Money
    left: Money
    unpaid: Money
    possible: Money
    over: Money
    unknown: bool


class BuyerRoom(NamedTuple):
    """One buyer or bank on the firm's list, under all its names there; no room where none may be told.

    `notice` is the number of the newest report about it that the reader may see, None where there is none.
    """

    entries: tuple[FirmBuyer, ...]
    obligor: Obligor
    room: Room | None
    notice: str | None
    warned: tuple[Exclusion, ...]

    @property
    def name(self) -> str:
        """What the firm calls it."""
        return self.entries[0].name

    @property
    def reported(self) -> bool:
        """Whether the firm has reported it, and has not closed every report since."""
        return self.notice is not None

    @property
    def removable(self) -> bool:
        """Whether nothing was reported or approved, so that taking it off the list hides nothing."""
        return not self.reported and (self.room is None or not self.room.approved.minor)


def listed_for(session: Session, member: Membership) -> list[FirmBuyer]:
    """The entries that a member sees: who is not confirmed sees only its own, lest a stranger read the list."""
    found = buyers_of(session, member.uscc)
    if member.state == stages.CONFIRMED:
        return list(found)
    return [one for one in found if one.added_by == member.account_id]


def buyer_rooms(session: Session, member: Membership, policy: Policy | None, on: date) -> list[BuyerRoom]:
    """A member's buyers with their room under a policy; records that were merged stand together, once."""
    held = held_by(policy) if policy is not None else None
    told = member.state == stages.CONFIRMED or not members_of(session, member.uscc, confirmed=True)
    grouped: dict[str, list[FirmBuyer]] = {}
    roots: dict[str, Obligor] = {}
    for entry in listed_for(session, member):
        root = root_of(session, entry.obligor_id)
        roots[root.id] = root
        grouped.setdefault(root.id, []).append(entry)
    notices = _notices(session, member, told)
    result = []
    for root_id, entries in grouped.items():
        group = group_of(session, root_id)
        own = [one for one in notices if one.obligor_id in group]
        left = _room(session, policy, held, group, own, on) if policy and held and told else None
        warned = tuple(warnings_for(session, policy.scheme, roots[root_id], on)) if policy else ()
        result.append(BuyerRoom(tuple(entries), roots[root_id], left, own[-1].number if own else None, warned))
    return result


def _notices(session: Session, member: Membership, told: bool) -> Sequence[Notice]:
    query = select(Notice).where(Notice.uscc == member.uscc, Notice.state.in_(NOTIFIED))
    if not told:
        query = query.where(Notice.membership_id == member.id)
    return session.execute(query.order_by(Notice.notified_on, Notice.id)).scalars().all()


def _room(
    session: Session, policy: Policy, held: Held, group: Sequence[str], notices: Sequence[Notice], on: date
) -> Room:
    approved, reversed_ = approved_and_reversed(session, policy.id, group)
    left = room(held.cap, approved, reversed_)
    nothing = Money.from_minor(0, held.cap.currency)
    unpaid, possible, unknown = nothing, nothing, False
    for notice in notices:
        if _decided(session, notice, policy):
            continue
        for one in estimate(session, notice, on):
            if one.policy.id != policy.id:
                continue
            if one.indemnity is None:
                unknown = True
            else:
                unpaid += one.indemnity.recognised_loss
                possible += one.indemnity.before_cap
    unpaid, possible = unpaid.round_half_up(), possible.round_half_up()
    over = possible - left if possible > left else nothing
    return Room(held.cap, standing(approved, reversed_), left, unpaid, possible, over, unknown)


def _decided(session: Session, notice: Notice, policy: Policy) -> bool:
    """Whether the notice's claim under this policy was approved: it counts as approved then, not as possible."""
    query = select(Claim.id).where(
        Claim.notice_id == notice.id,
        Claim.policy_id == policy.id,
        Claim.state != stages.WITHDRAWN,
        Claim.approved_on.is_not(None),
    )
    return session.execute(query).first() is not None
