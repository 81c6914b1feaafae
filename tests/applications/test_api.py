"""Checking a firm without sign-in: what is told, what is not, and what is answered to bad questions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event
from werkzeug.test import TestResponse

from portal.applications.api import PER_MINUTE
from portal.applications.api_fields import MOST_SENT
from portal.common import clock
from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.factory import create_app
from portal.scheme.findings import PUBLIC_CODES, RULE_CODES
from tests.conftest import A_MORNING
from tests.samples import (
    DEBTOR,
    GIANT,
    HARBOUR,
    ISLET,
    SCHEME,
    SILENT,
    STRANGER,
    Firm,
    apply_all,
    customs_book,
    customs_line,
    import_all,
    import_one,
    lists_book,
    registry_book,
    registry_line,
    valid_uscc,
)

CHECKS = "/api/v1/eligibility-checks"
NOBODY = valid_uscc(4711)
ENGLISH = {"Accept-Language": "en-GB,en;q=0.8"}


@pytest.fixture
def sources(instance: Instance) -> None:
    """The three small sources of the invented firms."""
    import_all(instance)


def ask(client: FlaskClient, firm: Firm | str, on: str = "2022-03-01", scheme: str = SCHEME) -> TestResponse:
    uscc = firm if isinstance(firm, str) else firm.uscc
    return client.post(CHECKS, json={"scheme": scheme, "on": on, "uscc": uscc}, headers=ENGLISH)


def told(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def refused(answer: TestResponse, code: int) -> dict[str, Any]:
    """The JSON of an error, which always has its code, a sentence and a reference."""
    assert (answer.status_code, answer.mimetype) == (code, "application/json"), answer.get_data(as_text=True)
    body = dict(answer.get_json())
    assert body["code"] == code
    assert body["message"].strip()
    assert len(body["reference"]) == len("7K3Q-2F")
    return body


def wrong_fields(client: FlaskClient, question: object) -> dict[str, list[str]]:
    return dict(refused(client.post(CHECKS, json=question, headers=ENGLISH), 422)["errors"])


class TestWhatIsTold:
    pytestmark = pytest.mark.usefixtures("sources")

    @pytest.mark.parametrize(
        ("firm", "decision", "not_passed"),
        [
            (HARBOUR, "eligible", {}),
            (GIANT, "ineligible", {"exports_within_cap": "fail"}),
            (STRANGER, "ineligible", {"registered_in_municipality": "fail"}),
            (SILENT, "referred", {"exports_above_zero": "refer", "exports_within_cap": "refer"}),
        ],
        ids=["eligible", "above the cap", "another city", "no customs record"],
    )
    def test_the_verdicts_of_the_public_rules_in_their_order(
        self, client: FlaskClient, firm: Firm, decision: str, not_passed: dict[str, str]
    ) -> None:
        answer = told(ask(client, firm))
        assert answer["decision"] == decision
        assert [finding["code"] for finding in answer["findings"]] == list(PUBLIC_CODES)
        assert {f["code"]: f["verdict"] for f in answer["findings"] if f["verdict"] != "pass"} == not_passed
        assert answer["left_out"] == [code for code in RULE_CODES if code not in PUBLIC_CODES]

    def test_a_finding_has_a_null_value_its_source_its_article_and_a_sentence_of_the_verdict_alone(
        self, client: FlaskClient
    ) -> None:
        findings = {finding["code"]: finding for finding in told(ask(client, GIANT))["findings"]}
        assert findings["exports_within_cap"] == {
            "code": "exports_within_cap",
            "verdict": "fail",
            "value": None,
            "source": {"kind": "customs", "version": 1},
            "article": "统保方案（厦门，2022–2023）·参保条件二",
            "message": "Base-year exports within the cap: no.",
        }

    def test_two_firms_that_differ_only_in_their_total_get_the_same_bytes(
        self, client: FlaskClient, instance: Instance
    ) -> None:
        pair = (HARBOUR, ISLET)
        lines = [
            *(customs_line(HARBOUR.uscc, HARBOUR.name, amount) for amount in ("0.01", "1000.00")),
            customs_line(ISLET.uscc, ISLET.name, "6000000.00"),
        ]
        import_one(instance, "registry", registry_book(registry_line(firm.uscc, HARBOUR.name) for firm in pair))
        import_one(instance, "customs", customs_book(lines))
        answers = [ask(client, firm) for firm in pair]
        assert told(answers[0])["decision"] == "eligible"
        assert answers[0].data == answers[1].data

    def test_a_listed_firm_and_one_with_a_listed_representative_get_the_same_bytes_as_any_other(
        self, client: FlaskClient
    ) -> None:
        assert ask(client, DEBTOR).data == ask(client, HARBOUR).data == ask(client, ISLET).data

    def test_an_enrolled_firm_gets_the_same_bytes_as_before(self, client: FlaskClient, instance: Instance) -> None:
        before = ask(client, HARBOUR).data
        assert apply_all(instance, [HARBOUR]).outcomes["eligible"] == 1
        assert ask(client, HARBOUR).data == before

    def test_a_firm_that_nobody_knows_gets_an_answer_of_the_same_shape(self, client: FlaskClient) -> None:
        known, unknown = told(ask(client, HARBOUR)), told(ask(client, NOBODY))
        assert unknown["decision"] == "referred"
        for answer in (known, unknown):
            for finding in answer["findings"]:
                finding.pop("verdict"), finding.pop("message")
        assert unknown["findings"] == known["findings"]
        assert unknown["left_out"] == known["left_out"]

    @pytest.mark.parametrize("firm", [HARBOUR, GIANT, STRANGER], ids=["eligible", "above the cap", "elsewhere"])
    def test_outside_the_window_only_the_window_is_told(self, client: FlaskClient, firm: Firm) -> None:
        answer = told(ask(client, firm, on="2024-01-01"))
        assert answer["decision"] == "ineligible"
        assert [(f["code"], f["verdict"]) for f in answer["findings"]] == [("within_enrolment_window", "fail")]
        assert answer["left_out"] == [code for code in RULE_CODES if code != "within_enrolment_window"]

    def test_the_code_may_come_padded_in_lower_case_and_in_full_width(self, client: FlaskClient) -> None:
        full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in HARBOUR.uscc)
        for written in (f"  {HARBOUR.uscc.lower()} ", full_width):
            assert ask(client, written).data == ask(client, HARBOUR).data

    def test_sentences_are_chinese_unless_english_is_asked_for(self, client: FlaskClient) -> None:
        question = {"scheme": SCHEME, "on": "2022-03-01", "uscc": HARBOUR.uscc}
        for languages, message in (
            (None, "在本市注册登记：符合。"),
            ("fr", "在本市注册登记：符合。"),
            ("en-US,zh;q=0.5", "Registered in the municipality: yes."),
        ):
            headers = {"Accept-Language": languages} if languages else {}
            answer = told(client.post(CHECKS, json=question, headers=headers))
            assert answer["findings"][0]["message"] == message

    def test_no_form_token_is_asked_for(self, instance: Instance) -> None:
        app = create_app(instance.settings)
        app.config["TESTING"] = True
        assert app.config.get("WTF_CSRF_ENABLED", True)
        assert told(ask(app.test_client(), HARBOUR))["decision"] == "eligible"
        assert app.test_client().post("/sign-in", data={"email": "x", "password": "y"}).status_code == 400
        app.extensions["tongbao"].database.engine.dispose()


class TestBadQuestions:
    def test_every_bad_field_is_named_at_once(self, client: FlaskClient) -> None:
        errors = wrong_fields(
            client, {"scheme": "paris", "on": "2022-02-30", "uscc": "91", "extra": 1, "more": {}}
        )
        assert errors.keys() == {"scheme", "on", "uscc", "extra", "more"}
        assert "xiamen-2022" in errors["scheme"][0]
        assert errors["on"] == ["There is no day 2022-02-30."]
        assert "has a length of 2" in errors["uscc"][0]
        assert errors["extra"] == ["Unknown field: take it out, or correct its name."]

    def test_missing_and_empty_fields_are_told_apart(self, client: FlaskClient) -> None:
        assert wrong_fields(client, {"on": None, "uscc": " \u200b"}) == {
            "scheme": ["Missing: fill it in."],
            "on": ["Empty: fill it in."],
            "uscc": ["Empty: fill it in."],
        }

    def test_a_date_before_the_first_terms_is_answered_with_both_days_even_beside_another_error(
        self, client: FlaskClient
    ) -> None:
        errors = wrong_fields(client, {"scheme": SCHEME, "on": "2021-12-31", "uscc": "nonsense"})
        assert errors.keys() == {"on", "uscc"}
        assert "2021-12-31" in errors["on"][0]
        assert "2022-01-01" in errors["on"][0]

    @pytest.mark.parametrize(
        "day", ["20220301", "2022-W09-2", "2022-3-1", "2022-03-01T00:00", "1.3.2022", "２０２２-03-01"]
    )
    def test_only_a_full_iso_date_is_taken(self, client: FlaskClient, day: str) -> None:
        errors = wrong_fields(client, {"scheme": SCHEME, "on": day, "uscc": HARBOUR.uscc})
        assert errors.keys() == {"on"}
        assert "Write it as in 2022-03-01" in errors["on"][0]

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_the_first_and_the_last_day_there_is_are_answered(self, client: FlaskClient, day: str) -> None:
        assert ask(client, HARBOUR, on=day).status_code == (422 if day < "2022" else 200)

    def test_a_wrong_check_character_and_a_foreign_letter_are_named(self, client: FlaskClient) -> None:
        last = "0" if HARBOUR.uscc[-1] != "0" else "1"
        for uscc, words in (
            (HARBOUR.uscc[:-1] + last, "last character"),
            ("O" + HARBOUR.uscc[1:], "“O” in place 1"),
        ):
            errors = wrong_fields(client, {"scheme": SCHEME, "on": "2022-03-01", "uscc": uscc})
            assert words in errors["uscc"][0]

    @pytest.mark.parametrize(
        "value", [1e309, -0.0, 7, True, [], {}, [["x"]], {"a": {"b": []}}, "x" * 1000, "", "\x00"]
    )
    def test_a_field_of_the_wrong_kind_is_an_error_of_that_field(self, client: FlaskClient, value: object) -> None:
        text = json.dumps({"scheme": value, "on": value, "uscc": value}).replace("Infinity", "1e309")
        answer = client.post(CHECKS, data=text, content_type="application/json")
        assert refused(answer, 422)["errors"].keys() == {"scheme", "on", "uscc"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"nonsense",
            b'{"uscc": NaN}',
            b"\xff\xfe{",
            b'{"a":' * 600,
            b"[" * 3000,
            b"[]",
            b"null",
            b'"text"',
            b"7",
        ],
    )
    def test_a_body_that_is_no_json_object_is_refused(self, client: FlaskClient, body: bytes) -> None:
        for content_type in (None, "application/json"):
            refused(client.post(CHECKS, data=body, content_type=content_type), 400)

    def test_deep_nesting_inside_a_field_and_lone_surrogates_are_refused_too(self, client: FlaskClient) -> None:
        deep = '{"uscc":' + "[" * 800 + "]" * 800 + ', "on": "\\ud800", "\\udfff": 1}'
        errors = refused(client.post(CHECKS, data=deep, content_type="application/json"), 422)["errors"]
        assert {"uscc", "on", "scheme"} < errors.keys()

    def test_a_body_of_another_content_type_is_refused(self, client: FlaskClient) -> None:
        refused(client.post(CHECKS, data={"scheme": SCHEME}), 415)
        refused(client.post(CHECKS, data="{}", content_type="text/plain"), 415)

    def test_a_long_body_is_refused_unread(self, client: FlaskClient) -> None:
        refused(client.post(CHECKS, data=b" " * (MOST_SENT + 1), content_type="application/json"), 413)

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
    def test_another_method_is_refused_and_the_right_one_named(self, client: FlaskClient, method: str) -> None:
        answer = client.open(CHECKS, method=method)
        refused(answer, 405)
        assert "POST" in answer.headers["Allow"]

    def test_an_unknown_address_is_json_under_api_and_a_page_elsewhere(self, client: FlaskClient) -> None:
        refused(client.get("/api/v1/nothing"), 404)
        page = client.get("/nothing")
        assert (page.status_code, page.mimetype) == (404, "text/html")


class TestMissingSources:
    def test_every_missing_source_is_named(self, client: FlaskClient) -> None:
        answer = ask(client, HARBOUR)
        assert refused(answer, 503)["missing"] == ["registry", "customs", "lists"]
        assert int(answer.headers["Retry-After"]) > 0

    def test_a_customs_file_without_the_base_year_counts_as_missing(
        self, client: FlaskClient, instance: Instance
    ) -> None:
        import_one(instance, "registry", registry_book())
        import_one(instance, "lists", lists_book())
        import_one(instance, "customs", customs_book([customs_line(HARBOUR.uscc, None, "5.00", year=2020)]))
        assert refused(ask(client, HARBOUR), 503)["missing"] == ["customs"]

    def test_without_lists_nothing_is_told_although_no_list_rule_would_be(
        self, client: FlaskClient, instance: Instance
    ) -> None:
        import_one(instance, "registry", registry_book())
        import_one(instance, "customs", customs_book())
        assert refused(ask(client, HARBOUR), 503)["missing"] == ["lists"]

    def test_outside_the_window_no_source_is_needed(self, client: FlaskClient) -> None:
        assert told(ask(client, HARBOUR, on="2024-01-01"))["decision"] == "ineligible"


class TestTheLimit:
    def asked_from(self, client: FlaskClient, address: str | None) -> TestResponse:
        return client.post(CHECKS, json={}, environ_overrides={"REMOTE_ADDR": address})

    def test_sixty_a_minute_then_429_until_the_minute_is_over(self, client: FlaskClient) -> None:
        answers = [self.asked_from(client, "192.0.2.1").status_code for _n in range(PER_MINUTE)]
        assert answers == [422] * 60
        answer = self.asked_from(client, "192.0.2.1")
        refused(answer, 429)
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= 60
        refused(self.asked_from(client, "192.0.2.2"), 422)
        with clock.fixed(A_MORNING + timedelta(seconds=wait)):
            refused(self.asked_from(client, "192.0.2.1"), 422)

    def test_one_ipv6_network_is_one_asker(self, client: FlaskClient) -> None:
        for n in range(PER_MINUTE):
            refused(self.asked_from(client, f"2001:db8::{n:x}"), 422)
        refused(self.asked_from(client, "2001:db8::ffff:1"), 429)
        refused(self.asked_from(client, "2001:db8:0:1::1"), 422)

    def test_reading_the_description_is_not_counted(self, client: FlaskClient) -> None:
        assert {client.get("/api/v1/openapi.json").status_code for _n in range(PER_MINUTE + 5)} == {200}


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that the app sends to its database meanwhile."""
    seen: list[str] = []

    def see(_c: Connection, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    engine = app.extensions["tongbao"].database.engine
    event.listen(engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", see)


@pytest.mark.usefixtures("sources")
class TestWhatItCosts:
    def test_known_listed_and_unknown_firms_cost_the_same_statements(
        self, app: Flask, client: FlaskClient
    ) -> None:
        ask(client, HARBOUR)
        counts = []
        for firm in (HARBOUR, DEBTOR, SILENT, STRANGER, NOBODY):
            with statements(app) as seen:
                told(ask(client, firm))
            counts.append(seen)
        assert all(seen == counts[0] for seen in counts)
        assert len(counts[0]) <= 11  # one of them asks for approved corrections

    def test_nothing_is_written_but_the_counter(self, app: Flask, client: FlaskClient, instance: Instance) -> None:
        ask(client, HARBOUR)  # the first request of a process looks at the state of the migrations
        with instance.database.reading() as session:
            entries = session.query(AuditEntry).count()
        with statements(app) as seen:
            told(ask(client, HARBOUR))
        writes = [s for s in seen if not s.lstrip().upper().startswith(("SELECT", "BEGIN", "COMMIT", "ROLLBACK"))]
        assert writes
        assert all("rate_counters" in statement for statement in writes)
        with instance.database.reading() as session:
            assert session.query(AuditEntry).count() == entries
