"""`roster export` and `roster verify`."""

from datetime import date
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, read_file, served, told_plainly
from portal.common import clock
from portal.sponsor.actions import UnknownRoster, export_roster, verify_roster
from portal.sponsor.roster_check import NotARoster

roster = PlainGroup("roster", help="The roster for the sponsor.")
MOST_TOLD = 200  # differing cells listed


@roster.command("export", cls=PlainCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--scheme", required=True, help="Key of the scheme, for example xiamen-2022.")
@click.option("--as-of", type=DAY, help="The business date; by default today.")
@with_appcontext
def export_command(out: Path, scheme: str, as_of: date | None) -> None:
    """Write the roster of every policy issued by the as-of date."""
    with told_plainly():
        proof = export_roster(served(), COMMAND, scheme, as_of or clock.today(), out)
    click.echo(f"roster: lines {proof.lines} fingerprint {proof.fingerprint}")


@roster.command("verify", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def verify_command(file: Path) -> None:
    """Say whether a roster is unaltered; list the cells that differ."""
    with told_plainly():
        try:
            differences = verify_roster(served(), read_file(file))
        except (NotARoster, UnknownRoster) as error:
            raise click.ClickException(" ".join(str(error).split())) from error
    for one in differences[:MOST_TOLD]:
        click.echo(f"{one.sheet}!{one.address}: expected {one.expected!r}, found {one.found!r}")
    if len(differences) > MOST_TOLD:
        click.echo(f"… and {len(differences) - MOST_TOLD} more")
    if differences:
        click.echo(f"roster: altered, {len(differences)} cells differ", err=True)
        raise SystemExit(1)
    click.echo("roster: unaltered")
