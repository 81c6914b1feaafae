"""The rulebook stands alone."""

import ast
import subprocess
import sys
from pathlib import Path

import portal.scheme

FOLDER = Path(portal.scheme.__file__).parent
CLOCKS = {"today", "now", "utcnow", "time_ns", "monotonic"}


def _modules(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "name the module in full"
            found.add(node.module or "")
    return found


def test_the_rulebook_imports_only_the_standard_library_and_itself() -> None:
    files = sorted(FOLDER.rglob("*.py"))
    assert len(files) > 10
    for file in files:
        for module in _modules(ast.parse(file.read_text(encoding="utf-8"))):
            own = module == "portal.scheme" or module.startswith("portal.scheme.")
            assert own or module.split(".")[0] in sys.stdlib_module_names, (
                f"{file.name} imports {module}: pass what it needs as an argument instead"
            )


def test_the_rulebook_reads_no_clock() -> None:
    for file in FOLDER.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert "time" not in _modules(tree), f"{file.name}: dates are arguments"
        read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & CLOCKS
        assert not read, f"{file.name} calls {read}: dates are arguments"


def test_the_rulebook_holds_no_float() -> None:
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            inexact = isinstance(node, ast.Constant) and isinstance(node.value, float)
            assert not inexact, f"{file.name}: amounts and shares are Decimal"


def test_importing_the_rulebook_brings_no_web_and_no_database() -> None:
    program = "import sys, portal.scheme.canonical, portal.scheme.cover; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=FOLDER.parent.parent
    )
    assert not {"flask", "sqlalchemy", "babel"} & set(loaded.stdout.split())
