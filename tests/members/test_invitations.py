"""Invitations: one address, one use, seven days; and only for whoever was invited."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.applications.actions import import_applications
from portal.common import audit, clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.members import actions, invitations
from portal.members.records import Invitation
from portal.policies.actions import issue_policies
from portal.policies.inviting import invite_enrolled
from portal.scheme import stages
from tests.accounts.pages import heading_of, in_english, text_of
from tests.conftest import A_MORNING, sign_in_by_code, signed_in
from tests.members.binding import bind, confirm_at_the_desk, exporter, memberships, newest
from tests.outbox import newest_words, sent
from tests.people import CHEN_HAIXIA, HONG_YAN, LIN_ZHIYAO, WU_GUOLIANG, Exporter
from tests.samples import (
    APPLIED_ON,
    HARBOUR,
    SCHEME,
    application_line,
    applications_book,
    import_all,
    import_one,
    registry_book,
)


@pytest.fixture
def chen(app: Flask, instance: Instance) -> FlaskClient:
    """Chen Haixia, confirmed to act for the harbour firm."""
    import_one(instance, "registry", registry_book())
    client = exporter(app, CHEN_HAIXIA)
    bind(client)
    confirm_at_the_desk(app, client)
    return client


def invite(client: FlaskClient, person: Exporter = WU_GUOLIANG, address: str | None = None) -> int:
    data = {"name": person.name, "address": address or person.mobile, "position": person.position}
    return client.post(f"/my/firms/{HARBOUR.uscc}/invite", data=data).status_code


def link_to(instance: Instance, person: Exporter) -> str:
    return newest_words(instance, "invitation", person.mobile)["path"]


def opened(instance: Instance) -> list[Invitation]:
    with instance.database.reading() as session:
        query = select(Invitation).where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        return list(session.execute(query).scalars())


def test_whoever_is_invited_signs_in_and_acts_for_the_firm(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    assert invite(chen) == 302
    wu = in_english(app.test_client())
    answer = wu.get(link_to(instance, WU_GUOLIANG))
    assert answer.location == "/invitation"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = text_of(wu.get("/invitation"))
    assert HARBOUR.name in page
    assert "/sign-in?next=/invitation" in page
    sign_in_by_code(wu, WU_GUOLIANG)  # which empties the session, but not what was invited
    assert "Act for this firm" in text_of(wu.get("/invitation"))
    assert wu.post("/invitation").location == f"/my/firms/{HARBOUR.uscc}"
    made = newest(instance)
    assert (made.state, made.confirmed_how, made.position) == (stages.CONFIRMED, "invitation", "representative")
    people = text_of(wu.get(f"/my/firms/{HARBOUR.uscc}"))
    assert CHEN_HAIXIA.mobile in people  # confirmed members see each other whole


def test_the_token_is_kept_as_a_hash_only(chen: FlaskClient, instance: Instance) -> None:
    invite(chen)
    token = link_to(instance, WU_GUOLIANG).rsplit("/", 1)[1]
    (kept,) = opened(instance)
    assert kept.token_hash == invitations.token_hash(token) != token
    assert WU_GUOLIANG.mobile not in kept.sealed


def test_a_mail_goes_to_an_address_and_lets_its_owner_in(chen: FlaskClient, instance: Instance) -> None:
    assert invite(chen, address=" Wu.Guoliang@Example.com ") == 302
    (mail,) = sent(instance, "invitation")
    assert (mail.channel, mail.address) == ("email", WU_GUOLIANG.email)


@pytest.mark.parametrize("address", ["0592-1234567", "12345", "wu@", ""])
def test_what_is_no_address_is_told(chen: FlaskClient, instance: Instance, address: str) -> None:
    data = {"name": "吴国梁", "address": address, "position": "operator"}
    assert chen.post(f"/my/firms/{HARBOUR.uscc}/invite", data=data).status_code == 422
    assert not opened(instance)


def accept(client: FlaskClient, link: str) -> tuple[int, str]:
    """Open the link and press the button; the status and heading of where one arrives."""
    client.get(link)
    answer = client.post("/invitation", follow_redirects=True)
    return answer.status_code, heading_of(text_of(answer))


def test_accepting_twice_is_accepting_once(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    link, wu = link_to(instance, WU_GUOLIANG), exporter(app, WU_GUOLIANG)
    assert accept(wu, link) == (200, HARBOUR.name)
    assert accept(wu, link) == (200, HARBOUR.name)
    assert len(memberships(instance)) == 2


def test_a_link_used_by_another_is_answered_clearly(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    link = link_to(instance, WU_GUOLIANG)
    accept(exporter(app, WU_GUOLIANG), link)
    assert accept(exporter(app, HONG_YAN), link) == (410, "This invitation was accepted already")


def test_a_link_that_was_passed_on_lets_nobody_else_in(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    hong = exporter(app, HONG_YAN)
    link = link_to(instance, WU_GUOLIANG)
    assert accept(hong, link) == (403, "This invitation is for somebody else")
    assert "138****0002" in text_of(hong.get("/invitation"))
    assert len(memberships(instance)) == 1
    assert accept(exporter(app, WU_GUOLIANG), link) == (200, HARBOUR.name)


def test_after_seven_days_a_link_is_too_old(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    link = link_to(instance, WU_GUOLIANG)
    with clock.fixed(A_MORNING + timedelta(days=7)):
        wu = exporter(app, WU_GUOLIANG)
        assert accept(wu, link) == (410, "This invitation is too old")
        assert "Ask whoever invited you for a new one" in text_of(wu.get("/invitation"))


def test_an_invitation_is_taken_back(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    (kept,) = opened(instance)
    chen.post(f"/my/firms/{HARBOUR.uscc}/invitations/{kept.id}/revoke")
    wu = exporter(app, WU_GUOLIANG)
    assert accept(wu, link_to(instance, WU_GUOLIANG)) == (410, "This invitation was taken back")


def test_what_was_never_sent_is_not_known(app: Flask) -> None:
    assert accept(exporter(app, WU_GUOLIANG), "/invitation/made-up") == (404, "This invitation is not known")


def test_inviting_again_ends_the_first_link(chen: FlaskClient, instance: Instance) -> None:
    invite(chen)
    with clock.fixed(A_MORNING + timedelta(minutes=5)):
        invite(chen)
    assert len(opened(instance)) == 1
    assert len(sent(instance, "invitation")) == 2


def test_pressing_twice_sends_one_text(chen: FlaskClient, instance: Instance) -> None:
    invite(chen)
    invite(chen)
    assert len(sent(instance, "invitation")) == 1


def test_whoever_acts_for_the_firm_is_not_invited(chen: FlaskClient) -> None:
    assert invite(chen, CHEN_HAIXIA) == 422


def test_only_confirmed_members_invite(app: Flask, instance: Instance) -> None:
    import_one(instance, "registry", registry_book())
    chen = exporter(app, CHEN_HAIXIA)
    bind(chen)
    assert invite(chen) == 404
    assert not sent(instance, "invitation")


def test_somebody_who_waits_for_staff_is_confirmed_by_an_invitation(
    chen: FlaskClient, app: Flask, instance: Instance
) -> None:
    wu = exporter(app, WU_GUOLIANG)
    bind(wu)
    assert newest(instance).state == stages.WAITING
    invite(chen)
    accept(wu, link_to(instance, WU_GUOLIANG))
    assert newest(instance).state == stages.CONFIRMED
    assert len(memberships(instance)) == 2


def test_whoever_leaves_takes_their_open_invitations_along(chen: FlaskClient, instance: Instance) -> None:
    invite(chen)
    page = text_of(chen.get(f"/my/firms/{HARBOUR.uscc}/leave"))
    assert "You are the last one who is confirmed to act for this firm" in page
    assert chen.post(f"/my/firms/{HARBOUR.uscc}/leave").location == "/my"
    assert newest(instance).state == stages.LEFT
    assert not opened(instance)
    assert chen.get(f"/my/firms/{HARBOUR.uscc}").status_code == 404
    assert chen.post(f"/my/firms/{HARBOUR.uscc}/leave").location == "/my"  # a second press


def test_staff_accept_no_invitation(chen: FlaskClient, app: Flask, instance: Instance) -> None:
    invite(chen)
    lin = in_english(signed_in(app, LIN_ZHIYAO))
    lin.get(link_to(instance, WU_GUOLIANG))
    assert "You are signed in as staff" in text_of(lin.get("/invitation"))
    assert lin.post("/invitation").status_code == 403


def test_very_many_invitations_of_one_account_are_stopped(
    chen: FlaskClient, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST", 1)
    assert invite(chen) == 302
    assert invite(chen, HONG_YAN) == 422
    assert len(opened(instance)) == 1


def test_a_firm_enrolled_by_file_comes_to_its_policy_to_be_acknowledged(app: Flask, instance: Instance) -> None:
    import_all(instance)
    book = applications_book([application_line(HARBOUR, "经办人乙", WU_GUOLIANG.mobile)])
    import_applications(instance, COMMAND, book, SCHEME, APPLIED_ON)
    issue_policies(instance, COMMAND, SCHEME, clock.today())
    assert invite_enrolled(instance, COMMAND) == 1
    wu = exporter(app, WU_GUOLIANG)
    wu.get(link_to(instance, WU_GUOLIANG))
    answer = wu.post("/invitation")
    assert answer.location.startswith("/my/policies/")
    assert wu.get(answer.location).status_code == 200
    assert newest(instance).state == stages.CONFIRMED


@pytest.mark.parametrize(
    ("contact", "channel"),
    [
        ({"name": "吴", "mobile": "13800000002", "email": "a@example.com"}, "sms"),
        ({"name": "吴", "mobile": "0592-5551234", "email": "a@example.com"}, "email"),
        ({"name": "吴", "mobile": "0592-5551234"}, None),
        ({}, None),
    ],
)
def test_a_firm_enrolled_by_file_is_invited_where_it_can_be_reached(
    instance: Instance, contact: dict[str, str], channel: str | None
) -> None:
    with audit.write(instance.database, COMMAND, "policies.invite") as session:
        for _twice in range(2):
            actions.invite_enrolled_by_file(session, instance, COMMAND, HARBOUR.uscc, HARBOUR.name, contact)
    assert [one.channel for one in sent(instance, "invitation")] == ([channel] if channel else [])
