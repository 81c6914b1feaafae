"""A backup that was altered, cut short, damaged or is none at all is refused in one clear line."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from portal.common.audit import Head
from portal.common.backup import Manifest
from portal.common.instance import Instance
from portal.common.keys import make_keys
from portal.common.restore import opened_backup
from tests.common.backups import refused, revision_of, rewritten, signed_anew


def test_a_backup_whose_trail_ends_elsewhere_than_it_says_is_refused(
    instance: Instance, backup: Path, elsewhere: Instance
) -> None:
    def other_head(manifest: Manifest) -> Manifest:
        return replace(manifest, head=Head(manifest.head.seq + 1, "f" * 64))

    assert "its trail does not end where" in refused(
        elsewhere, "restore", signed_anew(instance, backup, other_head)
    )
    assert revision_of(elsewhere) is None


def alter_manifest(change: Callable[[dict[str, object]], None]) -> Callable[[dict[str, bytes]], object]:
    def altered(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return altered


def drop_a_decision(members: dict[str, bytes]) -> None:
    """Someone careful: takes a row out and mends count and hash, but has not the key."""
    manifest = json.loads(members["manifest.json"])
    lines = members["tables/policies.jsonl"].splitlines(keepends=True)
    members["tables/policies.jsonl"] = b"".join(lines[:-1])
    part = next(one for one in manifest["tables"] if one["name"] == "policies")
    part["rows"] -= 1
    part["sha256"] = sha256(members["tables/policies.jsonl"]).hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()


ALTERATIONS: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a row": (
        lambda m: m.update(
            {"tables/policies.jsonl": m["tables/policies.jsonl"].replace(b"in_force", b"withdrawn")}
        ),
        "policies is not as it was written",
    ),
    "a row and its hash": (drop_a_decision, "not written with this instance's key"),
    "a table gone": (lambda m: m.pop("tables/reviews.jsonl") and None, "is damaged or was altered"),
    "a file too many": (lambda m: m.update({"more": b""}), "is damaged or was altered"),
    "no manifest": (lambda m: m.pop("manifest.json") and None, "is no backup of this portal"),
    "an unreadable manifest": (lambda m: m.update({"manifest.json": b"{"}), "is damaged or was altered"),
    "an empty manifest": (lambda m: m.update({"manifest.json": b"{}"}), "is damaged or was altered"),
    "another product": (alter_manifest(lambda m: m.update(product="other")), "is no backup of this portal"),
    "a later format": (alter_manifest(lambda m: m.update(format=2)), "has backup format 2"),
    "a column of no kind": (
        alter_manifest(
            lambda m: m.update(tables=[{"name": "x", "columns": [["a", "odd"]], "rows": 0, "sha256": ""}])
        ),
        "is damaged or was altered",
    ),
    "a newer revision": (
        alter_manifest(lambda m: m.update(revision="9999")),
        "not written with this instance's key",
    ),
}


@pytest.mark.parametrize("name", sorted(ALTERATIONS))
def test_an_altered_backup_ends_in_one_clear_line(backup: Path, elsewhere: Instance, name: str) -> None:
    change, message = ALTERATIONS[name]
    assert message in refused(elsewhere, "restore", rewritten(backup, change))
    assert not (elsewhere.settings.instance / "portal.db").exists()


def test_a_newer_revision_is_refused(instance: Instance, backup: Path, elsewhere: Instance) -> None:
    newer = signed_anew(instance, backup, lambda manifest: replace(manifest, revision="9999"))
    assert "revision 9999, which this portal does not know" in refused(elsewhere, "restore", newer)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.999])
def test_a_backup_cut_short_ends_in_one_clear_line(backup: Path, elsewhere: Instance, share: float) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(len(content) * share)])
    assert "was cut short" in refused(elsewhere, "restore", backup)


def test_a_damaged_spot_anywhere_ends_in_one_clear_line(backup: Path, elsewhere: Instance) -> None:
    content = backup.read_bytes()
    for spot in range(100, len(content), len(content) // 8):
        backup.write_bytes(content[:spot] + bytes(64) + content[spot + 64 :])
        message = refused(elsewhere, "restore", backup)
        assert "is damaged or was altered" in message or "was cut short" in message


@pytest.mark.parametrize("content", [b"", b"a letter", b"PK\x03\x04", bytes(100_000)])
def test_a_foreign_file_ends_in_one_clear_line(elsewhere: Instance, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letter.zip").write_bytes(content)
    assert "is no backup of this portal" in refused(elsewhere, "restore", tmp_path / "letter.zip")


def test_a_workbook_a_folder_and_nothing_are_no_backups(elsewhere: Instance, tmp_path: Path) -> None:
    from tests.samples import registry_book

    (tmp_path / "registry.xlsx").write_bytes(registry_book())
    assert "is no backup of this portal" in refused(elsewhere, "restore", tmp_path / "registry.xlsx")
    assert "Is a directory" in refused(elsewhere, "restore", tmp_path)
    assert "No such file or directory" in refused(elsewhere, "restore", tmp_path / "none.zip")


def test_a_backup_keeps_no_secret_of_the_file_that_checks_it(
    instance: Instance, backup: Path, tmp_path: Path
) -> None:
    """The proof of a manifest is keyed: another instance cannot make one that this instance takes."""
    other = make_keys(tmp_path / "other.json")
    with opened_backup(backup) as (_archive, manifest, proof):
        assert manifest.proof(instance.keys) == proof
        assert manifest.proof(other) != proof
