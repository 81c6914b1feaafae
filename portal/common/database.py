"""The database: one engine, read sessions for pages, and write transactions that lock before they read.

SQLite runs in WAL with synchronous=FULL (nothing confirmed is lost in a power cut) and takes its write lock at
BEGIN; PostgreSQL takes one advisory lock for the portal. Both therefore write one at a time, in the order of
the audit chain, and what a write has read cannot change under it.

A command waits for its turn longer than a page does: a page holds a thread that everybody else needs.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_request_context
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

WRITE_LOCK = 0x7A0B_A000  # any constant of our own; PostgreSQL advisory locks are numbered
COMMAND_WAITS = 60_000  # milliseconds for the writer before it; also the embedded database's own upkeep
PAGE_WAITS = 10_000  # milliseconds, then the page says that nothing was saved
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's state for a lock that was not free in time


class NotInitialised(Exception):
    """The database or the keys are not there yet; `flask --app app init` makes them."""


class Database:
    """An engine with our two kinds of session. Making one opens no connection.

    `audit_key` gives the key of the audit trail, which is never in the database; without it the trail can be
    neither written nor checked. `posted` is called after each write that queued a text or a mail.
    """

    def __init__(
        self,
        url: str,
        audit_key: Callable[[], bytes] | None = None,
        posted: Callable[[], None] | None = None,
    ) -> None:
        self.url = url
        self._info = {"audit_key": audit_key, "posted": posted}
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
        return Session(self._snapshots, expire_on_commit=False, info=self._info)

    @contextmanager
    def locked(self, wait: int | None = None) -> Iterator[Session]:
        """One write transaction: takes the lock, yields its session, commits at the end or rolls all back.

        Waits for the lock 10 seconds for a page and 60 for a command, or `wait` milliseconds; then
        `OperationalError`, of which `was_busy` says so.
        """
        session = Session(self.engine, expire_on_commit=False, info=self._info)
        if wait is None:
            wait = PAGE_WAITS if has_request_context() else COMMAND_WAITS
        try:
            session.connection(execution_options={"write_lock": True, "wait": wait})
            session.info["locked"] = True
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def beside(self, wait: int) -> Iterator[Connection]:
        """One short transaction that is no part of the trail and takes no lock of the portal's.

        The embedded database has one writer at a time all the same: waits at most `wait` milliseconds for it,
        as on PostgreSQL for a row, then `OperationalError`. Its first statement must be the one that writes.
        """
        with self.engine.connect().execution_options(wait=wait) as connection, connection.begin():
            yield connection


def was_busy(error: OperationalError) -> bool:
    """Whether this means no more than that somebody else was writing for too long."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE


def _engine(url: str) -> Engine:
    try:
        known = make_url(url).get_backend_name() in ("sqlite", "postgresql")
    except ArgumentError:
        known = False
    if not known:
        raise NotInitialised("PORTAL_DATABASE_URL must be the address of a SQLite or PostgreSQL database")
    # An error names its statement but not the values: they may be hashes, sealed or typed by somebody.
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), hide_parameters=True)
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
        f"busy_timeout={COMMAND_WAITS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # the key of an erased person must not linger in free pages
        "cache_size=-64000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    write, wait = options.get("write_lock", False), options.get("wait")
    if connection.dialect.name == "sqlite":
        # Said anew for every transaction, so that none inherits the patience of the one before it.
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(COMMAND_WAITS if wait is None else wait)}")
        cursor.close()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
        return
    if wait is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait)}")
    if write:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITE_LOCK})
        connection.exec_driver_sql("SET LOCAL lock_timeout = DEFAULT")  # what follows has its turn
