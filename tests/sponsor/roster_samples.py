"""Made-up rosters that the tests of writing and of verifying share."""

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from portal.sponsor.roster_lines import RosterLine, RosterProof, RosterTitle
from portal.sponsor.roster_sheet import write_roster

TITLE = RosterTitle(
    scheme_key="xiamen-2022",
    scheme_title="厦门市小微出口企业统保",
    city="厦门市",
    as_of=date(2022, 12, 31),
    currency="USD",
    terms_fingerprint="5e" * 32,
    terms_summary=(
        ("出口额上限", "USD 6,000,000.00"),
        ("赔付比例", "80 %"),
        ("单一买方赔付上限", "USD 50,000.00，按每份保单计（暂定）"),
        ("保费费率", "基期出口额的 0.04 %（暂定）"),
        ("保单期间", "2022-01-01 至 2022-12-31（暂定）"),
    ),
    export_id="01HZX3Y5Q8M2N7P4R6S9T0V1WA",
    made_at=datetime(2023, 1, 3, 17, 30, 5, tzinfo=UTC),
)

BANYAN = RosterLine(
    firm_name="厦门榕荫贸易有限公司（虚构）",
    uscc="91350200MA00000011",
    place="厦门市",
    base_year=2021,
    exports_minor=121_951_046,
    policy_number="XM-2022-000001",
    starts_on=date(2022, 3, 1),
    ends_on=date(2022, 12, 31),
    applied_on=date(2022, 2, 27),
    decided_by="auto",
    acknowledged_on=date(2022, 3, 4),
    state="in_force",
)
EGRET = BANYAN._replace(
    firm_name="厦门白鹭工艺品有限公司（虚构）",
    uscc="91350200MA00000022",
    exports_minor=600_000_000,
    policy_number="XM-2022-000002",
    decided_by="person",
    acknowledged_on=None,
)
HARBOUR = BANYAN._replace(
    firm_name="厦门港湾食品厂（虚构）",
    uscc="91350200MA00000033",
    place="",
    exports_minor=None,
    policy_number="XM-2022-000003",
    decided_by="person",
    state="withdrawn",
)
LICHEE = BANYAN._replace(
    firm_name="厦门荔枝服饰有限公司（虚构）",
    uscc="91350200MA00000044",
    exports_minor=1,
    policy_number="XM-2022-000004",
    state="ended",
)
LINES = [BANYAN, EGRET, HARBOUR, LICHEE]

HEADING_ROW = 6
FIRST_LINE = HEADING_ROW + 1


def written(lines: list[RosterLine] | None = None, title: RosterTitle = TITLE) -> tuple[bytes, RosterProof]:
    """A roster file and its proof."""
    out = BytesIO()
    proof = write_roster(out, title, LINES if lines is None else lines)
    return out.getvalue(), proof


def opened(file: bytes) -> Any:
    """The file as openpyxl reads it in full, styles and page set-up included."""
    return load_workbook(BytesIO(file))


def saved(book: Any) -> bytes:
    """A workbook that was opened and perhaps changed, saved again."""
    out = BytesIO()
    book.save(out)
    return out.getvalue()
