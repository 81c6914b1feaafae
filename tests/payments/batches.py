"""Batches of payments as tests tell them: ordered, released, answered by the bank; and who is behind them."""

from datetime import date
from io import BytesIO

from openpyxl import load_workbook
from sqlalchemy import select
from ulid import ULID

from portal.accounts.exporters import find_or_make_by_mobile
from portal.claims.records import Assignment, Claim
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor, Role
from portal.documents.actions import EVIDENCE, keep
from portal.payments import ordering, queries, results
from portal.payments.order_sheet import write_order
from portal.payments.result_files import RESULT_HEADINGS
from portal.scheme import stages
from tests.appeals.stories import paper
from tests.ledger.stories import workbook
from tests.people import CHEN_HAIXIA
from tests.policies.stories import on_day
from tests.samples import SCHEME

DAY = date(2022, 9, 26)
SUM = "32000.00"  # 80 % of 40,000.00


def ordered(instance: Instance, officer: Actor, *numbers: str) -> str:
    """A batch of these claims."""
    with on_day(DAY):
        made = ordering.make_batch(instance, officer, SCHEME, numbers)
    assert made is not None
    return made


def released(instance: Instance, officer: Actor, approver: Actor, *numbers: str) -> str:
    """A batch of these claims on its way to the bank."""
    number = ordered(instance, officer, *numbers)
    with on_day(DAY):
        ordering.release_batch(instance, approver, number, seen(instance, number))
    return number


def seen(instance: Instance, number: str) -> str:
    """The check hash of a batch."""
    with instance.database.reading() as session:
        return ordering.batch_of(session, number).content_sha256


def told(
    instance: Instance, officer: Actor, *rows: tuple[object, ...], on: date = date(2022, 9, 27)
) -> results.Imported:
    """A result file of the bank, imported."""
    with on_day(on):
        return results.import_results(
            instance, officer, workbook([one.name for one in RESULT_HEADINGS], rows), "results.xlsx"
        )


def paid_row(
    reference: str, amount: object = SUM, serial: str = "BK001", day: object = "2022-09-27"
) -> tuple[object, ...]:
    """A row that says that the bank paid."""
    return (reference, amount, "USD", day, serial, "成功", "")


def line_of(instance: Instance, reference: str) -> tuple[str, str | None]:
    """The state of a line and the difference noted on it."""
    with instance.database.reading() as session:
        line = queries.line_of_reference(session, reference)
        assert line is not None
        return line.state, line.difference


def member_again(instance: Instance) -> Actor:
    """Chen, who acts for the harbour's firm already."""
    with instance.database.locked() as session:
        return Actor(find_or_make_by_mobile(session, instance, CHEN_HAIXIA.mobile).id, Role.EXPORTER)


def assign(instance: Instance, number: str, payee_id: str, state: str = stages.RECORDED) -> None:
    """The proceeds of a claim are assigned to a bank."""
    who = member_again(instance)
    with audit.write(instance.database, who, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        deed = keep(session, instance, who, claim.uscc, EVIDENCE, paper())
        session.add(
            Assignment(
                id=str(ULID()),
                claim_id=claim.id,
                payee_id=payee_id,
                document_id=deed.id,
                state=state,
                told_by=who.id,
                told_at=clock.now(),
            )
        )


def sheet_of(instance: Instance, number: str) -> str:
    """Every cell of a batch's order, as text."""
    out = BytesIO()
    with instance.database.reading() as session:
        batch = ordering.batch_of(session, number)
        write_order(out, batch, queries.lines_of(session, batch.id), People(session, instance.keys))
    return "\n".join(str(cell.value) for row in load_workbook(BytesIO(out.getvalue()))["付款"] for cell in row)
