"""Backups as the tests make, take apart and put back."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from click.testing import Result
from sqlalchemy import select

from portal import migrate
from portal.applications.deciding import replay_all
from portal.common.audit_check import verify_audit
from portal.common.backup import Manifest, tables_in_backup
from portal.common.instance import Instance
from portal.common.people import People
from portal.common.restore import opened_backup
from portal.common.roles import COMMAND
from portal.factory import create_app
from portal.policies.actions import issue_policies
from tests.samples import (
    APPLIED_ON,
    SCHEME,
    apply_all,
    import_all,
)


def run(instance: Instance, *args: str | Path) -> Result:
    """Run a command on an instance as `flask --app app` would."""
    app = create_app(instance.settings)
    result = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    app.extensions["tongbao"].database.engine.dispose()
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def refused(instance: Instance, *args: str | Path) -> str:
    """The one line on stderr with which a command refuses."""
    result = run(instance, *args)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: ")
    return result.stderr


def state(instance: Instance) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that a backup holds."""
    with instance.database.reading() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables_in_backup()
        }


def assert_whole(instance: Instance, decisions: int) -> None:
    """The trail is unbroken and every decision replays."""
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
        replayed = replay_all(session, People(session, instance.keys))
    assert (replayed.same, replayed.erased, replayed.differ) == (decisions, 0, [])


def fill(instance: Instance) -> None:
    """Sources, decisions, a policy."""
    import_all(instance)
    apply_all(instance)
    issue_policies(instance, COMMAND, SCHEME, APPLIED_ON + timedelta(days=1))


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The backup with its members changed; names that are taken out are gone."""
    with ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    out = backup.with_name("rewritten.zip")
    with ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out


def signed_anew(instance: Instance, backup: Path, change: Callable[[Manifest], Manifest]) -> Path:
    """The backup with another manifest that the instance's own key has signed."""
    with opened_backup(backup) as (_archive, manifest, _proof):
        changed = change(manifest)
    content = {**changed.content(), "proof": changed.proof(instance.keys)}
    return rewritten(backup, lambda members: members.update({"manifest.json": json.dumps(content).encode()}))


def revision_of(instance: Instance) -> str | None:
    """The revision of an instance's database, or none when it is empty."""
    with instance.database.engine.connect() as connection:
        return migrate.revision_of(connection)
