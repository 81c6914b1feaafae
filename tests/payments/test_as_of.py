"""Claims as they stood on a day on which their payment was ordered, and not made yet."""

from datetime import date
from pathlib import Path

from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from portal.claims.as_of import standings
from portal.claims.desk_names import STATE_NAMES
from portal.claims.moves import happened
from portal.claims.records import Claim
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.payments import ordering
from portal.scheme import stages
from tests.conftest import signed_in
from tests.payments.batches import DAY, ordered, paid_row, released, told
from tests.people import QIAN_PEI
from tests.policies.stories import on_day
from tests.samples import SCHEME


def filed_before(instance: Instance, number: str) -> None:
    """The claim was filed and agreed to long before it was ordered."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        claim.filed_on = date(2022, 9, 1)
    with on_day(date(2022, 9, 21)), audit.write(instance.database, COMMAND, "demo.loaded") as session:
        claim = session.execute(select(Claim).where(Claim.number == number)).scalar_one()
        happened(session, instance, COMMAND, claim, "agreed", date(2022, 9, 21))


def test_what_was_ordered_and_not_paid_stands_so_on_that_day(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str, tmp_path: Path
) -> None:
    filed_before(instance, claim)
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"), on=date(2022, 9, 29))
    out = tmp_path / "claims.xlsx"
    with app.test_request_context():
        named = {str(STATE_NAMES[one]): one for one in (stages.AGREED, stages.PAYING, stages.PAID)}
    stood = []
    for day in ("2022-09-25", "2022-09-26", "2022-09-28", "2022-09-29"):
        asked = ["claims", "export", str(out), "--scheme", SCHEME, "--as-of", day]
        with on_day(date(2022, 9, 30)):
            done = app.test_cli_runner().invoke(args=asked)
        assert done.exit_code == 0, done.output
        rows = list(load_workbook(out).worksheets[0].iter_rows(values_only=True))
        row = next(one for one in rows if claim in one)
        stood.append(next(named[str(words)] for words in row if str(words) in named))
    assert stood == [stages.AGREED, stages.PAYING, stages.PAYING, stages.PAID]


def test_what_is_recorded_later_changes_no_day_before(
    app: Flask, instance: Instance, officer: Actor, approver: Actor, claim: str, tmp_path: Path
) -> None:
    number = released(instance, officer, approver, claim)
    told(instance, officer, paid_row(f"{number}-0001"), on=date(2022, 9, 27))
    before = exported(app, tmp_path, "2022-10-08", on=date(2022, 10, 9))
    with on_day(date(2022, 10, 9)):
        desk = signed_in(app, QIAN_PEI)
        asked = {"received_on": "2022-10-01", "reference": "SWIFT 1", "currency": "USD", "amount": "10,000.00"}
        asked |= {"costs": "1,000.00", "invoice": "", "held": "firm", "step": "record"}
        answer = desk.post(f"/desk/claims/{claim}/money", data=asked)
        assert answer.status_code == 302, answer.get_data(as_text=True)
    assert exported(app, tmp_path, "2022-10-08", on=date(2022, 10, 9)) == before
    assert exported(app, tmp_path, "2022-10-09", on=date(2022, 10, 9)) != before


def exported(app: Flask, folder: Path, day: str, on: date) -> list[tuple[object, ...]]:
    """Every row of the claims as of a day, asked on another."""
    out = folder / "claims.xlsx"
    with on_day(on):
        done = app.test_cli_runner().invoke(
            args=["claims", "export", str(out), "--scheme", SCHEME, "--as-of", day]
        )
    assert done.exit_code == 0, done.output
    return list(load_workbook(out).worksheets[0].iter_rows(min_row=2, values_only=True))


def test_a_dropped_order_stands_as_agreed_again_from_its_day(
    instance: Instance, officer: Actor, claim: str
) -> None:
    filed_before(instance, claim)
    number = ordered(instance, officer, claim)
    with on_day(date(2022, 9, 28)):
        ordering.drop_batch(instance, officer, number)
    with instance.database.reading() as session:
        found = [
            next(standings(session, SCHEME, day, date(2022, 9, 30))).state
            for day in (date(2022, 9, 25), DAY, date(2022, 9, 27), date(2022, 9, 28))
        ]
    assert found == [stages.AGREED, stages.PAYING, stages.PAYING, stages.AGREED]
