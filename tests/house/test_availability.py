"""A test that cannot run on this machine is told of, and in CI it fails with the command that helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.availability import NEEDS, lines_of
from tests.house.source import ROOT

ONE = "tests/main_run/test_shared_data.py::test_the_whole_run_on_sqlite"


def run_without_data(nowhere: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test that needs the shared data where there is none."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST", "PORTAL"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE, *options],
        cwd=ROOT,
        env={**kept, "PORTAL_SHARED_DATA": str(nowhere), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_elsewhere_it_is_told_and_counted(tmp_path: Path, workers: str) -> None:
    result = run_without_data(tmp_path, workers)
    assert "NOT RUN: 1 test marked shared_data, because the shared data is missing. To run: " in result.stdout
    assert "skipped" not in result.stdout


def test_in_ci_it_fails_and_names_what_helps(tmp_path: Path) -> None:
    result = run_without_data(tmp_path, "-n0", CI="true")
    assert result.returncode == 1
    assert "the shared data is missing. What helps: PORTAL_SHARED_DATA=" in result.stdout


def test_every_need_has_its_marker_and_its_line(pytestconfig: pytest.Config) -> None:
    declared = {line.split(":")[0] for line in pytestconfig.getini("markers")}
    assert {need.marker for need in NEEDS} <= declared
    assert len(list(lines_of({need.marker: 2 for need in NEEDS}))) == len(NEEDS)
    assert list(lines_of({})) == []
