"""Two obligors are found to be one: what that does to each firm's room, doing it, and undoing it.

Merging never changes what was approved. Where two records together stand above the cap, the excess becomes an
open task. Money is counted over the whole group, so nothing is rewritten, and undoing gives back what was.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.accounts import Account
from portal.ledger.queries import approved_and_reversed, cap_of, policies_of_year, waived
from portal.ledger.records import Line
from portal.ledger.waivers import lapse_waivers
from portal.members.queries import TiedToFirm, tied_to
from portal.obligors.answering import (
    SAME_REASONS,
    checked_reason,
    record_answer,
    reopen,
    require_untied_to_dealers,
)
from portal.obligors.queries import find_merge, find_obligor
from portal.obligors.records import ExcessTask, Lookalike, Merge, Obligor
from portal.obligors.roots import LIVE, MERGED, UnknownObligor, group_of, root_of
from portal.policies.records import Policy
from portal.programme import service_levels
from portal.programme.working_days import due
from portal.scheme import stages
from portal.scheme.buyer_cap import excess, room, standing, to_decide
from portal.scheme.money import Money

OPEN_TASKS = (stages.OPEN, stages.PROPOSED)
UNDONE = "merge_undone"


class UnknownMerge(LookupError):
    """There is no merge of this number."""


class CannotMerge(Exception):
    """These two cannot become one; `code` says why: same, undone_first."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StaleMerge(Exception):
    """What the merge would do is no longer what was shown, or the merge is no longer as it was."""


@dataclass(frozen=True)
class Effect:
    """What a merge does under one policy: what stands for either, and the room and excess of both together."""

    policy_id: str
    policy: str
    uscc: str
    firm_name: str
    cap: Money
    kept: Money
    merged: Money
    room: Money
    excess: Money

    def plain(self) -> dict[str, str | int]:
        """As it is frozen with the merge: amounts in cents."""
        return {
            "policy": self.policy,
            "uscc": self.uscc,
            "currency": self.cap.currency,
            "cap": self.cap.minor,
            "kept": self.kept.minor,
            "merged": self.merged.minor,
            "room": self.room.minor,
            "excess": self.excess.minor,
        }


def effects(session: Session, kept_id: str, merged_id: str) -> list[Effect]:
    """What making one of two obligors would do, for every policy under which anything was approved for either.

    Policies of one firm and policy year share a cap: they are one effect, named by the first of them.
    """
    kept, merged = group_of(session, kept_id), group_of(session, merged_id)
    query = (
        select(Policy)
        .join(Line, Line.policy_id == Policy.id)
        .where(Line.obligor_id.in_([*kept, *merged]), Line.account == Account.INDEMNITY)
        .distinct()
        .order_by(Policy.firm_name, Policy.number)
    )
    years = dict.fromkeys(policies_of_year(session, one.id)[0] for one in session.execute(query).scalars())
    return [_effect(session, session.get_one(Policy, one), kept, merged) for one in years]


def _effect(session: Session, policy: Policy, kept: Sequence[str], merged: Sequence[str]) -> Effect:
    cap = cap_of(session, policy.id)
    approved1, reversed1 = approved_and_reversed(session, policy.id, kept)
    approved2, reversed2 = approved_and_reversed(session, policy.id, merged)
    both = (approved1 + approved2, reversed1 + reversed2)
    return Effect(
        policy.id,
        policy.number,
        policy.uscc,
        policy.firm_name,
        cap,
        standing(approved1, reversed1),
        standing(approved2, reversed2),
        room(cap, *both),
        excess(cap, *both),
    )


def seen(found: Sequence[Effect]) -> str:
    """A digest of what a merge would do, so that nobody confirms something else than was shown."""
    return sha256(_frozen(found).encode()).hexdigest()


def _frozen(found: Sequence[Effect]) -> str:
    return json.dumps([one.plain() for one in found], ensure_ascii=False, sort_keys=True)


def merge(
    instance: Instance,
    who: Actor,
    kept_number: str,
    merged_number: str,
    reason_code: str,
    reason: str,
    seen_effects: str,
) -> Merge:
    """Make one of two obligors; the merged one leads to the kept one from now on. The same twice is once.

    Look-alikes between them are answered, and an excess becomes an open task. Raises `UnknownObligor`,
    `CannotMerge`, `StaleMerge` when the effects are no longer those seen, `BadReason`, `TiedToFirm`.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "merge obligors")
    words = checked_reason(reason_code, reason, SAME_REASONS)
    with instance.database.locked() as session:
        kept, merged = _obligor(session, kept_number), _obligor(session, merged_number)
        before = _done_by(session, who, kept, merged)
        if before is not None:
            return before
        if kept.state != LIVE or merged.state != LIVE or kept.id == merged.id:
            raise CannotMerge(
                "same" if root_of(session, kept.id) is root_of(session, merged.id) else "undone_first"
            )
        found = effects(session, kept.id, merged.id)
        if seen(found) != seen_effects:
            raise StaleMerge
        with audit.audited(session, who, "obligors.merge", f"obligor {merged.number}") as entry:
            _require_untied(session, who, (kept, merged), found, "merge obligors")
            answered = _answer(session, who, kept, merged, reason_code, words)
            made = _new_merge(session, who, kept, merged, reason_code, words)
            made.effects = _frozen(found)
            made.lookalike_id = answered
            session.add(made)
            merged.merged_into, merged.state = kept.id, MERGED
            session.flush()
            for one in found:
                settle_excess(session, who, one.policy_id, kept.id, made.id)
            entry.details.update(kept=kept.number, merge=made.number)
        return made


def undo_merge(instance: Instance, who: Actor, number: str, reason: str) -> None:
    """Undo a merge: the two are two again, the look-alike is open again, tasks for an excess that is gone close.

    What was entered for the one they were since then stays with the kept one. Undoing twice changes nothing.
    Raises `UnknownMerge`, `StaleMerge` when the merged one leads elsewhere by now, `BadReason`, `TiedToFirm`.
    """
    roles.require(who, roles.MINDS_OBLIGORS, "undo a merge")
    words = checked_reason(UNDONE, reason, (UNDONE,))
    with instance.database.locked() as session:
        done = find_merge(session, number)
        if done is None:
            raise UnknownMerge(number)
        if done.undone_at is not None:
            return
        merged = session.get_one(Obligor, done.merged_id)
        kept = session.get_one(Obligor, done.kept_id)
        if merged.merged_into != kept.id:
            raise StaleMerge
        policies = [one.policy_id for one in effects(session, kept.id, kept.id)]
        with audit.audited(session, who, "obligors.undo_merge", f"obligor {merged.number}", merge=number):
            require_untied_to_dealers(session, who, (kept.id,), "undo a merge")
            done.undone_by, done.undone_at, done.undone_reason = who.id, clock.now(), words
            merged.merged_into, merged.state = None, LIVE
            session.flush()
            asked = session.get(Lookalike, done.lookalike_id) if done.lookalike_id else None
            if asked is not None and asked.state == stages.SAME:
                reopen(asked)
            for policy_id in policies:
                for one in (kept.id, merged.id):
                    settle_excess(session, who, policy_id, root_of(session, one).id, done.id)


def settle_excess(session: Session, who: Actor, policy_id: str, root_id: str, merge_id: str | None) -> None:
    """Let the tasks of a policy and an obligor follow the ledger: one while more stands than the cap and nobody
    waived it, none else. A waiver of more than stands above the cap lapses. Inside an audited block.
    """
    group = group_of(session, root_id)
    year = policies_of_year(session, policy_id)
    policy_id = year[0]
    above = excess(cap_of(session, policy_id), *approved_and_reversed(session, policy_id, group))
    lapse_waivers(session, who, policy_id, group, above)
    over = to_decide(above, waived(session, policy_id, group))
    query = select(ExcessTask).where(
        ExcessTask.policy_id.in_(year), ExcessTask.obligor_id.in_(group), ExcessTask.state.in_(OPEN_TASKS)
    )
    tasks = list(session.execute(query.order_by(ExcessTask.serial)).scalars())
    needed = over.minor > 0
    kept = next((one for one in tasks if one.obligor_id == root_id), None) if needed else None
    for task in tasks:
        if task is not kept:
            stages.require(stages.EXCESS, task.state, stages.GONE)
            task.state = stages.GONE
    if kept is not None and kept.excess_minor != over.minor:
        kept.excess_minor = over.minor
        if kept.state == stages.PROPOSED:  # what was proposed was about another amount
            kept.state = stages.OPEN
    if needed and kept is None:
        session.add(_new_task(session, policy_id, root_id, merge_id, over))
    session.flush()


def _new_task(session: Session, policy_id: str, root_id: str, merge_id: str | None, over: Money) -> ExcessTask:
    policy = session.get_one(Policy, policy_id)
    today = clock.today()
    number, serial = _next_number(session, ExcessTask, "X", today)
    return ExcessTask(
        id=str(ULID()),
        number=number,
        serial=serial,
        policy_id=policy_id,
        obligor_id=root_id,
        merge_id=merge_id,
        uscc=policy.uscc,
        firm_name=policy.firm_name,
        excess_minor=over.minor,
        currency=over.currency,
        state=stages.OPEN,
        opened_on=today,
        due_on=due(session, today, service_levels.days(session, service_levels.REVIEW_DAYS, today)).day,
    )


def _new_merge(
    session: Session, who: Actor, kept: Obligor, merged: Obligor, reason_code: str, reason: str
) -> Merge:
    number, serial = _next_number(session, Merge, "J", clock.today())
    return Merge(
        id=str(ULID()),
        number=number,
        serial=serial,
        kept_id=kept.id,
        merged_id=merged.id,
        reason_code=reason_code,
        reason=reason,
        merged_by=who.id,
        merged_at=clock.now(),
    )


def _next_number(
    session: Session, model: type[ExcessTask] | type[Merge], letter: str, today: date
) -> tuple[str, int]:
    query = select(func.max(model.serial)).where(model.number.startswith(f"{letter}{today.year}-"))
    serial = (session.execute(query).scalar() or 0) + 1
    return f"{letter}{today.year}-{serial:05d}", serial


def _answer(
    session: Session, who: Actor, kept: Obligor, merged: Obligor, reason_code: str, reason: str
) -> str | None:
    """Answer what is open between the two groups; the id of the pair itself, or of one of those answered."""
    one, other = group_of(session, kept.id), group_of(session, merged.id)
    query = select(Lookalike).where(
        or_(
            Lookalike.first_id.in_(one) & Lookalike.second_id.in_(other),
            Lookalike.first_id.in_(other) & Lookalike.second_id.in_(one),
        )
    )
    answered = None
    for asked in session.execute(query.order_by(Lookalike.serial)).scalars():
        if asked.state == stages.DIFFERENT:
            reopen(asked)
        if asked.state == stages.OPEN:
            record_answer(asked, who, stages.SAME, reason_code, reason)
            if answered is None or {asked.first_id, asked.second_id} == {kept.id, merged.id}:
                answered = asked.id
    return answered


def _done_by(session: Session, who: Actor, kept: Obligor, merged: Obligor) -> Merge | None:
    """The merge that this person just made of these two: a button pressed twice."""
    if merged.merged_into != kept.id:
        return None
    query = select(Merge).where(
        Merge.kept_id == kept.id,
        Merge.merged_id == merged.id,
        Merge.undone_at.is_(None),
        Merge.merged_by == who.id,
    )
    return session.execute(query).scalar()


def _require_untied(
    session: Session, who: Actor, both: Sequence[Obligor], found: Sequence[Effect], action: str
) -> None:
    require_untied_to_dealers(session, who, [one.id for one in both], action)
    if tied_to(session, who.id, {one.uscc for one in found}):
        raise TiedToFirm(who, action)


def _obligor(session: Session, number: str) -> Obligor:
    found = find_obligor(session, number)
    if found is None:
        raise UnknownObligor(number)
    return found


class FrozenEffect(NamedTuple):
    """What a merge did under one policy, as it was shown when it was confirmed."""

    policy: str
    uscc: str
    cap: Money
    kept: Money
    merged: Money
    room: Money
    excess: Money


def effects_of(done: Merge) -> list[FrozenEffect]:
    """The effects that were frozen with a merge."""
    return [
        FrozenEffect(
            one["policy"],
            one["uscc"],
            *(Money.from_minor(one[name], one["currency"]) for name in FrozenEffect._fields[2:]),
        )
        for one in json.loads(done.effects)
    ]
