"""Fixtures that every test may use: an instance of its own, the app on it, and signed-in people."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.accounts.records import Code
from portal.common import clock
from portal.common.instance import Instance
from portal.factory import create_app
from tests.availability import Availability
from tests.outbox import newest_words
from tests.people import Exporter, Staff
from tests.postgres import (
    either_instance,
    instance_on_postgres,
    postgres_server,
    postgres_url,
    prepared_on_postgres,
)
from tests.prepared import A_MORNING, prepare, settings_in
from tests.quick import keep_what_is_there, make_quick

__all__ = [
    "A_MORNING",
    "either_instance",
    "instance_on_postgres",
    "postgres_server",
    "postgres_url",
    "prepared_on_postgres",
    "settings_in",
    "sign_in_again",
    "sign_in_by_code",
    "signed_in",
    "signed_in_exporter",
]


def pytest_configure(config: pytest.Config) -> None:
    """Tests whose need is missing are told of, not passed over; what every test makes anew is made quickly."""
    make_quick()
    config.pluginmanager.register(Availability(), "availability")


def pytest_collection_finish() -> None:
    """From here on only tests make anything."""
    keep_what_is_there()


@pytest.fixture(autouse=True)
def _a_fixed_clock() -> Iterator[None]:
    with clock.fixed(A_MORNING):
        yield


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised instance with the cast's accounts, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture
def instance(prepared_folder: Path, tmp_path: Path) -> Iterator[Instance]:
    """A fresh instance of one's own: database, keys, terms and the cast's accounts."""
    folder = tmp_path / "instance"
    shutil.copytree(prepared_folder, folder)
    made = Instance(settings_in(folder))
    yield made
    made.database.engine.dispose()


@pytest.fixture
def app(instance: Instance) -> Iterator[Flask]:
    """The app on this test's instance, errors answered as in production."""
    made = create_app(instance.settings)
    made.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False)
    yield made
    made.extensions["tongbao"].database.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Someone who is not signed in."""
    return app.test_client()


def signed_in(app: Flask, person: Staff) -> FlaskClient:
    """A client of this person, signed in through the sign-in page."""
    client = app.test_client()
    sign_in_again(client, person)
    return client


def sign_in_again(client: FlaskClient, person: Staff) -> None:
    """Sign in with this client, as one must on another day."""
    answer = client.post("/sign-in", data={"email": person.email, "password": person.password})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:500]


def signed_in_exporter(app: Flask, person: Exporter) -> FlaskClient:
    """A client of this exporter, signed in through the pages by a code; the first time makes the account."""
    client = app.test_client()
    sign_in_by_code(client, person)
    return client


def sign_in_by_code(client: FlaskClient, person: Exporter) -> None:
    """Sign in with this client by the code that was put on its way to the person's mobile."""
    served: Instance = client.application.extensions["tongbao"]
    with served.database.beside(10_000) as connection:
        connection.execute(delete(Code))  # time stands still in tests, so that one a minute would be one for ever
    asked = client.post("/sign-in", data={"mobile": person.mobile})
    assert asked.status_code == 302, asked.get_data(as_text=True)[:500]
    code = newest_words(served, "code", person.mobile)["code"]
    answer = client.post(asked.location, data={"code": code})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
