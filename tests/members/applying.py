"""Applying on the web in one go, for tests that begin where an application stands."""

from flask import Flask
from sqlalchemy import select

from portal.accounts.records import Account
from portal.applications import applying, consents
from portal.applications.records import Application
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.documents.check import check_file
from portal.members.actions import add_licence
from tests.documents import papers
from tests.members.binding import newest
from tests.samples import HARBOUR, Firm

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
