"""What the overview of claims counts: claims by what they are, and the ledger by what moved, for a policy year.

Every amount comes from the ledger's lines and every count from the claims, in three queries however many there
are. Amounts are whole cents in the currency of the scheme. No firm and no single claim is read.

Small counts are shown as they are: the sponsor holds the policy, pays its premium and has rosters with every
firm's name, so that a count of one tells nothing it may not know; firms and the public never see this page, and
what other firms are warned of (`warnings/`) holds no count at all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, case, extract, func, select
from sqlalchemy.orm import Session

from portal.claims.records import Claim
from portal.common import audit
from portal.ledger.accounts import Account, Kind
from portal.ledger.records import Entry, Line
from portal.policies.records import Policy
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.money import CurrencyMismatch
from portal.scheme.terms import Terms, available_terms, load_terms

BY_BANK = (Kind.PAYMENT, Kind.PAYMENT_FAILED)
"""The entries in which something payable was paid, or came back; a set-off moves no money."""
MOST_KNOWN = 16  # policy years whose sums are kept


class YearWithClaims(NamedTuple):
    """A scheme and policy year that has claims, and how many."""

    scheme: str
    policy_year: int
    claims: int


def years_with_claims(session: Session) -> list[YearWithClaims]:
    """Every scheme and policy year that has claims, the latest year first; one query."""
    query = (
        select(Claim.scheme, Claim.policy_year, func.count())
        .group_by(Claim.scheme, Claim.policy_year)
        .order_by(Claim.policy_year.desc(), Claim.scheme)
    )
    return [YearWithClaims(*row) for row in session.execute(query)]


def chosen_year(
    years: Iterable[YearWithClaims], today: date, scheme: str | None, policy_year: int | None
) -> tuple[Terms, int]:
    """What an address asks for. Left open: the present scheme and year, or the latest with claims."""
    found = list(years)
    current = current_scheme(today)
    now = (current.key, current.on(today).policy_year)
    if scheme not in available_terms():
        scheme = None
    fits = [one for one in found if scheme in (None, one.scheme) and policy_year in (None, one.policy_year)]
    if scheme is None and policy_year is None and (not fits or any(one[:2] == now for one in fits)):
        return current, now[1]
    latest = fits[0] if fits else None
    key = scheme or (latest.scheme if latest else current.key)
    return load_terms(key), policy_year or (latest.policy_year if latest else now[1])


@dataclass
class Sums:
    """Claims counted, and their money in cents: each is the sum over a state, risk, country or month."""

    claims: int = 0
    claimed: int = 0
    approved: int = 0
    paid: int = 0
    outstanding: int = 0
    recovered: int = 0
    """What recoveries brought the underwriter."""
    recovered_firms: int = 0
    recovered_costs: int = 0

    @property
    def recovered_in_all(self) -> int:
        """What the obligors paid after approval: both shares and the costs that came off first."""
        return self.recovered + self.recovered_firms + self.recovered_costs


Group = dict[Any, Sums]


@dataclass
class ClaimSums:
    """The policy year in all and split four ways. A month is (year, month), of opening or of the entry."""

    total: Sums = field(default_factory=Sums)
    by_state: Group = field(default_factory=lambda: defaultdict(Sums))
    by_risk: Group = field(default_factory=lambda: defaultdict(Sums))
    by_country: Group = field(default_factory=lambda: defaultdict(Sums))
    by_month: Group = field(default_factory=lambda: defaultdict(Sums))
    premium: int = 0

    def add(self, what: RowMapping, to: Callable[[Sums], None]) -> None:
        """Count something in all and in each of the groups that it belongs to."""
        to(self.total)
        to(self.by_state[what["state"]])
        to(self.by_risk[what["risk"]])
        to(self.by_country[what["country"]])
        to(self.by_month[int(what["year"]), int(what["month"])])

    @property
    def loss_ratio(self) -> Decimal | None:
        """Indemnity that stands, less what the underwriter recovered, ÷ premium; None without premium."""
        if not self.premium:
            return None
        return Decimal(self.total.approved - self.total.recovered) / self.premium

    def months(self) -> list[tuple[int, int]]:
        """Every month from the first with anything to the last, those without anything too."""
        if not self.by_month:
            return []
        (year, month), last = min(self.by_month), max(self.by_month)
        found = []
        while (year, month) <= last:
            found.append((year, month))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found


_known: dict[tuple[str, str, int], ClaimSums] = {}


def claim_sums(session: Session, terms: Terms, policy_year: int) -> ClaimSums:
    """Everything the overview shows of a scheme and policy year; whoever asks only reads it.

    What was worked out holds until anything is written: every write appends to the trail, whose head is asked
    for first. Withdrawn claims are counted among the states and nowhere else: nothing is claimed by them any more.
    """
    key = (audit.head_of(session).hash, terms.fingerprint, policy_year)
    known = _known.get(key)
    if known is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        known = _known[key] = _worked_out(session, terms, policy_year)
    return known


def _worked_out(session: Session, terms: Terms, policy_year: int) -> ClaimSums:
    """The same from the database, in three queries."""
    found = ClaimSums()
    chosen = (Claim.scheme == terms.key, Claim.policy_year == policy_year)
    year, month = extract("year", Claim.opened_on).label("year"), extract("month", Claim.opened_on).label("month")
    what = (Claim.state, Claim.risk, Claim.country, Claim.currency)
    counted = select(
        *what, year, month, func.count().label("claims"), func.sum(Claim.amount_minor).label("claimed")
    )
    for row in session.execute(counted.where(*chosen).group_by(*what, year, month)).mappings():
        _require_currency(row["currency"], terms)
        _count(found, row, int(row["claims"]), int(row["claimed"]))
    year, month = extract("year", Entry.on).label("year"), extract("month", Entry.on).label("month")
    by_bank = case((Entry.kind.in_(BY_BANK), 1), else_=0).label("by_bank")
    key = (Claim.state, Claim.risk, Claim.country, Line.account, Line.currency, by_bank, year, month)
    moved = (
        select(*key, func.sum(Line.amount_minor).label("minor"))
        .join(Claim, Claim.id == Line.claim_id)
        .join(Entry, Entry.id == Line.entry_id)
        .where(*chosen)
        .group_by(*key)
    )
    for row in session.execute(moved).mappings():
        _require_currency(row["currency"], terms)
        _move(found, row, row["account"], bool(row["by_bank"]), int(row["minor"]))
    found.premium = _premium(session, terms, policy_year)
    return found


def _count(found: ClaimSums, row: RowMapping, claims: int, claimed: int) -> None:
    def add(sums: Sums) -> None:
        sums.claims += claims
        sums.claimed += claimed

    if row["state"] == stages.WITHDRAWN:
        add(found.by_state[stages.WITHDRAWN])
    else:
        found.add(row, add)


def _move(found: ClaimSums, row: RowMapping, account: str, by_bank: bool, minor: int) -> None:
    def add(sums: Sums) -> None:
        match account:
            case Account.INDEMNITY:
                sums.approved += minor
            case Account.PAYABLE:
                sums.outstanding -= minor
                sums.paid += minor if by_bank else 0
            case Account.RECOVERED:
                sums.recovered -= minor
            case Account.FIRM_SHARE:
                sums.recovered_firms -= minor
            case Account.COSTS:
                sums.recovered_costs -= minor

    found.add(row, add)


def _require_currency(currency: str, terms: Terms) -> None:
    if currency != terms.currency:
        raise CurrencyMismatch(
            f"{currency} stands in the ledger of {terms.key}, whose currency is {terms.currency}"
        )


def _premium(session: Session, terms: Terms, policy_year: int) -> int:
    """The premium of the policies that were issued and not annulled, each rounded half up to the cent."""
    rate = Fraction(terms.on(day_of_year(terms, policy_year)).premium_rate)
    twice = 2 * rate.denominator
    one = (Policy.exports_minor * (2 * rate.numerator) + rate.denominator) // twice
    query = select(func.sum(one)).where(
        Policy.scheme == terms.key, Policy.policy_year == policy_year, Policy.state != stages.ANNULLED
    )
    return int(session.execute(query).scalar() or 0)


def day_of_year(terms: Terms, policy_year: int) -> date:
    """A day of the policy year, whose terms hold for it; the first day of all for a year before them."""
    begins = terms.on(terms.first_date).period_start
    if not date.min.year <= policy_year < date.max.year:
        return terms.first_date
    return max(terms.first_date, date(policy_year, begins.month, begins.day))
