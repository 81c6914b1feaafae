"""The audit trail: whatever is altered behind the portal's back is named, and exit status tells it too."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Boolean, Connection, Date, Integer, LargeBinary, Table, event, func, insert, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.audit_check import AuditReport, verify_audit
from portal.common.database import Database
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.common.types import Base, Moment
from portal.factory import create_app
from portal.policies.actions import issue_policies
from portal.programme.records import TermsVersion
from portal.tables import metadata
from tests.samples import APPLIED_ON, SCHEME, apply_all, import_all

ENTRIES, ROWS = metadata.tables["audit_entries"], metadata.tables["audit_rows"]
TERMS = metadata.tables["terms_versions"]
MODELS = {
    mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__audited__
}


def report(database: Database) -> AuditReport:
    with database.reading() as session:
        return verify_audit(session)


def told(instance: Instance, *args: str) -> str:
    """What `audit verify` says on stderr of a broken trail, which must be one line and a failure."""
    app = create_app(instance.settings)
    result = app.test_cli_runner().invoke(args=["audit", "verify", *args])
    app.extensions["tongbao"].database.engine.dispose()
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    return result.stderr


def unlock(connection: Connection) -> None:
    """Take the triggers away, as someone with the database's own password can."""
    if connection.dialect.name == "sqlite":
        for table in (ENTRIES, ROWS):
            for what in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table.name}_no_{what}"))
    else:
        connection.execute(text("DROP FUNCTION only_grows() CASCADE"))


def invented(table: Table, column: str, number: int = 1) -> object:
    """A value that the column can hold and that no row of the portal has; another one for another number."""
    kind = table.columns[column].type
    if isinstance(kind, Moment):
        return datetime(1999, 9, number, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(1999, 9, number)
    if isinstance(kind, LargeBinary):
        return b"%d" % number
    if isinstance(kind, Boolean):
        return number % 2 == 1
    return 987_654 + number if isinstance(kind, Integer) else f"x{number}"


@pytest.fixture
def filled(either_instance: Instance) -> Instance:
    """An instance with sources, decisions and a policy."""
    import_all(either_instance)
    apply_all(either_instance)
    issue_policies(either_instance, COMMAND, SCHEME, APPLIED_ON + timedelta(days=1))
    return either_instance


@pytest.fixture
def without_foreign_keys(instance: Instance) -> Iterator[Database]:
    """The test's SQLite database, taking a row of any table without those it refers to."""

    def off(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.cursor().execute("PRAGMA foreign_keys=OFF")

    database = Database(instance.settings.database_url, lambda: instance.keys.audit)
    event.listen(database.engine, "connect", off)
    yield database
    database.engine.dispose()


def test_an_untouched_trail_is_unbroken_and_counts_every_audited_row(filled: Instance) -> None:
    with filled.database.reading() as session:
        entries = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
        rows = sum(
            session.execute(select(func.count()).select_from(model)).scalar_one() for model in MODELS.values()
        )
        head = audit.head_of(session)
    assert head.seq == entries
    assert report(filled.database) == AuditReport(entries, rows, None, head)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_an_alteration_of_any_column_is_named(without_foreign_keys: Database, name: str) -> None:
    table, database = metadata.tables[name], without_foreign_keys
    row = {column.key: invented(table, column.key) for column in table.columns}
    if name == "person_keys":
        row["erased_at"] = None  # nobody is erased without an entry that says so
    key = [column == row[column.key] for column in table.primary_key.columns]
    with audit.write(database, COMMAND, "test.insert") as session:
        audit.insert_many(session, MODELS[name], [row])
    for column in table.columns:
        value = invented(table, column.key, 2)
        with database.engine.begin() as connection:
            connection.execute(table.update().where(*key).values({column.key: value}))
        found = report(database).first_break
        assert found is not None, f"{name}.{column.key} can be altered unseen"
        assert found.startswith(f"{name} ")
        with database.engine.begin() as connection:
            changed = [c == (value if c is column else row[c.key]) for c in table.primary_key.columns]
            connection.execute(table.update().where(*changed).values({column.key: row[column.key]}))
    # Had one column stayed altered, so that the next ones were named for its sake, this would name it too.
    assert report(database).first_break is None


def test_an_empty_value_in_place_of_a_written_one_is_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        connection.execute(text("UPDATE policies SET place = NULL"))
    assert "policies" in told(filled)


def test_a_row_taken_away_is_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM policies"))
    message = told(filled)
    assert "policies" in message
    assert "is gone although no deletion is recorded" in message


def test_a_row_put_in_is_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        row = dict(connection.execute(select(TERMS).limit(1)).mappings().one())
        connection.execute(insert(TERMS), [{**row, "fingerprint": "f" * 64}])
    assert told(filled) == f"Error: the trail breaks: terms_versions {'f' * 64} was never recorded as written\n"


def test_a_deleted_row_that_comes_back_is_named(either_instance: Instance) -> None:
    database = either_instance.database
    with audit.write(database, COMMAND, "test.delete") as session:
        one = session.execute(select(TermsVersion).limit(1)).scalar_one()
        fingerprint = one.fingerprint
        row = dict(session.execute(select(TERMS).where(TERMS.c.fingerprint == fingerprint)).mappings().one())
        session.delete(one)
    assert report(database).first_break is None
    with database.engine.begin() as connection:
        connection.execute(insert(TERMS), [row])
    assert report(database).first_break == f"terms_versions {fingerprint} exists although its deletion is recorded"


@pytest.mark.parametrize("which", ["first", "middle", "last"])
@pytest.mark.parametrize("column", [column.key for column in ENTRIES.columns])
def test_an_alteration_of_any_column_of_an_entry_is_named(instance: Instance, column: str, which: str) -> None:
    with instance.database.engine.begin() as connection:
        unlock(connection)
        last = connection.execute(select(func.max(ENTRIES.c.seq))).scalar_one()
        seq = {"first": 1, "middle": last // 2, "last": last}[which]
        connection.execute(
            ENTRIES.update().where(ENTRIES.c.seq == seq).values({column: invented(ENTRIES, column)})
        )
    assert f"entry {seq}" in told(instance)


@pytest.mark.parametrize("column", [column.key for column in ROWS.columns])
def test_an_alteration_of_any_column_of_a_recorded_row_is_named(filled: Instance, column: str) -> None:
    with filled.database.engine.begin() as connection:
        unlock(connection)
        changes = select(ROWS.c.entry_seq, ROWS.c.position).where(ROWS.c.change == "update")
        seq, position = connection.execute(changes.order_by(ROWS.c.entry_seq.desc())).first() or (0, 0)
        assert seq
        here = (ROWS.c.entry_seq == seq, ROWS.c.position == position)
        connection.execute(ROWS.update().where(*here).values({column: invented(ROWS, column)}))
    assert f"entry {seq} " in told(filled)


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_an_entry_taken_away_with_its_rows_is_named(filled: Instance, which: str) -> None:
    with filled.database.engine.begin() as connection:
        unlock(connection)
        last = connection.execute(select(func.max(ENTRIES.c.seq))).scalar_one()
        seq = {"first": 1, "middle": last // 2, "last": last}[which]
        connection.execute(ROWS.delete().where(ROWS.c.entry_seq == seq))
        connection.execute(ENTRIES.delete().where(ENTRIES.c.seq == seq))
    # Of the last entry nothing in the chain is missing, but the rows that it wrote are there unrecorded.
    wanted = "application" if which == "last" else f"entry {seq} is missing"
    assert wanted in told(filled)


def test_a_recorded_row_taken_away_is_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        unlock(connection)
        seq = connection.execute(select(func.max(ROWS.c.entry_seq))).scalar_one()
        connection.execute(ROWS.delete().where(ROWS.c.entry_seq == seq, ROWS.c.position == 0))
    assert f"the rows recorded with entry {seq} " in told(filled)


def test_recorded_rows_without_an_entry_are_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        row = dict(connection.execute(select(ROWS).limit(1)).mappings().one())
        connection.execute(insert(ROWS), [{**row, "entry_seq": 987_654}])
    assert "rows are recorded for entry 987654, which does not exist" in told(filled)


def test_two_entries_that_change_places_are_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        unlock(connection)
        for table, column in ((ENTRIES, ENTRIES.c.seq), (ROWS, ROWS.c.entry_seq)):
            for old, new in ((2, 987_654), (3, 2), (987_654, 3)):
                connection.execute(table.update().where(column == old).values({column.key: new}))
    assert "entry 2 does not follow the entry before it" in told(filled)


def test_two_recorded_rows_that_change_places_are_named(filled: Instance) -> None:
    with filled.database.engine.begin() as connection:
        unlock(connection)
        seq = connection.execute(select(ROWS.c.entry_seq).where(ROWS.c.position == 1).limit(1)).scalar_one()
        for old, new in ((0, 987_654), (1, 0), (987_654, 1)):
            here = (ROWS.c.entry_seq == seq, ROWS.c.position == old)
            connection.execute(ROWS.update().where(*here).values(position=new))
    assert f"the rows recorded with entry {seq} " in told(filled)


@pytest.mark.parametrize("table", ["audit_entries", "audit_rows"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_the_trail(
    either_instance: Instance, table: str, statement: str
) -> None:
    column = "action" if table == "audit_entries" else "row_key"
    with either_instance.database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=f"{table} only grows"):
            connection.execute(text(statement.format(table, column, column)))


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["audit_entries", "audit_rows"])
def test_the_trail_cannot_be_truncated(instance_on_postgres: Instance, table: str) -> None:
    with instance_on_postgres.database.engine.connect() as connection:
        with pytest.raises(DBAPIError, match=f"{table} only grows"):
            connection.execute(text(f"TRUNCATE {table}"))


def a_terms_version() -> TermsVersion:
    return TermsVersion(fingerprint="e" * 64, scheme="s", text="t", kept_at=datetime(2022, 3, 1, tzinfo=UTC))


def test_a_write_outside_an_audited_block_is_refused(instance: Instance) -> None:
    with instance.database.reading() as session:
        session.add(a_terms_version())
        with pytest.raises(RuntimeError, match=r"wrap the write in audit\.write"):
            session.flush()
    with instance.database.locked() as session:
        session.add(a_terms_version())
        with pytest.raises(RuntimeError, match=r"wrap the write in audit\.write"):
            session.flush()
        session.rollback()
    with instance.database.reading() as session:
        assert session.get(TermsVersion, "e" * 64) is None


def test_an_audited_block_needs_the_lock_and_is_never_nested(instance: Instance) -> None:
    with instance.database.reading() as session, pytest.raises(RuntimeError, match="must hold the lock"):
        with audit.audited(session, COMMAND, "test.unlocked"):
            pass
    with instance.database.locked() as session, audit.audited(session, COMMAND, "test.outer"):
        with pytest.raises(RuntimeError, match="inside another"):
            with audit.audited(session, COMMAND, "test.inner"):
                pass


def test_a_change_is_recorded_with_what_stood_there_before_and_after(instance: Instance) -> None:
    with audit.write(instance.database, COMMAND, "test.insert") as session:
        session.add(a_terms_version())
    with audit.write(instance.database, COMMAND, "test.change", "a subject", why="because") as session:
        session.get_one(TermsVersion, "e" * 64).text = "other"
    with instance.database.reading() as session:
        entry = session.execute(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).scalar_one()
        row = session.execute(select(ROWS).where(ROWS.c.entry_seq == entry.seq)).mappings().one()
    assert (entry.action, entry.subject, entry.details, entry.rows) == (
        "test.change",
        "a subject",
        '{"why":"because"}',
        1,
    )
    assert (row["change"], row["before"], row["after"]) == ("update", '{"text":"t"}', '{"text":"other"}')


def test_passwords_enter_the_trail_only_as_hashes(instance: Instance) -> None:
    with instance.database.reading() as session:
        changes = session.execute(
            select(ROWS.c.after).where(ROWS.c.table_name == "accounts", ROWS.c.after.is_not(None))
        )
        afters = [after for after in changes.scalars() if "password_hash" in after]
    assert afters
    assert all('"password_hash":"sha256:' in after for after in afters)


def test_a_column_added_later_changes_no_recorded_state_until_it_is_set() -> None:
    accounts = metadata.tables["accounts"]
    added = {column.key for column in accounts.columns if column.info.get("state") == audit.ADDED["state"]}
    assert added == {"mobile_index", "language"}
    row: dict[str, object] = {
        column.key: "x" if isinstance(column.type.python_type(), str) else 1
        for column in accounts.columns
        if column.key not in added | {"created_at"}
    }
    row["created_at"] = datetime(2022, 3, 1, tzinfo=UTC)
    before = audit.state_hash(accounts, row)
    assert audit.state_hash(accounts, {**row, **dict.fromkeys(added)}) == before
    assert audit.state_hash(accounts, {**row, "language": "en"}) != before
