"""Bad input ends in one line on stderr and a failure, never in a traceback, and changes nothing."""

from pathlib import Path

import pytest

from tests.main_run.commands import Commands, write_samples
from tests.prepared import settings_in

APPLY = ("--scheme", "xiamen-2022", "--on", "2022-03-01")


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """The commands on an initialised instance, with good and bad files beside it."""
    made = Commands(settings_in(tmp_path / "instance"))
    made.done("init")
    write_samples(tmp_path)
    (tmp_path / "letter.txt").write_text("厦门市商务局\n")
    (tmp_path / "letter.xlsx").write_text("厦门市商务局\n")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    return made


FILE_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("import", "registry", "{}"),
    ("import", "customs", "{}"),
    ("import", "lists", "{}"),
    ("import", "lists", "{}", "--dry-run"),
    ("applications", "import", "{}", *APPLY),
    ("roster", "verify", "{}"),
    ("restore", "{}"),
)


@pytest.mark.parametrize("command", FILE_COMMANDS, ids=lambda c: " ".join(c[:2]))
@pytest.mark.parametrize("name", ["nowhere.xlsx", "instance", "letter.txt", "letter.xlsx", "empty.xlsx"])
def test_a_file_that_is_none(commands: Commands, tmp_path: Path, command: tuple[str, ...], name: str) -> None:
    message = commands.refused(*(str(tmp_path / name) if part == "{}" else part for part in command))
    if name == "nowhere.xlsx":
        assert "No such file" in message
    if name == "instance":
        assert "Is a directory" in message


@pytest.mark.parametrize(
    "command",
    [
        ("decisions", "export", "{}"),
        ("roster", "export", "{}", "--scheme", "xiamen-2022"),
        ("backup", "{}"),
    ],
    ids=lambda c: " ".join(c[:2]),
)
def test_a_place_that_cannot_be_written(commands: Commands, tmp_path: Path, command: tuple[str, ...]) -> None:
    out = tmp_path / "no" / "folder" / "out"
    commands.refused(*(str(out) if part == "{}" else part for part in command))
    commands.refused(*(str(tmp_path) if part == "{}" else part for part in command))
    assert not out.exists()


def test_a_date_before_the_scheme_is_an_error_that_names_both(commands: Commands, tmp_path: Path) -> None:
    message = commands.refused(
        "applications", "import", tmp_path / "applications.xlsx", "--scheme", "xiamen-2022", "--on", "2019-12-31"
    )
    assert "2019-12-31" in message
    assert "2022-01-01" in message
    message = commands.refused("policies", "issue", "--scheme", "xiamen-2022", "--on", "2021-12-31")
    assert "2021-12-31" in message
    assert "2022-01-01" in message


@pytest.mark.parametrize(
    "command",
    [
        ("applications", "import", "x.xlsx", "--scheme", "atlantis", "--on", "2022-03-01"),
        ("policies", "issue", "--scheme", "atlantis", "--on", "2022-03-01"),
        ("roster", "export", "x.xlsx", "--scheme", "atlantis"),
    ],
)
def test_an_unknown_scheme_is_named(commands: Commands, tmp_path: Path, command: tuple[str, ...]) -> None:
    changed = [
        str(tmp_path / "applications.xlsx") if part == "x.xlsx" and command[1] == "import" else part
        for part in command
    ]
    changed = [str(tmp_path / "out.xlsx") if part == "x.xlsx" else part for part in changed]
    assert "atlantis" in commands.refused(*changed)
    assert not (tmp_path / "out.xlsx").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("import",),
        ("import", "weather", "x.xlsx"),
        ("import", "registry"),
        ("import", "registry", "x.xlsx", "--quickly"),
        ("applications", "import", "x.xlsx"),
        ("applications", "import", "x.xlsx", "--scheme", "xiamen-2022", "--on", "yesterday"),
        ("applications", "import", "x.xlsx", "--scheme", "xiamen-2022", "--on", "2022-02-30"),
        ("applications", "import", "x.xlsx", "--scheme", "xiamen-2022", "--on", "20220301"),
        ("policies", "issue"),
        ("policies", "issue", "--scheme", "xiamen-2022", "--on", "1/3/2022"),
        ("roster", "export", "x.xlsx"),
        ("roster", "verify"),
        ("backup",),
        ("restore", "x.zip", "--gently"),
        ("staff", "add", "nobody@example.com"),
    ],
    ids=" ".join,
)
def test_a_command_called_wrongly(commands: Commands, command: tuple[str, ...]) -> None:
    commands.refused(*command, status=2)


@pytest.mark.parametrize(
    "command",
    [
        ("import", "registry", "x.xlsx"),
        ("decisions", "replay"),
        ("audit", "verify"),
        ("backup", "x.zip"),
        ("policies", "issue", "--scheme", "xiamen-2022", "--on", "2022-03-02"),
    ],
    ids=" ".join,
)
def test_before_init_one_is_told_to_run_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    message = Commands(settings_in(tmp_path / "none")).refused(*command)
    assert "run `flask --app app init`" in message
    assert not (tmp_path / "none").exists()


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    there = Commands(settings_in(tmp_path / "instance"))
    there.done("init")
    url = f"postgresql://nobody@/nothing?host={tmp_path}"
    message = Commands(settings_in(tmp_path / "instance", url)).refused("audit", "verify")
    assert "the database does not answer" in message


def test_a_damaged_database_file_is_told(tmp_path: Path) -> None:
    there = Commands(settings_in(tmp_path / "instance"))
    there.done("init")
    (tmp_path / "instance" / "portal.db").write_bytes(b"no database at all " * 1000)
    assert "the database file is damaged" in there.refused("audit", "verify")
    assert "the database file is damaged" in there.refused("init")


@pytest.mark.parametrize("address", ["portal.db", "oracle://nobody@nowhere/x", "sqlite:/x"])
def test_an_address_that_is_of_no_database_is_told(tmp_path: Path, address: str) -> None:
    Commands(settings_in(tmp_path / "instance")).done("init")
    there = Commands(settings_in(tmp_path / "instance", address))
    assert "PORTAL_DATABASE_URL" in there.refused("audit", "verify")


def test_bad_input_leaves_no_trace(commands: Commands, tmp_path: Path) -> None:
    before = commands.done("audit", "verify")
    commands.refused("import", "registry", tmp_path / "letter.xlsx")
    commands.refused("applications", "import", tmp_path / "letter.xlsx", *APPLY)
    assert commands.done("audit", "verify") == before
