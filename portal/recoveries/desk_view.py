"""What the desk's pages about money have in common: what a form offers, and why a sum cannot be shared."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.claims.records import Shipment
from portal.common.formats import day
from portal.ledger.rates import NoRate
from portal.recoveries.sharing import NoInvoice


def offered(session: Session, notice_id: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The currencies of a notice's shipments, the first one's first, and its invoices by id and number."""
    query = select(Shipment).where(Shipment.notice_id == notice_id, Shipment.removed_at.is_(None))
    shipments = list(session.execute(query.order_by(Shipment.position)).scalars())
    return list(dict.fromkeys(one.currency for one in shipments)), [
        (one.id, one.invoice_number) for one in shipments
    ]


def cannot_share(error: NoRate | NoInvoice) -> str:
    """Why money cannot be shared, in the reader's language."""
    if isinstance(error, NoRate):
        return _(
            "There is no rate of %(currency)s for %(day)s, nor shortly before. Import it first.",
            currency=error.currency,
            day=day(error.day),
        )
    return _("No invoice of this loss is in %(currency)s: the money cannot be shared.", currency=error.currency)
