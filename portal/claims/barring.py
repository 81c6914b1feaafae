"""Agreed indemnities that an exclusion bars from being paid: asked again whenever that may have changed.

What was clear at the approval need not be so on the day of the payment. A claim that is barred stands out at the
claims desk from that day on, until the exclusion is gone or set aside; nothing else about it changes.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.moves import happened
from portal.claims.records import Claim
from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.obligors.exclusions import firm_listed, in_force, warnings_for
from portal.obligors.records import Exclusion
from portal.obligors.roots import root_of
from portal.scheme import stages

TO_PAY = (stages.APPROVED, stages.AGREED, stages.PAYING)
OBLIGOR_EXCLUDED, PAYEE_LISTED = "excluded", "payee_listed"


class Asked:
    """What a scheme excludes on a day, read once however many claims are asked about."""

    def __init__(self, session: Session, on: date) -> None:
        self._session, self._on = session, on
        self._entries: dict[str, list[Exclusion]] = {}
        self._excluded: dict[tuple[str, str], bool] = {}  # by scheme and who owes: asked once for all its claims

    def bars(self, claim: Claim, payee_names: Sequence[str] = ()) -> tuple[str, ...]:
        """What bars the payment of a claim, as codes: its buyer or bank, or the firm or who holds the account."""
        entries = self._entries.get(claim.scheme)
        if entries is None:
            entries = self._entries[claim.scheme] = in_force(self._session, claim.scheme, self._on)
        who = claim.scheme, claim.obligor_id
        if who not in self._excluded:
            root = root_of(self._session, claim.obligor_id)
            self._excluded[who] = bool(warnings_for(self._session, claim.scheme, root, self._on, entries))
        found = {
            OBLIGOR_EXCLUDED: self._excluded[who],
            PAYEE_LISTED: firm_listed(entries, (claim.firm_name, *payee_names), claim.uscc) is not None,
        }
        return tuple(code for code, holds in found.items() if holds)


def follow_exclusions(session: Session, instance: Instance, who: Actor) -> None:
    """What is excluded has changed: which of the claims that wait to be paid are barred now, and which no longer.

    Inside an audited block.
    """
    asked = Asked(session, clock.today())
    claims = session.execute(select(Claim).where(Claim.state.in_(TO_PAY)).order_by(Claim.number)).scalars()
    for claim in claims:
        mark(session, instance, who, claim, asked.bars(claim))


def mark(session: Session, instance: Instance, who: Actor, claim: Claim, codes: Iterable[str]) -> None:
    """Let a claim stand out, or no longer, with the day and a line of its history. Inside an audited block."""
    barred, today = next(iter(codes), None), clock.today()
    if barred is not None and claim.barred_on is None:
        claim.barred_on = today
        happened(session, instance, who, claim, "payment_barred", today)
    elif barred is None and claim.barred_on is not None:
        claim.barred_on = None
        happened(session, instance, who, claim, "payment_free", today)
