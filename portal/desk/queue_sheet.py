"""The queue as a workbook: exactly the cases that the page shows, in its order."""

from collections.abc import Iterator, Mapping
from typing import IO

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.common.formats import count_text
from portal.common.table_sheet import Column, Value, write_table
from portal.desk.names import KIND_NAMES, reason_tags, state_tag
from portal.desk.queue_queries import Queue, QueueRow


def write_queue(out: IO[bytes], queue: Queue, title: str, total: int, names: Mapping[str, str]) -> int:
    """Write every case of the queue and give their number; the sheet's name tells it too.

    ``names`` are those of the accounts that have cases. Amounts are in USD.
    """
    columns = [
        Column(_("Number"), width=14),
        Column(_("Firm"), width=36),
        Column(_("Credit code"), width=22),
        Column(_("Kind"), width=18),
        Column(_("State"), width=18),
        Column(_("What to look at"), width=40),
        Column(_("Base year"), "text", 10),
        Column(_("Base-year exports, USD"), "amount", 18),
        Column(_("District"), width=10),
        Column(_("Submitted"), "date", 12),
        Column(_("Days waited"), "count", 10),
        Column(_("Due"), "date", 12),
        Column(_("Answer due"), "date", 12),
        Column(_("Handled by"), width=14),
    ]
    # The count first: Excel cuts a sheet's name after 31 characters.
    rows = ngettext("%(count)s row", "%(count)s rows", total, count=count_text(total))
    return write_table(out, f"{rows} {title}", columns, _lines(queue, names))


def _lines(queue: Queue, names: Mapping[str, str]) -> Iterator[tuple[Value, ...]]:
    for row in queue.rows():
        yield (
            row.number,
            row.firm_name,
            row.uscc,
            str(KIND_NAMES[row.kind]),
            state_tag(row)[1],
            _reasons(row),
            str(row.base_year) if row.base_year else None,
            row.exports_minor,
            row.district,
            row.since,
            row.waited,
            row.due,
            row.answer_due,
            names.get(row.holder or ""),
        )


def _reasons(row: QueueRow) -> str:
    return _(", ").join(words for _kind, words in reason_tags(row))
