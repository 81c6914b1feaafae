"""What a table needs to stand on a phone as a list of rows: every cell says under which heading it stands.

On a wide screen nothing of it shows. On a narrow one a row becomes a block of lines, label and value, and nothing
is hidden beyond the edge; the roles keep it a table for screen readers, whatever the style sheet makes of it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from markupsafe import Markup

_OPENING = re.compile(r"<(tbody|tfoot|tr|th|td)\b([^>]*)>")
_SPAN = re.compile(r'\bcolspan="(\d+)"')
_ROLES = {"tbody": "rowgroup", "tfoot": "rowgroup", "tr": "row", "th": "rowheader", "td": "cell"}


def labelled(rows: Markup, columns: Sequence[Mapping[str, Any]]) -> Markup:
    """The rows of a table, written by a page, with the label of its column on each cell.

    A cell that spans several columns, or stands under a heading for screen readers only, needs none. Tables within
    cells are not looked for: there are none.
    """
    parts, at, place = [], 0, 0
    for found in _OPENING.finditer(rows):
        name = found[1]
        label: object = None
        if name == "tr":
            place = 0
        elif name in ("th", "td"):
            span = _SPAN.search(found[2])
            wide = int(span[1]) if span else 1
            column = columns[place] if wide == 1 and place < len(columns) else {}
            place += wide
            label = None if column.get("hidden") else column.get("label")
        parts += [rows[at : found.end() - 1], Markup(' role="{}"').format(_ROLES[name])]
        if label is not None:
            parts.append(Markup(' data-label="{}"').format(label))
        at = found.end() - 1
    return Markup("").join([*parts, rows[at:]])


def register(app: Flask) -> None:
    """Give templates the filter `labelled`."""
    app.add_template_filter(labelled)
