"""What holds for a policy's claims: the share and the cap of its scheme, its claim terms, and their articles.

Here and nowhere else claims ask whether a value is provisional still: one that the operator has confirmed is
marked no more on what is made from then on, and what was frozen before stays as it was.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.common.formats import in_chinese
from portal.policies.records import Policy
from portal.programme.actions import confirmed_paths
from portal.programme.claim_names import CLAIM_PARAMETER_NAMES
from portal.programme.names import PARAMETER_NAMES
from portal.scheme.cited import Articles, settled
from portal.scheme.claim_terms import ClaimTermsOnDate, load_claim_terms, worksheet_articles
from portal.scheme.money import Money
from portal.scheme.terms import BeforeFirstTerms, load_terms

LATE = ("late_points_per_period", "late_period_days", "late_points_most", "late_counts", "rate_lookback_days")
"""What an amount rests on besides the values that a line of a worksheet cites."""


@dataclass(frozen=True)
class Held:
    """The terms of one policy: as they stand on its first day of cover, whenever a claim comes."""

    ratio: Decimal
    cap: Money
    claim: ClaimTermsOnDate
    articles: Articles


def held_by(policy: Policy) -> Held:
    """The terms that a policy's claims are judged by."""
    terms, day = load_terms(policy.scheme), policy.starts_on
    on = terms.on(day)
    claim = load_claim_terms(policy.scheme).on(day)
    return Held(on.indemnity_ratio, on.obligor_cap, claim, worksheet_articles(terms, claim, day))


def notice_terms(scheme: str, day: date) -> ClaimTermsOnDate:
    """The claim terms of a scheme on a day; of its first day for one before it."""
    terms = load_claim_terms(scheme)
    try:
        return terms.on(day)
    except BeforeFirstTerms:
        return terms.on(terms.first_date)


def as_confirmed(session: Session, scheme: str, articles: Articles) -> Articles:
    """The articles with no mark on the values that the operator has confirmed by now."""
    return settled(articles, _confirmed(session, scheme))


def shown_terms(session: Session, scheme: str, terms: ClaimTermsOnDate) -> ClaimTermsOnDate:
    """The claim terms with no mark on the values that the operator has confirmed by now: for what is shown."""
    return terms.settled(_confirmed(session, scheme))


def held_shown(session: Session, policy: Policy) -> Held:
    """`held_by` with the marks as they are now: for what is shown."""
    held = held_by(policy)
    return replace(
        held,
        claim=shown_terms(session, policy.scheme, held.claim),
        articles=as_confirmed(session, policy.scheme, held.articles),
    )


def unsettled(session: Session, scheme: str, on: date, more: Collection[str] = ()) -> list[str]:
    """The paths on which the money of claims rests, and `more`, that were provisional at the end of a day.

    What the operator has confirmed by then is left out; ratio and cap come first.
    """
    terms, claim_terms = load_terms(scheme), load_claim_terms(scheme)
    day = max(on, claim_terms.first_date)
    wanted = {*worksheet_articles(terms, claim_terms.on(day), day), *LATE, *more}
    values = [one for one in (*terms.values(), *claim_terms.values()) if one.starts_on <= day and one.provisional]
    confirmed = confirmed_paths(session, scheme, on)
    return list(dict.fromkeys(one.path for one in values if one.path in wanted - confirmed))


def unsettled_note(session: Session, scheme: str, on: date, more: Collection[str] = ()) -> str:
    """One line for a table of claims on which values it rests on are provisional; "" where none is."""
    names = {**PARAMETER_NAMES, **CLAIM_PARAMETER_NAMES}
    found = [str(names[path]) for path in unsettled(session, scheme, on, more)]
    values = ("、" if in_chinese() else ", ").join(found)
    return _("Provisional, not confirmed by the operator: %(values)s.", values=values) if found else ""


def _confirmed(session: Session, scheme: str) -> set[str]:
    known: dict[str, set[str]] = session.info.setdefault("confirmed_paths", {})
    if scheme not in known:  # asked once, however many estimates a page shows
        known[scheme] = confirmed_paths(session, scheme)
    return known[scheme]
