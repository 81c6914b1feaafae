"""What somebody who is not confirmed finds out, or gets, by trying: no more than the pages mean to tell."""

import pytest
from flask import Flask
from sqlalchemy import select

from portal.applications.asking import ask_firm
from portal.applications.requests import REPRESENTATIVE
from portal.applications.reviews import latest_decision, review
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.roles import Actor, Role
from portal.scheme import stages
from tests.accounts.pages import text_of
from tests.accounts.test_signing_in import account_of
from tests.applications.desk import application_of, hidden, state_of
from tests.applications.steps import applicant
from tests.applications.web import apply_on_the_web, confirm
from tests.conftest import signed_in
from tests.documents import papers
from tests.members.applying import apply, enrolled_by_file, registered_with
from tests.members.binding import (
    bind,
    confirm_at_the_desk,
    decide,
    desk_address,
    exporter,
    hand_in,
    memberships,
    newest,
    upload,
)
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, WU_GUOLIANG
from tests.samples import DEBTOR, HARBOUR, ISLET, SILENT, Firm, apply_all, import_all

ANOTHER = {
    "representative_name": "黄不同",
    "representative_number": "EA1234567",
    "other_document": "y",
    "agree_name": "y",
    "agree_number": "y",
}


@pytest.fixture
def served(app: Flask) -> Instance:
    """The instance that the app serves, where what is decided is also issued; the three sources are there."""
    instance: Instance = app.extensions["tongbao"]
    import_all(instance)
    return instance


def reviewer(instance: Instance) -> Actor:
    """Lin Zhiyao, as actions know her."""
    return Actor(account_of(instance, LIN_ZHIYAO).id, Role.REVIEWER)


def decision_of(instance: Instance, firm: Firm) -> str:
    """The newest decision on a firm's application."""
    with instance.database.reading() as session:
        found = latest_decision(session, application_of(instance, firm).id)
        assert found is not None
        return found.id


def clear(instance: Instance, firm: Firm) -> str:
    """A reviewer clears a firm's application; its state afterwards."""
    number = application_of(instance, firm).number
    reason = "海关没有记录，企业的报关单看过了。"
    return review(instance, reviewer(instance), number, decision_of(instance, firm), "approve", reason)


def test_the_page_of_the_firm_is_the_same_whether_the_application_failed_unseen_or_not(
    app: Flask, served: Instance
) -> None:
    """The debtor is listed and ineligible, the islet is referred, the harbour is eligible but held."""
    client = exporter(app, CHEN_HAIXIA)
    for firm in (DEBTOR, ISLET, HARBOUR):
        bind(client, firm)
        number = apply_on_the_web(app, firm, hold="firm_first" if firm is HARBOUR else None)
        assert f"Application {number} is on its way." in text_of(client.get(f"/my/firms/{firm.uscc}"))


def test_whoever_names_another_representative_in_an_answer_waits_for_staff(app: Flask, served: Instance) -> None:
    registered_with(served, SILENT, SILENT.representative)
    client = exporter(app, CHEN_HAIXIA)
    bind(client, SILENT)
    number = apply_on_the_web(app, SILENT)
    ask_firm(served, reviewer(served), number, decision_of(served, SILENT), [REPRESENTATIVE], "")
    request = hidden(text_of(client.get(f"/my/applications/{number}")), "request")
    answer = client.post(f"/my/applications/{number}/answer", data={"request": request, **ANOTHER})
    assert answer.status_code == 302
    found = newest(served, SILENT)
    assert (found.state, found.why_waiting) == (stages.WAITING, "other_representative")
    assert application_of(served, SILENT).hold == "firm_first"
    assert clear(served, SILENT) == stages.CLEARED  # and no policy


def test_naming_another_representative_to_those_who_confirm_waits_for_staff_too(
    app: Flask, served: Instance
) -> None:
    registered_with(served, SILENT, SILENT.representative)
    client = exporter(app, CHEN_HAIXIA)
    bind(client, SILENT)
    hand_in(client, SILENT)
    apply_on_the_web(app, SILENT)
    asked = decide(signed_in(app, LIN_ZHIYAO), desk_address(served, SILENT), "ask", items=[REPRESENTATIVE])
    assert asked.status_code == 302
    assert upload(client, f"/my/firms/{SILENT.uscc}/answer", **ANOTHER).status_code == 302
    assert newest(served, SILENT).state == stages.WAITING
    assert application_of(served, SILENT).hold == "firm_first"


def test_once_somebody_else_is_confirmed_nothing_is_issued_on_an_unconfirmed_application(
    app: Flask, served: Instance
) -> None:
    first = exporter(app, CHEN_HAIXIA)
    bind(first, SILENT)
    apply_on_the_web(app, SILENT)
    true_firm = exporter(app, WU_GUOLIANG)
    bind(true_firm, SILENT)
    confirm_at_the_desk(app, true_firm, SILENT)
    assert [one.state for one in memberships(served, SILENT)] == [stages.WAITING, stages.CONFIRMED]
    assert clear(served, SILENT) == stages.CLEARED
    assert application_of(served, SILENT).policy_number is None


def test_who_represents_a_firm_and_who_acknowledged_stays_unknown_to_whoever_applied_without_being_confirmed(
    app: Flask, served: Instance
) -> None:
    stranger = exporter(app, CHEN_HAIXIA)
    bind(stranger)
    number = apply(app)
    assert HARBOUR.representative in text_of(stranger.get(f"/my/applications/{number}"))  # their own word
    policy = f"/my/policies/{application_of(served, HARBOUR).policy_number}"
    member = exporter(app, WU_GUOLIANG)
    bind(member)
    confirm_at_the_desk(app, member)
    new = {"name": "黄不同", "number": "EA1234567", "other_document": "y", "agree_name": "y", "agree_number": "y"}
    change = f"/my/firms/{HARBOUR.uscc}/representative"
    assert upload(member, change, **new, licence=(papers.photo(), "new.jpg")).status_code == 302
    read = hidden(text_of(member.get(policy)), "fingerprint")
    member.post(f"{policy}/acknowledge", data={"fingerprint": read, "read": "y", "name": "欧阳国良"})
    assert "黄不同" in text_of(member.get(f"/my/applications/{number}"))
    assert "欧阳国良" in text_of(member.get(policy))
    page = text_of(stranger.get(f"/my/applications/{number}"))
    assert "黄不同" not in page
    assert "EA12" not in page
    page = text_of(stranger.get(policy))
    assert "欧阳国良" not in page
    assert "欧***" in page


def test_a_wrong_code_to_confirm_with_is_on_record(app: Flask, served: Instance) -> None:
    enrolled_by_file(served)
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    client.post(f"/my/firms/{HARBOUR.uscc}/code/send")
    client.post(f"/my/firms/{HARBOUR.uscc}/code", data={"code": "no"})
    with served.database.reading() as session:
        query = select(AuditEntry.outcome).where(AuditEntry.action == "members.confirm")
        assert list(session.execute(query).scalars()) == [audit.REFUSED]


def test_sending_issues_no_application_that_came_by_file(app: Flask, served: Instance) -> None:
    chen = applicant(app)
    confirm(served, HARBOUR)
    chen.fill()
    page = chen.open("check")
    apply_all(served, [HARBOUR])
    answer = chen.send(page)
    assert answer.location == f"/my/applications/{application_of(served, HARBOUR).number}"
    assert state_of(served, HARBOUR) == stages.ELIGIBLE
