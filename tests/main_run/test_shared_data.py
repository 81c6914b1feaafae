"""The whole run on the shared data: every one of 3,090 decisions is the expected one, on both databases."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portal.common import clock
from tests.availability import shared_data
from tests.main_run.commands import Commands
from tests.postgres import Server, fresh_database
from tests.prepared import A_MORNING, settings_in

SCHEME = ("--scheme", "xiamen-2022")
SOURCES = {"registry": "registry.xlsx", "customs": "customs_exports_2021.xlsx", "lists": "blacklist.xlsx"}
DECIDED = "rejected 0 eligible 2473 referred 93 ineligible 524 awaiting 0"


@dataclass
class Run:
    """A run from nothing to issued policies: the last line of each command, by its name."""

    commands: Commands
    folder: Path
    said: dict[str, str] = field(default_factory=dict)

    def go(self) -> "Run":
        """Run everything once, by the commands alone."""
        data = shared_data()
        with clock.fixed(A_MORNING):
            self.say("init", "init")
            for source, name in SOURCES.items():
                self.say(source, "import", source, data / name)
            applications = (
                "applications",
                "import",
                data / "applications_2022.xlsx",
                *SCHEME,
                "--on",
                "2022-03-01",
            )
            self.say("applications", *applications)
            self.say("applications again", *applications)
            self.say("export", "decisions", "export", self.folder / "decisions.csv", *SCHEME)
            self.say("issue", "policies", "issue", *SCHEME, "--on", "2022-03-02")
            self.say("issue again", "policies", "issue", *SCHEME, "--on", "2022-03-02")
            roster = self.folder / "roster.xlsx"
            self.say("roster", "roster", "export", roster, *SCHEME, "--as-of", "2022-12-31")
            self.say("verify", "roster", "verify", roster)
            self.say("replay", "decisions", "replay")
            self.say("audit", "audit", "verify")
        return self

    def say(self, name: str, *args: str | Path) -> None:
        """Run one command, which must succeed, and keep its last line."""
        self.said[name] = self.commands.done(*args)


@pytest.fixture(scope="module")
def sqlite_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run on SQLite, made once."""
    folder = tmp_path_factory.mktemp("run")
    return Run(Commands(settings_in(folder / "instance")), folder).go()


@pytest.fixture(scope="module")
def postgres_run(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The run on PostgreSQL, made once."""
    folder = tmp_path_factory.mktemp("run-on-postgres")
    with fresh_database(postgres_server) as name:
        yield Run(Commands(settings_in(folder / "instance", postgres_server.url_of(name))), folder).go()


def expected() -> list[dict[str, str]]:
    return rows(shared_data() / "expected_decisions.csv")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["uscc"])


def assert_as_promised(run: Run) -> None:
    """Every decision is the expected one, and every command ends with the line that others read."""
    wanted = expected()
    assert len(wanted) == 3090
    assert rows(run.folder / "decisions.csv") == wanted
    said = dict(run.said)
    assert said.pop("init") == "ready"
    for source in SOURCES:
        line = said.pop(source)
        found = re.fullmatch(rf"{source}: read (\d+) added (\d+) changed 0 unchanged 0 rejected (\d+)", line)
        assert found is not None, line
        assert int(found[1]) == int(found[2]) + int(found[3]) > 0
    issued = re.fullmatch(r"policies: issued (\d+) refused 0", said["issue"])
    assert issued is not None, said["issue"]
    assert int(issued[1]) == 2473
    assert re.fullmatch(r"roster: lines 2473 fingerprint [0-9a-f]{64}", said.pop("roster"))
    assert re.fullmatch(r"audit: entries \d+ rows \d+ unbroken, head \d+ [0-9a-f]{16}", said.pop("audit"))
    assert said == {
        "applications": f"applications: read 3090 added 3090 unchanged 0 {DECIDED}",
        "applications again": f"applications: read 3090 added 0 unchanged 3090 {DECIDED}",
        "export": "decisions: exported 3090",
        "issue": "policies: issued 2473 refused 0",
        "issue again": "policies: issued 0 refused 0",
        "verify": "roster: unaltered",
        "replay": f"replay: same {3090 + 2473} erased 0 differ 0",
    }


@pytest.mark.shared_data
@pytest.mark.xdist_group("shared_data_on_sqlite")
def test_the_whole_run_on_sqlite(sqlite_run: Run) -> None:
    assert_as_promised(sqlite_run)


@pytest.mark.shared_data
@pytest.mark.postgres
@pytest.mark.xdist_group("shared_data_on_postgres")
def test_the_whole_run_on_postgresql(postgres_run: Run) -> None:
    assert_as_promised(postgres_run)


@pytest.mark.shared_data
@pytest.mark.postgres
@pytest.mark.xdist_group("shared_data_on_sqlite")
def test_the_whole_city_moves_from_sqlite_to_postgresql(
    sqlite_run: Run, postgres_url: str, tmp_path: Path
) -> None:
    assert sqlite_run.commands.done("backup", tmp_path / "city.zip").startswith("backup: tables ")
    moved = Commands(settings_in(sqlite_run.commands.settings.instance, postgres_url))
    assert moved.done("restore", tmp_path / "city.zip").startswith("restore: tables ")
    assert moved.done("decisions", "replay") == sqlite_run.said["replay"]
    assert " unbroken, head " in moved.done("audit", "verify")
    moved.done("decisions", "export", tmp_path / "decisions.csv", *SCHEME)
    assert rows(tmp_path / "decisions.csv") == expected()
    assert moved.done("roster", "verify", sqlite_run.folder / "roster.xlsx") == "roster: unaltered"
    assert moved.done("policies", "issue", *SCHEME, "--on", "2022-03-02") == "policies: issued 0 refused 0"
