"""Fixtures that every test may use: an instance of its own, the app on it, and signed-in people."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.actions import add_staff, set_password
from portal.common import clock
from portal.common.config import Settings
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.factory import create_app
from portal.setup import initialise
from tests.people import STAFF, Staff

# Every test lives at this moment unless it sets another: a Wednesday morning in Xiamen.
A_MORNING = datetime(2022, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _a_fixed_clock() -> Iterator[None]:
    with clock.fixed(A_MORNING):
        yield


def settings_in(folder: Path, url: str | None = None) -> Settings:
    """Settings of an instance that keeps everything in this folder."""
    return Settings(instance=folder, database_url=url or f"sqlite:///{folder / 'portal.db'}")


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised instance with the cast's accounts, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("prepared")
    with clock.fixed(A_MORNING):
        instance = Instance(settings_in(folder))
        initialise(instance)
        for person in STAFF:
            link = add_staff(instance, COMMAND, person.email, person.role, person.name)
            set_password(instance, link.token, person.password)
        instance.database.engine.dispose()
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
    answer = client.post("/sign-in", data={"email": person.email, "password": person.password})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:500]
    return client
