"""One pass of a bare XML parser over each part of a workbook, before anything that builds objects may see it.

openpyxl trusts what a workbook says of itself: it fills the gap up to a row numbered 999,999,999, joins a
text of any length and runs patterns over any attribute. Here every part is only counted, in flat memory, and
left at the first thing a list of rows never has. What passes is well-formed, declares no entity, and keeps
within the limits.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils import range_boundaries

from portal.common.workbook_sentences import refuse

CHUNK = 256 * 1024
"""Bytes fed at a time. A cell holds 32,767 characters, so no honest text or tag is longer."""

TITLE_ROWS = 10
"""The headings are looked for in this many rows."""

LAST_EXCEL_ROW = 1_048_576
DEEPEST = 100
LONGEST_SETTING = 8_192
"""Characters in an attribute or text outside the cells: Excel's own limit for a formula in a name."""

LONGEST_PATTERN = 512
"""Characters in a number format or a print area, on which openpyxl runs patterns; Excel's own limit is 255."""

MOST_PRINT_NAMES = 1_000
MOST_UNCALCULATED = 250_000
"""Addresses of formulas without a value that are kept in memory."""

STRICT_NAMESPACE = "http://purl.oclc.org/ooxml/"
ACTIVE_TYPES = (
    "macroenabled",
    "vbaproject",
    "activex",
    "oleobject",
    "externallink",
    "macrosheet",
    "dialogsheet",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workbook may hold. The defaults suit a file that a person sends; an import may set its own.

    ``size`` and ``inflated`` are bytes, packed and unpacked; ``ratio`` is unpacked over packed, for the
    whole file;
    ``columns`` is counted from A (further columns are ignored unless a row fills more cells than this);
    ``elements`` are XML elements in the whole workbook, ``support_elements`` those in one part that
    are no row, cell or value.
    """

    size: int = 10 * 1024 * 1024
    inflated: int = 64 * 1024 * 1024
    ratio: int = 200
    parts: int = 200
    rows: int = 100_000
    columns: int = 256
    elements: int = 3_000_000
    support_elements: int = 50_000
    merged_area: int = 20_000
    merged_ranges: int = 5_000


@dataclass(slots=True)
class SheetFacts:
    """What the scan saw in one sheet.

    ``last_row`` is the last row that holds a value or a formula (0 when there is none), ``hidden_rows`` how
    many such rows are hidden, ``uncalculated`` the addresses of formulas without a stored value, and
    ``data_at`` the byte and the tag where the rows begin.
    """

    last_row: int = 0
    hidden_rows: int = 0
    uncalculated: set[str] = field(default_factory=set)
    data_at: tuple[int, str] | None = None


@dataclass(slots=True)
class Totals:
    """Counts over all parts of one workbook, filled in as the parts are scanned."""

    elements: int = 0
    cells: int = 0
    shared_strings: int = 0
    is_workbook: bool = False


class PartScan:
    """Scans one part: :meth:`feed` it in order, then :meth:`close`. Both raise ``WorkbookRefused``.

    ``kept`` says that openpyxl is going to read the part; one that it never sees may hold longer texts.
    ``sheet`` holds the facts if the part turned out to be a worksheet.
    """

    def __init__(self, name: str, limits: Limits, totals: Totals, *, kept: bool = True) -> None:
        self.name = name
        self._kept = kept
        self.sheet: SheetFacts | None = None
        self._limits = limits
        self._totals = totals
        self._fed = self._elements = self._depth = self._text = 0
        self._row = self._rows = self._row_values = self._merges = 0
        self._print_names = self._others = 0
        self._text_limit = LONGEST_SETTING
        self._row_hidden = False
        self._cell_type: str | None = None
        self._cell_address: str | None = None
        self._waiting_for_value: str | None = None
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._root
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> None:
        """Scan the next bytes of the part."""
        if len(chunk) >= CHUNK and b"<" not in chunk:
            raise refuse("too_complex", part=self.name)
        before = self._elements
        self._parse(chunk, False)
        self._fed += len(chunk)
        # A tag that is not finished is read from its start again with every chunk: that must not go on for
        # long.
        if self._fed - self._parser.CurrentByteIndex > 2 * CHUNK:
            raise refuse("too_complex", part=self.name)
        self._totals.elements += self._elements - before
        if self._totals.elements > self._limits.elements:
            raise refuse("too_many_cells")

    def close(self) -> None:
        """The part has ended: it must be complete."""
        self._parse(b"", True)

    def _parse(self, chunk: bytes, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except (expat.ExpatError, ValueError, LookupError) as error:
            # ValueError and LookupError: an encoding that is unknown or has several bytes a character.
            raise refuse("damaged_part", part=self.name) from error

    def _doctype(self, *_declaration: object) -> None:
        raise refuse("document_type", part=self.name)

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        if any(value.startswith(STRICT_NAMESPACE) for value in attributes.values()):
            raise refuse("strict_workbook")
        kind = tag.rpartition(":")[2]
        if kind == "worksheet":
            self.sheet = SheetFacts()
            self._parser.StartElementHandler = self._in_sheet
        elif kind == "sst":
            self._parser.StartElementHandler = self._in_strings
        else:
            self._parser.StartElementHandler = self._in_support
            if self._kept:
                self._parser.CharacterDataHandler = self._count_text
        self._deeper()

    def _deeper(self) -> None:
        self._elements += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise refuse("too_complex", part=self.name)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._waiting_for_value is not None and tag.rpartition(":")[2] == "c":
            if self.sheet is not None:
                self.sheet.uncalculated.add(self._waiting_for_value)
                if len(self.sheet.uncalculated) > MOST_UNCALCULATED:
                    raise refuse("too_many_cells")
            self._has_value()

    # -- worksheets --------------------------------------------------------------------------------

    def _in_sheet(self, tag: str, attributes: dict[str, str]) -> None:
        self._deeper()
        full_tag = tag
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            self._totals.cells += 1
            self._cell_type = attributes.get("t")
            self._cell_address = attributes.get("r")
        elif tag in ("v", "is"):
            self._value_in_row()
            if self._waiting_for_value is not None:
                self._parser.CharacterDataHandler = self._has_value
        elif tag == "f":
            self._value_in_row()
            if self._cell_type in (None, "n"):
                self._waiting_for_value = self._cell_address or ""
        elif tag == "row":
            self._start_row(attributes)
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "sheetData" and self.sheet is not None and self.sheet.data_at is None:
            self.sheet.data_at = (self._parser.CurrentByteIndex, full_tag)
        elif tag != "t":
            self._another()

    def _another(self) -> None:
        """Count an element that is no row, cell, value or plain text: rules, links, column widths, rich text."""
        self._others += 1
        if self._others > self._limits.support_elements:
            raise refuse("too_complex", part=self.name)

    def _has_value(self, _text: str = "") -> None:
        self._waiting_for_value = None
        self._parser.CharacterDataHandler = None

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._rows += 1
        if self._rows > self._limits.rows + TITLE_ROWS:
            raise refuse("too_many_rows", limit=f"{self._limits.rows:,}")
        number = int(attributes["r"]) if "r" in attributes else self._row + 1
        # openpyxl silently leaves out a row that comes after one with a higher number.
        if not self._row < number <= LAST_EXCEL_ROW:
            raise refuse("damaged_part", part=self.name)
        self._row = number
        self._row_values = 0
        self._row_hidden = attributes.get("hidden") in ("1", "true")

    def _value_in_row(self) -> None:
        sheet = self.sheet
        if sheet is None:
            return
        self._row_values += 1
        if sheet.last_row != self._row:
            if self._row > self._limits.rows + TITLE_ROWS:
                limit = self._limits.rows + TITLE_ROWS
                raise refuse("row_too_far", row=f"{self._row:,}", limit=f"{limit:,}")
            sheet.last_row = self._row
            sheet.hidden_rows += self._row_hidden
        # A formula and its value count as two.
        if self._row_values > 2 * self._limits.columns:
            raise refuse("too_wide", row=f"{self._row:,}", limit=str(self._limits.columns))

    def _merge(self, area: str) -> None:
        self._merges += 1
        left, top, right, bottom = range_boundaries(area)
        if left is None or top is None or right is None or bottom is None:
            raise refuse("merged_cells", area=area[:40])
        width, height = right - left + 1, bottom - top + 1
        if width * height > self._limits.merged_area or self._merges > self._limits.merged_ranges:
            raise refuse("merged_cells", area=area[:40])

    # -- everything else ---------------------------------------------------------------------------

    def _in_strings(self, tag: str, _attributes: dict[str, str]) -> None:
        self._deeper()
        kind = tag.rpartition(":")[2]
        if kind == "si":
            self._totals.shared_strings += 1
        elif kind != "t":
            self._another()

    def _in_support(self, tag: str, attributes: dict[str, str]) -> None:
        self._deeper()
        self._text = 0
        if self._kept:
            self._another()
        self._text_limit = LONGEST_SETTING
        kind = tag.rpartition(":")[2]
        if self._kept:
            limit = LONGEST_PATTERN if kind == "numFmt" else LONGEST_SETTING
            if any(len(value) > limit for value in attributes.values()):
                raise refuse("too_complex", part=self.name)
        if kind == "definedName" and attributes.get("name", "").lower().startswith("_xlnm"):
            self._text_limit = LONGEST_PATTERN
            self._print_names += 1
            if self._print_names > MOST_PRINT_NAMES:
                raise refuse("too_complex", part=self.name)
        if kind in ("Override", "Default"):
            self._content_type(attributes.get("ContentType", "").lower())
        elif kind == "Relationship":
            self._forbid_active(attributes.get("Type", "").lower())

    def _content_type(self, content_type: str) -> None:
        self._forbid_active(content_type)
        if "sheet.binary" in content_type:
            raise refuse("binary_workbook")
        if content_type.endswith(("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")):
            self._totals.is_workbook = True

    def _forbid_active(self, kind: str) -> None:
        if any(active in kind for active in ACTIVE_TYPES):
            raise refuse("active_content", part=kind.rpartition("/")[2][:60])

    def _count_text(self, text: str) -> None:
        self._text += len(text)
        if self._text > self._text_limit:
            raise refuse("too_complex", part=self.name)
