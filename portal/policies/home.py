"""What a firm's first page reads of every firm of an account: always the same few queries, however many firms.

What may be told of an application before the firm is confirmed is asked of `applications/seen.py`, as everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appeals.records import Appeal
from portal.applications.queries import findings
from portal.applications.reading import open_to_member
from portal.applications.records import Application, Decision, Draft, Request, Review
from portal.applications.reviews import REJECT
from portal.applications.seen import seen
from portal.common.instance import ClaimsOf, FirmTurn
from portal.members.queries import memberships_of
from portal.members.records import Membership
from portal.policies.queries import ListedPolicy, listed
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.terms import BeforeFirstTerms, TermsOnDate, load_terms

APPLICATION, MEMBERSHIP, APPEAL = "application", "membership", "appeal"  # what something may be asked for


@dataclass(frozen=True)
class Asked:
    """What the desk asks for, and of which case: `kind` is one of the words above, with the case's number."""

    kind: str
    number: str
    due_on: date


@dataclass(frozen=True)
class Standing:
    """One firm of an account: all that its member may know of where it stands.

    `application` and `policy` are the newest that the member may read, `state` is the application's as this
    member may know it (`seen.CHECKING` in place of what is not told). `window` is the enrolment that is open
    today and that the firm has neither applied for nor is insured in.
    """

    member: Membership
    application: Application | None
    state: str | None
    policy: ListedPolicy | None
    draft: Draft | None
    asked: Asked | None
    appeal: Appeal | None
    window: TermsOnDate | None
    cases: Sequence[FirmTurn] = ()  # whose turn it is with each notice and claim, the firm's own turns first

    @property
    def confirmed(self) -> bool:
        """Whether the reader is confirmed to act for the firm."""
        return self.member.state == stages.CONFIRMED


class _Cases(NamedTuple):
    """What belongs to the newest applications of all firms, read at once."""

    decisions: Mapping[str, Decision]
    rejections: Mapping[str, Review]
    requests: Mapping[tuple[str, str], Request]
    appeals: Mapping[str, Appeal]
    drafts: Mapping[str, Draft]


Pairs = Sequence[tuple[Application, Policy | None]]


def standings(session: Session, account_id: str, today: date, claims_of: ClaimsOf | None = None) -> list[Standing]:
    """Every firm of an account, the confirmed ones first, in seven queries whatever their number.

    `claims_of` is the instance's: with it the turns of notices and claims are there too.
    """
    members = memberships_of(session, account_id)
    if not members:
        return []
    query = (
        select(Application, Policy)
        .outerjoin(Policy, Policy.application_id == Application.id)
        .where(Application.uscc.in_({member.uscc for member in members}))
        .order_by(Application.policy_year, Application.serial)
    )
    by_code: dict[str, list[tuple[Application, Policy | None]]] = {}
    for application, policy in session.execute(query):
        by_code.setdefault(application.uscc, []).append((application, policy))
    mine: dict[str, Pairs] = {
        member.id: [pair for pair in by_code.get(member.uscc, []) if open_to_member(member, pair[0])]
        for member in members
    }
    cases = _cases(session, members, [found[-1][0] for found in mine.values() if found])
    window = _window(today)
    found = [_standing(member, mine[member.id], cases, window, today) for member in members]
    if claims_of is None:
        return found
    turns = claims_of(session, account_id, {one.member.uscc: one.confirmed for one in found}, today)
    return [replace(one, cases=turns.get(one.member.uscc, ())) for one in found]


def _standing(
    member: Membership, pairs: Pairs, cases: _Cases, window: TermsOnDate | None, today: date
) -> Standing:
    application = pairs[-1][0] if pairs else None
    policies = [policy for _application, policy in pairs if policy is not None]
    appeal = cases.appeals.get(application.id) if application else None
    state = _state(member, application, cases, today) if application else None
    return Standing(
        member=member,
        application=application,
        state=state,
        policy=listed(policies[-1], today) if policies else None,
        draft=cases.drafts.get(member.id),
        asked=_asked(member, application if state == stages.ASKED else None, appeal, cases),
        appeal=appeal,
        window=window if window and _may_apply(pairs, window) else None,
    )


def _cases(session: Session, members: Sequence[Membership], applications: Sequence[Application]) -> _Cases:
    ids = [application.id for application in applications]
    newest = (
        select(Decision.application_id, func.max(Decision.sequence).label("sequence"))
        .where(Decision.application_id.in_(ids))
        .group_by(Decision.application_id)
        .subquery()
    )
    decisions = select(Decision).join(
        newest,
        (Decision.application_id == newest.c.application_id) & (Decision.sequence == newest.c.sequence),
    )
    rejections = (
        select(Review)
        .where(Review.application_id.in_(ids), Review.outcome == REJECT)
        .order_by(Review.reviewed_at, Review.id)
    )
    appeals = select(Appeal).where(Appeal.application_id.in_(ids), Appeal.state.in_(stages.OPEN_APPEAL_STATES))
    opened = {one.application_id: one for one in session.execute(appeals).scalars()}
    subjects = [*ids, *(member.id for member in members), *(appeal.id for appeal in opened.values())]
    requests = select(Request).where(
        Request.subject_id.in_(subjects), Request.answered_at.is_(None), Request.closed_at.is_(None)
    )
    drafts = select(Draft).where(
        Draft.membership_id.in_([member.id for member in members]), Draft.state == stages.OPEN
    )
    return _Cases(
        decisions={one.application_id: one for one in session.execute(decisions).scalars()},
        rejections={one.application_id: one for one in session.execute(rejections).scalars()},
        requests={(one.subject_kind, one.subject_id): one for one in session.execute(requests).scalars()},
        appeals=opened,
        drafts={one.membership_id: one for one in session.execute(drafts).scalars()},
    )


def _state(member: Membership, application: Application, cases: _Cases, today: date) -> str:
    """An application's state as this member may know it."""
    rejection = cases.rejections.get(application.id)
    request = cases.requests.get((APPLICATION, application.id))
    ends_on = load_terms(application.scheme).on(application.applied_on).period_end
    return seen(
        application.state,
        findings(cases.decisions.get(application.id)),
        member.state == stages.CONFIRMED,
        questioned=rejection.codes.split() if rejection else (),
        asked=request.items.split() if request else (),
        year_is_over=today > ends_on,
    ).state


def _asked(
    member: Membership, application: Application | None, appeal: Appeal | None, cases: _Cases
) -> Asked | None:
    """What the desk asks for and has no answer to yet, that of which the day comes first."""
    subjects = [(MEMBERSHIP, member.id, member.uscc)]
    subjects += [(APPLICATION, application.id, application.number)] if application else []
    subjects += [(APPEAL, appeal.id, appeal.number)] if appeal else []
    found = [
        Asked(kind, number, cases.requests[kind, subject_id].due_on)
        for kind, subject_id, number in subjects
        if (kind, subject_id) in cases.requests
    ]
    return min(found, key=lambda one: one.due_on, default=None)


def _window(today: date) -> TermsOnDate | None:
    """The enrolment that is open today, if one is."""
    try:
        held = current_scheme(today).on(today)
    except BeforeFirstTerms:
        return None
    return held if held.window_start <= today <= held.window_end else None


def _may_apply(pairs: Iterable[tuple[Application, Policy | None]], window: TermsOnDate) -> bool:
    """Whether nothing of the firm's stands in the open year: what lapsed, was withdrawn or annulled does not."""
    over = (stages.LAPSED, stages.WITHDRAWN, stages.ANNULLED)
    return not any(one.policy_year == window.policy_year and one.state not in over for one, _policy in pairs)
