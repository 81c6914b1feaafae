"""What staff ask a firm for on a claim, once and together: it answers each item with files, or says why not."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from portal.applications import requests
from portal.applications.records import Request
from portal.claims import claim_clocks as clocks
from portal.claims import papers
from portal.claims.filing import start_work
from portal.claims.mine import MOST_FILES, Mine, require_mine
from portal.claims.moves import happened, move
from portal.claims.papers import missing_items
from portal.claims.records import Claim, Paper
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import CheckedFile
from portal.scheme import stages


def asked_of(session: Session, claim: Claim) -> Request | None:
    """What the firm is asked for on a claim now, if anything."""
    if claim.state != stages.ASKED:
        return None
    return requests.open_request(session, requests.CLAIM, claim.id)


def answer_claim(
    instance: Instance,
    who: Actor,
    number: str,
    request_id: str,
    fields: Mapping[str, str],
    files: Mapping[str, Sequence[CheckedFile]],
) -> None:
    """Answer everything that is asked: by item the files, or in words why there is none. The clock goes on.

    What was handed in for an item since it was asked for counts too. Raises `UnknownClaim`, `NotAllowed`,
    `requests.NotAsked` when nothing is asked any more, `requests.NotAnswered` with the items left open,
    `papers.TooManyFiles`.
    """
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "claims.answer", f"claim {number}") as session:
        mine = require_mine(session, who, number, "answer a request")
        request = asked_of(session, mine.claim)
        if request is None or request.id != request_id:
            raise requests.NotAsked(request_id)
        items = request.items.split()
        _hand_in(session, instance, who, mine, items, files)
        there = handed_in_since(session, mine.claim, request)
        left = [item for item in items if not (there.get(item) or fields.get(item))]
        if left:
            raise requests.NotAnswered(left)
        said = {item: fields[item] for item in items if fields.get(item)}
        own = [one.document_id for ones in there.values() for one in ones if one.added_by == who.id]
        requests.answer(session, instance, who, request, said, list(dict.fromkeys(own))[:MOST_FILES])
        _go_on(session, instance, who, mine.claim)


def keep_files(instance: Instance, who: Actor, number: str, files: Mapping[str, Sequence[CheckedFile]]) -> None:
    """Hand in the files of an answer that could not be sent yet, so that nobody has to choose them again."""
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "claims.add_papers", f"claim {number}") as session:
        mine = require_mine(session, who, number, "answer a request")
        request = asked_of(session, mine.claim)
        if request is not None:
            _hand_in(session, instance, who, mine, request.items.split(), files)


def handed_in_since(session: Session, claim: Claim, request: Request) -> dict[str, list[Paper]]:
    """By item the papers that came for it since it was asked for."""
    found = {}
    for one in papers.papers_of(session, claim):
        if fresh := [paper for paper in one.now if paper.added_at >= request.asked_at]:
            found[one.item.code] = fresh
    return found


def _hand_in(
    session: Session,
    instance: Instance,
    who: Actor,
    mine: Mine,
    items: Sequence[str],
    files: Mapping[str, Sequence[CheckedFile]],
) -> None:
    for item in items:
        if given := files.get(item):
            papers.add(session, instance, who, mine, item, given, asked=items)


def _go_on(session: Session, instance: Instance, who: Actor, claim: Claim) -> None:
    """Back to the staff: the clock goes on, or the assessment's starts if the documents are complete now."""
    today = clock.today()
    move(claim, stages.ASSESSING)
    happened(session, instance, who, claim, "answered", today)
    clocks.resume(session, claim, today)
    if claim.complete_on is None and not missing_items(session, claim):
        start_work(session, instance, who, claim, today)
