"""The same decision for several applications in which one and the same thing is to be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from portal.applications import reviews
from portal.applications.sentences import short_reason
from portal.common import audit
from portal.common.instance import Instance
from portal.common.people import People, PersonErased
from portal.common.roles import Actor, NotAllowed
from portal.desk.holding import APPLICATION
from portal.desk.queue_queries import QueueRow
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing

# What became of one case of several.
DONE, MOVED_ON, NOT_YOURS, ERASED, NO_SOURCE = "done", "moved_on", "not_yours", "erased", "no_source"


class Seen(NamedTuple):
    """A case as the reviewer saw it: its number, and the decision that was on the page."""

    number: str
    decision_id: str


@dataclass(frozen=True)
class Result:
    """What became of one case: one of the codes above, and its state now."""

    number: str
    outcome: str
    state: str


def batch_key(row: QueueRow) -> str | None:
    """What is to be looked at, when it is one thing only and the reader may decide it; the same for equal cases.

    None for a case that has to be decided on its own page: several points, several list entries in question, a
    firm that the reader is tied to, a policy year that is over.
    """
    if row.kind != APPLICATION or row.state != stages.REFERRED or row.tied or row.over:
        return None
    found = {short_reason(finding) for finding in row.findings}
    if len(found) != 1 or len(entries_in_question(row)) > 1:
        return None
    return " ".join([found.pop(), *(finding.code for finding in row.findings)])


def entries_in_question(row: QueueRow) -> list[int]:
    """The list entries that the rules put before a person on this case."""
    found = [f.value["entries"] for f in row.findings if f.code in reviews.LIST_RULES]
    return sorted({int(str(entry)) for entries in found if isinstance(entries, list) for entry in entries})


def outcomes_for(rows: Sequence[QueueRow]) -> tuple[str, ...]:
    """What can be decided of all these cases at once; nothing unless the same is to be looked at in each."""
    keys = {batch_key(row) for row in rows}
    if len(keys) != 1 or None in keys:
        return ()
    listed = any(entries_in_question(row) for row in rows)
    return (reviews.SET_ASIDE, reviews.REJECT) if listed else (reviews.APPROVE, reviews.REJECT)


def decide_all(
    instance: Instance,
    who: Actor,
    cases: Sequence[Seen],
    outcome: str,
    reason: str,
    entries: Mapping[str, Sequence[int]],
) -> list[Result]:
    """Decide each case in a transaction of its own, with one reason; a case that moved on is left as it is.

    `entries` are the list entries to set aside, by the case's number. Sent a second time it gives the same
    results: what this person has saved already counts as done. Raises what `reviews.review` raises for a reason
    that is none.
    """
    results = []
    for case in cases:
        try:
            state = reviews.review(
                instance, who, case.number, case.decision_id, outcome, reason, entries.get(case.number, ())
            )
        except reviews.StaleCase as stale:
            done = _saved_already(instance, who, case, outcome, reason)
            results.append(Result(case.number, DONE if done else MOVED_ON, stale.state))
        except (reviews.MatchOpen, reviews.NotThisMatch):
            results.append(Result(case.number, MOVED_ON, stages.REFERRED))
        except NotAllowed as refused:
            subject = f"application {case.number}"
            audit.note(instance.database, who, "access", subject, audit.REFUSED, refused=refused.action)
            results.append(Result(case.number, NOT_YOURS, stages.REFERRED))
        except PersonErased:
            results.append(Result(case.number, ERASED, stages.REFERRED))
        except SourceMissing:
            results.append(Result(case.number, NO_SOURCE, stages.REFERRED))
        else:
            results.append(Result(case.number, DONE, state))
    return results


def _saved_already(instance: Instance, who: Actor, case: Seen, outcome: str, reason: str) -> bool:
    with instance.database.reading() as session:
        people = People(session, instance.keys)
        return reviews.saved_already(session, people, who, case.number, case.decision_id, outcome, reason)
