"""Who acts for which firm, as actions and pages ask it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.common.roles import Actor, NotAllowed
from portal.members.records import Membership, MembershipReview, Tie
from portal.reference.records import RegistryRow
from portal.scheme import stages


def membership(session: Session, account_id: str, uscc: str) -> Membership | None:
    """How this account acts for this firm: confirmed or not, but neither refused nor left."""
    query = select(Membership).where(
        Membership.account_id == account_id,
        Membership.uscc == uscc,
        Membership.state.in_(stages.LIVE_MEMBERSHIP_STATES),
    )
    return session.execute(query).scalar_one_or_none()


def memberships_of(session: Session, account_id: str) -> Sequence[Membership]:
    """Every firm this account acts for, the confirmed ones first, then by name."""
    query = select(Membership).where(
        Membership.account_id == account_id, Membership.state.in_(stages.LIVE_MEMBERSHIP_STATES)
    )
    found = session.execute(query).scalars().all()
    return sorted(found, key=lambda one: (one.state != stages.CONFIRMED, one.firm_name, one.uscc))


def members_of(session: Session, uscc: str, confirmed: bool = False) -> Sequence[Membership]:
    """Everybody who acts for a firm, in the order in which they came; with `confirmed` only those who are."""
    states = {stages.CONFIRMED} if confirmed else stages.LIVE_MEMBERSHIP_STATES
    query = select(Membership).where(Membership.uscc == uscc, Membership.state.in_(states))
    return session.execute(query.order_by(Membership.id)).scalars().all()


def require_member(session: Session, who: Actor, uscc: str, action: str, confirmed: bool = False) -> Membership:
    """The membership by which `who` acts for this firm; raises `NotAllowed` without one (or unconfirmed)."""
    found = membership(session, who.id, uscc)
    if found is None or (confirmed and found.state != stages.CONFIRMED):
        raise NotAllowed(who, action)
    return found


def accounts_of(session: Session, uscc: str) -> list[str]:
    """The accounts of everybody who is confirmed to act for a firm: whom to tell of it."""
    return [member.account_id for member in members_of(session, uscc, confirmed=True)]


def find_membership(session: Session, number: str) -> Membership | None:
    """The membership of this number, in whatever state."""
    return session.execute(select(Membership).where(Membership.number == number)).scalar_one_or_none()


def ended_before(session: Session, account_id: str, uscc: str) -> str | None:
    """How the last claim of this account that somebody else put an end to ended: refused, ended; None without."""
    query = select(Membership.state).where(
        Membership.account_id == account_id,
        Membership.uscc == uscc,
        Membership.state.in_({stages.REFUSED, stages.ENDED}),
    )
    return session.execute(query.order_by(Membership.id.desc()).limit(1)).scalar()


def taken_off(session: Session, account_id: str, uscc: str) -> bool:
    """Whether this account was confirmed for the firm once, and staff or a colleague put an end to it."""
    query = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.uscc == uscc,
        Membership.state.in_({stages.REFUSED, stages.ENDED}),
        Membership.confirmed_at.is_not(None),
    )
    return session.execute(query.limit(1)).first() is not None


def never_acted(member: Membership) -> bool:
    """Whether nobody's word stands for it that somebody acted for the firm: never confirmed, or taken back."""
    return member.confirmed_at is None or member.state == stages.REFUSED


def claims_of(session: Session, uscc: str) -> Sequence[Membership]:
    """Everybody who ever said to act for a firm, in whatever state, in the order in which they came."""
    query = select(Membership).where(Membership.uscc == uscc).order_by(Membership.id)
    return session.execute(query).scalars().all()


def reviews_of(session: Session, membership_ids: Iterable[str]) -> Sequence[MembershipReview]:
    """What reviewers made of these claims, in the order in which they did."""
    query = select(MembershipReview).where(MembershipReview.membership_id.in_(list(membership_ids)))
    return session.execute(query.order_by(MembershipReview.reviewed_at, MembershipReview.id)).scalars().all()


def registered_name(session: Session, uscc: str) -> str | None:
    """The firm's name as the registry has it now, None where it knows no such code."""
    query = select(RegistryRow.name).where(RegistryRow.uscc == uscc, RegistryRow.replaced_version.is_(None))
    return session.execute(query).scalar_one_or_none()


def tied_to(session: Session, account_id: str, codes: Iterable[str]) -> set[str]:
    """Those of these firms that one of the staff is tied to, and so decides nothing about."""
    query = select(Tie.uscc).where(Tie.account_id == account_id, Tie.uscc.in_(list(codes)), Tie.ended_at.is_(None))
    return set(session.execute(query).scalars())


class TiedToFirm(NotAllowed):
    """One of the staff decides nothing about a firm that they are tied to."""

    tied = True


def require_untied(session: Session, who: Actor, uscc: str, action: str) -> None:
    """Raise `TiedToFirm` when `who` is tied to this firm. Every decision about a firm asks this."""
    if tied_to(session, who.id, [uscc]):
        raise TiedToFirm(who, action)
