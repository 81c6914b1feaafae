"""Agreed indemnities that an exclusion bars from being paid: asked again whenever that may have changed.

What was clear at the approval need not be so on the day of the payment. A claim that is barred stands out at the
claims desk from that day on, until the exclusion is gone or set aside; nothing else about it changes.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.moves import happened
from portal.claims.payees import payees_of
from portal.claims.records import Claim, Payee
from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.obligors.exclusions import firm_listed, hits_of, in_force
from portal.obligors.records import Exclusion
from portal.obligors.roots import roots_of
from portal.scheme import stages

TO_PAY = (stages.APPROVED, stages.AGREED, stages.PAYING)
OBLIGOR_EXCLUDED, PAYEE_LISTED = "excluded", "payee_listed"


def barred_payments(
    session: Session, people: People, payments: Sequence[tuple[Claim, Payee | None]], on: date
) -> dict[str, tuple[str, ...]]:
    """Those claims, by id, that an exclusion bars from being paid to somebody on a day, with the codes of why.

    The approval has asked it of the obligor; between it and the payment that may change, and the firm and whoever
    holds the account are asked about here first. As many queries for many claims as for one.
    """
    people.load(payee.person_id for _claim, payee in payments if payee is not None)
    entries = {key: in_force(session, key, on) for key in sorted({claim.scheme for claim, _payee in payments})}
    excluded = {key: _excluded(session, key, entries[key], payments) for key in entries}
    found = {}
    for claim, payee in payments:
        fields = people.read(payee.person_id, payee.sealed) if payee is not None else {}
        names = [claim.firm_name, *(fields[name] for name in ("holder", "bank") if fields.get(name))]
        holds = {
            OBLIGOR_EXCLUDED: claim.obligor_id in excluded[claim.scheme],
            PAYEE_LISTED: firm_listed(entries[claim.scheme], names, claim.uscc) is not None,
        }
        if codes := tuple(code for code, bars in holds.items() if bars):
            found[claim.id] = codes
    return found


def _excluded(
    session: Session, scheme: str, entries: Sequence[Exclusion], payments: Sequence[tuple[Claim, Payee | None]]
) -> set[str]:
    """Those obligors of a scheme's claims that an entry of it excludes; what was set aside does not count."""
    owing = {claim.obligor_id for claim, _payee in payments if claim.scheme == scheme}
    if not entries:
        return set()
    hits = hits_of(session, owing, entries)
    roots = roots_of(session, owing)
    return {one for one in owing if any(hit.aside is None for hit in hits[roots[one]])}


def follow_exclusions(session: Session, instance: Instance, who: Actor) -> None:
    """What is excluded has changed: which of the claims that wait to be paid are barred now, and which no longer.

    Inside an audited block.
    """
    query = select(Claim).where(Claim.state.in_(TO_PAY)).order_by(Claim.number)
    claims = list(session.execute(query).scalars())
    payees = payees_of(session, claims)
    people = People(session, instance.keys)
    barred = barred_payments(session, people, [(one, payees.get(one.id)) for one in claims], clock.today())
    for claim in claims:
        mark(session, instance, who, claim, barred.get(claim.id, ()))


def mark(session: Session, instance: Instance, who: Actor, claim: Claim, codes: Iterable[str]) -> None:
    """Let a claim stand out, or no longer, with the day and a line of its history. Inside an audited block."""
    barred, today = next(iter(codes), None), clock.today()
    if barred is not None and claim.barred_on is None:
        claim.barred_on = today
        happened(session, instance, who, claim, "payment_barred", today)
    elif barred is None and claim.barred_on is not None:
        claim.barred_on = None
        happened(session, instance, who, claim, "payment_free", today)
