"""The commands. Output in English; exit status 0 only on success; errors in one line on stderr."""

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DatabaseError, OperationalError

from portal.common.clock import InTheFuture
from portal.common.database import NotInitialised
from portal.common.instance import Instance
from portal.common.keys import CannotOpen
from portal.common.problems import ProblemError
from portal.common.rejected import RejectedRow
from portal.common.roles import COMMAND
from portal.migrate import require_current
from portal.scheme.terms import BeforeFirstTerms, UnknownTerms

MOST_READ = 64 * 1024 * 1024  # bytes of one file
MOST_TOLD = 20  # rejected rows; the sheet has them all


class WrongUsage(click.ClickException):
    """The command was called wrongly."""

    exit_code = 2


class PlainCommand(click.Command):
    """A command whose usage errors, too, are one line on stderr."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the arguments; a wrong one is told in one line, with exit status 2."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise WrongUsage(" ".join(error.format_message().split())) from error


class PlainGroup(AppGroup):
    """A group of commands that are all plain; an unknown one, too, is told in one line."""

    command_class = PlainCommand

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was named."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise WrongUsage(" ".join(error.format_message().split())) from error


class Day(click.ParamType[date]):
    """A date as in 2022-03-01."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse YYYY-MM-DD strictly."""
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # told below, like every other text that is no date
        self.fail(f"{value!r} is no date; write it as in 2022-03-01", param, ctx)


DAY = Day()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what can go wrong with input into one line on stderr and exit status 1.

    Whatever a command writes holds people's numbers or firms' totals: the files are nobody else's to read.
    """
    before = os.umask(0o077)
    try:
        yield
    except (ProblemError, UnknownTerms, BeforeFirstTerms, InTheFuture, NotInitialised, CannotOpen) as error:
        raise click.ClickException(" ".join(str(error).split())) from error
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        raise click.ClickException(f"the database does not answer: {reason}") from error
    except DatabaseError as error:
        if type(error.orig) is not sqlite3.DatabaseError:
            raise  # not the file's fault but the portal's
        raise click.ClickException(f"the database file is damaged: {error.orig}") from error
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")) from error
    finally:
        os.umask(before)


def served(check: bool = True, terms: bool = True) -> Instance:
    """The instance the command works on; with `check`, one that `init` has made.

    `terms=False` is for commands that decide nothing and must work before `init` has kept changed terms.
    """
    from portal.setup import require_terms_kept

    instance: Instance = current_app.extensions["tongbao"]
    if check:
        _ = instance.keys
        require_current(instance.database)
        if terms:
            require_terms_kept(instance.database)
    return instance


def read_file(path: Path) -> bytes:
    """A file's content; a missing or huge one is told plainly."""
    size = path.stat().st_size
    if size > MOST_READ:
        raise click.ClickException(f"{path.name} has {size:,} bytes, more than the {MOST_READ:,} a file may have")
    return path.read_bytes()


def tell_rejected(rejected: Sequence[RejectedRow]) -> None:
    """The first rows that were not taken, each with its first problem, and how many more there are."""
    for one in rejected[:MOST_TOLD]:
        heading, problem = one.problems[0]
        where = one.row.address(heading) if heading else f"row {one.row.number}"
        click.echo(f"{where}: {problem.english()}")
    if len(rejected) > MOST_TOLD:
        click.echo(f"… and {len(rejected) - MOST_TOLD} more; --rejected OUT.xlsx has them all")


@click.command("init", cls=PlainCommand)
@with_appcontext
def init_command() -> None:
    """Create or upgrade the database, keys and terms; safe to repeat."""
    from portal.setup import initialise

    with told_plainly():
        initialise(served(check=False))
    click.echo("ready")


def add_commands(app: Flask) -> None:
    """Put every command on `flask --app app`."""
    from portal.accounts import commands as accounts
    from portal.applications import commands as applications
    from portal.claims import commands as claims
    from portal.common import audit_commands, backup_commands
    from portal.demo.commands import demo_command
    from portal.ledger import commands as ledger
    from portal.messages.commands import messages
    from portal.obligors.commands import obligors
    from portal.policies import commands as policies
    from portal.programme import commands as programme
    from portal.recoveries import commands as recoveries
    from portal.reference import commands as reference
    from portal.sponsor import commands as sponsor

    for command in (
        init_command,
        demo_command,
        accounts.staff,
        programme.people,
        messages,
        reference.import_command,
        reference.reference,
        applications.applications,
        applications.decisions,
        policies.policies,
        obligors,
        claims.claims,
        ledger.rates,
        recoveries.ledger,
        sponsor.roster,
        audit_commands.audit,
        backup_commands.backup_command,
        backup_commands.restore_command,
    ):
        app.cli.add_command(command)


__all__ = ["COMMAND", "DAY", "PlainCommand", "PlainGroup", "add_commands", "read_file", "served", "told_plainly"]
