"""Ordering payments: one person puts a batch together, another releases it to the paying bank.

From the moment a batch is made its claims are being paid, so that nothing about them is decided meanwhile. What
the firm owes on the same claim, after a reversal, is set off before anything is ordered.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.barring import barred_payments, mark
from portal.claims.moves import happened, move, tell_firm
from portal.claims.payees import payees_of
from portal.claims.records import Claim
from portal.common import audit, clock, roles
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor, NotAllowed
from portal.ledger.accounts import Kind, set_off_lines
from portal.ledger.entries import enter
from portal.ledger.queries import owed_to_payee, place_of, standing_approvals
from portal.members.queries import require_untied
from portal.payments import queries
from portal.payments.queries import OrderedLine, Ready
from portal.payments.records import Batch, PaymentLine
from portal.scheme import stages
from portal.scheme.money import Money
from portal.scheme.terms import load_terms


class UnknownBatch(LookupError):
    """There is no batch of this number."""


class NotReady(Exception):
    """Claims that cannot be ordered, or not any more, by number with the codes of what is in the way."""

    def __init__(self, claims: dict[str, tuple[str, ...]]) -> None:
        super().__init__(", ".join(claims))
        self.claims = claims


class StaleBatch(Exception):
    """The batch moved on, or what it rests on did; `claims` are the numbers of those that changed."""

    def __init__(self, number: str, state: str, claims: Sequence[str] = ()) -> None:
        super().__init__(f"{number} is {state} now")
        self.number = number
        self.state = state
        self.claims = tuple(claims)


class Barred(Exception):
    """Exclusions bar payments of the batch since it was ordered: claims by number with the codes of why."""

    def __init__(self, number: str, claims: dict[str, tuple[str, ...]]) -> None:
        super().__init__(f"{number}: {', '.join(claims)}")
        self.number = number
        self.claims = claims


class Hindered(Exception):
    """Something else is in the way since the batch was ordered: claims by number with the codes of what."""

    def __init__(self, number: str, claims: dict[str, tuple[str, ...]]) -> None:
        super().__init__(f"{number}: {', '.join(claims)}")
        self.number = number
        self.claims = claims


class SamePerson(NotAllowed):
    """Whoever put a batch together never releases it."""


def make_batch(instance: Instance, who: Actor, scheme: str, claim_numbers: Sequence[str]) -> str | None:
    """Put a batch of agreed claims together; gives its number, None where all was settled by setting off.

    Sent twice, it gives the batch that is there. What is excluded or under sanctions is asked again here: a claim
    that it bars is not ordered and stands out at the claims desk. Raises `NotReady` with every claim that cannot
    be ordered (then nothing is), ``ValueError`` for no claim at all, and `NotAllowed` for who is tied to one of
    the firms.
    """
    roles.require(who, roles.ORDERS_PAYMENTS, "order payments")
    wanted = list(dict.fromkeys(claim_numbers))
    if not wanted:
        raise ValueError("a batch of no claim")
    with instance.database.locked() as session:
        made = _made_already(session, who, wanted)
        if made is not None:
            return made
        people = People(session, instance.keys)
        agreed = queries.agreed_claims(session, people, scheme, clock.today(), wanted)
        found = {one.claim.number: one for one in agreed}
        refused = {n: found[n].in_the_way if n in found else ("moved",) for n in wanted}
        if not any(refused.values()):
            return _order(session, instance, who, scheme, list(found.values()))
        barred = {one.claim: one.in_the_way for one in agreed if set(one.in_the_way) & set(queries.BARRING)}
        if barred:
            _let_stand_out(session, instance, who, f"claims {len(barred)}", barred)
    raise NotReady({number: codes for number, codes in refused.items() if codes})


def release_batch(instance: Instance, who: Actor, number: str, seen_sha256: str) -> None:
    """Release a batch to the bank, by another person than its maker; released twice is released once.

    Raises `UnknownBatch`, `SamePerson`, `StaleBatch` when it is not what was looked at: dropped, other lines, or a
    claim whose amount or payee is another by now (then drop it and order anew). What is excluded or under
    sanctions is asked again: `Barred` names the claims, which stand out at the claims desk; nothing is released.
    So is whatever else bars ordering, such as money told of since or a dispute: `Hindered`.
    """
    roles.require(who, roles.APPROVES_CLAIMS, "release payments")
    with instance.database.locked() as session:
        batch = batch_of(session, number)
        if batch.state == stages.RELEASED and batch.released_by == who.id:
            return
        if batch.made_by == who.id:
            raise SamePerson(who, "release payments that they ordered")
        lines = queries.lines_of(session, batch.id)
        if batch.state != stages.MADE or seen_sha256 != batch.content_sha256:
            raise StaleBatch(number, batch.state)
        changed = _changed(session, lines)
        if changed or content_sha256(batch.currency, lines) != batch.content_sha256:
            raise StaleBatch(number, batch.state, changed)
        hindered = queries.hindrances(session, [one.claim for one in lines])
        if hindered:
            raise Hindered(
                number, {one.claim.number: hindered[one.claim.id] for one in lines if one.claim.id in hindered}
            )
        people = People(session, instance.keys)
        payments = [(one.claim, one.payee) for one in lines]
        barred = barred_payments(session, people, payments, clock.today())
        if barred:
            hit = {one.claim: barred[one.claim.id] for one in lines if one.claim.id in barred}
            _let_stand_out(session, instance, who, f"batch {number}", hit)
        else:
            with audit.audited(session, who, "payments.release", f"batch {number}"):
                for one in lines:
                    require_untied(session, who, one.claim.uscc, "release payments")
                stages.require(stages.BATCH, batch.state, stages.RELEASED)
                batch.state = stages.RELEASED
                batch.released_by, batch.released_at = who.id, clock.now()
    if barred:
        raise Barred(number, {claim.number: codes for claim, codes in hit.items()})


def drop_batch(instance: Instance, who: Actor, number: str) -> None:
    """Drop a batch that was not released: its claims are agreed again, and can be ordered anew. Twice is once.

    Raises `UnknownBatch`, `StaleBatch` once it is released, `TiedToFirm`.
    """
    roles.require(who, (*roles.ORDERS_PAYMENTS, *roles.APPROVES_CLAIMS), "drop a batch of payments")
    with instance.database.locked() as session:
        batch = batch_of(session, number)
        if batch.state == stages.DROPPED:
            return
        if batch.state != stages.MADE:
            raise StaleBatch(number, batch.state)
        with audit.audited(session, who, "payments.drop", f"batch {number}"):
            stages.require(stages.BATCH, batch.state, stages.DROPPED)
            batch.state = stages.DROPPED
            for one in queries.lines_of(session, batch.id):
                require_untied(session, who, one.claim.uscc, "drop a batch of payments")
                stages.require(stages.PAYMENT, one.line.state, stages.DROPPED)
                one.line.state = stages.DROPPED
                move(one.claim, stages.AGREED)
                happened(session, instance, who, one.claim, "payment_dropped", clock.today())


def batch_of(session: Session, number: str) -> Batch:
    """The batch of this number; raises `UnknownBatch`."""
    found = queries.find_batch(session, number)
    if found is None:
        raise UnknownBatch(number)
    return found


def content_sha256(currency: str, lines: Sequence[OrderedLine]) -> str:
    """The check hash of a batch: of what is paid, to which recorded account, under which reference."""
    content = [
        [one.line.reference, one.claim.number, one.line.amount_minor, one.line.currency, one.line.payee_id]
        for one in lines
    ]
    return sha256(canonical_json([currency, content]).encode()).hexdigest()


def _order(session: Session, instance: Instance, who: Actor, scheme: str, found: Sequence[Ready]) -> str | None:
    with audit.audited(session, who, "payments.order") as entry:
        for one in found:
            require_untied(session, who, one.claim.uscc, "order payments")
            mark(session, instance, who, one.claim, ())
        to_order = [one for one in found if _set_off(session, instance, who, one).minor]
        if not to_order:
            entry.subject = f"claims {len(found)}"
            return None
        batch = _new_batch(session, instance, who, scheme, to_order)
        entry.subject = f"batch {batch.number}"
        return batch.number


def _let_stand_out(
    session: Session, instance: Instance, who: Actor, subject: str, barred: Mapping[Claim, Iterable[str]]
) -> None:
    """Claims whose payment an exclusion bars become work for the claims desk, by a write of their own."""
    with audit.audited(session, who, "payments.barred", subject, claims=[one.number for one in barred]):
        for claim, codes in barred.items():
            mark(session, instance, who, claim, codes)


def _made_already(session: Session, who: Actor, numbers: Sequence[str]) -> str | None:
    """The batch that this person made of exactly these claims a moment ago, if it still waits for its release."""
    query = (
        select(Batch.number, func.count(Claim.id))
        .join(PaymentLine, PaymentLine.batch_id == Batch.id)
        .join(Claim, Claim.id == PaymentLine.claim_id)
        .where(Batch.state == stages.MADE, Batch.made_by == who.id, Claim.number.in_(numbers))
        .group_by(Batch.number, Batch.lines)
        .having(func.count(Claim.id) == Batch.lines)
    )
    for number, held in session.execute(query):
        if held == len(numbers):
            return str(number)
    return None


def _set_off(session: Session, instance: Instance, who: Actor, one: Ready) -> Money:
    """Set off what the firm owes on the claim, and give what is left to be paid; with nothing left it is paid."""
    if one.owed.minor <= 0:
        return one.to_pay
    newest = standing_approvals(session, one.claim.id)[-1]
    met = min(one.payable, one.owed)
    enter(
        session,
        who,
        Kind.SET_OFF,
        f"set off {newest.entry.id}",
        clock.today(),
        f"claim {one.claim.number}",
        set_off_lines(place_of(session, newest.entry.id), met),
    )
    if not one.to_pay.minor:
        move(one.claim, stages.PAYING)
        move(one.claim, stages.PAID)
        happened(session, instance, who, one.claim, "set_off", clock.today())
        one.claim.paid_on, one.claim.due_on = clock.today(), None
        tell_firm(session, instance, one.claim, "claim_set_off")
    return one.to_pay


def _new_batch(session: Session, instance: Instance, who: Actor, scheme: str, to_order: Sequence[Ready]) -> Batch:
    today = clock.today()
    currency = load_terms(scheme).on(today).obligor_cap.currency
    query = select(func.max(Batch.serial)).where(Batch.number.startswith(f"P{today.year}-"))
    serial = (session.execute(query).scalar() or 0) + 1
    batch = Batch(
        id=str(ULID()),
        number=f"P{today.year}-{serial:05d}",
        serial=serial,
        scheme=scheme,
        currency=currency,
        lines=len(to_order),
        total_minor=sum(one.to_pay.minor for one in to_order),
        content_sha256="",
        state=stages.MADE,
        made_by=who.id,
        made_at=clock.now(),
    )
    lines = []
    for position, one in enumerate(to_order, 1):
        assert one.payee is not None  # else it would not be ready
        if one.to_pay.currency != currency:
            raise ValueError(f"{one.claim.number} is in {one.to_pay.currency}, the batch in {currency}")
        line = PaymentLine(
            id=str(ULID()),
            batch_id=batch.id,
            position=position,
            reference=f"{batch.number}-{position:04d}",
            entry_id=standing_approvals(session, one.claim.id)[-1].entry.id,
            claim_id=one.claim.id,
            amount_minor=one.to_pay.minor,
            currency=currency,
            payee_id=one.payee.id,
            state=stages.ORDERED,
        )
        lines.append(OrderedLine(line, one.claim, one.payee))
        move(one.claim, stages.PAYING)
        happened(session, instance, who, one.claim, "payment_ordered", today)
    batch.content_sha256 = content_sha256(currency, lines)
    session.add(batch)
    session.flush()  # its lines refer to it
    session.add_all(one.line for one in lines)
    session.flush()
    return batch


def _changed(session: Session, lines: Sequence[OrderedLine]) -> list[str]:
    """The numbers of claims that are not what was ordered any more: their state, amount, or payee."""
    payees = payees_of(session, [one.claim for one in lines])
    return [
        one.claim.number
        for one in lines
        if one.claim.state != stages.PAYING
        or owed_to_payee(session, one.claim.id).minor != one.line.amount_minor
        or one.claim.id not in payees
        or payees[one.claim.id].id != one.line.payee_id
    ]
