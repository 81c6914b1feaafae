"""What follows for a firm's applications once it is settled, or changes, who acts for it or represents it.

The rules run again on what is open, what is eligible is issued, an insured one is screened; or what is open is
withdrawn. Who settles it: `confirming.py`, `firm_changes.py`, `ending.py`.
"""

from contextlib import suppress

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from portal.applications import requests
from portal.applications.actions import move
from portal.applications.records import Application
from portal.applications.rerun import decide_again
from portal.applications.screening import issued_at_once, screen_insured
from portal.applications.telling import tell_firm
from portal.common import clock
from portal.common.instance import Instance
from portal.common.people import PersonErased
from portal.common.roles import Actor
from portal.members.records import Membership
from portal.scheme import stages
from portal.scheme.eligibility import SourceMissing

IS_OPEN = Application.state.in_(stages.OPEN_APPLICATION_STATES)
"""The condition of an application on which nothing final was decided."""


def applications_where(session: Session, *conditions: ColumnElement[bool]) -> list[Application]:
    """The applications of which all this holds, by their numbers."""
    return list(session.execute(select(Application).where(*conditions).order_by(Application.number)).scalars())


def open_or_insured() -> ColumnElement[bool]:
    """The applications of which something still hangs on who acts for the firm and on who represents it."""
    insured = and_(Application.state == stages.ISSUED, Application.policy_year >= clock.today().year)
    return or_(IS_OPEN, insured)


def run_again(session: Session, instance: Instance, who: Actor, application: Application, occasion: str) -> bool:
    """Run the rules again today, inside an audited block; gives whether the policy follows by itself.

    A new state is told to the firm. An insured one is screened instead. While a source is missing, or once a
    person of the case is erased, everything stays as it was: the import that brings the source decides it.
    """
    before = application.state
    with suppress(SourceMissing, PersonErased):
        if before == stages.ISSUED:
            screen_insured(session, instance, who, application, clock.today())
            return False
        decide_again(session, instance, who, application, occasion, clock.today())
    if before == stages.ASKED and application.state != stages.ASKED:
        requests.close(session, requests.APPLICATION, application.id)  # what is decided is asked about no more
    if issued_at_once(application):
        return True
    if application.state != before:
        tell_outcome(session, instance, application)
    return False


def tell_outcome(session: Session, instance: Instance, application: Application) -> None:
    """Tell the firm where the rules led its application when they ran again; a policy is told of at its issue."""
    if application.state == stages.INELIGIBLE:
        tell_firm(session, instance, application, "application_ineligible")
    elif application.state == stages.REFERRED and application.due_on is not None:
        parameters = {"due_on": application.due_on.isoformat()}
        tell_firm(session, instance, application, "application_referred", parameters)


def issue_all(instance: Instance, numbers: list[str]) -> None:
    """Let these applications be issued, after what made them eligible stands; in transactions of their own."""
    for number in numbers:
        if instance.issue_at_once is not None:
            instance.issue_at_once(number)


def withdraw_open(session: Session, instance: Instance, membership: Membership) -> None:
    """Withdraw what is open of one membership's applications, inside an audited block."""
    for application in applications_where(session, Application.membership_id == membership.id, IS_OPEN):
        requests.close(session, requests.APPLICATION, application.id)
        move(application, stages.WITHDRAWN)
        application.hold = None
        tell_firm(session, instance, application, "application_withdrawn")
