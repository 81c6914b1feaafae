"""The canonical record of a roster: every cell of both sheets, kept so that the file can be verified later.

UTF-8 text, one JSON value a line. ``{"sheet":name}`` opens a sheet; after it each line is one row from row 1
on, an array of cells without the empty ones at its end. A cell is null or a string whose first letter is its
kind: ``s`` text, ``i`` whole number, ``m`` amount with two decimals, ``d`` date, and ``h`` alone the cell
that shows the fingerprint. The fingerprint is the SHA-256 of this text, which is stored compressed (zlib).
"""

import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import NamedTuple

FINGERPRINT_CELL = "h"

Cells = list[str | None]

# One encoder for all rows: json.dumps with settings builds a new one for every call.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ROWS_PER_CHUNK = 256


def row_text(cells: Cells) -> str:
    """One row as the record writes it; empty cells at the end are dropped, from the given list too."""
    while cells and cells[-1] is None:
        cells.pop()
    return _encode(cells)


def row_cells(text: str) -> Cells:
    """The cells of a line that `row_text` made."""
    cells: Cells = json.loads(text)
    return cells


def amount_text(minor: int) -> str:
    """Minor units as a plain decimal with two places: 123456 → 1234.56, -5 → -0.05."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{cents:02d}"


class RecordWriter:
    """Builds fingerprint and compressed record row by row, so memory grows with the compressed size only."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._compressor = zlib.compressobj(6)
        self._compressed: list[bytes] = []
        self._waiting: list[str] = []

    def open_sheet(self, name: str) -> None:
        """Start a sheet; the rows that follow belong to it."""
        self._waiting.append(_encode({"sheet": name}))

    def add_row(self, cells: Cells) -> None:
        """Add the next row of the open sheet."""
        self._waiting.append(row_text(cells))
        if len(self._waiting) >= _ROWS_PER_CHUNK:
            self._flush()

    def _flush(self) -> None:
        chunk = "".join(f"{line}\n" for line in self._waiting).encode()
        self._waiting.clear()
        self._hash.update(chunk)
        self._compressed.append(self._compressor.compress(chunk))

    def finish(self) -> tuple[str, bytes]:
        """The fingerprint (hex) and the compressed record; nothing may be added afterwards."""
        self._flush()
        self._compressed.append(self._compressor.flush())
        return self._hash.hexdigest(), b"".join(self._compressed)


class RecordedSheet(NamedTuple):
    """One sheet of a stored record: its rows as the record writes them, row 1 first."""

    name: str
    rows: list[str]


def read_record(content: bytes) -> tuple[str, list[RecordedSheet]]:
    """The fingerprint of a stored record and its sheets.

    ValueError when the bytes are no such record: then the stored proof is damaged, not the file in question.
    """
    try:
        data = zlib.decompress(content)
        sheets = _sheets(data.decode())
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"The stored record of this roster is damaged: {error}") from error
    return hashlib.sha256(data).hexdigest(), sheets


def _sheets(text: str) -> list[RecordedSheet]:
    sheets: list[RecordedSheet] = []
    for line in _lines(text):
        if line.startswith("{"):
            sheets.append(RecordedSheet(json.loads(line)["sheet"], []))
        elif sheets and line.startswith("["):
            sheets[-1].rows.append(line)
        else:
            raise ValueError("a line is neither a sheet nor a row of one")
    if not sheets:
        raise ValueError("it has no sheet")
    return sheets


def _lines(text: str) -> Iterator[str]:
    # Not splitlines(): a name may hold U+2028 or U+0085, which JSON leaves as they are.
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    if start < len(text):
        raise ValueError("its last line is cut off")
