"""Which applications a member of a firm may read, and how each of them looks to that member.

Whatever tells a firm something comes through here, also from within a write; so nothing that writes is imported.
"""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.applications.queries import find_application, findings
from portal.applications.records import Application, Decision, Request, Review
from portal.applications.seen import Seen, seen
from portal.common import clock
from portal.members.queries import membership
from portal.members.records import Membership
from portal.scheme import stages
from portal.scheme.terms import load_terms


class Mine(NamedTuple):
    """An application that this account may read, and the membership by which it may."""

    application: Application
    membership: Membership

    @property
    def confirmed(self) -> bool:
        """Whether the reader is confirmed to act for the firm."""
        return self.membership.state == stages.CONFIRMED


class Known(NamedTuple):
    """What the portal holds of an application and how it looks to one reader; only `view` is shown as it is."""

    view: Seen
    decision: Decision | None
    rejection: Review | None
    request: Request | None


def open_to_member(member: Membership, application: Application) -> bool:
    """Whether a member reads this application, and its policy.

    A confirmed one reads every one of the firm, others only what they applied for themselves: they must not learn
    that the firm is enrolled already.
    """
    return member.state == stages.CONFIRMED or application.membership_id == member.id


def my_application(session: Session, account_id: str, number: str) -> Mine | None:
    """The application of this number, if this account may read it."""
    application = find_application(session, number)
    if application is None:
        return None
    member = membership(session, account_id, application.uscc)
    if member is None or not open_to_member(member, application):
        return None
    return Mine(application, member)


def known_of(session: Session, application: Application, confirmed: bool) -> Known:
    """An application as a confirmed member, or one who is not yet, may know it today."""
    latest = select(Decision).where(Decision.application_id == application.id)
    decision = session.execute(latest.order_by(Decision.sequence.desc()).limit(1)).scalar()
    rejection = _rejection(session, application) if application.state == stages.REJECTED else None
    request = _open_request(session, application) if application.state == stages.ASKED else None
    ends_on = load_terms(application.scheme).on(application.applied_on).period_end
    view = seen(
        application.state,
        findings(decision),
        confirmed,
        questioned=rejection.codes.split() if rejection else (),
        asked=request.items.split() if request else (),
        year_is_over=clock.today() > ends_on,
    )
    return Known(view, decision, rejection, request if view.state == stages.ASKED else None)


def _rejection(session: Session, application: Application) -> Review | None:
    query = select(Review).where(Review.application_id == application.id, Review.outcome == "reject")
    return session.execute(query.order_by(Review.reviewed_at.desc(), Review.id.desc()).limit(1)).scalar()


def _open_request(session: Session, application: Application) -> Request | None:
    query = select(Request).where(
        Request.subject_kind == "application",
        Request.subject_id == application.id,
        Request.answered_at.is_(None),
        Request.closed_at.is_(None),
    )
    return session.execute(query).scalars().first()
