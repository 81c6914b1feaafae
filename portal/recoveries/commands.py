"""`ledger verify`."""

import click
from flask.cli import with_appcontext

from portal.cli import PlainGroup, served, told_plainly
from portal.recoveries.check import verify

ledger = PlainGroup("ledger", help="The ledger of indemnities and recoveries.")


@ledger.command("verify")
@with_appcontext
def verify_command() -> None:
    """Check every entry, cap, approval, payment and recovery; exit 1 naming each fault."""
    with told_plainly(), served().database.reading() as session:
        found = verify(session)
    for excess in found.excesses:
        if excess.accounted:
            click.echo(f"above the cap: {excess}")
    for fault in found.faults:
        click.echo(str(fault), err=True)
    click.echo(f"ledger: entries {found.entries} claims {found.claims} faults {len(found.faults)}")
    if found.faults:
        raise SystemExit(1)
