"""Reported losses at the desk: the list as one narrows it, the same list as Excel, and what a notice warns of."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from portal.common import audit
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.members.records import Membership
from tests.accounts.pages import heading_of, in_english, text_of
from tests.appeals.stories import member
from tests.claims.notice_steps import plain
from tests.claims.stories import NOTIFIED, buyer, insured, notice_of, notified, shipment
from tests.conftest import signed_in
from tests.people import CHEN_HAIXIA, LIN_ZHIYAO, QIAN_PEI, WU_GUOLIANG, YE_XIAOTANG
from tests.policies.stories import on_day, queries_counted
from tests.samples import HARBOUR, SILENT


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """Qian Pei, claims officer, reading English."""
    return in_english(signed_in(app, QIAN_PEI))


@pytest.fixture
def reported(instance: Instance) -> list[str]:
    """Three notices of two firms; one of each holds the same invoice to the same buyer."""
    who = insured(instance, CHEN_HAIXIA)
    other = insured(instance, WU_GUOLIANG, SILENT)
    third = buyer(instance, who, name="Petrel Quay Trading LLC", country="US")
    return [
        notified(instance, who, shipments=[shipment("SAME"), shipment("B", currency="EUR")]).number,
        notified(instance, other, buyer(instance, other, SILENT), [shipment("same")], firm=SILENT).number,
        notified(instance, who, third, [shipment("Z")], risk="bankruptcy", choice="claim").number,
    ]


def test_the_list_is_narrowed_and_ordered_by_its_address(officer: FlaskClient, reported: list[str]) -> None:
    first, second, third = reported
    page = plain(officer.get("/desk/notices"))
    assert page.index(third) < page.index(second) < page.index(first)
    for query, found in (
        ("?risk=bankruptcy", [third]),
        ("?state=watched", [second, first]),
        ("?country=US", [third]),
        ("?q=haldenvik&sort=number", [first, second]),
        ("?q=nobody", []),
    ):
        page = plain(officer.get(f"/desk/notices{query}"))
        assert [one for one in sorted(reported) if one in page] == sorted(found), query
    assert "No notice fits" in plain(officer.get("/desk/notices?q=nobody"))


def test_the_workbook_holds_exactly_what_is_listed_and_never_adds_up_unlike_currencies(
    officer: FlaskClient, reported: list[str]
) -> None:
    answer = officer.get("/desk/notices/export?state=watched&sort=number")
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    rows = [(row[0].value, row[11].value, row[12].value) for row in sheet.iter_rows(min_row=2)]
    assert rows == [(reported[0], "EUR", 40000), (reported[0], "USD", 40000), (reported[1], "USD", 40000)]


def test_a_notice_shows_the_same_invoice_from_another_firm(officer: FlaskClient, reported: list[str]) -> None:
    with on_day(NOTIFIED):
        again = in_english(signed_in(officer.application, QIAN_PEI))
        page = again.get(f"/desk/notices/{reported[0]}")
    assert heading_of(text_of(page)) == f"Notice {reported[0]}"
    words = plain(page)
    assert "Another firm reported the same buyer, invoice and amount: SAME" in words
    assert SILENT.name in words


def test_a_notice_by_somebody_unconfirmed_says_so(instance: Instance, officer: FlaskClient) -> None:
    who = insured(instance)
    number = notified(instance, who).number
    assert "is not confirmed to act" not in plain(officer.get(f"/desk/notices/{number}"))
    with audit.write(instance.database, COMMAND, "demo.loaded") as session:
        filed_by = session.get_one(Membership, notice_of(instance, number).membership_id)
        filed_by.state, filed_by.confirmed_at = "unconfirmed", None
    assert "is not confirmed to act" in plain(officer.get(f"/desk/notices/{number}"))


def test_reviewers_do_not_see_losses_and_unknown_numbers_are_no_pages(
    app: Flask, officer: FlaskClient, reported: list[str]
) -> None:
    assert signed_in(app, LIN_ZHIYAO).get("/desk/notices").status_code == 403
    assert officer.get("/desk/notices/N2022-09999").status_code == 404


def test_the_list_asks_as_few_questions_with_many_notices_as_with_three(
    app: Flask, instance: Instance, officer: FlaskClient, reported: list[str]
) -> None:
    served: Instance = app.extensions["tongbao"]
    officer.get("/desk/notices")
    with queries_counted(served) as few:
        officer.get("/desk/notices")
    who = member(instance, YE_XIAOTANG, HARBOUR)
    owes = buyer(instance, who)
    for number in range(12):
        notified(instance, who, owes, [shipment(f"N-{number}")])
    with queries_counted(served) as many:
        officer.get("/desk/notices")
    assert len(many) == len(few)


def test_staff_read_whose_words_they_are(instance: Instance, officer: FlaskClient) -> None:
    who = insured(instance, CHEN_HAIXIA)
    number = notified(instance, who, words="They promised twice.", choice="claim").number
    page = plain(officer.get(f"/desk/notices/{number}"))
    assert "In the firm’s words They promised twice." in page
    assert "In your words" not in page
