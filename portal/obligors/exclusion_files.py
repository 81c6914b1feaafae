"""The file of exclusions: its headings, and what a row of it must hold."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from portal.common.cells import is_blank, iso_date, optional, problem, show, text
from portal.common.problems import N_ as _n
from portal.common.problems import Sentence, add_sentences
from portal.common.workbook import Heading, Limits
from portal.obligors.exclusions import COUNTRY, EXCLUDED, PARTY, SANCTIONED
from portal.obligors.identifiers import BadIdentifier, clean_country, clean_registration_number
from portal.obligors.matching import name_key
from portal.reference.files import Reading, RowReader, read_rows
from portal.scheme.terms import available_terms

EXCLUSION_HEADINGS = (
    Heading("方案"),
    Heading("类型"),
    Heading("国家代码"),
    Heading("名称", required=False),
    Heading("注册号", required=False),
    Heading("原因"),
    Heading("生效日期"),
    Heading("失效日期", required=False),
    Heading("来源", required=False),
)
EXCLUSION_LIMITS = Limits(rows=100_000)
KINDS = {"国家": COUNTRY, "country": COUNTRY, "当事方": PARTY, "主体": PARTY, "party": PARTY}
REASONS = {"不承保": EXCLUDED, "excluded": EXCLUDED, "制裁": SANCTIONED, "sanctioned": SANCTIONED}
LONGEST_NAME = 200

add_sentences(
    {
        "scheme_unknown": Sentence(
            _n("%(value)s is no scheme of this portal."), _n("Write the key of one of them: %(keys)s.")
        ),
        "exclusion_kind_wrong": Sentence(_n("%(value)s is no kind of exclusion."), _n("Write 国家 or 当事方.")),
        "exclusion_reason_wrong": Sentence(
            _n("%(value)s is no reason for an exclusion."), _n("Write 不承保 or 制裁.")
        ),
        "country_wrong": Sentence(
            _n("%(value)s is no country code."), _n("Write the two letters of ISO 3166, such as DE.")
        ),
        "country_missing": Sentence(_n("The country is missing."), _n("A row about a country names its code.")),
        "party_missing": Sentence(
            _n("The party has neither a name nor a registration number."), _n("Enter at least one of them.")
        ),
        "name_without_letters": Sentence(_n("%(value)s is no name."), _n("Enter a name with letters in it.")),
        "ends_before_it_begins": Sentence(
            _n("It ends on %(value)s, before it has begun."),
            _n("The day under 失效日期 is the first on which it no longer holds."),
        ),
    }
)


class ExclusionInput(NamedTuple):
    """One entry: a country or a party, why, and from when until before which day."""

    scheme: str
    kind: str
    reason: str
    country: str | None
    name: str | None
    registration_number: str | None
    holds_from: date
    holds_to: date | None
    source: str | None


def read_exclusions(data: bytes) -> Reading[ExclusionInput]:
    """Read a file of exclusions; an entry may stand twice. Raises `WorkbookRefused` for an unreadable file."""
    return read_rows(data, EXCLUSION_HEADINGS, _read, None, EXCLUSION_LIMITS)


def _read(cells: RowReader) -> ExclusionInput | None:
    scheme = cells.take("方案", _scheme)
    kind = cells.take("类型", _one_of(KINDS, "exclusion_kind_wrong"))
    country = cells.take("国家代码", _country)
    name = cells.take("名称", lambda v: optional(_name, v))
    number = cells.take("注册号", lambda v: optional(_registration_number, v))
    reason = cells.take("原因", _one_of(REASONS, "exclusion_reason_wrong"))
    holds_from = cells.take("生效日期", iso_date)
    holds_to = cells.take("失效日期", lambda v: optional(iso_date, v))
    source = cells.take("来源", lambda v: optional(lambda one: text(one, LONGEST_NAME), v))
    if kind == COUNTRY and country is None and not cells.problems:
        cells.refuse("国家代码", "country_missing")
    if kind == PARTY and name is None and number is None and not cells.problems:
        cells.refuse("名称", "party_missing")
    if holds_from and holds_to and holds_to <= holds_from:
        cells.refuse("失效日期", "ends_before_it_begins", value=holds_to.isoformat())
    if cells.problems or scheme is None or kind is None or reason is None or holds_from is None:
        return None
    party = kind == PARTY
    return ExclusionInput(
        scheme,
        kind,
        reason,
        country,
        name if party else None,
        number if party else None,
        holds_from,
        holds_to,
        source,
    )


def _scheme(value: object) -> str:
    key = text(value, 40)
    if key not in available_terms():
        raise problem("scheme_unknown", value=show(value), keys=", ".join(sorted(available_terms())))
    return key


def _one_of(words: dict[str, str], wrong: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        found = words.get(text(value, 40).lower())
        if found is None:
            raise problem(wrong, value=show(value))
        return found

    return read


def _country(value: object) -> str | None:
    if is_blank(value):
        return None
    try:
        return clean_country(text(value, 20))
    except BadIdentifier:
        raise problem("country_wrong", value=show(value)) from None


def _name(value: object) -> str:
    name = text(value, LONGEST_NAME)
    if not name_key(name):
        raise problem("name_without_letters", value=show(value))
    return name


def _registration_number(value: object) -> str:
    return clean_registration_number(text(value, 40)) or ""
