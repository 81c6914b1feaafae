"""Whoever has the database but not the key cannot make a trail that holds, nor take its guards away unseen."""

import json
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select, text

from portal.common import audit
from portal.common.database import Database
from portal.common.instance import Instance
from portal.common.keys import make_keys
from portal.common.people import People
from portal.common.roles import COMMAND
from portal.factory import create_app
from portal.programme.people_actions import ASKED_FOR, erase_person
from portal.tables import metadata
from tests.common.test_audit import ENTRIES, ROWS, report, told, unlock

KEYS = metadata.tables["person_keys"]


def plain_hash(entry: dict[str, Any]) -> str:
    """What a forger can compute without the key: everything of the entry, in the form that is hashed."""
    values = [value.isoformat() if name == "at" else value for name, value in entry.items() if name != "hash"]
    return sha256(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def forge(connection: Connection, first: int) -> None:
    """Chain the trail anew from an entry on, with plain hashes."""
    unlock(connection)
    known = select(ENTRIES.c.hash).where(ENTRIES.c.seq == first - 1)
    previous = connection.execute(known).scalar() or "0" * 64
    for row in connection.execute(
        select(ENTRIES).where(ENTRIES.c.seq >= first).order_by(ENTRIES.c.seq)
    ).mappings():
        entry = {**row, "previous_hash": previous}
        previous = plain_hash(entry)
        change = ENTRIES.update().where(ENTRIES.c.seq == row["seq"])
        connection.execute(change.values(previous_hash=entry["previous_hash"], hash=previous))


def one_person(instance: Instance) -> str:
    with audit.write(instance.database, COMMAND, "test.people") as session:
        return People(session, instance.keys).person("identity", "a").person_id


def test_a_trail_chained_anew_without_the_key_is_named(either_instance: Instance) -> None:
    with either_instance.database.engine.begin() as connection:
        forge(connection, 1)
    assert "no entry was written with the key of this instance" in told(either_instance)


def test_an_end_chained_anew_without_the_key_is_named(either_instance: Instance) -> None:
    with either_instance.database.engine.begin() as connection:
        forge(connection, 3)
    assert "entry 3 (" in told(either_instance)


def test_a_database_beside_another_key_is_said_to_be_so(instance: Instance) -> None:
    other = make_keys(instance.settings.instance / "other.json")
    database = Database(instance.settings.database_url, lambda: other.audit)
    found = report(database).first_break
    database.engine.dispose()
    assert found == "no entry was written with the key of this instance: another key, or a forged trail"


def test_without_a_key_the_trail_is_neither_written_nor_checked(instance: Instance) -> None:
    database = Database(instance.settings.database_url)
    with pytest.raises(RuntimeError, match="needs its key"):
        report(database)
    with pytest.raises(RuntimeError, match="needs its key"):
        audit.note(database, COMMAND, "test.note", "", audit.LOOKED)
    database.engine.dispose()


def cut_off(instance: Instance, seq: int) -> None:
    """Take the entries from here on away, and put the guards back as they were."""
    with instance.database.engine.begin() as connection:
        guards = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        unlock(connection)
        connection.execute(ENTRIES.delete().where(ENTRIES.c.seq >= seq))
        for guard in guards:
            connection.execute(text(guard))


def test_an_end_that_was_cut_off_is_seen_by_the_head_that_was_kept(instance: Instance) -> None:
    for number in range(2):
        audit.note(instance.database, COMMAND, "test.note", f"number {number}", audit.LOOKED)
    kept = report(instance.database).head
    shown = (str(kept.seq), kept.hash[:16])
    assert said(instance).endswith(f" unbroken, head {' '.join(shown)}\n")
    cut_off(instance, kept.seq)
    assert report(instance.database).first_break is None, "the trail alone cannot know"
    assert f"ends with entry {kept.seq - 1}, before the head {kept.seq}" in told(instance, "--head", *shown)
    audit.note(instance.database, COMMAND, "test.note", "something else", audit.LOOKED)
    assert f"entry {kept.seq} is not the one that was the head" in told(instance, "--head", *shown)


def test_a_trail_that_has_grown_still_goes_through_an_earlier_head(instance: Instance) -> None:
    kept = report(instance.database).head
    audit.note(instance.database, COMMAND, "test.note", "", audit.LOOKED)
    for shown in (kept.hash, kept.hash[:16]):
        assert f"unbroken, head {kept.seq + 1} " in said(instance, "--head", str(kept.seq), shown)


@pytest.mark.parametrize("head", [("0", "f" * 16), ("x", "f" * 16), ("1", "f" * 15), ("1", "z" * 16), ("1", "")])
def test_what_is_no_head_is_told_in_one_line(app: Flask, head: tuple[str, str]) -> None:
    result = app.test_cli_runner().invoke(args=["audit", "verify", "--head", *head])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def said(instance: Instance, *args: str) -> str:
    """What `audit verify` says on stdout of a whole trail."""
    app = create_app(instance.settings)
    result = app.test_cli_runner().invoke(args=["audit", "verify", *args])
    app.extensions["tongbao"].database.engine.dispose()
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_destroyed_key_without_an_erasure_is_named(either_instance: Instance) -> None:
    person = one_person(either_instance)
    with either_instance.database.engine.begin() as connection:
        connection.execute(KEYS.update().where(KEYS.c.id == person).values(wrapped_key=None, match_index=None))
    assert f"person_keys {person} " in told(either_instance)


def test_an_erasure_under_another_name_is_named(instance: Instance) -> None:
    """Even code of the portal cannot destroy a key without the entry that says so."""
    person = one_person(instance)
    with audit.write(instance.database, COMMAND, "people.tidy", f"person {person}") as session:
        People(session, instance.keys).destroy(person)
    assert told(instance).endswith(f"person_keys {person} is erased although no erasure is recorded\n")


def test_an_erased_key_that_comes_back_is_named(either_instance: Instance) -> None:
    person = one_person(either_instance)
    here = KEYS.c.id == person
    with either_instance.database.engine.connect() as connection:
        row = dict(connection.execute(select(KEYS).where(here)).mappings().one())
    erase_person(either_instance, COMMAND, person, ASKED_FOR)
    assert report(either_instance.database).first_break is None
    with either_instance.database.engine.begin() as connection:
        connection.execute(KEYS.update().where(here).values(**row))
    assert f"person_keys {person} differs" in told(either_instance)


def test_neither_key_nor_index_stands_in_the_trail(instance: Instance) -> None:
    person = one_person(instance)
    erase_person(instance, COMMAND, person, ASKED_FOR)
    with instance.database.reading() as session:
        query = select(ROWS).where(ROWS.c.table_name == "person_keys", ROWS.c.row_key == person)
        made, erased = session.execute(query.order_by(ROWS.c.entry_seq)).mappings()
    assert (made["change"], made["before"], made["after"]) == ("insert", None, None)
    assert erased["change"] == "update"
    assert set(json.loads(erased["before"])) == set(json.loads(erased["after"])) == {"erased_at"}


def test_people_made_before_their_entry_have_one_of_their_own_before_it(instance: Instance) -> None:
    with instance.database.locked() as session:
        person = People(session, instance.keys).person("identity", "early").person_id
        with audit.audited(session, COMMAND, "test.after"):
            pass
    with instance.database.reading() as session:
        entry = session.execute(select(ROWS.c.entry_seq).where(ROWS.c.row_key == person)).scalar_one()
        query = select(ENTRIES.c.action, ENTRIES.c.actor_id).where(ENTRIES.c.seq >= entry).order_by(ENTRIES.c.seq)
        assert session.execute(query).all() == [("people.make", COMMAND.id), ("test.after", COMMAND.id)]
    assert report(instance.database).first_break is None


def test_people_made_for_no_entry_at_all_are_refused(instance: Instance) -> None:
    with pytest.raises(RuntimeError, match="no audited block followed"):
        with instance.database.locked() as session:
            People(session, instance.keys).person("identity", "early")
    with instance.database.reading() as session:
        match = People(session, instance.keys).match("identity", "early")
        assert session.execute(select(KEYS).where(KEYS.c.match_index == match)).first() is None
