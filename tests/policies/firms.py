"""Members of insured firms: what tests of the firm's own pages begin with."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from ulid import ULID

from portal.accounts.codes import account_by_mobile
from portal.applications.records import Application
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, Role
from portal.members.records import Membership
from portal.policies.records import Policy
from portal.scheme import stages
from tests.accounts.pages import in_english
from tests.conftest import signed_in_exporter
from tests.people import CHEN_HAIXIA, Exporter
from tests.policies.stories import application_of, issue, policy_of
from tests.samples import HARBOUR, Firm


def account_id_of(instance: Instance, person: Exporter) -> str:
    """The account of an exporter who has signed in before."""
    with instance.database.reading() as session:
        account = account_by_mobile(session, instance.keys, person.mobile)
        assert account is not None, f"{person.name} has never signed in"
        return account.id


def exporter_acting(instance: Instance, person: Exporter) -> Actor:
    """This exporter as actions know them."""
    return Actor(account_id_of(instance, person), Role.EXPORTER)


def acts_for(
    instance: Instance, person: Exporter, firm: Firm = HARBOUR, state: str = stages.CONFIRMED
) -> Membership:
    """Let somebody who has signed in before act for a firm, in this state of being confirmed."""
    confirmed = state == stages.CONFIRMED
    with audit.write(instance.database, COMMAND, "members.claim") as session:
        serial = len(session.execute(select(Membership.id)).all()) + 1
        made = Membership(
            id=str(ULID()),
            number=f"M2022-{serial:05d}",
            serial=serial,
            account_id=account_id_of(instance, person),
            uscc=firm.uscc,
            firm_name=firm.name,
            position=person.position,
            state=state,
            why_waiting="",
            licence_id=None,
            claimed_on=clock.today(),
            claimed_at=clock.now(),
            due_on=None,
            paused_on=None,
            assigned_to=None,
            confirmed_how="licence" if confirmed else None,
            confirmed_at=clock.now() if confirmed else None,
            confirmed_by="command" if confirmed else None,
            state_changed_at=clock.now(),
        )
        session.add(made)
    return made


def applied_by(instance: Instance, member: Membership, firm: Firm = HARBOUR) -> None:
    """Make a firm's newest application one that this member sent on the web."""
    number = application_of(instance, firm).number
    with audit.write(instance.database, COMMAND, "applications.enter", f"application {number}") as session:
        query = select(Application).where(Application.number == number)
        application = session.execute(query).scalar_one()
        application.channel = "web"
        application.membership_id = member.id


def member_of(
    app: Flask, person: Exporter = CHEN_HAIXIA, firm: Firm = HARBOUR, state: str = stages.CONFIRMED
) -> FlaskClient:
    """This person signed in, reading English, and acting for the firm."""
    client = in_english(signed_in_exporter(app, person))
    acts_for(app.extensions["tongbao"], person, firm, state)
    return client


def stranger_insured(app: Flask, person: Exporter = CHEN_HAIXIA, firm: Firm = HARBOUR) -> FlaskClient:
    """Somebody signed in who applied for a firm without being confirmed, and got its policy."""
    instance: Instance = app.extensions["tongbao"]
    client = in_english(signed_in_exporter(app, person))
    applied_by(instance, acts_for(instance, person, firm, stages.UNCONFIRMED), firm)
    issue(instance)
    return client


def stored(instance: Instance, firm: Firm = HARBOUR) -> Policy:
    """The firm's newest policy as it stands in the database."""
    return policy_of(instance, firm)
