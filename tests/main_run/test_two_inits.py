"""Several `init` at the same moment, as when a service starts twice: one key, one set of tables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal import migrate
from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.common.keys import load_keys
from tests.availability import ROOT
from tests.prepared import settings_in


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_three_inits_at_once_make_one_instance(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    settings = settings_in(tmp_path / "instance", url)
    environment = {
        **os.environ,
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "init"]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=120) for process in running]
    assert told == [("ready\n", "")] * 3
    assert [process.returncode for process in running] == [0, 0, 0]
    assert [path.name for path in settings.keys_file.parent.iterdir()] == ["portal.json"]
    instance = Instance(settings)
    assert instance.keys == load_keys(settings.keys_file)
    migrate.require_current(instance.database)
    with instance.database.reading() as session:
        report = verify_audit(session)
    assert (report.first_break, report.entries) == (None, 2)  # terms kept, calendar put in, each once
    instance.database.engine.dispose()
