"""`claims export OUT.xlsx --scheme S [--as-of DATE]` and `claims worksheet CLAIM_NO OUT.xlsx`."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.claims.as_of import Standing, standings
from portal.claims.desk_names import STATE_NAMES
from portal.claims.held import unsettled_note
from portal.claims.money_laid import money_notes
from portal.claims.moves import UnknownClaim, claim_of
from portal.claims.names import RISK_NAMES, TERM_NAMES
from portal.claims.proposing import newest_assessment
from portal.claims.worksheet_sheet import write_worksheet
from portal.cli import COMMAND, DAY, PlainCommand, PlainGroup, served, told_plainly
from portal.common import audit, clock
from portal.common.preferences import LOCALES
from portal.common.table_sheet import Column, Value, write_table
from portal.obligors.queries import country_name
from portal.scheme.assessment_canonical import inputs_from_bytes, result_of
from portal.scheme.terms import UnknownTerms, load_terms

claims = PlainGroup("claims", help="Claims: all of a scheme as they stood on a day, and the worksheet of one.")


@claims.command("export", cls=PlainCommand)
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--scheme", required=True, help="The key of a scheme, as in xiamen-2022.")
@click.option(
    "--as-of", "as_of", type=DAY, help="As they stood at the end of this day; without it as they stand now."
)
@with_appcontext
def export_command(out: Path, scheme: str, as_of: date | None) -> None:
    """Write every claim of a scheme that was opened by then, with its state and money on that day."""
    with told_plainly():
        instance = served()
        try:
            load_terms(scheme)
        except UnknownTerms as unknown:
            raise click.ClickException(f"there is no scheme {scheme}") from unknown
        today = clock.today()
        on = as_of or today
        if on > today:
            raise click.ClickException(f"{on} is still to come")
        with current_app.test_request_context(), force_locale(LOCALES["zh"]):
            with instance.database.reading() as session, out.open("wb") as file:
                note = unsettled_note(session, scheme, on)
                rows = write_claims(file, standings(session, scheme, on, today), on, note)
        audit.note(
            instance.database, COMMAND, "claims.export", "claims", audit.DOWNLOADED, scheme=scheme, as_of=str(on)
        )
    click.echo(f"claims: {rows} of {scheme} as of {on} to {out}")


@claims.command("worksheet", cls=PlainCommand)
@click.argument("number")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def worksheet_command(number: str, out: Path) -> None:
    """Write the frozen worksheet of a claim as live formulas: proposed, approved, given back or reversed."""
    with told_plainly():
        instance = served()
        with instance.database.reading() as session:
            try:
                claim = claim_of(session, number)
            except UnknownClaim as unknown:
                raise click.ClickException(f"there is no claim {number}") from unknown
            found = newest_assessment(session, claim.id)
            if found is None or found.canonical is None:
                raise click.ClickException(f"claim {number} has no worksheet yet: it was not proposed")
            frozen = found.canonical.encode()
        result = result_of(frozen)
        with current_app.test_request_context(), force_locale(LOCALES["zh"]):
            with instance.database.reading() as session:
                notes = money_notes(session, claim, inputs_from_bytes(frozen))
            about = [(_("Claim"), number), (_("Firm"), claim.firm_name), (_("Assessed on"), str(found.judged_on))]
            with out.open("wb") as file:
                write_worksheet(file, result.worksheet, number, about, notes)
        audit.note(instance.database, COMMAND, "claims.worksheet", f"claim {number}", audit.DOWNLOADED)
    click.echo(f"{number}: {result.indemnity} to {out}")


def write_claims(out: IO[bytes], found: Iterable[Standing], on: date, note: str = "") -> int:
    """Write the claims as one sheet, in the reader's language, a note behind it, and give their number."""
    columns = [
        Column(_("Number"), width=14),
        Column(_("Notice"), width=14),
        Column(_("Policy"), width=20),
        Column(_("Policy year"), "text", 10),
        Column(_("Firm"), width=36),
        Column(_("Credit code"), width=22),
        Column(_("Buyer or bank"), width=32),
        Column(_("Number of the buyer or bank"), width=16),
        Column(_("Country"), width=16),
        Column(_("Risk"), width=24),
        Column(_("Payment term"), width=24),
        Column(_("State"), width=14),
        Column(_("Opened"), "date", 12),
        Column(_("Filed"), "date", 12),
        Column(_("Approved"), "date", 12),
        Column(_("Paid on"), "date", 12),
        Column(_("Currency"), width=9),
        Column(_("Claimed"), "amount", 16),
        Column(_("Recognised loss"), "amount", 16),
        Column(_("Indemnity that stands"), "amount", 16),
        Column(_("Paid"), "amount", 16),
        Column(_("Still to be paid"), "amount", 16),
        Column(_("Owed by the firm"), "amount", 16),
        Column(_("Recovered, underwriter’s share"), "amount", 16),
        Column(_("Recovered, firm’s share"), "amount", 16),
        Column(_("Costs of recovery"), "amount", 16),
    ]
    return write_table(out, _("Claims as of %(day)s", day=on.isoformat()), columns, _rows(found), note)


def _rows(found: Iterable[Standing]) -> Iterator[tuple[Value, ...]]:
    for one in found:
        claim = one.claim
        yield (
            claim.number,
            one.notice,
            one.policy,
            str(claim.policy_year),
            claim.firm_name,
            claim.uscc,
            one.obligor.name,
            one.obligor.number,
            country_name(claim.country),
            str(RISK_NAMES[claim.risk]),
            str(TERM_NAMES[claim.payment_term]),
            str(STATE_NAMES[one.state]),
            claim.opened_on,
            one.filed_on,
            one.approved_on,
            one.paid_on,
            claim.currency,
            claim.amount_minor,
            one.loss,
            one.indemnity,
            one.paid,
            one.payable,
            one.owed,
            one.underwriter,
            one.firm,
            one.costs,
        )
