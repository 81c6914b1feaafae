"""The steps of reporting a loss as tests take them: what is typed, saving a step, and a page as plain words."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.pages import text_of
from tests.samples import HARBOUR

ROW = {
    "invoice_number": "INV-1",
    "invoiced_on": "2022-05-10",
    "shipped_on": "2022-05-10",
    "due_on": "2022-08-08",
    "amount": "40,000.00",
    "currency": "USD",
    "payment_term": "open_account",
    "own_declaration": "yes",
    "in_transit": "no",
}
TROUBLE = {"risk": "protracted_default", "happened_on": "2022-08-15", "words": ""}


def plain(answer: TestResponse) -> str:
    """The page's words without tags, every space an ordinary one."""
    text = re.sub(r"<[^>]+>", " ", text_of(answer)).replace("\u00a0", " ")
    return re.sub(r"\s+", " ", text)


def hidden_version(page: str) -> str:
    """The version that a step's form carries."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found.group(1)


def start(firm: FlaskClient, obligor_id: str) -> str:
    """Choose the buyer; the address of the notice's steps."""
    answer = firm.post(f"/my/firms/{HARBOUR.uscc}/notices/new", data={"obligor": obligor_id})
    assert answer.status_code == 302, plain(answer)
    assert answer.location.endswith("/trouble")
    return answer.location.removesuffix("/trouble")


def go(firm: FlaskClient, address: str, step: str, **fields: str) -> TestResponse:
    """Save a step as the page that is open now does."""
    version = hidden_version(text_of(firm.get(f"{address}/{step}")))
    return firm.post(f"{address}/{step}", data={"version": version, **fields})
