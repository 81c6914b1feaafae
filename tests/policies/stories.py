"""What tests of policies and rosters begin with: sources imported, applications made, policies issued."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, time

from sqlalchemy import event, select

from portal.applications.records import Application
from portal.applications.reviews import APPROVE, latest_decision, review
from portal.common import clock
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.policies.actions import IssueResult, issue_policies
from portal.policies.records import Policy
from tests.accounts.test_signing_in import account_of
from tests.people import Staff
from tests.samples import SCHEME, Firm

ISSUE_DAY = date(2022, 3, 2)


def at(day: date) -> datetime:
    """Ten in the morning in Xiamen on a day."""
    return datetime.combine(day, time(2, 0), tzinfo=UTC)


def acting(instance: Instance, person: Staff) -> Actor:
    """This person as actions know them."""
    return Actor(account_of(instance, person).id, person.role)


def application_of(instance: Instance, firm: Firm) -> Application:
    """The newest application of a firm."""
    with instance.database.reading() as session:
        query = select(Application).where(Application.uscc == firm.uscc).order_by(Application.serial.desc())
        return session.execute(query.limit(1)).scalar_one()


def policy_of(instance: Instance, firm: Firm) -> Policy:
    """The newest policy of a firm."""
    with instance.database.reading() as session:
        query = (
            select(Policy)
            .where(Policy.uscc == firm.uscc)
            .order_by(Policy.policy_year.desc(), Policy.serial.desc())
        )
        return session.execute(query.limit(1)).scalar_one()


def policies(instance: Instance) -> list[Policy]:
    """Every policy by number."""
    with instance.database.reading() as session:
        return list(session.execute(select(Policy).order_by(Policy.policy_year, Policy.serial)).scalars())


def approve(instance: Instance, person: Staff, firm: Firm) -> str:
    """A reviewer clears a firm's referred application; its state afterwards."""
    application = application_of(instance, firm)
    with instance.database.reading() as session:
        decision = latest_decision(session, application.id)
    assert decision is not None
    who = acting(instance, person)
    return review(instance, who, application.number, decision.id, APPROVE, "海关说明已核对，确有出口")


def issue(instance: Instance, on: date = ISSUE_DAY, scheme: str = SCHEME) -> IssueResult:
    """Issue for all that wait, by command."""
    return issue_policies(instance, COMMAND, scheme, on)


def actions_on(instance: Instance, subject: str) -> list[tuple[str, str]]:
    """(action, outcome) of every audit entry on a subject, oldest first."""
    with instance.database.reading() as session:
        query = select(AuditEntry.action, AuditEntry.outcome).where(AuditEntry.subject == subject)
        return [(action, outcome) for action, outcome in session.execute(query.order_by(AuditEntry.seq))]


@contextmanager
def queries_counted(instance: Instance) -> Iterator[list[str]]:
    """The statements that this instance's database is asked while the block runs."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(statement)

    engine = instance.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def on_day(day: date) -> AbstractContextManager[None]:
    """Hold the clock at ten in the morning of a day."""
    return clock.fixed(at(day))
