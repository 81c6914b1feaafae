"""What the paying bank says became of a batch, line by line: taken where it agrees, told by a code where not.

A row is judged by what was ordered: the reference, the sum, the currency, the day. Good rows count beside bad
ones; the same file again changes nothing, and what was told before is simply known.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.records import Claim
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.rejected import RejectedRow
from portal.common.roles import Actor
from portal.members.queries import TiedToFirm, tied_to
from portal.payments.records import BankResult, Batch, PaymentLine
from portal.payments.result_files import ResultInput, read_results
from portal.payments.settling import bank_reference_taken, fail_line, pay_line
from portal.reference.actions import rejected_workbook
from portal.scheme import stages

RESULT_PLACE = "bank_results.sealed"
PAID, FAILED, CAME_BACK, KNOWN = "paid", "failed", "came_back", "known"
AGREES = frozenset({PAID, FAILED, CAME_BACK, KNOWN})
"""What a row may come to that agrees with what was ordered; every other code is a difference."""


@dataclass(frozen=True)
class RowResult:
    """One row of the file: its number, the reference, and what came of it."""

    row: int
    reference: str
    code: str


@dataclass(frozen=True)
class Imported:
    """What a result file did; `again` when the very same file was imported before."""

    id: str
    rows: tuple[RowResult, ...]
    counts: Counter[str]
    rejected: Sequence[RejectedRow]
    headings: Sequence[str]
    again: bool = False

    @property
    def differing(self) -> list[RowResult]:
        """The rows that say something else than was ordered."""
        return [one for one in self.rows if one.code not in AGREES]

    def rejected_sheet(self) -> bytes:
        """The workbook that repeats the rejected rows with their reasons, in both languages."""
        return rejected_workbook(self.headings, self.rejected)


def import_results(instance: Instance, who: Actor, data: bytes, file_name: str) -> Imported:
    """Take in a result file in one transaction.

    Raises `WorkbookRefused` for one that cannot be read at all, and `TiedToFirm` when it speaks of a payment to a
    firm that `who` is tied to: then nothing of it is taken, and somebody else brings in the whole of it.
    """
    roles.require(who, roles.ORDERS_PAYMENTS, "import payment results")
    digest = sha256(data).hexdigest()
    reading = read_results(data, clock.today())
    with instance.database.locked() as session:
        known = session.execute(select(BankResult).where(BankResult.file_sha256 == digest)).scalar()
        if known is not None:
            rows = report_of(known)
            return Imported(
                known.id, rows, Counter(one.code for one in rows), reading.rejected, reading.headings, again=True
            )
        with audit.audited(session, who, "payments.import_results") as entry:
            if tied_to(session, who.id, _firms_of(session, reading.accepted)):
                raise TiedToFirm(who, "import payment results")
            taken = [_take(session, instance, who, one) for one in reading.accepted]
            counts = Counter(one.code for one in taken)
            result = BankResult(
                id=str(ULID()),
                batch_id=_one_batch(session, taken),
                file_name=file_name[:200],
                file_sha256=digest,
                read=reading.read,
                matched=sum(count for code, count in counts.items() if code in AGREES),
                differing=sum(count for code, count in counts.items() if code not in AGREES),
                rejected=len(reading.rejected),
                report=json.dumps([[one.row, one.reference, one.code] for one in taken], ensure_ascii=False),
                sealed=instance.keys.seal_bytes(RESULT_PLACE, data),
                imported_by=who.id,
                imported_at=clock.now(),
            )
            session.add(result)
            entry.subject = f"results {result.id}"
        return Imported(result.id, tuple(taken), counts, reading.rejected, reading.headings)


def report_of(result: BankResult) -> tuple[RowResult, ...]:
    """What came of each row of a file, as it was told when it came."""
    return tuple(RowResult(*one) for one in json.loads(result.report))


def _take(session: Session, instance: Instance, who: Actor, told: ResultInput) -> RowResult:
    line = session.execute(select(PaymentLine).where(PaymentLine.reference == told.reference)).scalar()
    if line is None:
        return RowResult(told.row, told.reference[:40], "unknown_reference")
    code = _judged(session, line, told)
    if code == PAID:
        assert told.on is not None  # a payment without its day is no row that is taken
        pay_line(session, instance, who, line, told.on, told.bank_reference or "")
        line.difference = line.told_minor = None
    elif code in (FAILED, CAME_BACK):
        fail_line(session, instance, who, line, told.remark)
        line.difference = line.told_minor = None
    elif code != KNOWN:
        line.difference = code
        line.told_minor = told.amount_minor if told.amount_minor != line.amount_minor else None
        line.resolved_by = line.resolved_at = None
    session.flush()
    return RowResult(told.row, told.reference, code)


def _judged(session: Session, line: PaymentLine, told: ResultInput) -> str:
    batch = session.get_one(Batch, line.batch_id)
    if line.state == stages.DROPPED:
        return "dropped"
    if batch.released_at is None:
        return "not_released"
    if told.currency != line.currency:
        return "other_currency"
    if told.amount_minor != line.amount_minor:
        return "other_amount"
    if not told.paid:
        return {stages.ORDERED: FAILED, stages.PAID: CAME_BACK}.get(line.state, KNOWN)
    if line.state == stages.PAID:
        same = (line.bank_reference, line.paid_on) == (told.bank_reference, told.on)
        return KNOWN if same else "paid_twice"
    if line.state == stages.FAILED:
        # The row of a payment that came back later is told again by the next file that has it.
        same = (line.bank_reference, line.paid_on) == (told.bank_reference, told.on)
        return KNOWN if same else "paid_after_failed"
    if told.on is not None and told.on < clock.day_of(batch.released_at):
        return "date_before_order"
    if bank_reference_taken(session, line, told.bank_reference or ""):
        return "bank_reference_again"
    return PAID


def _firms_of(session: Session, told: Sequence[ResultInput]) -> set[str]:
    """The firms whose payments the rows speak of."""
    query = (
        select(Claim.uscc)
        .join(PaymentLine, PaymentLine.claim_id == Claim.id)
        .where(PaymentLine.reference.in_({one.reference for one in told}))
    )
    return set(session.execute(query).scalars())


def _one_batch(session: Session, taken: Sequence[RowResult]) -> str | None:
    query = select(PaymentLine.batch_id).where(PaymentLine.reference.in_({one.reference for one in taken}))
    batches = set(session.execute(query).scalars())
    return batches.pop() if len(batches) == 1 else None
