"""What anybody can read before an account, and what it may not tell."""

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from portal.common import clock
from portal.programme.current import current_scheme
from portal.public.examples import examples
from portal.scheme.findings import RULE_CODES
from tests.accounts.pages import heading_of, in_english, text_of, title_of

PAGES = ("/scheme", "/questions", "/examples", "/check", "/need", "/terms-of-use", "/privacy", "/accessibility")
TODAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_reads_in_both_languages(client: FlaskClient, path: str, language: str) -> None:
    client.get(f"/preferences/language/{language}")
    answer = client.get(path)
    page = text_of(answer)
    assert answer.status_code == 200
    assert title_of(page).startswith(heading_of(page))


def test_what_is_not_covered_stands_before_what_is(client: FlaskClient) -> None:
    page = text_of(in_english(client).get("/scheme"))
    assert page.index("What is not covered") < page.index("What is covered")


def test_every_number_of_the_terms_is_there_with_its_article_and_reason(client: FlaskClient) -> None:
    with clock.fixed(TODAY):
        page = text_of(client.get("/terms-of-use"))
        terms = current_scheme(clock.today())
    for value in terms.values():
        assert value.article in page
        assert value.provisional is None or value.provisional.zh in page


@pytest.mark.parametrize(
    "moment", [datetime(2022, 3, 2, 1, tzinfo=UTC), TODAY, datetime(2023, 12, 31, 1, tzinfo=UTC)]
)
def test_each_example_fails_or_refers_exactly_the_rule_it_is_about(moment: datetime) -> None:
    with clock.fixed(moment):
        today = clock.today()
        found = [tuple(one.code for one in example.findings) for example in examples(current_scheme(today), today)]
    assert found == [
        ("exports_within_cap",),
        ("exports_above_zero",),
        ("registered_in_municipality",),
        ("independent_legal_person",),
        ("registration_active",),
        ("firm_not_listed",),
        ("firm_not_listed",),
    ]
    assert {code for codes in found for code in codes} <= set(RULE_CODES)


def test_examples_name_rules_in_words_and_never_by_their_codes(client: FlaskClient) -> None:
    page = text_of(in_english(client).get("/examples"))
    assert "Base-year exports within the cap" in page
    shown = re.sub(r"<[^>]*>", " ", page)
    assert not [code for code in RULE_CODES if code in shown]


def test_the_scheme_says_that_a_loss_is_reported_here_and_terms_lead_to_those_of_claims(
    client: FlaskClient,
) -> None:
    assert "Report it here at once, even if you are not sure" in text_of(in_english(client).get("/scheme"))
    assert 'id="claims"' in text_of(client.get("/terms-of-use"))


def test_the_legal_pages_are_linked_below_every_public_page(client: FlaskClient) -> None:
    for path in ("/", "/sign-in", "/check"):
        page = text_of(client.get(path))
        for target in ("/terms-of-use", "/privacy", "/accessibility"):
            assert f'href="{target}"' in page
