"""The files of the public bodies: their headings, and what a row of each must hold.

Reading is separate from comparing with what is stored: here a row becomes typed input or is rejected with
every reason, cell by cell (scheme.md, "Files that arrive").
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from portal.common.cells import amount, code_text, iso_date, optional, text, year
from portal.common.codes import normalise_uscc
from portal.common.problems import N_ as _n
from portal.common.problems import CellProblem, Problem, Sentence, WorkbookRefused, add_sentences
from portal.common.rejected import RejectedRow
from portal.common.workbook import Heading, Limits, Row, open_table
from portal.scheme.names import person_key

Input = TypeVar("Input")
Value = TypeVar("Value")

# A snapshot of a large city's registry; real ones come near 40 MB unpacked.
WRITTEN_DAY = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
MOST_REJECTED = 10_000  # rows of one file that are reported one by one
SOURCE_LIMITS = Limits(inflated=512 * 1024 * 1024, rows=600_000, elements=30_000_000)

add_sentences(
    {
        "same_key_again": Sentence(
            _n("This row repeats row %(row)s: %(key)s stands there already."),
            _n("Keep one of the two rows and take the other out."),
        ),
        "too_many_rejected": Sentence(
            _n("Row %(row)s is the first of more than %(most)s rows that cannot be taken (%(first)s)."),
            _n("Check that it is the right file with the right columns, and send it again."),
        ),
        "nobody_named": Sentence(
            _n("Neither a firm (名称) nor a person (自然人姓名) is named."),
            _n("Fill in the name of the firm or of the person."),
        ),
        "number_without_person": Sentence(
            _n("There is an identity number, but 自然人姓名 is empty."),
            _n("Write the person's name into 自然人姓名."),
        ),
        "removed_before_listed": Sentence(
            _n("The 移出日期 %(removed)s lies before the 列入日期 %(listed)s."),
            _n("Correct one of the two dates."),
        ),
    }
)


class RegistryInput(NamedTuple):
    """One firm as a registry file gives it."""

    uscc: str
    name: str
    established: str | None
    company_type: str | None
    capital: str | None
    place: str | None
    status: str | None
    address: str | None
    business_scope: str | None
    representative: str | None


class CustomsInput(NamedTuple):
    """One customs line; the amount in cents of a US dollar."""

    uscc: str
    name: str | None
    year: int
    amount_minor: int
    row_number: int


class ListInput(NamedTuple):
    """One list entry; `name` is a firm's name only, a person's stands in `person_name`."""

    name: str | None
    uscc: str | None
    person_name: str | None
    id_number: str | None
    list_type: str
    listed_on: date
    removed_on: date | None
    source: str | None


@dataclass
class Reading(Generic[Input]):
    """A file read: rows taken, rows rejected with their reasons, and how many there were."""

    accepted: list[Input] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)  # of the accepted, as they came
    rejected: list[RejectedRow] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # codes that rejected rows name: their firms are not absent
    headings: Sequence[str] = ()

    @property
    def read(self) -> int:
        """How many rows the file has."""
        return len(self.accepted) + len(self.rejected)


class RowReader:
    """Takes the cells of one row and gathers everything that is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.problems: list[tuple[str | None, Problem]] = []

    def take(self, heading: str, parse: Callable[[object], Value]) -> Value | None:
        """The parsed cell under a heading, or None once its problem is noted."""
        try:
            return parse(self.row.cells.get(heading))
        except CellProblem as error:
            self.problems.append((heading, error.problem))
            return None

    def refuse(self, heading: str | None, code: str, **params: str) -> None:
        """Note a problem that lies between cells."""
        self.problems.append((heading, Problem(code, params)))

    def rejected(self) -> RejectedRow:
        """The row as the sheet of rejected rows repeats it."""
        return RejectedRow(self.row, tuple(self.problems))


def _short(value: object) -> str:
    return text(value, 200)


def _long(value: object) -> str:
    return text(value, 500)


def _scope(value: object) -> str:
    return text(value, 20_000)


def id_number_text(value: object) -> str:
    """An identity number as a list writes it: full, masked, or another document's; upper case, no spaces."""
    return "".join(code_text(value).upper().split())


REGISTRY_HEADINGS = (
    Heading("企业名称"),
    Heading("统一社会信用代码"),
    Heading("成立日期"),
    Heading("企业类型"),
    Heading("注册资本"),
    Heading("登记地"),
    Heading("登记状态"),
    Heading("住所"),
    Heading("经营范围"),
    Heading("法定代表人", required=False),
)
CUSTOMS_HEADINGS = (
    Heading("统一社会信用代码"),
    Heading("企业名称"),
    Heading("年度"),
    Heading("出口额（美元）"),
)
LIST_HEADINGS = (
    Heading("名称"),
    Heading("统一社会信用代码"),
    Heading("自然人姓名"),
    Heading("证件号码"),
    Heading("名单类型"),
    Heading("列入日期"),
    Heading("移出日期"),
    Heading("来源"),
)


def read_registry(data: bytes) -> Reading[RegistryInput]:
    """Read a registry snapshot; raises `WorkbookRefused` for a file that cannot be read at all."""
    return read_rows(data, REGISTRY_HEADINGS, _registry_row, lambda firm: firm.uscc)


def read_customs(data: bytes) -> Reading[CustomsInput]:
    """Read a customs file; several lines of one firm and year are all kept, to be summed."""
    return read_rows(data, CUSTOMS_HEADINGS, _customs_row, None)


def read_lists(data: bytes) -> Reading[ListInput]:
    """Read a snapshot of the lists."""
    return read_rows(data, LIST_HEADINGS, _list_row, list_key)


def list_key(entry: ListInput) -> str:
    """The key of a list entry: all columns except 移出日期 and 来源."""
    parts = (entry.name, entry.uscc, entry.person_name, entry.id_number, entry.list_type)
    return "\x1f".join((*(part or "" for part in parts), entry.listed_on.isoformat()))


def _registry_row(cells: RowReader) -> RegistryInput | None:
    name = cells.take("企业名称", _short)
    uscc = cells.take("统一社会信用代码", normalise_uscc)
    row = RegistryInput(
        uscc=uscc or "",
        name=name or "",
        established=cells.take("成立日期", lambda v: optional(_date_text, v)),
        company_type=cells.take("企业类型", lambda v: optional(_short, v)),
        capital=cells.take("注册资本", lambda v: optional(_short, v)),
        place=cells.take("登记地", lambda v: optional(_short, v)),
        status=cells.take("登记状态", lambda v: optional(_short, v)),
        address=cells.take("住所", lambda v: optional(_long, v)),
        business_scope=cells.take("经营范围", lambda v: optional(_scope, v)),
        representative=cells.take("法定代表人", lambda v: optional(_short, v)),
    )
    return None if cells.problems else row


def _date_text(value: object) -> str:
    """A day where it is one or is written like one; a register's older entries may hold just a year."""
    if isinstance(value, date) or (isinstance(value, str) and WRITTEN_DAY.fullmatch(value.strip())):
        return iso_date(value).isoformat()
    return _short(value)


def _customs_row(cells: RowReader) -> CustomsInput | None:
    uscc = cells.take("统一社会信用代码", normalise_uscc)
    name = cells.take("企业名称", lambda v: optional(_short, v))
    exported_in = cells.take("年度", year)
    # A fraction of a cent is a number too: left out, the line would lower the firm's total in its favour.
    minor = cells.take("出口额（美元）", lambda v: amount(v, "USD", round_finer=True))
    if cells.problems or uscc is None or exported_in is None or minor is None:
        return None
    return CustomsInput(uscc, name, exported_in, minor, cells.row.number)


def _list_row(cells: RowReader) -> ListInput | None:
    name = cells.take("名称", lambda v: optional(_short, v))
    uscc = cells.take("统一社会信用代码", lambda v: optional(normalise_uscc, v))
    person = cells.take("自然人姓名", lambda v: optional(_short, v))
    number = cells.take("证件号码", lambda v: optional(id_number_text, v))
    list_type = cells.take("名单类型", _short)
    listed_on = cells.take("列入日期", iso_date)
    removed_on = cells.take("移出日期", lambda v: optional(iso_date, v))
    source = cells.take("来源", lambda v: optional(_short, v))
    if not cells.problems:
        if not name and not person and not uscc:
            cells.refuse("名称", "nobody_named")
        if number and not person:
            cells.refuse("自然人姓名", "number_without_person")
        if listed_on and removed_on and removed_on < listed_on:
            cells.refuse(
                "移出日期",
                "removed_before_listed",
                removed=removed_on.isoformat(),
                listed=listed_on.isoformat(),
            )
    if cells.problems or list_type is None or listed_on is None:
        return None
    # Lists repeat a person's name under 名称; it is a firm's name only where it differs.
    if name and person and person_key(name) == person_key(person):
        name = None
    return ListInput(name, uscc, person, number, list_type, listed_on, removed_on, source)


def read_rows(
    data: bytes,
    headings: Sequence[Heading],
    parse: Callable[[RowReader], Input | None],
    key: Callable[[Input], str] | None,
    limits: Limits = SOURCE_LIMITS,
) -> Reading[Input]:
    """Read a workbook row by row; with a `key`, a row whose key stands above already is rejected.

    Raises `WorkbookRefused` for a file that cannot be read at all.
    """
    with open_table(data, headings, limits=limits) as table:
        reading: Reading[Input] = Reading(headings=[h.name for h in headings])
        seen: dict[str, int] = {}
        for row, cells, parsed in _parsed(table.rows(), parse):
            if parsed is not None and key is not None:
                first = seen.setdefault(key(parsed), row.number)
                if first != row.number:
                    shown = row.cells.get("统一社会信用代码") or row.cells.get("名称") or ""
                    cells.refuse(None, "same_key_again", row=str(first), key=str(shown).strip())
                    parsed = None
            if parsed is None:
                reading.rejected.append(cells.rejected())
                reading.named.update(_code_named(row))
                if len(reading.rejected) > MOST_REJECTED:
                    raise WorkbookRefused(_too_many_rejected(reading.rejected))
            else:
                reading.accepted.append(parsed)
                reading.rows.append(row)
    return reading


def _code_named(row: Row) -> set[str]:
    try:
        return {normalise_uscc(row.cells.get("统一社会信用代码"))}
    except CellProblem:
        return set()


def _too_many_rejected(rejected: Sequence[RejectedRow]) -> Problem:
    """A file with so many bad rows is another file than it is sent as; its first reason says the most."""
    first = rejected[0]
    params = {"most": f"{MOST_REJECTED:,}", "row": str(first.row.number), "first": first.problems[0][1].wrong()}
    return Problem("too_many_rejected", params)


def _parsed(
    rows: Iterator[Row], parse: Callable[[RowReader], Input | None]
) -> Iterator[tuple[Row, RowReader, Input | None]]:
    for row in rows:
        cells = RowReader(row)
        yield row, cells, parse(cells)
