"""The whole run on the small made-up sample, by the commands alone, on both databases."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import text

from portal.common.database import Database
from tests.main_run.commands import Commands, write_samples
from tests.prepared import settings_in
from tests.samples import FIRMS, OUTCOMES

APPLY = ("--scheme", "xiamen-2022", "--on", "2022-03-01")
ISSUE = ("policies", "issue", "--scheme", "xiamen-2022", "--on", "2022-03-02")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def commands(request: pytest.FixtureRequest, tmp_path: Path) -> Commands:
    """The commands on an instance that is only initialised, with the sample files beside it."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    made = Commands(settings_in(tmp_path / "instance", url))
    assert made.done("init") == "ready"
    write_samples(tmp_path)
    return made


def import_sources(commands: Commands, folder: Path, *names: str) -> None:
    for name in names or ("registry", "customs", "lists"):
        commands.done("import", name, folder / f"{name}.xlsx")


def test_the_whole_run(commands: Commands, tmp_path: Path) -> None:
    assert commands.done("init") == "ready"
    assert commands.done("import", "registry", tmp_path / "registry.xlsx") == (
        "registry: read 6 added 6 changed 0 unchanged 0 rejected 0"
    )
    assert commands.done("import", "customs", tmp_path / "customs.xlsx") == (
        "customs: read 5 added 5 changed 0 unchanged 0 rejected 0"
    )
    assert commands.done("import", "lists", tmp_path / "lists.xlsx") == (
        "lists: read 3 added 3 changed 0 unchanged 0 rejected 0"
    )
    assert commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY) == (
        "applications: read 6 added 6 unchanged 0 rejected 0 eligible 1 referred 2 ineligible 3 awaiting 0"
    )
    assert commands.done("decisions", "export", tmp_path / "out.csv") == "decisions: exported 6"
    assert commands.done(*ISSUE) == "policies: issued 1 refused 0"
    assert commands.done("roster", "export", tmp_path / "r.xlsx", "--scheme", "xiamen-2022").startswith(
        "roster: lines 1 fingerprint "
    )
    assert commands.done("roster", "verify", tmp_path / "r.xlsx") == "roster: unaltered"
    assert commands.done("decisions", "replay") == "replay: same 7 erased 0 differ 0"
    assert " unbroken, head " in commands.done("audit", "verify")


def test_the_export_holds_the_machines_first_decision_on_each(commands: Commands, tmp_path: Path) -> None:
    import_sources(commands, tmp_path)
    commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    commands.done("decisions", "export", tmp_path / "out.csv", "--scheme", "xiamen-2022")
    with (tmp_path / "out.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["uscc"] for line in lines] == [firm.uscc for firm in FIRMS]
    outcomes = {firm.uscc: outcome for outcome, firms in OUTCOMES.items() for firm in firms}
    assert {line["uscc"]: line["decision"] for line in lines} == outcomes
    assert [line["base_year_exports_usd"] for line in lines] == [firm.exports or "" for firm in FIRMS]
    giant, silent = lines[2], lines[4]
    assert (giant["failed"], giant["referred"]) == ("exports_within_cap", "")
    assert (silent["failed"], silent["referred"]) == ("", "exports_above_zero exports_within_cap")


def test_everything_again_changes_nothing(commands: Commands, tmp_path: Path) -> None:
    import_sources(commands, tmp_path)
    commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    assert commands.done(*ISSUE) == "policies: issued 1 refused 0"
    assert commands.done("import", "registry", tmp_path / "registry.xlsx") == (
        "registry: read 6 added 0 changed 0 unchanged 6 rejected 0"
    )
    assert commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY) == (
        "applications: read 6 added 0 unchanged 6 rejected 0 eligible 1 referred 2 ineligible 3 awaiting 0"
    )
    assert commands.done(*ISSUE) == "policies: issued 0 refused 0"
    assert commands.done("decisions", "replay") == "replay: same 7 erased 0 differ 0"


def test_a_dry_run_writes_nothing(commands: Commands, tmp_path: Path) -> None:
    told = commands.run("import", "registry", tmp_path / "registry.xlsx", "--dry-run")
    assert told.last == "registry: read 6 added 6 changed 0 unchanged 0 rejected 0"
    assert "Dry run: nothing was written." in told.lines
    assert commands.done("import", "registry", tmp_path / "registry.xlsx") == told.last


@pytest.mark.parametrize("absent", ["registry", "customs", "lists"])
def test_with_a_source_missing_everything_waits_until_the_import_that_completes_them(
    commands: Commands, tmp_path: Path, absent: str
) -> None:
    import_sources(commands, tmp_path, *({"registry", "customs", "lists"} - {absent}))
    told = commands.run("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    assert told.status == 3
    assert absent in told.error
    assert told.error.count("\n") == 1
    assert told.last == (
        "applications: read 6 added 6 unchanged 0 rejected 0 eligible 0 referred 0 ineligible 0 awaiting 6"
    )
    assert commands.done("decisions", "replay") == "replay: same 0 erased 0 differ 0"
    assert commands.done(*ISSUE) == "policies: issued 0 refused 0"
    commands.done("import", absent, tmp_path / f"{absent}.xlsx")
    assert commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY) == (
        "applications: read 6 added 0 unchanged 6 rejected 0 eligible 1 referred 2 ineligible 3 awaiting 0"
    )
    assert commands.done(*ISSUE) == "policies: issued 1 refused 0"
    assert " unbroken, head " in commands.done("audit", "verify")


def test_with_no_source_at_all_every_source_is_named(commands: Commands, tmp_path: Path) -> None:
    told = commands.run("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    assert told.status == 3
    assert all(source in told.error for source in ("registry", "customs", "lists"))


def test_a_customs_file_of_another_year_is_a_missing_source(commands: Commands, tmp_path: Path) -> None:
    from tests.samples import HARBOUR, customs_book, customs_line

    book = customs_book([customs_line(HARBOUR.uscc, HARBOUR.name, "1.00", year=2020)])
    (tmp_path / "customs.xlsx").write_bytes(book)
    import_sources(commands, tmp_path)
    told = commands.run("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    assert told.status == 3
    assert "customs" in told.error


def test_a_decision_altered_in_the_database_is_found_by_the_replay_and_by_the_trail(
    commands: Commands, tmp_path: Path
) -> None:
    import_sources(commands, tmp_path)
    commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    database = Database(commands.settings.database_url)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE decisions SET outcome = 'eligible' WHERE outcome = 'ineligible'"))
    database.engine.dispose()
    told = commands.run("decisions", "replay")
    assert (told.status, told.last) == (1, "replay: same 3 erased 0 differ 3")
    assert "differs from its last recorded state" in commands.refused("audit", "verify")


def test_a_roster_with_one_cell_altered_is_found(commands: Commands, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    import_sources(commands, tmp_path)
    commands.done("applications", "import", tmp_path / "applications.xlsx", *APPLY)
    commands.done(*ISSUE)
    commands.done("roster", "export", tmp_path / "r.xlsx", "--scheme", "xiamen-2022")
    book = load_workbook(tmp_path / "r.xlsx")
    sheet = book.worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == FIRMS[0].name)
    cell.value = "别的公司"
    book.save(tmp_path / "r.xlsx")
    told = commands.run("roster", "verify", tmp_path / "r.xlsx")
    assert told.status == 1
    assert any(cell.coordinate in line and "别的公司" in line for line in told.lines)
