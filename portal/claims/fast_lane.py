"""The fast lane: a small claim about which nothing is open is proposed as soon as its documents are complete.

It is assessed as it was filed, in the name of whoever accepted the last document, and a second person approves it
like every other. Its limit holds for a firm's policy year and buyer, so that a loss cut into small claims gains
nothing.
"""

from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.claims import proposing
from portal.claims.assessment_codes import ACCEPTED, FAST
from portal.claims.assessment_inputs import Judged, NoInvoiceFor, inputs_of, receipts_of, shipments_of_claim
from portal.claims.moves import happened
from portal.claims.questions import questions_of
from portal.claims.records import Assessment, Claim, Notice
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.queries import policies_of_year
from portal.ledger.rates import NoRate
from portal.obligors.queries import group_of
from portal.programme import service_levels
from portal.scheme import stages
from portal.scheme.assessment_canonical import assess
from portal.scheme.money import Money

WHY_NOT: Mapping[str, LazyString] = {
    "assessed_before": _l("it was assessed before"),
    "too_large": _l("it is larger than the limit"),
    "too_large_together": _l(
        "with what was proposed or approved for this buyer in the policy year it is larger than the limit"
    ),
    "outside": _l("a shipment lies outside cover"),
    "money": _l("money came in"),
    "late": _l("something was late"),
    "disputed": _l("the buyer disputes the debt, or did"),
    "discrepant": _l("the bank names discrepancies"),
    "lookalikes": _l("a look-alike of the buyer is not answered"),
    "excluded": _l("the buyer or its country is excluded or sanctioned"),
    "elsewhere": _l("the same invoice stands in another notice"),
    "alike": _l("an invoice looks like another of the firm, and nobody has said whether it is one"),
    "consents": _l("a request for consent is open"),
    "nobody_confirmed": _l("nobody is confirmed to act for the firm"),
    "annulled": _l("the policy was annulled"),
    "rate": _l("an exchange rate is missing"),
    "nothing_paid": _l("nothing would be paid"),
    "waiting": _l("the waiting period still runs"),
}
"""Why a claim takes the usual way, in staff's words."""


def why_not(session: Session, claim: Claim, on: date) -> tuple[str, ...]:
    """What keeps a claim out of the fast lane on a day, as codes; its documents apart. Nothing: it may take it."""
    shipments = shipments_of_claim(session, claim)
    notice = session.get_one(Notice, claim.notice_id)
    asked = questions_of(session, claim, on)
    judged = as_filed(session, claim)
    nothing_paid = rate_missing = waiting = False
    too_large = too_large_together = False
    try:
        inputs = inputs_of(session, claim, judged, on)
    except (NoRate, NoInvoiceFor):
        rate_missing = True
    else:
        result = assess(inputs)
        units = service_levels.units(session, service_levels.FAST_LANE_LIMIT, on)
        limit = Money.from_minor(units * 100, result.recognised_loss.currency)
        too_large = result.recognised_loss > limit
        too_large_together = result.recognised_loss + _taken(session, claim, limit.currency) > limit
        nothing_paid = result.indemnity.minor == 0
        left = proposing.in_the_way(session, claim, judged, result, on)
        waiting = proposing.WAITING in left or proposing.DISPOSAL in left
    found = {
        "assessed_before": proposing.newest_assessment(session, claim.id) is not None,
        "too_large": too_large,
        "too_large_together": too_large_together and not too_large,
        "outside": not shipments or any(one.outside for one in shipments),
        "money": any(one.state != stages.STRUCK for one in receipts_of(session, claim.notice_id)),
        "late": bool(claim.late_points),
        "disputed": claim.dispute is not None,
        "discrepant": notice.discrepant == "yes",
        "lookalikes": bool(asked.lookalikes),
        "excluded": bool(asked.exclusions),
        "elsewhere": bool(asked.elsewhere),
        "alike": bool(asked.open_alike),
        "consents": bool(asked.consents),
        "nobody_confirmed": "nobody_confirmed" in asked.bars,
        "annulled": "annulled" in asked.bars,
        "rate": rate_missing,
        "nothing_paid": nothing_paid,
        "waiting": waiting,
    }
    return tuple(code for code, holds in found.items() if holds)


def propose(session: Session, instance: Instance, who: Actor, claim: Claim, on: date) -> bool:
    """Propose a claim if every needed document is accepted and it is small and clear, inside an audited block."""
    if proposing.unaccepted(session, claim) or why_not(session, claim, on):
        return False
    judged = as_filed(session, claim)
    draft = proposing.new_draft(session, who, claim, judged, FAST)
    proposing.propose(session, who, claim, draft, judged, None, on)
    happened(session, instance, who, claim, "proposed", on, code=FAST)
    return True


def as_filed(session: Session, claim: Claim) -> dict[str, Judged]:
    """Every covered shipment recognised as it was reported."""
    return {
        one.id: Judged(ACCEPTED, None, Money.from_minor(one.amount_minor, one.currency))
        for one in shipments_of_claim(session, claim)
        if not one.outside
    }


def _taken(session: Session, claim: Claim, currency: str) -> Money:
    """The losses of the firm's other claims on this buyer in the policy year that are proposed or approved.

    However they were assessed, by the fast lane or by a person; merged records of a buyer are one.
    """
    query = (
        select(func.sum(Assessment.loss_minor))
        .join(Claim, Claim.id == Assessment.claim_id)
        .where(
            Claim.id != claim.id,
            Claim.policy_id.in_(policies_of_year(session, claim.policy_id)),
            Claim.obligor_id.in_(group_of(session, claim.obligor_id)),
            Assessment.state.in_((stages.SUBMITTED, stages.APPROVED)),
        )
    )
    return Money.from_minor(int(session.execute(query).scalar() or 0), currency)
