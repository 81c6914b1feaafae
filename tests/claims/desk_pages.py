"""The claims desk as tests open it: somebody at it, a page as text, and what the assessment's form sends."""

from flask import Flask
from flask.testing import FlaskClient

from portal.common.instance import Instance
from tests.accounts.pages import in_english
from tests.claims.deciding import (
    own_shipments,
)
from tests.conftest import signed_in
from tests.people import QIAN_PEI, Staff


def desk_of(app: Flask, person: Staff = QIAN_PEI) -> FlaskClient:
    """This person at the desk, reading English."""
    return in_english(signed_in(app, person))


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page as text, with plain spaces."""
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " ")


def draft_form(instance: Instance, number: str, **changed: str) -> dict[str, str]:
    """What the assessment's form sends: everything accepted, unless changed."""
    data = {"version": "0", "step": "save", "note": ""}
    for one in own_shipments(instance, number):
        data[f"verdict-{one.id}"] = "accepted"
    return data | changed
