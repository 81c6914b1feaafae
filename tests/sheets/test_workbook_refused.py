"""Every bad or hostile file ends in one clear sentence, whatever it tries."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.common import workbook_guard, workbook_scan
from portal.common.workbook import Limits, WorkbookRefused, open_table
from tests.sheets.books import (
    CODE,
    HEADER_XML,
    HEADINGS,
    LINE,
    LINE_XML,
    MAIN,
    SHEET_PART,
    book,
    listing,
    package,
    refusal,
    refused_code,
    rows_of,
    sheet_xml,
    zipped,
)

GOOD = HEADER_XML + LINE_XML
OLE2 = workbook_guard.OLE2_MAGIC + bytes(2000)


def with_rows(data: str, *, before: str = "", after: str = "") -> bytes:
    """A workbook with one good line and then these rows."""
    return zipped(package(sheet_xml(GOOD + data, before=before, after=after)))


def with_part(name: str, content: str | bytes = "<a/>") -> bytes:
    """A good workbook with one more part."""
    return zipped({**package(), name: content.encode() if isinstance(content, str) else content})


def with_styles(inside: str) -> bytes:
    """A good workbook with these styles."""
    return with_part("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{inside}</styleSheet>')


def with_names(inside: str) -> bytes:
    """A good workbook with these defined names."""
    workbook = package()["xl/workbook.xml"].decode()
    names = f"</sheets><definedNames>{inside}</definedNames>"
    return with_part("xl/workbook.xml", workbook.replace("</sheets>", names))


def patched(source: bytes, offset_in_entry: int, value: bytes) -> bytes:
    """The archive with bytes changed in every entry of its directory."""
    changed = bytearray(source)
    place = changed.find(workbook_guard.ZIP_DIRECTORY_ENTRY)
    while place >= 0:
        changed[place + offset_in_entry : place + offset_in_entry + len(value)] = value
        place = changed.find(workbook_guard.ZIP_DIRECTORY_ENTRY, place + 4)
    return bytes(changed)


def utf_16(text: str) -> bytes:
    return text.replace("UTF-8", "UTF-16").encode("utf-16")


DOCTYPE = '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE worksheet [%s]>' + sheet_xml(GOOD).partition("?>")[2]
LAUGHS = "<!ENTITY a '0123456789'>" + "".join(
    f"<!ENTITY {name} '{f'&{earlier};' * 10}'>" for earlier, name in zip("abcdefgh", "bcdefghi", strict=True)
)
QUADRATIC = f"<!ENTITY a '{'x' * 50_000}'>"

NOT_WORKBOOKS: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", "file_empty"),
    "an old .xls": (OLE2, "old_xls"),
    "a password": (OLE2 + workbook_guard.ENCRYPTED_STREAM, "password_protected"),
    "csv in UTF-8": ("企业名称,年度\n厦门,2021\n".encode(), "text_file"),
    "csv in GBK": ("企业名称,年度\n厦门,2021\n".encode("gb18030"), "text_file"),
    "csv in UTF-16": ("企业名称\t年度\n".encode("utf-16"), "text_file"),
    "a long csv cut inside a letter": (("a" + "厦门市" * 3000).encode(), "text_file"),
    "a web page": ("\ufeff <html><table></table></html>".encode(), "markup_file"),
    "an XML spreadsheet": (b'<?xml version="1.0"?><Workbook/>', "markup_file"),
    "a PDF": (b"%PDF-1.7\n\x00\x01\x02", "not_a_workbook"),
    "random bytes": (bytes(range(256)) * 20, "not_a_workbook"),
    "an archive of something else": (zipped({"a.txt": b"a"}), "not_a_workbook"),
    "a word document": (
        zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"}),
        "not_a_workbook",
    ),
    "an .xlsb": (with_part("xl/workbook.bin", b"\x00"), "binary_workbook"),
    "a strict workbook": (
        with_part("xl/workbook.xml", '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'),
        "strict_workbook",
    ),
    "only the magic bytes": (workbook_guard.ZIP_MAGIC, "damaged"),
    "the first half": (listing(LINE)[:3000], "damaged"),
    "a broken part": (with_part(SHEET_PART, sheet_xml(GOOD)[:-20]), "damaged_part"),
    "rows in no order": (with_rows('<row r="2"><c><v>1</v></c></row>'), "damaged_part"),
    "a row beyond Excel": (with_rows('<row r="99999999999"><c><v>1</v></c></row>'), "damaged_part"),
    "a row number of 5,000 digits": (with_rows(f'<row r="{"9" * 5000}"/>'), "damaged_part"),
    "a number that is none": (with_rows('<row r="3"><c><v>abc</v></c></row>'), "damaged"),
    "a number of 5,000 digits": (with_rows(f'<row r="3"><c><v>{"9" * 5000}</v></c></row>'), "damaged"),
    "a string that is not there": (with_rows('<row r="3"><c t="s"><v>7</v></c></row>'), "damaged"),
    "an unknown encoding": (
        with_part(SHEET_PART, sheet_xml(GOOD).replace("UTF-8", "klingon").encode()),
        "damaged_part",
    ),
}

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a doctype": (lambda: with_part(SHEET_PART, DOCTYPE % ""), "document_type"),
    "a doctype in UTF-16": (lambda: with_part(SHEET_PART, utf_16(DOCTYPE % "")), "document_type"),
    "a billion laughs": (lambda: with_part("xl/sharedStrings.xml", DOCTYPE % LAUGHS), "document_type"),
    "quadratic entities": (lambda: with_part("xl/styles.xml", DOCTYPE % QUADRATIC), "document_type"),
    "an entity from a file": (
        lambda: with_part("docProps/core.xml", DOCTYPE % "<!ENTITY a SYSTEM 'file:///etc/passwd'>"),
        "document_type",
    ),
    "two parts of one name": (
        lambda: zipped([*package().items(), (SHEET_PART, package()[SHEET_PART])]),
        "unsafe_part",
    ),
    "two parts that differ in case": (lambda: with_part("xl/WORKBOOK.xml"), "unsafe_part"),
    "a part above the folder": (lambda: with_part("../evil.xml"), "unsafe_part"),
    "a part above, further in": (lambda: with_part("xl/../../evil.xml"), "unsafe_part"),
    "an absolute part": (lambda: with_part("/etc/passwd.xml"), "unsafe_part"),
    "a backslash": (lambda: with_part("xl\\evil.xml"), "unsafe_part"),
    "a drive": (lambda: with_part("C:evil.xml"), "unsafe_part"),
    "a way of packing that cannot be bounded": (
        lambda: zipped(package(), zipfile.ZIP_LZMA),
        "unsafe_part",
    ),
    "an encrypted flag": (lambda: patched(zipped(package()), 8, b"\x01\x00"), "password_protected"),
    "a size that lies": (lambda: patched(zipped(package()), 24, struct.pack("<I", 10)), "damaged"),
    "a checksum that lies": (lambda: patched(zipped(package()), 16, b"\0\0\0\0"), "damaged"),
    "macros": (lambda: with_part("xl/vbaProject.bin", b"\x00"), "active_content"),
    "an old macro sheet": (lambda: with_part("xl/macrosheets/sheet1.xml"), "active_content"),
    "a link to another workbook": (lambda: with_part("xl/externalLinks/externalLink1.xml"), "active_content"),
    "an embedded object": (lambda: with_part("xl/embeddings/oleObject1.bin", b"\x00"), "active_content"),
    "a control": (lambda: with_part("xl/activeX/activeX1.xml"), "active_content"),
    "a data connection": (lambda: with_part("xl/connections.xml"), "active_content"),
    "macros under another name": (
        lambda: with_part(
            "[Content_Types].xml",
            package()["[Content_Types].xml"].replace(
                b"officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
            ),
        ),
        "active_content",
    ),
    "a link under another name": (
        lambda: with_part(
            "xl/worksheets/_rels/sheet1.xml.rels",
            '<Relationships><Relationship Id="r1" Target="a.xml" Type="http://x/externalLinkPath"/></Relationships>',
        ),
        "active_content",
    ),
    "251 parts": (
        lambda: zipped([*package().items(), *((f"xl/x{n}.xml", b"<a/>") for n in range(251))]),
        "too_many_parts",
    ),
    "a picture of zeros": (lambda: with_part("xl/media/image1.png", bytes(5_000_000)), "expands_too_far"),
    "a text of 2 MB": (
        lambda: with_rows(f'<row r="3"><c t="str"><v>{"x" * 2_000_000}</v></c></row>'),
        "too_complex",
    ),
    "a tag of 2 MB": (lambda: with_rows(f'<row r="3" x="{"<" * 2_000_000}"/>'.replace("<<", "  ")), "too_complex"),
    "a comment of 2 MB": (lambda: with_rows("<!--" + "<" * 2_000_000 + "-->"), "too_complex"),
    "tags in tags": (lambda: with_rows("<row>" + "<a>" * 20_000 + "</a>" * 20_000 + "</row>"), "too_complex"),
    "rules without end": (
        lambda: with_rows("", after="".join(f'<conditionalFormatting sqref="A{n}"/>' for n in range(60_000))),
        "too_complex",
    ),
    "styles without end": (lambda: with_styles("<cellXfs>" + "<xf/>" * 60_000 + "</cellXfs>"), "too_complex"),
    "rich text without end": (
        lambda: with_part(
            "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si>' + "<r><t>x</t></r>" * 60_000 + "</si></sst>"
        ),
        "too_complex",
    ),
    "a number format that takes for ever": (
        lambda: with_styles(f'<numFmts><numFmt numFmtId="200" formatCode="{"[" * 5000}"/></numFmts>'),
        "too_complex",
    ),
    "a print area that takes for ever": (
        lambda: with_names(f'<definedName name="_xlnm.Print_Titles" localSheetId="0">{"1" * 5000}</definedName>'),
        "too_complex",
    ),
    "print areas without end": (
        lambda: with_names('<definedName name="_xlnm.Print_Area" localSheetId="0">a</definedName>' * 1_001),
        "too_complex",
    ),
    "a cell at the far end": (
        lambda: with_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "row_too_far",
    ),
    "a million empty rows": (
        lambda: with_rows("".join(f'<row r="{n}"/>' for n in range(3, 100_020))),
        "too_many_rows",
    ),
    "16,384 filled columns": (
        lambda: with_rows('<row r="3">' + "<c><v>1</v></c>" * 16_384 + "</row>"),
        "too_wide",
    ),
    "a merge of the whole sheet": (
        lambda: with_rows("", after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "merged_cells",
    ),
    "a merge of whole columns": (
        lambda: with_rows("", after='<mergeCells><mergeCell ref="A:Z"/></mergeCells>'),
        "merged_cells",
    ),
    "thousands of merges": (
        lambda: with_rows("", after="<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 5_001 + "</mergeCells>"),
        "merged_cells",
    ),
    "strings that no cell uses": (
        lambda: with_part(
            "xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">' + "<si><t>x</t></si>" * 20_100 + "</sst>"
        ),
        "too_many_cells",
    ),
}


@pytest.mark.parametrize("name", NOT_WORKBOOKS)
def test_what_is_no_readable_workbook_is_named(name: str) -> None:
    source, code = NOT_WORKBOOKS[name]

    assert refused_code(source) == code


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_with_its_reason(name: str) -> None:
    build, code = HOSTILE[name]

    assert refused_code(build()) == code


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (_build, code) in HOSTILE.items()
        if code in ("row_too_far", "too_many_rows", "too_wide", "too_complex")
    ],
)
def test_what_is_refused_for_its_size_never_reaches_openpyxl(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("openpyxl was asked")

    monkeypatch.setattr("openpyxl.load_workbook", never)
    build, code = HOSTILE[name]

    assert refused_code(build()) == code


def test_a_bomb_is_left_at_the_limit_and_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = with_part("xl/media/image1.png", bytes(50_000_000))
    unpacked = 0
    read = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        nonlocal unpacked
        chunk = read(self, n)
        unpacked += len(chunk)
        return chunk

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)

    assert refused_code(bomb, Limits(inflated=3_000_000, ratio=10**6)) == "expands_too_far"
    assert unpacked < 3_000_000 + 2 * workbook_scan.CHUNK


def test_more_elements_than_may_be_read_are_refused() -> None:
    assert refused_code(listing(*[LINE] * 50), Limits(elements=200)) == "too_many_cells"


def test_more_formulas_without_values_than_are_remembered_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_scan, "MOST_UNCALCULATED", 100)

    assert refused_code(listing(*[("=A1",)] * 101)) == "too_many_cells"


def test_a_file_over_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    source = listing(LINE)
    path = tmp_path / "big.xlsx"
    path.write_bytes(source)

    assert refused_code(source, Limits(size=len(source) - 1)) == "file_too_large"
    with pytest.raises(WorkbookRefused) as refused:
        open_table(path, HEADINGS, limits=Limits(size=len(source) - 1))
    assert refused.value.problem.code == "file_too_large"
    assert len(rows_of(source, limits=Limits(size=len(source)))) == 1


@pytest.mark.parametrize("name", ["nowhere.xlsx", "", "a\0b.xlsx"])
def test_a_file_that_is_not_there_is_refused_like_any_other(name: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        open_table(tmp_path / name, HEADINGS)
    assert refused.value.problem.code == "file_missing"


def test_a_full_disk_is_our_own_fault_and_not_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)

    with pytest.raises(OSError, match="No space left"):
        open_table(listing(LINE), HEADINGS)


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), KeyError("x"), SystemError()])
def test_whatever_a_library_raises_becomes_a_refusal(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("openpyxl.load_workbook", fail)

    refused = refusal(listing(LINE))

    assert refused.problem.code in ("damaged", "too_many_cells")
    assert refused.__cause__ is error


def test_a_refusal_names_the_cell_area_or_part_it_is_about() -> None:
    wide = refusal(HOSTILE["16,384 filled columns"][0]()).problem
    merged = refusal(HOSTILE["a merge of the whole sheet"][0]()).problem
    linked = refusal(HOSTILE["a link to another workbook"][0]()).problem

    assert wide.params["row"] == "3"
    assert merged.params["area"] == "A1:XFD1048576"
    assert linked.params["part"] == "xl/externalLinks/externalLink1.xml"
    assert CODE in refusal(book(("a", [("b",)]))).problem.english()
