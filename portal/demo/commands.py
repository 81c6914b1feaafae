"""`demo`."""

import click
from flask.cli import with_appcontext

from portal.cli import PlainCommand, served, told_plainly
from portal.demo.load import HoldsOtherData, load_demo, logins_file


@click.command("demo", cls=PlainCommand)
@with_appcontext
def demo_command() -> None:
    """Load the made-up demonstration and one login per role; may be repeated."""
    with told_plainly():
        instance = served()
        try:
            fresh = load_demo(instance)
        except HoldsOtherData as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"demo: {'loaded' if fresh else 'kept as it is'}; logins in {logins_file(instance)}")
