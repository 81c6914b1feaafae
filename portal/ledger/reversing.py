"""What a reversal books: an approval is undone by what still stands of it, anything else by its mirror."""

from sqlalchemy.orm import Session

from portal.ledger.accounts import Kind, LineInput, mirrored, reversal_lines
from portal.ledger.entries import lines_of
from portal.ledger.queries import owed_to_payee, place_of, standing_approvals
from portal.ledger.records import Entry
from portal.scheme.money import Money

MIRRORED = (Kind.RECOVERY,)
"""What else may be reversed: as a whole, line by line."""


class NothingToReverse(ValueError):
    """The entry is reversed already, or is of a kind that is never reversed."""


def reverse_lines(session: Session, entry: Entry) -> list[LineInput]:
    """The lines that reverse an entry, for `enter(…, reverses=entry.id)`; reads the present state under the lock.

    Of an approval that is what claw backs have left: payable no more as far as it was not paid, owed by the firm
    as far as it was. Raises `NothingToReverse`.
    """
    if entry.kind == Kind.APPROVAL:
        place = place_of(session, entry.id)
        for standing in standing_approvals(session, place.claim_id):
            if standing.entry.id == entry.id:
                return reversal_lines(place, standing.left, owed_to_payee(session, place.claim_id))
        raise NothingToReverse(f"entry {entry.number}")
    if entry.kind in MIRRORED:
        return mirrored(
            LineInput(
                one.account,
                Money.from_minor(one.amount_minor, one.currency),
                one.policy_id,
                one.obligor_id,
                one.claim_id,
            )
            for one in lines_of(session, entry.id)
        )
    raise NothingToReverse(f"entry {entry.number} is a {entry.kind}")
