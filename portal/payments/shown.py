"""Payments as pages show them: the account by its last digits only, amounts and states in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.claims.payees import payees_of
from portal.claims.records import Payee
from portal.common.formats import money
from portal.common.people import People
from portal.payments import names
from portal.payments.queries import OrderedLine, Ready, last_refused

LAST_DIGITS = 4
WORD_JOINER = "\N{WORD JOINER}"


@dataclass(frozen=True)
class ShownReady:
    """An agreed claim that waits to be ordered."""

    scheme: str
    number: str
    firm: str
    agreed_on: date | None
    due_on: date | None
    amount: str
    set_off: str | None
    payee: str | None
    to_bank: bool
    in_the_way: tuple[str, ...]
    refused: str | None
    bank_note: str | None
    same_account: bool

    @property
    def offered(self) -> bool:
        """Whether it is ticked beforehand: nothing is in the way, and the bank did not just refuse the account."""
        return not self.in_the_way and not (self.refused and self.same_account)


@dataclass(frozen=True)
class ShownLine:
    """A line of a batch."""

    reference: str
    claim: str
    firm: str
    payee: str
    to_bank: bool
    other_payee: bool
    amount: str
    state: str
    kind: str
    paid_on: date | None
    bank_reference: str | None
    difference: str | None
    told: str | None
    resolved: bool
    reason: str | None


def shown_ready(session: Session, people: People, found: Sequence[Ready]) -> list[ShownReady]:
    """Agreed claims with their payee and what is in the way.

    `refused` is the reference of the last order where the bank could not pay it or gave it back, `bank_note` what
    the bank wrote, and `same_account` whether it would go to the very same account again.
    """
    refused = last_refused(session, [one.claim.id for one in found])
    people.load(one.payee.person_id for one in found if one.payee is not None)
    return [
        ShownReady(
            one.claim.scheme,
            one.claim.number,
            one.claim.firm_name,
            one.claim.agreed_on,
            one.claim.due_on,
            money(one.to_pay),
            money(min(one.payable, one.owed)) if one.owed.minor > 0 else None,
            account_words(people, one.payee) if one.payee is not None else None,
            one.payee is not None and one.payee.kind == "bank",
            one.in_the_way,
            refused[one.claim.id].reference if one.claim.id in refused else None,
            refused[one.claim.id].reason if one.claim.id in refused else None,
            one.claim.id in refused and one.payee is not None and refused[one.claim.id].payee_id == one.payee.id,
        )
        for one in found
    ]


def shown_lines(session: Session, people: People, lines: Sequence[OrderedLine]) -> list[ShownLine]:
    """Lines of a batch; `other_payee` where the firm has another account on file by now."""
    people.load(one.payee.person_id for one in lines)
    now = payees_of(session, [one.claim for one in lines])
    return [
        ShownLine(
            one.line.reference,
            one.claim.number,
            one.claim.firm_name,
            account_words(people, one.payee),
            one.payee.kind == "bank",
            one.claim.id in now and now[one.claim.id].id != one.payee.id,
            money(one.line.amount_minor, one.line.currency),
            str(names.LINE_STATES[one.line.state]),
            names.LINE_KINDS[one.line.state],
            one.line.paid_on,
            one.line.bank_reference,
            str(names.RESULT_CODES[one.line.difference]) if one.line.difference else None,
            money(one.line.told_minor, one.line.currency) if one.line.told_minor is not None else None,
            one.line.resolved_at is not None,
            one.line.reason,
        )
        for one in lines
    ]


def account_words(people: People, payee: Payee) -> str:
    """Whose account at which bank, and its last digits; a dash once the person is erased."""
    fields = people.read(payee.person_id, payee.sealed)
    account = fields.get("account", "")
    if not account:
        return "—"
    last = f"…{WORD_JOINER}{account[-LAST_DIGITS:]}"  # no line ends between the two
    return " · ".join(part for part in (fields.get("holder", ""), fields.get("bank", ""), last) if part)
