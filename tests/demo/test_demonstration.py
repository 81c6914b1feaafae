"""The demonstration: every state is there, decisions are the expected ones, and repeating keeps it."""

import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.applications.deciding import replay_all
from portal.applications.records import Application, Decision
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, STAFF_ROLES
from portal.demo import sample
from portal.demo.load import HoldsOtherData, load_demo, logins_file
from portal.factory import create_app
from portal.reference.actions import import_source
from portal.scheme import stages
from portal.setup import initialise
from tests.conftest import settings_in

DAYS = [
    pytest.param(datetime(2026, 11, 22, 3, 0, tzinfo=UTC), id="late in a year"),
    pytest.param(datetime(2027, 1, 1, 0, 30, tzinfo=UTC), id="on New Year's Day"),
    pytest.param(datetime(2028, 2, 29, 15, 59, tzinfo=UTC), id="on a leap day, one minute before midnight"),
]


@pytest.fixture
def fresh(tmp_path: Path) -> Instance:
    instance = Instance(settings_in(tmp_path / "fresh"))
    initialise(instance)
    return create_app(instance.settings).extensions["tongbao"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("moment", DAYS)
def test_every_firm_gets_the_decision_written_beside_it_on_whatever_day_it_is_started(
    fresh: Instance, moment: datetime
) -> None:
    with clock.fixed(moment):
        assert load_demo(fresh)
    with fresh.database.reading() as session:
        query = select(Application.uscc, Decision.outcome, Decision.failed, Decision.referred).join(
            Decision, Decision.application_id == Application.id
        )
        found = {row[0]: tuple(row)[1:] for row in session.execute(query.where(Decision.sequence == 1))}
        states = Counter(session.execute(select(Application.state)).scalars())
        assert verify_audit(session).first_break is None
        assert replay_all(session, People(session, fresh.keys)).differ == []
    expected = {
        firm.uscc: (firm.expected, firm.failed, firm.referred)
        for firm in sample.firms()
        if firm.expected != stages.AWAITING_SOURCE
    }
    assert found == expected
    assert set(states) == set(stages.APPLICATION), "every state of an application is there to be looked at"


def test_there_is_one_login_per_role_in_a_file_only_its_owner_can_read(fresh: Instance) -> None:
    with clock.fixed(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        load_demo(fresh)
        path = logins_file(fresh)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        assert [role for role, _email, _password in rows] == [str(role) for role in STAFF_ROLES]
        app = create_app(fresh.settings)
        app.config["WTF_CSRF_ENABLED"] = False
        for _role, email, password in rows:
            answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
            assert answer.status_code == 302


def test_loading_it_again_keeps_what_is_there_and_the_same_passwords(fresh: Instance) -> None:
    with clock.fixed(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        assert load_demo(fresh)
        before = logins_file(fresh).read_text()
        assert not load_demo(fresh)
    assert logins_file(fresh).read_text() == before


def test_an_instance_with_data_of_its_own_is_refused_and_stays_as_it_is(fresh: Instance) -> None:
    import_source(fresh, COMMAND, "registry", sample.registry_file(newest=True), "own.xlsx")
    with clock.fixed(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)), pytest.raises(HoldsOtherData):
        load_demo(fresh)
    with fresh.database.reading() as session:
        assert session.execute(select(Application)).first() is None
    assert not logins_file(fresh).exists()
