"""A person says of two invoices that look alike whether they are two, or one that was typed twice."""

from collections.abc import Collection

from portal.claims import fast_lane
from portal.claims.assessing import LONGEST_REASON, SHORTEST_REASON
from portal.claims.invoice_looks import DIFFERENT, SAME, doubts_of, pair_of
from portal.claims.moves import claim_in
from portal.claims.records import InvoiceAnswer
from portal.common import audit, clock, roles
from portal.common.cells import visible
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.scheme import stages

ANSWERED_IN = (stages.ASSESSING, stages.ASKED, stages.SUSPENDED)


class UnknownPair(LookupError):
    """These two do not look alike, or not any more."""


def answer_alike(
    instance: Instance, who: Actor, number: str, pairs: Collection[tuple[str, str]], code: str, reason: str
) -> bool:
    """Say of pairs of shipments (ids) that each is two invoices, or one; gives whether the claim is proposed now.

    The last word counts, and the same again changes nothing. What is called one is never indemnified twice: an
    approval that would is barred. Raises `UnknownPair`, `StaleClaim`, ``ValueError`` for no pair, an unknown code
    or no words.
    """
    roles.require(who, roles.ASSESSES_CLAIMS, "answer about invoices that look alike")
    reason = visible(reason)
    wanted = {pair_of(*pair) for pair in pairs}
    if not wanted or code not in (DIFFERENT, SAME) or not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise ValueError(f"{code} of {len(wanted)} pairs with a reason of {len(reason)} characters")
    with instance.database.locked() as session:
        claim = claim_in(session, number, *ANSWERED_IN)
        known = {pair_of(one.own.id, one.other.id): one.answer for one in doubts_of(session, claim)}
        if not wanted <= known.keys():
            raise UnknownPair(number)
        fresh = [pair for pair in sorted(wanted) if not _said(known[pair], code, reason)]
        if not fresh:
            return False
        with audit.audited(session, who, "claims.answer_invoices", f"claim {number}", code=code, pairs=len(fresh)):
            require_untied(session, who, claim.uscc, "answer about invoices that look alike")
            for first, second in fresh:
                answer = known[first, second] or InvoiceAnswer(first_id=first, second_id=second)
                answer.code, answer.reason = code, reason
                answer.answered_by, answer.answered_at = who.id, clock.now()
                session.add(answer)
            session.flush()
            return claim.state == stages.ASSESSING and fast_lane.propose(
                session, instance, who, claim, clock.today()
            )


def _said(answer: InvoiceAnswer | None, code: str, reason: str) -> bool:
    return answer is not None and (answer.code, answer.reason) == (code, reason)
