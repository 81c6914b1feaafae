"""A recovery, shared: costs come off first, the underwriter has its share, the firm the rest.

[fact] underwriter's share = (recovery - costs) x indemnity / recognised loss, rounded half up. [provisional]
costs above the recovery carry to the next one; the recovery is laid on the invoices like a payment, the
uninsured part goes to the firm, and each claim's share uses its own indemnity after reversals. Money received
before approval is a payment, from approval on it is a recovery, so that the same money is never both. Shares
and costs always add up to the recovery, to the cent. Amounts are whole cents of one currency: the scheme's,
converted at the receipt date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portal.scheme.cited import Articles
from portal.scheme.money import CurrencyMismatch, Money
from portal.scheme.worksheet import Operation, Sheet, Worksheet

SOURCES = {
    "recovered": "recovery",
    "costs": "recovery",
    "shortfall_before": "costs_above_recovery",
    "costs_due": "recovery",
    "costs_taken": "recovery",
    "net": "recovery",
    "claim_indemnity": "recovery",
    "claim_loss": "recovery",
    "underwriter": "recovery",
    "firm": "recovery",
    "shortfall_after": "costs_above_recovery",
}
"""Under which key of the articles each line's code is cited."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What becomes of a recovery: costs taken, underwriter and firm add up to it."""

    costs_taken: Money
    underwriter: Money
    firm: Money
    shortfall_after: Money
    worksheet: Worksheet


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """What an obligor still owes on an invoice, and what of that a claim recognised and has not got back yet.

    ``owed`` and ``recognised`` are what is left after payments and earlier recoveries; ``claim`` is None, and
    ``recognised`` zero, for an invoice that no claim covers.
    """

    key: str
    due_on: date
    owed: Money
    recognised: Money
    claim: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """What of a recovery falls on one invoice and claim; without a claim it is uninsured, or not owed."""

    invoice: str | None
    claim: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class ClaimBasis:
    """What a claim's share rests on: its indemnity after reversals, and its recognised loss."""

    indemnity: Money
    recognised_loss: Money


def is_recovery(received_on: date, approved_on: date | None) -> bool:
    """Whether money that came in on a day is a recovery; before approval, and without one, it is a payment."""
    return approved_on is not None and received_on >= approved_on


def share(
    recovered: Money,
    costs: Money,
    shortfall_before: Money,
    indemnity_after_reversals: Money,
    recognised_loss: Money,
    articles: Articles,
) -> Shares:
    """The shares of a recovery that falls on one claim alone.

    Raises ``ValueError`` for an amount below zero or an indemnity above the loss, ``CurrencyMismatch`` for unlike
    currencies.
    """
    basis = {"": ClaimBasis(indemnity_after_reversals, recognised_loss)}
    found = share_recovery([Part(None, "", recovered)], costs, shortfall_before, basis, articles)
    return found[""]


def allocate_recovery(recovered: Money, named: str | None, invoices: Sequence[OpenInvoice]) -> tuple[Part, ...]:
    """Lay a recovery on the invoices like a payment: the named one, else the oldest due date first.

    On an invoice what a claim recognised comes first, the rest is uninsured, as is what nobody owes. The parts
    add up to the recovery. Raises ``ValueError`` for a named invoice that is not there, ``CurrencyMismatch`` if
    none is in the recovery's currency.
    """
    if named is not None and named not in {invoice.key for invoice in invoices}:
        raise ValueError(f"the invoice {named} is not there")
    mine = [one for one in invoices if one.owed.currency == recovered.currency]
    if not mine or (named is not None and named not in {one.key for one in mine}):
        raise CurrencyMismatch(f"{recovered} for invoices in another currency")
    parts, rest = [], recovered
    for invoice in sorted(mine, key=lambda one: (one.key != named, one.due_on, one.key)):
        laid = min(rest, invoice.owed)
        insured = min(laid, invoice.recognised)
        parts += [Part(invoice.key, invoice.claim, insured), Part(invoice.key, None, laid - insured)]
        rest -= laid
    parts.append(Part(None, None, rest))
    return tuple(part for part in parts if part.amount.amount > 0)


def share_recovery(
    parts: Sequence[Part],
    costs: Money,
    shortfall_before: Money,
    claims: Mapping[str, ClaimBasis],
    articles: Articles,
) -> dict[str | None, Shares]:
    """The shares claim by claim (None: the uninsured part), from parts in the scheme's currency and whole cents.

    Costs, and what earlier costs were not covered, fall on every part by its amount; what they are more than
    the recovery is the shortfall after, which the next recovery of the same notice begins with: the sum of all
    of them. ``ValueError`` for no part at all or an amount below zero, ``CurrencyMismatch`` for unlike currencies.
    """
    due, currency = costs + shortfall_before, costs.currency
    if not parts or min(costs.minor, shortfall_before.minor, *(part.amount.minor for part in parts)) < 0:
        raise ValueError("a recovery has a part, and no amount of it is below zero")
    if {part.amount.currency for part in parts} != {currency}:
        raise CurrencyMismatch(f"a part of the recovery is not in {currency}")
    by_claim: dict[str | None, int] = {}
    for part in parts:
        by_claim[part.claim] = by_claim.get(part.claim, 0) + part.amount.minor
    of_due = split(due.minor, list(by_claim.values()))
    of_carried = split(shortfall_before.minor, of_due)
    found: dict[str | None, Shares] = {}
    for (claim, amount), its_due, its_carried in zip(by_claim.items(), of_due, of_carried, strict=True):
        recovered, carried = Money.from_minor(amount, currency), Money.from_minor(its_carried, currency)
        basis = None if claim is None else claims[claim]
        found[claim] = _shares(
            recovered, Money.from_minor(its_due - its_carried, currency), carried, basis, articles
        )
    return found


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Cents in proportion to the weights, adding up exactly; of equal remainders the first has the odd cent."""
    whole = sum(weights)
    if whole == 0:
        return [total, *[0] * (len(weights) - 1)]
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda one: -(total * weights[one] % whole))
    for one in by_remainder[: total - sum(shares)]:
        shares[one] += 1
    return shares


def _shares(
    recovered: Money, costs: Money, shortfall: Money, basis: ClaimBasis | None, articles: Articles
) -> Shares:
    sheet = Sheet(articles, SOURCES, recovered.currency)
    sheet.given("recovered", "recovered", recovered)
    due = sheet.given("costs", "costs", costs)
    if shortfall.amount:
        sheet.given("shortfall_before", "shortfall_before", shortfall)
        due = sheet.computed("costs_due", "costs_due", Operation.SUM, "costs", "shortfall_before")
    sheet.computed("costs_taken", "costs_taken", Operation.LEAST, "recovered", due)
    sheet.computed("net", "net", Operation.MINUS, "recovered", "costs_taken")
    underwriter = Money.of("0.00", recovered.currency)
    if basis is None:
        sheet.computed("firm", "firm", Operation.MINUS, "net")
    else:
        # Rounding may have lifted an indemnity above a loss of less than a cent.
        if not 0 <= basis.indemnity.amount <= basis.recognised_loss.round_half_up().amount:
            raise ValueError(f"an indemnity of {basis.indemnity} for a loss of {basis.recognised_loss}")
        sheet.given("claim_indemnity", "claim_indemnity", basis.indemnity)
        sheet.given("claim_loss", "claim_loss", max(basis.recognised_loss, basis.indemnity))
        of = ("net", "claim_indemnity", "claim_loss")
        underwriter = sheet.amount(sheet.computed("underwriter", "underwriter", Operation.PROPORTION, *of))
        sheet.computed("firm", "firm", Operation.MINUS, "net", "underwriter")
    sheet.computed("shortfall_after", "shortfall_after", Operation.NOT_BELOW_ZERO, due, "costs_taken")
    return Shares(
        sheet.amount("costs_taken"),
        underwriter,
        sheet.amount("firm"),
        sheet.amount("shortfall_after"),
        sheet.lines,
    )
