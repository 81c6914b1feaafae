"""The database: one engine, read sessions for pages, and write transactions that lock before they read.

SQLite runs in WAL with synchronous=FULL (nothing confirmed is lost in a power cut) and takes its write lock at
BEGIN; PostgreSQL takes one advisory lock for the portal. Both therefore write one at a time, in the order of
the audit chain, and what a write has read cannot change under it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

WRITE_LOCK = 0x7A0B_A000  # any constant of our own; PostgreSQL advisory locks are numbered
BUSY_MILLISECONDS = 60_000  # how long a writer waits for the one before it


class NotInitialised(Exception):
    """The database or the keys are not there yet; `flask --app app init` makes them."""


class Database:
    """An engine with our two kinds of session. Making one opens no connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        # PostgreSQL's default would let each query of one read see a later state than the query before it.
        self._snapshots = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def reading(self) -> Session:
        """A session for reading one consistent state; a flush in it is refused by the audit guard."""
        return Session(self._snapshots, expire_on_commit=False)

    @contextmanager
    def locked(self) -> Iterator[Session]:
        """One write transaction: takes the lock, yields its session, commits at the end or rolls all back."""
        session = Session(self.engine, expire_on_commit=False)
        try:
            session.connection(execution_options={"write_lock": True})
            session.info["locked"] = True
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()


def _engine(url: str) -> Engine:
    try:
        known = make_url(url).get_backend_name() in ("sqlite", "postgresql")
    except ArgumentError:
        known = False
    if not known:
        raise NotInitialised("PORTAL_DATABASE_URL must be the address of a SQLite or PostgreSQL database")
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own, else BEGIN IMMEDIATE comes too late.
    raw: Any = connection
    raw.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # the key of an erased person must not linger in free pages
        "cache_size=-64000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write_lock", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    elif write:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITE_LOCK})
