"""Applications made on the web, as tests of what follows need them: entered at once, without the steps before."""

from flask import Flask
from sqlalchemy import select

from portal.applications.entering import New, enter
from portal.applications.files import ApplicationInput
from portal.applications.records import Application
from portal.applications.screening import issued_at_once
from portal.applications.telling import tell_state
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.members.records import Membership
from portal.messages.records import Message
from portal.scheme import stages
from portal.scheme.terms import load_terms
from tests.members.binding import newest
from tests.samples import SCHEME, Firm


def apply_on_the_web(app: Flask, firm: Firm, hold: str | None = None, declares: bool = True) -> str:
    """Enter an application of whoever said last to act for this firm, today, and let it be issued; its number."""
    instance: Instance = app.extensions["tongbao"]
    member = newest(instance, firm)
    who = Actor(member.account_id, Role.EXPORTER)
    today = clock.today()
    declared = load_terms(SCHEME).on(today).declarations if declares else ()
    row = ApplicationInput(
        firm_name=firm.name,
        uscc=firm.uscc,
        representative=firm.representative,
        representative_number=firm.number,
        contact="陈海霞",
        mobile="13800000001",
        email=None,
        address="厦门市思明区示例路 1 号",
    )
    with instance.database.locked() as session:
        new = New(row, "web", declared, membership_id=member.id, hold=hold)
        entered = enter(session, instance, who, [new], SCHEME, today)[0]
        application = session.get_one(Application, entered.id)
        with audit.audited(session, who, "applications.send", f"application {entered.number}"):
            tell_state(session, instance, application)
        ready = issued_at_once(application)
    if ready and instance.issue_at_once is not None:
        instance.issue_at_once(entered.number)
    return entered.number


def confirm(instance: Instance, firm: Firm) -> Membership:
    """Whoever said last to act for a firm is confirmed from now on, as far as reading goes."""
    member = newest(instance, firm)
    with audit.write(instance.database, Actor("command", Role.COMMAND), "members.confirm") as session:
        found = session.get_one(Membership, member.id)
        found.state, found.confirmed_at, found.confirmed_how = stages.CONFIRMED, clock.now(), "licence"
    return newest(instance, firm)


def set_application(instance: Instance, number: str, **columns: object) -> None:
    """Put an application into a state that only time or other people bring about."""
    with audit.write(instance.database, Actor("command", Role.COMMAND), "applications.assign") as session:
        application = session.execute(select(Application).where(Application.number == number)).scalar_one()
        for name, value in columns.items():
            setattr(application, name, value)


def told(instance: Instance) -> list[str]:
    """The kinds of all messages in the portal, oldest first."""
    with instance.database.reading() as session:
        query = select(Message.kind).where(Message.kind.startswith("application")).order_by(Message.id)
        return list(session.execute(query).scalars())
