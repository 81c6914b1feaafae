"""What one process of tests does thousands of times and may do once: every test has its own app and database.

Nothing here changes what is computed, but for passwords: in tests they are hashed with the least work there is.
How much work a real portal spends on them is held by `tests/accounts/test_signing_in.py`.
"""

import gc
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from typing import IO, Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule

from portal import migrate
from portal.accounts import passwords
from portal.common import audit_check, audit_shape, database

BUILDERS = ("_build", "_build_unknown")  # of a rule, each bound to it
REAL_HASHER = passwords.hasher  # as the portal uses it outside of tests
COLLECTED_AFTER = (20_000, 10, 10)  # what Python counts before it looks for garbage; by itself it is 700, 10, 10
STATEMENTS = 4000  # kept compiled of each kind of database, more than all tests together have


def make_quick() -> None:
    """Do it for all apps and databases that this process makes from now on."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    _compile_statements_once()
    _compile_routes_once()
    _compare_tables_once()
    _read_translations_once()
    # The files are there when the process begins; `init` itself reads them anew.
    migrate.__dict__["newest_revision"] = cache(migrate.newest_revision)


def keep_what_is_there() -> None:
    """What a process has once all tests are collected stays to its end: garbage is sought in what came after."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


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
    """What a rule is taken apart into, and its functions that build addresses, depend on its pattern alone."""
    plain: Callable[[Rule], None] = Rule.compile
    kept: dict[tuple[object, ...], dict[str, Any]] = {}

    def compile_rule(rule: Rule) -> None:
        if rule.defaults or rule.map is None or rule.map.converters != Map.default_converters:
            plain(rule)
            return
        key = (rule.rule, rule.merge_slashes, rule.map.host_matching, rule.host, rule.subdomain)
        if key not in kept:
            plain(rule)
            kept[key] = {name: vars(rule)[name] for name in ("_parts", "_trace", "_converters", "arguments")}
            kept[key].update((name, vars(rule)[name].__func__) for name in BUILDERS)
            return
        made = kept[key]
        rule._parts, rule._trace = list(made["_parts"]), list(made["_trace"])
        rule._converters, rule.arguments = dict(made["_converters"]), set(made["arguments"])
        for name in BUILDERS:
            setattr(rule, name, made[name].__get__(rule, None))

    Rule.compile = compile_rule  # type: ignore[method-assign, assignment]  # Werkzeug’s own


def _read_translations_once() -> None:
    """A compiled catalogue says the same as often as it is read: it is known by every byte of it."""
    plain: Callable[[GNUTranslations, Any], None] = GNUTranslations._parse
    kept: dict[bytes, dict[str, Any]] = {}

    def parse(made: GNUTranslations, file: IO[bytes]) -> None:
        content = file.read()
        if content not in kept:
            plain(made, BytesIO(content))
            kept[content] = {name: vars(made)[name] for name in ("_catalog", "_info", "_charset", "plural")}
        said = kept[content]
        vars(made).update(said, _catalog=dict(said["_catalog"]), _info=dict(said["_info"]))

    GNUTranslations._parse = parse  # type: ignore[method-assign, assignment]  # Python’s own


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
