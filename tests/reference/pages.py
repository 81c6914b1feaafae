"""Small helpers for the tests of sources and firms: uploading, confirming, counting."""

import re
from io import BytesIO

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.common.audit import AuditEntry
from portal.common.instance import Instance
from portal.common.types import Base


def upload(client: FlaskClient, source: str, data: bytes, name: str = "sample.xlsx") -> TestResponse:
    """Send a file in by the import page."""
    answer = client.post(
        f"/desk/sources/{source}/import",
        data={"file": (BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    answer.request.environ["wsgi.input"].close()  # the test client keeps a large body in a file, left open
    return answer


def previewed(client: FlaskClient, source: str, data: bytes) -> str:
    """The address of the preview that a file leads to."""
    answer = upload(client, source, data)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location


def confirm(client: FlaskClient, address: str) -> TestResponse:
    """Press the import button of a preview."""
    return client.post(address, data={"step": "import"})


def bring_in(client: FlaskClient, source: str, data: bytes) -> str:
    """Upload and confirm; gives the page that says what happened."""
    answer = confirm(client, previewed(client, source, data))
    assert answer.status_code == 302
    return client.get(answer.location).get_data(as_text=True)


def rows_of(instance: Instance, model: type[Base]) -> int:
    """How many rows a table has."""
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(model)).scalar_one()


def actions_of(instance: Instance) -> list[str]:
    """Every action on record, in order."""
    with instance.database.reading() as session:
        return list(session.execute(select(AuditEntry.action).order_by(AuditEntry.seq)).scalars())


def figure(page: str, label: str) -> str:
    """The number that a page shows under a label."""
    found = re.search(rf"<dt>{label}</dt><dd class=\"tb-figure\">([^<]*)<", page)
    assert found is not None, f"no figure {label}"
    return found.group(1)
