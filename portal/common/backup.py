"""Backups: the whole database in one file that either database can be restored from, without any key in it.

A backup is a zip archive: one member a table with a JSON array a row, and `manifest.json`, which names the
revision, the key that the sealed values need, the last entry of the audit trail, and each table's columns, rows
and SHA-256. It is read in one read transaction, so it is one consistent state while others write.
`portal.common.restore` reads it back.

Uploads awaiting confirmation and the counters that slow guessing down stay out: they are scratch. So do open
sessions: a restore must not bring back one that was ended since.
"""

import base64
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import BigInteger, Boolean, Column, Connection, Date, Integer, LargeBinary, String, Table, select
from sqlalchemy.types import TypeEngine

from portal import migrate
from portal.common import audit, clock, roles
from portal.common.audit import canonical_json
from portal.common.instance import Instance
from portal.common.keys import Keys
from portal.common.roles import Actor, Role
from portal.common.types import Moment
from portal.tables import metadata

PRODUCT = "tongbao-backup"
FORMAT = 1
MANIFEST = "manifest.json"
LEFT_OUT = frozenset({"rate_counters", "sessions", "uploads"})
BACKS_UP = (Role.COMMAND,)
AT_ONCE = 1000  # rows held in memory


class BackupError(Exception):
    """A backup cannot be made or restored; the text says why and what to do, in one line."""


class Kind(NamedTuple):
    """How the values of a column stand in a backup: for which types, and both directions.

    `type` is what a restore binds the values as; it must be wide enough for every type of the family.
    """

    family: type[TypeEngine[Any]]
    type: TypeEngine[Any]
    to_json: Callable[[Any], object]
    from_json: Callable[[Any], Any]


def _itself(value: Any) -> Any:
    return value


KINDS: Mapping[str, Kind] = {
    "moment": Kind(Moment, Moment(), lambda v: v.astimezone(UTC).isoformat(), datetime.fromisoformat),
    "date": Kind(Date, Date(), date.isoformat, date.fromisoformat),
    "bytes": Kind(
        LargeBinary,
        LargeBinary(),
        lambda v: base64.b64encode(v).decode(),
        lambda v: base64.b64decode(v, validate=True),
    ),
    "boolean": Kind(Boolean, Boolean(), _itself, _itself),
    "integer": Kind(Integer, BigInteger(), _itself, _itself),
    "text": Kind(String, String(), _itself, _itself),
}


def kind_of(column: Column[Any]) -> str:
    """The kind under which a column stands in a backup; a type that has none is a programming error."""
    for name, kind in KINDS.items():
        if isinstance(column.type, kind.family):
            return name
    raise TypeError(f"backups have no kind for {column} ({column.type!r}): add one to KINDS")


@dataclass(frozen=True)
class TablePart:
    """One table in a backup: its columns as (name, kind), how many rows, and the hash of its member."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        """The name of its member in the archive."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `proof` is a keyed hash of the rest, which the same instance can check."""

    revision: str
    key_id: str
    made_at: datetime
    head: audit.Head
    tables: tuple[TablePart, ...]

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(part.rows for part in self.tables)

    def content(self) -> dict[str, Any]:
        """The manifest as JSON values, without its proof."""
        return {
            "product": PRODUCT,
            "format": FORMAT,
            "revision": self.revision,
            "key_id": self.key_id,
            "made_at": self.made_at.isoformat(),
            "head": list(self.head),
            "tables": [
                {
                    "name": part.name,
                    "columns": [list(column) for column in part.columns],
                    "rows": part.rows,
                    "sha256": part.sha256,
                }
                for part in self.tables
            ],
        }

    def proof(self, keys: Keys) -> str:
        """A keyed hash of the manifest: whoever lacks the instance's keys cannot alter a backup unseen."""
        return keys.index_of("backup.manifest", canonical_json(self.content()))


def tables_in_backup() -> tuple[Table, ...]:
    """Every table that a backup holds, those that others refer to first."""
    return tuple(table for table in metadata.sorted_tables if table.name not in LEFT_OUT)


def make_backup(instance: Instance, who: Actor, out: Path) -> Manifest:
    """Write a backup of the instance to a new file, mode 0600, on disk before this returns.

    Raises `BackupError` when the file exists already: a backup never overwrites anything.
    """
    roles.require(who, BACKS_UP, "make a backup")
    if out.exists():
        raise BackupError(f"{out} exists already: a backup never overwrites a file, choose another name")
    with _new_file(out) as file:
        with instance.database.reading() as session, ZipFile(file, "w", ZIP_DEFLATED) as archive:
            connection = session.connection()
            revision = migrate.revision_of(connection)
            if revision is None:
                raise BackupError("the database is empty: there is nothing to back up")
            parts = tuple(_put_table(connection, archive, table) for table in tables_in_backup())
            manifest = Manifest(revision, instance.keys.key_id, clock.now(), audit.head_of(session), parts)
            content = {**manifest.content(), "proof": manifest.proof(instance.keys)}
            archive.writestr(MANIFEST, json.dumps(content, ensure_ascii=False, indent=1))
    audit.note(
        instance.database,
        who,
        "backup",
        f"backup {manifest.made_at.isoformat()}",
        audit.DOWNLOADED,
        rows=manifest.rows,
        key_id=manifest.key_id,
    )
    return manifest


def _put_table(connection: Connection, archive: ZipFile, table: Table) -> TablePart:
    columns = tuple((column.name, kind_of(column)) for column in table.columns)
    converters = [KINDS[kind].to_json for _name, kind in columns]
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=AT_ONCE)
    digest, count = sha256(), 0
    part = TablePart(table.name, columns, 0, "")
    with archive.open(part.member, "w", force_zip64=True) as member:
        for row in connection.execute(query):
            values = [
                None if value is None else convert(value) for value, convert in zip(row, converters, strict=True)
            ]
            line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            member.write(line)
            count += 1
    return TablePart(table.name, columns, count, digest.hexdigest())


@contextmanager
def _new_file(out: Path) -> Iterator[IO[bytes]]:
    """A temporary file beside `out` that takes its place once it is whole and on disk."""
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
