"""Exchange rates: imported, replaced, looked up, and never guessed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, NotAllowed, Role
from portal.ledger.rate_import import RatesImported, import_rates, preview_rates
from portal.ledger.rates import NoRate, rate
from portal.ledger.records import ExchangeRate, RateVersion
from tests.ledger.stories import workbook

HEADINGS = ("币种", "日期", "汇率", "折算币种", "来源")
DAY = date(2022, 3, 1)


def taken(instance: Instance, *rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS) -> RatesImported:
    """Rates imported by the operator."""
    return import_rates(instance, COMMAND, workbook(headings, rows), "rates.xlsx")


def found(instance: Instance, day: date, currency: str = "EUR", lookback: int = 7) -> tuple[date, Decimal]:
    """The rate of a day and the day it is of."""
    with instance.database.reading() as session:
        used = rate(session, currency, "USD", day, lookback)
        return used.day, used.value


def test_a_rate_holds_on_its_day_and_a_week_after(instance: Instance) -> None:
    taken(instance, ("EUR", "2022-02-20", "1.1332", "USD", "PBOC"), ("eur", date(2022, 2, 21), 1.1340, "", ""))
    assert found(instance, date(2022, 2, 20)) == (date(2022, 2, 20), Decimal("1.1332"))
    assert found(instance, date(2022, 2, 28)) == (date(2022, 2, 21), Decimal("1.134"))
    with pytest.raises(NoRate):
        found(instance, date(2022, 3, 1))
    with pytest.raises(NoRate):
        found(instance, date(2022, 2, 19))
    with pytest.raises(NoRate):
        found(instance, date(2022, 2, 21), "GBP")


def test_the_same_file_twice_changes_nothing(instance: Instance) -> None:
    first = taken(instance, ("EUR", "2022-02-20", "1.10"))
    again = taken(instance, ("EUR", "2022-02-20", "1.1000"))
    assert (first.version, first.added, again.version, again.unchanged) == (1, 1, None, 1)
    with instance.database.reading() as session:
        assert len(session.execute(select(RateVersion)).all()) == 1


def test_a_changed_rate_replaces_and_the_old_one_stays_readable(instance: Instance) -> None:
    taken(instance, ("EUR", "2022-02-20", "1.10"))
    assert taken(instance, ("EUR", "2022-02-20", "1.20")).changed == 1
    assert found(instance, date(2022, 2, 20))[1] == Decimal("1.2")
    with instance.database.reading() as session:
        kept = session.execute(select(ExchangeRate).order_by(ExchangeRate.id)).scalars().all()
    assert [(one.rate, one.replaced_version) for one in kept] == [("1.1", 2), ("1.2", None)]


@pytest.mark.parametrize(
    "row",
    [
        ("EURO", "2022-02-20", "1.1"),
        ("USD", "2022-02-20", "1.1"),
        ("EUR", "2022-03-03", "1.1"),
        ("EUR", "2022-02-20", "0"),
        ("EUR", "2022-02-20", "-1.1"),
        ("EUR", "2022-02-20", "1,1"),
        ("EUR", "2022-02-20", ""),
        ("EUR", "", "1.1"),
    ],
    ids=["no currency", "into itself", "tomorrow", "nothing", "negative", "comma", "no rate", "no day"],
)
def test_a_bad_row_is_told_and_the_good_one_taken(instance: Instance, row: tuple[object, ...]) -> None:
    done = taken(instance, row, ("EUR", "2022-02-21", "1.1"))
    assert (done.added, [one.row.number for one in done.rejected]) == (1, [2])


def test_two_rates_of_one_day_contradict_each_other(instance: Instance) -> None:
    done = taken(
        instance, ("EUR", "2022-02-20", "1.1"), ("EUR", "2022-02-20", "1.1"), ("EUR", "2022-02-20", "1.2")
    )
    assert (done.added, [one.row.number for one in done.rejected]) == (1, [4])


def test_a_very_small_rate_keeps_its_digits(instance: Instance) -> None:
    taken(instance, ("VND", "2022-02-20", 0.0000393))
    assert found(instance, date(2022, 2, 20), "VND")[1] == Decimal("0.0000393")


def test_looking_writes_nothing(instance: Instance) -> None:
    assert preview_rates(instance, workbook(HEADINGS, [("EUR", "2022-02-20", "1.1")])).added == 1
    with instance.database.reading() as session:
        assert session.execute(select(ExchangeRate)).first() is None


def test_only_claims_officers_import_rates(instance: Instance) -> None:
    with pytest.raises(NotAllowed):
        import_rates(instance, Actor("x", Role.REVIEWER), workbook(HEADINGS, []), "rates.xlsx")


def test_the_command_tells_counts_and_writes_the_rejected_rows(app: Flask, tmp_path: Path) -> None:
    file, out = tmp_path / "rates.xlsx", tmp_path / "rejected.xlsx"
    file.write_bytes(workbook(HEADINGS, [("EUR", "2022-02-20", "1.1"), ("EUR", "x", "1.1")]))
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["rates", "import", str(file), "--dry-run"])
    assert "Dry run" in dry.output
    done = runner.invoke(args=["rates", "import", str(file), "--rejected", str(out)])
    assert done.exit_code == 0
    assert "rates: read 2 added 1 changed 0 unchanged 0 rejected 1" in done.output
    assert out.exists()
