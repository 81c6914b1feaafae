"""Money that lessens a loss before its indemnity is approved: payments, resale proceeds, other credits.

The same money counts once. Which money it is, is told by the firm and the reference on the bank's advice, however
that is typed; money received from approval on is a recovery, and the same reference is then known there.
"""

import unicodedata
from collections.abc import Callable
from datetime import date
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.claims.records import Notice, Receipt
from portal.common import clock
from portal.common.roles import Actor
from portal.scheme import stages
from portal.scheme.money import Money

INDEX_LENGTH = 40
KNOWN_ELSEWHERE: list[Callable[[Session, str], str | None]] = []
"""Who else records money: given a session and an index, each gives the number under which it has this money.

Recoveries come later in a policy's life than claims; they put themselves in here, so that no money is both.
"""


class MoneyKnown(Exception):
    """This money is recorded already; `number` is what it was recorded as, where that has a number."""

    def __init__(self, reference: str, number: str | None = None) -> None:
        super().__init__(reference)
        self.reference = reference
        self.number = number


def money_index(uscc: str, reference: str) -> str:
    """What tells one firm's money: its bank reference, whatever case, spaces, signs or width it is typed in.

    ``ValueError`` for a reference without a letter or digit.
    """
    folded = "".join(one for one in unicodedata.normalize("NFKC", reference).upper() if one.isalnum())
    if not folded:
        raise ValueError(f"{reference!r} is no reference")
    return sha256(f"{uscc}\x00{folded}".encode()).hexdigest()[:INDEX_LENGTH]


def receipt_of(session: Session, index: str) -> Receipt | None:
    """The receipt that counts, or waits to be counted, for this money; a struck one frees its reference."""
    query = select(Receipt).where((Receipt.money_index == index) | Receipt.money_index.startswith(f"{index}#"))
    return session.execute(query.limit(1)).scalar()


def known_elsewhere(session: Session, index: str) -> str | None:
    """The number under which this money is recorded as something else than a payment, if it is."""
    return next((number for ask in KNOWN_ELSEWHERE if (number := ask(session, index))), None)


def add_receipt(
    session: Session,
    who: Actor,
    notice: Notice,
    kind: str,
    received_on: date,
    reference: str,
    amount: Money,
    costs: Money,
    shipment_id: str | None = None,
    document_id: str | None = None,
    counted: bool = False,
    part: str | None = None,
) -> Receipt:
    """Record money that lessens the loss of a notice, inside an audited block; `counted` once staff say so.

    `part` names a piece of a larger sum, so that each piece stands by itself. Raises `MoneyKnown`, and
    ``ValueError`` for an amount that is not above its costs, or costs below 0.
    """
    index = money_index(notice.uscc, reference)
    known = receipt_of(session, index)
    if known is not None and (part is None or known.money_index == f"{index}#{part}"):
        raise MoneyKnown(reference)
    elsewhere = None if part is not None else known_elsewhere(session, index)
    if elsewhere is not None:
        raise MoneyKnown(reference, elsewhere)
    if costs.minor < 0 or amount.minor <= 0 or costs > amount:
        raise ValueError(f"{amount} received with costs of {costs}")
    receipt = Receipt(
        id=str(ULID()),
        notice_id=notice.id,
        shipment_id=shipment_id,
        kind=kind,
        received_on=received_on,
        reference=reference,
        money_index=index if part is None else f"{index}#{part}",
        amount_minor=amount.minor,
        costs_minor=costs.minor,
        currency=amount.currency,
        document_id=document_id,
        state=stages.COUNTED if counted else stages.TOLD,
        recorded_by=who.id,
        recorded_at=clock.now(),
    )
    session.add(receipt)
    session.flush()
    return receipt


def count(receipt: Receipt) -> None:
    """Staff found that the money came in: it counts from now on. Twice changes nothing."""
    if receipt.state != stages.COUNTED:
        stages.require(stages.RECEIPT, receipt.state, stages.COUNTED)
        receipt.state = stages.COUNTED


def strike(receipt: Receipt, who: Actor, reason: str) -> None:
    """It was no money, or not this claim's: it counts no more and its reference is free again. Twice is once."""
    if receipt.state != stages.STRUCK:
        stages.require(stages.RECEIPT, receipt.state, stages.STRUCK)
        receipt.state = stages.STRUCK
        receipt.struck_by, receipt.struck_at, receipt.reason = who.id, clock.now(), reason
        receipt.money_index = f"struck {receipt.id}"
