"""Backup and restore: one consistent file for both databases, put back wholly or not at all, and no key in it."""

import base64
import json
import stat
import threading
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from portal import migrate
from portal.applications.deciding import replay_all
from portal.applications.records import Application
from portal.common import audit
from portal.common.audit import AuditEntry
from portal.common.audit_check import verify_audit
from portal.common.backup import LEFT_OUT, Manifest, make_backup, tables_in_backup
from portal.common.instance import Instance
from portal.common.people import People, PersonKey
from portal.common.roles import COMMAND
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.reference.actions import upload_source
from portal.reference.records import CustomsLine
from portal.setup import initialise
from portal.tables import metadata
from tests.common.backups import assert_whole, fill, refused, run, state
from tests.prepared import settings_in
from tests.samples import (
    FIRMS,
    HARBOUR,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
)


def test_a_backup_comes_back_row_for_row_with_one_entry_that_says_so(
    instance: Instance, backup: Path, elsewhere: Instance
) -> None:
    before = state(instance)
    result = run(elsewhere, "restore", backup)
    assert result.exit_code == 0, result.stderr
    after = state(elsewhere)
    # The backup's own entry was written after it; the restored trail ends with the restore instead.
    entries = before.pop("audit_entries")[:-1]
    restored = after.pop("audit_entries")
    assert restored[:-1] == entries
    assert restored[-1][4] == "restore"
    assert after == before
    assert_whole(elsewhere, decisions=7)
    migrate.require_current(elsewhere.database)


def test_the_command_says_what_was_written_and_which_key_it_needs(instance: Instance, tmp_path: Path) -> None:
    result = run(instance, "backup", tmp_path / "b.zip")
    assert result.exit_code == 0
    assert f"the key with id {instance.keys.key_id}" in result.stdout
    assert result.stdout.splitlines()[-1].startswith(f"backup: tables {len(tables_in_backup())} rows ")
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    with instance.database.reading() as session:
        last = session.execute(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).scalar_one()
    assert (last.action, last.outcome) == ("backup", audit.DOWNLOADED)


@pytest.mark.postgres
def test_an_amount_beyond_two_thousand_million_cents_moves_too(
    instance: Instance, postgres_url: str, tmp_path: Path
) -> None:
    line = customs_line(HARBOUR.uscc, HARBOUR.name, "900000000.01")
    import_one(instance, "customs", customs_book([line]))
    make_backup(instance, COMMAND, tmp_path / "b.zip")
    moved = Instance(settings_in(instance.settings.instance, postgres_url))
    assert run(moved, "restore", tmp_path / "b.zip").exit_code == 0
    with moved.database.reading() as session:
        assert session.execute(select(CustomsLine.amount_minor)).scalar_one() == 90_000_000_001
    moved.database.engine.dispose()


@pytest.mark.postgres
def test_a_city_moves_from_sqlite_to_postgresql(
    instance: Instance, backup: Path, postgres_url: str, tmp_path: Path
) -> None:
    moved = Instance(settings_in(instance.settings.instance, postgres_url))
    assert run(moved, "restore", backup).exit_code == 0
    before, after = state(instance), state(moved)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    assert after["decisions"] == before["decisions"]
    assert after["policies"] == before["policies"]
    assert_whole(moved, decisions=7)
    # And back again.
    again = tmp_path / "again.zip"
    make_backup(moved, COMMAND, again)
    moved.database.engine.dispose()
    assert run(instance, "restore", again, "--force").exit_code == 0
    assert state(instance)["decisions"] == after["decisions"]
    assert_whole(instance, decisions=7)


def test_no_key_and_no_personal_value_is_in_a_backup(instance: Instance, backup: Path) -> None:
    with ZipFile(backup) as archive:
        content = backup.read_bytes() + b"".join(archive.read(name) for name in archive.namelist())
    keys = instance.keys
    for key in (keys.seal, keys.index, keys.session):
        for form in (key, key.hex().encode(), base64.b64encode(key), base64.urlsafe_b64encode(key)):
            assert form not in content
    with instance.database.reading() as session:
        people = People(session, keys)
        for person_id in session.execute(select(PersonKey.id)).scalars():
            assert base64.b64encode(people.sealer(person_id).key) not in content
    for personal in (HARBOUR.representative, HARBOUR.number):
        assert personal.encode() not in content
        assert json.dumps(personal).strip('"').encode() not in content


def test_scratch_stays_out_and_everything_else_is_in(instance: Instance, tmp_path: Path) -> None:
    upload_source(instance, COMMAND, "registry", b"scratch", "file.xlsx")
    manifest = make_backup(instance, COMMAND, tmp_path / "b.zip")
    names = {part.name for part in manifest.tables}
    assert names == set(metadata.tables) - LEFT_OUT
    assert {"rate_counters", "sessions", "uploads"} == LEFT_OUT


def test_an_existing_file_is_never_overwritten(instance: Instance, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("precious")
    assert "exists already" in refused(instance, "backup", tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "precious"


def test_a_backup_that_cannot_be_written_leaves_nothing(instance: Instance, tmp_path: Path) -> None:
    assert "No such file or directory" in refused(instance, "backup", tmp_path / "nowhere" / "b.zip")

    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device", "b.zip")

    event.listen(instance.database.engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="No space left"):
        make_backup(instance, COMMAND, tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["instance"]


def test_a_backup_is_one_state_while_others_write(either_instance: Instance, tmp_path: Path) -> None:
    import_all(either_instance)
    apply_all(either_instance, FIRMS[:1])
    started, go_on, written = threading.Event(), threading.Event(), threading.Event()

    def hold(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        # The trail is read first. Once it has been, somebody else enters the other applications.
        if "FROM person_keys" in statement and threading.current_thread() is backing_up and not started.is_set():
            started.set()
            assert written.wait(30)

    event.listen(either_instance.database.engine, "before_cursor_execute", hold)
    made: list[Manifest] = []

    def back_up() -> None:
        made.append(make_backup(either_instance, COMMAND, tmp_path / "b.zip"))
        go_on.set()

    backing_up = threading.Thread(target=back_up)
    backing_up.start()
    assert started.wait(30)
    apply_all(either_instance)
    written.set()
    backing_up.join(30)
    assert go_on.is_set()

    settings = settings_in(tmp_path / "restored")
    settings.keys_file.parent.mkdir(parents=True)
    settings.keys_file.write_bytes(either_instance.settings.keys_file.read_bytes())
    restored = Instance(settings)
    assert run(restored, "restore", tmp_path / "b.zip").exit_code == 0
    assert_whole(restored, decisions=1)
    with either_instance.database.reading() as session:
        assert session.execute(select(func.count()).select_from(Application)).scalar_one() == len(FIRMS)
    restored.database.engine.dispose()


def test_an_instance_that_holds_data_is_overwritten_only_by_force(
    either_instance: Instance, tmp_path: Path
) -> None:
    make_backup(either_instance, COMMAND, tmp_path / "b.zip")
    import_all(either_instance)
    before = state(either_instance)
    assert "add --force" in refused(either_instance, "restore", tmp_path / "b.zip")
    assert state(either_instance) == before
    assert run(either_instance, "restore", tmp_path / "b.zip", "--force").exit_code == 0
    assert state(either_instance)["registry_rows"] == []
    with either_instance.database.engine.connect() as connection:
        with pytest.raises(Exception, match="audit_entries only grows"):
            connection.execute(text("DELETE FROM audit_entries"))


def test_an_instance_that_is_only_initialised_needs_no_force(backup: Path, elsewhere: Instance) -> None:
    initialise(elsewhere)
    elsewhere.database.engine.dispose()
    assert run(elsewhere, "restore", backup).exit_code == 0
    assert_whole(elsewhere, decisions=7)


def test_another_key_is_refused_and_both_are_named(instance: Instance, backup: Path, tmp_path: Path) -> None:
    other = Instance(settings_in(tmp_path / "other"))
    initialise(other)
    message = refused(other, "restore", backup, "--force")
    assert f"needs the key with id {instance.keys.key_id}" in message
    assert f"has the key with id {other.keys.key_id}" in message
    other.database.engine.dispose()


def test_without_its_key_nothing_is_restored_and_it_says_which_one_to_put_where(
    instance: Instance, backup: Path, tmp_path: Path
) -> None:
    """The entry that a restore writes can be made only with the key, and a fresh key would be the wrong one."""
    bare = Instance(settings_in(tmp_path / "bare"))
    message = refused(bare, "restore", backup)
    assert f"this backup needs the key with id {instance.keys.key_id}" in message
    assert f"put that key at {bare.settings.keys_file}" in message
    assert not bare.settings.instance.exists()
    bare.settings.keys_file.parent.mkdir(parents=True)
    bare.settings.keys_file.write_bytes(instance.settings.keys_file.read_bytes())
    assert run(bare, "restore", backup).exit_code == 0
    assert_whole(bare, decisions=7)
    bare.database.engine.dispose()


def test_backup_and_restore_say_where_the_trail_ends(
    instance: Instance, backup: Path, elsewhere: Instance, tmp_path: Path
) -> None:
    with instance.database.reading() as session:
        head = audit.head_of(session)
    assert f"the trail of this backup ends with head {head}" in run(instance, "backup", tmp_path / "b.zip").stdout
    assert (
        f"the trail of this backup ends with head {head}" in run(elsewhere, "restore", tmp_path / "b.zip").stdout
    )
    with elsewhere.database.reading() as session:
        assert session.get_one(AuditEntry, head.seq).hash == head.hash
        assert audit.head_of(session).seq == head.seq + 1


def test_who_was_erased_since_the_backup_is_erased_again(instance: Instance, backup: Path) -> None:
    with instance.database.reading() as session:
        match = People(session, instance.keys).match("identity", HARBOUR.number)
        person_id = session.execute(select(PersonKey.id).where(PersonKey.match_index == match)).scalar_one()
    erase_person(instance, COMMAND, person_id, ASKED_FOR)
    instance.database.engine.dispose()
    result = run(instance, "restore", backup, "--force")
    assert result.exit_code == 0
    assert "erased again, as before: 1" in result.stdout
    with instance.database.reading() as session:
        assert session.get_one(PersonKey, person_id).wrapped_key is None
        assert verify_audit(session).first_break is None
        replayed = replay_all(session, People(session, instance.keys))
    assert (replayed.same, replayed.erased, replayed.differ) == (5, 2, [])


def test_a_restore_that_fails_half_way_leaves_what_was_there(either_instance: Instance, tmp_path: Path) -> None:
    fill(either_instance)
    make_backup(either_instance, COMMAND, tmp_path / "b.zip")
    before = state(either_instance)

    def fail(_session: Session) -> int:
        raise OSError(5, "the power goes out")

    from portal.common.restore import restore_backup

    with pytest.raises(OSError, match="power"):
        restore_backup(either_instance, COMMAND, tmp_path / "b.zip", force=True, afterwards=fail)
    assert state(either_instance) == before
    assert_whole(either_instance, decisions=7)
