"""Small helpers for binding firms as exporters do: through the pages."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.common.instance import Instance
from portal.members.records import Membership
from tests.accounts.pages import in_english
from tests.conftest import signed_in_exporter
from tests.documents import papers
from tests.people import Exporter
from tests.samples import HARBOUR, Firm


def exporter(app: Flask, person: Exporter) -> FlaskClient:
    """This exporter, signed in and reading English."""
    return in_english(signed_in_exporter(app, person))


def bind(client: FlaskClient, firm: Firm = HARBOUR, position: str = "operator", name: str = "") -> TestResponse:
    """Say through the page that one acts for a firm."""
    data = {"uscc": firm.uscc, "position": position, "firm_name": name}
    return client.post("/my/firms/new", data=data)


def hand_in(client: FlaskClient, firm: Firm, data: bytes | None = None, name: str = "licence.jpg") -> TestResponse:
    """Hand in a licence through the page."""
    return upload(
        client, f"/my/firms/{firm.uscc}/licence", licence=(papers.photo() if data is None else data, name)
    )


def upload(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    """Send a form; files are pairs of bytes and name. Encoded here, so that no temporary file is left over."""
    values = {
        field: FileStorage(BytesIO(value[0]), value[1], field) if isinstance(value, tuple) else value
        for field, value in fields.items()
    }
    boundary, body = encode_multipart(values)
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def memberships(instance: Instance, firm: Firm = HARBOUR) -> list[Membership]:
    """Everybody's membership of a firm, in the order in which they came."""
    with instance.database.reading() as session:
        query = select(Membership).where(Membership.uscc == firm.uscc).order_by(Membership.id)
        return list(session.execute(query).scalars())


def newest(instance: Instance, firm: Firm = HARBOUR) -> Membership:
    """The last one who said to act for a firm."""
    return memberships(instance, firm)[-1]
