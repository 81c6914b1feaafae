"""The applications file of the offline desk and of renewals: headings, and what a row must hold."""

from typing import NamedTuple

from portal.common.cells import optional, text
from portal.common.codes import normalise_uscc
from portal.common.problems import N_ as _n
from portal.common.problems import Sentence, add_sentences
from portal.common.workbook import Heading
from portal.reference.files import Reading, RowReader, id_number_text, read_rows

add_sentences(
    {
        "application_open_changed": Sentence(
            _n("Application %(number)s of this firm is open and says something else."),
            _n("Leave the row out, or wait for the decision; a correction goes through the reviewer."),
        ),
        "application_not_later": Sentence(
            _n("Application %(number)s of this firm is dated %(applied_on)s and is closed (%(state)s)."),
            _n("A new application needs a later date than that."),
        ),
        "already_insured_changed": Sentence(
            _n("This firm is insured on application %(number)s, which says something else."),
            _n("Leave the row out; a change of the policy goes through the reviewer."),
        ),
    }
)


class ApplicationInput(NamedTuple):
    """One application as the offline desk wrote it down; its declarations are signed on paper."""

    firm_name: str
    uscc: str
    representative: str
    representative_number: str | None
    contact: str | None
    mobile: str | None
    email: str | None
    address: str | None


APPLICATION_HEADINGS = (
    Heading("企业名称"),
    Heading("统一社会信用代码"),
    Heading("法定代表人"),
    Heading("法定代表人证件号码"),
    Heading("经办人"),
    Heading("手机"),
    Heading("电子邮箱"),
    Heading("地址"),
)


def read_applications(data: bytes) -> Reading[ApplicationInput]:
    """Read an applications file; raises `WorkbookRefused` for one that cannot be read at all."""
    return read_rows(data, APPLICATION_HEADINGS, _application_row, lambda row: row.uscc)


def _application_row(cells: RowReader) -> ApplicationInput | None:
    name = cells.take("企业名称", text)
    uscc = cells.take("统一社会信用代码", normalise_uscc)
    representative = cells.take("法定代表人", text)
    number = cells.take("法定代表人证件号码", lambda v: optional(id_number_text, v))
    contact = cells.take("经办人", lambda v: optional(text, v))
    mobile = cells.take("手机", lambda v: optional(text, v))
    email = cells.take("电子邮箱", lambda v: optional(text, v))
    address = cells.take("地址", lambda v: optional(text, v, 500))
    if cells.problems or name is None or uscc is None or representative is None:
        return None
    return ApplicationInput(name, uscc, representative, number, contact, mobile, email, address)
