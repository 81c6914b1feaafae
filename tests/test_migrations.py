"""The migrations make exactly the tables of the models, from nothing, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from portal import migrate
from portal.common.database import Database, NotInitialised
from portal.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    sqlite = request.param == "sqlite"
    made = Database(f"sqlite:///{tmp_path / 'empty.db'}" if sqlite else request.getfixturevalue("postgres_url"))
    yield made
    made.engine.dispose()


def test_the_migrations_make_the_tables_of_the_models_from_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    assert migrate.differences(empty) == [], "write a migration for what the models say and the tables do not"


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    before = set(inspect(empty.engine).get_table_names())
    migrate.upgrade(empty)
    assert set(inspect(empty.engine).get_table_names()) == before == {*metadata.tables, "alembic_version"}
    migrate.require_current(empty)


def test_an_empty_database_is_told_to_be_initialised_first(empty: Database) -> None:
    with pytest.raises(NotInitialised, match="empty: run `flask --app app init`"):
        migrate.require_current(empty)


def test_a_database_at_another_revision_is_told_to_be_upgraded(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(NotInitialised, match="revision older"):
        migrate.require_current(empty)


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE policies (id INTEGER)"))
    with pytest.raises(Exception, match="policies"):
        migrate.upgrade(empty)
    assert inspect(empty.engine).get_table_names() == ["policies"]
