"""`policies issue`."""

from datetime import date

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, served, told_plainly
from portal.policies.actions import issue_policies

policies = PlainGroup("policies", help="Policies.")


@policies.command("issue", cls=PlainCommand)
@click.option("--scheme", required=True, help="Key of the scheme, for example xiamen-2022.")
@click.option("--on", type=DAY, required=True, help="The day of issue; the rules run again on it.")
@with_appcontext
def issue_command(scheme: str, on: date) -> None:
    """Issue a policy for every eligible or cleared application without one."""
    with told_plainly():
        result = issue_policies(served(), COMMAND, scheme, on)
    for number, state in result.refused[:20]:
        click.echo(f"application {number} is now {state}")
    if len(result.refused) > 20:
        click.echo(f"… and {len(result.refused) - 20} more")
    click.echo(f"policies: issued {result.issued} refused {len(result.refused)}")
