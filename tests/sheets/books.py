"""Workbooks for the tests, honest and hostile ones, all built here in memory."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook

from portal.common.workbook import Heading, Limits, Row, WorkbookRefused, open_table

CODE, NAME, YEAR, EXPORTS = "统一社会信用代码", "企业名称", "年度", "出口额（美元）"
NAMES = (CODE, NAME, YEAR, EXPORTS)
HEADINGS = [Heading(name) for name in NAMES]
GOOD_CODE = "91350200MA2XN3KE6X"
LINE: tuple[object, ...] = (GOOD_CODE, "厦门海沧测试有限公司", 2021, 1234.5)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_PART = "xl/worksheets/sheet1.xml"
HEADER_XML = (
    '<row r="1">'
    + "".join(
        f'<c r="{column}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for column, name in zip("ABCD", NAMES, strict=True)
    )
    + "</row>"
)
LINE_XML = (
    f'<row r="2"><c r="A2" t="inlineStr"><is><t>{GOOD_CODE}</t></is></c>'
    '<c r="B2" t="inlineStr"><is><t>厦门海沧测试有限公司</t></is></c>'
    '<c r="C2"><v>2021</v></c><c r="D2"><v>1234.5</v></c></row>'
)


def book(
    *sheets: tuple[str, Sequence[Sequence[object]]],
    states: Mapping[str, str] | None = None,
    write_only: bool = False,
) -> bytes:
    """An honest workbook as openpyxl writes it; ``states`` hides sheets by name."""
    workbook = Workbook(write_only=write_only)
    if not write_only:
        del workbook["Sheet"]
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        sheet.sheet_state = (states or {}).get(title, "visible")
        for row in rows:
            sheet.append(list(row))
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    """The workbook's bytes."""
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def listing(*lines: Sequence[object]) -> bytes:
    """One sheet with the headings in row 1 and these lines below."""
    return book(("出口", [NAMES, *lines]))


def sheet_xml(data: str, *, before: str = "", after: str = "") -> str:
    """A worksheet part around these rows."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">{before}'
        f"<sheetData>{data}</sheetData>{after}</worksheet>"
    )


def package(sheet: str | bytes | None = None, **more: str | bytes) -> dict[str, bytes]:
    """The parts of a minimal workbook with one sheet.

    Further parts by keyword, a double underscore for the slash and a single one for the dot.
    """
    base = "http://schemas.openxmlformats.org/package/2006"
    ooxml = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{base}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{ooxml}.sheet.main+xml"/>'
        f'<Override PartName="/{SHEET_PART}" ContentType="{ooxml}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{ooxml}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{ooxml}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{base}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="出口" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{base}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"/>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
        SHEET_PART: sheet if sheet is not None else sheet_xml(HEADER_XML + LINE_XML),
    }
    parts.update({name.replace("__", "/").replace("_", "."): content for name, content in more.items()})
    return {name: content.encode() if isinstance(content, str) else content for name, content in parts.items()}


def zipped(parts: Mapping[str, bytes] | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The parts as an archive; pairs may repeat a name."""
    out = io.BytesIO()
    pairs = list(parts.items()) if isinstance(parts, Mapping) else list(parts)
    with zipfile.ZipFile(out, "w", method) as archive:
        for place, (name, content) in enumerate(pairs):
            # A repeated name is written under another one of the same length first: zipfile warns of repeats.
            repeats = name in [other for other, _content in pairs[:place]]
            archive.writestr("\x01" * len(name) if repeats else name, content)
            if repeats:
                return _rename(archive, out, name, pairs[place + 1 :])
    return out.getvalue()


def _rename(archive: zipfile.ZipFile, out: io.BytesIO, name: str, rest: list[tuple[str, bytes]]) -> bytes:
    for other, content in rest:
        archive.writestr(other, content)
    archive.close()
    return out.getvalue().replace(b"\x01" * len(name), name.encode())


def rows_of(source: bytes, headings: Sequence[Heading] = HEADINGS, limits: Limits | None = None) -> list[Row]:
    """All rows of the table in the file."""
    with open_table(source, headings, limits=limits) as table:
        return list(table.rows())


def refusal(
    source: bytes, headings: Sequence[Heading] = HEADINGS, limits: Limits | None = None
) -> WorkbookRefused:
    """The refusal that opening and reading the file ends in; there must be one."""
    try:
        rows = rows_of(source, headings, limits)
    except WorkbookRefused as refused:
        return refused
    raise AssertionError(f"the file was accepted with {len(rows)} rows")


def refused_code(source: bytes, limits: Limits | None = None) -> str:
    """The code of the refusal, having put it into words, which fails if a value is missing."""
    refused = refusal(source, limits=limits)
    words = refused.problem.english()
    assert "\n" not in words
    assert words.endswith(".")
    return refused.problem.code
