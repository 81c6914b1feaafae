"""The firm's own buyers and banks, as a report offers them to choose from."""

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.obligors.queries import buyers_of, country_name
from portal.obligors.records import Obligor


class Offered(NamedTuple):
    """One buyer or bank: its id, what the firm calls it, and country and kind in words."""

    obligor_id: str
    words: str
    hint: str
    is_bank: bool


def buyers_offered(session: Session, uscc: str) -> list[Offered]:
    """Every buyer and bank on the firm's list, by name, in two queries."""
    listed = buyers_of(session, uscc)
    query = select(Obligor).where(Obligor.id.in_([one.obligor_id for one in listed]))
    known = {one.id: one for one in session.execute(query).scalars()}
    return [_offered(one.obligor_id, one.name, known[one.obligor_id]) for one in listed]


def without(offered: Sequence[Offered], kind: str) -> bool:
    """Whether none of this kind (buyer, bank) is on the list."""
    return not any(one.is_bank == (kind == "bank") for one in offered)


def _offered(obligor_id: str, name: str, obligor: Obligor) -> Offered:
    bank = obligor.kind == "bank"
    kind = _("issuing bank") if bank else _("buyer")
    return Offered(obligor_id, name, country_name(obligor.country) + _(", ") + kind, bank)
