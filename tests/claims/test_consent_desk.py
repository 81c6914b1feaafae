"""A request for consent at the desk: what is asked beside what it is about, with the way to loss and claim."""

from datetime import date
from decimal import Decimal

from flask import Flask

from portal.claims.consents import DISCOUNT, EXTENSION, RESALE, Wanted, ask_consent
from portal.claims.receipts import add_receipt
from portal.claims.records import Notice
from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.obligors.records import Obligor
from portal.scheme.money import Money
from tests.accounts.pages import in_english, text_of
from tests.claims.stories import (
    BUYER_NAME,
    claim_of,
    claimed,
    insured,
    notice_of,
    notified,
    shipment,
    shipments_of,
)
from tests.conftest import signed_in
from tests.people import QIAN_PEI
from tests.policies.stories import on_day

ON = date(2022, 8, 22)


def page_of(app: Flask, number: str) -> str:
    """The request as the claims officer reads it, with plain spaces."""
    answer = in_english(signed_in(app, QIAN_PEI)).get(f"/desk/consents/{number}")
    assert answer.status_code == 200
    return text_of(answer).replace("\N{NO-BREAK SPACE}", " ")


def asked(instance: Instance, who: Actor, notice: str, wanted: Wanted) -> str:
    """A request about a loss; its number."""
    return ask_consent(instance, who, notice, wanted)


def paid_something(instance: Instance, notice: Notice, who: Actor) -> None:
    """The buyer paid nine thousand on the loss since."""
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        held = session.get_one(Notice, notice.id)
        nothing = Money(Decimal(0), "USD")
        add_receipt(session, who, held, "payment", ON, "SWIFT 7", Money(Decimal(9_000), "USD"), nothing)


def test_a_discount_stands_beside_what_is_unpaid_and_what_the_buyer_would_still_owe(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    notice = notified(instance, who, shipments=[shipment("A-1"), shipment("A-2")]).number
    one = shipments_of(instance, notice)[0]
    with on_day(ON):
        number = asked(instance, who, notice, Wanted(DISCOUNT, one.id, 1_000_000, "USD", None, "买方要降一万。"))
        page = page_of(app, number)
        for piece in ("USD 10,000.00", "USD 40,000.00", "The buyer would still owe", "USD 30,000.00", "A-1"):
            assert piece in page
        assert "A-2" not in page
        assert "not claimed yet" in page


def test_who_owes_the_invoices_with_their_days_and_the_way_to_loss_and_claim_are_there(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    rows = [shipment("A-1"), shipment("A-2", due_on=date(2022, 8, 18))]
    claim = claimed(instance, who, shipments=rows)
    with instance.database.reading() as session:
        found = claim_of(instance, claim)
        notice = session.get_one(Notice, found.notice_id)
        obligor = session.get_one(Obligor, found.obligor_id)
    wanted = Wanted(EXTENSION, None, None, None, date(2022, 10, 31), "买方说十月底付清。")
    with on_day(ON):
        page = page_of(app, asked(instance, who, notice.number or "", wanted))
    for piece in (
        BUYER_NAME,
        "Norway",
        f'href="/desk/obligors/{obligor.number}"',
        f'href="/desk/notices/{notice.number}"',
        f'href="/desk/claims/{claim}"',
        "A-1",
        "A-2",
        "18 Aug 2022",
        "USD 80,000.00",
        "31 Oct 2022",
    ):
        assert piece in page, piece
    assert f"{shipments_of(instance, notice.number or '')[0].due_on.day} Aug 2022 to 18 Aug 2022" in page


def test_a_resale_says_what_its_price_leaves_unpaid_unless_money_came_in_since(
    app: Flask, instance: Instance
) -> None:
    who = insured(instance)
    notice = notified(instance, who).number
    wanted = Wanted(RESALE, None, 2_500_000, "USD", None, "另一家愿意买。")
    with on_day(ON):
        number = asked(instance, who, notice, wanted)
        before = page_of(app, number)
        paid_something(instance, notice_of(instance, notice), who)
        after = page_of(app, number)
    assert "Would be left unpaid" in before
    assert "USD 15,000.00" in before
    assert "Came in since" not in before
    assert "Came in since, on the whole loss" in after
    assert "USD 9,000.00" in after
    assert "Would be left unpaid" not in after
