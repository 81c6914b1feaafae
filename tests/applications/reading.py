"""A firm's page of its application, as tests open and read it, and what the desk does meanwhile."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient

from portal.applications.asking import ask_firm
from portal.applications.reviews import latest_decision
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import application_of
from tests.applications.web import apply_on_the_web, confirm
from tests.members.binding import bind, exporter
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO
from tests.samples import Firm

REASON = "看了身份证，出生日期与名单上的不同。"


def words_of(page: str) -> str:
    """What a page says, without its marks, spaces as usual."""
    text = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)).replace("\u00a0", " "))


def read(client: FlaskClient, number: str) -> str:
    """The page of an application, in words."""
    answer = client.get(f"/my/applications/{number}")
    assert answer.status_code == 200, answer.status_code
    return words_of(text_of(answer))


def applied(app: Flask, firm: Firm, confirmed: bool = True, **more: object) -> tuple[FlaskClient, str]:
    """An exporter who acts for a firm and has applied for it."""
    client = exporter(app, CHEN_HAIXIA)
    assert bind(client, firm, name=firm.name).status_code == 302
    if confirmed:
        confirm(app.extensions["tongbao"], firm)
    return client, apply_on_the_web(app, firm, **more)  # type: ignore[arg-type]


def reviewer(instance: Instance) -> Actor:
    """Who reviews, as actions know them."""
    return Actor(account_of(instance, LIN_ZHIYAO).id, Role.REVIEWER)


def newest_decision(instance: Instance, number: str, firm: Firm) -> str:
    """The id of the newest decision on a firm's application."""
    with instance.database.reading() as session:
        found = latest_decision(session, application_of(instance, firm).id)
        assert found is not None
        return found.id


def ask(instance: Instance, firm: Firm, *items: str) -> str:
    """Ask the firm for these items; the number of its application."""
    application = application_of(instance, firm)
    decision = newest_decision(instance, application.number, firm)
    ask_firm(instance, reviewer(instance), application.number, decision, items, "内部说明，企业看不到")
    return application.number
