"""Until when a firm pays back what an indemnity went down by after it was paid."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.claims.records import Claim
from portal.ledger.queries import owed_since
from portal.programme.actions import confirmed_paths
from portal.programme.working_days import calendar
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.deadlines import Deadline, repay_due
from portal.scheme.money import Money


class Repayment(NamedTuple):
    """What is to be paid back on a claim: how much in all, since when and until when its oldest part."""

    claim_id: str
    owed: Money
    since: date
    due: Deadline


def repayments(session: Session, claims: Iterable[Claim], owed: Mapping[str, Money]) -> list[Repayment]:
    """What is to be paid back on those of these claims on which the firm owes; `owed` are their balances."""
    schemes = {one.id: one.scheme for one in claims}
    since = owed_since(session, {one: amount for one, amount in owed.items() if one in schemes})
    if not since:
        return []
    is_working = calendar(session)
    confirmed = {scheme: confirmed_paths(session, scheme) for scheme in {schemes[one] for one in since}}
    found = []
    for claim_id, day in since.items():
        due = repay_due(load_claim_terms(schemes[claim_id]).on(day), day, is_working)
        if "repay_days" in confirmed[schemes[claim_id]]:
            due = replace(due, provisional=False)
        found.append(Repayment(claim_id, owed[claim_id], day, due))
    return found


def repayment_of(session: Session, claim: Claim, owed: Money) -> Repayment | None:
    """What is to be paid back on one claim; None where nothing is owed."""
    return next(iter(repayments(session, [claim], {claim.id: owed})), None)
