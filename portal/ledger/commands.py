"""`rates import FILE`."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, PlainCommand, PlainGroup, read_file, served, tell_rejected, told_plainly
from portal.common import audit
from portal.ledger.rate_import import import_rates, preview_rates

rates = PlainGroup("rates", help="The exchange rates.")


@rates.command("import", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen; write nothing.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rejected rows to this workbook.")
@with_appcontext
def import_command(file: Path, dry_run: bool, rejected: Path | None) -> None:
    """Import a workbook of exchange rates (币种, 日期, 汇率, and if need be 折算币种, 来源)."""
    with told_plainly():
        instance = served()
        data = read_file(file)
        result = preview_rates(instance, data) if dry_run else import_rates(instance, COMMAND, data, file.name)
        if rejected is not None:
            rejected.write_bytes(result.rejected_sheet())
            audit.note(instance.database, COMMAND, "ledger.rejected_rates", file.name, audit.DOWNLOADED)
    tell_rejected(result.rejected)
    if dry_run:
        click.echo("Dry run: nothing was written.")
    elif result.version is None:
        click.echo("No rate is new or other than it was; nothing was changed.")
    click.echo(
        f"rates: read {result.read} added {result.added} changed {result.changed} "
        f"unchanged {result.unchanged} rejected {len(result.rejected)}"
    )
