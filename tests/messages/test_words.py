"""Every kind of message has words in both languages that fit into a text message and name what they need."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.messages.words import KINDS, UNBROKEN, UnknownWords, mail, said, text_message
from tests.house.source import modules

URL = "https://tongbao.example.gov.cn"
EXAMPLES = {
    "number": "A2022-00001",
    "firm": "厦门市思明区某某某某进出口贸易有限公司",
    "code": "314159",
    "year": "2023",
    "ends": "5678",
}


def example(kind: str) -> dict[str, str]:
    """Something for each parameter that a kind needs."""
    return {name: "2022-03-16" if name.endswith("_on") else EXAMPLES[name] for name in KINDS[kind].parameters}


@pytest.fixture(params=["en", "zh_Hans_CN"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.app_context(), force_locale(request.param):
        yield request.param


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_use_exactly_the_parameters_that_they_say_they_need(language: str, kind: str) -> None:
    words = KINDS[kind]
    used = {
        name
        for text in (words.title, words.text, words.sms or words.title)
        for name in re.findall(r"%\((\w+)\)s", str(text))
    }
    assert used == set(words.parameters)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_message_is_one_short_message_before_its_address(language: str, kind: str) -> None:
    text = text_message(kind, example(kind), URL)
    assert len(text) <= (70 if language.startswith("zh") else 150)
    assert "%" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_message_does_not_name_the_firm(language: str, kind: str) -> None:
    assert EXAMPLES["firm"] not in text_message(kind, example(kind), URL)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_all_and_leads_to_its_page(language: str, kind: str) -> None:
    given = example(kind)
    subject, text = mail(kind, {**given, "path": "/my/somewhere"}, URL)
    assert said(kind, given).title.replace(UNBROKEN, " ") in subject.replace(UNBROKEN, " ")
    assert said(kind, given).text.replace(UNBROKEN, " ") in text
    assert f"\n{URL}/my/somewhere\n" in text
    assert "%" not in subject + text


def test_days_are_written_as_the_reader_writes_them(app: Flask) -> None:
    given = {"number": "A2022-00001", "due_on": "2022-03-16"}
    with app.app_context(), force_locale("en"):
        assert "by 16 Mar 2022" in text_message("application_asked", given, URL)
    with app.app_context(), force_locale("zh_Hans_CN"):
        assert "2022-03-16 " in said("application_asked", given).text


def test_a_kind_without_words_and_words_without_their_parameter_are_refused(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(UnknownWords, match="smoke_signal"):
            said("smoke_signal", {})
        with pytest.raises(UnknownWords, match="due_on"):
            said("application_asked", {"number": "A2022-00001"})


def test_every_kind_is_told_by_somebody_and_none_has_words_for_nothing() -> None:
    named = {
        node.value
        for module in modules()
        if module.name not in ("portal.messages.claim_words", "portal.messages.enrolment_words")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(KINDS) - named == set()
