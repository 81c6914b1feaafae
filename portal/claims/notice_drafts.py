"""Reading a notice that is being written: what is in it, which step comes next, and what stands in its way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.entries import ROW_NAMES, TROUBLE_NAMES, read_trouble
from portal.claims.names import TERMS_OF
from portal.claims.records import Notice, Shipment
from portal.common.formats import amount
from portal.common.people import People
from portal.common.problems import Problem
from portal.members.queries import membership
from portal.members.records import Membership
from portal.obligors.queries import root_of
from portal.obligors.records import FirmBuyer, Obligor
from portal.scheme import stages

BUYER, TROUBLE, SHIPMENTS, CHECK = "buyer", "trouble", "shipments", "check"
STEPS = (BUYER, TROUBLE, SHIPMENTS, CHECK)
"""The pages of a notice, in their order; the last one reads back what the others hold, and sends it."""
ROW = "row"  # of what is sealed in a draft: a shipment typed half, as JSON


class UnknownNotice(LookupError):
    """There is no such notice, or the one who asks may not read it."""


@dataclass(frozen=True)
class OpenedNotice:
    """A draft as far as it goes. `typed` is the step of what happened as it was typed, right or not, or what is
    known beforehand; `row` a shipment that is not right yet. `saved` names the steps that were saved, and as
    which version of the draft.
    """

    membership: Membership
    notice: Notice
    obligor: Obligor
    buyer_name: str
    shipments: Sequence[Shipment]
    typed: Mapping[str, str]
    row: Mapping[str, str]
    saved: Mapping[str, int]

    @property
    def confirmed(self) -> bool:
        """Whether the reader is confirmed to act for the firm."""
        return self.membership.state == stages.CONFIRMED

    def faults(self, today: date) -> dict[str, Problem]:
        """What is wrong or missing of what happened, by name."""
        return read_trouble(self.typed, self.obligor.kind, today)[1]

    def misfits(self) -> list[Shipment]:
        """Shipments whose payment term does not fit whoever owes: the buyer was changed after they were typed."""
        return [one for one in self.shipments if one.payment_term not in TERMS_OF[self.obligor.kind]]

    def is_done(self, step: str, today: date) -> bool:
        """Whether nothing is left to do on a step; the read-back is done by sending."""
        if step == BUYER:
            return True
        if step == TROUBLE:
            return TROUBLE in self.saved and not self.faults(today)
        return step == SHIPMENTS and bool(self.shipments) and not self.row and not self.misfits()

    def next_step(self, today: date) -> str:
        """The first step that is not done: where to go on."""
        return next(step for step in STEPS if step == CHECK or not self.is_done(step, today))


class DraftRow(NamedTuple):
    """One open draft in a list: its id, whom it is about, and when it was saved."""

    notice: Notice
    buyer_name: str


def steps_saved(notice: Notice) -> dict[str, int]:
    """Which steps were saved, and as which version of the draft each was last."""
    pairs = (one.partition(":") for one in notice.steps_done.split())
    return {step: int(version) for step, _colon, version in pairs}


def fields_of(people: People, notice: Notice) -> dict[str, str]:
    """What is sealed in a notice: `words`, and of a draft what was typed; nothing once the person is erased."""
    return people.read(notice.person_id, notice.words_sealed) if notice.words_sealed else {}


def words_of(people: People, notice: Notice) -> str:
    """The one free line of a notice; empty without one, or once the person is erased."""
    return fields_of(people, notice).get("words", "")


def shipments_of(session: Session, notice_id: str) -> list[Shipment]:
    """The shipments of a notice that were not taken out, in their order."""
    query = select(Shipment).where(Shipment.notice_id == notice_id, Shipment.removed_at.is_(None))
    return list(session.execute(query.order_by(Shipment.position, Shipment.id)).scalars())


def own_notice(session: Session, account_id: str, notice_id: str) -> tuple[Notice, Membership]:
    """A notice that this account itself is writing, and how it acts for the firm; raises `UnknownNotice`."""
    notice = session.get(Notice, notice_id)
    member = membership(session, account_id, notice.uscc) if notice is not None else None
    if notice is None or member is None or member.id != notice.membership_id:
        raise UnknownNotice(notice_id)
    return notice, member


def opened(session: Session, people: People, account_id: str, notice_id: str, today: date) -> OpenedNotice:
    """A draft with all that belongs to it; raises `UnknownNotice` for anybody but whoever writes it."""
    notice, member = own_notice(session, account_id, notice_id)
    if notice.obligor_id is None:
        raise UnknownNotice(notice_id)
    obligor = root_of(session, notice.obligor_id)
    kept = fields_of(people, notice)
    saved = steps_saved(notice)
    typed = {name: kept.get(name, "") for name in TROUBLE_NAMES}
    if TROUBLE not in saved:
        typed |= {"happened_on": typed["happened_on"] or today.isoformat()}
    row = json.loads(kept[ROW]) if ROW in kept else {}
    return OpenedNotice(
        membership=member,
        notice=notice,
        obligor=obligor,
        buyer_name=buyer_name(session, notice.uscc, notice.obligor_id, obligor),
        shipments=shipments_of(session, notice.id),
        typed=typed,
        row={name: str(row.get(name, "")) for name in ROW_NAMES} if row else {},
        saved=saved,
    )


def buyer_name(session: Session, uscc: str, obligor_id: str, obligor: Obligor) -> str:
    """What the firm calls this obligor; other firms never see it."""
    query = select(FirmBuyer.name).where(FirmBuyer.uscc == uscc, FirmBuyer.obligor_id == obligor_id)
    return session.execute(query).scalar() or obligor.name


def drafts_of(session: Session, member: Membership) -> list[DraftRow]:
    """The notices that this person has begun for this firm and not sent, the newest first."""
    query = (
        select(Notice, FirmBuyer.name, Obligor.name)
        .join(Obligor, Obligor.id == Notice.obligor_id)
        .outerjoin(FirmBuyer, (FirmBuyer.obligor_id == Notice.obligor_id) & (FirmBuyer.uscc == Notice.uscc))
        .where(Notice.membership_id == member.id, Notice.state == stages.DRAFT)
        .order_by(Notice.saved_at.desc())
    )
    return [DraftRow(notice, own or name) for notice, own, name in session.execute(query)]


def row_as_typed(shipment: Shipment) -> dict[str, str]:
    """A shipment as its form shows it."""
    return {
        "invoice_number": shipment.invoice_number,
        "invoiced_on": shipment.invoiced_on.isoformat(),
        "shipped_on": shipment.shipped_on.isoformat(),
        "due_on": shipment.due_on.isoformat(),
        "amount": amount(shipment.amount_minor, shipment.currency),
        "currency": shipment.currency,
        "payment_term": shipment.payment_term,
        "own_declaration": shipment.own_declaration,
        "in_transit": shipment.in_transit,
        "declaration_number": shipment.declaration_number or "",
    }
