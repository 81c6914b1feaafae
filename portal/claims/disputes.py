"""The buyer disputes the debt: nothing is decided until a judgment or an award, then the claim goes on.

The firm tells of the dispute and hands in the judgment; staff suspend the claim, reopen it, or find that there is
nothing to wait for. A judgment is a paper: the firm's, or one that came to the desk and was put on record there.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.applications import requests
from portal.claims import claim_clocks as clocks
from portal.claims.approving import LONGEST_REASON, SHORTEST_REASON
from portal.claims.mine import (
    LONGEST_WORDS,
    MOST_FILES,
    TooManyFiles,
    events_of,
    hand_in,
    own_documents,
    person_of,
    require_mine,
)
from portal.claims.moves import StaleClaim, claim_of, happened, move, tell_firm
from portal.claims.records import Claim, ClaimEvent
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.documents.actions import CheckedFile
from portal.members.queries import require_untied
from portal.scheme import stages

DISPUTED, SUSPENDED, JUDGED = "disputed", "suspended", "judged"
TAKES_DISPUTE = frozenset(stages.OPEN_CLAIM_STATES - {stages.PAYING})
SUSPENDABLE = frozenset({stages.PREPARING, stages.ASSESSING, stages.ASKED})
SUSPENSIONS = ("buyer_disputes", "proceedings_run")
"""Why a claim is suspended, as the firm reads it."""
JUDGMENT = "judgment"
ENDS = (JUDGMENT, "settlement", "no_dispute")
"""Why it goes on, as the firm reads it."""
SHORTEST_WORDS = 4  # characters


class JudgmentMissing(ValueError):
    """A claim is to go on for a judgment or an award that nobody has handed in."""


def tell_dispute(
    instance: Instance,
    who: Actor,
    number: str,
    words: str,
    files: Sequence[CheckedFile] = (),
    kept: Sequence[str] = (),
) -> None:
    """Tell that the buyer disputes the debt; staff decide whether the claim waits. Twice is once.

    Raises `UnknownClaim`, `NotAllowed`, `StaleClaim` once payment is ordered or over, ``ValueError`` for no words.
    """
    _firm_says(instance, who, number, words, files, kept, "disputed", DISPUTED)


def hand_in_judgment(
    instance: Instance,
    who: Actor,
    number: str,
    words: str,
    files: Sequence[CheckedFile] = (),
    kept: Sequence[str] = (),
) -> None:
    """Hand in the judgment or award, or tell that the dispute is settled: staff look, and the claim goes on.

    Raises as `tell_dispute` does; ``ValueError`` without a paper too.
    """
    if not files and not kept:
        raise ValueError("a judgment without a paper")
    _firm_says(instance, who, number, words, files, kept, "judged", JUDGED)


def suspend(instance: Instance, who: Actor, number: str, code: str) -> None:
    """Let a claim wait for a judgment or an award, as a claims officer: its clock stands still. Twice is once.

    Raises `UnknownClaim`, `StaleClaim` where a decision is on its way, `TiedToFirm`, ``ValueError`` for another
    code.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "suspend a claim")
    if code not in SUSPENSIONS:
        raise ValueError(code)
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        if claim.state == stages.SUSPENDED:
            return
        require_untied(session, who, claim.uscc, "suspend a claim")
        if claim.state not in SUSPENDABLE:
            raise StaleClaim(number, claim.state)
        with audit.audited(session, who, "claims.suspend", f"claim {number}", code=code):
            requests.close(session, requests.CLAIM, claim.id)
            clocks.pause(claim, clock.today())
            move(claim, stages.SUSPENDED)
            claim.dispute = SUSPENDED
            happened(session, instance, who, claim, "suspended", clock.today(), code=code)
            tell_firm(session, instance, claim, "claim_suspended")


def reopen(
    instance: Instance,
    who: Actor,
    number: str,
    code: str,
    reason: str = "",
    files: Sequence[CheckedFile] = (),
    kept: Sequence[str] = (),
) -> None:
    """End a dispute, as a claims officer: a suspended claim goes on where it stood, others can be paid.

    A judgment or an award rests on a paper: what the firm handed in, what comes with this, or both. For any other
    end `reason` says why, to staff and auditors. What it rests on stands in the claim's history. Twice is once.
    Raises `UnknownClaim`, `TiedToFirm`, `JudgmentMissing`, `TooManyFiles`, ``ValueError`` for another code, too
    many words, or none where they are needed.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "reopen a claim")
    reason = visible(reason)
    least = 0 if code == JUDGMENT else SHORTEST_REASON
    if code not in ENDS or not least <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"{code} with a reason of {len(reason)} characters")
    with instance.database.locked() as session:
        claim = claim_of(session, number)
        require_untied(session, who, claim.uscc, "reopen a claim")
        if not in_dispute(claim):
            return
        before = _judgment_of_firm(session, claim)
        kept = own_documents(session, who, claim.uscc, kept)
        if code == JUDGMENT and not (before or files or kept):
            raise JudgmentMissing(number)
        with audit.audited(session, who, "claims.reopen", f"claim {number}", code=code) as entry:
            rests_on = [*before, *hand_in(session, instance, who, claim.uscc, files, kept)]
            if len(rests_on) > MOST_FILES:
                raise TooManyFiles(str(len(rests_on)))
            entry.details["documents"] = rests_on
            was_suspended = claim.state == stages.SUSPENDED
            claim.dispute = None
            if was_suspended:
                move(claim, stages.PREPARING if claim.filed_on is None else stages.ASSESSING)
                clocks.resume(session, claim, clock.today())
                if claim.filed_on is None and claim.due_on is not None:
                    claim.claim_due_on = claim.due_on
            happened(
                session, instance, who, claim, "reopened", clock.today(),
                code=code, words=reason, documents=" ".join(rests_on),
            )  # fmt: skip
            tell_firm(session, instance, claim, "claim_reopened", your_turn=claim.state == stages.PREPARING)


def keep_for_reopening(
    instance: Instance, who: Actor, number: str, files: Sequence[CheckedFile], kept: Sequence[str]
) -> list[str]:
    """Keep the papers of a reopening that has to be put right, so that nobody chooses them again; gives their ids.

    Raises `UnknownClaim`, `TiedToFirm`, `TooManyFiles`.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "reopen a claim")
    with audit.write(instance.database, who, "claims.keep_files", f"claim {number}") as session:
        claim = claim_of(session, number)
        require_untied(session, who, claim.uscc, "reopen a claim")
        return hand_in(session, instance, who, claim.uscc, files, kept)


def in_dispute(claim: Claim) -> bool:
    """Whether there is a dispute that can be ended."""
    return claim.dispute is not None or claim.state == stages.SUSPENDED


def said_of_dispute(session: Session, claim: Claim) -> list[ClaimEvent]:
    """What the firm said of the dispute that is open now, and of how it ended; nothing of earlier ones."""
    found: list[ClaimEvent] = []
    for event in events_of(session, claim.id, "disputed", "judged", "reopened"):
        found = [] if event.kind == "reopened" else [*found, event]
    return found


def _judgment_of_firm(session: Session, claim: Claim) -> list[str]:
    said = [one for one in said_of_dispute(session, claim) if one.kind == "judged"]
    return [paper for event in said for paper in event.documents.split()]


def _firm_says(
    instance: Instance,
    who: Actor,
    number: str,
    words: str,
    files: Sequence[CheckedFile],
    kept: Sequence[str],
    kind: str,
    dispute: str,
) -> None:
    roles.require(who, roles.APPLIES, "tell of a dispute")
    words = visible(words)[:LONGEST_WORDS]
    if len(words) < SHORTEST_WORDS:
        raise ValueError(f"a dispute in {len(words)} characters")
    with instance.database.locked() as session:
        mine = require_mine(session, who, number, "tell of a dispute")
        claim = mine.claim
        if claim.dispute == dispute:
            return
        fits = claim.dispute is None if dispute == DISPUTED else claim.dispute in (DISPUTED, SUSPENDED)
        if claim.state not in TAKES_DISPUTE or not fits:
            raise StaleClaim(number, claim.state)
        with audit.audited(session, who, "claims.dispute", f"claim {number}", said=kind):
            documents = " ".join(hand_in(session, instance, who, claim.uscc, files, kept))
            claim.dispute = dispute
            happened(
                session, instance, who, claim, kind, clock.today(),
                words=words, documents=documents, written_by=person_of(session, who),
            )  # fmt: skip
