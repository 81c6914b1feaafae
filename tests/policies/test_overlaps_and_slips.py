"""No two policies of a firm on one day, no slip of the year that cannot be undone, no row lost or made twice."""

from datetime import date

import pytest
from flask import Flask

from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.policies.actions import record_withdrawal
from portal.reference.records import RegistryRow
from portal.scheme import stages
from tests import samples
from tests.people import LIN_ZHIYAO
from tests.policies.stories import acting, application_of, issue, on_day, policies, policy_of
from tests.samples import HARBOUR


def test_a_policy_withdrawn_later_still_stands_against_one_issued_for_an_earlier_day(instance: Instance) -> None:
    samples.import_all(instance)
    samples.apply_all(instance, [HARBOUR])
    issue(instance)
    with on_day(date(2022, 10, 1)):
        number = policy_of(instance, HARBOUR).number
        record_withdrawal(instance, acting(instance, LIN_ZHIYAO), number, date(2022, 9, 1))
        samples.apply_all(instance, [HARBOUR], on=date(2022, 6, 10))
        assert application_of(instance, HARBOUR).state == stages.INELIGIBLE
        samples.apply_all(instance, [HARBOUR], on=date(2022, 9, 1))
        issue(instance, date(2022, 9, 2))
    first, second = policies(instance)
    assert first.withdrawn_on is not None
    assert first.withdrawn_on <= second.starts_on


def test_a_day_that_has_not_come_lapses_nothing(app: Flask, instance: Instance) -> None:
    samples.import_all(instance)
    samples.apply_all(instance, [HARBOUR])
    with pytest.raises(clock.InTheFuture):
        issue(instance, date(2202, 3, 2))
    assert application_of(instance, HARBOUR).state == stages.ELIGIBLE
    run = app.test_cli_runner().invoke(args=["policies", "issue", "--scheme", "xiamen-2022", "--on", "2202-03-02"])
    assert run.exit_code == 1
    assert "2202-03-02 has not come yet" in run.output


def test_the_very_first_file_again_changes_nothing_whatever_came_after_it(instance: Instance) -> None:
    samples.import_all(instance)
    samples.apply_all(instance, [HARBOUR])
    issue(instance)
    changed = samples.Firm(
        HARBOUR.name, HARBOUR.uscc, "沈新任", samples.valid_identity_number(84), HARBOUR.exports
    )
    with on_day(date(2022, 4, 2)):
        assert samples.apply_all(instance, [changed], on=date(2022, 4, 1)).outcomes["ineligible"] == 1
        again = samples.apply_all(instance, [HARBOUR])
    assert (again.unchanged, again.added, len(again.rejected)) == (1, 0, 0)


def test_a_firm_whose_row_was_rejected_is_not_called_absent(instance: Instance) -> None:
    samples.import_all(instance)
    lines = [samples.registry_line(f.uscc, None if f is HARBOUR else f.name) for f in samples.FIRMS]
    result = samples.import_one(instance, "registry", samples.registry_book(lines), COMMAND)
    assert (result.counts.rejected, result.counts.absent) == (1, 0)
    with instance.database.reading() as session:
        rows = session.query(RegistryRow).filter_by(uscc=HARBOUR.uscc, replaced_version=None).all()
    assert [row.absent_version for row in rows] == [None]


def test_a_fraction_of_a_cent_is_summed_and_lowers_no_total(instance: Instance) -> None:
    samples.import_one(instance, "registry", samples.registry_book())
    lines = [samples.customs_line(HARBOUR.uscc, HARBOUR.name, amount) for amount in ("5000000", "1500000.005")]
    samples.import_one(instance, "customs", samples.customs_book(lines))
    samples.import_one(instance, "lists", samples.lists_book())
    assert samples.apply_all(instance, [HARBOUR]).outcomes["ineligible"] == 1
