"""`ledger verify`, and the daily `claims remind`, which looks at recoveries too."""

from datetime import date

import click
from flask.cli import with_appcontext

from portal.claims.commands import claims
from portal.claims.reminders import remind
from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, served, told_plainly
from portal.common import clock
from portal.recoveries.check import verify
from portal.recoveries.reminders import remind_to_remit

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


@claims.command("remind", cls=PlainCommand)
@click.option("--on", type=DAY, help="The day to send the reminders of; today unless given.")
@with_appcontext
def remind_command(on: date | None) -> None:
    """Remind firms of what is their turn with a loss, a claim or a recovery, before and after its last day."""
    with told_plainly():
        day = on or clock.today()
        found = remind(served(), COMMAND, day)
        remitting = remind_to_remit(served(), COMMAND, day)
    click.echo(f"claims: reminded of claims {found.claims} notices {found.notices} recoveries {remitting}")
