"""The cap per obligor: how much room is left, and whether an indemnity fits into it.

[fact] at most USD 50,000 per single buyer or issuing bank; [provisional] per policy, that is per insured firm and
policy year. The room is the cap less what was approved and not reversed under this policy for this obligor, never
below 0. Reversals give room back, recoveries do not [provisional]. No approval ever creates or enlarges an excess.
Every amount is in the scheme's currency and in whole cents.
"""

from portal.scheme.money import Money


def standing(approved: Money, reversed_: Money) -> Money:
    """The indemnities that stand; ``ValueError`` where more is reversed than was approved, or one is negative."""
    left = approved - reversed_
    if reversed_.minor < 0 or left.minor < 0:
        raise ValueError(f"{reversed_} reversed of {approved} approved")
    return left


def room(cap: Money, approved: Money, reversed_: Money) -> Money:
    """What is left under the cap, never below 0."""
    left = cap - standing(approved, reversed_)
    return Money.from_minor(max(left.minor, 0), cap.currency)


def excess(cap: Money, approved: Money, reversed_: Money) -> Money:
    """By how much the standing indemnities are above the cap, as after a merge; 0 while they are under it."""
    over = standing(approved, reversed_) - cap
    return Money.from_minor(max(over.minor, 0), cap.currency)


def to_decide(above: Money, waived: Money) -> Money:
    """What of an excess nobody decided on yet: two people let stand what is waived, and not a cent beyond it."""
    return Money.from_minor(max((above - waived).minor, 0), above.currency)


def outlived(above: Money, waived: Money) -> Money:
    """By how much a waiver is larger than the excess that is left: so much of it lapses and covers no other."""
    return Money.from_minor(max((waived - above).minor, 0), above.currency)


def may_approve(cap: Money, approved: Money, reversed_: Money, indemnity: Money) -> bool:
    """Whether the indemnity fits the room. Nothing to be paid always does: it enlarges no excess.

    All four in one currency; ``ValueError`` for an indemnity below zero.
    """
    if indemnity.minor < 0:
        raise ValueError(f"an indemnity of {indemnity}")
    return indemnity <= room(cap, approved, reversed_)
