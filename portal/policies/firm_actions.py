"""What a firm does about its policy itself: acknowledging that it has read it (收悉), and leaving it."""

from datetime import date

from sqlalchemy.orm import Session

from portal.accounts.exporters import account_person
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor, NotAllowed
from portal.policies.actions import NotPossible, withdraw_policy
from portal.policies.document import document_of
from portal.policies.queries import policy_case
from portal.policies.readers import MyPolicy, my_policy
from portal.programme.actions import terms_by_fingerprint
from portal.scheme import stages

WEB = "web"


def acknowledge(instance: Instance, who: Actor, number: str, name: str, fingerprint: str) -> bool:
    """A member acknowledges the policy for the firm; False when somebody had done so before.

    Kept are the person (the account's; `name` is sealed under its key), the moment, and version and SHA-256 of
    the document. `fingerprint` is that of the document which was read: `NotPossible("changed")` when it reads
    otherwise by now. Raises `NotAllowed` for a policy that this account may not read, and
    `NotPossible("not_in_force")` once it has ended, or is withdrawn or annulled.
    """
    roles.require(who, roles.APPLIES, "acknowledge a policy")
    with instance.database.locked() as session:
        policy = _mine(session, who, number, "acknowledge a policy").policy
        if policy.acknowledged_on is not None:
            return False
        if policy.state != stages.IN_FORCE or policy.ends_on < clock.today():
            raise NotPossible("not_in_force", number)
        case = policy_case(session, number)
        assert case is not None  # the policy has just been read, and it always has its decision
        document = document_of(policy, terms_by_fingerprint(session, case.decision.terms_fingerprint))
        if document.fingerprint != fingerprint:
            raise NotPossible("changed", number)
        with audit.audited(
            session,
            who,
            "policies.acknowledge",
            f"policy {number}",
            way=WEB,
            document=document.fingerprint,
            version=document.version,
        ):
            person_id = account_person(session, who.id).person_id
            sealer = People(session, instance.keys).sealer(person_id)
            policy.acknowledged_on = clock.today()
            policy.acknowledged_at = clock.now()
            policy.acknowledged_by = person_id
            policy.acknowledged_sealed = sealer.seal_fields({"name": name})
            policy.document_version = document.version
            policy.document_sha256 = document.fingerprint
    return True


def withdraw(instance: Instance, who: Actor, number: str) -> date:
    """A confirmed member takes the firm out of its policy: the first day without cover, which is today.

    Sent twice, nothing more happens. Raises `NotAllowed` for whoever is not confirmed to act for the firm, and
    `NotPossible("not_in_force")` when cover has ended or the policy was annulled.
    """
    roles.require(who, roles.APPLIES, "withdraw a policy")
    with instance.database.locked() as session:
        mine = _mine(session, who, number, "withdraw a policy")
        if not mine.confirmed:
            raise NotAllowed(who, "withdraw a policy")
        policy, today = mine.policy, clock.today()
        if policy.state == stages.WITHDRAWN and policy.withdrawn_on is not None:
            return policy.withdrawn_on
        if policy.state != stages.IN_FORCE or policy.ends_on < today:
            raise NotPossible("not_in_force", number)
        with audit.audited(session, who, "policies.withdraw", f"policy {number}", way=WEB):
            withdraw_policy(session, instance, policy, today)
    return today


def _mine(session: Session, who: Actor, number: str, action: str) -> MyPolicy:
    found = my_policy(session, who.id, number)
    if found is None:
        raise NotAllowed(who, action)
    return found
