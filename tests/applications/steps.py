"""Small helpers for applying on the web as firms do: step by step, through the pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from portal.applications.records import Application, Consent, Decision, Draft
from portal.common.instance import Instance
from tests.accounts.pages import text_of
from tests.applications.desk import hidden
from tests.documents import papers
from tests.members.binding import bind, exporter
from tests.people import CHEN_HAIXIA, Exporter
from tests.samples import HARBOUR, Firm

DECLARED = ("own_contracts_and_goods", "credit_term_within_one_year", "contents_true")
Fields = dict[str, object]


@dataclass
class Applicant:
    """Somebody at one browser who applies for a firm."""

    client: FlaskClient
    firm: Firm
    person: Exporter = CHEN_HAIXIA
    pages: dict[str, str] = field(default_factory=dict)

    def url(self, step: str = "") -> str:
        """The address of a step, or of applying as such."""
        return f"/my/firms/{self.firm.uscc}/apply" + (f"/{step}" if step else "")

    def open(self, step: str) -> str:
        """Open a step, as a browser shows it."""
        answer = self.client.get(self.url(step))
        assert answer.status_code == 200, (answer.status_code, answer.location)
        self.pages[step] = text_of(answer)
        return self.pages[step]

    def post(self, step: str, fields: Mapping[str, object], page: str | None = None) -> TestResponse:
        """Send a step's form, with the hidden fields of the page that was opened."""
        page = page if page is not None else self.open(step)
        values: Fields = {"version": hidden(page, "version"), **fields}
        files = {
            name: FileStorage(BytesIO(value[0]), value[1], name) if isinstance(value, tuple) else value
            for name, value in values.items()
        }
        boundary, body = encode_multipart(files)
        return self.client.post(
            self.url(step), data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )

    def firm_fields(self, **changed: object) -> Fields:
        """What is typed of the firm and of oneself."""
        return {
            "contact": self.person.name,
            "mobile": self.person.mobile,
            "email": "",
            "address": "厦门市思明区示例路 1 号",
            **changed,
        }

    def representative_fields(self, **changed: object) -> Fields:
        """The legal representative under both consents, and a photo of the licence."""
        return {
            "representative": self.firm.representative,
            "agree_name": "y",
            "number": self.firm.number,
            "agree_number": "y",
            "licence": (papers.photo(), "营业执照.jpg"),
            **changed,
        }

    def fill(self, representative: Fields | None = None, firm: Fields | None = None) -> None:
        """Every step but the sending, each going on to the next."""
        steps: tuple[tuple[str, Fields, str], ...] = (
            ("firm", self.firm_fields(**(firm or {})), "representative"),
            ("representative", self.representative_fields(**(representative or {})), "declarations"),
            ("declarations", dict.fromkeys(DECLARED, "y"), "check"),
        )
        for step, fields, then in steps:
            answer = self.post(step, fields)
            assert answer.status_code == 302, wrong_on(text_of(answer))
            assert answer.location == self.url(then)

    def send(self, page: str | None = None, **more: object) -> TestResponse:
        """Press send on the page that was read back."""
        page = page if page is not None else self.open("check")
        data = {"draft": hidden(page, "draft"), "version": hidden(page, "version"), **more}
        return self.client.post(self.url("check"), data=data)

    def apply(self, representative: Fields | None = None, firm: Fields | None = None) -> TestResponse:
        """The whole way, from the first step to the answer."""
        self.fill(representative, firm)
        return self.send()


def applicant(app: Flask, firm: Firm = HARBOUR, person: Exporter = CHEN_HAIXIA, **bound: str) -> Applicant:
    """This exporter, who has just said to act for the firm."""
    client = exporter(app, person)
    answer = bind(client, firm, **bound)
    assert answer.status_code == 302, wrong_on(text_of(answer))
    return Applicant(client, firm, person)


def again(app: Flask, before: Applicant) -> Applicant:
    """The same person at another device."""
    return Applicant(exporter(app, before.person), before.firm, before.person)


def wrong_on(page: str) -> list[str]:
    """What the page asks to put right, in its own words."""
    summary = re.search(r'<section class="tb-summary".*?</section>', page, re.S)
    found = re.findall(r"<li>(.*?)</li>", summary[0], re.S) if summary else []
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


def value_of(page: str, name: str) -> str:
    """What stands in a text field of the page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, f"the page has no field {name}"
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def is_ticked(page: str, name: str) -> bool:
    """Whether a box of the page is ticked."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found is not None, f"the page has no box {name}"
    return " checked" in found[0]


def applications(instance: Instance, firm: Firm = HARBOUR) -> list[Application]:
    """Every application of a firm, in their order."""
    with instance.database.reading() as session:
        query = select(Application).where(Application.uscc == firm.uscc).order_by(Application.number)
        return list(session.execute(query).scalars())


def drafts(instance: Instance) -> list[Draft]:
    """Every draft, in their order."""
    with instance.database.reading() as session:
        return list(session.execute(select(Draft).order_by(Draft.id)).scalars())


def consents_of(instance: Instance, application: Application) -> dict[str, Consent]:
    """What was agreed to or declared with an application, by kind."""
    with instance.database.reading() as session:
        query = select(Consent).where(Consent.application_id == application.id)
        return {one.kind: one for one in session.execute(query).scalars()}


def decisions_of(instance: Instance, application: Application) -> list[Decision]:
    """Every decision on an application, in their order."""
    with instance.database.reading() as session:
        query = select(Decision).where(Decision.application_id == application.id).order_by(Decision.sequence)
        return list(session.execute(query).scalars())
