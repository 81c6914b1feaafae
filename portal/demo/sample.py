"""The made-up sample: about forty invented firms, turned into the files that public bodies would send.

`firms.csv` and `lists.csv` stand beside this module with the decision each firm is expected to get. Dates are
relative to the day the demonstration is started, so that it runs on any day. The firms of the batch `spare`
are known to the public bodies only: they are left for whoever tries the portal. Those of the batch `claims` are
insured since last March, renewed on the first of January, and report losses (`claims.py`).
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook

from portal.common.safe_cells import safe_text

HERE = Path(__file__).parent

SPRING, SUMMER, AUTUMN, TODAY, LAST_YEAR, ARCHIVE, WEB, CLAIMS = (
    "spring",
    "summer",
    "autumn",
    "today",
    "last year",
    "archive",
    "web",
    "claims",
)
ARCHIVE_DAY = date(2023, 11, 20)  # an application of the published scheme, found late
ARCHIVE_SCHEME = "xiamen-2022"


class DemoFirm(NamedTuple):
    """One invented firm: what each source says of it, when it applies, and what is expected."""

    key: str
    name: str
    uscc: str
    company_type: str
    place: str
    status: str
    address: str
    exports: str  # US dollars, one amount a customs line, separated by semicolons
    representative: str
    id_number: str
    contact: str
    mobile: str
    email: str
    in_registry: str
    registry_name: str
    batch: str
    expected: str
    failed: str
    referred: str
    note: str


class DemoEntry(NamedTuple):
    """One invented list entry, listed and removed so many days before the demonstration's day."""

    name: str
    uscc: str
    person: str
    id_number: str
    list_type: str
    listed_days_before: str
    removed_days_before: str


def firms() -> tuple[DemoFirm, ...]:
    """The invented firms."""
    with (HERE / "firms.csv").open(encoding="utf-8", newline="") as file:
        return tuple(DemoFirm(**row) for row in csv.DictReader(file))


def entries() -> tuple[DemoEntry, ...]:
    """The invented list entries."""
    with (HERE / "lists.csv").open(encoding="utf-8", newline="") as file:
        return tuple(DemoEntry(**row) for row in csv.DictReader(file))


class Applying(NamedTuple):
    """The firms of one batch that apply on one day."""

    batch: str
    day: date
    firms: list[DemoFirm]


def applying(day: date) -> list[Applying]:
    """Who applies when: last year's firms in March, this year's spread over the year so far."""
    start = date(day.year, 1, 1)
    passed = (day - start).days
    last_years = [firm for firm in firms() if firm.batch in (LAST_YEAR, CLAIMS)]
    found = [
        Applying(LAST_YEAR, date(day.year - 1, 3, 10), last_years),
        Applying(CLAIMS, start, [firm for firm in firms() if firm.batch == CLAIMS]),
    ]
    for batch, first, last in (
        (SPRING, passed * 10 // 100, passed * 35 // 100),
        (SUMMER, passed * 45 // 100, passed * 65 // 100),
        (AUTUMN, max(passed - 12, passed * 65 // 100), max(passed - 1, 0)),
        (TODAY, passed, passed),
    ):
        group = [firm for firm in firms() if firm.batch == batch]
        by_day: dict[date, list[DemoFirm]] = {}
        for number, firm in enumerate(group):
            applied = start + timedelta(days=first + (last - first) * number // max(len(group) - 1, 1))
            by_day.setdefault(applied, []).append(firm)
        found += [Applying(batch, applied, some) for applied, some in by_day.items()]
    return found


def workbook(title: str, rows: Iterable[Sequence[object]]) -> bytes:
    """A plain workbook of these rows, the first being the headings."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([safe_text(value) if isinstance(value, str) else value for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def registry_file(newest: bool) -> bytes:
    """The registry's snapshot; the newest one no longer has one of the firms, and another has moved."""
    rows: list[Sequence[object]] = [
        (
            "企业名称",
            "统一社会信用代码",
            "成立日期",
            "企业类型",
            "注册资本",
            "登记地",
            "登记状态",
            "住所",
            "经营范围",
        )
    ]
    for number, firm in enumerate(firms()):
        if firm.in_registry == "n" or (newest and firm.in_registry == "first only"):
            continue
        address = firm.address + ("（迁址）" if newest and firm.key == "chengwan" else "")
        rows.append(
            (
                firm.registry_name or firm.name,
                firm.uscc,
                f"{2003 + number % 17}-{1 + number % 12:02d}-{1 + number % 28:02d}",
                firm.company_type or None,
                f"{50 + 10 * number}万人民币",
                firm.place,
                firm.status or None,
                address,
                "货物进出口；工艺品、日用百货批发（示例）",
            )
        )
    return workbook("商事主体", rows)


def customs_file(year: int, last_years: bool) -> bytes:
    """The exports of one year: last year's applicants have their own base year; two rows are bad on purpose."""
    rows: list[Sequence[object]] = [("统一社会信用代码", "企业名称", "年度", "出口额（美元）")]
    for firm in firms():
        if firm.batch != CLAIMS and (firm.batch == LAST_YEAR) != last_years:
            continue
        rows += [(firm.uscc, firm.name, year, amount) for amount in firm.exports.split(";") if amount]
    if not last_years:
        rows.append((firms()[0].uscc, firms()[0].name, year, "约三万"))
        rows.append((None, "厦门无码贸易有限公司", year, "1,250.00"))
    return workbook(f"{year}年出口", rows)


def lists_file(day: date, newest: bool, just_now: DemoFirm | None = None) -> bytes:
    """The lists; the newest snapshot no longer has the entry that the first one ends with.

    `just_now` is a firm whose namesake, without a code, was listed yesterday.
    """
    rows: list[Sequence[object]] = [
        ("名称", "统一社会信用代码", "自然人姓名", "证件号码", "名单类型", "列入日期", "移出日期", "来源")
    ]
    for entry in entries():
        listed = day - timedelta(days=int(entry.listed_days_before))
        removed = day - timedelta(days=int(entry.removed_days_before)) if entry.removed_days_before else None
        rows.append(
            (
                entry.name,
                entry.uscc or None,
                entry.person or None,
                entry.id_number or None,
                entry.list_type,
                listed.isoformat(),
                removed.isoformat() if removed else None,
                "法院（示例）",
            )
        )
    if not newest:
        listed = day - timedelta(days=2000)
        rows.append(
            (
                "厦门无踪贸易有限公司",
                None,
                None,
                None,
                "失信被执行人",
                listed.isoformat(),
                None,
                "法院（示例）",
            )
        )
    if just_now is not None:
        yesterday = (day - timedelta(days=1)).isoformat()
        rows.append((just_now.name, None, None, None, "失信被执行人", yesterday, None, "法院（示例）"))
    return workbook("名单", rows)


def applications_file(applying: Sequence[DemoFirm]) -> bytes:
    """The offline desk's file for these firms."""
    rows: list[Sequence[object]] = [
        (
            "企业名称",
            "统一社会信用代码",
            "法定代表人",
            "法定代表人证件号码",
            "经办人",
            "手机",
            "电子邮箱",
            "地址",
        )
    ]
    rows += [
        (
            firm.name,
            firm.uscc,
            firm.representative,
            firm.id_number,
            firm.contact,
            firm.mobile,
            firm.email,
            firm.address,
        )
        for firm in applying
    ]
    return workbook("申请", rows)
