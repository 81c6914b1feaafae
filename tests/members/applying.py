"""Applying on the web in one go, for tests that begin where an application stands."""

from datetime import date

from flask import Flask
from sqlalchemy import select

from portal.accounts.records import Account
from portal.applications import applying, consents
from portal.applications.actions import import_applications
from portal.applications.records import Application, Decision, ScreeningTask
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor, Role
from portal.documents.check import check_file
from portal.members.actions import add_licence
from tests.documents import papers
from tests.members.binding import newest
from tests.samples import (
    FIRMS,
    HARBOUR,
    Firm,
    application_line,
    applications_book,
    import_one,
    registry_book,
    registry_line,
)

FILE_PHONE = "13700000042"
DECLARATIONS = ("own_contracts_and_goods", "credit_term_within_one_year", "contents_true")


def actor_of(instance: Instance, account_id: str) -> Actor:
    """This exporter, as actions know them."""
    with instance.database.reading() as session:
        assert session.get_one(Account, account_id).role == Role.EXPORTER
    return Actor(account_id, Role.EXPORTER)


def apply(app: Flask, firm: Firm = HARBOUR, representative: str | None = None, mobile: str = "13900000009") -> str:
    """Let whoever bound the firm last apply for it, licence and all; gives the application's number."""
    instance: Instance = app.extensions["tongbao"]
    who = actor_of(instance, newest(instance, firm).account_id)
    add_licence(instance, who, firm.uscc, check_file("licence.jpg", papers.photo()))
    draft = applying.open_draft(instance, who, firm.uscc)
    firm_step = {"contact": "经办人甲", "mobile": mobile, "address": "", "email": "", "firm_name": firm.name}
    person_step = {"representative": representative or firm.representative, "number": firm.number}
    for step, values, ticked in (
        ("firm", firm_step, ()),
        ("representative", person_step, consents.CONSENTS),
        ("declarations", {}, DECLARATIONS),
    ):
        draft = applying.save_step(instance, who, draft.id, draft.version, step, values, ticked)
    number = applying.send(instance, who, draft.id, draft.version)
    assert instance.issue_at_once is not None
    instance.issue_at_once(number)
    return number


def application(instance: Instance, number: str) -> Application:
    """An application as it stands now."""
    with instance.database.reading() as session:
        return session.execute(select(Application).where(Application.number == number)).scalar_one()


def registered_with(instance: Instance, firm: Firm, representative: str) -> None:
    """The registry names this representative for the firm."""
    lines = [
        registry_line(one.uscc, one.name, representative=representative if one is firm else None) for one in FIRMS
    ]
    import_one(instance, "registry", registry_book(lines))


def enrolled_by_file(instance: Instance, firm: Firm = HARBOUR, mobile: str | None = FILE_PHONE) -> None:
    """The offline desk has sent an application of this firm, with a telephone."""
    book = applications_book([application_line(firm, "经办人乙", mobile)])
    import_applications(instance, COMMAND, book, "xiamen-2022", date(2022, 3, 1))


def occasions(instance: Instance, number: str) -> list[str]:
    """On which occasions an application was decided, in their order."""
    found = application(instance, number)
    with instance.database.reading() as session:
        query = select(Decision.occasion).where(Decision.application_id == found.id).order_by(Decision.sequence)
        return list(session.execute(query).scalars())


def tasks(instance: Instance) -> list[ScreeningTask]:
    """The questions about insured firms, in the order of their numbers."""
    with instance.database.reading() as session:
        return list(session.execute(select(ScreeningTask).order_by(ScreeningTask.number)).scalars())
