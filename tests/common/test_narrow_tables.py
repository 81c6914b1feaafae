"""A table says on every cell under which heading it stands, so that a phone can show its rows as blocks."""

import re
from typing import Any

from markupsafe import Markup

from portal.common.narrow_tables import labelled

COLUMNS: list[dict[str, Any]] = [
    {"label": "Order it", "hidden": True},
    {"label": "Claim"},
    {"label": 'What "stands" <out>'},
    {"label": "Sum"},
]


def labels(rows: Markup) -> list[str]:
    """The label of each cell of the rows, "" for one without, in order."""
    cells = re.findall(r"<t[hd]\b[^>]*>", labelled(rows, COLUMNS))
    return [found[1] if (found := re.search(r'data-label="([^"]*)"', cell)) else "" for cell in cells]


def test_each_cell_says_under_which_heading_it_stands() -> None:
    rows = Markup('<tr><td><input></td><td class="tb-code">C1</td><td>late</td><td class="tb-n">5.00</td></tr>')
    assert labels(rows + rows) == ["", "Claim", "What &#34;stands&#34; &lt;out&gt;", "Sum"] * 2


def test_a_cell_over_several_columns_has_no_label_and_the_next_one_has_its_own() -> None:
    assert labels(Markup('<tr><th scope="row" colspan="3">Total</th><td>5.00</td></tr>')) == ["", "Sum"]


def test_a_row_that_names_its_heading_stays_one_for_screen_readers() -> None:
    made = labelled(Markup('<tbody><tr class="tb-now"><th scope="row">a</th><td>b</td></tr></tbody>'), COLUMNS)
    assert re.findall(r'role="(\w+)"', made) == ["rowgroup", "row", "rowheader", "cell"]
    assert 'class="tb-now"' in made


def test_what_stands_in_the_cells_is_left_as_it_is() -> None:
    inner = Markup('<a href="/x?a=1&amp;b=2">R&amp;D</a> <track> <thead-like>')
    assert inner in labelled(Markup("<tr><td>{}</td></tr>").format(inner), COLUMNS)
