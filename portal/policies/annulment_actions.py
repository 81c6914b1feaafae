"""Annulling the policy of somebody who turned out not to act for the firm, so that the firm itself can enrol."""

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.accounts.exporters import account_person
from portal.applications.records import Application, Review
from portal.applications.reviews import ANNUL, LONGEST_REASON, SHORTEST_REASON, ReasonNeeded
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.people import People, PersonErased, Sealer
from portal.common.roles import Actor
from portal.members.queries import never_acted, require_untied
from portal.members.records import Membership
from portal.messages.actions import tell
from portal.policies.actions import NotPossible, end_policy
from portal.policies.records import Policy
from portal.scheme import stages


def annul(instance: Instance, who: Actor, number: str, reason: str) -> None:
    """Annul a policy that somebody enrolled who does not act for the firm: as if it had never been.

    The reason is kept as a review of the application, sealed. Cover, application and place in the roster end with
    the day of issue, and the firm itself can apply. Annulling again changes nothing. Raises `ReasonNeeded`,
    `TiedToFirm`, and `NotPossible`: `unknown`, `not_in_force` (withdrawn before), or `not_by_stranger` where the
    policy came by file or by somebody who was rightly confirmed.
    """
    roles.require(who, roles.ANNULS_POLICIES, "annul a policy")
    reason = visible(reason)
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ReasonNeeded(f"{len(reason)} characters")
    with instance.database.locked() as session:
        policy = session.execute(select(Policy).where(Policy.number == number)).scalar_one_or_none()
        if policy is None:
            raise NotPossible("unknown", number)
        require_untied(session, who, policy.uscc, "annul a policy")
        if policy.state == stages.ANNULLED:
            return
        if policy.state != stages.IN_FORCE:
            raise NotPossible("not_in_force", number)
        member = stranger(session, policy)
        if member is None:
            raise NotPossible("not_by_stranger", number)
        with audit.audited(session, who, "policies.annul", f"policy {number}"):
            application = end_policy(session, policy, stages.ANNULLED, policy.issued_on)
            sealer = _sealer(People(session, instance.keys), member, application)
            session.add(
                Review(
                    id=str(ULID()),
                    application_id=application.id,
                    decision_id=policy.decision_id,
                    outcome=ANNUL,
                    codes="",
                    person_id=sealer.person_id,
                    reason_sealed=sealer.seal("reason", reason),
                    reviewed_by=who.id,
                    reviewed_at=clock.now(),
                )
            )
            tell(
                session,
                instance,
                [member.account_id],
                "policy_annulled",
                f"policy {number}",
                f"/my/policies/{number}" if member.state in stages.LIVE_MEMBERSHIP_STATES else "/my",
                {"number": number},
            )


def stranger(session: Session, policy: Policy) -> Membership | None:
    """The membership by which a policy was enrolled, if `never_acted` says so of it; else None."""
    application = session.get(Application, policy.application_id)
    if application is None or application.membership_id is None:
        return None
    member = session.get(Membership, application.membership_id)
    return member if member is not None and never_acted(member) else None


def _sealer(people: People, member: Membership, application: Application) -> Sealer:
    """Under whose key the reason is: the claimant's, else the representative's; of two erased people nobody's."""
    for person_id in (account_person(people.session, member.account_id).person_id, application.representative_id):
        try:
            return people.sealer(person_id)
        except PersonErased:
            continue
    return people.person("annulled", application.id)
