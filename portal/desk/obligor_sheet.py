"""The desk's list of obligors or look-alikes as a workbook: exactly the rows that the page shows, in its order."""

from typing import IO

from flask_babel import gettext as _

from portal.common.table_sheet import Column, write_table
from portal.desk.obligor_list import RECORDS, ObligorList
from portal.obligors.identifiers import country_name
from portal.obligors.names import KIND_NAMES, LOOKALIKE_TAGS, WHY_NAMES


def write_obligors(out: IO[bytes], shown: ObligorList, title: str) -> int:
    """Write every row that is asked for, and give their number."""
    if shown.wanted.view != RECORDS:
        return _write_pairs(out, shown, title)
    columns = [
        Column(_("Number"), width=14),
        Column(_("Called"), width=40),
        Column(_("Kind"), width=14),
        Column(_("Country"), width=16),
        Column(_("Registration number"), width=20),
        Column(_("LEI"), width=24),
        Column(_("BIC"), width=14),
        Column(_("Firms"), "count", 10),
        Column(_("Notices"), "count", 10),
        Column(_("Claims"), "count", 10),
        Column(_("Look-alikes"), "count", 10),
    ]
    rows = (
        (
            row.obligor.number,
            row.obligor.name,
            str(KIND_NAMES[row.obligor.kind]),
            country_name(row.obligor.country),
            row.obligor.registration_number,
            row.obligor.lei,
            row.obligor.bic,
            row.firms,
            row.notices,
            row.claims,
            row.lookalikes,
        )
        for row in shown.records()
    )
    return write_table(out, title, columns, rows)


def _write_pairs(out: IO[bytes], shown: ObligorList, title: str) -> int:
    columns = [
        Column(_("Number"), width=14),
        Column(_("Called"), width=40),
        Column(_("Country"), width=16),
        Column(_("Looks like"), width=40),
        Column(_("Country"), width=16),
        Column(_("Likeness of 1,000"), "count", 12),
        Column(_("Why"), width=30),
        Column(_("State"), width=16),
        Column(_("Found"), "date", 12),
        Column(_("Due"), "date", 12),
    ]
    rows = (
        (
            row.asked.number,
            row.first.name,
            country_name(row.first.country),
            row.second.name,
            country_name(row.second.country),
            row.asked.score,
            _(", ").join(str(WHY_NAMES[one]) for one in row.asked.why.split()),
            str(LOOKALIKE_TAGS[row.asked.state][1]),
            row.asked.found_on,
            row.asked.due_on,
        )
        for row in shown.pairs()
    )
    return write_table(out, title, columns, rows)
