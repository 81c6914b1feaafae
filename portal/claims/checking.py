"""A claim's papers at the desk: accepting what shows what it should, asking once for what does not or is missing.

When the last needed item is accepted and the claim is small and clear, it is proposed at once.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.applications import requests
from portal.claims import claim_clocks, fast_lane
from portal.claims.moves import claim_in, claim_of, happened, move, tell_firm
from portal.claims.papers import UnknownPaper, checklist_of, papers_of
from portal.claims.records import Claim, Notice, Paper
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.scheme import stages

LOOKED_INTO = (stages.ASSESSING, stages.ASKED, stages.SUSPENDED)


def accept_papers(instance: Instance, who: Actor, number: str, paper_ids: Sequence[str]) -> bool:
    """Accept papers; gives whether the claim was proposed at once. Accepting again changes nothing.

    Raises `UnknownPaper` when one does not count any more, `StaleClaim` when the claim is not being looked into,
    ``ValueError`` for none.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "accept documents of a claim")
    wanted = list(dict.fromkeys(paper_ids))
    if not wanted:
        raise ValueError("no paper")
    today = clock.today()
    with instance.database.locked() as session:
        there = claim_of(session, number)
        papers = _counting(session, there)
        if not set(wanted) <= papers.keys():
            raise UnknownPaper(number)
        fresh = [papers[one] for one in wanted if papers[one].accepted_at is None]
        if not fresh:
            return False
        claim = claim_in(session, number, *LOOKED_INTO)
        with audit.audited(session, who, "claims.accept_papers", f"claim {number}", papers=len(fresh)):
            require_untied(session, who, claim.uscc, "accept documents of a claim")
            for one in fresh:
                one.accepted_by, one.accepted_at = who.id, clock.now()
            session.flush()
            return claim.state == stages.ASSESSING and fast_lane.propose(session, instance, who, claim, today)


def take_acceptance_back(instance: Instance, who: Actor, number: str, paper_id: str) -> None:
    """A paper was accepted by mistake: it is to be looked at again. Twice is once.

    Raises `UnknownPaper` and `StaleClaim`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "accept documents of a claim")
    with instance.database.locked() as session:
        claim = claim_in(session, number, *LOOKED_INTO)
        paper = _counting(session, claim).get(paper_id)
        if paper is None:
            raise UnknownPaper(number)
        if paper.accepted_at is None:
            return
        with audit.audited(session, who, "claims.unaccept_paper", f"claim {number}"):
            require_untied(session, who, claim.uscc, "accept documents of a claim")
            paper.accepted_by = paper.accepted_at = None


def ask_firm(instance: Instance, who: Actor, number: str, items: Sequence[str], note: str) -> None:
    """Ask the firm for documents of the checklist, or to explain something, once and together; its clock pauses.

    `note` is for staff and auditors. What somebody had begun to assess stays as it is. Raises `StaleClaim`,
    `requests.NothingAsked`, `requests.AlreadyAsked`, ``ValueError`` for a note that is too long.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "ask a firm for more")
    with instance.database.locked() as session:
        claim = claim_in(session, number, stages.ASSESSING, stages.ASKED)
        if claim.state == stages.ASKED:
            raise requests.AlreadyAsked(number)
        with audit.audited(session, who, "claims.ask", f"claim {number}") as entry:
            require_untied(session, who, claim.uscc, "ask a firm for more")
            request = requests.ask(
                session,
                instance,
                who,
                requests.CLAIM,
                claim.id,
                session.get_one(Notice, claim.notice_id).person_id,
                items,
                note,
                known=can_ask_for(session, claim),
            )
            entry.details["items"] = request.items
            claim_clocks.pause(claim, clock.today())
            move(claim, stages.ASKED)
            tell_firm(
                session, instance, claim, "claim_asked", {"due_on": request.due_on.isoformat()}, your_turn=True
            )


def stop_waiting(instance: Instance, who: Actor, number: str) -> None:
    """Take the request back: the claim is assessed on what is there, and the clock goes on. Twice is once."""
    roles.require(who, roles.ASSESSES_CLAIMS, "take a request back")
    with instance.database.locked() as session:
        claim = claim_in(session, number, stages.ASSESSING, stages.ASKED)
        if claim.state == stages.ASSESSING:
            return
        with audit.audited(session, who, "claims.stop_waiting", f"claim {number}"):
            require_untied(session, who, claim.uscc, "take a request back")
            requests.close(session, requests.CLAIM, claim.id)
            claim_clocks.resume(session, claim, clock.today())
            move(claim, stages.ASSESSING)
            happened(session, instance, who, claim, "request_closed", clock.today())
            tell_firm(session, instance, claim, "claim_request_closed")


def can_ask_for(session: Session, claim: Claim) -> list[str]:
    """What a firm can be asked for on a claim: the documents of its checklist, and a word of explanation."""
    return [*(one.code for one in checklist_of(session, claim)), requests.EXPLAIN]


def _counting(session: Session, claim: Claim) -> dict[str, Paper]:
    return {paper.id: paper for one in papers_of(session, claim) for paper in one.now}
