"""What a firm does with its claim, as tests tell it: documents, being asked, its account, agreeing."""

from collections.abc import Sequence
from datetime import date

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.claims import answers, checking, papers
from portal.claims.answers import approved_assessment
from portal.claims.mine import events_of
from portal.claims.payees import set_payee
from portal.claims.records import ClaimEvent, Notice
from portal.common import audit
from portal.common.audit_check import verify_audit
from portal.common.bank_accounts import AccountInput
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.members.records import Membership
from tests.accounts.pages import in_english
from tests.appeals.stories import paper, staff
from tests.claims.deciding import APPROVED, decided, filed
from tests.claims.stories import claim_of
from tests.conftest import signed_in_exporter
from tests.people import CHEN_HAIXIA, QIAN_PEI, Exporter
from tests.policies.stories import on_day
from tests.samples import HARBOUR

LOOKED = date(2022, 12, 14)  # a Wednesday, two working days after filing
ANSWERED = date(2022, 12, 19)  # a Monday, three working days later
AGREED = date(2022, 12, 23)
ACCOUNT = AccountInput(HARBOUR.name, "中国银行厦门湖滨支行", "104393000016", "4250012345678901")


def officer(instance: Instance) -> Actor:
    """Qian Pei, the claims officer."""
    return staff(instance, QIAN_PEI)


def missing(instance: Instance, number: str) -> list[str]:
    """The needed documents that are not there."""
    with instance.database.reading() as session:
        return papers.missing_items(session, claim_of(instance, number))


def hand_in_all(instance: Instance, who: Actor, number: str, but: Sequence[str] = ()) -> None:
    """Hand in one paper for every needed document, but for some."""
    for item in missing(instance, number):
        if item not in but:
            papers.add_papers(instance, who, number, item, [paper()])


def asked(instance: Instance, who: Actor, items: Sequence[str] = ("invoice",), on: date = LOOKED) -> str:
    """A filed claim on which the firm was asked for more; its number."""
    number = filed(instance, who)
    with on_day(on):
        checking.ask_firm(instance, officer(instance), number, items, "请补一张清楚的。")
    return number


def seen(instance: Instance, number: str) -> str:
    """The hash of the decision that stands."""
    with instance.database.reading() as session:
        found = approved_assessment(session, claim_of(instance, number))
        return (found.canonical_sha256 or "") if found else ""


def agreed(instance: Instance, who: Actor, on: date = AGREED) -> str:
    """A decided claim to which the firm agreed, with its account on record; its number."""
    number = decided(instance, who)
    with on_day(on):
        set_payee(instance, who, number, ACCOUNT)
        answers.agree(instance, who, number, seen(instance, number))
    return number


def events(instance: Instance, number: str, *kinds: str) -> list[ClaimEvent]:
    """What happened to a claim."""
    with instance.database.reading() as session:
        return events_of(session, claim_of(instance, number).id, *kinds)


def notice_number(instance: Instance, number: str) -> str:
    """The number of a claim's notice."""
    with instance.database.reading() as session:
        query = select(Notice.number).where(Notice.id == claim_of(instance, number).notice_id)
        return session.execute(query).scalar_one() or ""


def unconfirm(instance: Instance, who: Actor) -> None:
    """From now on it is not confirmed any more that somebody acts for a firm; what they filed stays theirs."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        for one in session.execute(select(Membership).where(Membership.account_id == who.id)).scalars():
            one.state = "unconfirmed"


def trail_holds(instance: Instance) -> None:
    """The trail verifies."""
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None


def reading_english(app: Flask, person: Exporter = CHEN_HAIXIA) -> FlaskClient:
    """A client of this exporter on the day that the clock is held at, reading English."""
    return in_english(signed_in_exporter(app, person))


__all__ = ["APPROVED", "decided", "filed"]
