"""A workbook is hostile until proved otherwise: what a file must pass before openpyxl may open it.

:func:`safe_package` looks at the raw bytes, then really unpacks every part while counting, has each XML part
scanned (:mod:`portal.common.workbook_scan`), and writes the few parts that hold cells into a fresh,
uncompressed package. What openpyxl reads afterwards is exactly what was checked, never the file that was
sent.
"""

import errno
import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from portal.common.problems import WorkbookRefused
from portal.common.workbook_scan import CHUNK, Limits, PartScan, SheetFacts, Totals
from portal.common.workbook_sentences import refuse

ZIP_MAGIC = b"PK\x03\x04"
ZIP_DIRECTORY_ENTRY = b"PK\x01\x02"
OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
CONTENT_TYPES = "[Content_Types].xml"

ACTIVE_PARTS = (
    "vbaproject",
    "vbadata",
    "macrosheets/",
    "dialogsheets/",
    "externallinks/",
    "embeddings/",
    "activex/",
    "ctrlprops/",
    "querytables/",
    "connections.xml",
    "customui/",
    "webextensions/",
)
"""Parts that run, fetch or carry something else; compared with the lower-case name."""

UNREAD_FOLDERS = (
    "docprops/",
    "customxml/",
    "xl/theme/",
    "xl/drawings/",
    "xl/charts/",
    "xl/chartsheets/",
    "xl/diagrams/",
    "xl/media/",
    "xl/pivottables/",
    "xl/pivotcache/",
    "xl/tables/",
    "xl/comments",
    "xl/threadedcomments/",
    "xl/persons/",
    "xl/printersettings/",
    "xl/slicers/",
    "xl/slicercaches/",
    "xl/calcchain.xml",
)
"""Harmless parts that hold no cells: checked like the others, but never handed to openpyxl."""

RATIO_COUNTS_FROM = 1024 * 1024
SPARE_STRINGS = 20_000
OUR_OWN_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EROFS)


@dataclass(slots=True)
class SafePackage:
    """The checked, unpacked package as an open file, and what was seen in each sheet, by the part's name."""

    file: IO[bytes]
    sheets: dict[str, SheetFacts] = field(default_factory=dict)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever a damaged or hostile file makes a library raise into one :class:`WorkbookRefused`.

    The original error stays attached as its cause. Faults of our own machine (a full disk) are passed on.
    """
    try:
        yield
    except WorkbookRefused:
        raise
    except MemoryError as error:
        raise refuse("too_many_cells") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OUR_OWN_FAULTS:
            raise
        raise refuse("damaged") from error


def safe_package(source: str | Path | bytes, limits: Limits) -> SafePackage:
    """Check a file and return the package that may be read; raises ``WorkbookRefused`` with the reason."""
    raw = source if isinstance(source, bytes) else _read(Path(source), limits)
    if len(raw) > limits.size:
        raise _too_large(len(raw), limits)
    _check_beginning(raw)
    # Counted in the bytes, because opening an archive of 200,000 parts is in itself slow.
    if raw.count(ZIP_DIRECTORY_ENTRY) > limits.parts:
        raise refuse("too_many_parts", limit=str(limits.parts))
    with refusing(), zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        _check_parts(parts, limits)
        # Not a `with`: the package outlives this call and is closed with the table.
        package = SafePackage(tempfile.TemporaryFile())  # noqa: SIM115
        try:
            _unpack(archive, parts, package, len(raw), limits)
        except BaseException:
            package.file.close()
            raise
        return package


def _read(path: Path, limits: Limits) -> bytes:
    try:
        size = path.stat().st_size
        if size > limits.size:
            raise _too_large(size, limits)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise refuse("file_missing", file=str(path)[:200]) from error


def _too_large(size: int, limits: Limits) -> WorkbookRefused:
    return refuse("file_too_large", size=f"{size:,}", limit=f"{limits.size:,}")


def _grows(limits: Limits) -> WorkbookRefused:
    return refuse("expands_too_far", limit=f"{limits.inflated:,}", ratio=str(limits.ratio))


def _check_beginning(raw: bytes) -> None:
    """The first bytes say what a file is; its name does not."""
    if not raw:
        raise refuse("file_empty")
    if raw.startswith(ZIP_MAGIC):
        return
    if raw.startswith(OLE2_MAGIC):
        raise refuse("password_protected" if ENCRYPTED_STREAM in raw else "old_xls")
    text = _as_text(raw)
    if text is None:
        raise refuse("not_a_workbook")
    raise refuse("markup_file" if text.lstrip("\ufeff \t\r\n").startswith("<") else "text_file")


def _as_text(raw: bytes) -> str | None:
    """The beginning as text, or None if it is not text. A character cut in two at the end does not matter."""
    encodings = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8", "gb18030"]
    for encoding in encodings:
        for cut in range(4):
            try:
                text = raw[: 4096 - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return text if all(letter.isprintable() or letter in "\ufeff\t\r\n" for letter in text) else None
    return None


def _check_parts(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(parts) > limits.parts:
        raise refuse("too_many_parts", limit=str(limits.parts))
    seen: set[str] = set()
    for part in parts:
        name = part.orig_filename
        lower = name.lower()
        if (
            lower in seen
            or lower.startswith("/")
            or any(sign in name for sign in "\\:\0")
            or ".." in name.split("/")
            or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ):
            raise refuse("unsafe_part", part=_printable(name))
        seen.add(lower)
        if part.flag_bits & 0x41:
            raise refuse("password_protected")
        if any(active in lower for active in ACTIVE_PARTS):
            raise refuse("active_content", part=_printable(name))
    if "xl/workbook.bin" in seen:
        raise refuse("binary_workbook")
    if CONTENT_TYPES.lower() not in seen:
        raise refuse("not_a_workbook")


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]


def _unpack(
    archive: zipfile.ZipFile,
    parts: list[zipfile.ZipInfo],
    package: SafePackage,
    packed: int,
    limits: Limits,
) -> None:
    totals = Totals()
    unpacked = 0
    with zipfile.ZipFile(package.file, "w", zipfile.ZIP_STORED) as target:
        for part in parts:
            if part.is_dir():
                continue
            with _PartCopy(part.filename, target, limits, totals) as copy, archive.open(part) as stream:
                while chunk := stream.read(CHUNK):
                    unpacked += len(chunk)
                    too_dense = unpacked > RATIO_COUNTS_FROM and unpacked > limits.ratio * packed
                    if too_dense or unpacked > limits.inflated:
                        raise _grows(limits)
                    copy.take(chunk)
                facts = copy.finish()
            if facts is not None:
                package.sheets[part.filename] = facts
    if not totals.is_workbook:
        raise refuse("not_a_workbook")
    # Strings that no cell uses cost as much to read as cells do, and Excel never leaves many behind.
    if totals.shared_strings > 2 * totals.cells + SPARE_STRINGS:
        raise refuse("too_many_cells")


class _PartCopy:
    """Scans one part and, if it is to be read, copies it into the checked package.

    Before the rows of a worksheet it puts a <dimension>: without one openpyxl reads the whole sheet once
    more just to learn its size, and any size it finds is set aside later anyway.
    """

    def __init__(self, name: str, target: zipfile.ZipFile, limits: Limits, totals: Totals) -> None:
        lower = name.lower()
        is_xml = lower.endswith((".xml", ".rels"))
        kept = is_xml and not lower.startswith(UNREAD_FOLDERS)
        self._scan = PartScan(name, limits, totals, kept=kept) if is_xml else None
        self._target = target.open(zipfile.ZipInfo(name), "w", force_zip64=True) if kept else None
        self._held: bytearray | None = bytearray()

    def take(self, chunk: bytes) -> None:
        """The next unpacked bytes."""
        if self._scan is not None:
            self._scan.feed(chunk)
        if self._target is None:
            return
        if self._held is None:
            self._target.write(chunk)
            return
        self._held += chunk
        if self._scan is not None and self._scan.sheet is not None and self._scan.sheet.data_at is not None:
            position, tag = self._scan.sheet.data_at
            if self._held.startswith(b"<" + tag.encode(), position):
                prefix = tag[: tag.rfind(":") + 1]
                self._held[position:position] = f'<{prefix}dimension ref="A1"/>'.encode()
            self._let_go()
        elif len(self._held) > 4 * CHUNK:
            self._let_go()

    def finish(self) -> SheetFacts | None:
        """The part has ended; returns what was seen if it is a worksheet."""
        if self._scan is not None:
            self._scan.close()
        self._let_go()
        return self._scan.sheet if self._scan is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._target is not None:
            self._target.close()

    def _let_go(self) -> None:
        if self._target is not None and self._held:
            self._target.write(self._held)
        self._held = None
