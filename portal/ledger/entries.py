"""Making an entry: it balances, it is made once, and nothing changes it afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from ulid import ULID

from portal.common import clock
from portal.common.roles import Actor
from portal.ledger.accounts import Account, Kind, LineInput
from portal.ledger.records import Entry, Line

__all__ = ["Changed", "LineInput", "NotBalanced", "enter", "entered", "lines_of"]


class NotBalanced(ValueError):
    """Lines that do not make an entry: fewer than two, in two currencies, or not adding up to nothing."""


class Changed(RuntimeError):
    """Something tried to change or take out what is in the ledger; a wrong entry is reversed by another."""


def enter(
    session: Session,
    who: Actor,
    kind: str,
    once: str,
    on: date,
    subject: str,
    lines: Sequence[LineInput],
    reverses: str | None = None,
    approved_by: str | None = None,
    reason: str | None = None,
) -> Entry:
    """Make an entry inside an audited block; if what `once` names is entered already, give that entry.

    `kind` is a `Kind`, `on` the day it counts from, `subject` what it is about ("claim C2026-00001"),
    `reverses` the id of the entry that it undoes, `approved_by` the second person where one is needed. Raises
    `NotBalanced`, and ``ValueError`` for an unknown kind or account, or an amount that is not whole cents.
    """
    if not session.info.get("locked"):
        raise RuntimeError("an entry is made under the write lock: use Database.locked()")
    known = entered(session, once)
    if known is not None:
        return known
    _require_balanced(lines)
    entry = Entry(
        id=str(ULID()),
        number=(session.execute(select(func.max(Entry.number))).scalar() or 0) + 1,
        kind=Kind(kind).value,
        once=once,
        on=on,
        reverses=reverses,
        subject=subject,
        reason=reason,
        entered_by=who.id,
        approved_by=approved_by,
        entered_at=clock.now(),
    )
    session.add(entry)
    session.flush()  # its lines refer to it
    for position, one in enumerate(lines, 1):
        session.add(
            Line(
                entry_id=entry.id,
                position=position,
                account=Account(one.account).value,
                amount_minor=one.amount.minor,
                currency=one.amount.currency,
                policy_id=one.policy_id,
                obligor_id=one.obligor_id,
                claim_id=one.claim_id,
            )
        )
    session.flush()
    return entry


def entered(session: Session, once: str) -> Entry | None:
    """The entry that stands for something, if it was made."""
    return session.execute(select(Entry).where(Entry.once == once)).scalar()


def lines_of(session: Session, entry_id: str) -> list[Line]:
    """The lines of an entry, in order."""
    return list(session.execute(select(Line).where(Line.entry_id == entry_id).order_by(Line.position)).scalars())


def _require_balanced(lines: Sequence[LineInput]) -> None:
    if len(lines) < 2:
        raise NotBalanced(f"an entry of {len(lines)} lines")
    sums: dict[str, int] = defaultdict(int)
    for one in lines:
        sums[one.amount.currency] += one.amount.minor
    if len(sums) > 1:
        raise NotBalanced(f"an entry in {', '.join(sorted(sums))}")
    for currency, left in sums.items():
        if left:
            raise NotBalanced(f"the lines leave {left} cents of {currency}")


def _refuse(_mapper: Any, _connection: Any, target: Entry | Line) -> None:
    raise Changed(f"{type(target).__name__} {getattr(target, 'entry_id', None) or getattr(target, 'id', '')}")


for _model in (Entry, Line):
    event.listen(_model, "before_update", _refuse)
    event.listen(_model, "before_delete", _refuse)
