"""What a firm's first page reads of every firm of an account: always the same few queries, however many firms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.appeals.records import Appeal
from portal.applications.reading import open_to_member
from portal.applications.records import Application, Decision, Draft, Request
from portal.members.queries import memberships_of
from portal.members.records import Membership
from portal.policies.queries import ListedPolicy, listed
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.findings import PUBLIC_CODES
from portal.scheme.terms import BeforeFirstTerms, TermsOnDate


@dataclass(frozen=True)
class Asked:
    """What the desk asks for, and of which case: `kind` is application, membership or appeal, with its number."""

    kind: str
    number: str
    due_on: date


@dataclass(frozen=True)
class Standing:
    """One firm of an account: all that its member may know of where it stands.

    `application` and `policy` are the newest that the member may read. `told`: why the application failed may be
    read, at least in part; before the firm is confirmed only public rules are. `window` is the enrolment that is
    open today and that the firm has neither applied for nor is insured in.
    """

    member: Membership
    application: Application | None
    policy: ListedPolicy | None
    told: bool
    draft: Draft | None
    asked: Asked | None
    appeal: Appeal | None
    window: TermsOnDate | None

    @property
    def confirmed(self) -> bool:
        """Whether the reader is confirmed to act for the firm."""
        return self.member.state == stages.CONFIRMED


def standings(session: Session, account_id: str, today: date) -> list[Standing]:
    """Every firm of an account, the confirmed ones first, in eight queries at most."""
    members = memberships_of(session, account_id)
    if not members:
        return []
    codes = {member.uscc for member in members}
    pairs = session.execute(
        select(Application, Policy)
        .outerjoin(Policy, Policy.application_id == Application.id)
        .where(Application.uscc.in_(codes))
        .order_by(Application.policy_year, Application.serial)
    ).all()
    by_code: dict[str, list[tuple[Application, Policy | None]]] = {}
    for application, policy in pairs:
        by_code.setdefault(application.uscc, []).append((application, policy))
    mine = {
        member.id: [pair for pair in by_code.get(member.uscc, []) if open_to_member(member, pair[0])]
        for member in members
    }
    newest = {member_id: found[-1][0] for member_id, found in mine.items() if found}
    failed = _failed(session, newest.values())
    appeals = {one.application_id: one for one in _open_appeals(session, newest.values())}
    drafts = {
        one.membership_id: one
        for one in session.execute(
            select(Draft).where(Draft.membership_id.in_([m.id for m in members]), Draft.state == stages.OPEN)
        ).scalars()
    }
    asked = _asked(session, members, newest, appeals)
    window = _window(today)
    return [
        Standing(
            member=member,
            application=newest.get(member.id),
            policy=_policy(mine[member.id], today),
            told=_told(member, newest.get(member.id), failed),
            draft=drafts.get(member.id),
            asked=asked.get(member.id),
            appeal=appeals.get(newest[member.id].id) if member.id in newest else None,
            window=window if window and _may_apply(mine[member.id], window) else None,
        )
        for member in members
    ]


def _policy(pairs: Iterable[tuple[Application, Policy | None]], today: date) -> ListedPolicy | None:
    policies = [policy for _application, policy in pairs if policy is not None]
    return listed(policies[-1], today) if policies else None


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


def _failed(session: Session, applications: Iterable[Application]) -> dict[str, set[str]]:
    """By application the rules that failed when they last ran over it."""
    ids = [one.id for one in applications]
    newest = (
        select(Decision.application_id, func.max(Decision.sequence).label("sequence"))
        .where(Decision.application_id.in_(ids))
        .group_by(Decision.application_id)
        .subquery()
    )
    query = select(Decision.application_id, Decision.failed).join(
        newest,
        (Decision.application_id == newest.c.application_id) & (Decision.sequence == newest.c.sequence),
    )
    return {application_id: set(failed.split()) for application_id, failed in session.execute(query)}


def _told(member: Membership, application: Application | None, failed: dict[str, set[str]]) -> bool:
    if application is None or member.state == stages.CONFIRMED:
        return True
    return bool(failed.get(application.id, set()) & set(PUBLIC_CODES))


def _open_appeals(session: Session, applications: Iterable[Application]) -> Sequence[Appeal]:
    query = select(Appeal).where(
        Appeal.application_id.in_([one.id for one in applications]), Appeal.state.in_(stages.OPEN_APPEAL_STATES)
    )
    return session.execute(query).scalars().all()


def _asked(
    session: Session,
    members: Sequence[Membership],
    newest: dict[str, Application],
    appeals: dict[str, Appeal],
) -> dict[str, Asked]:
    """By membership what the desk asks for, and has no answer to yet."""
    subjects: dict[tuple[str, str], str] = {}
    for member in members:
        subjects["membership", member.id] = member.uscc
        if (application := newest.get(member.id)) is not None:
            subjects["application", application.id] = application.number
            if (appeal := appeals.get(application.id)) is not None:
                subjects["appeal", appeal.id] = appeal.number
    query = select(Request).where(
        Request.subject_id.in_([subject_id for _kind, subject_id in subjects]),
        Request.answered_at.is_(None),
        Request.closed_at.is_(None),
    )
    found = {
        (one.subject_kind, one.subject_id): Asked(
            one.subject_kind, subjects[one.subject_kind, one.subject_id], one.due_on
        )
        for one in session.execute(query).scalars()
        if (one.subject_kind, one.subject_id) in subjects
    }
    asked = {}
    for member in members:
        application = newest.get(member.id)
        appeal = appeals.get(application.id) if application else None
        keys = [("membership", member.id)]
        keys += [("application", application.id)] if application else []
        keys += [("appeal", appeal.id)] if appeal else []
        of_member = [found[key] for key in keys if key in found]
        if of_member:
            asked[member.id] = min(of_member, key=lambda one: one.due_on)
    return asked
