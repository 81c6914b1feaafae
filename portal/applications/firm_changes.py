"""What a firm's own people change: answering what staff ask, another legal representative."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session
from ulid import ULID

from portal.applications import consents, requests
from portal.applications.applying import FIRM_FIRST
from portal.applications.consequences import IS_OPEN, applications_where, issue_all, open_or_insured, run_again
from portal.applications.deciding import AT_SCREENING
from portal.applications.records import Application, Consent
from portal.applications.representatives import replace_representative
from portal.applications.screening import issued_at_once
from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.roles import Actor
from portal.documents import actions as documents
from portal.documents.check import CheckedFile
from portal.members import waiting
from portal.members.actions import attach_licence
from portal.members.queries import require_member
from portal.members.records import Membership
from portal.scheme import stages
from portal.scheme.id_numbers import normal_number


class NothingToChange(Exception):
    """The firm has no application that is open or insured: the next one asks for the representative anyway."""


def answer_membership(
    instance: Instance,
    who: Actor,
    uscc: str,
    fields: Mapping[str, str],
    files: Mapping[str, CheckedFile],
    language: str = "zh",
) -> Membership:
    """Answer what staff ask about acting for a firm; `files` by item. It is the staff's turn again.

    Whoever names a representative has ticked both consents, whose text of this `language` is kept.

    A representative named in the answer stands in the open application from now on, and the rules run again;
    what then passes and is not held is issued at once. Raises `requests.NotAsked` and `requests.NotAnswered`.
    """
    roles.require(who, roles.APPLIES, "answer a request")
    with audit.write(instance.database, who, "members.answer") as session:
        found = require_member(session, who, uscc, "answer a request")
        session.info["entry"].subject = f"membership {found.number}"
        own: list[Application] = []
        request = requests.open_request(session, requests.MEMBERSHIP, found.id)
        if request is None:
            raise requests.NotAsked(found.number)
        kept = []
        for item, file in files.items():
            kind = documents.LICENCE if item == requests.LICENCE else documents.EVIDENCE
            document = documents.keep(session, instance, who, uscc, kind, file)
            kept.append(document.id)
            if item == requests.LICENCE:
                attach_licence(session, found, document)
        requests.answer(session, instance, who, request, fields, kept)
        settled = found.licence_id is not None and not found.why_waiting
        waiting.move(found, stages.UNCONFIRMED if settled else stages.WAITING)
        waiting.resume(session, found)
        if fields.get(requests.REPRESENTATIVE_NAME):
            name, number = fields[requests.REPRESENTATIVE_NAME], fields.get(requests.REPRESENTATIVE_NUMBER)
            own = applications_where(session, Application.membership_id == found.id, IS_OPEN)
            _name_another(session, instance, who, own, name, number)
            for application in own:
                for kind in consents.CONSENTS:
                    session.add(_consent(who, application, kind, language))
                hold_another_representative(session, instance, found, application)
        ready = [application.number for application in own if issued_at_once(application)]
    issue_all(instance, ready)
    return found


def change_representative(
    instance: Instance, who: Actor, uscc: str, name: str, number: str, licence: CheckedFile, language: str = "zh"
) -> None:
    """Name the firm's new legal representative, as a confirmed member; the lists are held against the person.

    Whoever does it has ticked both consents, whose text of this `language` is kept. Every application that is open
    or insured names the person from now on, and the rules run again. An insured firm stays insured: what no longer
    passes becomes a task for a person. Raises `NothingToChange`.
    """
    roles.require(who, roles.APPLIES, "change the representative")
    with audit.write(instance.database, who, "members.representative", f"firm {uscc}") as session:
        found = require_member(session, who, uscc, "change the representative", confirmed=True)
        concerned = concerned_applications(session, uscc)
        if not concerned:
            raise NothingToChange(uscc)
        kept = documents.keep(session, instance, who, uscc, documents.LICENCE, licence)
        attach_licence(session, found, kept)
        for kind in consents.CONSENTS:
            session.add(_consent(who, concerned[-1], kind, language))
        ready = _name_another(session, instance, who, concerned, name, number)
    issue_all(instance, ready)


def hold_another_representative(
    session: Session, instance: Instance, found: Membership, application: Application
) -> None:
    """Where somebody unconfirmed names another representative than the registry, staff come first.

    Nothing is issued before they have decided, as when it is sent so. Inside an audited block.
    """
    people = People(session, instance.keys)
    name = people.read(application.representative_id, application.representative_sealed).get("name", "")
    if found.state != stages.CONFIRMED and waiting.names_another(session, people, found.uscc, name):
        waiting.staff_come_first(session, instance, found, waiting.OTHER_REPRESENTATIVE)
        application.hold = FIRM_FIRST


def concerned_applications(session: Session, uscc: str) -> list[Application]:
    """A firm's applications that are open or insured, the oldest first."""
    return applications_where(session, Application.uscc == uscc, open_or_insured())


def _name_another(
    session: Session,
    instance: Instance,
    who: Actor,
    applications: Sequence[Application],
    name: str,
    number: str | None,
) -> list[str]:
    """Let these applications name another representative and run the rules; gives those to be issued now."""
    people = People(session, instance.keys)
    ready = []
    for application in applications:
        replace_representative(people, application, name, normal_number(number) or None)
        if run_again(session, instance, who, application, AT_SCREENING):
            ready.append(application.number)
    return ready


def _consent(who: Actor, application: Application, kind: str, language: str) -> Consent:
    text = consents.current(kind)
    return Consent(
        id=str(ULID()),
        draft_id=None,
        application_id=application.id,
        kind=kind,
        text_version=text.version_in(language),
        text_sha256=text.fingerprint(language),
        given_by=who.id,
        given_at=clock.now(),
    )
