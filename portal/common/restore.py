"""Restoring a backup: checked to the last row first, then put in place wholly or not at all.

One write transaction under the portal's lock, on either database, drops what is there, makes the tables of the
backup's revision, fills them and upgrades them. A crash at any point leaves the instance as it was, and pages
being read meanwhile see the old state or the new one. TRUNCATE and DELETE are refused on the trail by the
database itself, which is why tables are dropped and made again.
"""

import hmac
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, LargeZipFile, ZipFile

from sqlalchemy import Connection, MetaData, Table, inspect, select, text
from sqlalchemy import column as plain_column
from sqlalchemy import table as plain_table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import migrate
from portal.common import audit, roles
from portal.common.backup import (
    AT_ONCE,
    BACKS_UP,
    FORMAT,
    KINDS,
    LEFT_OUT,
    MANIFEST,
    PRODUCT,
    BackupError,
    Manifest,
    TablePart,
)
from portal.common.instance import Instance
from portal.common.keys import load_keys
from portal.common.roles import Actor
from portal.tables import metadata

MOST_MANIFEST = 1024 * 1024  # bytes
FIRST_ACTIONS = ("terms.keep", "programme.seed_calendar")  # the entries that `init` writes
FIRST_TABLES = ("audit_rows", "terms_versions", "calendar_years", "calendar_days")  # where it writes
REVISION_TABLE = "alembic_version"
FOREIGN = "is no backup of this portal"
DAMAGED = "is damaged or was altered: restore another backup"
# What reading a zip archive that is no archive, cut short, altered or encrypted can raise.
UNREADABLE = (BadZipFile, LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)


class Restored(NamedTuple):
    """What a restore did: the manifest, and how many people were erased again."""

    manifest: Manifest
    erased_again: int


@contextmanager
def opened_backup(path: Path) -> Iterator[tuple[ZipFile, Manifest, str]]:
    """Open a backup and check every hash; yields the archive, its manifest and the manifest's proof.

    Raises `BackupError` in one line for a file that is foreign, cut short or altered.
    """
    with path.open("rb") as file:
        try:
            archive = ZipFile(file)
        except UNREADABLE as error:
            raise BackupError(f"{path.name} {FOREIGN}, or it was cut short") from error
        with archive:
            try:
                manifest, proof = _read_manifest(archive, path.name)
                for part in manifest.tables:
                    _check_part(archive, part, path.name)
            except UNREADABLE as error:
                raise BackupError(f"{path.name} {DAMAGED}") from error
            yield archive, manifest, proof


def _read_manifest(archive: ZipFile, name: str) -> tuple[Manifest, str]:
    members = archive.namelist()
    if MANIFEST not in members:
        raise BackupError(f"{name} {FOREIGN}")
    if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST:
        raise BackupError(f"{name} {DAMAGED}")
    try:
        content = json.loads(archive.read(MANIFEST))
        if content["product"] != PRODUCT:
            raise BackupError(f"{name} {FOREIGN}")
        if content["format"] != FORMAT:
            raise BackupError(
                f"{name} has backup format {content['format']}, this portal reads format {FORMAT}: use the "
                "portal that made it"
            )
        manifest = Manifest(
            str(content["revision"]),
            str(content["key_id"]),
            datetime.fromisoformat(content["made_at"]),
            _head(content["head"]),
            tuple(_part(one) for one in content["tables"]),
        )
        proof = str(content["proof"])
    except (ValueError, TypeError, KeyError) as error:
        raise BackupError(f"{name} {DAMAGED}") from error
    if sorted(members) != sorted([MANIFEST, *(part.member for part in manifest.tables)]):
        raise BackupError(f"{name} {DAMAGED}")
    return manifest, proof


def _head(content: list[Any]) -> audit.Head:
    seq, entry_hash = content
    return audit.Head(int(seq), str(entry_hash))


def _part(content: dict[str, Any]) -> TablePart:
    columns = tuple((str(name), str(kind)) for name, kind in content["columns"])
    for _name, kind in columns:
        KINDS[kind]
    return TablePart(str(content["name"]), columns, int(content["rows"]), str(content["sha256"]))


def _check_part(archive: ZipFile, part: TablePart, name: str) -> None:
    digest, rows = sha256(), 0
    with archive.open(part.member) as member:
        while chunk := member.read(1 << 16):
            digest.update(chunk)
            rows += chunk.count(b"\n")
    if digest.hexdigest() != part.sha256 or rows != part.rows:
        raise BackupError(f"{name} {DAMAGED} ({part.name} is not as it was written)")


def restore_backup(
    instance: Instance,
    who: Actor,
    path: Path,
    force: bool = False,
    afterwards: Callable[[Session], int] | None = None,
) -> Restored:
    """Put a backup in the place of what the instance holds, all or nothing, as one entry of the restored trail.

    `afterwards` runs in the same transaction and erases again whoever was erased since the backup was made; it
    gives how many. Raises `BackupError`: a foreign or altered file, no key or another one (without its key the
    trail can neither be checked nor take the entry of the restore), a newer revision, or an instance that holds
    data, without `force`.
    """
    roles.require(who, BACKS_UP, "restore a backup")
    with opened_backup(path) as (archive, manifest, proof):
        _check_key(instance, manifest, proof, path.name)
        if manifest.revision not in migrate.known_revisions():
            raise BackupError(
                f"{path.name} was made at revision {manifest.revision}, which this portal does not know: "
                "restore it with the newer portal that made it"
            )
        instance.settings.instance.mkdir(parents=True, exist_ok=True)
        try:
            with instance.database.locked() as session:
                erased = _put_in_place(session, who, archive, manifest, force, afterwards)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
            raise BackupError(f"nothing was restored, the database refused it: {reason}") from error
    return Restored(manifest, erased)


def _check_key(instance: Instance, manifest: Manifest, proof: str, name: str) -> None:
    """Raise `BackupError` unless the instance has the key that the backup needs, and that key signed it."""
    if not instance.settings.keys_file.exists():
        raise BackupError(
            f"this backup needs the key with id {manifest.key_id}, and this instance has none: put that key at "
            f"{instance.settings.keys_file} (mode 0600) first; without it no personal value can be read"
        )
    keys = load_keys(instance.settings.keys_file)
    if keys.key_id != manifest.key_id:
        raise BackupError(
            f"this backup needs the key with id {manifest.key_id}; this instance has the key with id {keys.key_id}"
        )
    if not hmac.compare_digest(manifest.proof(keys).encode(), proof.encode()):
        raise BackupError(f"{name} {DAMAGED} (its manifest was not written with this instance's key)")


def _put_in_place(
    session: Session,
    who: Actor,
    archive: ZipFile,
    manifest: Manifest,
    force: bool,
    afterwards: Callable[[Session], int] | None,
) -> int:
    connection = session.connection()
    present = _present_tables(connection)
    if not force and _holds_data(connection, present):
        raise BackupError("this instance holds data already: add --force to overwrite it with the backup")
    _drop(connection, present)
    migrate.upgrade_on(connection, manifest.revision)
    for part in manifest.tables:
        _fill(connection, archive, part)
    migrate.upgrade_on(connection)
    if audit.head_of(session) != manifest.head:
        raise BackupError("this backup contradicts itself: its trail does not end where its manifest says")
    with audit.audited(
        session,
        who,
        "restore",
        f"backup {manifest.made_at.isoformat()}",
        rows=manifest.rows,
        revision=manifest.revision,
        key_id=manifest.key_id,
    ):
        pass
    return afterwards(session) if afterwards is not None else 0


def _present_tables(connection: Connection) -> list[Table]:
    """The portal's own tables that are there, as they are; a database shared with others keeps theirs."""
    ours = {REVISION_TABLE, *metadata.tables}
    names = ours.intersection(inspect(connection).get_table_names())
    found = MetaData()
    found.reflect(connection, only=sorted(names))
    return [table for table in found.sorted_tables if table.name in names]


def _holds_data(connection: Connection, present: list[Table]) -> bool:
    """Whether anything was done here since `init`."""
    for table in present:
        if table.name in LEFT_OUT or table.name in (REVISION_TABLE, *FIRST_TABLES):
            continue
        query = select(text("1")).select_from(table).limit(1)
        if table.name == "audit_entries":
            query = query.where(table.c.action.not_in(FIRST_ACTIONS))
        if connection.execute(query).first() is not None:
            return True
    return False


def _drop(connection: Connection, present: list[Table]) -> None:
    for table in reversed(present):
        connection.execute(text(f"DROP TABLE {connection.dialect.identifier_preparer.format_table(table)}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS only_grows()"))


def _fill(connection: Connection, archive: ZipFile, part: TablePart) -> None:
    target = plain_table(part.name, *(plain_column(name, KINDS[kind].type) for name, kind in part.columns))
    readers = [(name, KINDS[kind].from_json) for name, kind in part.columns]
    try:
        with archive.open(part.member) as member:
            rows = (_row(line, readers) for line in member)
            while chunk := list(islice(rows, AT_ONCE)):
                connection.execute(target.insert(), chunk)
    except (ValueError, TypeError) as error:
        raise BackupError(f"the rows of {part.name} in this backup cannot be read: {error}") from error


def _row(line: bytes, readers: list[tuple[str, Callable[[Any], Any]]]) -> dict[str, Any]:
    values = json.loads(line)
    return {
        name: None if value is None else read(value) for (name, read), value in zip(readers, values, strict=True)
    }
