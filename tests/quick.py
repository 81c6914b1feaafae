"""What one process of tests does thousands of times and may do once: every test has its own app and database.

Nothing here changes what is computed, but for passwords: in tests they are hashed with the least work there is.
How much work a real portal spends on them is held by `tests/accounts/test_signing_in.py`.
"""

from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from portal.accounts import passwords
from portal.common import audit_check, audit_shape, database

REAL_HASHER = passwords.hasher  # as the portal uses it outside of tests
STATEMENTS = 4000  # kept compiled of each kind of database, more than all tests together have


def make_quick() -> None:
    """Do it for all apps and databases that this process makes from now on."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    _compile_statements_once()
    _compile_routes_once()
    _compare_tables_once()


class _Templates(BytecodeCache):
    """Templates as compiled for the first app, by their file and what stands in it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take the code from here, if it was compiled before."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code that was compiled just now."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


def _compile_statements_once() -> None:
    """Engines of one kind share their compiled statements, which SQLAlchemy keeps by the dialect object."""
    plain: Callable[[str], Engine] = database._engine
    shared: dict[str, tuple[Dialect, Any]] = {}

    def engine_for(url: str) -> Engine:
        made = plain(url)
        name, own = made.dialect.name, made.dialect
        if name in shared:
            made.dialect, made._compiled_cache = shared[name]
        else:
            # Only from its first connection on does a dialect know the server that it speaks to.
            event.listen(made, "connect", lambda *_: shared.setdefault(name, (own, LRUCache(STATEMENTS))))
        return made

    database._engine = engine_for


def _compile_routes_once() -> None:
    """A rule's function that builds addresses depends on nothing but its pattern."""
    plain: Callable[[Rule, bool], Any] = Rule._compile_builder
    kept: dict[tuple[object, ...], Any] = {}

    def builder_of(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return plain(rule, append_unknown)
        key = (append_unknown, *rule._trace)
        if key not in kept:
            kept[key] = plain(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = builder_of  # type: ignore[method-assign, assignment]  # Werkzeug’s own


def _compare_tables_once() -> None:
    """On SQLite the tables are what their definitions say: the same ones, found right before, are right again."""
    plain = audit_shape.require_tables
    right: set[tuple[Any, ...]] = set()

    def require_tables(session: Session) -> None:
        if session.get_bind().dialect.name != "sqlite":
            plain(session)
            return
        query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
        shape = tuple(tuple(row) for row in session.execute(text(query)))
        if shape not in right:
            plain(session)
            right.add(shape)

    audit_check.__dict__["require_tables"] = require_tables  # where the check takes it from
