"""Small helpers for binding firms as exporters do: through the pages."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.common.instance import Instance
from portal.members.records import Membership
from tests.accounts.pages import in_english, text_of
from tests.applications.desk import hidden
from tests.conftest import signed_in, signed_in_exporter
from tests.documents import papers
from tests.people import LIN_ZHIYAO, Exporter
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


def desk_address(instance: Instance, firm: Firm = HARBOUR) -> str:
    """The desk's page of the last one who said to act for a firm."""
    return f"/desk/memberships/{newest(instance, firm).number}"


def decide(
    reviewer: FlaskClient, address: str, outcome: str, page: str | None = None, **fields: object
) -> TestResponse:
    """Send the desk's form as it stands on the page (by default as it is now)."""
    seen = hidden(page if page is not None else text_of(reviewer.get(address)), "seen")
    return reviewer.post(address, data={"seen": seen, "outcome": outcome, **fields})


def confirming(firm: Firm = HARBOUR, representative: str | None = None) -> dict[str, str]:
    """What a reviewer enters who found everything on the licence."""
    name = representative or firm.representative
    return {"name_agrees": "y", "code_agrees": "y", "representative": name}


def confirm_at_the_desk(app: Flask, client: FlaskClient, firm: Firm = HARBOUR) -> None:
    """Let this client hand in a licence, and a reviewer confirm from it."""
    assert hand_in(client, firm).status_code == 302
    instance: Instance = app.extensions["tongbao"]
    reviewer = signed_in(app, LIN_ZHIYAO)
    answer = decide(reviewer, desk_address(instance, firm), "confirm", **confirming(firm))
    assert answer.status_code == 302, text_of(answer)
