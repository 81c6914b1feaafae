"""The front page tells the terms of today."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.common import clock
from portal.common.instance import Instance
from portal.common.roles import COMMAND
from portal.programme.actions import confirm_value
from portal.programme.current import current_scheme
from tests.accounts.pages import heading_of, in_english, text_of, title_of
from tests.conftest import signed_in
from tests.people import GUAN_LI


def test_the_numbers_are_those_of_the_terms_in_force(client: FlaskClient) -> None:
    page = text_of(in_english(client).get("/"))
    for shown in ("2021 exports of USD\u00a06,000,000 or less", "80% of the loss", "USD\u00a050,000 per buyer"):
        assert shown in page
    assert ">31\u00a0Dec\u00a02022<" in page


def test_another_year_shows_that_years_terms(client: FlaskClient) -> None:
    with clock.fixed(datetime(2021, 6, 1, tzinfo=UTC)):
        assert "USD\u00a03,000,000 or less" in text_of(in_english(client).get("/"))
    with clock.fixed(datetime(2026, 6, 1, tzinfo=UTC)):
        page = text_of(client.get("/"))
    assert "2025 exports of" in page
    assert ">31\u00a0Dec\u00a02026<" in page


def test_the_example_is_computed_from_the_terms(client: FlaskClient) -> None:
    page = text_of(in_english(client).get("/"))
    assert "We pay USD\u00a08,000.00" in page
    assert "You bear USD\u00a02,000.00" in page


def test_every_provisional_number_is_tagged_and_its_reason_is_on_the_page(client: FlaskClient) -> None:
    with clock.fixed(datetime(2026, 6, 1, tzinfo=UTC)):
        page = text_of(client.get("/"))
        held = current_scheme(clock.today()).on(clock.today())
    marked = re.findall(r'href="#why-([a-z_]+)"', page)
    assert len(marked) >= 5
    reasons = {value.path: value.reason for value in held.provisional}
    for path in marked:
        assert f'id="why-{path}"' in page
        assert reasons[path] in page
    assert reasons["after_crossing_cap"] not in page, "the page does not show this one"


def test_a_confirmed_number_is_no_longer_provisional(client: FlaskClient, instance: Instance) -> None:
    assert 'href="#why-obligor_cap"' in text_of(client.get("/"))
    confirm_value(instance, COMMAND, current_scheme(clock.today()).key, "obligor_cap", "厦商务〔2022〕1 号")
    page = text_of(client.get("/"))
    assert "why-obligor_cap" not in page
    assert 'href="#why-policy_year_start"' in page


def test_staff_are_led_to_sign_in_and_then_to_their_desk(app: Flask, client: FlaskClient) -> None:
    assert 'href="/sign-in"' in text_of(client.get("/"))
    assert 'href="/desk/staff"' in text_of(signed_in(app, GUAN_LI).get("/"))


@pytest.mark.parametrize(("language", "lang"), [("zh", "zh-Hans"), ("en", "en")])
def test_both_languages_have_one_heading_that_the_title_begins_with(
    client: FlaskClient, language: str, lang: str
) -> None:
    client.get(f"/preferences/language/{language}")
    page = text_of(client.get("/"))
    assert f'<html lang="{lang}"' in page
    assert title_of(page).startswith(heading_of(page))


def test_every_link_of_the_page_leads_somewhere(client: FlaskClient) -> None:
    page = text_of(client.get("/"))
    targets = {part.split('"')[0] for part in page.split(' href="')[1:]}
    for target in targets:
        if target.startswith("#"):
            assert f'id="{target[1:]}"' in page
        else:
            with client.get(target) as answer:
                assert answer.status_code in (200, 302), target
