"""`init`: keys, tables and terms. Safe to repeat, and it upgrades an older database."""

from pathlib import Path

from sqlalchemy import inspect, select

from portal import migrate
from portal.applications.clocks import start_missing_clocks
from portal.common.database import Database, NotInitialised
from portal.common.instance import Instance
from portal.common.keys import load_keys, make_keys
from portal.common.people import PersonKey
from portal.common.roles import COMMAND
from portal.programme.actions import keep_terms, shipped_texts
from portal.programme.calendar_actions import seed_calendar
from portal.programme.records import TermsVersion


def initialise(instance: Instance) -> None:
    """Make what is missing: folder, keys (mode 0600), tables, the terms by fingerprint, the published calendar.

    Applications that were referred before there were due days get theirs, counted from today.

    Raises `NotInitialised` when the database was sealed with a key that is not the one that is here, as after a
    restore without its key: a fresh key would open nothing, and two keys could not be told apart later.
    """
    instance.settings.instance.mkdir(parents=True, exist_ok=True)
    _refuse_wrong_key(instance)
    make_keys(instance.settings.keys_file)
    _keep_to_ourselves(instance)
    migrate.upgrade(instance.database)
    keep_terms(instance, COMMAND)
    seed_calendar(instance, COMMAND)
    start_missing_clocks(instance, COMMAND)


def require_terms_kept(database: Database) -> None:
    """Raise `NotInitialised` unless the database keeps the terms that ship: decisions name them by fingerprint."""
    with database.engine.connect() as connection:
        kept = set(connection.execute(select(TermsVersion.fingerprint)).scalars())
    fresh = sorted({scheme for fingerprint, (scheme, _text) in shipped_texts().items() if fingerprint not in kept})
    if fresh:
        raise NotInitialised(f"the terms of {', '.join(fresh)} are new or changed: run `flask --app app init`")


def _keep_to_ourselves(instance: Instance) -> None:
    """The embedded database is nobody else's to read; its -wal and -shm files take their mode from it."""
    path = instance.database.engine.url.database
    if instance.database.is_sqlite and path and path != ":memory:":
        Path(path).touch(mode=0o600)
        Path(path).chmod(0o600)


def _refuse_wrong_key(instance: Instance) -> None:
    with instance.database.engine.connect() as connection:
        if not inspect(connection).has_table(PersonKey.__tablename__):
            return
        needed = connection.execute(select(PersonKey.key_id).limit(1)).scalar()
    keys_file = instance.settings.keys_file
    if needed is None or (keys_file.exists() and load_keys(keys_file).key_id == needed):
        return
    raise NotInitialised(f"this database needs the key with id {needed}: put that key at {keys_file} first")
