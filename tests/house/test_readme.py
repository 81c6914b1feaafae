"""What the README and the map name is there, and what is there they name."""

import re
from collections.abc import Iterator

import click
from flask import Flask

from tests.house.source import PORTAL, ROOT, modules, told
from tests.house.test_files import requirements

README = ROOT / "README.md"
MAP = PORTAL / "README.md"
LIBRARIES_OWN = ("routes", "run", "shell", "openapi")  # commands that come with Flask and flask-smorest


def words_of_code(text: str) -> set[str]:
    """What stands between backquotes on one line, outside of blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)))


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below this one, by the words it is called with."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, f"{path} {name}".strip())
    else:
        yield path, command


def rows_of_commands() -> dict[str, str]:
    """The README's table of commands: how each is called, by the row's first cell."""
    part = README.read_text().split("### Commands")[1].split("\n### ")[0]
    calls = re.findall(r"^\| (`.+?`) \| ", part, flags=re.MULTILINE)
    return {call: call for row in calls for call in re.findall(r"`([^`]+)`", row)}


def test_every_setting_that_the_portal_reads_is_in_the_readme_and_no_other() -> None:
    read = {
        name for module in modules() for name in re.findall(r"[\"'](PORTAL_[A-Z_]+)[\"']", module.path.read_text())
    }
    table = README.read_text().split("### Settings")[1].split("\n### ")[0]
    assert set(re.findall(r"`(PORTAL_[A-Z_]+)`", table)) == read


def test_every_command_is_in_the_readme_with_its_options_and_no_other(app: Flask) -> None:
    calls = rows_of_commands()
    faults, seen = [], set()
    for name, command in leaves(app.cli):
        if name.split()[0] in LIBRARIES_OWN:
            continue
        row = next((call for call in calls if f"{call} ".startswith(f"{name} ")), None)
        if row is None:
            faults.append(f"{name} is not in the table")
            continue
        seen.add(row)
        options = {flag for one in command.params if isinstance(one, click.Option) for flag in one.opts}
        told_there = set(re.findall(r"--[a-z-]+", row))
        if options - {"--help"} != told_there:
            faults.append(f"{name} takes {sorted(options)}, the README says {sorted(told_there)}")
    faults += [f"there is no command {call}" for call in calls if call not in seen]
    told(faults, "bring the README's table of commands up to date")


def test_every_library_is_in_the_readme_and_no_other() -> None:
    def plain(name: str) -> str:
        return re.split(r"[\[=]", name)[0].lower().replace("_", "-")

    needed = {
        plain(line)
        for file in ("requirements.txt", "requirements-dev.txt")
        for line in requirements(file)
        if not line.startswith("-r")
    }
    rows = re.findall(r"^\| (.+?) \|", README.read_text().split("### Libraries")[1], flags=re.MULTILINE)
    named = {plain(one.strip()) for row in rows if row != "library" for one in row.split(",")} - {"---"}
    assert named == needed


def test_every_place_that_the_map_names_is_there() -> None:
    places = {
        one
        for one in words_of_code(MAP.read_text())
        if re.fullmatch(r"[\w./-]+\.(?:py|toml|typ|csv|css|html)|[\w/]+/", one)
    }
    assert len(places) > 100
    told(
        [
            f"{one} is nowhere"
            for one in sorted(places)
            if "/" in one and not ((PORTAL / one).exists() or (ROOT / one).exists())
        ],
        "name the file where the answer stands now",
    )
