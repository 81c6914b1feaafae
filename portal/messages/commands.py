"""Sending what waits, for a timer of the operator's."""

import click
from flask.cli import with_appcontext

from portal.cli import PlainGroup, served, told_plainly
from portal.messages.post_office import send_due


@click.group("messages", cls=PlainGroup)
def messages() -> None:
    """Texts and mails on their way out."""


@messages.command("send")
@with_appcontext
def send_command() -> None:
    """Send what is due until nothing is.

    Tells what was sent and given up now, what a person must look at (unsure), and what waits for its next try.
    """
    with told_plainly():
        tally = send_due(served())
    click.echo(f"messages: sent {tally.sent} failed {tally.failed} unsure {tally.unsure} waiting {tally.waiting}")
