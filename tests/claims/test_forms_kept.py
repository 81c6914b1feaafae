"""What was typed of a loss comes back after the session ended, and what an event tells is filled in beforehand."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.common import clock
from portal.common.instance import Instance
from portal.scheme.claim_words import Risk
from portal.warnings import queries
from tests.accounts.pages import in_english, text_of
from tests.accounts.test_kept_form import BROUGHT_BACK, end_of
from tests.claims.notice_steps import ROW, TROUBLE, start
from tests.claims.stories import NOTIFIED, begun, buyer, claimed, insured
from tests.conftest import sign_in_by_code, signed_in_exporter
from tests.people import CHEN_HAIXIA
from tests.policies.stories import on_day
from tests.samples import HARBOUR
from tests.warnings.stories import confirm, enter, three_firms

LATE = date(2023, 3, 1)  # a fortnight after the last day to file


def back(client: FlaskClient, answer: TestResponse, page: str) -> str:
    """Sign in where the guard leads, which leads back to the page of the form; what that shows."""
    assert (answer.status_code, answer.location) == (302, f"/sign-in?next={page}")
    sign_in_by_code(client, CHEN_HAIXIA)
    shown = text_of(client.get(page))
    assert BROUGHT_BACK in shown
    return shown


@pytest.mark.parametrize(
    ("step", "typed", "shown_again"),
    [
        ("trouble", {**TROUBLE, "words": "买方电话不接"}, ("买方电话不接", 'value="2022-08-15"')),
        ("shipments", {**ROW, "invoice_number": "INV-77"}, ('value="INV-77"', 'value="40,000.00"')),
    ],
)
def test_a_step_of_a_report_comes_back_as_it_was_typed(
    app: Flask, instance: Instance, step: str, typed: dict[str, str], shown_again: tuple[str, ...]
) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        page = f"{start(client, buyer(instance, who))}/{step}"
        end_of(client, instance)
        shown = back(client, client.post(page, data={"version": "1", **typed}), page)
    for piece in shown_again:
        assert piece in shown, piece


def test_the_buyer_that_was_chosen_comes_back(app: Flask, instance: Instance) -> None:
    owes = buyer(instance, insured(instance))
    page = f"/my/firms/{HARBOUR.uscc}/notices/new"
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        end_of(client, instance)
        shown = back(client, client.post(page, data={"obligor": owes}), page)
    assert re.search(rf'<input[^>]*checked[^>]*value="{owes}"', shown)


def test_what_was_chosen_before_sending_comes_back_and_nothing_was_sent(app: Flask, instance: Instance) -> None:
    who = insured(instance)
    with on_day(NOTIFIED):
        notice_id = begun(instance, who, buyer(instance, who))
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        page = f"/my/notices/{notice_id}/check"
        end_of(client, instance)
        shown = back(client, client.post(page, data={"version": "3", "choice": "claim"}), page)
    assert re.search(r'<input[^>]*checked[^>]*value="claim"', shown)


def test_why_a_claim_is_late_and_that_papers_are_missing_comes_back(app: Flask, instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    page = f"/my/claims/{number}/documents"
    typed = {"missing": "", "incomplete": "y", "late_reason": "会计离职，提单刚找到"}
    with on_day(LATE):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        end_of(client, instance)
        here = {"Referer": f"http://localhost{page}"}
        shown = back(client, client.post(f"/my/claims/{number}/file", data=typed, headers=here), page)
    assert "会计离职，提单刚找到" in shown
    assert re.search(r'<input checked[^>]*name="incomplete"', shown)
    assert 'name="missing" type="hidden" value="contract ' in shown, "what is missing now, not what was then"


def test_a_word_for_whoever_assesses_comes_back(app: Flask, instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    page = f"/my/claims/{number}/documents"
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        end_of(client, instance)
        here = {"Referer": f"http://localhost{page}"}
        data = {"words": "提单原件在银行"}
        shown = back(client, client.post(f"/my/claims/{number}/remark", data=data, headers=here), page)
    assert "提单原件在银行" in shown


def test_what_was_told_of_money_comes_back(app: Flask, instance: Instance) -> None:
    number = claimed(instance, insured(instance))
    page = f"/my/claims/{number}/recoveries"
    typed = {"received_on": "2022-08-12", "amount": "1,234.00", "costs": "12.00", "reference": "SWIFT 88"}
    with on_day(NOTIFIED):
        client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
        end_of(client, instance)
        shown = back(client, client.post(page, data=typed), page)
    for value in typed.values():
        assert f'value="{value}"' in shown, value


def test_a_report_begun_from_an_event_has_what_happened_filled_in(app: Flask) -> None:
    served: Instance = app.extensions["tongbao"]
    firms = three_firms(served)
    owes = buyer(served, firms.harbour)
    number = enter(served)
    confirm(served, number)
    with served.database.reading() as session:
        event = queries.find_event(session, number)
    assert event is not None
    client = in_english(signed_in_exporter(app, CHEN_HAIXIA))
    address = f"/my/firms/{HARBOUR.uscc}/notices/new?buyer={owes}&event={event.id}"
    first = text_of(client.get(address))
    assert re.search(rf'<input[^>]*checked[^>]*value="{owes}"', first)
    answer = client.post(address, data={"obligor": owes, "event": event.id})
    shown = text_of(client.get(answer.location))
    assert re.search(rf'<input[^>]*checked[^>]*value="{Risk.POLITICAL}"', shown)
    assert re.search(rf'name="happened_on"[^>]*value="{event.happened_on.isoformat()}"', shown)
    assert event.happened_on <= clock.today()
