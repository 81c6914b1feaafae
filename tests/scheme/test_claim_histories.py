"""Whole claim histories at random: a small ledger on the rulebook, checked after every step.

Claims of two policies against obligors that are merged and taken apart again; money that comes in before and after
approval; approvals that were prepared on a room that is no longer there; reversals and new assessments; an excess
that is waived, and the next one after it. The quick run takes a fraction of the steps; with CI set it takes ten
thousand.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from portal.scheme.allocation import PAYMENT, InvoiceInput, MoneyIn, allocate
from portal.scheme.buyer_cap import excess, may_approve, outlived, room, to_decide
from portal.scheme.indemnity import Indemnity, indemnity
from portal.scheme.money import Money
from portal.scheme.recovery import (
    ClaimBasis,
    OpenInvoice,
    Shares,
    allocate_recovery,
    is_recovery,
    share_recovery,
)
from tests.scheme.claims_invented import ARTICLES, CAP, RATIO, cents

POLICIES = ("2022", "2023")
OBLIGORS = ("a", "b", "c")
STEPS_A_HISTORY = 50
STEPS = 10_000 if os.environ.get("CI") else 1_000
NONE = cents(0)
obligors = st.sampled_from(OBLIGORS)
owed = st.lists(
    st.sampled_from([6_250_000, 5_000_000, 100_000]) | st.integers(1, 9_000_000), min_size=1, max_size=3
)


@dataclass
class Claim:
    """One claim of the model; its history of approvals is in the ledger."""

    number: str
    policy: str
    obligor: str
    invoices: list[InvoiceInput]
    money: list[MoneyIn] = field(default_factory=list)
    approved_on: date | None = None
    approved: Money = NONE
    loss: Money = NONE
    prepared: Indemnity | None = None


@dataclass(frozen=True)
class Line:
    """So much on one account; debit positive."""

    entry: int
    account: str
    policy: str
    obligor: str
    claim: str
    minor: int


class ClaimHistories(RuleBasedStateMachine):
    """The ledger holds the truth; what is known of it is added up anew after every step."""

    claims = Bundle("claims")
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.today = date(2022, 6, 1)
        self.lines: list[Line] = []
        self.entries = 0
        self.merged: dict[str, str] = {}
        self.of_claim: dict[str, Claim] = {}
        self.recovered: dict[str, list[Shares]] = {}
        self.laid: dict[tuple[str, str], Money] = {}
        self.shortfall: dict[str, Money] = {}
        self.payments: set[str] = set()
        self.recoveries: set[str] = set()
        self.received: dict[str, Money] = {}
        self.excesses: dict[tuple[str, frozenset[str]], Money] = {}
        self.may_grow = False
        self.tasks: dict[tuple[str, frozenset[str]], Money] = {}

    # -- what the ledger says -------------------------------------------------------------------------------

    def root(self, obligor: str) -> str:
        while obligor in self.merged:
            obligor = self.merged[obligor]
        return obligor

    def group(self, obligor: str) -> frozenset[str]:
        return frozenset(one for one in OBLIGORS if self.root(one) == self.root(obligor))

    def approved_and_reversed(self, policy: str, group: frozenset[str]) -> tuple[Money, Money]:
        mine = [
            line.minor
            for line in self.lines
            if line.account == "indemnity" and line.policy == policy and line.obligor in group
        ]
        return cents(sum(one for one in mine if one > 0)), cents(-sum(one for one in mine if one < 0))

    def waived(self, policy: str, group: frozenset[str]) -> Money:
        return cents(
            sum(
                line.minor
                for line in self.lines
                if line.account == "over_cap" and line.policy == policy and line.obligor in group
            )
        )

    def settle(self) -> None:
        """As every change of what stands does it: a waiver lapses with its excess, the rest is a task."""
        self.tasks = {}
        for policy, group in self.groups():
            above = excess(CAP, *self.approved_and_reversed(policy, group))
            left = outlived(above, self.waived(policy, group))
            for obligor in sorted(group):
                here = min(left, self.waived(policy, frozenset({obligor})))
                if here.minor:
                    self.book(policy, obligor, "", waived=here, over_cap=NONE - here)
                    left -= here
            over = to_decide(above, self.waived(policy, group))
            if over.minor:
                self.tasks[policy, group] = over

    def groups(self) -> Iterator[tuple[str, frozenset[str]]]:
        for policy in POLICIES:
            for group in {self.group(obligor) for obligor in OBLIGORS}:
                yield policy, group

    def enter(self, claim: Claim, **accounts: Money) -> None:
        self.book(claim.policy, claim.obligor, claim.number, **accounts)

    def book(self, policy: str, obligor: str, claim: str, **accounts: Money) -> None:
        self.entries += 1
        for account, amount in accounts.items():
            self.lines.append(Line(self.entries, account, policy, obligor, claim, amount.minor))

    # -- what happens ---------------------------------------------------------------------------------------

    @initialize(target=claims)
    def a_first_claim(self) -> Claim:
        return self.open_one("2022", "a", [5_000_000])

    def open_one(self, policy: str, obligor: str, owed: list[int]) -> Claim:
        number = f"C{len(self.of_claim) + 1}"
        invoices = [
            InvoiceInput(f"{number}-{at}", str(at), cents(minor), self.today + timedelta(days=at % 2))
            for at, minor in enumerate(owed)
        ]
        self.of_claim[number] = Claim(number, policy, obligor, invoices)
        self.shortfall[number] = NONE
        self.recovered[number] = []
        return self.of_claim[number]

    @rule(
        target=claims,
        policy=st.sampled_from(POLICIES),
        obligor=obligors,
        owed=owed,
    )
    def claim(self, policy: str, obligor: str, owed: list[int]) -> Claim:
        return self.open_one(policy, obligor, owed)

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    def reckon(self, claim: Claim) -> Indemnity:
        before = self.approved_and_reversed(claim.policy, self.group(claim.obligor))
        return indemnity(claim.invoices, claim.money, RATIO, 0, CAP, *before, ARTICLES)

    @rule(claim=claims)
    def prepare(self, claim: Claim) -> None:
        """An assessor freezes a result; until it is approved the room may go to another claim."""
        if claim.approved_on is None:
            claim.prepared = self.reckon(claim)

    @rule(claim=claims)
    def approve_what_was_prepared(self, claim: Claim) -> None:
        """As approval does it: the room is read under the lock; what does not fit any more is refused."""
        if claim.prepared is None or claim.approved_on is not None:
            return
        before = self.approved_and_reversed(claim.policy, self.group(claim.obligor))
        if may_approve(CAP, *before, claim.prepared.indemnity) and self.reckon(claim) == claim.prepared:
            self.stand(claim, claim.prepared)
        elif self.reckon(claim).indemnity == claim.prepared.indemnity:
            assert may_approve(CAP, *before, claim.prepared.indemnity)
        claim.prepared = None

    @rule(first=owed, second=owed, policy=st.sampled_from(POLICIES), pair=st.tuples(obligors, obligors))
    def two_prepared_on_the_same_room(
        self, first: list[int], second: list[int], policy: str, pair: tuple[str, str]
    ) -> None:
        """The room alone is the last line of defence: a stale result that still fits it creates no excess."""
        both = [
            self.open_one(policy, obligor, amounts) for obligor, amounts in zip(pair, (first, second), strict=True)
        ]
        for claim, result in [(claim, self.reckon(claim)) for claim in both]:
            before = self.approved_and_reversed(claim.policy, self.group(claim.obligor))
            if may_approve(CAP, *before, result.indemnity):
                self.stand(claim, result)

    @rule(claim=claims)
    def assess_and_approve(self, claim: Claim) -> None:
        if claim.approved_on is None:
            result = self.reckon(claim)
            before = self.approved_and_reversed(claim.policy, self.group(claim.obligor))
            assert may_approve(CAP, *before, result.indemnity)
            self.stand(claim, result)

    def stand(self, claim: Claim, result: Indemnity) -> None:
        claim.approved_on, claim.prepared = self.today, None
        claim.approved, claim.loss = result.indemnity, result.recognised_loss
        self.enter(claim, indemnity=result.indemnity, payable=NONE - result.indemnity)

    @rule(claim=claims)
    def reverse(self, claim: Claim) -> None:
        """A wrong indemnity is taken back by another entry; the claim may be assessed anew."""
        if claim.approved_on is not None and not self.recovered[claim.number]:
            self.enter(claim, owed_by_firm=claim.approved, indemnity=NONE - claim.approved)
            claim.approved_on, claim.approved, claim.loss = None, NONE, NONE
            self.settle()

    @rule(first=obligors, second=obligors)
    def merge(self, first: str, second: str) -> None:
        """Two records are one debtor after all: this alone may bring an excess to light."""
        if self.root(first) != self.root(second):
            self.merged[self.root(first)] = self.root(second)
            self.may_grow = True
            self.settle()

    @rule(obligor=obligors)
    def undo_merge(self, obligor: str) -> None:
        self.merged.pop(obligor, None)
        self.settle()

    @rule(data=st.data())
    def waive(self, data: st.DataObject) -> None:
        """Two people let an excess stand: what its task is about, booked for one of the records it is made of."""
        if self.tasks:
            policy, group = data.draw(st.sampled_from(sorted(self.tasks, key=str)))
            over, obligor = self.tasks[policy, group], data.draw(st.sampled_from(sorted(group)))
            self.book(policy, obligor, "", over_cap=over, waived=NONE - over)
            self.settle()

    @rule(claim=claims, minor=st.integers(1, 6_000_000), named=st.booleans(), costs=st.integers(0, 500_000))
    def money_comes_in(self, claim: Claim, minor: int, named: bool, costs: int) -> None:
        key = f"m{len(self.received) + 1}"
        self.received[key] = cents(minor)
        invoice = claim.invoices[0].key if named else None
        if is_recovery(self.today, claim.approved_on):
            self.share_out(claim, key, cents(minor), invoice, cents(costs))
            return
        before = self.reckon(claim)
        claim.money.append(MoneyIn(key, PAYMENT, invoice, self.today, cents(minor)))
        self.payments.add(key)
        assert self.reckon(claim).indemnity <= before.indemnity

    def share_out(self, claim: Claim, key: str, amount: Money, invoice: str | None, costs: Money) -> None:
        paid = allocate(claim.invoices, claim.money)
        left = [
            one.open - paid.on(one.key, PAYMENT, "USD") - self.laid.get((claim.number, one.key), NONE)
            for one in claim.invoices
        ]
        still_open = [
            OpenInvoice(one.key, one.due_on, rest, rest, claim.number)
            for one, rest in zip(claim.invoices, left, strict=True)
        ]
        parts = allocate_recovery(amount, invoice, still_open)
        for part in parts:
            if part.invoice is not None:
                of = (claim.number, part.invoice)
                self.laid[of] = self.laid.get(of, NONE) + part.amount
        basis = {claim.number: ClaimBasis(claim.approved, claim.loss)}
        found = share_recovery(parts, costs, self.shortfall[claim.number], basis, ARTICLES)
        self.shortfall[claim.number] = cents(sum(one.shortfall_after.minor for one in found.values()))
        for one in found.values():
            total = one.costs_taken + one.underwriter + one.firm
            self.enter(
                claim,
                with_firm=total,
                costs=NONE - one.costs_taken,
                recovered=NONE - one.underwriter,
                held_for_firm=NONE - one.firm,
            )
        assert sum((one.costs_taken + one.underwriter + one.firm).minor for one in found.values()) == amount.minor
        self.recovered[claim.number] += found.values()
        self.recoveries.add(key)

    # -- what must always hold ------------------------------------------------------------------------------

    @invariant()
    def every_entry_balances(self) -> None:
        type(self).steps += 1
        totals: dict[int, int] = {}
        for line in self.lines:
            totals[line.entry] = totals.get(line.entry, 0) + line.minor
        assert not any(totals.values())

    @invariant()
    def an_excess_comes_to_light_by_a_merge_and_never_otherwise(self) -> None:
        now = {one: excess(CAP, *self.approved_and_reversed(*one)) for one in self.groups()}
        if not self.may_grow:
            for (policy, group), over in now.items():
                was = [one for (its, other), one in self.excesses.items() if its == policy and other >= group]
                assert over <= max(was, default=NONE), f"{over} over the cap of {policy} and {sorted(group)}"
        self.excesses, self.may_grow = now, False

    @invariant()
    def a_waiver_covers_its_excess_and_every_cent_beyond_it_is_a_task(self) -> None:
        for one in self.groups():
            above, let_stand = excess(CAP, *self.approved_and_reversed(*one)), self.waived(*one)
            assert NONE <= let_stand <= above, f"{let_stand} is waived of {above} above the cap"
            assert let_stand + self.tasks.get(one, NONE) == above

    @invariant()
    def room_and_excess_never_stand_together(self) -> None:
        for one in self.groups():
            sums = self.approved_and_reversed(*one)
            assert NONE in (room(CAP, *sums), excess(CAP, *sums))

    @invariant()
    def the_same_money_is_never_both_payment_and_recovery(self) -> None:
        assert not self.payments & self.recoveries
        assert self.payments | self.recoveries == self.received.keys()

    @invariant()
    def the_underwriter_never_gets_back_more_than_it_paid(self) -> None:
        for number, shares in self.recovered.items():
            # Each share is rounded by itself, so that each may take half a cent too much.
            taken = sum(one.underwriter.minor for one in shares)
            assert taken <= self.of_claim[number].approved.minor + len(shares)


def test_no_history_of_claims_breaks_the_cap_the_ledger_or_a_recovery() -> None:
    ClaimHistories.steps = 0
    run_state_machine_as_test(
        ClaimHistories,
        settings=settings(
            # A few more than are needed, as some histories end early.
            max_examples=STEPS // STEPS_A_HISTORY * 4 // 3,
            stateful_step_count=STEPS_A_HISTORY,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    assert ClaimHistories.steps >= STEPS
