"""What a firm enters in a notice, and what each of it must be; faults are told in words that mend them.

The same checks hold for what is typed and for the rows of a workbook: a row's values come as text or as cells.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from portal.claims.names import RISKS_OF, TERMS_OF
from portal.common.cells import amount, clean, is_blank, iso_date, show, text
from portal.common.problems import N_ as _n
from portal.common.problems import CellProblem, Problem, Sentence, add_sentences
from portal.scheme.claim_words import PaymentTerm, Risk

YES, NO = "yes", "no"
LONGEST_WORDS, LONGEST_INVOICE, LONGEST_DECLARATION = 300, 60, 30  # characters
CURRENCIES = (
    "USD", "EUR", "CNY", "GBP", "JPY", "HKD", "AUD", "CAD", "SGD", "KRW", "NZD", "CHF", "AED", "SAR", "BRL", "MXN",
    "ZAR", "INR", "MYR", "THB", "PHP", "PLN", "SEK", "NOK", "DKK", "TRY", "RUB",
)  # fmt: skip
"""What an invoice may be in: currencies of two decimal places or none, the commonest first."""
THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
"""Currencies of three decimal places (ISO 4217): everything here is kept and reckoned in hundredths."""

TROUBLE_NAMES = ("risk", "happened_on", "disposed_on", "discrepant", "words")
ROW_NAMES = (
    "invoice_number",
    "invoiced_on",
    "shipped_on",
    "due_on",
    "amount",
    "currency",
    "payment_term",
    "own_declaration",
    "in_transit",
    "declaration_number",
)
LONGEST_CREDIT = timedelta(days=3653)  # what lies further apart is a slip of the hand, not a credit term

TERM_WORDS: Mapping[str, str] = {
    "oa": PaymentTerm.OPEN_ACCOUNT,
    "赊销": PaymentTerm.OPEN_ACCOUNT,
    "openaccount": PaymentTerm.OPEN_ACCOUNT,
    "tt": PaymentTerm.OPEN_ACCOUNT,
    "dp": PaymentTerm.DOCUMENTS_AGAINST_PAYMENT,
    "付款交单": PaymentTerm.DOCUMENTS_AGAINST_PAYMENT,
    "da": PaymentTerm.DOCUMENTS_AGAINST_ACCEPTANCE,
    "承兑交单": PaymentTerm.DOCUMENTS_AGAINST_ACCEPTANCE,
    "lc": PaymentTerm.LETTER_OF_CREDIT,
    "信用证": PaymentTerm.LETTER_OF_CREDIT,
    **{str(term).replace("_", ""): term for term in PaymentTerm},
}
"""How people write a payment term, folded as `_fold` does."""

YES_WORDS = {"yes": YES, "y": YES, "是": YES, "有": YES, "no": NO, "n": NO, "否": NO, "不是": NO, "无": NO}

Value = TypeVar("Value")

add_sentences(
    {
        "risk_missing": Sentence(_n("What happened is not said yet."), _n("Choose one.")),
        "day_missing": Sentence(_n("A day is missing."), _n("Enter it as in 2022-08-09.")),
        "day_to_come": Sentence(_n("%(day)s is still to come."), _n("Enter today or an earlier day.")),
        "discrepant_missing": Sentence(
            _n("It is not said whether the bank names discrepancies."), _n("Choose yes or no.")
        ),
        "words_long": Sentence(
            _n("This has %(length)s characters; at most %(limit)s fit."), _n("Shorten what can be shortened.")
        ),
        "invoice_sign": Sentence(
            _n("“%(value)s” holds neither a letter nor a digit."),
            _n("Enter the number that stands on the invoice."),
        ),
        "amount_zero": Sentence(
            _n("The amount is 0."), _n("Enter what is still unpaid, or leave the shipment out.")
        ),
        "currency_unknown": Sentence(
            _n("“%(value)s” is no currency that can be taken."), _n("Write one of %(known)s.")
        ),
        "currency_thousandths": Sentence(
            _n(
                "Amounts with three decimals (%(currencies)s) cannot be taken: everything is reckoned here in "
                "hundredths."
            ),
            _n("Report the amount in the currency in which the contract is settled, or ask the desk."),
        ),
        "term_unknown": Sentence(_n("“%(value)s” is no payment term."), _n("Write one of %(known)s.")),
        "term_missing": Sentence(_n("How it was to be paid is not said yet."), _n("Choose one.")),
        "term_bank": Sentence(
            _n("You report a bank that issued a letter of credit; this shipment says another payment term."),
            _n("Choose letter of credit, or report the buyer instead."),
        ),
        "term_buyer": Sentence(
            _n("Under a letter of credit the issuing bank owes, not the buyer."),
            _n("Report the bank, or choose another payment term."),
        ),
        "yes_no": Sentence(_n("“%(value)s” is neither yes nor no."), _n("Write 是 or 否.")),
        "declared_missing": Sentence(
            _n("It is not said whether your firm declared the goods to customs itself."), _n("Choose yes or no.")
        ),
        "invoice_here": Sentence(
            _n("The invoice %(invoice)s stands in this report already, with other values."),
            _n("Change it in the list above."),
        ),
        "invoice_elsewhere": Sentence(
            _n("The invoice %(invoice)s to this buyer was reported already, in notice %(number)s."),
            _n("One invoice cannot be claimed twice: leave it out here."),
        ),
        "due_before": Sentence(
            _n("The due date %(due)s lies before both the invoice (%(invoiced)s) and the shipment (%(shipped)s)."),
            _n("Check the three dates."),
        ),
        "days_apart": Sentence(
            _n("The due date %(due)s lies more than ten years from the shipment (%(shipped)s)."),
            _n("Check the year."),
        ),
    }
)  # fmt: skip


class Trouble(NamedTuple):
    """What happened, as it is kept."""

    risk: Risk | None
    happened_on: date | None
    disposed_on: date | None
    discrepant: str | None
    words: str


class ShipmentInput(NamedTuple):
    """One shipment as it is kept; `amount_minor` in cents of its currency, unpaid."""

    invoice_number: str
    invoice_key: str
    invoiced_on: date
    shipped_on: date
    due_on: date
    amount_minor: int
    currency: str
    payment_term: str
    in_transit: str
    own_declaration: str
    declaration_number: str | None


@dataclass(frozen=True)
class ReadRow:
    """A row that was read: the shipment if nothing is wrong with it, else what is, by the name of the value."""

    shipment: ShipmentInput | None
    problems: Mapping[str, Problem]


def invoice_key(number: str) -> str:
    """An invoice number folded: letters and digits only, in one case and width, so that it is known again."""
    plain = unicodedata.normalize("NFKC", number).casefold()
    return "".join(sign for sign in plain if sign.isalnum())[:LONGEST_INVOICE]


def read_trouble(values: Mapping[str, str], kind: str, today: date) -> tuple[Trouble, dict[str, Problem]]:
    """What happened to an obligor of this kind (buyer, bank), and what is wrong or missing, by name."""
    wrong: dict[str, Problem] = {}

    def past(name: str, needed: bool) -> date | None:
        if is_blank(values.get(name)):
            if needed:
                wrong[name] = Problem("day_missing")
            return None
        found = _tried(wrong, name, iso_date, values[name])
        if found is not None and found > today:
            wrong[name] = Problem("day_to_come", {"day": found.isoformat()})
            return None
        return found

    risk = Risk(values["risk"]) if values.get("risk") in RISKS_OF[kind] else None
    if risk is None:
        wrong["risk"] = Problem("risk_missing")
    discrepant = values.get("discrepant") if risk is Risk.LETTER_OF_CREDIT else None
    if risk is Risk.LETTER_OF_CREDIT and discrepant not in (YES, NO):
        discrepant = None
        wrong["discrepant"] = Problem("discrepant_missing")
    words = clean(values.get("words", ""))
    if len(words) > LONGEST_WORDS:
        wrong["words"] = Problem("words_long", {"length": str(len(words)), "limit": str(LONGEST_WORDS)})
    trouble = Trouble(
        risk=risk,
        happened_on=past("happened_on", needed=True),
        disposed_on=past("disposed_on", needed=False) if risk is Risk.REJECTION else None,
        discrepant=discrepant,
        words=words[:LONGEST_WORDS],
    )
    return trouble, wrong


def read_row(cells: Mapping[str, object], kind: str, today: date) -> ReadRow:
    """One shipment to an obligor of this kind, typed or from a workbook; `cells` by the names of `ROW_NAMES`.

    What is said for no goods on their way counts as arrived; a currency left out as US dollars.
    """
    wrong: dict[str, Problem] = {}

    def take(name: str, parse: Callable[[object], Value]) -> Value | None:
        return _tried(wrong, name, parse, cells.get(name))

    number = take("invoice_number", _invoice)
    invoiced = take("invoiced_on", _past(today))
    shipped = take("shipped_on", _day)
    due = take("due_on", _day)
    currency = take("currency", _currency)
    unpaid = take("amount", lambda value: _unpaid(value, currency))
    term = take("payment_term", lambda value: _term(value, kind))
    own = take("own_declaration", _declared)
    transit = take("in_transit", lambda value: NO if is_blank(value) else _yes_no(value))
    declaration = take("declaration_number", _declaration)
    if invoiced and shipped and due:
        if due < invoiced and due < shipped:
            days = {"due": due.isoformat(), "invoiced": invoiced.isoformat(), "shipped": shipped.isoformat()}
            wrong["due_on"] = Problem("due_before", days)
        elif abs(due - shipped) > LONGEST_CREDIT:
            wrong["due_on"] = Problem("days_apart", {"due": due.isoformat(), "shipped": shipped.isoformat()})
    if wrong:
        return ReadRow(None, wrong)
    assert number
    assert invoiced
    assert shipped
    assert due
    assert unpaid
    assert currency
    assert term
    assert own
    assert transit
    return ReadRow(
        ShipmentInput(
            *(number, invoice_key(number), invoiced, shipped, due, unpaid, currency, term, transit, own),
            declaration_number=declaration,
        ),
        {},
    )


def thousandths() -> Problem:
    """Why a currency of three decimal places is not taken, and what to do instead."""
    return Problem("currency_thousandths", {"currencies": " ".join(THOUSANDTHS)})


def is_empty(row: Mapping[str, str]) -> bool:
    """Whether nothing of a row was typed; what is filled in beforehand does not count."""
    return all(
        is_blank(row.get(name)) for name in ("invoice_number", "invoiced_on", "shipped_on", "due_on", "amount")
    )


def _tried(wrong: dict[str, Problem], name: str, parse: Callable[[object], Value], value: object) -> Value | None:
    try:
        return parse(value)
    except CellProblem as error:
        wrong[name] = error.problem
        return None


def _refused(code: str, **params: str) -> CellProblem:
    return CellProblem(Problem(code, params))


def _invoice(value: object) -> str:
    found = text(value, LONGEST_INVOICE)
    if not invoice_key(found):
        raise _refused("invoice_sign", value=show(value))
    return found


def _day(value: object) -> date:
    if is_blank(value):
        raise _refused("day_missing")
    return iso_date(value)


def _past(today: date) -> Callable[[object], date]:
    def parse(value: object) -> date:
        found = _day(value)
        if found > today:
            raise _refused("day_to_come", day=found.isoformat())
        return found

    return parse


def _unpaid(value: object, currency: str | None) -> int:
    """In cents; of a currency that is refused itself nothing is said of decimals."""
    minor = amount(value, currency) if currency else amount(value, round_finer=True)
    if not minor:
        raise _refused("amount_zero")
    return minor


def _currency(value: object) -> str:
    if is_blank(value):
        return CURRENCIES[0]
    code = unicodedata.normalize("NFKC", text(value)).upper()
    if code in THOUSANDTHS:
        raise CellProblem(thousandths())
    if code not in CURRENCIES:
        raise _refused("currency_unknown", value=show(value), known=" ".join(CURRENCIES))
    return code


def _term(value: object, kind: str) -> str:
    offered = TERMS_OF[kind]
    if is_blank(value):
        if len(offered) == 1:
            return str(offered[0])
        raise _refused("term_missing")
    known = TERM_WORDS.get(_fold(text(value)))
    if known is None:
        raise _refused("term_unknown", value=show(value), known="O/A D/P D/A L/C")
    if known not in offered:
        raise _refused("term_bank" if kind == "bank" else "term_buyer")
    return str(known)


def _declared(value: object) -> str:
    if is_blank(value):
        raise _refused("declared_missing")
    return _yes_no(value)


def _yes_no(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    said = YES_WORDS.get(_fold(text(value)))
    if said is None:
        raise _refused("yes_no", value=show(value))
    return said


def _declaration(value: object) -> str | None:
    return None if is_blank(value) else text(value, LONGEST_DECLARATION)


def _fold(value: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", value).casefold() if sign.isalnum())
