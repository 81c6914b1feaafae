"""Asking a firm for more on its referred application, and no longer waiting for the answer."""

from collections.abc import Sequence

from sqlalchemy import select

from portal.applications import requests
from portal.applications.actions import move
from portal.applications.records import Application
from portal.applications.reviews import StaleCase, UnknownApplication, referred_case
from portal.applications.telling import tell_firm
from portal.common import audit, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.members.queries import require_untied
from portal.scheme import stages

ASK = "ask"  # the third thing a reviewer can do with a referred case


def ask_firm(
    instance: Instance, who: Actor, number: str, seen_decision: str, items: Sequence[str], note: str
) -> None:
    """Ask the firm for these items, once and together: it is the firm's turn and the clock stands still.

    Raises `StaleCase` when the case has moved on since `seen_decision`, `requests.NothingAsked`, `PersonErased`.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "ask a firm for more")
    with audit.write(instance.database, who, "applications.ask", f"application {number}") as session:
        application, _decision = referred_case(session, number, seen_decision)
        require_untied(session, who, application.uscc, "ask a firm for more")
        request = requests.ask(
            session,
            instance,
            who,
            requests.APPLICATION,
            application.id,
            application.representative_id,
            items,
            note,
        )
        move(application, stages.ASKED)
        session.info["entry"].details["items"] = request.items
        parameters = {"due_on": request.due_on.isoformat()}
        tell_firm(session, instance, application, "application_asked", parameters, your_turn=True)


def stop_waiting(instance: Instance, who: Actor, number: str) -> None:
    """Take the request back, because the answer came another way or none came: the case is to be decided again.

    Raises `StaleCase` when the firm is not asked for anything any more.
    """
    roles.require(who, roles.DECIDES_APPLICATIONS, "take a request back")
    with audit.write(instance.database, who, "applications.stop_waiting", f"application {number}") as session:
        application = session.execute(select(Application).where(Application.number == number)).scalar()
        if application is None:
            raise UnknownApplication(number)
        if application.state != stages.ASKED:
            raise StaleCase(number, application.state)
        require_untied(session, who, application.uscc, "take a request back")
        requests.close(session, requests.APPLICATION, application.id)
        move(application, stages.REFERRED)
