"""Files stay short, public things say what they do, versions are pinned, and nothing speaks of a machine."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from tests.house.source import GENERATED, ROOT, modules, told

FOLDERS = ("portal", "tests", "templates", "static", "benchmarks", ".ci", "docs")
KINDS = {".py", ".pyi", ".html", ".css", ".js", ".toml", ".md", ".txt", ".csv", ".mako", ".po", ".sh", ".yml", ""}
LONGEST = 600  # lines; past 400 look for the second idea
NOT_CODE = {".po", ".csv", ".txt", ".md"}
# Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.~>])/" + r"(?:wo" + r"rk|ro" + r"ot|ho" + r"me|t" + r"mp)/[\w.]")


def own_files() -> Iterator[Path]:
    """Every text file of the repository that we write."""
    roots = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        roots += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(roots):
        if path.suffix in KINDS and "__pycache__" not in path.parts and path.name != ".git":
            yield path


def test_no_file_is_longer_than_one_can_read() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in own_files()
        if path.suffix not in NOT_CODE and GENERATED not in path.parents and "fonts" not in path.parts
        if (lines := path.read_text().count("\n")) >= LONGEST
    ]
    told(faults, "find the second idea in the file and give it a file of its own")


def public_without_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Public classes, functions and methods without a docstring, and a module that says nothing of itself."""
    if tree.body and ast.get_docstring(tree) is None:
        yield 1, "the module"
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            if ast.get_docstring(node) is None:
                yield node.lineno, node.name
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                method = isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_")
                if isinstance(inner, ast.FunctionDef) and method and ast.get_docstring(inner) is None:
                    yield inner.lineno, f"{node.name}.{inner.name}"


def test_everything_public_says_what_it_does() -> None:
    faults = [f"{m.at(line)}: {name}" for m in modules() for line, name in public_without_words(m.tree)]
    told(faults, "say what it does, with units, currency, errors and the article or source it follows")


def test_nothing_speaks_of_a_machine() -> None:
    faults = []
    for path in own_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if found := MACHINE.search(line):
                faults.append(f"{path.relative_to(ROOT)}:{number}: {found.group()}…")
    told(faults, "name places by settings or relative to the repository")


def requirements(name: str) -> list[str]:
    """The lines of a requirements file that name something."""
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [line for line in lines if line]


def test_every_requirement_is_pinned_and_that_version_is_what_runs_here() -> None:
    faults = []
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in requirements(file):
            if line == "-r requirements.txt":
                continue
            found = re.fullmatch(r"([\w-]+)(?:\[\w+\])?==([\w.]+)", line)
            if found is None:
                faults.append(f"{file}: {line} is not pinned")
            elif version(found[1]) != found[2]:
                faults.append(f"{file}: {line}, but {version(found[1])} is installed")
    told(faults, "pin each library as name==version, and install what is pinned")
