"""The instance's keys: made once, kept apart, and what they seal opens only in its place."""

import json
import stat
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from portal.common.database import NotInitialised
from portal.common.instance import Instance
from portal.common.keys import CannotOpen, Keys, load_keys, make_keys
from portal.setup import initialise


def test_the_key_file_and_its_folder_are_closed_to_everybody_else(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys" / "portal.json")
    assert stat.S_IMODE((tmp_path / "keys" / "portal.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["portal.json"]


def test_the_keys_are_independent_and_long_enough(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "portal.json")
    secret = {keys.seal, keys.index, keys.session}
    assert len(secret) == 3
    assert all(len(key) == 32 for key in secret)


def test_initialising_again_keeps_the_keys(instance: Instance) -> None:
    before = instance.settings.keys_file.read_bytes()
    initialise(Instance(instance.settings))
    assert instance.settings.keys_file.read_bytes() == before


def test_a_lost_key_is_not_replaced_by_a_fresh_one(instance: Instance) -> None:
    lost = instance.keys.key_id
    instance.settings.keys_file.unlink()
    with pytest.raises(NotInitialised, match=f"needs the key with id {lost}"):
        initialise(Instance(instance.settings))
    assert not instance.settings.keys_file.exists()


def test_another_key_than_the_databases_is_refused(instance: Instance) -> None:
    lost = instance.keys.key_id
    instance.settings.keys_file.unlink()
    make_keys(instance.settings.keys_file)
    with pytest.raises(NotInitialised, match=f"needs the key with id {lost}"):
        initialise(Instance(instance.settings))


def test_of_two_that_initialise_at_once_both_use_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "portal.json"
    start, made = threading.Barrier(8), list[Keys]()

    def make() -> None:
        start.wait()
        made.append(make_keys(path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert set(made) == {load_keys(path)}


def test_a_sealed_value_opens_only_in_its_place(instance: Instance) -> None:
    sealed = instance.keys.seal_bytes("accounts.sealed", "林知遥".encode())
    assert instance.keys.open_bytes("accounts.sealed", sealed).decode() == "林知遥"
    with pytest.raises(CannotOpen, match=r"uploads\.sealed"):
        instance.keys.open_bytes("uploads.sealed", sealed)


def test_a_sealed_value_opens_only_with_its_key_and_unaltered(instance: Instance, tmp_path: Path) -> None:
    sealed = instance.keys.seal_bytes("accounts.sealed", b"value")
    with pytest.raises(CannotOpen):
        make_keys(tmp_path / "other.json").open_bytes("accounts.sealed", sealed)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(CannotOpen):
            instance.keys.open_bytes("accounts.sealed", bytes(altered))
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            instance.keys.open_bytes("accounts.sealed", sealed[:length])


def test_sealing_the_same_value_twice_gives_different_bytes(instance: Instance) -> None:
    assert instance.keys.seal_bytes("a.b", b"value") != instance.keys.seal_bytes("a.b", b"value")


def test_an_index_depends_on_the_kind_the_value_and_the_key(instance: Instance, tmp_path: Path) -> None:
    index = instance.keys.index_of("person.identity", "1")
    assert index == instance.keys.index_of("person.identity", "1")
    assert index != instance.keys.index_of("person.contact", "1")
    assert index != instance.keys.index_of("person.identity", "2")
    assert index != make_keys(tmp_path / "other.json").index_of("person.identity", "1")


def test_without_keys_one_is_told_to_initialise(tmp_path: Path) -> None:
    with pytest.raises(NotInitialised, match="run `flask --app app init`"):
        load_keys(tmp_path / "none.json")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"key_id": "1"}', "\x00"])
def test_a_damaged_key_file_is_told_and_never_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "portal.json"
    path.write_text(content)
    with pytest.raises(NotInitialised, match="damaged"):
        make_keys(path)
    assert path.read_text() == content


def test_the_database_holds_no_key(instance: Instance) -> None:
    instance.database.engine.dispose()
    stored = b"".join(file.read_bytes() for file in instance.settings.instance.glob("portal.db*"))
    written = json.loads(instance.settings.keys_file.read_text())
    for name in [field.name for field in fields(Keys) if field.name != "key_id"]:
        key: bytes = getattr(instance.keys, name)
        assert key not in stored
        assert key.hex().encode() not in stored
        assert written[name].encode() not in stored
