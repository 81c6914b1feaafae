"""What a firm does with its application once it is sent: answering what is asked, and withdrawing it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import consents, requests
from portal.applications.actions import move
from portal.applications.firm_changes import hold_another_representative
from portal.applications.reading import my_application
from portal.applications.records import Application, Consent, Request
from portal.applications.screening import issued_at_once
from portal.applications.telling import tell_firm, tell_state
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor, NotAllowed
from portal.documents import actions as documents
from portal.documents.check import CheckedFile
from portal.documents.records import Document
from portal.members.queries import require_member
from portal.scheme import stages


class UnknownApplication(LookupError):
    """There is no such application, or it is none of this account's business."""


class Closed(Exception):
    """The application is decided or closed, so there is nothing to withdraw; `state` is where it is."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class Answered:
    """What a firm answers: the typed fields of `requests.FIELDS`, files by item, and papers kept before by item.

    `language` is that in which the consents for the representative's values were shown.
    """

    fields: Mapping[str, str]
    files: Mapping[str, CheckedFile]
    kept: Mapping[str, str]
    language: str = "zh"


def answer_application(instance: Instance, who: Actor, number: str, request_id: str, given: Answered) -> None:
    """Answer what staff asked for: the case goes back to the desk, and the rules run again.

    What then passes is issued at once. Raises `UnknownApplication`, `requests.NotAsked` when nothing is asked any
    more (or something else), and `requests.NotAnswered`; then papers that came stay with nobody.
    """
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "applications.answer", f"application {number}") as session:
        application = _mine(session, who, number)
        request = requests.open_request(session, requests.APPLICATION, application.id)
        if request is None or request.id != request_id:
            raise requests.NotAsked(request_id)
        papers = _papers(session, instance, who, application, given)
        missing = [item for item in request.items.split() if item in requests.FILES and item not in papers]
        missing += requests.unanswered(
            [item for item in request.items.split() if item not in requests.FILES], given.fields, ()
        )
        if missing:
            raise requests.NotAnswered(missing)
        before = application.state
        requests.answer(session, instance, who, request, given.fields, list(dict.fromkeys(papers.values())))
        if given.fields.get(requests.REPRESENTATIVE_NUMBER):
            _keep_consents(session, who, application, given.language)
            found = require_member(session, who, application.uscc, "answer a request")
            hold_another_representative(session, instance, found, application)
        if application.state != before:
            tell_state(session, instance, application, but=who.id)
        ready = issued_at_once(application)
    if ready and instance.issue_at_once is not None:
        instance.issue_at_once(number)


def keep_papers(
    instance: Instance, who: Actor, number: str, files: Mapping[str, CheckedFile], before: Mapping[str, str]
) -> dict[str, str]:
    """Keep the papers of an answer that could not be sent yet, for the next try; gives their ids by item."""
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "applications.keep_papers", f"application {number}") as session:
        application = _mine(session, who, number)
        return _papers(session, instance, who, application, Answered({}, files, before))


def answered_already(session: Session, who: Actor, request_id: str) -> bool:
    """Whether the same person has answered this very request: a button pressed twice."""
    request = session.get(Request, request_id)
    return request is not None and request.answered_by == who.id


def withdraw(instance: Instance, who: Actor, number: str) -> None:
    """Withdraw an application that is still open, as a confirmed member; a second time changes nothing.

    Raises `UnknownApplication`, `NotAllowed` before it is confirmed who acts for the firm, and `Closed`.
    """
    roles.require(who, roles.APPLIES, "withdraw an application")
    with instance.database.locked() as session:
        application = _mine(session, who, number)
        require_member(session, who, application.uscc, "withdraw an application", confirmed=True)
        if application.state == stages.WITHDRAWN:
            return
        if application.state not in stages.OPEN_APPLICATION_STATES:
            raise Closed(application.state)
        with audit.audited(session, who, "applications.withdraw", f"application {number}"):
            requests.close(session, requests.APPLICATION, application.id)
            move(application, stages.WITHDRAWN)
            application.hold = None
            application.assigned_to = None
            tell_firm(session, instance, application, "application_withdrawn", but=who.id)


def _mine(session: Session, who: Actor, number: str) -> Application:
    mine = my_application(session, who.id, number)
    if mine is None:
        raise UnknownApplication(number)
    return mine.application


def _papers(
    session: Session, instance: Instance, who: Actor, application: Application, given: Answered
) -> dict[str, str]:
    """The documents of an answer by item: what came now, else what was kept before and is this account's own."""
    found = _own(session, who, application, given.kept)
    for item, file in given.files.items():
        kind = documents.LICENCE if item == requests.LICENCE else documents.EVIDENCE
        found[item] = documents.keep(session, instance, who, application.uscc, kind, file).id
    return found


def _own(session: Session, who: Actor, application: Application, kept: Mapping[str, str]) -> dict[str, str]:
    query = select(Document.id).where(
        Document.id.in_(list(kept.values())),
        Document.uscc == application.uscc,
        Document.handed_in_by == who.id,
        Document.removed_at.is_(None),
    )
    own = set(session.execute(query).scalars())
    if set(kept.values()) - own:
        raise NotAllowed(who, "answer with somebody else's documents")
    return dict(kept)


def _keep_consents(session: Session, who: Actor, application: Application, language: str) -> None:
    for kind in consents.CONSENTS:
        text = consents.current(kind)
        session.add(
            Consent(
                id=str(ULID()),
                draft_id=None,
                application_id=application.id,
                kind=kind,
                text_version=text.version_in(language),
                text_sha256=text.fingerprint(language),
                given_by=who.id,
                given_at=clock.now(),
            )
        )
    session.flush()
