"""The shares of one recovery, computed by the rulebook and kept as they were computed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.claims.held import as_confirmed
from portal.common.audit import canonical_json
from portal.ledger.rates import rate
from portal.recoveries.basis import Basis, shortfall_before
from portal.scheme.claim_terms import load_claim_terms, worksheet_articles
from portal.scheme.conversion import Rate
from portal.scheme.money import Money
from portal.scheme.recovery import Part, Shares, allocate_recovery, share_recovery, split
from portal.scheme.terms import load_terms
from portal.scheme.worksheet import Worksheet, from_canonical, to_canonical

UNINSURED = ""  # the key of the part that no claim covers, where a text must stand


class NoInvoice(Exception):
    """No invoice of the notice is in the currency of the money, or the one it names is not."""

    def __init__(self, currency: str) -> None:
        super().__init__(currency)
        self.currency = currency


@dataclass(frozen=True)
class Laid:
    """What of the sum falls on one invoice and claim: in its own currency, and in the scheme's, with its costs.

    `payment_to` is the claim of the invoice, where that was not approved then: there it lessens the loss, and is
    no recovery.
    """

    invoice: str | None
    claim: str | None
    amount: Money
    costs: Money
    converted: Money
    payment_to: str | None


@dataclass(frozen=True)
class Shared:
    """A recovery worked out: its parts, the shares claim by claim (None: uninsured), and the rate used.

    Without any share all of the money is a payment. `costs` are those of the shares, in the scheme's currency.
    """

    parts: tuple[Laid, ...]
    shares: dict[str | None, Shares]
    costs: Money
    rate: Rate | None

    @property
    def payments(self) -> tuple[Laid, ...]:
        """The parts that lessen a loss that was not approved then."""
        return tuple(one for one in self.parts if one.payment_to is not None)

    def canonical(self) -> str:
        """What is kept with the recovery, from which everything can be shown again."""
        return canonical_json(
            {
                "costs": self.costs.minor,
                "taken": sum(one.costs_taken.minor for one in self.shares.values()),
                "parts": [
                    {
                        "invoice": one.invoice,
                        "claim": one.claim,
                        "amount": one.amount.minor,
                        "converted": one.converted.minor,
                        "payment_to": one.payment_to,
                    }
                    for one in self.parts
                ],
                "sheets": {
                    claim or UNINSURED: to_canonical(found.worksheet) for claim, found in self.shares.items()
                },
            }
        )


def worked_out(
    session: Session,
    basis: Basis,
    received_on: date,
    recovered: Money,
    costs: Money,
    invoice: str | None,
) -> Shared:
    """Lay a recovery on the invoices and share it, by the terms of the day on which it was received.

    Raises `NoRate` when it is in another currency than the scheme's and that day has no rate, `NoInvoice`, and
    ``ValueError`` for an invoice that is not there.
    """
    scheme = basis.notice.scheme
    terms, claim_terms = load_terms(scheme), load_claim_terms(scheme).on(received_on)
    currency = terms.on(received_on).obligor_cap.currency
    owed_in = {one.key: one.owed.currency for one in basis.invoices}
    if recovered.currency not in owed_in.values() or (
        invoice is not None and owed_in.get(invoice, recovered.currency) != recovered.currency
    ):
        raise NoInvoice(recovered.currency)
    used: Rate | None = None
    if recovered.currency != currency:
        used = rate(session, recovered.currency, currency, received_on, claim_terms.rate_lookback_days)
    laid = _laid(basis, allocate_recovery(recovered, invoice, basis.invoices), recovered, costs, used)
    shared = [one for one in laid if one.payment_to is None]
    left = Money.from_minor(costs.minor - sum(one.costs.minor for one in laid if one.payment_to), costs.currency)
    its_costs = _in(currency, left, used)
    shares: dict[str | None, Shares] = {}
    if shared:
        shares = share_recovery(
            [Part(one.invoice, one.claim, one.converted) for one in shared],
            its_costs,
            shortfall_before(session, basis.notice.id, currency),
            basis.claim_basis,
            as_confirmed(session, scheme, worksheet_articles(terms, claim_terms, received_on)),
        )
    return Shared(laid, shares, its_costs, used)


def worksheet_of(canonical: str, claim_id: str | None) -> Worksheet:
    """The worksheet of one share, from what is kept with its recovery."""
    sheets: dict[str, Any] = json.loads(canonical)["sheets"]
    return from_canonical(sheets[claim_id or UNINSURED])


def _laid(
    basis: Basis, parts: Sequence[Part], recovered: Money, costs: Money, used: Rate | None
) -> tuple[Laid, ...]:
    """The parts with their costs and their worth; the whole is rounded once and then divided."""
    amounts = [one.amount.minor for one in parts]
    whole = _in(used.into if used else recovered.currency, recovered, used)
    worth, of_costs = split(whole.minor, amounts), split(costs.minor, amounts)
    return tuple(
        Laid(
            one.invoice,
            one.claim,
            one.amount,
            Money.from_minor(min(its_costs, one.amount.minor), costs.currency),
            Money.from_minor(minor, whole.currency),
            _waits(basis, one),
        )
        for one, minor, its_costs in zip(parts, worth, of_costs, strict=True)
    )


def _waits(basis: Basis, part: Part) -> str | None:
    """The claim of an invoice, if it was not approved when the money came in."""
    if part.invoice is None or part.claim is not None:
        return None
    claim_id = basis.shipments[part.invoice].claim_id
    return claim_id if claim_id in basis.waiting else None


def _in(currency: str, amount: Money, used: Rate | None) -> Money:
    """An amount in the scheme's currency, in whole cents."""
    return amount if used is None or amount.currency == currency else used.convert(amount).round_half_up()
