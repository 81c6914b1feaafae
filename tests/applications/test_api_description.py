"""The OpenAPI document says what the interface does: read, compared with answers, and tried at random."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from portal.common.instance import Instance
from tests.samples import SCHEME, SILENT, import_all

DESCRIPTION = "/api/v1/openapi.json"
CHECKS = "/api/v1/eligibility-checks"
ESTIMATES = "/api/v1/indemnity-estimates"


def description(client: FlaskClient, language: str = "en") -> dict[str, Any]:
    answer = client.get(DESCRIPTION, headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return dict(answer.get_json())


def texts(part: Any, names: Iterable[str]) -> Iterator[str]:
    """Every text of the document under one of these names."""
    if isinstance(part, list):
        for item in part:
            yield from texts(item, names)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in names and isinstance(value, str):
                yield value
            else:
                yield from texts(value, names)


def test_every_answer_and_every_field_is_described(client: FlaskClient) -> None:
    document = description(client)
    responses = document["paths"][CHECKS]["post"]["responses"]
    assert responses.keys() == {"200", "400", "405", "413", "415", "422", "429", "500", "503"}
    schemas = document["components"]["schemas"]
    assert schemas.keys() == {"Question", "Check", "Finding", "Source", "Error", "Sums", "Estimate", "Line"}
    for name, schema in schemas.items():
        for field, said in schema["properties"].items():
            assert "description" in said or "$ref" in said, f"{name}.{field}"
    assert schemas["Question"]["additionalProperties"] is False
    assert set(schemas["Question"]["required"]) == {"scheme", "on", "uscc"}


def test_the_description_names_no_other_host(client: FlaskClient) -> None:
    assert "://" not in client.get(DESCRIPTION).get_data(as_text=True)
    assert description(client)["servers"] == [{"url": "/"}]


def test_the_description_is_in_the_readers_language(client: FlaskClient) -> None:
    names = ("title", "summary", "description")
    english, chinese = (list(texts(description(client, language), names)) for language in ("en", "zh"))
    assert len(english) == len(chinese) > 30
    assert all(text.isascii() for text in english)
    same = [text for text, other in zip(english, chinese, strict=True) if text == other]
    assert same == []


def test_the_example_answer_is_the_true_one_to_the_example_question(
    client: FlaskClient, instance: Instance
) -> None:
    import_all(instance)
    document = description(client)
    properties = document["components"]["schemas"]["Question"]["properties"]
    question = {name: said["example"] for name, said in properties.items()}
    assert question["uscc"] == SILENT.uscc
    described = document["paths"][CHECKS]["post"]["responses"]["200"]["content"]["application/json"]
    assert client.post(CHECKS, json=question).get_json() == described["example"]


def test_no_description_page_that_would_load_from_another_host_is_served(app: Flask) -> None:
    under_api = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api")}
    assert under_api == {DESCRIPTION, CHECKS, ESTIMATES}


def everybody_asks_once(app: Flask) -> Callable[..., Any]:
    """The app, each request from an address of its own, so that the limit does not hide what is tried."""
    numbers = count(1)

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        number = next(numbers)
        environ["REMOTE_ADDR"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return app(environ, start_response)

    return serve


@pytest.fixture
def described(app: Flask, instance: Instance) -> Any:
    """The interface as its own document describes it, the sources in place."""
    import_all(instance)
    return schemathesis.openapi.from_wsgi(DESCRIPTION, everybody_asks_once(app))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_whatever_is_sent_is_answered_as_described(described: Any, mode: GenerationMode) -> None:
    answered: Counter[int] = Counter()

    @settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=described[CHECKS]["POST"].as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        # A document cannot say which codes have a right check character, so good data may still be refused.
        answer = case.call_and_validate(excluded_checks=[positive_data_acceptance])
        answered[answer.status_code] += 1

    send()
    assert answered[422] > 20
    assert answered.keys() <= {200, 400, 415, 422}


@pytest.mark.parametrize("operation", [(CHECKS, "POST"), (DESCRIPTION, "GET")], ids=["check", "description"])
def test_a_plain_call_is_answered_as_described(described: Any, operation: tuple[str, str]) -> None:
    path, method = operation
    question = {"scheme": SCHEME, "on": "2022-03-01", "uscc": SILENT.uscc}
    body = {"body": question, "media_type": "application/json"} if method == "POST" else {}
    answer = described[path][method].Case(**body).call_and_validate()
    assert answer.status_code == 200
