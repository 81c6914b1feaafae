"""Bring the database to the portal's tables, and tell how the two differ."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portal.common.database import Database, NotInitialised
from portal.tables import metadata

HERE = Path(__file__).resolve().parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str:
    """The revision that this code expects the database to have."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def known_revisions() -> frozenset[str]:
    """Every revision that this code can make a database of and upgrade from."""
    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def revision_of(connection: Connection) -> str | None:
    """The revision of the database behind this connection, or None if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    """Create or upgrade the tables within the caller's transaction, up to a revision."""
    command.upgrade(_config(connection), revision)


def upgrade(database: Database) -> None:
    """Create or upgrade the tables, in one transaction, under the write lock; repeating changes nothing."""
    with database.engine.connect() as plain:
        connection = plain.execution_options(write_lock=True)
        with connection.begin():
            upgrade_on(connection)


def require_current(database: Database) -> None:
    """Raise `NotInitialised` unless the database has exactly the tables this code expects."""
    with database.engine.connect() as connection:
        current = revision_of(connection)
    if current is None:
        raise NotInitialised("the database is empty: run `flask --app app init`")
    if current != newest_revision():
        raise NotInitialised(f"the database is at revision {current}: run `flask --app app init` to upgrade it")


def differences(database: Database) -> list[Any]:
    """What would have to change for the database to equal the models; empty when they agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def write_revision(database: Database, message: str) -> None:
    """Write a new migration file from the difference between database and models (contributors)."""
    with database.engine.connect() as connection, connection.begin():
        command.revision(_config(connection), message=message, autogenerate=True)
