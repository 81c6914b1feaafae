"""Reporting a loss through the door: the steps on a phone, what stays, what is told, and the page that follows."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.claims.records import Notice
from portal.common.instance import Instance
from portal.common.roles import COMMAND, Actor
from portal.ledger.rate_import import import_rates
from tests.accounts.pages import heading_of, in_english, text_of
from tests.appeals.stories import member
from tests.claims.notice_steps import ROW, TROUBLE, go, hidden_version, plain, start
from tests.claims.stories import (
    BUYER_NAME,
    NOTIFIED,
    acknowledge,
    bank,
    begun,
    buyer,
    insured,
    notice_of,
    notified,
    shipment,
    shipments_of,
    version_of,
)
from tests.conftest import signed_in_exporter
from tests.ledger.stories import workbook
from tests.people import CHEN_HAIXIA, WU_GUOLIANG, YE_XIAOTANG
from tests.policies.stories import on_day
from tests.samples import GIANT, HARBOUR


@pytest.fixture
def who(instance: Instance) -> Actor:
    """Chen Haixia, confirmed to act for the harbour's firm, which is insured."""
    return insured(instance)


@pytest.fixture
def firm(app: Flask, who: Actor) -> FlaskClient:
    """The same, signed in on 15 August 2022 and reading English."""
    with on_day(NOTIFIED):
        return in_english(signed_in_exporter(app, CHEN_HAIXIA))


@pytest.fixture(autouse=True)
def _in_august(firm: FlaskClient) -> Iterator[None]:
    with on_day(NOTIFIED):
        yield


def sent_by_pages(firm: FlaskClient, obligor_id: str, choice: str = "watch", **row: str) -> TestResponse:
    """Report one shipment from the first page to the last; the answer to sending it."""
    address = start(firm, obligor_id)
    assert go(firm, address, "trouble", **TROUBLE).location.endswith("/shipments")
    assert go(firm, address, "shipments", **{**ROW, **row}).location.endswith("/check")
    return go(firm, address, "check", choice=choice)


def test_a_loss_is_reported_in_four_short_pages_and_the_page_that_follows_says_what_to_do(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    answer = sent_by_pages(firm, buyer(instance, who))
    assert answer.location == "/my/notices/N2022-00001"
    page = firm.get(answer.location)
    words = plain(page)
    assert heading_of(text_of(page)) == "Notice N2022-00001"
    assert f"Stop shipping to {BUYER_NAME}" in words
    assert "Reported on 15 Aug 2022, in time." in words
    assert "You can claim until 15 Feb 2023" in words
    assert "USD 32,000.00" in words
    assert "not decided" in words
    assert "Letters that ask for the money" in words
    assert "Room left for this buyer or bank in the policy year: USD 50,000.00." in words


def test_the_estimate_says_what_lies_beyond_the_room(firm: FlaskClient, instance: Instance, who: Actor) -> None:
    answer = sent_by_pages(firm, buyer(instance, who), amount="100000")
    words = plain(firm.get(answer.location))
    assert "USD 50,000.00" in words
    assert "30,000.00 over" in words
    assert "What goes beyond it you bear yourself." in words


def test_a_loss_in_yen_is_reported_like_any_other_and_no_yen_counts_as_a_hundred(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    rates = workbook(("币种", "日期", "汇率"), [("JPY", ROW["due_on"], "0.0068")])
    import_rates(instance, COMMAND, rates, "rates.xlsx")
    sent = sent_by_pages(firm, buyer(instance, who), currency="JPY", amount="6,000,000")
    page = plain(firm.get(sent.location))
    assert "JPY 6,000,000" in page
    assert "JPY 600,000,000" not in page
    assert "USD 32,640.00" in page, "80 % of 40,800.00"


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    assert plain(go(firm, address, "trouble", words="no money")).count("Choose one.") == 2
    page = firm.get(f"{address}/trouble")
    assert 'value="no money"' in text_of(page)
    go(firm, address, "trouble", **TROUBLE)
    answer = go(firm, address, "shipments", **{**ROW, "due_on": "2022-13-40", "amount": "0"})
    assert answer.status_code == 422
    assert "There is no day 2022-13-40" in plain(answer)
    assert "The amount is 0." in plain(answer)
    again = text_of(firm.get(f"{address}/shipments"))
    assert 'value="INV-1"' in again
    assert 'value="2022-13-40"' in again


def test_of_fields_left_empty_each_says_what_belongs_in_it(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    here = start(firm, buyer(instance, who))
    go(firm, here, "trouble", risk="bankruptcy", happened_on="2022-08-08", words="")
    page = plain(go(firm, here, "shipments", invoice_number=""))
    for words in (
        "Enter the number of the invoice",
        "Enter the amount that is still unpaid, as in 10,000.00",
        "Enter the date of the invoice",
        "Enter the day on which the goods were shipped",
        "Enter the day on which the money was or is due",
    ):
        assert page.count(words) == 2, f"{words}: in the summary and beside the field"
    assert "The cell is empty" not in page


def test_one_leaves_comes_back_and_goes_on_where_one_was(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    go(firm, address, "trouble", **TROUBLE)
    left = go(firm, address, "shipments", invoice_number="HALF", then="leave")
    assert left.location == "/my"
    home = plain(firm.get("/my"))
    assert f"Your turn: go on with the report on {BUYER_NAME}" in home
    back = firm.get(address)
    assert back.location == f"{address}/shipments"
    assert 'value="HALF"' in text_of(firm.get(back.location))


def test_shipments_are_added_changed_and_taken_out_one_by_one(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    go(firm, address, "trouble", **TROUBLE)
    assert go(firm, address, "shipments", **ROW, then="more").location.endswith("/shipments")
    page = text_of(firm.get(f"{address}/shipments"))
    assert "1 shipment so far" in page
    assert re.search(r'value="open_account"[^>]*checked|checked[^>]*value="open_account"', page)
    go(firm, address, "shipments", **{**ROW, "invoice_number": "INV-2"}, then="more")
    with instance.database.reading() as session:
        notice_id = session.execute(select(Notice.id)).scalar_one()
    first, second = _rows(instance, notice_id)
    opened = text_of(firm.get(f"{address}/shipments?row={first}"))
    assert 'value="INV-1"' in opened
    go(firm, address, "shipments", **{**ROW, "amount": "12.50"}, row=first)
    firm.post(f"{address}/shipments", data={"row": second, "then": "remove"})
    firm.post(f"{address}/shipments", data={"row": second, "then": "remove"})
    assert _rows(instance, notice_id) == [first]
    assert "USD 12.50" in plain(firm.get(f"{address}/shipments"))


def _rows(instance: Instance, notice_id: str) -> list[str]:
    from portal.claims.notice_drafts import shipments_of as live

    with instance.database.reading() as session:
        return [one.id for one in live(session, notice_id)]


def test_a_second_window_is_told_and_nothing_typed_is_lost(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, buyer(instance, who))
    old = hidden_version(text_of(firm.get(f"{address}/trouble")))
    go(firm, address, "trouble", **TROUBLE)
    answer = firm.post(
        f"{address}/trouble", data={"version": old, "risk": "rejection", "happened_on": "2022-08-14"}
    )
    assert answer.status_code == 409
    assert "This step was saved in another window" in plain(answer)
    assert 'value="2022-08-14"' in text_of(answer)


def test_sending_twice_leads_to_the_same_notice(firm: FlaskClient, instance: Instance, who: Actor) -> None:
    notice_id = begun(instance, who, buyer(instance, who))
    data = {"version": str(version_of(instance, notice_id)), "choice": "watch"}
    first = firm.post(f"/my/notices/{notice_id}/check", data=data)
    second = firm.post(f"/my/notices/{notice_id}/check", data=data)
    assert first.location == second.location == "/my/notices/N2022-00001"
    assert firm.get(f"/my/notices/{notice_id}/trouble").location == "/my/notices/N2022-00001"


def test_a_form_sent_after_the_session_ended_comes_back_filled_in(
    app: Flask, instance: Instance, who: Actor
) -> None:
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        address = start(client, buyer(instance, who))
        with client.session_transaction() as session:
            session.clear()
        answer = client.post(f"{address}/trouble", data={**TROUBLE, "words": "they went silent"})
        assert answer.location.startswith("/sign-in")


def test_a_late_report_asks_why_and_is_never_refused(firm: FlaskClient, instance: Instance, who: Actor) -> None:
    late = date(2022, 9, 20)
    with on_day(late):
        again = in_english(signed_in_exporter(firm.application, CHEN_HAIXIA))
        notice_id = begun(instance, who, buyer(instance, who))
        page = plain(again.get(f"/my/notices/{notice_id}/check"))
        assert "13 days late, it can still be sent" in page
        answer = go(again, f"/my/notices/{notice_id}", "check", choice="claim", late_reason="nobody noticed")
        assert answer.status_code == 303
        words = plain(again.get(answer.location))
    assert "13 days late. A person decides whether that is excused" in words
    assert "under the policy of a shipment reported late goes down, by 10 points at most" in words


def test_a_shipment_outside_cover_says_so_with_its_dates(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    rows = [shipment("IN"), shipment("EARLY", shipped_on=date(2022, 2, 1), invoiced_on=date(2022, 2, 1))]
    notice_id = begun(instance, who, buyer(instance, who), rows)
    before = plain(firm.get(f"/my/notices/{notice_id}/check"))
    told = "Shipped on 1 Feb 2022, before cover began on 2 Mar 2022."
    assert told in before
    answer = go(firm, f"/my/notices/{notice_id}", "check", choice="claim")
    page = plain(firm.get(answer.location))
    assert f"{told} Nothing is paid for it." in page
    assert "Your turn: hand in the documents" in page


def test_an_invoice_that_was_reported_before_is_told_with_the_other_number(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    owes = buyer(instance, who)
    notified(instance, who, owes, [shipment("INV-1")])
    address = start(firm, owes)
    go(firm, address, "trouble", **TROUBLE)
    answer = go(firm, address, "shipments", **{**ROW, "invoice_number": "inv 1"})
    assert answer.status_code == 422
    assert "was reported already, in notice N2022-00001" in plain(answer)


def test_what_was_watched_is_claimed_settled_or_withdrawn_on_its_page(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    owes = buyer(instance, who)
    first = notified(instance, who, owes, [shipment("A")]).number
    second = notified(instance, who, owes, [shipment("B")]).number
    third = notified(instance, who, owes, [shipment("C")]).number
    assert firm.post(f"/my/notices/{first}/claim").location == "/my/claims/C2022-00001"
    assert firm.post(f"/my/notices/{first}/claim").location == "/my/claims/C2022-00001"
    assert "Kept open, you can claim until" in plain(firm.get(f"/my/notices/{second}/settle"))
    assert firm.post(f"/my/notices/{second}/settle").status_code == 303
    assert firm.post(f"/my/notices/{third}/withdraw").status_code == 303
    assert [notice_of(instance, one).state for one in (first, second, third)] == [
        "claimed",
        "settled",
        "withdrawn",
    ]
    assert "Closed: the buyer has paid" in plain(firm.get(f"/my/notices/{second}"))
    assert "This notice is withdrawn" in plain(firm.get(f"/my/notices/{third}"))


def test_under_a_letter_of_credit_only_what_fits_a_bank_is_asked(
    firm: FlaskClient, instance: Instance, who: Actor
) -> None:
    address = start(firm, bank(instance, who))
    page = text_of(firm.get(f"{address}/trouble"))
    assert 'value="letter_of_credit"' in page
    assert 'value="rejection"' not in page
    answer = go(firm, address, "trouble", **{**TROUBLE, "risk": "letter_of_credit"})
    assert "whether the bank names discrepancies" in plain(answer)
    go(firm, address, "trouble", **{**TROUBLE, "risk": "letter_of_credit", "discrepant": "no"})
    assert 'name="payment_term"' not in text_of(firm.get(f"{address}/shipments"))
    row = {name: value for name, value in ROW.items() if name != "payment_term"}
    assert go(firm, address, "shipments", **row).location.endswith("/check")


def test_a_firm_without_a_policy_gets_a_plain_answer(app: Flask, instance: Instance, who: Actor) -> None:
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, WU_GUOLIANG))
        member(instance, WU_GUOLIANG, GIANT)
        words = plain(client.get(f"/my/firms/{GIANT.uscc}/notices/new"))
        assert "This firm has no policy, so nothing can be paid for a loss" in words


def test_whoever_is_not_confirmed_learns_nothing_of_the_firms_policies_or_notices(
    app: Flask, instance: Instance, who: Actor
) -> None:
    number = notified(instance, who).number
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, YE_XIAOTANG))
        member(instance, YE_XIAOTANG, HARBOUR, "unconfirmed")
        words = plain(client.get(f"/my/firms/{HARBOUR.uscc}/notices/new"))
        assert "First it is confirmed who acts for this firm" in words
        assert client.get(f"/my/notices/{number}").status_code == 404
        assert client.get(f"/my/notices/{number}/settle").status_code == 404
        assert client.post(f"/my/notices/{number}/claim").status_code == 404
        assert number not in plain(client.get("/my"))


def test_the_first_page_says_whose_turn_it_is(firm: FlaskClient, instance: Instance, who: Actor) -> None:
    owes = buyer(instance, who)
    watched = notified(instance, who, owes, [shipment("A")])
    assert f"Notice {watched.number}" in plain(firm.get("/my"))
    acknowledge(instance, who)
    assert f"You reported {BUYER_NAME}: stop shipping" in plain(firm.get("/my"))
    sent = notified(instance, who, owes, [shipment("B")], choice="claim")
    home = plain(firm.get("/my"))
    assert "Your turn" in home
    assert f"/my/claims/{sent.claims[0]}" in text_of(firm.get("/my"))
    assert len(shipments_of(instance, sent.number)) == 1
