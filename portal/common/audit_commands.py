"""`audit verify`."""

import click
from flask.cli import with_appcontext

from portal.cli import PlainCommand, PlainGroup, served, told_plainly
from portal.common.audit_check import verify_audit

audit = PlainGroup("audit", help="The audit trail.")


@audit.command("verify", cls=PlainCommand)
@with_appcontext
def verify_command() -> None:
    """Walk the chain, and compare every audited row with its last recorded state."""
    with told_plainly(), served().database.reading() as session:
        report = verify_audit(session)
    if report.first_break is not None:
        raise click.ClickException(f"the trail breaks: {report.first_break}")
    click.echo(f"audit: entries {report.entries} rows {report.rows} unbroken")
