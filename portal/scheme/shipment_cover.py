"""Whether a shipment lies under a firm's cover, and under which of its policies.

[fact] contracts the insured signed itself and goods it declared to customs itself, credit term at most one
year, the loss arises after the goods were exported. [provisional] cover starts on the day of issue and ends
with the policy year; the credit term is counted from shipment. A loss belongs to the policy year of its
shipment date. A shipment outside cover is kept, with the codes of why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.scheme.claim_terms import ClaimTermsOnDate
from portal.scheme.deadlines import add_months

NO_POLICY = "no_policy"
BEFORE_COVER = "before_cover"
AFTER_COVER = "after_cover"
CREDIT_TERM_TOO_LONG = "credit_term_too_long"
NOT_OWN_DECLARATION = "not_own_declaration"
NOT_SHIPPED = "not_shipped"
OUTSIDE_CODES = (NO_POLICY, BEFORE_COVER, AFTER_COVER, CREDIT_TERM_TOO_LONG, NOT_OWN_DECLARATION, NOT_SHIPPED)


@dataclass(frozen=True, slots=True)
class PolicyCover:
    """A policy's days of cover, both inclusive: for one that was withdrawn its last day is that of withdrawal."""

    policy_id: str
    starts_on: date
    ends_on: date

    def covers(self, day: date) -> bool:
        """Whether goods shipped on ``day`` are covered."""
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """What cover turns on. Goods in transit are shipped; ``seen_on`` is the day on which it is looked at."""

    shipped_on: date
    due_on: date
    own_declaration: bool
    seen_on: date


def policy_for(shipped_on: date, policies: Sequence[PolicyCover]) -> PolicyCover | None:
    """The policy under which goods shipped that day fall; of two that overlap the one that began later."""
    found = [policy for policy in policies if policy.covers(shipped_on)]
    return max(found, key=lambda policy: (policy.starts_on, policy.policy_id), default=None)


def outside_cover(
    facts: ShipmentFacts, policies: Sequence[PolicyCover], terms: ClaimTermsOnDate
) -> tuple[str, ...]:
    """Why a shipment lies outside cover, as codes in a fixed order; none if it is covered."""
    reasons = {
        NOT_SHIPPED: facts.shipped_on > facts.seen_on,
        CREDIT_TERM_TOO_LONG: facts.due_on > add_months(facts.shipped_on, terms.credit_term_months),
        NOT_OWN_DECLARATION: not facts.own_declaration,
        NO_POLICY: not policies,
    }
    if policies and policy_for(facts.shipped_on, policies) is None:
        # Between two policies the later one has not begun yet.
        later = any(policy.starts_on > facts.shipped_on for policy in policies)
        reasons[BEFORE_COVER if later else AFTER_COVER] = True
    return tuple(code for code in OUTSIDE_CODES if reasons.get(code))
