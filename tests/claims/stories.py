"""Losses as tests tell them: an insured firm, its buyers, what it reported and claimed, all by the actions."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from portal.claims import notices, sending
from portal.claims.entries import ShipmentInput, invoice_key
from portal.claims.records import Claim, Notice, Shipment
from portal.claims.sending import CLAIM, WATCH
from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.obligors.actions import add_buyer
from portal.policies import firm_actions
from portal.policies.document import document_of
from portal.policies.records import Policy
from portal.scheme.claim_words import PaymentTerm, Risk
from portal.scheme.terms import load_terms
from tests.appeals.stories import member
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, Exporter
from tests.policies.stories import approve, issue, on_day, policy_of
from tests.samples import HARBOUR, SILENT, Firm, apply_all, import_all

BUYER_NAME, COUNTRY = "Haldenvik Living AS", "NO"
BANK_NAME, BANK_BIC = "Banco Solmar S.A.", "SOLMPAPA"
SHIPPED, DUE = date(2022, 5, 10), date(2022, 8, 8)
NOTIFIED = date(2022, 8, 15)  # a Monday, in time
AMOUNT = 4_000_000  # cents


def insured(
    instance: Instance, person: Exporter = CHEN_HAIXIA, firm: Firm = HARBOUR, state: str = "confirmed"
) -> Actor:
    """Somebody who acts for a firm whose policy covers from 2 March 2022 to the end of the year.

    HARBOUR and SILENT are insured; the first call makes both policies.
    """
    with instance.database.reading() as session:
        there = session.execute(select(Policy.id)).first() is not None
    if not there:
        import_all(instance)
        apply_all(instance, [HARBOUR, SILENT])
        approve(instance, LIN_ZHIYAO, SILENT)
        issue(instance)
    return member(instance, person, firm, state)


def acknowledge(instance: Instance, who: Actor, firm: Firm = HARBOUR) -> None:
    """Acknowledge the firm's policy, so that nothing of it waits for the firm."""
    policy = policy_of(instance, firm)
    document = document_of(policy, load_terms(policy.scheme))
    firm_actions.acknowledge(instance, who, policy.number, "陈海霞", document.fingerprint)


def buyer(
    instance: Instance, who: Actor, firm: Firm = HARBOUR, name: str = BUYER_NAME, country: str = COUNTRY
) -> str:
    """A buyer on the firm's list; its id."""
    return add_buyer(instance, who, firm.uscc, "buyer", name, country).id


def bank(instance: Instance, who: Actor, firm: Firm = HARBOUR, name: str = BANK_NAME, bic: str = BANK_BIC) -> str:
    """An issuing bank on the firm's list; its id."""
    return add_buyer(instance, who, firm.uscc, "bank", name, "PA", bic=bic).id


def shipment(number: str = "INV-2022-001", **changed: object) -> ShipmentInput:
    """A shipment under cover: USD 40,000.00, open account, declared by the firm itself; with changed values."""
    plain = ShipmentInput(
        invoice_number=number,
        invoice_key=invoice_key(number),
        invoiced_on=SHIPPED,
        shipped_on=SHIPPED,
        due_on=DUE,
        amount_minor=AMOUNT,
        currency="USD",
        payment_term=PaymentTerm.OPEN_ACCOUNT,
        in_transit="no",
        own_declaration="yes",
        declaration_number=None,
    )
    return plain._replace(**changed)  # type: ignore[arg-type]  # the names are those of the tuple


def begun(
    instance: Instance,
    who: Actor,
    obligor_id: str,
    shipments: Sequence[ShipmentInput] = (),
    risk: str = Risk.PROTRACTED_DEFAULT,
    firm: Firm = HARBOUR,
    **trouble: str,
) -> str:
    """A notice written to its end and not sent; its id."""
    notice_id = notices.open_notice(instance, who, firm.uscc, obligor_id)
    values = {"risk": str(risk), "happened_on": clock.today().isoformat(), **trouble}
    notices.save_trouble(instance, who, notice_id, 0, values)
    added, twice = notices.add_shipments(instance, who, notice_id, shipments or [shipment()])
    assert (added, twice) == (len(shipments) or 1, {})
    return notice_id


def version_of(instance: Instance, notice_id: str) -> int:
    """Which save of the draft stands."""
    with instance.database.reading() as session:
        return session.get_one(Notice, notice_id).version


def notified(
    instance: Instance,
    who: Actor,
    obligor_id: str | None = None,
    shipments: Sequence[ShipmentInput] = (),
    on: date = NOTIFIED,
    choice: str = WATCH,
    risk: str = Risk.PROTRACTED_DEFAULT,
    firm: Firm = HARBOUR,
    **trouble: str,
) -> sending.Sent:
    """A notice that was sent on a day, watched unless claimed."""
    with on_day(on):
        owes = obligor_id or buyer(instance, who, firm)
        notice_id = begun(instance, who, owes, shipments, risk, firm, **trouble)
        return sending.send_notice(instance, who, notice_id, version_of(instance, notice_id), choice)


def claimed(
    instance: Instance,
    who: Actor,
    obligor_id: str | None = None,
    shipments: Sequence[ShipmentInput] = (),
    on: date = NOTIFIED,
    risk: str = Risk.PROTRACTED_DEFAULT,
    firm: Firm = HARBOUR,
    **trouble: str,
) -> str:
    """A notice that was sent and claimed at once; the number of its first claim."""
    sent = notified(instance, who, obligor_id, shipments, on, CLAIM, risk, firm, **trouble)
    assert sent.claims, "nothing of it is covered"
    return sent.claims[0]


def notice_of(instance: Instance, number: str) -> Notice:
    """A notice as it stands now."""
    with instance.database.reading() as session:
        return session.execute(select(Notice).where(Notice.number == number)).scalar_one()


def claim_of(instance: Instance, number: str) -> Claim:
    """A claim as it stands now."""
    with instance.database.reading() as session:
        return session.execute(select(Claim).where(Claim.number == number)).scalar_one()


def shipments_of(instance: Instance, number: str) -> list[Shipment]:
    """The shipments of a notice as they stand now."""
    with instance.database.reading() as session:
        query = (
            select(Shipment)
            .join(Notice, Notice.id == Shipment.notice_id)
            .where(Notice.number == number, Shipment.removed_at.is_(None))
        )
        return list(session.execute(query.order_by(Shipment.position)).scalars())


def later(day: date, days: int) -> date:
    """So many days after a day."""
    return day + timedelta(days=days)
