"""Each reader is told of an application no more than its page would show."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.policies.actions import issue_policies
from tests.applications.web import apply_on_the_web, confirm, told
from tests.members.binding import bind, exporter
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, WU_GUOLIANG
from tests.samples import DEBTOR, GIANT, ISLET, SCHEME, Firm, apply_all, import_all

A_YEAR_LATER = datetime(2023, 1, 3, 1, 30, tzinfo=UTC)


def unconfirmed_and_confirmed(app: Flask, firm: Firm) -> None:
    """Chen applies unconfirmed; Wu is confirmed to act for the same firm."""
    colleague = exporter(app, WU_GUOLIANG)
    bind(colleague, firm)
    confirm(app.extensions["tongbao"], firm)
    bind(exporter(app, CHEN_HAIXIA), firm)
    apply_on_the_web(app, firm)


@pytest.mark.parametrize("firm", [DEBTOR, ISLET], ids=["listed", "namesake"])
def test_a_confirmed_member_hears_the_result_and_who_is_not_only_that_it_is_checked(
    app: Flask, instance: Instance, firm: Firm
) -> None:
    import_all(instance)
    unconfirmed_and_confirmed(app, firm)
    kinds = {one.address: one.kind for one in sent(instance) if one.kind.startswith("application")}
    result = "application_ineligible" if firm is DEBTOR else "application_referred"
    assert kinds == {WU_GUOLIANG.mobile: result, CHEN_HAIXIA.mobile: "application_checking"}


def test_a_public_reason_is_told_to_both(app: Flask, instance: Instance) -> None:
    import_all(instance)
    unconfirmed_and_confirmed(app, GIANT)
    assert told(instance) == ["application_ineligible"] * 2


def test_a_lapse_is_told_to_whoever_is_confirmed_and_lets_nobody_else_infer_anything(
    app: Flask, instance: Instance
) -> None:
    import_all(instance)
    unconfirmed_and_confirmed(app, ISLET)
    before = len(told(instance))
    with clock.fixed(A_YEAR_LATER):
        issue_policies(instance, COMMAND, SCHEME, date(2023, 1, 3))
    assert told(instance)[before:] == ["application_lapsed"]
    assert sent(instance, "application_lapsed")[0].address == WU_GUOLIANG.mobile


def test_of_a_firm_for_which_nobody_acts_nobody_is_told(instance: Instance) -> None:
    apply_all(instance)
    import_all(instance)
    assert sent(instance) == []
