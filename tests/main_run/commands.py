"""Calling the portal's commands as a person does, and holding them to what was promised of them."""

import re
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result

from portal.common.config import Settings
from portal.factory import create_app
from tests import samples


@dataclass(frozen=True)
class Told:
    """What a command said: its exit status, its lines on stdout, and what stood on stderr."""

    status: int
    lines: list[str]
    error: str

    @property
    def last(self) -> str:
        """The last line, which others read."""
        return self.lines[-1]


@dataclass(frozen=True)
class Commands:
    """`flask --app app …` on one instance."""

    settings: Settings

    def run(self, *args: str | Path) -> Told:
        """Run a command; anything but an ordinary exit is an error of the portal."""
        app = create_app(self.settings)
        try:
            result: Result = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
        finally:
            if "database" in vars(app.extensions["tongbao"]):
                app.extensions["tongbao"].database.engine.dispose()
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Told(result.exit_code, result.stdout.splitlines(), result.stderr)

    def done(self, *args: str | Path) -> str:
        """Run a command that must succeed without a word on stderr; gives its last line."""
        told = self.run(*args)
        assert (told.status, told.error) == (0, ""), told
        return told.last

    def refused(self, *args: str | Path, status: int = 1) -> str:
        """Run a command that must end in one line on stderr and nothing on stdout; gives that line."""
        told = self.run(*args)
        assert told.status == status, told
        assert told.lines == []
        assert re.fullmatch(r"Error: [^\n]+\n", told.error), told.error
        return told.error.strip()


def write_samples(folder: Path) -> None:
    """The small made-up files: three sources and the applications."""
    for name, content in (
        ("registry", samples.registry_book()),
        ("customs", samples.customs_book()),
        ("lists", samples.lists_book()),
        ("applications", samples.applications_book()),
    ):
        (folder / f"{name}.xlsx").write_bytes(content)
