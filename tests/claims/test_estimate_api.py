"""Estimating an indemnity without sign-in: every example of the scheme, and what is answered to bad sums."""

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.test import TestResponse

from portal.applications.api import PER_MINUTE as CHECKS_PER_MINUTE
from portal.claims.api import PER_MINUTE
from portal.claims.api_fields import MOST_AMOUNTS, MOST_SENT
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.scheme.claim_terms import load_claim_terms
from portal.scheme.terms import available_terms, load_terms
from tests.applications.test_api import refused, statements
from tests.applications.test_api_description import DESCRIPTION, description, everybody_asks_once
from tests.samples import SCHEME

ESTIMATES = "/api/v1/indemnity-estimates"
ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh"}
GOOD: dict[str, Any] = {
    "scheme": SCHEME,
    "on": "2022-08-15",
    "currency": "USD",
    "invoices": ["80000.00"],
    "payments": ["15000.00"],
    "resale": ["20000.00"],
    "other_credits": [],
    "already_indemnified": "0.00",
}
LISTS = ("invoices", "payments", "resale", "other_credits")


def ask(client: FlaskClient, **changed: object) -> TestResponse:
    """Send the good body with these fields changed; ``...`` takes a field out."""
    body = {name: value for name, value in (GOOD | changed).items() if value is not ...}
    return client.post(ESTIMATES, json=body, headers=ENGLISH)


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def wrong(client: FlaskClient, **changed: object) -> dict[str, list[str]]:
    return dict(refused(ask(client, **changed), 422)["errors"])


EXAMPLES = [
    ("small", ["10000.00"], [], [], "0.00", "10000.00", "8000.00", "50000.00", "8000.00"),
    ("exactly at cap", ["62500.00"], [], [], "0.00", "62500.00", "50000.00", "50000.00", "50000.00"),
    ("over the cap", ["100000.00"], [], [], "0.00", "100000.00", "80000.00", "50000.00", "50000.00"),
    ("resale", ["80000.00"], ["15000.00"], ["20000.00"], "0.00", "45000.00", "36000.00", "50000.00", "36000.00"),
    ("room left", ["40000.00"], [], [], "30000.00", "40000.00", "32000.00", "20000.00", "20000.00"),
    ("no room", ["40000.00"], [], [], "50000.00", "40000.00", "32000.00", "0.00", "0.00"),
    ("rounding", ["33.33"], [], [], "0.00", "33.33", "26.66", "50000.00", "26.66"),
    ("several", ["10000.00", "20000", "0.5"], ["1000"], [], "0", "29000.50", "23200.40", "50000.00", "23200.40"),
    ("more in than owed", ["10.00"], ["10.01"], [], "0.00", "0.00", "0.00", "50000.00", "0.00"),
    ("an excess", ["10.00"], [], [], "60000.00", "10.00", "8.00", "0.00", "0.00"),
]


class TestWhatIsTold:
    @pytest.mark.parametrize(
        ("invoices", "payments", "resale", "already", "loss", "before_cap", "room", "indemnity"),
        [example[1:] for example in EXAMPLES],
        ids=[example[0] for example in EXAMPLES],
    )
    def test_every_example_of_the_scheme_comes_out_to_the_cent(
        self,
        client: FlaskClient,
        invoices: list[str],
        payments: list[str],
        resale: list[str],
        already: str,
        loss: str,
        before_cap: str,
        room: str,
        indemnity: str,
    ) -> None:
        answer = told(
            ask(client, invoices=invoices, payments=payments, resale=resale, already_indemnified=already)
        )
        worksheet = answer.pop("worksheet")
        assert answer == {
            "recognised_loss": loss,
            "before_cap": before_cap,
            "room": room,
            "indemnity": indemnity,
        }
        last = worksheet[-1]
        assert (last["code"], last["amount"], last["exact"], last["currency"]) == (
            "indemnity",
            indemnity,
            indemnity,
            "USD",
        )

    def test_the_worksheet_shows_every_step_with_its_rule_and_article(self, client: FlaskClient) -> None:
        lines = told(ask(client, other_credits=["5.00"]))["worksheet"]
        shown = [(one["number"], one["label"], one["amount"], one["rule"]) for one in lines]
        assert shown == [
            ("1.1", "Invoice 1", "80000.00", "as given"),
            ("1", "Recognised invoices", "80000.00", "the same as 1.1"),
            ("2.1", "Paid on invoice 1", "15000.00", "as given"),
            ("2", "Payments by the buyer", "15000.00", "the same as 2.1"),
            ("3.1", "Resale, invoice 1", "20000.00", "as given"),
            ("3", "Resale proceeds", "20000.00", "the same as 3.1"),
            ("4.1", "Credit, invoice 1", "5.00", "as given"),
            ("4", "Other credits", "5.00", "the same as 4.1"),
            ("5", "Recognised loss", "44995.00", "1 less 2, 3, 4, not below 0"),
            ("6", "Share that is paid", "0.80", "by the terms"),
            ("7", "Before the cap", "35996.00", "5 × 6"),
            ("8", "Cap per buyer or bank", "50000.00", "by the terms"),
            ("9", "Approved in this policy year before", "0.00", "as given"),
            ("10", "Room left", "50000.00", "8 less 9, not below 0"),
            ("11", "Before rounding", "35996.00", "the smaller of 7 and 10"),
            ("12", "Indemnity", "35996.00", "11 rounded half up to the cent, only here"),
        ]
        assert all(one["article"] for one in lines)
        assert {one["code"] for one in lines if one["currency"] is None} == {"ratio"}

    def test_a_fraction_of_a_cent_stands_in_the_worksheet_in_full(self, client: FlaskClient) -> None:
        lines = {
            one["code"]: one for one in told(ask(client, invoices=["33.33"], payments=[], resale=[]))["worksheet"]
        }
        assert (lines["before_cap"]["exact"], lines["before_cap"]["amount"]) == ("26.664", "26.66")

    def test_lists_and_the_sum_before_may_be_left_out(self, client: FlaskClient) -> None:
        answer = told(
            ask(client, payments=..., resale=..., other_credits=..., already_indemnified=..., invoices=["10.00"])
        )
        assert (answer["recognised_loss"], answer["indemnity"]) == ("10.00", "8.00")

    def test_the_same_sums_in_chinese_have_chinese_words_and_the_same_amounts(self, client: FlaskClient) -> None:
        english = told(client.post(ESTIMATES, json=GOOD, headers=ENGLISH))
        chinese = told(client.post(ESTIMATES, json=GOOD, headers=CHINESE))
        for one, other in zip(english["worksheet"], chinese["worksheet"], strict=True):
            assert (one["code"], one["exact"]) == (other["code"], other["exact"])
            assert one["label"] != other["label"]

    @pytest.mark.parametrize("key", available_terms())
    def test_every_scheme_answers_from_its_first_day_on(self, client: FlaskClient, key: str) -> None:
        first = load_terms(key).first_date
        assert load_claim_terms(key).first_date <= first
        assert told(ask(client, scheme=key, on=first.isoformat()))["indemnity"]
        assert told(ask(client, scheme=key, on="9999-12-31"))["indemnity"]

    def test_the_largest_lists_and_sums_are_answered(self, client: FlaskClient) -> None:
        most = ["9999999999999.99"] * MOST_AMOUNTS
        answer = told(ask(client, invoices=most, payments=most, resale=[], other_credits=[]))
        assert (answer["recognised_loss"], answer["indemnity"]) == ("0.00", "0.00")
        answer = told(ask(client, invoices=most, payments=[], resale=[]))
        assert (answer["recognised_loss"], answer["indemnity"]) == ("9999999999999990.00", "50000.00")

    def test_nothing_is_stored_but_the_counter(self, app: Flask, client: FlaskClient, instance: Instance) -> None:
        ask(client)
        with instance.database.reading() as session:
            entries = session.query(AuditEntry).count()
        with statements(app) as seen:
            told(ask(client))
        assert all("rate_counters" in one for one in seen if one.lstrip().upper().startswith(("INSERT", "UPDATE")))
        with instance.database.reading() as session:
            assert session.query(AuditEntry).count() == entries


class TestBadSums:
    def test_every_bad_field_is_named_at_once(self, client: FlaskClient) -> None:
        errors = wrong(
            client,
            scheme="paris",
            on="2022-02-30",
            currency=7,
            invoices=[],
            payments="1.00",
            resale=["x"],
            other_credits=None,
            already_indemnified="-1.00",
            extra="1.00",
        )
        assert errors.keys() == {*GOOD, "extra"}

    @pytest.mark.parametrize("invoices", [..., None, []], ids=["missing", "null", "empty"])
    def test_no_invoice_at_all_is_refused(self, client: FlaskClient, invoices: object) -> None:
        assert wrong(client, invoices=invoices).keys() == {"invoices"}

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("abc", "no sum of money"),
            ("", "no sum of money"),
            (" 5.00", "no sum of money"),
            ("5.00\n", "no sum of money"),
            ("1,000.00", "no sum of money"),
            ("1e5", "no sum of money"),
            ("+5.00", "no sum of money"),
            ("５.00", "no sum of money"),
            ("5.", "no sum of money"),
            (".5", "no sum of money"),
            ("NaN", "no sum of money"),
            ("Infinity", "no sum of money"),
            ("USD 5.00", "no sum of money"),
            ("0.001", "more than two decimals"),
            ("10.000", "more than two decimals"),
            ("-0.01", "below zero"),
            ("-0.00", "below zero"),
            ("-0.001", "below zero"),
            ("10000000000000.00", "too large"),
            ("9" * 5000, "too large"),
            (5, "as text"),
            (5.5, "as text"),
            (True, "as text"),
            (None, "as text"),
            (["5.00"], "as text"),
            ({"amount": "5.00"}, "as text"),
        ],
    )
    def test_what_is_no_sum_is_named_by_its_place_in_its_list(
        self, client: FlaskClient, value: object, words: str
    ) -> None:
        for name in LISTS:
            errors = wrong(client, **{name: ["1.00", value, "2.00", value]})
            assert errors.keys() == {name}
            assert [said.partition(":")[0] for said in errors[name]] == [f"{name}[1]", f"{name}[3]"]
            assert all(words in said for said in errors[name])

    @pytest.mark.parametrize("value", ["x", "0.001", "-1.00", 5, True, None, [], {}, "10000000000000"])
    def test_the_sum_before_is_held_to_the_same(self, client: FlaskClient, value: object) -> None:
        assert wrong(client, already_indemnified=value).keys() == {"already_indemnified"}

    @pytest.mark.parametrize("value", ["1.00", 5, True, {}, {"0": "1.00"}, None])
    @pytest.mark.parametrize("name", LISTS)
    def test_what_is_no_list_is_refused(self, client: FlaskClient, name: str, value: object) -> None:
        assert wrong(client, **{name: value}).keys() == {name}

    @pytest.mark.parametrize("currency", ["EUR", "CNY", "usd", "USD ", "$", "", None, 1, True, [], {}, ...])
    def test_another_currency_than_the_schemes_is_refused(self, client: FlaskClient, currency: object) -> None:
        assert wrong(client, currency=currency).keys() == {"currency"}

    def test_the_currency_that_is_wanted_is_named(self, client: FlaskClient) -> None:
        assert wrong(client, currency="EUR", invoices=["x"])["currency"] == [
            f"“EUR” is not the currency of {SCHEME}, which is USD."
        ]

    def test_a_day_before_the_first_terms_is_refused_with_both_days(self, client: FlaskClient) -> None:
        errors = wrong(client, on="2021-12-31")
        assert errors.keys() == {"on"}
        assert "2022-01-01" in errors["on"][0]

    def test_more_amounts_than_a_list_takes_are_refused(self, client: FlaskClient) -> None:
        errors = wrong(client, invoices=["1.00"] * (MOST_AMOUNTS + 1))
        assert errors == {"invoices": ["At most 1000 amounts are taken in one list."]}

    @pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", "7", '"x"', '{"on": NaN}', '{"a":' * 900])
    def test_a_body_that_is_no_json_object_is_refused(self, client: FlaskClient, body: str) -> None:
        refused(client.post(ESTIMATES, data=body, content_type="application/json"), 400)

    def test_numbers_that_no_program_could_hold_are_named_like_any_other(self, client: FlaskClient) -> None:
        for number in ("9" * 6000, "1e999999", "-" + "9" * 6000):
            body = json.dumps(GOOD).replace('["80000.00"]', f"[{number}]")
            answer = client.post(ESTIMATES, data=body, content_type="application/json")
            assert refused(answer, 422)["errors"].keys() == {"invoices"}

    def test_half_a_letter_is_no_sum_either(self, client: FlaskClient) -> None:
        body = json.dumps(GOOD | {"invoices": ["\ud800"]})
        answer = client.post(ESTIMATES, data=body, content_type="application/json")
        assert refused(answer, 422)["errors"].keys() == {"invoices"}

    def test_a_long_body_and_one_of_another_content_type_are_refused(self, client: FlaskClient) -> None:
        long = b" " * (MOST_SENT + 1)
        refused(client.post(ESTIMATES, data=long, content_type="application/json"), 413)
        refused(client.post(ESTIMATES, data=json.dumps(GOOD), content_type="text/plain"), 415)
        refused(client.post(ESTIMATES, data=GOOD), 415)

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    def test_another_method_is_refused(self, client: FlaskClient, method: str) -> None:
        refused(client.open(ESTIMATES, method=method), 405)


class TestTheLimit:
    def test_six_hundred_a_minute_and_counted_apart_from_checks(self, client: FlaskClient) -> None:
        here = {"REMOTE_ADDR": "192.0.2.7"}
        answers = Counter(
            client.post(ESTIMATES, json={}, environ_overrides=here).status_code for _n in range(PER_MINUTE)
        )
        assert answers == {422: 600}
        last = client.post(ESTIMATES, json={}, environ_overrides=here)
        assert "600" in refused(last, 429)["message"]
        assert 0 < int(last.headers["Retry-After"]) <= 60
        check = "/api/v1/eligibility-checks"
        codes = {
            client.post(check, json={}, environ_overrides=here).status_code for _n in range(CHECKS_PER_MINUTE)
        }
        assert codes == {422}
        elsewhere = client.post(ESTIMATES, json=GOOD, environ_overrides={"REMOTE_ADDR": "192.0.2.8"})
        assert elsewhere.status_code == 200


class TestTheDescription:
    def test_every_answer_and_every_field_is_described(self, client: FlaskClient) -> None:
        document = description(client)
        operation = document["paths"][ESTIMATES]["post"]
        assert operation["responses"].keys() == {"200", "400", "405", "413", "415", "422", "429", "500", "503"}
        schemas = document["components"]["schemas"]
        assert schemas["Sums"]["additionalProperties"] is False
        assert set(schemas["Sums"]["required"]) == {"scheme", "on", "currency", "invoices"}
        for name in ("Sums", "Estimate", "Line"):
            for field, said in schemas[name]["properties"].items():
                assert "description" in said, f"{name}.{field}"

    def test_the_example_of_the_description_is_answered(self, client: FlaskClient) -> None:
        properties = description(client)["components"]["schemas"]["Sums"]["properties"]
        question = {name: said["example"] for name, said in properties.items()}
        assert told(client.post(ESTIMATES, json=question))["indemnity"] == "36000.00"

    @pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
    def test_whatever_is_sent_is_answered_as_described(self, app: Flask, mode: GenerationMode) -> None:
        described: Any = schemathesis.openapi.from_wsgi(DESCRIPTION, everybody_asks_once(app))
        answered: Counter[int] = Counter()

        @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=described[ESTIMATES]["POST"].as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            # A document cannot say which day is before a scheme's first terms, so good data may be refused.
            answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
            answered[answer.status_code] += 1

        send()
        assert answered[200 if mode is GenerationMode.POSITIVE else 422] > 20
        assert answered.keys() <= {200, 400, 415, 422}
