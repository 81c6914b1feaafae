"""The clock of a referred application, and one application for two who press at the same moment."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.applications.actions import import_applications, move
from portal.applications.applying import open_draft, send
from portal.applications.clocks import pause_clock, resume_clock, start_clock
from portal.applications.records import Application
from portal.common import audit, clock
from portal.common.audit import AuditEntry
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, Role
from portal.factory import create_app
from portal.members.records import Membership
from portal.policies.actions import issue_policies
from portal.scheme import stages
from portal.setup import initialise
from tests.applications.desk import application_of
from tests.applications.steps import applicant, applications, drafts
from tests.conftest import A_MORNING
from tests.members.binding import newest
from tests.samples import (
    APPLIED_ON,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    Firm,
    application_line,
    applications_book,
    apply_all,
    import_all,
    import_one,
    list_line,
    lists_book,
    masked_number,
    valid_identity_number,
    valid_uscc,
)

WEDNESDAY = date(2022, 3, 2)  # the day on which the tests live
WEEK_LATER = date(2022, 3, 9)  # five working days after it


def test_whoever_is_referred_by_a_file_has_a_day_until_when_a_person_looks(instance: Instance) -> None:
    import_all(instance)
    apply_all(instance)
    for firm in (ISLET, SILENT):
        application = application_of(instance, firm)
        assert (application.referred_on, application.due_on) == (WEDNESDAY, WEEK_LATER)
    assert application_of(instance, HARBOUR).due_on is None


def test_whoever_waited_for_a_source_has_it_from_the_day_on_which_it_came(instance: Instance) -> None:
    apply_all(instance)
    assert application_of(instance, ISLET).due_on is None
    with clock.fixed(A_MORNING + timedelta(days=1)):
        import_all(instance)
    application = application_of(instance, ISLET)
    assert (application.referred_on, application.due_on) == (date(2022, 3, 3), date(2022, 3, 10))


def test_whoever_is_referred_at_issue_has_it_from_that_day(instance: Instance) -> None:
    import_all(instance)
    apply_all(instance, [HARBOUR])
    entry = list_line(person=HARBOUR.representative, number=masked_number(HARBOUR.number))
    import_one(instance, "lists", lists_book([entry]))
    issue_policies(instance, COMMAND, SCHEME, WEDNESDAY)
    application = application_of(instance, HARBOUR)
    assert (application.state, application.due_on) == ("referred", WEEK_LATER)


def test_a_file_of_many_asks_no_more_than_a_file_of_few(instance: Instance) -> None:
    import_all(instance)
    asked: list[str] = []
    event.listen(instance.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    def statements(firms: list[Firm]) -> int:
        asked.clear()
        book = applications_book(application_line(firm) for firm in firms)
        import_applications(instance, COMMAND, book, SCHEME, APPLIED_ON)
        return sum(1 for statement in asked if "calendar" in statement or "service_level" in statement)

    firms = [
        Firm(f"厦门第{n}示例有限公司", valid_uscc(500 + n), "林", valid_identity_number(n), None)
        for n in range(40)
    ]
    assert statements(firms[:2]) == statements(firms[2:]) > 0


@pytest.fixture
def referred(instance: Instance) -> Instance:
    """The instance with one referred application, whose clock runs from Wednesday."""
    import_all(instance)
    apply_all(instance, [ISLET])
    return instance


def test_a_clock_that_stood_still_gives_back_the_working_days(referred: Instance) -> None:
    with audit.write(referred.database, COMMAND, "applications.ask") as session:
        application = session.get_one(Application, application_of(referred, ISLET).id)
        pause_clock(session, application, date(2022, 3, 4))  # a Friday
        pause_clock(session, application, date(2022, 3, 8))  # again: changes nothing
        assert application.paused_on == date(2022, 3, 4)
        resume_clock(session, application, date(2022, 3, 8))  # a Tuesday: two working days
        assert str(application.due_on) == "2022-03-11"
        resume_clock(session, application, date(2022, 3, 30))
        assert application.due_on == date(2022, 3, 11)


def test_holidays_and_worked_weekends_are_counted_as_published(referred: Instance) -> None:
    with audit.write(referred.database, COMMAND, "applications.ask") as session:
        application = session.get_one(Application, application_of(referred, ISLET).id)
        start_clock(session, application, date(2022, 3, 31))  # Qingming: 3 to 5 April free, 2 April worked
        assert application.due_on == date(2022, 4, 8)


def test_the_state_carries_the_clock_along(referred: Instance) -> None:
    with audit.write(referred.database, COMMAND, "applications.ask") as session:
        application = session.get_one(Application, application_of(referred, ISLET).id)
        with clock.fixed(datetime(2022, 3, 4, 2, 0, tzinfo=UTC)):
            move(application, stages.ASKED)
        assert application.paused_on == date(2022, 3, 4)
        with clock.fixed(datetime(2022, 3, 8, 2, 0, tzinfo=UTC)):
            move(application, stages.REFERRED)
        assert (application.referred_on, application.due_on) == (WEDNESDAY, date(2022, 3, 11))
        assert application.paused_on is None


def test_two_presses_at_the_same_moment_make_one_application(either_instance: Instance) -> None:
    import_all(either_instance)
    app: Flask = create_app(either_instance.settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    chen = applicant(app, ISLET)
    chen.fill()
    (draft,) = drafts(either_instance)
    with either_instance.database.reading() as session:
        who = Actor(session.get_one(Membership, draft.membership_id).account_id, Role.EXPORTER)
    numbers: list[str] = []
    gate = threading.Barrier(4)

    def press() -> None:
        gate.wait()
        numbers.append(send(either_instance, who, draft.id, draft.version))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    app.extensions["tongbao"].database.engine.dispose()
    assert len(numbers) == 4
    assert len(set(numbers)) == 1
    assert len(applications(either_instance, ISLET)) == 1


def test_two_devices_that_begin_at_the_same_moment_share_one_draft(instance: Instance, app: Flask) -> None:
    import_all(instance)
    chen = applicant(app)
    who = Actor(newest(instance, HARBOUR).account_id, Role.EXPORTER)
    made: list[str] = []
    gate = threading.Barrier(3)

    def begin() -> None:
        gate.wait()
        made.append(open_draft(instance, who, chen.firm.uscc).id)

    threads = [threading.Thread(target=begin) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def test_whoever_was_referred_before_there_were_due_days_gets_one_when_the_portal_is_upgraded(
    instance: Instance,
) -> None:
    import_all(instance)
    apply_all(instance)
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        for firm in (ISLET, HARBOUR):
            old = session.get_one(Application, application_of(instance, firm).id)
            old.referred_on = old.due_on = None
    with clock.fixed(A_MORNING + timedelta(days=7)):
        initialise(instance)
        islet = application_of(instance, ISLET)
        assert (islet.referred_on, islet.due_on) == (WEEK_LATER, date(2022, 3, 16))
    assert application_of(instance, HARBOUR).due_on is None  # nobody has to look at it
    assert application_of(instance, SILENT).due_on == WEEK_LATER  # what was promised stays
    initialise(instance)
    assert application_of(instance, ISLET).due_on == date(2022, 3, 16)
    with instance.database.reading() as session:
        query = select(AuditEntry.subject).where(AuditEntry.action == "applications.clock")
        assert list(session.execute(query).scalars()) == [f"application {islet.number}"]
        assert verify_audit(session).first_break is None
