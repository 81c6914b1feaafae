"""`init`: keys, tables and terms. Safe to repeat, and it upgrades an older database."""

from portal import migrate
from portal.common.instance import Instance
from portal.common.keys import make_keys
from portal.common.roles import COMMAND
from portal.programme.actions import keep_terms


def initialise(instance: Instance) -> None:
    """Make what is missing: the folder, the keys (mode 0600), the tables, and the terms by fingerprint."""
    instance.settings.instance.mkdir(parents=True, exist_ok=True)
    make_keys(instance.settings.keys_file)
    migrate.upgrade(instance.database)
    keep_terms(instance, COMMAND)
