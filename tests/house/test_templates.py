"""Templates show; they do not reckon, and they carry no code of their own, so that the strict policy holds."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, told

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = sorted(path for kind in ("css", "js") for path in (ROOT / "static").rglob(f"*.{kind}"))
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
NO_HOST = "http://www.w3.org/"  # names of XML vocabularies, never fetched

RULES: dict[str, tuple[str, str]] = {
    "money": (r"[*/]\s*100\b|\bround\s*\(|\|\s*round\b", "reckon in the action or the query; format with | money"),
    "inline style": (r"<style\b|\sstyle\s*=", "give it a class in static/css/tongbao.css"),
    "inline script": (r"<script\b(?![^>]*\ssrc=)", "put it in a file under static/js"),
    "handler": (r"<[a-z][^>{]*\son[a-z]+\s*=", "listen for the event in a file under static/js"),
    "script address": (r"javascript:", "make it a form or a link"),
    "other host": (r"(?:https?:)?//[\w.-]+\.[a-z]{2,}", "serve it ourselves from static/"),
    "unescaped": (
        r"""(?<!['"])(?<!shapes\[name\])\|\s*safe\b|autoescape\s+false""",
        "hand in Markup made where the text is known to be safe; only what the template itself says is | safe",
    ),
}


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def blank(text: str) -> str:
    """The text with comments blanked out, lines kept."""
    return COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


@pytest.mark.parametrize("rule", RULES)
def test_templates_keep_the_rule_about(rule: str) -> None:
    pattern, instead = RULES[rule]
    faults = []
    for path in TEMPLATES:
        text = blank(path.read_text())
        for found in re.finditer(pattern, text, re.IGNORECASE):
            if not text[found.start() :].startswith(NO_HOST):
                faults.append(f"{path.relative_to(ROOT)}:{line_of(text, found.start())}: {found.group().strip()}")
    told(faults, instead)


def test_styles_and_scripts_name_no_other_host() -> None:
    faults = []
    for path in STATIC:
        text = path.read_text()
        for found in re.finditer(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}/", text):
            if not text[found.start() :].startswith(NO_HOST):
                faults.append(f"{path.relative_to(ROOT)}:{line_of(text, found.start())}: {found.group()}")
    told(faults, "serve it ourselves from static/")


def test_every_form_that_writes_carries_the_token() -> None:
    faults = []
    for path in TEMPLATES:
        text = blank(path.read_text())
        for form in re.finditer(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", text, re.DOTALL | re.IGNORECASE):
            if not re.search(r"csrf_token|hidden_tag", form.group()):
                faults.append(f"{path.relative_to(ROOT)}:{line_of(text, form.start())}: no token")
    told(faults, "put {{ form.hidden_tag() }} or a field with csrf_token() into the form")


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) > 10
    assert Path(ROOT / "static").is_dir()
