"""Open sessions: what ends them, for the browser and for whoever holds a copy of its cookie."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.accounts.actions import disable_account, new_link, set_password
from portal.accounts.records import OpenSession
from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from tests.accounts.pages import in_english, text_of
from tests.accounts.test_signing_in import account_of
from tests.conftest import A_MORNING, signed_in
from tests.people import GUAN_LI, LIN_ZHIYAO

NEW = "a new password of mine"


def open_sessions(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(OpenSession)).scalar_one()


def copy_of(app: Flask, client: FlaskClient) -> FlaskClient:
    """A browser elsewhere into which the session cookie was copied."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    return thief


def test_signing_out_ends_a_copied_cookie_too(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    thief = copy_of(app, client)
    assert thief.get("/me").status_code == 200
    client.post("/sign-out")
    assert thief.get("/me").status_code == 302
    assert open_sessions(instance) == 0


def test_a_session_ends_twelve_hours_after_signing_in_however_busy_it_is(app: Flask) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    for hours in (3, 6, 9):
        with clock.fixed(A_MORNING + timedelta(hours=hours)):
            assert client.get("/me").status_code == 200
    with clock.fixed(A_MORNING + timedelta(hours=12) - timedelta(seconds=1)):
        assert client.get("/me").status_code == 200
    with clock.fixed(A_MORNING + timedelta(hours=12)):
        assert client.get("/me").status_code == 302
        assert "Your session has ended" in text_of(in_english(client).get("/sign-in"))


def test_signing_in_sweeps_out_the_sessions_whose_end_has_passed(app: Flask, instance: Instance) -> None:
    signed_in(app, LIN_ZHIYAO)
    with clock.fixed(A_MORNING + timedelta(hours=6)):
        signed_in(app, GUAN_LI)
    assert open_sessions(instance) == 2
    with clock.fixed(A_MORNING + timedelta(hours=12)):
        signed_in(app, GUAN_LI)
    assert open_sessions(instance) == 2


def test_changing_the_password_leaves_only_this_browsers_fresh_session(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    signed_in(app, LIN_ZHIYAO)
    signed_in(app, GUAN_LI)
    thief = copy_of(app, client)
    client.post("/me", data={"old": LIN_ZHIYAO.password, "password": NEW, "again": NEW})
    assert client.get("/me").status_code == 200
    assert thief.get("/me").status_code == 302
    assert open_sessions(instance) == 2  # this one, and the other person's


@pytest.mark.parametrize("ending", ["disabled", "password set", "signed out everywhere"])
def test_no_session_stays_open_when_all_of_an_account_end(app: Flask, instance: Instance, ending: str) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    signed_in(app, LIN_ZHIYAO)
    other = signed_in(app, GUAN_LI)
    account = account_of(instance, LIN_ZHIYAO)
    if ending == "disabled":
        disable_account(instance, COMMAND, account.id)
    elif ending == "password set":
        set_password(instance, new_link(instance, COMMAND, account.id).token, NEW)
    else:
        client.post("/me/end-sessions")
    assert client.get("/me").status_code == 302
    assert open_sessions(instance) == 1
    assert other.get("/me").status_code == 200


def test_the_id_of_a_session_is_kept_only_as_a_hash(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    with client.session_transaction() as kept:
        token = kept["_user_id"].split(".")[2]
    assert len(token) >= 40
    with instance.database.reading() as session:
        assert token not in session.execute(select(OpenSession.token_hash)).scalars().all()


def test_the_session_of_one_account_opens_no_other(app: Flask, instance: Instance) -> None:
    client = signed_in(app, LIN_ZHIYAO)
    with client.session_transaction() as forged:
        _own, version, token = forged["_user_id"].split(".")
        forged["_user_id"] = f"{account_of(instance, GUAN_LI).id}.{version}.{token}"
    assert client.get("/me").status_code == 302
