"""`people erase`: the operator's command for destroying a person's key."""

import click

from portal.accounts.actions import CannotDisable
from portal.cli import PlainCommand, PlainGroup, served, told_plainly
from portal.common.roles import COMMAND
from portal.programme.people_actions import (
    ASKED_FOR,
    REASONS,
    UnknownPerson,
    UnknownReason,
    erase_person,
)

people = PlainGroup("people", help="People whose personal values the portal keeps.")


@people.command("erase", cls=PlainCommand)
@click.argument("person_id")
@click.option("--reason", default=ASKED_FOR, show_default=True, help=f"One of {', '.join(REASONS)}.")
def erase(person_id: str, reason: str) -> None:
    """Destroy the key of PERSON_ID: all its personal values become unreadable, for good."""
    try:
        with told_plainly():
            done = erase_person(served(), COMMAND, person_id, reason)
    except (UnknownPerson, UnknownReason, CannotDisable) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"people: erased {person_id}" if done else f"people: {person_id} was erased before")
