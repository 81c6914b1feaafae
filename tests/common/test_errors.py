"""Error pages: the number they show is in the log, and what is odd in an address is no fault of ours."""

import logging
import re

import pytest
from flask import Flask
from sqlalchemy import select

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from tests.conftest import signed_in
from tests.people import FANG_SHEN, ZHOU_HE


def test_the_number_on_a_page_that_is_not_there_stands_in_the_log(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="portal"):
        page = app.test_client().get("/no-such-page").get_data(as_text=True)
    shown = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{2}", page)
    assert shown is not None
    assert shown.group() in caplog.text


def test_a_refusal_at_a_very_long_address_is_recorded_within_its_column(app: Flask, instance: Instance) -> None:
    client = signed_in(app, ZHOU_HE)
    assert client.get("/desk/staff/" + "A" * 3000).status_code == 403
    with app.extensions["tongbao"].database.reading() as session:
        subject = session.execute(select(AuditEntry.subject).where(AuditEntry.action == "access")).scalar_one()
    assert len(subject) == 120


@pytest.mark.parametrize(
    "address",
    ["/desk/audit/" + "9" * 30, "/desk/audit?to=9999-12-31", "/desk/audit?from=0001-01-01"],
)
def test_numbers_and_days_beyond_all_bounds_are_no_fault_of_ours(app: Flask, address: str) -> None:
    assert signed_in(app, FANG_SHEN).get(address).status_code in (200, 404)
