"""Invented firms and small workbooks of the public bodies, for every test that needs sources or applications.

None of the firms and people exists: their codes and numbers have right check characters, but name a region
(999999) that is no place. What the rules say of each firm on 2022-03-01 stands beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from openpyxl import Workbook
from sqlalchemy.orm import Session
from stdnum.cn import uscc as credit_code

from portal.applications.actions import ApplicationsResult, import_applications
from portal.applications.files import APPLICATION_HEADINGS
from portal.applications.screening import follow_import
from portal.common.instance import AfterImport, Instance
from portal.common.roles import COMMAND, Actor
from portal.reference.actions import ImportResult, import_source
from portal.reference.files import CUSTOMS_HEADINGS, LIST_HEADINGS, REGISTRY_HEADINGS

SCHEME = "xiamen-2022"
APPLIED_ON = date(2022, 3, 1)
BASE_YEAR = 2021
DISHONEST, ORGANISED_CRIME = "失信被执行人", "涉黑涉恶"

Line = Sequence[object]
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def valid_uscc(n: int) -> str:
    """The n-th invented unified social credit code (n below 10 million), with its right check character."""
    body = f"91999999MA{n:07d}"
    return body + str(credit_code.calc_check_digit(body))


def valid_identity_number(n: int) -> str:
    """The n-th invented identity number (n below 10 million), with a real birth date and check character."""
    born = date(1960, 1, 1) + timedelta(days=n % 10_000)
    body = f"999999{born:%Y%m%d}{n // 10_000:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return body + "10X98765432"[total % 11]


def masked_number(number: str) -> str:
    """An identity number as lists publish it: 3502031979****0012."""
    return f"{number[:10]}****{number[-4:]}"


@dataclass(frozen=True)
class Firm:
    """An invented firm and its legal representative."""

    name: str
    uscc: str
    representative: str
    number: str
    exports: str | None  # base-year total in USD; None: customs has no line of it


HARBOUR = Firm(
    "厦门港湾示例贸易有限公司", valid_uscc(1), "陈若舟", valid_identity_number(1), "1250000.00"
)  # eligible
ISLET = Firm("厦门澄屿示例工贸有限公司", valid_uscc(2), "林若川", valid_identity_number(2), "2184930.40")
"""Referred: its representative has the name of a listed person, and the masked number fits."""
GIANT = Firm("厦门巨隆示例进出口有限公司", valid_uscc(3), "许大同", valid_identity_number(3), "6212340.00")
"""Ineligible: its exports are above the cap by USD 212,340.00."""
DEBTOR = Firm("厦门失诺示例实业有限公司", valid_uscc(4), "周无信", valid_identity_number(4), "300000.00")
"""Ineligible: the firm stands on the list of dishonest debtors by its own code."""
SILENT = Firm("厦门静水示例服饰有限公司", valid_uscc(5), "吴静水", valid_identity_number(5), None)
"""Referred: customs has no record of it."""
STRANGER = Firm("泉州远客示例鞋业有限公司", valid_uscc(6), "郑远客", valid_identity_number(6), "800000.00")
"""Ineligible: registered in another city."""

FIRMS = (HARBOUR, ISLET, GIANT, DEBTOR, SILENT, STRANGER)
OUTCOMES = {"eligible": (HARBOUR,), "referred": (ISLET, SILENT), "ineligible": (GIANT, DEBTOR, STRANGER)}


def workbook(headings: Iterable[str], lines: Iterable[Line]) -> bytes:
    """A workbook of one sheet: these headings and the lines below."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(headings))
    for line in lines:
        sheet.append(list(line))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def registry_line(
    uscc: str | None,
    name: str | None,
    place: str = "厦门市",
    status: str | None = "存续（在营、开业、在册）",
    kind: str | None = "有限责任公司（自然人投资或控股）",
    representative: str | None = None,
    address: str = "厦门市思明区示例路 1 号",
) -> Line:
    """One firm as a registry file has it."""
    return (name, uscc, "2015-06-01", kind, "500 万元", place, status, address, "货物进出口", representative)


def customs_line(uscc: object, name: str | None, amount: object, year: object = BASE_YEAR) -> Line:
    """One customs line; the amount in USD, as number or text."""
    return (uscc, name, year, amount)


def list_line(
    name: str | None = None,
    uscc: str | None = None,
    person: str | None = None,
    number: str | None = None,
    kind: str = DISHONEST,
    listed_on: object = "2020-05-06",
    removed_on: object = None,
    source: str | None = "示例人民法院",
) -> Line:
    """One entry of the lists."""
    return (name, uscc, person, number, kind, listed_on, removed_on, source)


def application_line(firm: Firm, contact: str | None = None, mobile: str | None = None) -> Line:
    """One application as the offline desk writes it down."""
    return (firm.name, firm.uscc, firm.representative, firm.number, contact, mobile, None, None)


def registry_book(lines: Iterable[Line] | None = None) -> bytes:
    """A registry file; without lines, the one with all the invented firms."""
    if lines is None:
        lines = [registry_line(firm.uscc, firm.name, "泉州市" if firm is STRANGER else "厦门市") for firm in FIRMS]
    return workbook([h.name for h in REGISTRY_HEADINGS], lines)


def customs_book(lines: Iterable[Line] | None = None) -> bytes:
    """A customs file; without lines, the one with the base-year exports of the invented firms."""
    if lines is None:
        lines = [customs_line(firm.uscc, firm.name, firm.exports) for firm in FIRMS if firm.exports is not None]
    return workbook([h.name for h in CUSTOMS_HEADINGS], lines)


def lists_book(lines: Iterable[Line] | None = None) -> bytes:
    """A snapshot of the lists; without lines, the one with the debtor and the islet's namesake."""
    if lines is None:
        lines = [
            list_line(DEBTOR.name, DEBTOR.uscc),
            list_line(person=ISLET.representative, number=masked_number(ISLET.number), listed_on="2021-09-14"),
            list_line("福州无关示例有限公司", valid_uscc(900), kind=ORGANISED_CRIME),
        ]
    return workbook([h.name for h in LIST_HEADINGS], lines)


def applications_book(lines: Iterable[Line] | None = None) -> bytes:
    """An applications file; without lines, one of every invented firm."""
    if lines is None:
        lines = [application_line(firm) for firm in FIRMS]
    return workbook([h.name for h in APPLICATION_HEADINGS], lines)


def import_one(instance: Instance, source: str, data: bytes, who: Actor = COMMAND) -> ImportResult:
    """Import one file as the portal does, deciding whoever waited for it and screening whom it concerns."""

    def afterwards(session: Session, by: Actor, version: int) -> AfterImport:
        return follow_import(session, instance, by, version)

    return import_source(instance, who, source, data, f"{source}.xlsx", afterwards)


def import_all(instance: Instance, who: Actor = COMMAND) -> None:
    """Import the three small sources."""
    for source, data in (("registry", registry_book()), ("customs", customs_book()), ("lists", lists_book())):
        assert import_one(instance, source, data, who).version is not None


def apply_all(
    instance: Instance, firms: Iterable[Firm] = FIRMS, on: date = APPLIED_ON, scheme: str = SCHEME
) -> ApplicationsResult:
    """Enter (and, the sources being there, decide) an application of each of these firms."""
    book = applications_book(application_line(firm) for firm in firms)
    return import_applications(instance, COMMAND, book, scheme, on)
