"""The roster 投保名册: who is insured under a scheme on a date, as an Excel workbook for the sponsor's files.

Two sheets: the roster, and 说明, which explains every column and carries totals, terms and the fingerprint.
Lines are streamed: memory grows only with the compressed record that `roster_check` compares the file with.

There is no formula in the workbook. openpyxl writes formulas without a result, so previews and protected
views would show empty totals; numbers are right everywhere, and any formula found later is an alteration.
"""

import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook

from portal.sponsor import sheet_styles as styles
from portal.sponsor.roster_frame import (
    COLUMN_WIDTHS,
    EXPLANATION_WIDTHS,
    PlannedRow,
    explanation_rows,
    top_rows,
    total_rows,
)
from portal.sponsor.roster_lines import RosterLine, RosterProof, RosterTitle, RosterTotals
from portal.sponsor.roster_record import RecordWriter, amount_text
from portal.sponsor.roster_words import (
    DECIDED_WORDS,
    EXPLANATION_SHEET,
    ROSTER_SHEET,
    STATE_WORDS,
    amount_heading,
)
from portal.sponsor.sheet_stream import (
    SheetStream,
    amount_value,
    clean_text,
    fill_date,
    fill_number,
    fill_text,
    recorded_row,
)

__all__ = ["RosterLine", "RosterProof", "RosterTitle", "write_roster"]

COLUMN_LOOKS = (
    *(styles.NUMBER, styles.TEXT, styles.CODE, styles.CODE, styles.NUMBER, styles.AMOUNT, styles.CODE),
    *(styles.DATE, styles.DATE, styles.DATE, styles.WORD, styles.DATE, styles.WORD),
)
_LAST_COLUMN = "M"
MOST_LINES = 200_000  # many times any city so far; the guard of the reader is set by it
_FINGERPRINT_IN_FOOTER = 16
EXPORT_ID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def write_roster(out: BinaryIO | Path, title: RosterTitle, lines: Iterable[RosterLine]) -> RosterProof:
    """Write the workbook to a path (it appears there only when complete) or a stream, lines in their order.

    ValueError for a line whose amount a worksheet cannot hold exactly, a currency without a Chinese word, an
    export id that is no ULID, a `made_at` without time zone, or more than 200,000 lines.
    """
    amount_heading(title.currency)
    if EXPORT_ID.fullmatch(title.export_id) is None:
        raise ValueError(f"The export id {title.export_id!r} is no ULID.")
    if title.made_at.utcoffset() is None:
        raise ValueError("The time at which a roster was made needs a time zone.")
    workbook = Workbook(write_only=True)
    workbook.properties.creator = workbook.properties.lastModifiedBy = "统保"
    workbook.properties.title = clean_text(title.heading)
    try:
        proof = _write_sheets(workbook, title, lines)
        _save(workbook, out)
    except BaseException:
        _discard(workbook)
        raise
    return proof


def _write_sheets(workbook: Workbook, title: RosterTitle, lines: Iterable[RosterLine]) -> RosterProof:
    """Both sheets; the second comes last because totals and fingerprint are known only after every line."""
    record = RecordWriter()
    roster = SheetStream(workbook.create_sheet(ROSTER_SHEET))
    top = top_rows(title)
    styles.set_up_page(roster.sheet, landscape=True, widths=COLUMN_WIDTHS, repeat_row=len(top))
    # Number and name of the firm stay in sight while one scrolls sideways.
    roster.sheet.freeze_panes = f"C{len(top) + 1}"
    record.open_sheet(ROSTER_SHEET)
    _write_planned(roster, top, record)
    totals = _write_lines(roster, record, lines)
    roster.sheet.auto_filter.ref = f"A{len(top)}:{_LAST_COLUMN}{roster.row}"
    _write_planned(roster, total_rows(title, totals), record)

    explanation = explanation_rows(title, totals)
    record.open_sheet(EXPLANATION_SHEET)
    for planned in explanation:
        record.add_row(recorded_row(planned.cells))
    fingerprint, content = record.finish()
    about = SheetStream(workbook.create_sheet(EXPLANATION_SHEET))
    styles.set_up_page(about.sheet, landscape=False, widths=EXPLANATION_WIDTHS, repeat_row=None)
    _write_planned(about, explanation, None, fingerprint)
    for stream in (roster, about):
        short = fingerprint[:_FINGERPRINT_IN_FOOTER]
        styles.set_footer(stream.sheet, left=title.as_of_words, right=f"指纹 {short}")
    return RosterProof(fingerprint, totals.lines, totals.total_minor, content)


def _write_planned(
    stream: SheetStream, rows: Iterable[PlannedRow], record: RecordWriter | None, fingerprint: str = ""
) -> None:
    for planned in rows:
        stream.append(planned.cells, height=planned.height, fingerprint=fingerprint)
        for first, last in planned.merges:
            stream.merge(first, last)
        if record is not None:
            record.add_row(recorded_row(planned.cells))


def _write_lines(stream: SheetStream, record: RecordWriter, lines: Iterable[RosterLine]) -> RosterTotals:
    """The body. One prepared cell per column is filled anew for each line: openpyxl writes a row before
    `append` returns, and to make and style 13 cells a line would cost more than to write them."""
    totals = RosterTotals()
    cells = [styles.prepared_cell(stream.sheet, look) for look in COLUMN_LOOKS]
    number, firm, uscc, place, year, exports, policy, *dates_and_words = cells
    starts, ends, applied, decided, acknowledged, state = dates_and_words
    for index, line in zip(count(1), lines):
        if index > MOST_LINES:
            raise ValueError(f"A roster holds at most {MOST_LINES:,} lines.")
        totals.add(line)
        amount = line.exports_minor
        try:
            fill_number(exports, None if amount is None else amount_value(amount))
        except ValueError as error:
            raise ValueError(f"Line {index}: {error}") from error
        firm_name, code, town = clean_text(line.firm_name), clean_text(line.uscc), clean_text(line.place)
        policy_number = clean_text(line.policy_number)
        how, condition = DECIDED_WORDS[line.decided_by], STATE_WORDS[line.state]
        fill_number(number, index)
        fill_text(firm, firm_name)
        fill_text(uscc, code)
        fill_text(place, town)
        fill_number(year, line.base_year)
        fill_text(policy, policy_number)
        fill_date(starts, line.starts_on)
        fill_date(ends, line.ends_on)
        fill_date(applied, line.applied_on)
        fill_text(decided, how)
        fill_date(acknowledged, line.acknowledged_on)
        fill_text(state, condition)
        stream.append_cells(cells)
        record.add_row(
            [
                f"i{index}",
                f"s{firm_name}" if firm_name else None,
                f"s{code}" if code else None,
                f"s{town}" if town else None,
                f"i{line.base_year}",
                None if amount is None else f"m{amount_text(amount)}",
                f"s{policy_number}" if policy_number else None,
                f"d{line.starts_on.isoformat()}",
                f"d{line.ends_on.isoformat()}",
                f"d{line.applied_on.isoformat()}",
                f"s{how}",
                None if line.acknowledged_on is None else f"d{line.acknowledged_on.isoformat()}",
                f"s{condition}",
            ]
        )
    # The total is one more number in a cell, so it must fit as exactly as each line does.
    amount_value(totals.total_minor)
    return totals


def _save(workbook: Workbook, out: BinaryIO | Path) -> None:
    if not isinstance(out, Path):
        workbook.save(out)
        return
    partial = out.with_name(f".{out.name}.part")
    try:
        workbook.save(partial)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _discard(workbook: Workbook) -> None:
    """Remove the temporary files that openpyxl streams to; it would keep them until the process ends."""
    for sheet in workbook.worksheets:
        raw: Any = sheet
        if raw._writer is not None:
            if not raw.closed:
                raw.close()
            Path(raw._writer.out).unlink(missing_ok=True)
