"""`applications import`, `decisions export` and `decisions replay`."""

import csv
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from portal.applications.actions import import_applications
from portal.applications.deciding import replay_all
from portal.applications.records import Application, Decision
from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, read_file, served, tell_rejected, told_plainly
from portal.common import audit
from portal.common.people import People
from portal.reference.actions import rejected_workbook
from portal.scheme import stages

SOME_WAIT = 3  # exit status when applications wait for a source

applications = PlainGroup("applications", help="Applications from a file.")
decisions = PlainGroup("decisions", help="The machine's decisions: take them out, replay them.")


@applications.command("import", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--scheme", required=True, help="Key of the scheme, for example xiamen-2022.")
@click.option("--on", "applied_on", type=DAY, required=True, help="The application date.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rejected rows to this workbook.")
@with_appcontext
def import_command(file: Path, scheme: str, applied_on: date, rejected: Path | None) -> None:
    """Create and decide each application of a file (declarations signed on paper)."""
    with told_plainly():
        instance = served()
        result = import_applications(instance, COMMAND, read_file(file), scheme, applied_on)
        if rejected is not None:
            rejected.write_bytes(rejected_workbook(result.headings, result.rejected))
            audit.note(instance.database, COMMAND, "applications.rejected_rows", scheme, audit.DOWNLOADED)
    tell_rejected(result.rejected)
    outcomes = result.outcomes
    awaiting = outcomes[stages.AWAITING_SOURCE]
    if awaiting:
        missing = ", ".join(result.missing_sources)
        click.echo(f"{awaiting} applications wait for a source that is missing: {missing}", err=True)
    click.echo(
        f"applications: read {result.read} added {result.added} unchanged {result.unchanged} "
        f"rejected {len(result.rejected)} eligible {outcomes[stages.ELIGIBLE]} "
        f"referred {outcomes[stages.REFERRED]} ineligible {outcomes[stages.INELIGIBLE]} awaiting {awaiting}"
    )
    if awaiting:
        raise SystemExit(SOME_WAIT)


@decisions.command("export", cls=PlainCommand)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--scheme", help="Only this scheme's.")
@with_appcontext
def export_command(out: Path, scheme: str | None) -> None:
    """Write the machine's first decision on each application as CSV."""
    with told_plainly():
        instance = served()
        query = (
            select(
                Application.uscc,
                Decision.outcome,
                Decision.failed,
                Decision.referred,
                Decision.exports_minor,
            )
            .join(Decision, Decision.application_id == Application.id)
            .where(Decision.sequence == 1)
            .order_by(Application.policy_year, Application.serial)
        )
        if scheme is not None:
            query = query.where(Application.scheme == scheme)
        temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
        count = 0
        try:
            with instance.database.reading() as session, temporary.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(("uscc", "decision", "failed", "referred", "base_year_exports_usd"))
                for uscc, outcome, failed, referred, minor in session.execute(query):
                    total = "" if minor is None else f"{Decimal(minor) / 100:.2f}"
                    writer.writerow((uscc, outcome, failed, referred, total))
                    count += 1
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
        audit.note(instance.database, COMMAND, "decisions.export", scheme or "all", audit.DOWNLOADED, lines=count)
    click.echo(f"decisions: exported {count}")


@decisions.command("replay", cls=PlainCommand)
@with_appcontext
def replay_command() -> None:
    """Recompute every stored decision from its frozen facts and compare the bytes."""
    with told_plainly():
        instance = served()
        with instance.database.reading() as session:
            result = replay_all(session, People(session, instance.keys))
    for decision_id in result.differ[:20]:
        click.echo(f"decision {decision_id} differs", err=True)
    click.echo(f"replay: same {result.same} erased {result.erased} differ {len(result.differ)}")
    if result.differ:
        raise SystemExit(1)
