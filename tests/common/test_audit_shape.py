"""`audit verify` names what is wrong with the database itself: values, columns, tables and the trail's guards."""

import pytest
from flask import Flask
from sqlalchemy import text

from portal.common.audit_shape import APPEND_ONLY
from portal.common.instance import Instance
from portal.factory import create_app
from tests.common.test_audit import filled, report, told, unlock

__all__ = ["filled"]


def run(instance: Instance, *statements: str) -> None:
    """Change the database as someone with its own password can."""
    with instance.database.engine.begin() as connection:
        unlock(connection)
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE accounts SET created_at = 'zz'", "accounts "),
        ("UPDATE accounts SET sealed = CAST(x'ff80' AS TEXT)", "accounts "),
        ("UPDATE audit_entries SET at = 'zz' WHERE seq = 3", "audit_entries 3 "),
        ("UPDATE audit_rows SET after = x'00ff' WHERE entry_seq = 1 AND position = 0", "audit_rows 1/0 "),
        (
            "INSERT INTO audit_rows VALUES ('zz', 0, 'policies', 'x', 'insert', NULL, NULL, NULL)",
            "audit_rows zz/0 ",
        ),
        (
            "UPDATE audit_rows SET row_key = CAST(x'ff' AS TEXT) WHERE entry_seq = 1 AND position = 0",
            "audit_rows 1/0 ",
        ),
        ("UPDATE person_keys SET created_at = '2022-13-40'", "person_keys "),
    ],
)
def test_a_value_that_cannot_be_read_is_named_on_sqlite(instance: Instance, statement: str, named: str) -> None:
    run(instance, statement)
    message = told(instance)
    assert message.startswith(f"Error: the trail breaks: {named}")
    assert message.endswith(" is unreadable\n")


def test_a_key_that_cannot_be_read_is_named_by_its_place(instance: Instance) -> None:
    run(instance, "UPDATE terms_versions SET fingerprint = CAST(x'ff' AS TEXT), kept_at = 'zz' WHERE rowid = 1")
    assert told(instance) == "Error: the trail breaks: terms_versions in place 1 is unreadable\n"


def test_an_end_of_a_policy_that_is_no_date_is_named(filled: Instance) -> None:
    sqlite = filled.database.is_sqlite
    run(filled, f"UPDATE policies SET ends_on = '{'garbage' if sqlite else 'infinity'}'")
    with filled.database.engine.connect() as connection:
        policy = connection.execute(text("SELECT id FROM policies ORDER BY id LIMIT 1")).scalar_one()
    assert told(filled) == f"Error: the trail breaks: policies {policy} is unreadable\n"


@pytest.mark.postgres
def test_a_moment_that_cannot_be_read_is_named_on_postgresql(instance_on_postgres: Instance) -> None:
    run(instance_on_postgres, "UPDATE audit_entries SET at = 'infinity' WHERE seq = 3")
    assert told(instance_on_postgres) == "Error: the trail breaks: audit_entries 3 is unreadable\n"


@pytest.mark.parametrize("statement", ["DROP TABLE audit_rows", "DROP TABLE terms_confirmations"])
def test_a_missing_table_is_named(either_instance: Instance, statement: str) -> None:
    run(either_instance, statement)
    assert f"the table {statement.split()[-1]} is missing" in told(either_instance)


def test_a_table_too_many_is_named(either_instance: Instance) -> None:
    run(either_instance, "CREATE TABLE copies (id INTEGER PRIMARY KEY)")
    assert "the table copies is none of the portal's" in told(either_instance)


def test_a_column_too_many_is_named(either_instance: Instance) -> None:
    run(either_instance, "ALTER TABLE policies ADD COLUMN note TEXT")
    assert "policies has a column note that is none of the portal's" in told(either_instance)


def test_a_missing_column_is_named(either_instance: Instance) -> None:
    run(either_instance, "ALTER TABLE policies DROP COLUMN place")
    assert "policies lacks its column place" in told(either_instance)


def test_a_missing_column_of_the_trail_is_named(either_instance: Instance) -> None:
    run(either_instance, "ALTER TABLE audit_entries DROP COLUMN details")
    assert "audit_entries lacks its column details" in told(either_instance)


@pytest.mark.postgres
def test_a_column_of_another_type_is_named(instance_on_postgres: Instance) -> None:
    run(instance_on_postgres, "ALTER TABLE policies ALTER COLUMN ends_on TYPE TEXT")
    assert "the column policies.ends_on is not as the portal made it" in told(instance_on_postgres)


def test_a_uniqueness_taken_away_is_named(either_instance: Instance) -> None:
    run(either_instance, "DROP INDEX uq_set_asides_pair")
    assert "a constraint of set_asides is not as the portal made it" in told(either_instance)


def test_an_index_that_only_speeds_reading_up_is_nobodys_business(either_instance: Instance) -> None:
    with either_instance.database.engine.begin() as connection:
        connection.execute(text("CREATE INDEX operators_own ON policies (place)"))
    assert report(either_instance.database).first_break is None


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_guard_taken_away_is_named(either_instance: Instance, table: str) -> None:
    name = f"{table}_no_delete" if either_instance.database.is_sqlite else f"{table}_only_grows"
    on = "" if either_instance.database.is_sqlite else f" ON {table}"
    with either_instance.database.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    assert f"{table} is not append-only: its trigger {name} is missing or was altered" in told(either_instance)


def test_a_guard_that_guards_nothing_is_named_on_sqlite(instance: Instance) -> None:
    with instance.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_rows_no_update"))
        connection.execute(
            text("CREATE TRIGGER audit_rows_no_update BEFORE UPDATE ON audit_rows BEGIN SELECT 1; END")
        )
    assert "its trigger audit_rows_no_update is missing or was altered" in told(instance)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_rows DISABLE TRIGGER audit_rows_only_grows",
        "CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE OR REPLACE TRIGGER audit_rows_only_grows BEFORE DELETE ON audit_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()",
    ],
)
def test_a_guard_that_guards_nothing_is_named_on_postgresql(
    instance_on_postgres: Instance, statement: str
) -> None:
    with instance_on_postgres.database.engine.begin() as connection:
        connection.execute(text(statement))
    assert "is not append-only: its trigger audit_" in told(instance_on_postgres)


def test_a_trigger_of_somebody_else_is_named(instance: Instance) -> None:
    with instance.database.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER sly AFTER INSERT ON policies BEGIN DELETE FROM policies WHERE place = ''; END")
        )
    assert told(instance) == "Error: the trail breaks: policies has a trigger sly that is none of the portal's\n"


def test_a_fault_that_no_stored_value_explains_is_not_hidden(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> str:
        raise TypeError("a fault of the portal's own")

    monkeypatch.setattr("portal.common.audit_check.rows_digest", fail)
    with pytest.raises(TypeError, match="own"):
        report(instance.database)


def without_its_terms(instance: Instance) -> str:
    """Take one scheme's terms out, as when the files of the portal changed since `init`; gives its key."""
    with instance.database.engine.begin() as connection:
        scheme: str = connection.execute(text("SELECT min(scheme) FROM terms_versions")).scalar_one()
        connection.execute(text("DELETE FROM terms_versions WHERE scheme = :scheme"), {"scheme": scheme})
    instance.database.engine.dispose()
    return scheme


def test_changed_terms_want_init_before_any_command_that_uses_them(instance: Instance) -> None:
    scheme = without_its_terms(instance)
    app = create_app(instance.settings)
    result = app.test_cli_runner().invoke(args=["decisions", "replay"])
    assert result.exit_code == 1
    assert result.stderr == f"Error: the terms of {scheme} are new or changed: run `flask --app app init`\n"
    backup = app.test_cli_runner().invoke(args=["backup", str(instance.settings.instance / "b.zip")])
    assert backup.exit_code == 0, "one backs up before one upgrades"
    assert app.test_cli_runner().invoke(args=["init"]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["decisions", "replay"]).exit_code == 0
    app.extensions["tongbao"].database.engine.dispose()


def test_changed_terms_want_init_before_any_page(app: Flask, instance: Instance) -> None:
    without_its_terms(instance)
    client = app.test_client()
    assert client.get("/sign-in").status_code == 503
    assert app.test_cli_runner().invoke(args=["init"]).exit_code == 0
    assert client.get("/sign-in").status_code == 200
