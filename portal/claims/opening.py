"""Opening the claims of a notice: one for each policy under which a shipment is covered, with its clocks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.held import Held, held_by
from portal.claims.notice_drafts import shipments_of
from portal.claims.records import Claim, Notice, Shipment
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.ledger.rates import NoRate, rate
from portal.obligors.records import Obligor
from portal.policies.records import Policy
from portal.programme.working_days import Calendar, calendar
from portal.scheme import deadlines, stages
from portal.scheme.claim_words import Risk
from portal.scheme.conversion import rate_day
from portal.scheme.deadlines import Deadline, WaitingPeriod
from portal.scheme.money import Money


class NothingCovered(Exception):
    """Every shipment of the notice lies outside cover: there is nothing to claim, and it stays watched."""


def open_claims(session: Session, _instance: Instance, who: Actor, notice: Notice, on: date) -> list[Claim]:
    """Open the claims of a notice inside an audited block; those that are open already are given back.

    What lies outside cover goes with the claim of its policy, so that whoever assesses sees it, but counts
    nothing. Raises `NothingCovered`.
    """
    shipments = shipments_of(session, notice.id)
    wanted = {one.policy_id for one in shipments if one.policy_id and not one.outside}
    if not wanted:
        raise NothingCovered(notice.number)
    query = select(Claim).where(Claim.notice_id == notice.id, Claim.state != stages.WITHDRAWN)
    there = {claim.policy_id: claim for claim in session.execute(query).scalars()}
    policies = select(Policy).where(Policy.id.in_(wanted)).order_by(Policy.starts_on, Policy.serial)
    serial = _last_serial(session, on)
    opened = []
    for policy in session.execute(policies).scalars():
        own = [one for one in shipments if one.policy_id == policy.id]
        claim = there.get(policy.id)
        if claim is None:
            serial += 1
            claim = _claim(session, notice, policy, own, serial, on)
            session.add(claim)
            session.flush()
        for one in own:
            one.claim_id = claim.id
        opened.append(claim)
    entry = session.info.get("entry")
    if isinstance(entry, audit.Entry):
        entry.details["claims"] = [claim.number for claim in opened]
        entry.details["by"] = who.id
    return opened


def waiting_of(held: Held, notice: Notice, shipments: Sequence[Shipment], days: Calendar) -> WaitingPeriod:
    """The waiting period of the covered shipments under one policy: from the latest due date among them."""
    assert notice.risk is not None  # the notice was sent
    latest = max(one.due_on for one in shipments if not one.outside)
    return deadlines.waiting_ends(held.claim, Risk(notice.risk), latest, notice.disposed_on, days)


def claim_due_of(held: Held, notice: Notice, waiting: WaitingPeriod, days: Calendar) -> Deadline:
    """Until when a claim under one policy must be filed."""
    assert notice.notified_on is not None  # the notice was sent
    return deadlines.claim_due(held.claim, notice.notified_on, waiting.ends.day if waiting.ends else None, days)


def late_points_of(held: Held, notice: Notice, covered: Sequence[Shipment], days: Calendar) -> int:
    """Hundredths off the ratio of one policy if nothing is excused: by the earliest due date covered there."""
    assert notice.notified_on is not None  # the notice was sent
    due = deadlines.notice_due(held.claim, min(one.due_on for one in covered), days).day
    return deadlines.late_points(held.claim, due, notice.notified_on)


def _claim(
    session: Session, notice: Notice, policy: Policy, shipments: Sequence[Shipment], serial: int, on: date
) -> Claim:
    assert notice.obligor_id is not None  # the notice was sent, and so is complete
    assert notice.risk is not None
    held, days = held_by(policy), calendar(session)
    covered = [one for one in shipments if not one.outside]
    waiting = waiting_of(held, notice, covered, days)
    filed_by = claim_due_of(held, notice, waiting, days).day
    terms = Counter[str]()
    for one in covered:
        terms[one.payment_term] += one.amount_minor
    return Claim(
        id=str(ULID()),
        number=f"C{on.year}-{serial:05d}",
        serial=serial,
        notice_id=notice.id,
        policy_id=policy.id,
        scheme=policy.scheme,
        policy_year=policy.policy_year,
        uscc=notice.uscc,
        firm_name=policy.firm_name,
        obligor_id=notice.obligor_id,
        country=session.get_one(Obligor, notice.obligor_id).country,
        risk=notice.risk,
        payment_term=terms.most_common(1)[0][0],
        amount_minor=_amount(session, covered, held, on),
        currency=held.cap.currency,
        state=stages.PREPARING,
        opened_on=on,
        waiting_until=waiting.ends.day if waiting.ends else None,
        claim_due_on=filed_by,
        due_on=filed_by,
        late_points=late_points_of(held, notice, covered, days),
        state_changed_at=clock.now(),
    )


def _amount(session: Session, shipments: Sequence[Shipment], held: Held, on: date) -> int:
    """What is claimed, in cents of the scheme's currency, for lists; without a rate an invoice counts 0 yet."""
    into = held.cap.currency
    total = Money.from_minor(0, into)
    for one in shipments:
        owed = Money.from_minor(one.amount_minor, one.currency)
        if owed.currency == into:
            total += owed
            continue
        try:
            used = rate(session, owed.currency, into, rate_day(one.due_on, on), held.claim.rate_lookback_days)
        except NoRate:
            continue  # told beside the estimate, and an error once the claim is assessed
        total += used.convert(owed)
    return total.round_half_up().minor


def _last_serial(session: Session, on: date) -> int:
    prefix = f"C{on.year}-"
    query = select(func.max(Claim.serial)).where(Claim.number.startswith(prefix))
    return session.execute(query).scalar() or 0
