"""The firm's own buyers and banks, as a report offers them to choose from."""

from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.members.records import Membership
from portal.obligors.queries import buyers_of, country_name
from portal.obligors.records import Obligor
from portal.scheme import stages


class Offered(NamedTuple):
    """One buyer or bank: its id, what the firm calls it, and country and kind in words."""

    obligor_id: str
    words: str
    hint: str


def buyers_offered(session: Session, member: Membership) -> list[Offered]:
    """The buyers and banks on the firm's list, by name, in two queries; before one is confirmed only one's own."""
    confirmed = member.state == stages.CONFIRMED
    listed = [one for one in buyers_of(session, member.uscc) if confirmed or one.added_by == member.account_id]
    query = select(Obligor).where(Obligor.id.in_([one.obligor_id for one in listed]))
    known = {one.id: one for one in session.execute(query).scalars()}
    return [_offered(one.obligor_id, one.name, known[one.obligor_id]) for one in listed]


def _offered(obligor_id: str, name: str, obligor: Obligor) -> Offered:
    bank = obligor.kind == "bank"
    kind = _("issuing bank") if bank else _("buyer")
    return Offered(obligor_id, name, country_name(obligor.country) + _(", ") + kind)
