"""`import registry|customs|lists FILE` and `reference undo`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, PlainCommand, PlainGroup, read_file, served, tell_rejected, told_plainly
from portal.common import audit
from portal.reference.actions import SOURCES, ImportResult, import_source, preview_source
from portal.reference.undoing import (
    LONGEST_REASON,
    SHORTEST_REASON,
    CannotUndo,
    ReasonNeeded,
    undo_version,
)

reference = PlainGroup("reference", help="The versions of the sources.")


@click.command("import", cls=PlainCommand)
@click.argument("source", type=click.Choice(SOURCES))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen; write nothing.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rejected rows to this workbook.")
@with_appcontext
def import_command(source: str, file: Path, dry_run: bool, rejected: Path | None) -> None:
    """Import a file of the company registry, of customs exports, or of the lists."""
    with told_plainly():
        instance = served()
        data = read_file(file)
        if dry_run:
            result = preview_source(instance, source, data, file.name)
        else:
            result = import_source(instance, COMMAND, source, data, file.name, instance.after_import)
        if rejected is not None:
            rejected.write_bytes(result.rejected_sheet())
            audit.note(instance.database, COMMAND, "reference.rejected_rows", source, audit.DOWNLOADED)
    _tell(result, dry_run)


def _tell(result: ImportResult, dry_run: bool) -> None:
    tell_rejected(result.rejected)
    if result.same_file_again:
        click.echo("This file is the newest version already; nothing was changed.")
    elif dry_run:
        click.echo("Dry run: nothing was written.")
    if result.counts.absent:
        click.echo(
            f"{result.counts.absent} known before are not in this snapshot: marked for a person to look at."
        )
    followed = result.followed
    if followed.decided:
        click.echo(f"{followed.decided} applications that waited were decided.")
    if followed.waiting or followed.insured:
        click.echo(f"affected: waiting {followed.waiting}, insured {followed.insured}")
    counts = result.counts
    click.echo(
        f"{result.source}: read {counts.read} added {counts.added} changed {counts.changed} "
        f"unchanged {counts.unchanged} rejected {counts.rejected}"
    )


@reference.command("undo", cls=PlainCommand)
@click.argument("source", type=click.Choice(SOURCES))
@click.argument("number", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why; kept sealed, for staff and auditors.")
@with_appcontext
def undo_command(source: str, number: int, reason: str) -> None:
    """Undo version NUMBER of a source, the newest one, while no decision was made with it."""
    try:
        with told_plainly():
            undone = undo_version(served(), COMMAND, source, number, reason)
    except LookupError as error:
        raise click.ClickException(str(error)) from error
    except ReasonNeeded as error:
        raise click.ClickException(f"give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters") from error
    except CannotUndo as error:
        raise click.ClickException(_against(error)) from error
    if not undone:
        click.echo("This version is undone already; nothing was changed.")
    click.echo(f"{source}: version {number} undone")


def _against(found: CannotUndo) -> str:
    return {
        "not_newest": "a newer version builds on this one; only the newest version of a source can be undone",
        "decided": f"decisions made with this version: {found.count}; import a newer file that puts it right",
        "closed": f"list entries closed because this version has them no longer: {found.count}; "
        "import a newer file instead",
    }[found.code]
