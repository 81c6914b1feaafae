"""An excess over the cap that a merge brought to light: clawed back or waived, by two people and with a reason.

One person proposes, an approver decides. A claw back takes the excess off the newest indemnities first; what was
paid of them the firm then owes. A waiver leaves them, and the ledger says so.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.moves import happened
from portal.claims.records import Claim
from portal.common import audit, clock, roles
from portal.common.audit import canonical_json
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.ledger.accounts import Kind, LineInput, Place, reversal_lines, waiver_lines
from portal.ledger.entries import enter
from portal.ledger.queries import (
    approved_and_reversed,
    cap_of,
    indemnity_of_claim,
    owed_to_payee,
    policies_of_year,
    waived,
)
from portal.members.queries import accounts_of, require_untied
from portal.messages.actions import tell
from portal.obligors.records import ExcessTask
from portal.obligors.roots import group_of
from portal.scheme import stages
from portal.scheme.buyer_cap import excess, to_decide
from portal.scheme.money import Money

CLAW_BACK, WAIVE = "claw_back", "waive"
OUTCOMES = (CLAW_BACK, WAIVE)
SHORTEST_REASON, LONGEST_REASON = 4, 1000  # characters


class UnknownExcess(LookupError):
    """There is no such task."""


class StaleExcess(Exception):
    """The task moved on since somebody looked at it."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state


class OtherAmounts(Exception):
    """What the decision does is another by now than what was looked at: another merge, approval or reversal."""


class BeingPaid(Exception):
    """A claim that the claw back would touch is at the paying bank: first its answer must come."""

    def __init__(self, claim: str) -> None:
        super().__init__(claim)
        self.claim = claim


class SamePerson(NotAllowed):
    """Whoever proposed never approves."""


class Taken(NamedTuple):
    """What a claw back takes off one claim, and what of that was not paid yet."""

    claim: Claim
    amount: Money
    unpaid: Money


class Standing(NamedTuple):
    """An excess as it stands now, with the claims it is made of, newest approval first."""

    cap: Money
    approved: Money
    reversed: Money
    excess: Money
    claims: tuple[tuple[Claim, Money], ...]


def excess_of(session: Session, number: str) -> ExcessTask:
    """The task of this number; raises `UnknownExcess`."""
    found = session.execute(select(ExcessTask).where(ExcessTask.number == number)).scalar()
    if found is None:
        raise UnknownExcess(number)
    return found


def standing(session: Session, task: ExcessTask) -> Standing:
    """The excess as the ledger has it now: smaller than the task says, or gone, where something was reversed.

    What two people let stand before is no part of it: that is neither clawed back nor waived again.
    """
    group = group_of(session, task.obligor_id)
    cap = cap_of(session, task.policy_id)
    approved, reversed_ = approved_and_reversed(session, task.policy_id, group)
    query = (
        select(Claim)
        .where(
            Claim.policy_id.in_(policies_of_year(session, task.policy_id)),
            Claim.obligor_id.in_(group),
            Claim.approved_on.is_not(None),
        )
        .order_by(Claim.approved_on.desc(), Claim.number.desc())
    )
    above = excess(cap, approved, reversed_)
    claims = [(one, indemnity_of_claim(session, one.id, cap.currency)) for one in session.execute(query).scalars()]
    return Standing(
        cap,
        approved,
        reversed_,
        to_decide(above, waived(session, task.policy_id, group)),
        tuple((claim, indemnity) for claim, indemnity in claims if indemnity.minor),
    )


def taken(session: Session, now: Standing) -> list[Taken]:
    """What a claw back would take off which claim: the newest approval first."""
    left, found = now.excess, []
    for claim, indemnity in now.claims:
        amount = min(left, indemnity)
        if amount.minor:
            found.append(Taken(claim, amount, min(amount, owed_to_payee(session, claim.id, amount.currency))))
            left -= amount
    return found


def seen_of(session: Session, task: ExcessTask, now: Standing) -> str:
    """The check hash of what a decision would do as the ledger stands: its outcome, every amount it touches."""
    held = [[one.claim.number, one.amount.minor, one.unpaid.minor] for one in taken(session, now)]
    standing_ = [[claim.number, indemnity.minor] for claim, indemnity in now.claims]
    content = [task.number, task.outcome, now.cap.minor, now.excess.minor, now.excess.currency, standing_, held]
    return sha256(canonical_json(content).encode()).hexdigest()


def propose(instance: Instance, who: Actor, number: str, outcome: str, reason: str) -> None:
    """Propose to claw back or to waive, for an approver to decide. The same twice is once.

    Raises `UnknownExcess`, `StaleExcess`, ``ValueError`` for an unknown outcome or a reason too short or too long.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "propose what becomes of an excess")
    reason = visible(reason)
    if outcome not in OUTCOMES or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"{outcome} for a reason of {len(reason)} characters")
    with instance.database.locked() as session:
        task = excess_of(session, number)
        if (task.state, task.proposed_by, task.outcome) == (stages.PROPOSED, who.id, outcome):
            return
        if task.state != stages.OPEN:
            raise StaleExcess(number, task.state)
        with audit.audited(session, who, "excesses.propose", f"excess {number}", outcome=outcome):
            require_untied(session, who, task.uscc, "propose what becomes of an excess")
            _move(task, stages.PROPOSED)
            task.outcome, task.reason = outcome, reason
            task.proposed_by, task.proposed_at = who.id, clock.now()


def send_back(instance: Instance, who: Actor, number: str) -> None:
    """An approver does not follow the proposal: the task is open again. Twice is once."""
    roles.require(who, roles.APPROVES_CLAIMS, "decide on an excess")
    with instance.database.locked() as session:
        task = excess_of(session, number)
        if task.state == stages.OPEN:
            return
        if task.state != stages.PROPOSED:
            raise StaleExcess(number, task.state)
        with audit.audited(session, who, "excesses.send_back", f"excess {number}"):
            require_untied(session, who, task.uscc, "decide on an excess")
            _move(task, stages.OPEN)


def approve(instance: Instance, who: Actor, number: str, seen_outcome: str, seen_sha256: str) -> None:
    """An approver decides as proposed, by another person than who proposed it. Twice is once.

    Raises `UnknownExcess`, `SamePerson`, `StaleExcess` when something else is proposed by now, `OtherAmounts` when
    it would do something else to any claim than what was looked at (`seen_of`), `BeingPaid`.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "decide on an excess")
    with instance.database.locked() as session:
        task = excess_of(session, number)
        if task.state == stages.DONE and task.approved_by == who.id:
            return
        if task.state != stages.PROPOSED or task.outcome != seen_outcome:
            raise StaleExcess(number, task.state)
        if task.proposed_by == who.id:
            raise SamePerson(who, "approve what they proposed")
        now = standing(session, task)
        if seen_of(session, task, now) != seen_sha256:
            raise OtherAmounts(number)
        with audit.audited(session, who, "excesses.approve", f"excess {number}", outcome=seen_outcome):
            require_untied(session, who, task.uscc, "decide on an excess")
            if now.excess.minor:
                _decide(session, instance, who, task, now)
            _move(task, stages.DONE)
            task.approved_by, task.approved_at = who.id, clock.now()


def _decide(session: Session, instance: Instance, who: Actor, task: ExcessTask, now: Standing) -> None:
    lines: list[LineInput] = []
    if task.outcome == WAIVE:
        claim = now.claims[0][0]
        lines = waiver_lines(_place(claim), now.excess)
    else:
        for one in taken(session, now):
            if one.claim.state == stages.PAYING:
                raise BeingPaid(one.claim.number)
            lines += reversal_lines(_place(one.claim), one.amount, one.unpaid)
    enter(
        session,
        who,
        Kind.WAIVER if task.outcome == WAIVE else Kind.CLAW_BACK,
        f"excess {task.number}",
        clock.today(),
        f"excess {task.number}",
        lines,
        approved_by=who.id,
        reason=task.reason,
    )
    if task.outcome == CLAW_BACK:
        touched = dict.fromkeys(one.claim_id for one in lines)
        _follow(session, instance, who, [session.get_one(Claim, one) for one in touched])


def _follow(session: Session, instance: Instance, who: Actor, claims: Sequence[Claim]) -> None:
    """What a claw back changes on its claims, and what their firm is told."""
    for claim in claims:
        claim.approved_minor = indemnity_of_claim(session, claim.id, claim.currency).minor
        happened(session, instance, who, claim, "clawed_back", clock.today())
        tell(
            session,
            instance,
            accounts_of(session, claim.uscc),
            "claim_clawed_back",
            f"claim {claim.number}",
            f"/my/claims/{claim.number}",
            {"number": claim.number},
        )


def _place(claim: Claim) -> Place:
    return Place(claim.policy_id, claim.obligor_id, claim.id)


def _move(task: ExcessTask, state: str) -> None:
    stages.require(stages.EXCESS, task.state, state)
    task.state = state
