"""How long a write waits for the one before it, and what is told when that was too long."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from portal.accounts import signing
from portal.common import audit, database
from portal.common.database import Database, was_busy
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.factory import create_app
from tests.people import GUAN_LI


def patience(database: Database) -> object:
    """How long a write waits, in milliseconds, as the database was told."""
    with database.locked() as session:
        if database.is_sqlite:
            return session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()
        return session.connection().get_execution_options()["wait"]


def test_a_page_waits_ten_seconds_and_a_command_sixty(either_instance: Instance, app: Flask) -> None:
    assert patience(either_instance.database) == 60_000
    with app.test_request_context():
        assert patience(either_instance.database) == 10_000
    assert patience(either_instance.database) == 60_000


def test_a_short_wait_is_not_inherited_by_whoever_uses_the_connection_next(instance: Instance) -> None:
    with instance.database.beside(250) as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 250
    with instance.database.reading() as session:
        assert session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000


def test_a_lock_on_postgresql_is_waited_for_and_the_work_under_it_is_not_hurried(
    instance_on_postgres: Instance,
) -> None:
    with instance_on_postgres.database.locked() as session:
        assert session.execute(text("SHOW lock_timeout")).scalar_one() == "0"


def test_a_lock_that_is_not_free_in_time_is_told_as_busy(
    either_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "COMMAND_WAITS", 50)
    with either_instance.database.locked(), pytest.raises(OperationalError) as raised:
        audit.note(either_instance.database, COMMAND, "test.waits", "", audit.LOOKED)
    assert was_busy(raised.value)
    audit.note(either_instance.database, COMMAND, "test.after", "", audit.LOOKED)


def test_an_error_of_another_kind_is_not_told_as_busy(instance: Instance) -> None:
    with pytest.raises(OperationalError) as raised, instance.database.reading() as session:
        session.execute(text("SELECT * FROM no_such_table"))
    assert not was_busy(raised.value)


@pytest.mark.parametrize(
    ("password", "during", "words"),
    [
        (GUAN_LI.password, 503, "Nothing was saved; try again soon."),
        ("wrong-wrong-wrong", 422, "The e-mail or the password is not right."),
    ],
)
def test_signing_in_during_a_long_import_says_that_nothing_was_saved_and_a_wrong_password_is_in_the_log(
    either_instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    password: str,
    during: int,
    words: str,
) -> None:
    app = create_app(either_instance.settings)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    client: FlaskClient = app.test_client()
    client.get("/preferences/language/en")
    form = {"email": GUAN_LI.email, "password": password}
    monkeypatch.setattr(database, "PAGE_WAITS", 50)
    monkeypatch.setattr(signing, "NOTE_WAITS", 50)
    with either_instance.database.locked():
        answer = client.post("/sign-in", data=form)
    assert answer.status_code == during
    assert words[:-1] in answer.get_data(as_text=True)
    noted = "refused but not recorded, the database is busy: accounts.sign_in" in caplog.text
    assert noted == (during == 422)
    assert GUAN_LI.email not in caplog.text
    assert client.post("/sign-in", data=form).status_code in (302, 422)
    app.extensions["tongbao"].database.engine.dispose()


def test_an_error_names_its_statement_but_not_the_values(either_instance: Instance) -> None:
    statement = text("SELECT seq FROM no_such_table WHERE subject = :subject")
    with pytest.raises(DatabaseError) as raised, either_instance.database.reading() as session:
        session.execute(statement, {"subject": "personal words"})
    assert "no_such_table" in str(raised.value)
    assert "personal words" not in str(raised.value)
