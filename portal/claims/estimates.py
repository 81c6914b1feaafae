"""What a notice may bring, reckoned at once: one worksheet for each policy, by the same rules as an assessment.

It is an estimate: nothing has been looked into, and until then more may be approved, or paid by the buyer.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.held import Held, as_confirmed, held_by
from portal.claims.notice_drafts import shipments_of
from portal.claims.opening import late_points_of
from portal.claims.records import Notice, Receipt, Shipment
from portal.common.audit import canonical_json
from portal.ledger.queries import approved_and_reversed
from portal.ledger.rates import rate
from portal.obligors.queries import group_of
from portal.policies.records import Policy
from portal.programme.working_days import calendar
from portal.scheme import stages
from portal.scheme.allocation import InvoiceInput, MoneyIn
from portal.scheme.buyer_cap import room
from portal.scheme.conversion import NoRate, Rate, rate_day
from portal.scheme.indemnity import Indemnity, indemnity
from portal.scheme.money import Money
from portal.scheme.worksheet import to_canonical


class Estimate(NamedTuple):
    """What one policy may pay. Without a rate that is needed (`missing`) there is no result, only the room."""

    policy: Policy
    indemnity: Indemnity | None
    cap: Money
    standing: Money  # approved and not reversed
    room: Money
    missing: NoRate | None


def estimate(session: Session, notice: Notice, on: date) -> list[Estimate]:
    """An estimate for each policy under which a shipment of the notice is covered, oldest policy first."""
    if notice.obligor_id is None:
        return []
    shipments = shipments_of(session, notice.id)
    return estimate_of(session, notice, shipments, _money_in(session, notice), on)


def estimate_of(
    session: Session, notice: Notice, shipments: Sequence[Shipment], money: Sequence[MoneyIn], on: date
) -> list[Estimate]:
    """The same for shipments that are not sent yet: each knows its policy and why it lies outside cover."""
    assert notice.obligor_id is not None  # the buyer is the first step
    wanted = {one.policy_id for one in shipments if one.policy_id and not one.outside}
    query = select(Policy).where(Policy.id.in_(wanted)).order_by(Policy.starts_on, Policy.serial)
    group = group_of(session, notice.obligor_id)
    points, days = 0, calendar(session)
    found = []
    for policy in session.execute(query).scalars():
        held = held_by(policy)
        if notice.notified_on is not None:
            covered = [one for one in shipments if one.policy_id == policy.id and not one.outside]
            points = late_points_of(held, notice, covered, days)
        approved, reversed_ = approved_and_reversed(session, policy.id, group)
        result: Indemnity | None = None
        missing: NoRate | None = None
        try:
            invoices = [_invoice(session, one, policy, held, on) for one in shipments]
        except NoRate as error:
            missing = error
        else:
            articles = as_confirmed(session, policy.scheme, held.articles)
            result = indemnity(invoices, money, held.ratio, points, held.cap, approved, reversed_, articles)
        left = room(held.cap, approved, reversed_)
        found.append(Estimate(policy, result, held.cap, approved - reversed_, left, missing))
    return found


def canonical_estimates(estimates: Sequence[Estimate]) -> str:
    """The worksheets as they were shown, for the record."""
    return canonical_json(
        [
            {"policy": one.policy.number, "worksheet": to_canonical(one.indemnity.worksheet)}
            for one in estimates
            if one.indemnity is not None
        ]
    )


def _invoice(session: Session, shipment: Shipment, policy: Policy, held: Held, on: date) -> InvoiceInput:
    """One invoice of the notice; nothing of it counts here where it is outside cover or of another policy."""
    owed = Money.from_minor(shipment.amount_minor, shipment.currency)
    counts = shipment.policy_id == policy.id and not shipment.outside
    into = held.cap.currency
    used: Rate | None = None
    if counts and owed.currency != into:
        day = rate_day(shipment.due_on, on)
        used = rate(session, owed.currency, into, day, held.claim.rate_lookback_days)
    counted = owed if counts else Money.from_minor(0, owed.currency)
    return InvoiceInput(shipment.id, shipment.invoice_number, counted, shipment.due_on, used, owed)


def _money_in(session: Session, notice: Notice) -> list[MoneyIn]:
    """The money of this notice that stands, net of agreed costs."""
    query = select(Receipt).where(Receipt.notice_id == notice.id, Receipt.state != stages.STRUCK)
    return [
        MoneyIn(
            one.id,
            one.kind,
            one.shipment_id,
            one.received_on,
            Money.from_minor(one.amount_minor - one.costs_minor, one.currency),
        )
        for one in session.execute(query.order_by(Receipt.received_on, Receipt.id)).scalars()
    ]
