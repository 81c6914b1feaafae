"""`obligors compare PAIRS.csv OUT.csv` and `obligors exclusions FILE`."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.cli import COMMAND, PlainCommand, PlainGroup, read_file, served, tell_rejected, told_plainly
from portal.common import audit
from portal.common.safe_cells import csv_safe
from portal.obligors.exclusion_import import import_exclusions, preview_exclusions
from portal.obligors.matching import compare

NAMES = ("name1", "name2")
ANSWERS = ("lookalike", "score")
obligors = PlainGroup("obligors", help="Buyers and issuing banks.")


@obligors.command("compare", cls=PlainCommand)
@click.argument("pairs", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@with_appcontext
def compare_command(pairs: Path, out: Path) -> None:
    """Tell for each pair of names (columns name1 and name2) whether the portal would show it to a person.

    OUT repeats the rows of PAIRS in their order, with lookalike (true or false) and score (0 to 1) in place of
    columns of these names.
    """
    with told_plainly():
        if pairs.resolve() == out.resolve():
            raise click.ClickException("OUT must be another file than PAIRS")
        text = _text(pairs)
        lines, alike = 0, 0
        kept: list[int] = []
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\n")
        for headings, row in _rows(text, pairs.name):
            if not lines:
                kept = [n for n, heading in enumerate(headings) if heading not in ANSWERS]
                writer.writerow([*(csv_safe(headings[n]) for n in kept), *ANSWERS])
            lines += 1
            if row is None:
                continue
            named = dict(zip(headings, row, strict=True))
            match = compare(named["name1"], named["name2"])
            alike += match.lookalike
            answers = ("true" if match.lookalike else "false", str(match.score))
            writer.writerow([*(csv_safe(row[n]) for n in kept), *answers])
        out.write_text(written.getvalue(), encoding="utf-8", newline="")
    click.echo(f"compared {lines - 1} pairs: {alike} look alike")


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path.name} is not in UTF-8: save it as CSV UTF-8") from None


def _rows(text: str, name: str) -> Iterator[tuple[list[str], list[str] | None]]:
    """The headings alone, then with each row; a wrong file is told with the line at which it is wrong."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    headings: list[str] | None = None
    try:
        for row in reader:
            if not row:
                continue  # an empty line is no row
            if headings is None:
                headings = [cell.strip() for cell in row]
                _check(headings, name)
                yield headings, None
            elif len(row) > len(headings):
                raise click.ClickException(
                    f"{name}, line {reader.line_num}: {len(row)} fields under {len(headings)} headings"
                )
            else:
                yield headings, row + [""] * (len(headings) - len(row))
    except csv.Error as error:
        raise click.ClickException(f"{name}, line {reader.line_num}: {error}") from error
    if headings is None:
        raise click.ClickException(f"{name} is empty; its first line must name the columns {' and '.join(NAMES)}")


def _check(headings: list[str], name: str) -> None:
    missing = [one for one in NAMES if one not in headings]
    if missing:
        raise click.ClickException(f"{name} has no column {' and no column '.join(missing)} in its first line")
    twice = sorted({one for one in headings if headings.count(one) > 1})
    if twice:
        raise click.ClickException(f"{name} names a column twice: {', '.join(twice)}")


@obligors.command("exclusions", cls=PlainCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would happen; write nothing.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Write the rejected rows to this workbook.")
@with_appcontext
def exclusions_command(file: Path, dry_run: bool, rejected: Path | None) -> None:
    """Import a workbook of excluded and sanctioned countries and parties (方案, 类型, 国家代码, 名称, …)."""
    with told_plainly():
        instance = served()
        data = read_file(file)
        if dry_run:
            result = preview_exclusions(instance, data)
        else:
            result = import_exclusions(instance, COMMAND, data, file.name)
        if rejected is not None:
            rejected.write_bytes(result.rejected_sheet())
            audit.note(instance.database, COMMAND, "obligors.rejected_exclusions", file.name, audit.DOWNLOADED)
    tell_rejected(result.rejected)
    if dry_run:
        click.echo("Dry run: nothing was written.")
    elif not result.changed:
        click.echo("No entry is new or gone; nothing was changed.")
    click.echo(
        f"exclusions: read {result.read} added {result.total('added')} gone {result.total('gone')} "
        f"unchanged {result.total('unchanged')} rejected {len(result.rejected)}"
    )
