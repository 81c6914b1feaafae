"""`audit verify`."""

import re
from typing import Any

import click
from flask.cli import with_appcontext

from portal.cli import PlainCommand, PlainGroup, served, told_plainly
from portal.common.audit import Head
from portal.common.audit_check import verify_audit

audit = PlainGroup("audit", help="The audit trail.")


class ShortHash(click.ParamType[str]):
    """The hash of an entry, whole or from its start, as `audit verify` prints it."""

    name = "HASH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take 16 to 64 hexadecimal digits: fewer would be met by chance."""
        if not re.fullmatch(r"[0-9a-f]{16,64}", value):
            self.fail(f"{value!r} is no hash of an entry; copy it as it was printed", param, ctx)
        return str(value)


@audit.command("verify", cls=PlainCommand)
@click.option(
    "--head",
    type=(click.IntRange(min=1), ShortHash()),
    metavar="NUMBER HASH",
    help="A head printed earlier, which the trail must still go through.",
)
@with_appcontext
def verify_command(head: tuple[int, str] | None) -> None:
    """Walk the chain, and compare every audited row with its last recorded state."""
    with told_plainly(), served(terms=False).database.reading() as session:
        report = verify_audit(session, Head(*head) if head else None)
    if report.first_break is not None:
        raise click.ClickException(" ".join(f"the trail breaks: {report.first_break}".split()))
    click.echo(f"audit: entries {report.entries} rows {report.rows} unbroken, head {report.head}")
