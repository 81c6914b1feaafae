"""`staff add`: the operator's way to make accounts, the first administrator too."""

import os

import click

from portal.accounts.actions import AccountProblem, add_staff
from portal.cli import PlainCommand, PlainGroup, served, told_plainly
from portal.common.roles import COMMAND, STAFF_ROLES

staff = PlainGroup("staff", help="Accounts of the people who work with the portal.")


@staff.command("add", cls=PlainCommand)
@click.argument("email")
@click.option("--role", required=True, help=f"One of {', '.join(STAFF_ROLES)}.")
@click.option("--name", default="", help="The person's name, as others see it.")
def add(email: str, role: str, name: str) -> None:
    """Make an account for EMAIL and print a one-time link, valid 7 days, that sets its password.

    With PORTAL_URL the link is a whole address, otherwise a path on the portal's own.
    """
    try:
        with told_plainly():
            link = add_staff(served(), COMMAND, email, role, name)
    except AccountProblem as error:
        raise click.ClickException(" ".join(str(error).split())) from error
    click.echo("One-time link to set the password, valid 7 days:")
    click.echo(f"{os.environ.get('PORTAL_URL', '').rstrip('/')}/set-password/{link.token}")
