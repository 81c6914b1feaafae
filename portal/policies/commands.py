"""`policies issue`, `policies invite`, `policies remind`."""

from datetime import date

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, served, told_plainly
from portal.common import clock
from portal.policies.actions import issue_policies
from portal.policies.inviting import invite_enrolled
from portal.policies.reminders import remind

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


@policies.command("invite", cls=PlainCommand)
@with_appcontext
def invite_command() -> None:
    """Invite the contact of every insured firm that was enrolled by file and not invited since; run it daily."""
    with told_plainly():
        number = invite_enrolled(served(), COMMAND)
    click.echo(f"policies: invited {number}")


@policies.command("remind", cls=PlainCommand)
@click.option("--on", type=DAY, help="The day to send the reminders of; today unless given.")
@with_appcontext
def remind_command(on: date | None) -> None:
    """Remind firms of what they have not acknowledged, and of a policy year that is open; run it daily."""
    with told_plainly():
        result = remind(served(), COMMAND, on or clock.today())
    click.echo(f"policies: reminded of {result.acknowledgements} told of renewal {result.renewals}")
