"""`backup FILE` and `restore FILE`."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from portal.cli import COMMAND, PlainCommand, served, told_plainly
from portal.common.backup import BackupError, make_backup
from portal.common.restore import restore_backup
from portal.programme.actions import keep_terms
from portal.programme.people_actions import erase_again


@click.command("backup", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup_command(file: Path) -> None:
    """Write the whole database to FILE, consistent while the portal runs, without any key."""
    with told_plainly():
        try:
            manifest = make_backup(served(terms=False), COMMAND, file)
        except BackupError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"restoring it needs the key with id {manifest.key_id}; keep that key apart from the backup")
    click.echo(f"the trail of this backup ends with head {manifest.head}")
    click.echo(f"backup: tables {len(manifest.tables)} rows {manifest.rows}")


@click.command("restore", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the data that this instance holds.")
@with_appcontext
def restore_command(file: Path, force: bool) -> None:
    """Put the backup FILE in place of an empty database, or with --force of one that holds data."""
    instance = served(check=False)

    def erase(session: Session) -> int:
        return erase_again(session, instance)

    with told_plainly():
        try:
            restored = restore_backup(instance, COMMAND, file, force, erase)
        except BackupError as error:
            raise click.ClickException(str(error)) from error
        keep_terms(instance, COMMAND)
    manifest = restored.manifest
    click.echo(f"this backup needs the key with id {manifest.key_id}, which is here")
    click.echo(f"the trail of this backup ends with head {manifest.head}")
    if restored.erased_again:
        click.echo(f"erased again, as before: {restored.erased_again}")
    click.echo(f"restore: tables {len(manifest.tables)} rows {manifest.rows} of {manifest.made_at.isoformat()}")
