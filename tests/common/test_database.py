"""Sessions on both databases: writes lock before they read, reads see one state, nothing is half done."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.database import Database
from portal.common.instance import Instance
from portal.common.roles import COMMAND


def entries(database: Database) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()


def at_once(*jobs: Any) -> list[BaseException]:
    """Run the jobs in threads that start together; gives what they raised."""
    start, raised = threading.Barrier(len(jobs)), list[BaseException]()

    def run(job: Any) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_making_a_database_touches_nothing(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'portal.db'}")
    assert list(tmp_path.iterdir()) == []


def test_sqlite_loses_nothing_in_a_power_cut(instance: Instance) -> None:
    with instance.database.reading() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_write_that_fails_leaves_nothing(either_instance: Instance) -> None:
    before = entries(either_instance.database)
    with pytest.raises(ZeroDivisionError), audit.write(either_instance.database, COMMAND, "test.fails"):
        raise ZeroDivisionError

    def write_then_fail() -> None:
        with either_instance.database.locked() as session:
            with audit.audited(session, COMMAND, "test.fails"):
                pass
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_then_fail()
    assert entries(either_instance.database) == before


def test_writers_wait_for_each_other_and_see_what_the_one_before_wrote(either_instance: Instance) -> None:
    database = either_instance.database
    seen: list[int] = []

    def count_then_write() -> None:
        for _ in range(5):
            with database.locked() as session:
                seen.append(session.execute(select(func.max(AuditEntry.seq))).scalar_one())
                with audit.audited(session, COMMAND, "test.count"):
                    pass

    before = entries(database)
    assert at_once(*[count_then_write] * 4) == []
    assert sorted(seen) == list(range(before, before + 20))


def test_a_read_keeps_seeing_the_state_it_began_with(either_instance: Instance) -> None:
    database = either_instance.database
    with database.reading() as session:
        before = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
        audit.note(database, COMMAND, "test.meanwhile", "", audit.LOOKED)
        assert session.execute(select(func.count()).select_from(AuditEntry)).scalar_one() == before
    assert entries(database) == before + 1


def test_reading_goes_on_while_somebody_writes(either_instance: Instance) -> None:
    database = either_instance.database
    with database.locked() as session:
        with audit.audited(session, COMMAND, "test.write"):
            pass
        before = entries(database)
    assert entries(database) == before + 1


def test_foreign_keys_are_kept(either_instance: Instance) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        with either_instance.database.locked() as session:
            session.execute(text("INSERT INTO customs_years (version_id, year) VALUES (999, 2021)"))
