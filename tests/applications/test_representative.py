"""Another legal representative: held against the lists at once, and cover stays until somebody looked."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.applications import requests
from portal.applications.asking import ask_firm
from portal.applications.deciding import AT_SCREENING
from portal.applications.records import Consent
from portal.applications.reviews import latest_decision
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import account_of
from tests.documents import papers
from tests.members.applying import (
    application,
    apply,
    occasions,
    tasks,
)
from tests.members.binding import (
    bind,
    confirming,
    decide,
    desk_address,
    exporter,
    upload,
)
from tests.outbox import sent
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO
from tests.samples import (
    FIRMS,
    HARBOUR,
    ISLET,
    Firm,
)


def change(client: FlaskClient, firm: Firm, name: str, number: str, **more: object) -> TestResponse:
    fields: dict[str, object] = {
        "name": name,
        "number": number,
        "agree_name": "y",
        "agree_number": "y",
        "licence": (papers.photo(colour="green"), "new.jpg"),
        **more,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    return upload(client, f"/my/firms/{firm.uscc}/representative", **given)


@pytest.fixture
def insured(chen: FlaskClient, app: Flask, reviewer: FlaskClient, instance: Instance) -> str:
    """The harbour firm is insured and Chen Haixia confirmed; the application's number."""
    number = apply(app)
    decide(reviewer, desk_address(instance), "confirm", **confirming())
    return number


def test_a_new_representative_who_fits_a_list_becomes_a_task_and_cover_stays(
    insured: str, chen: FlaskClient, instance: Instance
) -> None:
    answer = change(chen, HARBOUR, ISLET.representative, ISLET.number)
    assert answer.status_code == 302
    found = application(instance, insured)
    assert found.state == stages.ISSUED
    (task,) = tasks(instance)
    assert (task.application_id, task.codes) == (found.id, "representative_not_listed")
    assert len(sent(instance, "application_referred")) == 0  # the firm learns nothing of lists


def test_a_new_representative_on_no_list_changes_nothing_else(
    insured: str, chen: FlaskClient, instance: Instance
) -> None:
    change(chen, HARBOUR, "王新任", FIRMS[2].number)
    assert not tasks(instance)
    assert occasions(instance, insured)[-1] == AT_SCREENING
    with instance.database.reading() as session:
        kept = list(session.execute(select(Consent).where(Consent.draft_id.is_(None))).scalars())
    assert {one.kind for one in kept} == {"representative_name", "representative_number"}
    assert all(one.text_version == "1.en" and len(one.text_sha256) == 64 for one in kept)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("agree_name", None, "Tick it once the person has agreed"),
        ("agree_number", None, "Tick it once the person has agreed"),
        ("number", HARBOUR.number[:17], "17 characters now; 18 are wanted"),
        ("name", "", "Enter the name as it stands on the licence"),
        ("licence", None, "Take a photo of the licence or choose a file"),
    ],
)
def test_a_new_representative_needs_consents_number_and_licence(
    insured: str, chen: FlaskClient, field: str, value: str | None, said: str
) -> None:
    entered: dict[str, object] = {"name": "王新任", "number": FIRMS[2].number}
    entered[field] = value
    name, number = str(entered.pop("name") or ""), str(entered.pop("number") or "")
    answer = change(chen, HARBOUR, name, number, **entered)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_an_open_application_is_decided_on_the_new_representative(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    decide(reviewer, desk_address(ready, ISLET), "confirm", **confirming(ISLET))
    assert application(ready, number).state == stages.REFERRED
    change(chen, ISLET, "王新任", FIRMS[2].number)
    assert application(ready, number).state == stages.ISSUED


def test_what_is_decided_meanwhile_is_asked_about_no_more(
    app: Flask, ready: Instance, reviewer: FlaskClient
) -> None:
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen, ISLET)
    number = apply(app, ISLET)
    decide(reviewer, desk_address(ready, ISLET), "confirm", **confirming(ISLET))
    found = application(ready, number)
    lin = Actor(account_of(ready, LIN_ZHIYAO).id, Role.REVIEWER)
    with ready.database.reading() as session:
        seen = latest_decision(session, found.id)
    assert seen is not None
    ask_firm(ready, lin, number, seen.id, ["explain"], "")
    change(chen, ISLET, "王新任", FIRMS[2].number)
    assert application(ready, number).state == stages.ISSUED
    with ready.database.reading() as session:
        assert requests.open_request(session, requests.APPLICATION, found.id) is None
