"""Imports that meet, and an import that is killed: nothing is ever half there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier, Thread

from sqlalchemy import select

from portal.common.audit_check import verify_audit
from portal.common.instance import Instance
from portal.reference.records import RegistryRow, SourceVersion
from tests.reference.pages import rows_of
from tests.samples import import_one, registry_book, registry_line, valid_uscc

ROOT = Path(__file__).resolve().parent.parent.parent


def book(first: int, last: int) -> bytes:
    """A registry of the firms from one number to another."""
    return registry_book(registry_line(valid_uscc(n), f"厦门样本{n}示例有限公司") for n in range(first, last))


def test_two_imports_at_once_end_in_one_after_the_other(instance: Instance) -> None:
    books = [book(0, 300), book(150, 450)]
    ready = Barrier(2)

    def run(data: bytes) -> None:
        ready.wait()
        import_one(instance, "registry", data)

    threads = [Thread(target=run, args=(data,)) for data in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with instance.database.reading() as session:
        versions = session.execute(select(SourceVersion).order_by(SourceVersion.number)).scalars().all()
        current = session.execute(select(RegistryRow).where(RegistryRow.replaced_version.is_(None))).scalars()
        absent = {row.uscc for row in current if row.absent_version is not None}
        assert verify_audit(session).first_break is None
    assert [version.number for version in versions] == [1, 2]
    assert [(version.added, version.absent) for version in versions] == [(300, 0), (150, 150)]
    assert rows_of(instance, RegistryRow) == 450
    assert absent in ({valid_uscc(n) for n in range(150)}, {valid_uscc(n) for n in range(300, 450)})


# Holds the import inside its transaction, all rows written and none committed, and says so.
KILLED_IMPORT = """
import sys, time
from portal.common.roles import COMMAND
from portal.factory import create_app
from portal.reference import actions

def hold(session, who, version):
    session.flush()
    print("written", flush=True)
    time.sleep(600)

instance = create_app().extensions["tongbao"]
actions.import_source(instance, COMMAND, "registry", open(sys.argv[1], "rb").read(), "killed.xlsx", hold)
"""


def test_an_import_killed_in_the_middle_leaves_nothing_and_the_next_run_is_fine(
    instance: Instance, tmp_path: Path
) -> None:
    data = book(0, 500)
    file = tmp_path / "registry.xlsx"
    file.write_bytes(data)
    database = Path(str(instance.settings.database_url).removeprefix("sqlite:///"))
    instance.database.engine.dispose()
    environment = {**os.environ, "PORTAL_INSTANCE": str(instance.settings.instance), "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED_IMPORT, str(file)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "written\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert database.exists()
    assert rows_of(instance, RegistryRow) == rows_of(instance, SourceVersion) == 0
    with instance.database.reading() as session:
        assert verify_audit(session).first_break is None
    started = time.monotonic()
    counts = import_one(instance, "registry", data).counts
    assert (counts.added, counts.rejected) == (500, 0)
    assert time.monotonic() - started < 30  # the dead writer's lock is not waited for
