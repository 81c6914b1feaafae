"""Working days with make-up days, and the times that staff and firms have."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.programme.calendar_actions import seed_calendar
from portal.programme.service_levels import (
    FAST_LANE_LIMIT,
    LEVELS,
    REMINDER_DAYS,
    REVIEW_DAYS,
    days,
    level,
    units,
)
from portal.programme.working_days import due, working_days_between
from tests.conftest import signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO

LATE_IN_2026 = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "count", "last", "certain"),
    [
        (date(2026, 3, 6), 1, date(2026, 3, 9), True),  # over a plain weekend
        (date(2026, 9, 18), 1, date(2026, 9, 20), True),  # a Sunday that is worked
        (date(2026, 9, 30), 5, date(2026, 10, 13), True),  # National Day, with Saturday 10 October worked
        (date(2026, 12, 30), 1, date(2026, 12, 31), True),
        (date(2026, 12, 30), 3, date(2027, 1, 4), False),  # 1 January 2027 is not known to be a holiday yet
        (date(2026, 3, 6), 0, date(2026, 3, 6), True),
    ],
)
def test_the_last_working_day_follows_the_published_calendar(
    instance: Instance, start: date, count: int, last: date, certain: bool
) -> None:
    with instance.database.reading() as session:
        assert due(session, start, count) == (last, certain)


def test_working_days_between_two_days_are_those_after_the_first(instance: Instance) -> None:
    with instance.database.reading() as session:
        assert working_days_between(session, date(2026, 9, 30), date(2026, 10, 12)) == 4
        assert working_days_between(session, date(2026, 10, 12), date(2026, 9, 30)) == 0


def test_seeding_again_changes_nothing(instance: Instance) -> None:
    assert seed_calendar(instance, COMMAND) == 0


def test_an_administrator_enters_next_years_calendar_and_then_its_days_are_certain(app: Flask) -> None:
    with clock.fixed(LATE_IN_2026):
        client = signed_in(app, GUAN_LI)
        notice = {"source": "国办发明电〔2026〕9号"}
        answer = client.post("/desk/calendar?year=2027", data={"day": "2027-01-01", "kind": "off", **notice})
        assert answer.status_code == 302
        assert client.post("/desk/calendar/publish", data={"year": "2027", **notice}).status_code == 302
        with app.extensions["tongbao"].database.reading() as session:
            assert due(session, date(2026, 12, 31), 1) == (date(2027, 1, 4), True)
        assert "国办发明电〔2026〕9号" in client.get("/desk/calendar?year=2027").get_data(as_text=True)


def test_a_day_put_back_to_its_weekday_is_no_holiday_any_more(app: Flask) -> None:
    with clock.fixed(LATE_IN_2026):
        client = signed_in(app, GUAN_LI)
        for kind in ("off", "usual"):
            client.post("/desk/calendar?year=2026", data={"day": "2026-12-01", "kind": kind, "source": "更正"})
        with app.extensions["tongbao"].database.reading() as session:
            assert due(session, date(2026, 11, 30), 1).day == date(2026, 12, 1)


def test_a_service_level_is_provisional_until_it_is_set_and_holds_from_its_day(
    app: Flask, instance: Instance
) -> None:
    with clock.fixed(LATE_IN_2026):
        client = signed_in(app, GUAN_LI)
        assert LEVELS[REVIEW_DAYS].value == "5"
        data = {"value": "8", "starts_on": "2026-12-01", "reference": "厦商务〔2026〕77号"}
        assert client.post(f"/desk/service-levels/{REVIEW_DAYS}", data=data).status_code == 302
        with instance.database.reading() as session:
            assert days(session, REVIEW_DAYS, date(2026, 11, 30)) == 5
            assert days(session, REVIEW_DAYS, date(2026, 12, 1)) == 8
        assert "厦商务〔2026〕77号" not in client.get("/desk/service-levels").get_data(as_text=True)
    with clock.fixed(datetime(2026, 12, 2, 2, 0, tzinfo=UTC)):
        page = signed_in(app, GUAN_LI).get("/desk/service-levels").get_data(as_text=True)
        assert "厦商务〔2026〕77号" in page


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (REVIEW_DAYS, "0"),
        (REVIEW_DAYS, "3 7"),
        (REVIEW_DAYS, "soon"),
        (REMINDER_DAYS, "7 3"),
        (REMINDER_DAYS, ""),
        (FAST_LANE_LIMIT, "0"),
        (FAST_LANE_LIMIT, "1000001"),
        (FAST_LANE_LIMIT, "5000.50"),
    ],
)
def test_what_is_no_number_of_days_is_told_beside_the_field(app: Flask, key: str, value: str) -> None:
    client = signed_in(app, GUAN_LI)
    data = {"value": value, "starts_on": "2022-03-02", "reference": "x"}
    answer = client.post(f"/desk/service-levels/{key}", data=data)
    assert answer.status_code == 422


def test_the_limit_of_the_fast_lane_is_a_sum_and_is_shown_as_one(app: Flask, instance: Instance) -> None:
    client = signed_in(app, GUAN_LI)
    assert "USD\N{NO-BREAK SPACE}5,000.00" in client.get("/desk/service-levels").get_data(as_text=True)
    data = {"value": "8,000", "starts_on": "2022-03-02", "reference": "承保人来函〔2022〕3号"}
    assert client.post(f"/desk/service-levels/{FAST_LANE_LIMIT}", data=data).status_code == 302
    with instance.database.reading() as session:
        assert units(session, FAST_LANE_LIMIT, date(2022, 3, 2)) == 8000
    assert "USD\N{NO-BREAK SPACE}8,000.00" in client.get("/desk/service-levels").get_data(as_text=True)


def test_no_service_level_is_set_for_a_day_that_has_passed(app: Flask, instance: Instance) -> None:
    data = {"value": "9", "starts_on": "2022-03-01", "reference": "x"}
    assert signed_in(app, GUAN_LI).post(f"/desk/service-levels/{REVIEW_DAYS}", data=data).status_code == 422
    with instance.database.reading() as session:
        assert level(session, REVIEW_DAYS, date(2022, 3, 1)) == "5"


def test_only_an_administrator_changes_calendar_and_service_levels(app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    assert client.get("/desk/service-levels").status_code == 200
    assert client.get("/desk/calendar").status_code == 200
    data = {"day": "2022-05-05", "kind": "off", "source": "x"}
    assert client.post("/desk/calendar?year=2022", data=data).status_code == 403
    assert client.get(f"/desk/service-levels/{REVIEW_DAYS}").status_code == 403
