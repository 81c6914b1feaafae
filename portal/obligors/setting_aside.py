"""Setting an exclusion aside that merely has a like name: with a reason, for that obligor and that entry only.

What was set aside wrongly is taken back by hand: the entry counts again, and the record keeps both people.
"""

import json

from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.obligors.answering import LONGEST_REASON, SHORTEST_REASON, BadReason, require_untied_to_dealers
from portal.obligors.exclusions import Hit, entry_sha256, hits_for, in_force, set_asides
from portal.obligors.queries import find_obligor
from portal.obligors.records import Exclusion, ExclusionSetAside, Obligor
from portal.obligors.roots import UnknownObligor, group_of, root_of


class NotLikeByName(ValueError):
    """The entry does not concern the obligor, or not by a like name alone: a country and a number stay."""


class NotSetAside(LookupError):
    """Nothing was set aside for this obligor and this entry."""


def set_exclusion_aside(instance: Instance, who: Actor, number: str, entry_id: int, reason: str) -> None:
    """A person found that an excluded party is not this obligor, although they have like names.

    Holds until the entry says anything else, or the obligor goes by another name that is like it. What this frees
    is approved or released by another person: whoever sets aside does neither. Twice is once. Raises
    `UnknownObligor`, `NotLikeByName`, `BadReason`, `TiedToFirm`.
    """
    roles.require(who, roles.SETS_EXCLUSIONS_ASIDE, "set an exclusion aside")
    words = _words(reason)
    with instance.database.locked() as session:
        root = _root(session, number)
        hit = _hit(session, root.id, entry_id)
        if hit.aside is not None:
            return
        with audit.audited(session, who, "obligors.set_exclusion_aside", f"obligor {root.number}", entry=entry_id):
            require_untied_to_dealers(session, who, group_of(session, root.id), "set an exclusion aside")
            session.add(
                ExclusionSetAside(
                    id=str(ULID()),
                    obligor_id=root.id,
                    entry_sha256=entry_sha256(hit.entry),
                    names=json.dumps(hit.names, ensure_ascii=False),
                    reason=words,
                    set_by=who.id,
                    set_at=clock.now(),
                )
            )
            session.flush()
            if instance.after_exclusions is not None:
                instance.after_exclusions(session, who)


def take_set_aside_back(instance: Instance, who: Actor, number: str, entry_id: int, reason: str) -> None:
    """A person found that an entry that was set aside is about this obligor after all: it counts again.

    Claims that it bars stand out from then on. Twice is once. Raises `UnknownObligor`, `NotLikeByName`,
    `NotSetAside`, `BadReason`, `TiedToFirm`.
    """
    roles.require(who, roles.SETS_EXCLUSIONS_ASIDE, "let an exclusion count again")
    words = _words(reason)
    with instance.database.locked() as session:
        root = _root(session, number)
        hit = _hit(session, root.id, entry_id)
        if hit.aside is None:
            if hit.taken_back:
                return
            raise NotSetAside(str(entry_id))
        group = group_of(session, root.id)
        with audit.audited(session, who, "obligors.take_set_aside_back", f"obligor {root.number}", entry=entry_id):
            require_untied_to_dealers(session, who, group, "let an exclusion count again")
            # All that stands for the pair: an older one, of fewer names, must not hold again by itself.
            for one in set_asides(session, group)[entry_sha256(hit.entry)]:
                if one.taken_back_at is None:
                    one.taken_back_by, one.taken_back_at, one.taken_back_reason = who.id, clock.now(), words
            session.flush()
            if instance.after_exclusions is not None:
                instance.after_exclusions(session, who)


def _words(reason: str) -> str:
    words = visible(reason)
    if not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        raise BadReason(f"{len(words)} characters")
    return words


def _root(session: Session, number: str) -> Obligor:
    found = find_obligor(session, number)
    if found is None:
        raise UnknownObligor(number)
    return root_of(session, found.id)


def _hit(session: Session, root_id: str, entry_id: int) -> Hit:
    entry = session.get(Exclusion, entry_id)
    if entry is not None:
        held = [one for one in in_force(session, entry.scheme, clock.today()) if one.id == entry_id]
        for hit in hits_for(session, root_of(session, root_id), held):
            if hit.names:
                return hit
    raise NotLikeByName(str(entry_id))
