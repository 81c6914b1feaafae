"""From the raw value of a cell to a typed one. Pure: no clock, no database, no file.

Every parser takes what openpyxl gives (None, text, int, float, bool, date, ...) and returns the value, or
raises :class:`CellProblem` with a sentence that says what is there, what is wanted and how to mend it. A
blank cell is a problem too; :func:`optional` makes it None instead.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import MAX_PREC, ROUND_HALF_UP, Context, Decimal
from enum import Enum
from typing import Concatenate, ParamSpec, TypeVar

from babel.numbers import get_currency_precision

from portal.common.problems import N_, CellProblem, Problem, Sentence, add_sentences

__all__ = [
    "UNCALCULATED",
    "CellProblem",
    "amount",
    "code_text",
    "is_blank",
    "iso_date",
    "optional",
    "text",
    "year",
]

P = ParamSpec("P")
T = TypeVar("T")


class _Formula(Enum):
    """What a cell gives whose formula has no stored value."""

    UNCALCULATED = "formula without a value"


UNCALCULATED = _Formula.UNCALCULATED

HUNDREDTHS = 2  # decimal places of what is stored, whatever the currency
LARGEST_AMOUNT = 10**15
"""Minor units; above any firm's yearly exports and far below what a 64-bit column holds."""

EXACT = Context(prec=MAX_PREC)
"""The ordinary context rounds to 28 digits, so a 30th decimal would vanish instead of being refused."""

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
SHOWN = 40
PRINTABLE_BITS = 4_096

ERROR_VALUE = re.compile(
    r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|BUSY!)"
)
ESCAPED_CONTROL = re.compile(r"_x00[01][0-9A-Fa-f]_")
NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
NEGATIVE = re.compile(r"[-\u2212].*[0-9]|[0-9].*[-\u2212]|\(.*[0-9].*\)")
YEAR = re.compile(r"([0-9]{4})年?")
DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})"
    r"|年([0-9]{1,2})月([0-9]{1,2})日)(?:[ T]00:00(?::00)?)?"
)

_ROUND = N_("Round it to %(places)s decimals, as =ROUND(…, %(places)s) does.")
_AMOUNT_EXAMPLE = N_("Write the amount in digits only, as in 1234567.89.")

SENTENCES = {
    "cell_empty": Sentence(N_("The cell is empty."), N_("Fill it in.")),
    "cell_uncalculated": Sentence(
        N_("The cell holds a formula whose result is not stored in the file."),
        N_("Open the file in Excel and save it, or put the value in place of the formula."),
    ),
    "cell_error": Sentence(
        N_("The cell holds the Excel error %(value)s."),
        N_("Correct the formula, or put the value in its place."),
    ),
    "cell_wrong_kind": Sentence(
        N_("The cell holds %(value)s, which is a date, a time or a yes/no value; text is wanted."),
        N_("Format the column as Text and enter the value again."),
    ),
    "text_too_long": Sentence(N_("The text has %(length)s characters; at most %(limit)s fit."), N_("Shorten it.")),
    "code_is_number": Sentence(
        N_(
            "The cell holds the number %(value)s; a code must be text, because Excel keeps only 15 "
            "digits of a number."
        ),
        N_("Format the column as Text and enter the code again."),
    ),
    "amount_not_number": Sentence(N_("“%(value)s” is no amount."), _AMOUNT_EXAMPLE),
    "amount_negative": Sentence(
        N_("The amount %(value)s is negative; 0 or more is wanted."),
        N_("Correct the amount, or leave the row out."),
    ),
    "amount_too_precise": Sentence(
        N_("The amount %(value)s has more decimals than %(currency)s has (%(places)s)."), _ROUND
    ),
    "amount_too_large": Sentence(
        N_("The amount %(value)s is too large to be true; at most %(limit)s %(currency)s are accepted."),
        N_("Check the unit (not ten thousands, not cents) and the number of zeros."),
    ),
    "year_wrong": Sentence(
        N_("“%(value)s” is no year between 1900 and 2200."), N_("Write the year in four digits, as in 2021.")
    ),
    "date_is_number": Sentence(
        N_("The cell holds the plain number %(value)s; a date is wanted."),
        N_("Format the cell as a date, or write it as in 2019-01-09."),
    ),
    "date_wrong": Sentence(N_("“%(value)s” is no date."), N_("Write the date as in 2019-01-09.")),
    "date_impossible": Sentence(
        N_("There is no day %(value)s between 1900 and 2200."), N_("Check year, month and day.")
    ),
}
add_sentences(SENTENCES)


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing that can be seen."""
    if not isinstance(value, str):
        return value is None
    return not value.strip() if value.isprintable() else not clean(value)


def clean(value: str) -> str:
    """Text without control and invisible characters, each run of white space one space."""
    if value.isprintable() and "_x" not in value:  # nothing to take out but spaces: by far the most cells
        return " ".join(value.split())
    value = ESCAPED_CONTROL.sub(" ", value)
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in value
        if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Cn", "Co")
    )
    return " ".join(kept.split())


def visible(value: str) -> str:
    """Text of several lines without control and invisible characters, and with nothing around it."""
    return "\n".join(clean(line) for line in value.splitlines()).strip()


def show(value: object) -> str:
    """The raw value as it is quoted in a sentence: on one line, short, a number as Excel shows it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        shown = _digits(value)
    elif isinstance(value, datetime):
        shown = value.isoformat(sep=" ")
    else:
        shown = clean(str(value))
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def problem(code: str, **params: str) -> CellProblem:
    """The error for one of the codes above or of another module's, to be raised by the caller."""
    return CellProblem(Problem(code, params))


def optional(
    parse: Callable[Concatenate[object, P], T], value: object, *args: P.args, **kwargs: P.kwargs
) -> T | None:
    """What ``parse`` makes of the cell, or None if it is blank: ``optional(iso_date, value)``."""
    return None if is_blank(value) else parse(value, *args, **kwargs)


def text(value: object, max_length: int = 200) -> str:
    """Text on one line, at most ``max_length`` characters; a number is taken as its digits."""
    _present(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise problem("cell_wrong_kind", value=show(value))
    kept = clean(value) if isinstance(value, str) else _digits(value)
    if len(kept) > max_length:
        raise problem("text_too_long", length=f"{len(kept):,}", limit=f"{max_length:,}")
    return kept


def code_text(value: object, max_length: int = 64) -> str:
    """Text of a code. A number is a problem: leading zeros and the digits after the 15th are already lost."""
    _present(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        raise problem("code_is_number", value=show(value))
    return text(value, max_length)


def amount(value: object, currency: str = "USD", *, round_finer: bool = False) -> int:
    """An amount, 0 or more, in hundredths of ``currency`` (US cents for USD), exact.

    Hundredths hold for every currency, also for yen: what is stored and reckoned is always the same unit.

    One that is finer than the currency is a problem, or with ``round_finer`` rounded half up.

    A float counts with the 15 digits that Excel itself keeps. Text may have thousands separators, full-width
    or not.
    """
    _present(value)
    number = _number(value)
    if number < 0:
        raise problem("amount_negative", value=show(value))
    places = min(int(get_currency_precision(currency)), HUNDREDTHS)
    limit = Decimal(LARGEST_AMOUNT).scaleb(-HUNDREDTHS)
    if number > limit:
        raise problem("amount_too_large", value=show(value), limit=f"{limit:,.{places}f}", currency=currency)
    minor = number.scaleb(places, EXACT)
    whole = int(minor.to_integral_value(ROUND_HALF_UP, EXACT))
    if minor != whole and not round_finer:
        raise problem("amount_too_precise", value=show(value), currency=currency, places=str(places))
    return whole * int(10 ** (HUNDREDTHS - places))


def year(value: object) -> int:
    """A calendar year from 1900 to 2200: 2021, 2021.0, "2021" or "2021年"."""
    _present(value)
    found: int | None = None
    if isinstance(value, str):
        match = YEAR.fullmatch(_plain(value))
        found = int(match[1]) if match else None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        # The bounds first: infinity and NaN fail here and never reach int().
        found = int(value) if EARLIEST_YEAR <= value <= LATEST_YEAR and value == int(value) else None
    if found is None or not EARLIEST_YEAR <= found <= LATEST_YEAR:
        raise problem("year_wrong", value=show(value))
    return found


def iso_date(value: object) -> date:
    """A day from 1900 to 2200: a date cell, or text such as 2019-01-09, 2019/1/9, 2019年1月9日.

    A plain number is a problem: it may be a day counted by Excel or something else. A time of day in a date
    cell is left out.
    """
    _present(value)
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, str):
        day = _written_date(value)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        raise problem("date_is_number", value=show(value))
    else:
        raise problem("date_wrong", value=show(value))
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise problem("date_impossible", value=show(value))
    return day


def _written_date(value: str) -> date:
    match = DATE.fullmatch(_plain(value))
    if match is None:
        code = "date_is_number" if _plain(value).isdecimal() else "date_wrong"
        raise problem(code, value=show(value))
    year_part, month_part, day_part = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year_part, month_part, day_part)
    except ValueError as error:
        raise problem("date_impossible", value=show(value)) from error


def _present(value: object) -> None:
    if value is UNCALCULATED:
        raise problem("cell_uncalculated")
    if is_blank(value):
        raise problem("cell_empty")
    if isinstance(value, str) and ERROR_VALUE.fullmatch(value.strip()):
        raise problem("cell_error", value=value.strip())


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise problem("amount_not_number", value=show(value))
    if isinstance(value, str):
        plain = _plain(value)
        if len(plain) <= SHOWN and NUMBER.fullmatch(plain):
            return Decimal(plain.replace(",", ""))
        code = "amount_negative" if len(plain) <= SHOWN and NEGATIVE.fullmatch(plain) else "amount_not_number"
        raise problem(code, value=show(value))
    number = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise problem("amount_not_number", value=show(value))
    return number


def _digits(value: int | float | Decimal) -> str:
    if isinstance(value, float):
        return format(value, ".15g")
    # Python refuses to print an integer of more than 4,300 digits in the decimal system.
    return hex(value) if isinstance(value, int) and value.bit_length() > PRINTABLE_BITS else str(value)


def _plain(value: str) -> str:
    """Full-width digits, commas and letters as their plain twins."""
    return clean(unicodedata.normalize("NFKC", value))
