"""What pages and actions read of appeals."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.appeals.records import Appeal
from portal.applications import requests
from portal.applications.corrections import PROPOSED
from portal.applications.records import Application, Correction
from portal.common.people import People, PersonErased
from portal.scheme import stages


def find_appeal(session: Session, number: str) -> Appeal | None:
    """The appeal of this number, if there is one."""
    return session.execute(select(Appeal).where(Appeal.number == number)).scalar()


def open_appeal(session: Session, application_id: str) -> Appeal | None:
    """The appeal of this application that is not decided yet, if there is one."""
    query = select(Appeal).where(
        Appeal.application_id == application_id, Appeal.state.in_(stages.OPEN_APPEAL_STATES)
    )
    return session.execute(query).scalar()


def open_appeal_number(session: Session, application_id: str) -> str | None:
    """The number of the appeal that is open against an application, if there is one."""
    found = open_appeal(session, application_id)
    return found.number if found else None


def appeals_of(session: Session, application_id: str) -> Sequence[Appeal]:
    """Every appeal against what an application came to, the newest first."""
    query = select(Appeal).where(Appeal.application_id == application_id)
    return session.execute(query.order_by(Appeal.filed_at.desc(), Appeal.id.desc())).scalars().all()


def corrections_of(session: Session, appeal_id: str) -> Sequence[Correction]:
    """The corrections proposed on an appeal, the oldest first."""
    query = select(Correction).where(Correction.appeal_id == appeal_id)
    return session.execute(query.order_by(Correction.number)).scalars().all()


def proposed(session: Session, appeal_id: str) -> Correction | None:
    """The correction that waits for a second person, if one does."""
    query = select(Correction).where(Correction.appeal_id == appeal_id, Correction.state == PROPOSED)
    return session.execute(query).scalar()


def other_open_application(session: Session, application: Application) -> Application | None:
    """Another application of the firm for the same year that is still open: two are never open at once."""
    query = select(Application).where(
        Application.scheme == application.scheme,
        Application.policy_year == application.policy_year,
        Application.uscc == application.uscc,
        Application.id != application.id,
        Application.state.in_(stages.OPEN_APPLICATION_STATES),
    )
    return session.execute(query).scalar()


def documents_of(session: Session, appeal: Appeal) -> list[str]:
    """The ids of the evidence, as it came: with the appeal, then with each answer."""
    answered = requests.requests_of(session, requests.APPEAL, appeal.id)
    found = [appeal.documents, *(one.documents for one in answered)]
    return list(dict.fromkeys(document for ids in found for document in ids.split()))


def words_of(people: People, appeal: Appeal) -> str:
    """What the firm wrote; empty once its person is erased."""
    try:
        return people.sealer(appeal.person_id).open("words", appeal.words_sealed)
    except PersonErased:
        return ""


def reason_of(people: People, appeal: Appeal) -> str:
    """What the reviewer wrote for staff and auditors; empty where there is none or its person is erased."""
    if appeal.reason_sealed is None:
        return ""
    try:
        return people.sealer(appeal.person_id).open("reason", appeal.reason_sealed)
    except PersonErased:
        return ""
