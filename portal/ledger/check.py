"""Whether the ledger holds: every entry balances, reversals mirror, and nobody stands above the cap unnoticed.

What claims, payments and recoveries must agree with it on is checked where those are; `ledger verify` runs all.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.ledger.accounts import Account, Kind
from portal.ledger.queries import cap_of
from portal.ledger.records import Entry, Line
from portal.obligors.records import ExcessTask, Obligor
from portal.policies.records import Policy
from portal.scheme import stages
from portal.scheme.buyer_cap import outlived, to_decide
from portal.scheme.money import Money

LONGEST_CHAIN = 10_000  # merges that may follow one another; a circle would never end

# What must stand on the one side of a reversal as it stood on the other of what it reverses.
MIRRORS = {
    Kind.REVERSAL: (Kind.APPROVAL, (Account.INDEMNITY,)),
    Kind.RECOVERY_REVERSAL: (Kind.RECOVERY, tuple(Account)),
    Kind.PAYMENT_FAILED: (Kind.PAYMENT, tuple(Account)),
}


class Fault(NamedTuple):
    """Something that does not hold: which rule, about what, and what was found; in English, for a person."""

    rule: str
    subject: str
    found: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.rule}: {self.subject}: {self.found}"


class Excess(NamedTuple):
    """More stands than the cap, under one policy for one obligor with all that were merged into it; or more is
    waived than stands above it.
    """

    policy: str
    obligor: str
    standing: Money
    over: Money
    waived: Money
    task: str | None  # the number of the task that is open

    @property
    def accounted(self) -> bool:
        """Whether somebody works on it, or two people let it stand: this excess, and not one that is gone."""
        return not self.outlived and (self.task is not None or not self.undecided.minor)

    @property
    def undecided(self) -> Money:
        """What of it nobody let stand."""
        return to_decide(self.over, self.waived)

    @property
    def outlived(self) -> int:
        """How many cents are waived beyond what stands above the cap."""
        return outlived(self.over, self.waived).minor

    def __str__(self) -> str:
        """One line."""
        how = [f"waived {self.waived}"] if self.waived.minor or not self.task else []
        how += [f"task {self.task}"] if self.task else []
        return (
            f"{self.policy}, {self.obligor}: {self.standing} stands, {self.over} above the cap, {', '.join(how)}"
        )


def check_entries(session: Session) -> Iterator[Fault]:
    """Every entry has lines of one currency that add up to nothing, and a reversal mirrors what it reverses."""
    yield from _unbalanced(session)
    yield from _unmirrored(session)
    query = select(Entry.number).order_by(Entry.number)
    for place, number in enumerate(session.execute(query).scalars(), 1):
        if place != number:
            yield Fault("numbers", f"entry {place}", "is missing")
            break


def excesses(session: Session) -> Iterator[Excess]:
    """Every policy and group of merged obligors whose standing indemnity is above the cap, or was and is waived.

    Policies of one firm and policy year share a cap; the first of them stands for all.
    """
    root, year = roots(session), _years(session)
    approved: dict[tuple[str, str], int] = defaultdict(int)
    reversed_: dict[tuple[str, str], int] = defaultdict(int)
    waived: dict[tuple[str, str], int] = defaultdict(int)
    query = select(Line.policy_id, Line.obligor_id, Line.account, Line.amount_minor).where(
        Line.account.in_((Account.INDEMNITY, Account.OVER_CAP))
    )
    for policy_id, obligor_id, account, minor in session.execute(query):
        group = (year[policy_id], root[obligor_id])
        if account == Account.OVER_CAP:
            waived[group] += minor
        elif minor > 0:
            approved[group] += minor
        else:
            reversed_[group] -= minor
    tasks = {
        (year[policy_id], root[obligor_id]): number
        for policy_id, obligor_id, number in session.execute(
            select(ExcessTask.policy_id, ExcessTask.obligor_id, ExcessTask.number).where(
                ExcessTask.state.in_((stages.OPEN, stages.PROPOSED))
            )
        )
    }
    groups = dict.fromkeys([*approved, *reversed_, *waived])
    caps = {policy_id: cap_of(session, policy_id) for policy_id in {policy for policy, _obligor in groups}}
    for group in groups:
        policy_id, obligor_id = group
        cap = caps[policy_id]
        up = approved[group]
        standing = up - reversed_[group]
        if standing <= cap.minor and not waived[group]:
            continue
        yield Excess(
            session.get_one(Policy, policy_id).number,
            session.get_one(Obligor, obligor_id).number,
            Money.from_minor(standing, cap.currency),
            Money.from_minor(max(standing - cap.minor, 0), cap.currency),
            Money.from_minor(waived[group], cap.currency),
            tasks.get(group),
        )


def check_caps(session: Session) -> Iterator[Fault]:
    """An excess that nobody works on and nobody waived, a waiver of more than stands above the cap; and more
    reversed than was ever approved.
    """
    for one in excesses(session):
        subject = f"policy {one.policy} and obligor {one.obligor}"
        if one.outlived:
            yield Fault("waiver", subject, f"{one.outlived} cents are waived beyond the {one.over} above the cap")
        elif not one.accounted:
            yield Fault("cap", subject, f"{one.over} above the cap, of it {one.waived} waived and no task is open")
    query = (
        select(Line.claim_id, func.sum(Line.amount_minor))
        .where(Line.account == Account.INDEMNITY)
        .group_by(Line.claim_id)
        .having(func.sum(Line.amount_minor) < 0)
    )
    for claim_id, minor in session.execute(query):
        yield Fault("reversals", f"claim {claim_id}", f"{-int(minor)} cents more reversed than approved")


def roots(session: Session) -> dict[str, str]:
    """Each obligor's id with that of the one at the end of its chain of merges."""
    into = dict(session.execute(select(Obligor.id, Obligor.merged_into)).all())
    found: dict[str, str] = {}
    for start in into:
        at = start
        for _step in range(LONGEST_CHAIN):
            onward = into[at]
            if onward is None:
                break
            at = onward
        else:
            raise RuntimeError(f"the merges of obligor {start} lead nowhere")
        found[start] = at
    return found


def _years(session: Session) -> dict[str, str]:
    """Each policy's id with that of the first one of the same firm, scheme and policy year."""
    query = select(Policy.id, Policy.uscc, Policy.scheme, Policy.policy_year)
    first: dict[tuple[str, str, int], str] = {}
    found = {}
    for policy_id, uscc, scheme, policy_year in session.execute(
        query.order_by(Policy.starts_on, Policy.serial, Policy.id)
    ):
        found[policy_id] = first.setdefault((uscc, scheme, policy_year), policy_id)
    return found


def _unbalanced(session: Session) -> Iterator[Fault]:
    sums = (
        select(
            Line.entry_id,
            func.sum(Line.amount_minor).label("left"),
            func.count().label("lines"),
            func.count(Line.currency.distinct()).label("currencies"),
        )
        .group_by(Line.entry_id)
        .subquery()
    )
    query = select(Entry.number, sums.c.left, sums.c.lines, sums.c.currencies).outerjoin(
        sums, sums.c.entry_id == Entry.id
    )
    for number, left, lines, currencies in session.execute(query.order_by(Entry.number)):
        subject = f"entry {number}"
        if lines is None or lines < 2:
            yield Fault("balance", subject, f"has {lines or 0} lines")
        elif currencies > 1:
            yield Fault("currency", subject, f"is in {currencies} currencies")
        elif left:
            yield Fault("balance", subject, f"its lines leave {int(left)} cents")


def _unmirrored(session: Session) -> Iterator[Fault]:
    """A reversal takes back what it reverses: of an approval, what the claw backs before it had left of it."""
    reversed_entry = {
        one.id: one for one in session.execute(select(Entry).where(Entry.reverses.is_(None))).scalars()
    }
    undoing = select(Entry).where(Entry.kind.in_(tuple(MIRRORS)) | Entry.reverses.is_not(None))
    for entry in session.execute(undoing.order_by(Entry.number)).scalars():
        subject = f"entry {entry.number}"
        first = reversed_entry.get(entry.reverses or "")
        expected, accounts = MIRRORS.get(Kind(entry.kind), (None, tuple(Account)))
        if first is None:
            yield Fault("reversal", subject, f"is a {entry.kind} of nothing that can be reversed")
            continue
        if expected is not None and first.kind != expected:
            yield Fault("reversal", subject, f"is a {entry.kind} of a {first.kind}")
            continue
        before, after = _sums(session, first.id, accounts), _sums(session, entry.id, accounts)
        if first.kind == Kind.APPROVAL:
            before = {place: _left(session, place, minor, after, entry) for place, minor in before.items()}
        if {place: minor for place, minor in before.items() if minor} != {
            place: -minor for place, minor in after.items() if minor
        }:
            yield Fault("reversal", subject, f"does not mirror entry {first.number}")


Booked = tuple[str, str, str, str, str]  # account, policy, obligor, claim, currency


def _sums(session: Session, entry_id: str, accounts: tuple[Account, ...]) -> dict[Booked, int]:
    found: dict[Booked, int] = defaultdict(int)
    query = select(Line).where(Line.entry_id == entry_id, Line.account.in_(accounts))
    for one in session.execute(query).scalars():
        found[(one.account, one.policy_id, one.obligor_id, one.claim_id, one.currency)] += one.amount_minor
    return found


def _left(session: Session, place: Booked, approved: int, after: dict[Booked, int], reversal: Entry) -> int:
    """What a reversal must take back of an approval: all of it, but for what claw backs had taken before."""
    account, _policy, _obligor, claim_id, _currency = place
    query = (
        select(func.sum(Line.amount_minor))
        .join(Entry, Entry.id == Line.entry_id)
        .where(
            Line.claim_id == claim_id,
            Line.account == account,
            Entry.kind == Kind.CLAW_BACK,
            Entry.number < reversal.number,
        )
    )
    clawed_back = -int(session.execute(query).scalar() or 0)
    taken = -after.get(place, 0)
    return taken if approved - clawed_back <= taken <= approved else approved
