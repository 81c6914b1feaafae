"""What the audit check needs of the database itself: its tables, guarded, with values that can be read."""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, String, Table, cast, literal_column, select, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from portal.tables import metadata

APPEND_ONLY = ("audit_entries", "audit_rows")
REFUSES = " BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END "
BEFORE_ANY_CHANGE = 2 + 8 + 16 + 32  # pg_trigger.tgtype: BEFORE, DELETE, UPDATE, TRUNCATE, once a statement
# What a type or the driver raises of a stored value that is none of the column's.
UNREADABLE = (ValueError, TypeError, OverflowError, DBAPIError)


class Break(Exception):
    """The first thing in the database that is not as the trail says; the text names it."""


def require_tables(session: Session) -> None:
    """Raise `Break` unless the database has exactly the tables and columns of the models."""
    context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
    for difference in compare_metadata(context, metadata):
        # Changes of one column come as a list.
        for one in difference if isinstance(difference, list) else [difference]:
            told = _told(one)
            if told is not None:
                raise Break(told)


def _told(difference: tuple[Any, ...]) -> str | None:
    kind = str(difference[0])
    if kind == "add_table":
        return f"the table {difference[1].name} is missing"
    if kind == "remove_table":
        return f"the table {difference[1].name} is none of the portal's"
    if kind == "add_column":
        return f"{difference[2]} lacks its column {difference[3].name}"
    if kind == "remove_column":
        return f"{difference[2]} has a column {difference[3].name} that is none of the portal's"
    if kind.startswith("modify_"):
        return f"the column {difference[2]}.{difference[3]} is not as the portal made it"
    if kind.endswith("_index") and not difference[1].unique:
        return None  # it makes reading faster or slower and says nothing of the rows
    return f"a constraint of {difference[1].table.name} is not as the portal made it"


def require_triggers(session: Session) -> None:
    """Raise `Break` unless the triggers that let the trail only grow are there, and no other trigger is."""
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    present = dict(_on_sqlite(connection) if sqlite else _on_postgres(connection))
    for table in APPEND_ONLY:
        names = [f"{table}_no_update", f"{table}_no_delete"] if sqlite else [f"{table}_only_grows"]
        for name in names:
            if not present.pop((table, name), False):
                raise Break(f"{table} is not append-only: its trigger {name} is missing or was altered")
    for table, name in sorted(present):
        raise Break(f"{table} has a trigger {name} that is none of the portal's")


def _on_sqlite(connection: Connection) -> Iterator[tuple[tuple[str, str], bool]]:
    """Each trigger by table and name, and whether it does what the portal's does."""
    wanted = {
        f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        for table in APPEND_ONLY
        for what in ("UPDATE", "DELETE")
    }
    query = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
    for table, name, statement in connection.execute(text(query)):
        yield (table, name), statement in wanted


def _on_postgres(connection: Connection) -> Iterator[tuple[tuple[str, str], bool]]:
    query = (
        "SELECT c.relname, t.tgname, t.tgenabled::text IN ('O', 'A') AND t.tgtype = :change AND t.tgqual IS NULL "
        "AND p.proname = 'only_grows' AND p.prosrc = :refuses "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    )
    for table, name, whole in connection.execute(text(query), {"change": BEFORE_ANY_CHANGE, "refuses": REFUSES}):
        yield (table, name), whole


def first_unreadable(session: Session, tables: list[Table]) -> str | None:
    """The first row, in words, of which some value cannot be read as its column's type; or none."""
    place = "rowid" if session.get_bind().dialect.name == "sqlite" else "ctid"
    for table in tables:
        places = select(cast(literal_column(place), String)).select_from(table).order_by(text("1"))
        for where in session.execute(places).scalars().all():
            here = text("rowid = CAST(:place AS INTEGER)" if place == "rowid" else "ctid = CAST(:place AS tid)")
            here = here.bindparams(place=where)
            try:
                row = session.execute(select(table).where(here)).mappings().one()
                whole = all(_is_of_its_type(table, name, value) for name, value in row.items())
            except UNREADABLE as error:
                if not _of_a_value(error):
                    raise
                whole = False
            if not whole:
                key = select(*(cast(column, String) for column in table.primary_key.columns)).where(here)
                return f"{table.name} {_key(session, key) or f'in place {where}'} is unreadable"
    return None


def _is_of_its_type(table: Table, name: str, value: object) -> bool:
    return value is None or isinstance(value, table.columns[name].type.python_type)


def _of_a_value(error: Exception) -> bool:
    """Whether a value is the cause, and not the database that is gone or busy."""
    if isinstance(error, OperationalError):
        return "decode" in str(error.orig).lower()  # SQLite's word for a text that is no UTF-8
    return not isinstance(error, DBAPIError) or isinstance(error, DataError)


def _key(session: Session, query: Any) -> str | None:
    try:
        return "/".join(str(value) for value in session.execute(query).one())
    except DBAPIError as error:
        if not _of_a_value(error):
            raise
        return None
