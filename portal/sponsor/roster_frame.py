"""All of the roster workbook that is not a line: title and terms on top, totals below, the sheet 说明."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from portal.sponsor import roster_words as words
from portal.sponsor import sheet_styles as styles
from portal.sponsor.roster_lines import RosterTitle, RosterTotals
from portal.sponsor.sheet_stream import Amount, FingerprintHere, Row, Value
from portal.sponsor.sheet_styles import Look

COLUMNS = len(words.headings())
_SHANGHAI = ZoneInfo("Asia/Shanghai")

# In characters of the default font; a Chinese one takes two.
COLUMN_WIDTHS = (9, 34, 22, 12, 10, 19, 24, 12, 12, 12, 13, 12, 10)
EXPLANATION_WIDTHS = (26, 62, 44)
_LINE_HEIGHT = 15.0

# The terms stand three in a row, each over columns of about the same total width.
_TERM_SPANS = (("A", "C"), ("D", "G"), ("H", "M"))
_TERM_STARTS = (0, 3, 7)
_TERM_WIDTH = 65


class PlannedRow(NamedTuple):
    """A row to be written: its cells, the columns to merge, its height in points (None: as text needs)."""

    cells: Row
    merges: tuple[tuple[str, str], ...] = ()
    height: float | None = None


def across(text: str, look: Look, columns: int = COLUMNS) -> PlannedRow:
    """One text over all columns."""
    cells: list[tuple[Value, Look]] = [(text, look), *[(None, look)] * (columns - 1)]
    return PlannedRow(cells, (("A", chr(ord("A") + columns - 1)),))


def _height(text: str, width: int) -> float:
    """Points that a text needs over merged columns of this width: no program fits merged rows by itself."""
    characters = sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in text)
    return _LINE_HEIGHT * ceil(characters / (width - 2)) + 3


def _paragraph(text: str) -> PlannedRow:
    columns = len(EXPLANATION_WIDTHS)
    return across(text, styles.TEXT, columns)._replace(height=_height(text, sum(EXPLANATION_WIDTHS)))


def top_rows(title: RosterTitle) -> list[PlannedRow]:
    """Title, as-of date, scheme, city, currency and terms, ending with the row of headings."""
    facts = [
        ("统保方案", f"{title.scheme_title}（{title.scheme_key}）"),
        ("城市", title.city),
        ("币种", f"{words.CURRENCY_WORDS[title.currency]}（{title.currency}）"),
        *title.terms_summary,
    ]
    rows = [
        across(title.heading, styles.TITLE)._replace(height=30),
        across(title.as_of_words, styles.SUBTITLE)._replace(height=18),
    ]
    for start in range(0, len(facts), len(_TERM_SPANS)):
        cells: list[tuple[Value, Look]] = [(None, styles.TERM)] * COLUMNS
        shown = facts[start : start + len(_TERM_SPANS)]
        texts = [f"{label}：{value}" for label, value in shown]
        for column, text in zip(_TERM_STARTS, texts, strict=False):
            cells[column] = (text, styles.TERM)
        rows.append(PlannedRow(cells, _TERM_SPANS, max(_height(text, _TERM_WIDTH) for text in texts)))
    headings: Row = [(heading, styles.HEADING) for heading in words.headings(title.currency)]
    return [*rows, PlannedRow(headings, (), 30)]


def total_rows(title: RosterTitle, totals: RosterTotals) -> Iterator[PlannedRow]:
    """What follows the lines: a thin empty row, 合计, and the counts by state, decision and acknowledgement.

    The empty row keeps Excel from drawing the totals into the filter when it is applied anew.
    """
    if not totals.lines:
        yield across(f"{title.as_of_words}，没有已签发的保单。", styles.WORD)._replace(height=24)
    yield PlannedRow([(None, styles.TERM)], (), 6)
    amount_label = f"出口额合计（{words.CURRENCY_WORDS[title.currency]}）"
    yield _counts("合计", ("保单份数", totals.lines), (amount_label, Amount(totals.total_minor)))
    yield _counts("状态", *[(word, totals.states[state]) for state, word in words.STATE_WORDS.items()])
    yield _counts("决定方式", *[(word, totals.decided[by]) for by, word in words.DECIDED_WORDS.items()])
    yield _counts("收悉", ("已收悉", totals.acknowledged), ("未收悉", totals.lines - totals.acknowledged))


def _counts(name: str, *counts: tuple[str, Value]) -> PlannedRow:
    """A row of totals: its name, then each count in a column of its own behind its label."""
    cells: list[tuple[Value, Look]] = [(None, styles.TOTAL_WORD)] * COLUMNS
    cells[0] = (name, styles.TOTAL_WORD)
    for (label_at, value_at), (label, value) in zip(((1, 2), (3, 5), (6, 7)), counts, strict=False):
        cells[label_at] = (label, styles.TOTAL_WORD)
        cells[value_at] = (value, styles.TOTAL_AMOUNT if isinstance(value, Amount) else styles.TOTAL_COUNT)
    return PlannedRow(cells, (("D", "E"),), 22)


def explanation_rows(title: RosterTitle, totals: RosterTotals) -> list[PlannedRow]:
    """The sheet 说明: what this document is, totals, terms, every column explained, and how to verify."""
    made_at = title.made_at.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    unit = words.CURRENCY_WORDS[title.currency]
    return [
        across(f"{title.heading}：说明", styles.TITLE, 3)._replace(height=30),
        _section("一、本名册"),
        _fact("名册", title.heading, styles.TEXT),
        _fact("统保方案", f"{title.scheme_title}（{title.scheme_key}）", styles.TEXT),
        _fact("城市", title.city, styles.TEXT),
        _fact(
            "截至日期",
            title.as_of,
            styles.DATE_LEFT,
            "截至该日已签发的全部保单，不含自始撤销的；状态按该日判断",
        ),
        _fact("生成时间", f"{made_at}（北京时间）", styles.TEXT),
        _fact(words.EXPORT_ID_LABEL, title.export_id, styles.TEXT, "每次导出一个编号，核对时凭它找存档记录"),
        _fact("条款指纹", title.terms_fingerprint, styles.TEXT, "所用统保条款的 SHA-256 值"),
        _fact(
            words.FINGERPRINT_LABEL,
            FingerprintHere(),
            styles.TEXT,
            "存档记录的 SHA-256 值，前 16 位印在页脚",
        ),
        _section("二、合计"),
        _fact("保单份数", totals.lines, styles.COUNT_LEFT),
        _fact(f"基期出口额合计（{unit}）", Amount(totals.total_minor), styles.AMOUNT_LEFT, "不随筛选改变"),
        _fact("海关数据中没有的企业", totals.without_exports, styles.COUNT_LEFT, "基期出口额为空白，不计入合计"),
        *[
            _fact(f"状态：{word}", totals.states[key], styles.COUNT_LEFT)
            for key, word in words.STATE_WORDS.items()
        ],
        *[
            _fact(f"决定方式：{word}", totals.decided[key], styles.COUNT_LEFT)
            for key, word in words.DECIDED_WORDS.items()
        ],
        _fact("已收悉", totals.acknowledged, styles.COUNT_LEFT),
        _fact("未收悉", totals.lines - totals.acknowledged, styles.COUNT_LEFT, "收悉日期为空白"),
        _section("三、条款"),
        *[_fact(label, value, styles.TEXT) for label, value in title.terms_summary],
        _paragraph(words.PROVISIONAL_NOTE),
        _section("四、各栏说明"),
        PlannedRow([(heading, styles.HEADING) for heading in ("栏目", "含义", "来源")], (), 22),
        *[
            PlannedRow([(heading, styles.WORD_WRAPPED), (meaning, styles.TEXT), (source, styles.TEXT)])
            for heading, meaning, source in words.column_explanations(title.currency)
        ],
        _section("五、怎样核对"),
        *[_paragraph(f"{number}. {step}") for number, step in enumerate(words.VERIFICATION_STEPS, 1)],
    ]


def _section(name: str) -> PlannedRow:
    return across(name, styles.SECTION, 3)._replace(height=24)


def _fact(label: str, value: Value, look: Look, remark: str | None = None) -> PlannedRow:
    return PlannedRow([(label, styles.WORD_WRAPPED), (value, look), (remark, styles.TEXT)])
