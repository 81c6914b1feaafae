"""Small helpers for asking pages what they show."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def text_of(answer: TestResponse) -> str:
    """The page as text."""
    return answer.get_data(as_text=True)


def without_token(page: str) -> str:
    """The page without its form tokens, which differ from session to session."""
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", page)


def in_english(client: FlaskClient) -> FlaskClient:
    """The same client, served in English."""
    client.get("/preferences/language/en")
    return client


def heading_of(page: str) -> str:
    """The words of the page's one h1; fails when there is not exactly one."""
    found = re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.S)
    assert len(found) == 1, f"{len(found)} h1 on the page"
    return re.sub(r"<[^>]+>", "", found[0]).strip()


def title_of(page: str) -> str:
    """The page's title."""
    found = re.search(r"<title>(.*?)</title>", page, re.S)
    assert found is not None
    return found.group(1).strip()


def open_link(client: FlaskClient, token: str) -> int:
    """Open a one-time link as a browser does; the status of the page that follows."""
    return client.get(f"/set-password/{token}", follow_redirects=True).status_code


def hidden_values(page: str, *names: str) -> dict[str, str]:
    """What the hidden fields of these names hold on a page."""
    return {name: page.split(f'name="{name}" type="hidden" value="')[1].split('"')[0] for name in names}
