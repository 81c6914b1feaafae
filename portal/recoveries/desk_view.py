"""What forms about money offer: the currencies and invoices of a notice."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.records import Shipment


def offered(session: Session, notice_id: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The currencies of a notice's shipments, the first one's first, and its invoices by id and number."""
    query = select(Shipment).where(Shipment.notice_id == notice_id, Shipment.removed_at.is_(None))
    shipments = list(session.execute(query.order_by(Shipment.position)).scalars())
    return list(dict.fromkeys(one.currency for one in shipments)), [
        (one.id, one.invoice_number) for one in shipments
    ]
