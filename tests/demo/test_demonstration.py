"""The demonstration: every state is there, decisions are the expected ones, and repeating keeps it."""

import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.appeals.records import Appeal
from portal.applications.deciding import replay_all
from portal.applications.records import Application, Decision, Draft, ScreeningTask
from portal.claims.records import Assessment, Assignment, Claim, ConsentRequest, Notice, Shipment
from portal.common import clock
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import COMMAND, STAFF_ROLES
from portal.demo import sample
from portal.demo.load import HoldsOtherData, load_demo, logins_file
from portal.factory import create_app
from portal.members.records import Membership
from portal.obligors.records import ExcessTask, Lookalike
from portal.payments.records import PaymentLine
from portal.policies.records import Policy
from portal.recoveries.check import verify as verify_ledger
from portal.recoveries.records import Recovery
from portal.reference.actions import import_source
from portal.scheme import stages
from portal.setup import initialise
from portal.warnings.records import Event, Warned
from tests.conftest import settings_in

LATE_IN_A_YEAR = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAYS = [
    pytest.param(datetime(2027, 1, 1, 0, 30, tzinfo=UTC), id="on New Year's Day"),
    pytest.param(datetime(2028, 2, 29, 15, 59, tzinfo=UTC), id="on a leap day, one minute before midnight"),
]


def made(folder: Path) -> Instance:
    """An initialised instance with the portal put together on it."""
    instance = Instance(settings_in(folder))
    initialise(instance)
    return create_app(instance.settings).extensions["tongbao"]  # type: ignore[no-any-return]


@pytest.fixture
def fresh(tmp_path: Path) -> Instance:
    return made(tmp_path / "fresh")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """The demonstration as it is late in a year, loaded once for all who only look."""
    with clock.fixed(LATE_IN_A_YEAR):
        instance = made(tmp_path_factory.mktemp("loaded"))
        assert load_demo(instance)
    return instance


def holds_what_it_says(instance: Instance) -> None:
    """Every firm has the decision written beside it, the trail holds, and every state is there to be looked at."""
    with instance.database.reading() as session:
        query = select(Application.uscc, Decision.outcome, Decision.failed, Decision.referred).join(
            Decision, Decision.application_id == Application.id
        )
        found = {row[0]: tuple(row)[1:] for row in session.execute(query.where(Decision.sequence == 1))}
        states = Counter(session.execute(select(Application.state)).scalars())
        assert verify_audit(session).first_break is None
        assert replay_all(session, People(session, instance.keys)).differ == []
        expected = {
            firm.uscc: (firm.expected, firm.failed, firm.referred)
            for firm in sample.firms()
            if firm.expected not in (stages.AWAITING_SOURCE, "")
        }
        assert found == expected
        assert set(states) == set(stages.APPLICATION), "every state of an application is there to be looked at"
        assert {"unconfirmed", "waiting", "confirmed"} <= set(session.execute(select(Membership.state)).scalars())
        assert set(session.execute(select(Appeal.state)).scalars()) == {"open", "proposed", "upheld"}
        assert set(session.execute(select(Draft.state)).scalars()) == {"open", "sent"}
        assert list(session.execute(select(ScreeningTask.state)).scalars()) == ["open"]
        assert set(session.execute(select(Policy.state)).scalars()) == {"in_force", "withdrawn", "annulled"}
        holds_every_state_of_a_loss(session)


def holds_every_state_of_a_loss(session: Session) -> None:
    """A claim in every state, what goes with it, and a ledger that holds."""

    def states(of: InstrumentedAttribute[str]) -> set[str]:
        return set(session.execute(select(of)).scalars())

    assert states(Claim.state) == set(stages.CLAIM), "every state of a claim is there to be looked at"
    assert states(Notice.state) == {"draft", "watched", "claimed", "settled"}
    assert states(Assessment.state) == {"draft", "submitted", "approved", "reversed"}
    assert states(Assessment.how) == {"person", "fast"}
    assert states(ConsentRequest.state) == {"open", "granted"}
    assert states(Assignment.state) == {"recorded"}
    assert states(PaymentLine.state) == {"ordered", "paid"}
    assert states(Recovery.state) == {"recorded"}
    assert states(Lookalike.state) == {"open", "same"}
    assert states(Event.state) == {"entered", "confirmed"}
    assert states(Warned.cause_kind) == {"event", "concern"}
    assert states(Shipment.currency) == {"USD", "EUR"}
    assert any(session.execute(select(Claim.late_points)).scalars()), "one was reported late"
    assert any(not one for one in session.execute(select(Claim.approved_minor)).scalars() if one is not None)
    assert [one.excess_minor for one in session.execute(select(ExcessTask)).scalars()] == [3_000_000]
    found = verify_ledger(session)
    assert (found.faults, len(found.excesses)) == ([], 1)


def test_every_state_is_there_late_in_a_year(loaded: Instance) -> None:
    holds_what_it_says(loaded)


@pytest.mark.parametrize("moment", DAYS)
def test_every_firm_gets_the_decision_written_beside_it_on_whatever_day_it_is_started(
    fresh: Instance, moment: datetime
) -> None:
    with clock.fixed(moment):
        assert load_demo(fresh)
        holds_what_it_says(fresh)


def test_there_is_one_login_per_role_and_one_for_each_exporter_in_a_file_only_its_owner_can_read(
    loaded: Instance,
) -> None:
    with clock.fixed(LATE_IN_A_YEAR):
        path = logins_file(loaded)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        roles = [role for role, _email, _password in rows]
        assert roles[: len(STAFF_ROLES) + 1] == [*map(str, STAFF_ROLES), "exporter"]
        assert all(role.startswith("exporter:") for role in roles[len(STAFF_ROLES) + 1 :])
        app = create_app(loaded.settings)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        for role, email, password in rows:
            if role in ("reviewer", "exporter", "exporter:asked", "exporter:claim"):
                answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
                assert answer.status_code == 302, role


def test_loading_it_again_keeps_what_is_there_and_the_same_passwords(loaded: Instance) -> None:
    before = logins_file(loaded).read_text()
    with clock.fixed(LATE_IN_A_YEAR):
        assert not load_demo(loaded)
    assert logins_file(loaded).read_text() == before


def test_an_instance_with_data_of_its_own_is_refused_and_stays_as_it_is(fresh: Instance) -> None:
    import_source(fresh, COMMAND, "registry", sample.registry_file(newest=True), "own.xlsx")
    with clock.fixed(LATE_IN_A_YEAR), pytest.raises(HoldsOtherData):
        load_demo(fresh)
    with fresh.database.reading() as session:
        assert session.execute(select(Application)).first() is None
    assert not logins_file(fresh).exists()
