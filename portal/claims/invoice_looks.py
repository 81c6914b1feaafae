"""Invoices of one firm and buyer that merely look like one: a hint for people, who say what they are.

Nothing is called one here. The same number is the same invoice by `entries.invoice_key`; what this finds has
another number that only looks the same, or another number for the same sum and days.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.claims.assessment_inputs import shipments_of_claim
from portal.claims.records import Claim, InvoiceAnswer, Notice, Shipment
from portal.common.people import CHUNK
from portal.obligors.queries import group_of
from portal.scheme import stages

NUMBER, GOODS = "number", "goods"  # why two look alike
DIFFERENT, SAME = "different", "same"  # what a person says
MOST = 5  # others that one shipment is held against; those of other notices come first
_SCRIPTS = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # Cyrillic, then Greek
    "ABEKMHOPCTYXIJSQWABEZHIKMNOPTYX",
)
_SIGNS = str.maketrans("OIL|", "0111")
"""Signs that are taken for one another when a number is read off paper."""
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Doubt:
    """A shipment of the claim, another of the firm to this buyer that looks like it, why, and what was said."""

    own: Shipment
    other: Shipment
    notice: Notice
    why: tuple[str, ...]
    answer: InvoiceAnswer | None


def invoice_look(number: str) -> str:
    """How an invoice number looks: leading zeros dropped, letters of any script that look alike read as one."""
    upper = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", number)).upper()
    plain = "".join(_digit(sign) for sign in upper if not unicodedata.combining(sign))
    signs = plain.translate(_SCRIPTS).translate(_SIGNS)
    return "".join(sign for sign in _ZEROS.sub("", signs) if sign.isalnum())


def doubts_of(session: Session, claim: Claim) -> list[Doubt]:
    """The claim's shipments under cover that look like another of the firm to the same buyer, answered or not."""
    own = [one for one in shipments_of_claim(session, claim) if not one.outside]
    looks: dict[Hashable, list[tuple[Shipment, Notice]]] = defaultdict(list)
    for shipment, notice in _rows(session, claim):
        for key in _keys(shipment).values():
            looks[key].append((shipment, notice))
    found: dict[tuple[str, str], Doubt] = {}
    for one in own:
        whys: dict[str, list[str]] = defaultdict(list)
        others: dict[str, tuple[Shipment, Notice]] = {}
        for why, key in _keys(one).items():
            for other, notice in looks[key]:
                if other.id != one.id and other.invoice_key != one.invoice_key:
                    others[other.id] = (other, notice)
                    whys[other.id].append(why)
        nearest = sorted(others.values(), key=lambda pair: pair[0].notice_id == one.notice_id)
        for other, notice in nearest[:MOST]:
            pair = pair_of(one.id, other.id)
            found.setdefault(pair, Doubt(one, other, notice, tuple(whys[other.id]), None))
    said = answers(session, [one.id for one in own])
    return [Doubt(one.own, one.other, one.notice, one.why, said.get(pair)) for pair, one in found.items()]


def pair_of(first: str, second: str) -> tuple[str, str]:
    """Two shipments' ids as their answer is kept."""
    return (first, second) if first < second else (second, first)


def answers(session: Session, shipment_ids: Iterable[str]) -> dict[tuple[str, str], InvoiceAnswer]:
    """What was said of these shipments beside any other."""
    ids = list(shipment_ids)
    found = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        query = select(InvoiceAnswer).where(
            or_(InvoiceAnswer.first_id.in_(part), InvoiceAnswer.second_id.in_(part))
        )
        found.update({(one.first_id, one.second_id): one for one in session.execute(query).scalars()})
    return found


def called_one(session: Session, shipment_ids: Iterable[str]) -> set[tuple[str, str]]:
    """The pairs of which one of these shipments is a part and which a person called the same invoice."""
    return {pair for pair, answer in answers(session, shipment_ids).items() if answer.code == SAME}


def _rows(session: Session, claim: Claim) -> Iterable[tuple[Shipment, Notice]]:
    """Every shipment that the firm reported to this buyer (merged ones are one) and did not withdraw."""
    query = (
        select(Shipment, Notice)
        .join(Notice, Notice.id == Shipment.notice_id)
        .where(
            Notice.uscc == claim.uscc,
            Notice.obligor_id.in_(group_of(session, claim.obligor_id)),
            Notice.state.in_((stages.WATCHED, stages.CLAIMED, stages.SETTLED)),
            Shipment.removed_at.is_(None),
        )
        .order_by(Notice.notified_on, Notice.serial, Shipment.position)
    )
    return [(shipment, notice) for shipment, notice in session.execute(query)]


def _keys(shipment: Shipment) -> Mapping[str, Hashable]:
    """What two that look alike share, by why."""
    goods = (shipment.amount_minor, shipment.currency, shipment.invoiced_on, shipment.shipped_on)
    return {NUMBER: invoice_look(shipment.invoice_number), GOODS: goods}


def _digit(sign: str) -> str:
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
